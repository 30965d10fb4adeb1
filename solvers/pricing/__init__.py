"""Prices from solutions: curves, strips, the valuation ledger, and their bounds."""
