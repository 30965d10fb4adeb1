"""Parameters by matching an era's moments."""
