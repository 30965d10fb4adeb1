"""The British mini-budget: news, default and a wedge of capacity, day by day."""

from ..study import Study

STUDY = Study(
    "mini-budget",
    "Why did gilts react so much to the mini-budget, and what did the Bank earn?",
    economies=("sticky",),
    judged=True,
)
