"""Rivals of risky debt as explanations."""

from ..study import Study

STUDY = Study(
    "rivals",
    "What else makes stocks and bonds move together, and what tells it apart?",
    economies=("sticky",),
)
