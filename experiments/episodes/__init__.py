"""Episodes of stress as shocks."""

from ..study import Study

STUDY = Study(
    "episodes",
    "Which shocks make 2008, March 2020, April 2025 and March 2026?",
    economies=("core", "sticky"),
    judged=True,
)
