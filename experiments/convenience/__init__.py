"""Convenience yields by tenor and regime."""
