"""Long rates against deficits and debt."""
