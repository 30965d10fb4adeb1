"""What capacity says: figure, sentences with its numbers, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...calibration.valuation.capacity import PREMIUM
from ..claims import Claim
from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, pick, records
from . import STUDY
from .figure import NAMES, draw
from .study import load_recipe

Record = Mapping[str, Any]
_CAPTION = (
    "Left: surpluses and the debt left at the horizon, discounted at the projection's "
    "rates plus a premium. Right: capacity when one input moves by half a percentage "
    "point in every year."
)
_PARTS = {
    "surpluses": "Surpluses",
    "services": "Convenience services",
    "terminal_debt": "Debt left at the end",
    "capacity": "Capacity",
    "published_recipe": "Capacity, published recipe",
    "published": "Published",
}


def result(findings: Findings, _: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    return ExperimentResult(
        tables={name: frame(data) for name, data in findings.data.items()},
        records={name: records(data) for name, data in findings.data.items()},
        figures={"tornado": draw(findings)},
        notes=[_lead(findings), HOW, f"Source: {findings.data_vintage}."],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
        data_vintage=findings.data_vintage,
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, capacity by premium, swings, adjustment."""
    lead, *more = result.notes
    found, swings = result.records["capacity"], result.records["sensitivity"]
    described = _described(found, swings)
    blocks = [
        *(Figure(f, _CAPTION, described) for f in result.figures.values()),
        _levels(found),
        _swings(swings),
        _adjustment(result.records["adjustment"]),
        *(Text(note) for note in more),
    ]
    return Section(STUDY.question, lead, blocks, short="Fiscal capacity")


def _described(found: Sequence[Record], swings: Sequence[Record]) -> str:
    """What the figure shows, in words."""
    first, last = found[0], found[-1]
    widest, next_widest = (NAMES[r["input"]] for r in swings[:2])
    return (
        f"Capacity goes from {first['capacity']:.0f}% of GDP at a premium of "
        f"{first['premium']:g}% to {last['capacity']:.0f}% at {last['premium']:g}%; "
        f"{widest} and {next_widest} move it most."
    )


def _cell(value: float, places: int = 1) -> Number:
    return Number(labels.fixed(value, "percent", places))


def _levels(found: Sequence[Record]) -> Table:
    import pandas as pd

    shown = {
        "Premium": [f"{r['premium']:g}%" for r in found],
        **{
            text: [_cell(r[name]) for r in found]
            for name, text in _PARTS.items()
            if name in found[0] and any(r[name] != 0 for r in found)
        },
    }
    note = ""
    if "published" in found[0]:
        recipe = load_recipe()
        note = (
            f"The published recipe stops in {recipe.last_year}, sets growth to "
            f"{100 * recipe.growth:.2f}% and the rate on a line to "
            f"{100 * recipe.last_rate:.1f}% after {recipe.detailed_until}, and takes "
            "balances from the path of debt."
        )
    return Table(pd.DataFrame(shown), "Capacity by premium, percent of GDP", note=note)


def _swings(found: Sequence[Record]) -> Table:
    import pandas as pd

    shown = pd.DataFrame(
        {
            "Input": [labels.capital(NAMES[r["input"]]) for r in found],
            "Down": [_cell(r["capacity_down"]) for r in found],
            "As projected": [_cell(r["capacity"]) for r in found],
            "Up": [_cell(r["capacity_up"]) for r in found],
        }
    )
    return Table(shown, "Capacity with one input half a point down or up, % of GDP")


def _adjustment(found: Sequence[Record]) -> Table:
    import pandas as pd

    premia = sorted({r["premium"] for r in found})
    steps = {(r["premium"], r["year"]): r["for_good"] for r in found}
    years = sorted({r["year"] for r in found})
    shown = pd.DataFrame(
        {
            "From": [str(y) for y in years],
            **{
                f"Premium {p:g}%": [_cell(steps[p, y], 2) for y in years]
                for p in premia
            },
        }
    )
    return Table(
        shown,
        "Lasting rise of the primary balance that backs the debt with surpluses alone, "
        "% of GDP, by first year",
    )


def _lead(findings: Findings) -> str:
    """Debt, and what surpluses and the debt left at the end are worth."""
    projection, found = findings.extra["projection"], findings["capacity"]
    years = f"{projection.years[0]}-{projection.years[-1]}"
    whole, surpluses, left = (
        pick(found, name, premium=100 * PREMIUM)
        for name in ("capacity", "surpluses", "terminal_debt")
    )
    return (
        f"{projection.name}, {years}: debt of {100 * projection.opening_debt:.1f}% of "
        f"GDP. At a premium of {100 * PREMIUM:g}% for the risk of output, surpluses "
        f"and the debt left at the end are worth {whole:.1f}% of GDP: "
        f"{surpluses:.1f}% and {left:.1f}%."
    )


HOW = (
    "Cash flows are primary balances less other means of financing; the debt left at "
    "the horizon is as projected and discounted like them. At a premium of zero the "
    "capacity is the debt itself, by arithmetic. Sensitivities move one input in every "
    "year by half a point and keep the debt at the horizon; the rate and the premium "
    "enter as their sum. The adjustment is a rise of the primary balance, from its "
    "first year on, that makes surpluses alone, for ever, worth the debt (for good), "
    "or that closes the gap by the horizon with the projected debt left there (to "
    "horizon)."
)
