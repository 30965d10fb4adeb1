"""What differs between the shipped facts and those of a folder of data."""

from __future__ import annotations

from collections.abc import Sequence

from ..claims import Claim
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records


def result(findings: Findings, _: Sequence[Claim]) -> ExperimentResult:
    """The tables as files, and one row per table that says what changed."""
    rows = records(findings["facts"])
    same = sum(r["same"] for r in rows)
    return ExperimentResult(
        tables={"facts": frame(findings["facts"])},
        records={"facts": rows},
        texts=dict(findings.extra["texts"]),
        notes=[
            f"{same} of {len(rows)} tables are the shipped ones to their last digit. "
            "To ship the new ones, copy them to calibration/record/data."
        ],
        data_vintage=findings.data_vintage,
    )
