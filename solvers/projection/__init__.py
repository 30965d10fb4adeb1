"""Global solution by projection on sparse grids, and the object that it makes."""
