"""The regime table with sticky prices."""

from ..study import Study

STUDY = Study(
    "sticky",
    "What is left of the two models where prices are sticky?",
    economies=("sticky", "sticky_switching"),
)
