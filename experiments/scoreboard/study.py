"""The scoreboard: every claim of the talk, with the numbers that judge it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..claims import SUFFIX
from ..report.results import ExperimentResult
from ..study import Findings, Setting
from ..tables import table


def gathered(results: Iterable[ExperimentResult]) -> list[dict[str, Any]]:
    """Records of the claims of several results, in their order."""
    return [
        record
        for result in results
        for name, records in result.records.items()
        if name.endswith(SUFFIX)
        for record in records
    ]


def measure(setting: Setting) -> Findings:
    """Gather the claims of every study of the talk; each claim once.

    Raises
    ------
    ValueError
        A study has two claims of one name.
    """
    rows = gathered(setting.gathered.values())
    return Findings({"scoreboard": table(rows, ("experiment", "key"))})
