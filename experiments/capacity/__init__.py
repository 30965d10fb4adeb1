"""Fiscal capacity of a projection."""
