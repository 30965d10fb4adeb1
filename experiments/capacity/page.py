"""The report section of the experiment ``capacity``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from .figure import NAMES

Record = Mapping[str, Any]
_CAPTION = (
    "Left: surpluses and the debt left at the horizon, discounted at the projection's "
    "rates plus a premium. Right: capacity when one input moves by half a percentage "
    "point in every year."
)
_ALT = (
    "Capacity falls from the debt owed at no premium to a third of it at 2.6 percent; "
    "the premium and the primary balance move it most."
)
_PARTS = {
    "surpluses": "Surpluses",
    "services": "Convenience services",
    "terminal_debt": "Debt left at the end",
    "capacity": "Capacity",
    "published_recipe": "Capacity, published recipe",
    "published": "Published",
}


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, capacity by premium, swings, adjustment."""
    from .study import QUESTION

    lead, *more = result.notes
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _levels(result.records["capacity"]),
        _swings(result.records["sensitivity"]),
        _adjustment(result.records["adjustment"]),
        *(Text(note) for note in more),
    ]
    return Section(QUESTION, lead, blocks, short="Fiscal capacity")


def _cell(value: float, places: int = 1) -> Number:
    return Number(labels.fixed(value, "percent", places))


def _levels(records: Sequence[Record]) -> Table:
    import pandas as pd

    shown = {
        "Premium": [f"{r['premium']:g}%" for r in records],
        **{
            text: [_cell(r[name]) for r in records]
            for name, text in _PARTS.items()
            if name in records[0] and any(r[name] != 0 for r in records)
        },
    }
    return Table(
        pd.DataFrame(shown),
        "Capacity by premium, percent of GDP",
        note="The published recipe stops in 2055, sets growth to 3.65% and the rate on "
        "a line to 4.0% after 2036, and takes balances from the path of debt.",
    )


def _swings(records: Sequence[Record]) -> Table:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Input": [labels.capital(NAMES[r["input"]]) for r in records],
            "Down": [_cell(r["capacity_down"]) for r in records],
            "As projected": [_cell(r["capacity"]) for r in records],
            "Up": [_cell(r["capacity_up"]) for r in records],
        }
    )
    return Table(frame, "Capacity with one input half a point down or up, % of GDP")


def _adjustment(records: Sequence[Record]) -> Table:
    import pandas as pd

    premia = sorted({r["premium"] for r in records})
    found = {(r["premium"], r["year"]): r["for_good"] for r in records}
    years = sorted({r["year"] for r in records})
    frame = pd.DataFrame(
        {
            "From": [str(y) for y in years],
            **{
                f"Premium {p:g}%": [_cell(found[p, y], 2) for y in years]
                for p in premia
            },
        }
    )
    return Table(
        frame,
        "Lasting rise of the primary balance that backs the debt with surpluses alone, "
        "% of GDP, by first year",
    )
