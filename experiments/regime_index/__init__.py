"""The probability that Treasurys are priced as risky."""
