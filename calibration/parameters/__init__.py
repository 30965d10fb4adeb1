"""Parameter sets: files with values, units and sources, read and checked."""
