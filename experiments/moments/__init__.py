"""The record, era by era."""

from ..study import Study

STUDY = Study("moments", "What does the US record say, era by era?", compiles=False)
