"""What studies of a projection share: debt by who prices it, and pages of it."""
