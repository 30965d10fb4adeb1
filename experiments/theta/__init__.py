"""From risky to safe debt along one line."""
