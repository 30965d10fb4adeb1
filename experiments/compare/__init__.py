"""Moments of the models beside the record."""

from ..study import Study

STUDY = Study(
    "compare",
    "How do the moments of each regime sit beside those of its era?",
    economies=("core", "switching", "sticky"),
)
