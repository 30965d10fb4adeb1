"""Models held against the record: estimation, regimes, episodes."""
