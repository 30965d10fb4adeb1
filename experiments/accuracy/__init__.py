"""How exact the solutions are."""
