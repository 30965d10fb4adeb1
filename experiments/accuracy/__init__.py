"""How exact the solutions are, equation by equation."""

from ..study import Study

STUDY = Study(
    "accuracy",
    "How exact are the solutions, equation by equation?",
    economies=("core", "switching"),
)
