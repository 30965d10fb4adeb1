"""Stocks and bonds."""
