"""Mechanisms, each with and without."""
