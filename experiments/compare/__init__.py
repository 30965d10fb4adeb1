"""Moments of the models beside the record."""
