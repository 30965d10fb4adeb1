"""Yields by part, at rest and as they answer to news."""

from ..study import Study

STUDY = Study(
    "decomposition",
    "What are yields made of, and which part moves on which news?",
    economies=("core", "switching"),
)
