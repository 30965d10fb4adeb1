"""Safe and risky debt as the ends of one line: the backing share from low to full."""

from ..study import Study

STUDY = Study(
    "theta",
    "Are safe and risky debt the two ends of one line?",
    economies=("core",),
)
