"""The record, era by era."""
