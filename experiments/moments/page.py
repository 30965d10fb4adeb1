"""The record as a page: moments by era, and moves on dates of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import records

if TYPE_CHECKING:
    from ..report.page import Section


def result(findings: Findings, _: object = None) -> ExperimentResult:
    """What is written."""
    import pandas as pd

    found = records(findings["moments"])
    note = "The shipped table of empirical moments."
    if findings.extra:
        changed = len(findings.extra["changes"])
        note = f"{len(found)} moments recomputed; {changed} differ from those shipped."
    return ExperimentResult(
        tables={"moments": pd.DataFrame(found), **findings.extra},
        records={"moments": found},
        notes=[note],
        data_vintage=findings.data_vintage,
    )


def section(result: ExperimentResult) -> Section:
    """A figure, moments by era and moves on dates of events, the tables folded away."""
    # Labels know every economy: `fiscax moments` would import all of them.
    from . import layout

    return layout.section(result)
