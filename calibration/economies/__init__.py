"""Solved economies and what is measured in them."""
