"""Declarations as documents: LaTeX, tables."""
