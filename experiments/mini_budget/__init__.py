"""The British mini-budget."""
