"""The economy has risky debt, its policy maker believes that debt is safe."""

from ..study import Study

STUDY = Study(
    "two-minds",
    "What does a policy maker with the wrong model of debt do?",
    economies=("core", "sticky"),
    judged=True,
)
