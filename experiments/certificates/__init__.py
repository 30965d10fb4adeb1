"""Bounds of every printed number."""
