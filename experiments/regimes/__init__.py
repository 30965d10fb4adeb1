"""The regime table."""

from ..study import Study

STUDY = Study(
    "regimes",
    "Which predictions of safe and risky debt does each economy deliver?",
    economies=("core", "switching"),
)
