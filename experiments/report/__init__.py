"""The page: blocks, labels, figures, and the results that fill it."""
