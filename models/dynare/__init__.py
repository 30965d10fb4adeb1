"""Dynare files: read, written."""
