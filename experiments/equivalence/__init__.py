"""Which explanations the record tells apart."""

from ..study import Study

STUDY = Study(
    "equivalence",
    "How long a record tells risky debt from its rivals?",
    economies=("sticky",),
    judged=True,
)
