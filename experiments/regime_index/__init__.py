"""The probability that Treasurys are priced as risky, and that laws answer no debt."""

from ..study import Study

STUDY = Study(
    "regime-index",
    "With what probability are Treasurys priced as risky, month by month?",
    economies=("core", "sticky"),
    judged=True,
)
