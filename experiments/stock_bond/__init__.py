"""Stocks and bonds."""

from ..study import Study

STUDY = Study(
    "stock-bond",
    "When do stocks and Treasurys fall together?",
    economies=("core", "switching", "sticky"),
    judged=True,
)
