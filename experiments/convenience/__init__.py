"""Convenience yields by tenor and regime."""

from ..study import Study

STUDY = Study(
    "convenience",
    "Who still pays for the safety of Treasurys, at which maturity?",
    economies=("core", "switching"),
    judged=True,
)
