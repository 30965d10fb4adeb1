"""The budget outlook by funding costs."""

from ..study import Study

STUDY = Study(
    "outlook",
    "Where does the budget outlook lead when yields answer to debt?",
    economies=("core", "switching"),
)
