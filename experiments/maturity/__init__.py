"""Bills for bonds."""

from ..study import Study

STUDY = Study(
    "maturity", "Does shortening the debt change inflation?", economies=("core",)
)
