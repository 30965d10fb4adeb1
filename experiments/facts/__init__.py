"""The shipped facts, computed again from a folder of data."""

from ..study import Study

STUDY = Study("facts", "Do the shipped facts follow from these data?")
