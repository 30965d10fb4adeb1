"""Bounds of every printed number."""

from ..study import Study

STUDY = Study(
    "certificates",
    "How exact is every printed value, rate and beta?",
    economies=("core", "switching"),
    slow=True,
)
