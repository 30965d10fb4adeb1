"""How much of spending bondholders can bear, and what else then has to give."""

from ..study import Study

STUDY = Study(
    "frontier",
    "How much of spending can bondholders bear?",
    economies=("core",),
    slow=True,
)
