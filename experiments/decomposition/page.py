"""Yields by part: the figure, responses and levels, and a sentence per regime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...calibration.economies.protocol import ONE_TIME, PERSISTENT_FLOW
from ...calibration.economies.regimes import regime_name
from ...solvers.pricing.curves import PARTS
from ..report import labels
from ..report.cells import Named, format_cell
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, pick, records, rows
from . import STUDY
from .figure import NAMES, draw

Record = Mapping[str, Any]

_CAPTION = (
    "Top: yields by maturity at the resting point. Bottom: responses of the ten-year "
    "yield to news. Bars add up to the marked yield; convenience counts with its sign."
)
_PERSISTENT = f"{100 * PERSISTENT_FLOW:+g}pp of GDP"
_TRANSFER = f"ne-time transfer of {25 * ONE_TIME:g}% of annual GDP"
_NEWS = {
    "persistent_spending": f"News of {_PERSISTENT} of persistent spending",
    "transfer": f"O{_TRANSFER}",
    "stress": "One s.d. of stress",
}
# The yield, its parts with their signs, and beside them the indexed bond.
_COLUMNS = {"yield": "yield", **{p: NAMES[p] for p in PARTS}, "real": "real yield"}


def result(findings: Findings, _: object = None) -> ExperimentResult:
    """What is written and drawn."""
    return ExperimentResult(
        tables={name: frame(data) for name, data in findings.data.items()},
        records={name: records(data) for name, data in findings.data.items()},
        figures={"decomposition": draw(*map(records, findings.data.values()))},
        notes=[lead(findings), _split(findings)],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
    )


def lead(findings: Findings) -> str:
    """One sentence per regime: the slope, and what carries the response to news."""
    at_rest, moves = (findings[n] for n in ("decomposition", "decomposition_responses"))
    sentences = []
    for economy, regime in _regimes(records(at_rest)):
        where = {"economy": economy, "regime": regime}
        inside = "" if economy == regime else f" inside the {economy} economy"
        short, long = (
            pick(at_rest, "yield", **where, maturity=tenor) for tenor in ("3m", "10y")
        )
        (news,) = rows(moves, **where, shock="persistent_spending")
        largest = max(PARTS, key=lambda part: abs(news[part]))
        sentences.append(
            f"Under {regime} debt{inside} the ten-year yield is "
            f"{format_cell(long, '.2f')}%, "
            f"{format_cell(long - short, '+.2f')}pp from three months; spending news "
            f"moves it by {format_cell(news['yield'], '+.1f')} bp, most of all through "
            f"{largest.replace('_', ' ')} ({format_cell(news[largest], '+.1f')} bp)."
        )
    return " ".join(sentences)


def _split(findings: Findings) -> str:
    """How yields are split, and which news is meant."""
    fades = dict.fromkeys(
        f"{float(np.ravel(entries['rho_z'].value)[0]):g}".lstrip("0")
        for entries in findings.parameters.values()
    )
    return (
        "A nominal yield is the average expected real short rate, plus average "
        "expected inflation, plus one-period inflation compensation with convexity, "
        "plus the real term premium and the inflation risk premium, less convenience; "
        "the split is exact and the residual is rounding. News is measured at each "
        f"regime's own resting point: persistent spending, {_PERSISTENT} of spending, "
        f"persistence {' or '.join(fades)}; transfer, o{_TRANSFER}; stress, one s.d. "
        "of stress."
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: the figure, then responses and levels by part."""
    at_rest = result.records["decomposition"]
    moves = result.records["decomposition_responses"]
    names = [_name(*regime) for regime in _regimes(at_rest)]
    figures = [
        Figure(figure, _CAPTION, _alt(names)) for figure in result.figures.values()
    ]
    first, *more = result.notes
    texts = [Text(note) for note in more]
    tables = [_responses(moves), _levels(at_rest)]
    return Section(
        STUDY.question, first, [*figures, *tables, *texts], short="Parts of yields"
    )


def _regimes(records: Sequence[Record]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((r["economy"], r["regime"]) for r in records))


def _name(economy: str, regime: str) -> str:
    return labels.column(regime_name(economy, regime))


def _alt(names: Sequence[str]) -> str:
    """What the figure shows, in words."""
    return (
        "Stacked bars of the parts of yields by maturity, one panel each for "
        f"{', '.join(names)}; below, stacked bars of the responses of the ten-year "
        "yield to spending news, to a transfer and to stress, one bar per regime."
    )


def _responses(records: Sequence[Record]) -> Table:
    shocks = [s for s in _NEWS if any(r["shock"] == s for r in records)]
    found = [r for s in shocks for r in records if r["shock"] == s]
    return _table(
        found,
        [_name(r["economy"], r["regime"]) for r in found],
        "Regime",
        [_NEWS[r["shock"]] for r in found],
        "Responses of the ten-year yield and of its parts",
        "basis points",
        collapsed=False,
    )


def _levels(records: Sequence[Record]) -> Table:
    return _table(
        records,
        [labels.maturity(r["maturity"]) for r in records],
        "Maturity",
        [_name(r["economy"], r["regime"]) for r in records],
        "Yields and their parts by maturity, at the resting point",
        "percent per year",
        collapsed=True,
    )


def _table(
    records: Sequence[Record],
    names: Sequence[str],
    heading: str,
    groups: Sequence[str],
    caption: str,
    unit: str,
    *,
    collapsed: bool,
) -> Table:
    """Rows with the yield, its parts and the real yield, in hundredths of the unit."""
    import pandas as pd

    columns = [Named(label, code) for code, label in _COLUMNS.items()]
    shown = pd.DataFrame(
        {column: [float(r[column.code]) for r in records] for column in columns},
        index=pd.Index(list(names), name=heading, dtype=object),
    )
    left = labels.small(max(abs(r["residual"]) for r in records), unit)
    most = left if left.startswith("<") else f"at most {left}"
    return Table(
        shown,
        f"{caption} ({labels.unit(unit).short})",
        formats=dict.fromkeys(columns, ".2f"),
        groups=list(groups),
        note="The yield is the sum of the parts to its right, less convenience being "
        f"negative; what is left over is {most}. The real yield is "
        "that of an indexed bond without convenience.",
        collapsed=collapsed,
    )
