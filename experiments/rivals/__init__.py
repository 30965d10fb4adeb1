"""Rivals of risky debt."""
