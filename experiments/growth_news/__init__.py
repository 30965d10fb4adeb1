"""News of faster growth, to holders of safe and of risky debt."""

from ..study import Study

STUDY = Study(
    "growth-news",
    "What is news of faster growth worth to bondholders?",
    economies=("core",),
    slow=True,
)
