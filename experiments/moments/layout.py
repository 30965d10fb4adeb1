"""The section on the record: moments by era, and moves on dates of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..report import labels, moment_labels
from ..report.cells import Named, Number, missing
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from . import STUDY
from .figure import draw, drawn, readings

if TYPE_CHECKING:
    import pandas as pd

_EVENT = "event"
_MEASURES = {
    "3m": "3-month yield",
    "2y": "2-year yield",
    "5y": "5-year yield",
    "10y": "10-year yield",
    "30y": "30-year yield",
    "equity": "equity",
    "term_premium_10y": "term premium",
    "breakeven_10y": "break-even",
    "aaa_spread_10y": "AAA spread",
}
_CAPTION = (
    "Moments of the record by era, with two standard errors on either side. Bonds that "
    "gain when stocks lose, and yields that then fall, make debt an insurance."
)
_ALT = (
    "Four panels, a row per era: how bonds move with stocks, the ten-year yield "
    "when stocks fall, the slope of the curve, and debt over GDP."
)
_NOTE = (
    "Standard errors in brackets. Point at a name for its name in moments.csv, which "
    "has definitions, samples and sources."
)


def section(result: ExperimentResult) -> Section:
    """Moments by era and moves on dates of events, both folded away."""
    table = result.tables["moments"]
    by_era = table.query("era != @_EVENT")
    events = table.query("era == @_EVENT")
    blocks: list[Any] = []
    if len(by_era):
        blocks.append(_eras(by_era))
    if len(events):
        blocks.append(_events(events))
    for name, frame in result.tables.items():
        if name != "moments":
            caption = labels.words(name).capitalize()
            blocks.append(Table(frame, caption, collapsed=True))
    lead, *more = result.notes
    texts = [Text(note) for note in more]
    found = result.records.get("moments", [])
    figures = [Figure(draw(found), _CAPTION, _ALT)] if drawn(found) else []
    return Section(
        STUDY.question,
        " ".join([lead, *readings(found)]),
        [*figures, *blocks, *texts],
        short="The US record",
    )


def measured(row: Mapping[str, Any]) -> Number:
    """A moment with its standard error, where it has one, in brackets below it."""
    value, error, unit = row["value"], row["standard_error"], row["unit"]
    places = labels.decimals(value, unit)
    small = f"({labels.fixed(error, unit, places)})" if not missing(error) else ""
    return Number(labels.fixed(value, unit, places), small)


def _eras(table: pd.DataFrame) -> Table:
    import pandas as pd

    names = moment_labels.by_family(table["name"])
    eras = sorted(dict.fromkeys(table["era"]))
    cells = {(row["name"], row["era"]): row for row in table.to_dict("records")}
    units = dict(zip(table["name"], table["unit"], strict=True))
    shown = pd.DataFrame(
        {
            "Unit": [labels.unit_cell(units[name]) for name in names],
            **{
                labels.era(era): [
                    measured(cells[name, era]) if (name, era) in cells else None
                    for name in names
                ]
                for era in eras
            },
        },
        index=moment_labels.row_names(names),
    )
    return Table(
        shown,
        "Moments of the US record by era",
        groups=[moment_labels.family(name) for name in names],
        note=_NOTE,
        collapsed=True,
    )


def _events(table: pd.DataFrame) -> Table:
    import pandas as pd

    found: dict[str, dict[str, Number]] = {}
    for row in table.to_dict("records"):
        name = row["name"].removeprefix("event_")
        # The longest ending: "term_premium_10y" ends with "10y" too.
        measure = max((m for m in _MEASURES if name.endswith(f"_{m}")), key=len)
        found.setdefault(name.removesuffix(f"_{measure}"), {})[measure] = measured(row)
    measures = [m for m in _MEASURES if any(m in cells for cells in found.values())]
    shown = pd.DataFrame(
        {_MEASURES[m]: [cells.get(m) for cells in found.values()] for m in measures},
        index=pd.Index(
            [Named(moment_labels.event(name), f"event_{name}") for name in found],
            name="Event",
            dtype=object,
        ),
    )
    units = {_MEASURES[m]: "%" if m == "equity" else "bp" for m in measures}
    return Table(
        shown,
        "Moves of yields, stock prices, premia and spreads on dates of events",
        units=units,
        note=_NOTE,
        collapsed=True,
    )
