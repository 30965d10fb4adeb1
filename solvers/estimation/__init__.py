"""Estimation of models that are solved to first order: posterior, mode, draws."""
