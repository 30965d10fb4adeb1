"""Elasticities of long rates, beside the evidence."""

from ..study import Study

STUDY = Study(
    "elasticities",
    "How much do long rates rise with deficits and with debt?",
    economies=("core", "switching"),
)
