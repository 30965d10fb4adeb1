"""Fiscal capacity of a projection."""

from ..study import Study

STUDY = Study(
    "capacity",
    "What are the projected surpluses worth, at a premium for output risk?",
    economies=("core",),
)
