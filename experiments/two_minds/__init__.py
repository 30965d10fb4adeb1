"""A policy maker with the wrong model."""
