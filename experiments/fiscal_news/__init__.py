"""A bill is scored, becomes likelier, passes: what bonds and stocks do on the way."""

from ..study import Study

STUDY = Study(
    "fiscal-news",
    "What do bonds and stocks do while an unfunded bill makes its way?",
    economies=("core", "sticky"),
    judged=True,
)
