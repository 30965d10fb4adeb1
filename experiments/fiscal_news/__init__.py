"""A bill on its way to law."""
