"""Debt against the value of surpluses."""

from ..study import Study

STUDY = Study(
    "valuation",
    "What backs the debt, measured without a structural model?",
    economies=("core",),
)
