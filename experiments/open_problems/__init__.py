"""Mechanisms, each with it and without it."""

from ..study import Study

STUDY = Study(
    "open-problems",
    "What does each mechanism do, with it and without it?",
    economies=("core",),
)
