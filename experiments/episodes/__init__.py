"""Episodes of stress as shocks."""
