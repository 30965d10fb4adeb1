"""Experiments, reports and the command line: what is done with solved models."""
