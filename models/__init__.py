"""Declarations of models: symbolic, solved nowhere here."""
