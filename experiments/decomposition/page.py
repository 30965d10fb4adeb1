"""The report section of the experiment ``decomposition``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...solvers.pricing.curves import PARTS
from ..report import labels
from ..report.cells import Named
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from .figure import NAMES

Record = Mapping[str, Any]

SHORT = "Parts of yields"
_CAPTION = (
    "Top: yields by maturity at the resting point. Bottom: responses of the ten-year "
    "yield to news. Bars add up to the marked yield; convenience counts with its sign."
)
_NEWS = {
    "persistent_spending": "News of +1pp of GDP of persistent spending",
    "transfer": "One-time transfer of 1% of annual GDP",
    "stress": "One s.d. of stress",
}
# The yield, its parts with their signs, and beside them the indexed bond.
_COLUMNS = {"yield": "yield", **{p: NAMES[p] for p in PARTS}, "real": "real yield"}


def section(result: ExperimentResult) -> Section:
    """Section of the report: the figure, then responses and levels by part."""
    from .study import QUESTION

    at_rest = result.records["decomposition"]
    moves = result.records["decomposition_responses"]
    names = [_name(*regime) for regime in _regimes(at_rest)]
    figures = [
        Figure(figure, _CAPTION, _alt(names)) for figure in result.figures.values()
    ]
    lead, *more = result.notes
    texts = [Text(note) for note in more]
    tables = [_responses(moves), _levels(at_rest)]
    return Section(QUESTION, lead, [*figures, *tables, *texts], short=SHORT)


def _regimes(records: Sequence[Record]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((r["economy"], r["regime"]) for r in records))


def _name(economy: str, regime: str) -> str:
    return labels.column(labels.regime_name(economy, regime))


def _alt(names: Sequence[str]) -> str:
    """What the figure shows, in words."""
    return (
        "Stacked bars of the parts of yields by maturity, one panel each for "
        f"{', '.join(names)}; below, stacked bars of the responses of the ten-year "
        "yield to spending news, to a transfer and to stress, one bar per regime."
    )


def _responses(records: Sequence[Record]) -> Table:
    shocks = [s for s in _NEWS if any(r["shock"] == s for r in records)]
    rows = [r for s in shocks for r in records if r["shock"] == s]
    return _table(
        rows,
        [_name(r["economy"], r["regime"]) for r in rows],
        "Regime",
        [_NEWS[r["shock"]] for r in rows],
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
