"""The budget outlook by funding costs."""
