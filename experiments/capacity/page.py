"""What capacity says: figure, sentences with its numbers, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...calibration.valuation.capacity import PREMIUM
from ..claims import Claim
from ..desk.cases import label_of
from ..desk.page import (
    assumed_table,
    fixed,
    gaps_table,
    inputs_table,
    keys_of,
    two_pages,
    without_notes,
    workbook,
)
from ..report import labels
from ..report.cells import cell_frame
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, pick, records, rows
from . import STUDY
from .figure import NAMES, draw
from .study import ASSUMED, load_recipe

Record = Mapping[str, Any]
_CAPTION = (
    "Left: surpluses and the debt left at the horizon, discounted at the projection's "
    "rates plus a premium. Middle: the lasting rise of the primary balance that makes "
    "surpluses alone worth the debt, by who prices it. Right: capacity at given rates "
    "when one input moves by half a percentage point in every year."
)
SHEETS = (
    "capacity",
    "pricing_capacity",
    "pricing_sensitivity",
    "pricing_adjustment",
    "pricing_gaps",
    "capacity_assumptions",
    "capacity_sources",
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
        texts={"capacity_summary.html": summary(findings)},
        workbooks={"capacity": workbook(findings, SHEETS)},
        notes=[
            lead(findings),
            beside(findings),
            HOW,
            PRICING,
            *without_notes(findings),
            f"Source: {findings.data_vintage}.",
        ],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
        data_vintage=findings.data_vintage,
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, capacity by premium, swings, adjustment."""
    first, *more = result.notes
    found, swings = result.records["capacity"], result.records["sensitivity"]
    described = _described(found, swings)
    blocks = [
        *(Figure(f, _CAPTION, described) for f in result.figures.values()),
        _levels(found),
        _priced(result.records["pricing_capacity"]),
        _swings(swings),
        _adjustment(result.records["adjustment"]),
        *(Text(note) for note in more),
    ]
    return Section(STUDY.question, first, blocks, short="Fiscal capacity")


def summary(findings: Findings) -> str:
    """The two pages as HTML that prints on two sheets."""
    found, swings = (records(findings[n]) for n in ("capacity", "sensitivity"))
    first = Section(
        "What the projection is worth",
        f"{lead(findings)} {beside(findings)}",
        [
            Figure(draw(findings), _CAPTION, _described(found, swings)),
            _priced(records(findings["pricing_capacity"])),
            _levels(found),
            gaps_table(findings["pricing_gaps"]),
            Text(HOW),
            Text(PRICING),
        ],
        short="Capacity",
    )
    second = Section(
        "What moves it, what it takes, where numbers come from",
        "Sensitivities and adjustments at given rates, and with the rates and growth "
        "of the safe and the risky economy.",
        [
            _swings_by_pricing(findings),
            _adjustment_by_pricing(findings),
            inputs_table(findings),
            assumed_table(findings, ASSUMED),
        ],
        short="Sensitivity and adjustment",
    )
    return two_pages(
        findings,
        "Fiscal capacity",
        [first, second],
        "fiscax capacity; every number stands in the CSV files and in capacity.xlsx.",
    )


def _priced(found: Sequence[Record]) -> Table:
    """Capacity and its two parts by premium, by who prices debt."""
    keys = list(dict.fromkeys(r["funding"] for r in found))
    shown = {
        (_PARTS[name], key): [fixed(r[name]) for r in found if r["funding"] == key]
        for name in ("capacity", "surpluses", "terminal_debt")
        for key in keys
    }
    premia = [f"{r['premium']:g}%" for r in found if r["funding"] == keys[0]]
    return Table(
        cell_frame(shown, premia, "Premium"),
        "Capacity by who prices the debt, percent of GDP",
    )


def _swings_by_pricing(findings: Findings) -> Table:
    """Capacity with one input half a point down or up, by who prices debt."""
    found = findings["pricing_sensitivity"]
    order = [r["input"] for r in records(findings["sensitivity"])]
    shown = {
        (words, key): [fixed(pick(found, name, funding=key, input=n)) for n in order]
        for name, words in (
            ("capacity_down", "Half a point down"),
            ("capacity", "As projected"),
            ("capacity_up", "Half a point up"),
        )
        for key in keys_of(found)
    }
    return Table(
        cell_frame(shown, [labels.capital(NAMES[n]) for n in order], "Input"),
        f"Capacity at a premium of {100 * PREMIUM:g}% with one input moved in every "
        "year, percent of GDP",
        note="Premium and convenience are not moved below zero.",
    )


def _adjustment_by_pricing(findings: Findings) -> Table:
    """Lasting rises of the balance, by who prices debt, at premium zero and above."""
    found = records(findings["pricing_adjustment"])
    keys = list(dict.fromkeys(r["funding"] for r in found))
    steps = {(r["premium"], r["funding"], r["year"]): r["for_good"] for r in found}
    premia = [p for p in (0.0, 100 * PREMIUM) if any(k[0] == p for k in steps)]
    years = sorted({r["year"] for r in found})
    shown = {
        (f"Premium {p:g}%", key): [fixed(steps.get((p, key, y))) for y in years]
        for p in premia
        for key in keys
    }
    return Table(
        cell_frame(shown, [str(y) for y in years], "From"),
        "Lasting rise of the primary balance that backs the debt with surpluses alone, "
        "percent of GDP, by first year",
        note="None where the last year's rate with the premium does not exceed growth: "
        "surpluses for ever have no value.",
    )


def _described(found: Sequence[Record], swings: Sequence[Record]) -> str:
    """What the figure shows, in words."""
    first, last = found[0], found[-1]
    widest, next_widest = (NAMES[r["input"]] for r in swings[:2])
    return (
        f"Capacity goes from {first['capacity']:.0f}% of GDP at a premium of "
        f"{first['premium']:g}% to {last['capacity']:.0f}% at {last['premium']:g}%; "
        f"{widest} and {next_widest} move it most."
    )


def _levels(found: Sequence[Record]) -> Table:
    import pandas as pd

    shown = {
        "Premium": [f"{r['premium']:g}%" for r in found],
        **{
            text: [fixed(r[name]) for r in found]
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
            "Down": [fixed(r["capacity_down"]) for r in found],
            "As projected": [fixed(r["capacity"]) for r in found],
            "Up": [fixed(r["capacity_up"]) for r in found],
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
                f"Premium {p:g}%": [fixed(steps[p, y], 2) for y in years]
                for p in premia
            },
        }
    )
    return Table(
        shown,
        "Lasting rise of the primary balance that backs the debt with surpluses alone, "
        "% of GDP, by first year",
    )


def lead(findings: Findings) -> str:
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


def beside(findings: Findings) -> str:
    """Capacity at the premium by who prices debt."""
    found = rows(findings["pricing_capacity"], premium=100 * PREMIUM)
    texts = [
        f"{label_of(r['funding'])} {r['capacity']:.1f}% (surpluses "
        f"{r['surpluses']:.1f}%, debt left {r['terminal_debt']:.1f}%)"
        for r in found
    ]
    return f"By who prices the debt: {'; '.join(texts)}."


PRICING = (
    "Pricing: an economy is fed the balances that move debt at given rates, as news; "
    "what its inflation and its return on debt do beyond the economy left alone is "
    "added to the projection's growth and rates, year by year, and debt, discount "
    "factors and gaps follow. Its debt is the US government's, in its own currency."
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
