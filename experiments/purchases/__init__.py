"""Purchases of long bonds: two shocks, two answers or none, two regimes."""

from ..study import Study

STUDY = Study(
    "lsap",
    "Do asset purchases create value for taxpayers or destroy it?",
    economies=("sticky", "core"),
    judged=True,
)
