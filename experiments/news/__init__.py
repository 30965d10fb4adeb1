"""Responses to news for many draws at once."""
