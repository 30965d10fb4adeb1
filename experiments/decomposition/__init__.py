"""Yields by part."""
