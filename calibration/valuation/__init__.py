"""Debt against the value of surpluses in data: VAR, risk prices, capacity."""
