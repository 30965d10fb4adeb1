"""Paths under perfect foresight, and of economies whose constraints bind at times."""
