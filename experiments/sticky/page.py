"""The report section of the experiment ``sticky``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..regimes.page import regime_frame
from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult

Record = Mapping[str, Any]
_CAPTION = (
    "Response of the ten-year yield and its parts to news of one more percent of GDP "
    "of spending that fades slowly, all of it funded or none of it. Lines add up to "
    "the black one; note the scale of unfunded news where debt is risky."
)
_ALT = (
    "Four panels over ten years. Where debt is safe, funded and unfunded news lower "
    "the ten-year yield alike, through expected inflation. Where it is risky, unfunded "
    "news raises it many times as far, through expected inflation."
)
_NOTE = (
    "± is the distance to the solution of order two, missing where a number is "
    "first-order. Verdicts and bands are those of the regime table: ✓ delivered, ✕ "
    "contradicted, ○ zero. *Stress* is a rise of the demand for safe nominal assets: "
    "there are no disasters here."
)


def section(result: ExperimentResult) -> Section:
    """Section of the report: the figure, the table, the evidence."""
    from .study import QUESTION

    records = result.records["sticky"]
    # Columns are named after the regime, as everywhere.
    frame, groups = regime_frame(
        [{**r, "economy": r["economy"].removeprefix("sticky_")} for r in records]
    )
    lead, *more = result.notes
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        Table(
            frame,
            "The regime table with sticky prices, net of demand",
            groups=groups,
            note=_NOTE,
        ),
        *(Text(note) for note in more),
        *_evidence(result.records["sticky_evidence"]),
    ]
    return Section(QUESTION, lead, blocks, short="Sticky prices")


def _evidence(rows: Sequence[Record]) -> list[Table]:
    import pandas as pd

    economies = list(dict.fromkeys(r["economy"] for r in rows))
    checks = list(dict.fromkeys(r["check"] for r in rows if "order" not in r))
    found = {(r["economy"], r["check"], r.get("order")): r["value"] for r in rows}

    def heading(economy: str) -> str:
        return labels.column(economy.removeprefix("sticky_"))

    shown = pd.DataFrame(
        {
            heading(e): [_value(found.get((e, c, None))) for c in checks]
            for e in economies
        },
        index=pd.Index([labels.words(c) for c in checks], name="Check", dtype=object),
        dtype=object,
    )
    orders = sorted({r["order"] for r in rows if "order" in r})
    names = list(dict.fromkeys(r["check"] for r in rows if "order" in r))
    ordered = list(dict.fromkeys(r["economy"] for r in rows if "order" in r))
    columns = {
        (heading(e), f"order {o}"): [_value(found.get((e, n, o))) for n in names]
        for e in ordered
        for o in orders
    }
    by_order = pd.DataFrame(columns, dtype=object)
    by_order.columns = pd.MultiIndex.from_tuples(list(columns))
    index = [Named(labels.quantity(n), n) for n in names]
    by_order.index = pd.Index(index, name="Quantity", dtype=object)
    return [
        Table(shown, "Evidence that the economies are solved", collapsed=True),
        Table(
            by_order,
            "How the order of the solution changes the numbers",
            note="Means in percent a year, responses in basis points. At first order "
            "premia are zero and means are those of the riskless economy, whose "
            "inflation is higher: intercepts make up for what risk takes from it.",
            collapsed=True,
        ),
    ]


def _value(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    small = 0 < abs(value) < 1e-4
    return Number(f"{value:.1e}" if small else f"{value + 0.0:.4g}")
