"""Models with Markov switching: all stable solutions, or the one of a large model."""
