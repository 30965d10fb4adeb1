"""Filters of linear Gaussian models and of regimes, and what they are good for."""
