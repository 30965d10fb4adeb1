"""The frontier in a figure, in a table and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...calibration.economies.quantities import QUANTITIES
from ..report import labels
from ..report.cells import Named, Number
from ..report.moment_labels import moment
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult, filled
from ..study import Findings
from ..tables import records
from . import STUDY
from .figure import MET, draw
from .study import SHARE

Record = Mapping[str, Any]


def result(findings: Findings, _: object = None) -> ExperimentResult:
    """What is written and drawn."""
    rows = records(findings["frontier"])
    found = records(findings["frontier_parameters"])
    return ExperimentResult(
        tables={"frontier": filled(rows), "frontier_parameters": filled(found)},
        records={"frontier": rows, "frontier_parameters": found},
        figures={"frontier": draw(_columns(rows, "t"), _columns(rows, "value"))},
        notes=[lead(rows), *_refused(findings.extra["failed"])],
        parameters=findings.parameters,
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: the figure and its numbers."""
    lead_text, *more = result.notes
    pictures = [
        Figure(
            figure,
            "The risky economy matched again at every share that bondholders bear: "
            "grey, within two standard errors.",
            "Two panels over the share borne by bondholders: standard errors by which "
            "targets are missed, and basis points by which yields answer scores and "
            "stress.",
        )
        for figure in result.figures.values()
    ]
    return Section(
        STUDY.question,
        lead_text,
        [*pictures, _numbers(result.records["frontier"]), *map(Text, more)],
        short="Frontier",
    )


def lead(rows: Sequence[Record]) -> str:
    """What is missed at every share, in words that follow from the numbers."""
    parts = []
    for share in _shares(rows):
        missed = [
            f"{labels.inside(_label(r['quantity']))} ({r['t']:+.1f})"
            for r in rows
            if r["share"] == share and r["matched"] and abs(r["t"]) > MET
        ]
        words = ", ".join(missed) or "nothing"
        parts.append(f"{100 * share:.0f}%: {words}")
    return (
        "The parameters of risky debt are matched again with the share of spending "
        "news that bondholders bear held fixed. Missed by more than two standard "
        f"errors, by share: {'; '.join(parts)}."
    )


def _refused(failed: Mapping[float, str]) -> list[str]:
    return [
        f"No solution where bondholders bear {100 * share:.0f}%: {problem}"
        for share, problem in failed.items()
    ]


def _shares(rows: Sequence[Record]) -> list[float]:
    return list(dict.fromkeys(r["share"] for r in rows))


def _columns(rows: Sequence[Record], entry: str) -> dict[str, dict[float, float]]:
    """Numbers by quantity and share."""
    found: dict[str, dict[float, float]] = {}
    for row in rows:
        if row.get(entry) is not None:
            found.setdefault(row["quantity"], {})[row["share"]] = row[entry]
    return found


def _numbers(rows: Sequence[Record]) -> Table:
    import pandas as pd

    values, data = _columns(rows, "value"), _columns(rows, "data")
    names = [n for n in values if n != SHARE]
    columns: dict[str, list[Any]] = {
        f"{100 * share:.0f}%": [
            Number(labels.number(values[n][share], _unit(n))) for n in names
        ]
        for share in _shares(rows)
    }
    columns["Record"] = [
        Number(labels.number(next(iter(data[n].values())), _unit(n)))
        if n in data
        else None
        for n in names
    ]
    index = pd.Index([Named(_label(n), n) for n in names], name="Quantity")
    return Table(
        pd.DataFrame(columns, index=index, dtype=object),
        "Numbers along the frontier, by the share that bondholders bear",
    )


def _label(name: str) -> str:
    return labels.quantity(name) if name in QUANTITIES else labels.capital(moment(name))


def _unit(name: str) -> str:
    return QUANTITIES[name].unit if name in QUANTITIES else ""
