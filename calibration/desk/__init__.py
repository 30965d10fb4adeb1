"""What a debt desk computes: accounts of debt, needs, stress, gaps, signals."""
