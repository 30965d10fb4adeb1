"""Every claim with its verdict."""
