"""Debt against the value of surpluses."""
