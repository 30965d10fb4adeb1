"""The regime table."""
