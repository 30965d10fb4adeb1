"""The report section of the experiment ``rivals``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult

Record = Mapping[str, Any]
_CAPTION = (
    "Explanations of how stocks and bonds move together, by what spending news does to "
    "the ten-year yield net of demand. A positive beta has more than one cause; a "
    "response to fiscal news has one."
)
_ALT = (
    "Dots for seven explanations. Supply shocks with the rule of the 1980s have the "
    "highest beta and no response to fiscal news; risky debt has both."
)
_APART = {"sign": "tells apart", "size": "by size", "no": "does not"}


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, explanations by row, switches."""
    from .study import QUESTION

    lead, *more = result.notes
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _explanations(result.records["rivals"]),
        *(Text(note) for note in more),
        _switches(result.records["switches"]),
    ]
    return Section(QUESTION, lead, blocks, short="Rivals")


def _explanations(records: Sequence[Record]) -> Table:
    import pandas as pd

    from .study import EXPLANATIONS

    quantities = list(dict.fromkeys(r["quantity"] for r in records))
    names = list(dict.fromkeys(r["explanation"] for r in records))
    found = {(r["explanation"], r["quantity"]): r for r in records}
    columns: dict[str, list[Any]] = {}
    for name in names:
        heading = labels.capital(EXPLANATIONS[name].label)
        columns[heading] = [_number(found[name, q]) for q in quantities]
    columns["Unit"] = [labels.unit_cell(found[names[0], q]["unit"]) for q in quantities]
    index = [Named(labels.quantity(q), q) for q in quantities]
    frame = pd.DataFrame(
        columns, index=pd.Index(index, name="Quantity", dtype=object), dtype=object
    )
    return Table(
        frame,
        "Explanations, row by row",
        note="Below a rival's number: whether the row tells it from risky debt.",
    )


def _number(record: Record) -> Number:
    value = record["value"]
    text = labels.number(value + 0.0, record["unit"])
    apart = record["tells_apart"]
    return Number(text) if apart is None else Number(text, f"({_APART[apart]})")


def _switches(records: Sequence[Record]) -> Table:
    import pandas as pd

    from .study import MEASURES, SWITCHED

    units = {name: m.unit for name, m in MEASURES.items()}
    columns = {
        Named(labels.quantity(name), name): [
            Number(labels.number(r[name] + 0.0, units.get(name, "basis points")))
            for r in records
        ]
        for name in SWITCHED
    }
    turned = {"Turns the beta": ["yes" if r["turned"] else "" for r in records]}
    frame = pd.DataFrame({**columns, **turned}, dtype=object)
    names = [labels.capital(r["switch"]) for r in records]
    frame.index = pd.Index(names, name="Switch", dtype=object)
    starts = {"plain": "plain, one switched on", "shipped": "as shipped, one changed"}
    return Table(
        frame,
        "Which shock or friction turns the comovement, and what it costs",
        groups=[
            f"{labels.column(r['economy'].removeprefix('sticky_'))}: "
            f"{starts[r['start']]}"
            for r in records
        ],
        note="First-order numbers. In the plain economy one shock or friction is "
        "switched on, in the shipped one it is switched off; purchases become "
        "transfers and taxes become distortionary in both.",
    )
