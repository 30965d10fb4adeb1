"""Posterior odds of safe and risky debt with sticky prices, by era."""

from ..study import Study

STUDY = Study("odds", "Which of the two models do quarterly data support?")
