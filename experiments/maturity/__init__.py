"""Bills for bonds."""
