"""Parameters by matching an era's moments."""

from ..study import Study

STUDY = Study("calibrate", "Which parameters match an era's moments?")
