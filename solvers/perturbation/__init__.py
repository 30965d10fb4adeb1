"""Local solution by perturbation to third order, and the object that it makes."""
