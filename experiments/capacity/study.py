"""Fiscal capacity of a projection at a premium, and what moves it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from ...calibration.record.projections import Flows, Projection, read_projection
from ...calibration.valuation.capacity import (
    CapacityError,
    Shift,
    adjustments,
    capacities,
    capacity,
)
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "What are the projected surpluses worth, at a premium for output risk?"
BASELINE = "cbo_baseline"
PREMIA = (0.0, 0.01, 0.02, 0.026, 0.03)
# What literature gives for the baseline to 2055, percent of GDP, premium by premium.
PUBLISHED = (99.0, 67.0, 43.0, 32.0, 26.0)
BASE = 0.026
# Each input is moved by half a percentage point, up and down.
SWING = 0.005
INPUTS = tuple(Shift._fields)
GDP = "percent of annual GDP"


def as_published(baseline: Projection) -> Projection:
    """The baseline as the published numbers take it.

    To 2055; the effective rate on average debt to 2036, from there in a line to 4.0% in
    2055; growth of 3.65% after 2036; balances that debt then implies, so that other
    means of financing are inside them.
    """
    years = baseline.years <= 2055
    flows = Flows(*(np.asarray(f)[years] for f in baseline.flows))
    debt = baseline.debt[years]
    before = np.array([baseline.opening_debt, *debt[:-1]])
    late = baseline.years[years] > 2036
    average = flows.rate * before / (1 + flows.growth)
    average = average / ((before / (1 + flows.growth) + debt) / 2)
    start = float(average[~late][-1])
    rate = np.array(average)
    rate[late] = start + (0.04 - start) * np.arange(1, late.sum() + 1) / late.sum()
    growth = np.where(late, 0.0365, flows.growth)
    balance = before * (1 + rate) / (1 + growth) - debt
    zero = np.zeros_like(rate)
    return Projection(
        f"{baseline.name}, as published",
        baseline.source,
        baseline.years[years],
        baseline.opening_debt,
        Flows(*(jnp.asarray(f) for f in (balance, growth, rate, zero, zero))),
    )


def capacity_records(
    projection: Projection, published: bool = False
) -> list[dict[str, Any]]:
    """Capacity by premium, in percent of GDP.

    ``published`` adds the published numbers for the baseline and what their recipe
    (``as_published``) gives here.
    """
    found = capacities(projection, PREMIA)
    records = [
        {
            "premium": 100 * premium,
            "surpluses": 100 * float(found.surpluses[k]),
            "services": 100 * float(found.services[k]),
            "terminal_debt": 100 * float(found.terminal[k]),
            "capacity": 100 * float(found.total[k]),
            "share_of_debt": float(found.total[k]) / projection.opening_debt,
        }
        for k, premium in enumerate(PREMIA)
    ]
    if published:
        again = capacities(as_published(projection), PREMIA).total
        for record, own, text in zip(records, again, PUBLISHED, strict=True):
            record |= {"published_recipe": 100 * float(own), "published": text}
    return records


def tornado(projection: Projection, base: float) -> list[dict[str, Any]]:
    """Capacity with each input moved down and up, largest swing first; percent of GDP.

    Premium and convenience are not moved below zero.
    """
    lowest = {
        "premium": -min(SWING, base),
        "convenience": -min(SWING, float(np.min(projection.flows.convenience))),
    }
    moves = [(n, m) for n in INPUTS for m in (lowest.get(n, -SWING), SWING)]
    changes = np.array([[m * (name == n) for n in INPUTS] for name, m in moves])
    changes[:, INPUTS.index("premium")] += base
    shifts = Shift(*(jnp.asarray(column) for column in changes.T))
    each = jax.vmap(capacity, in_axes=(None, None, 0))
    found = 100 * np.asarray(
        each(projection.flows, projection.opening_debt, shifts).total
    )
    centre = 100 * float(capacities(projection, (base,)).total[0])
    records = [
        {
            "input": name,
            "down": 100 * moves[2 * k][1],
            "capacity_down": float(found[2 * k]),
            "up": 100 * SWING,
            "capacity_up": float(found[2 * k + 1]),
            "capacity": centre,
        }
        for k, name in enumerate(INPUTS)
    ]
    width = {r["input"]: abs(r["capacity_up"] - r["capacity_down"]) for r in records}
    return sorted(records, key=lambda r: -width[r["input"]])


def adjustment_records(projection: Projection) -> list[dict[str, Any]]:
    """Lasting rise of the primary balance by premium and year of action, % of GDP.

    A premium at which surpluses for ever have no value gives no number.
    """
    records = []
    last = len(projection.years) - 1
    for premium in PREMIA:
        try:
            found = adjustments(projection, premium)
        except CapacityError:
            continue
        for k in sorted({0, *range(4, last + 1, 5)}):
            records.append(
                {
                    "premium": 100 * premium,
                    "year": int(projection.years[k]),
                    "for_good": 100 * float(found.for_good[k]),
                    "to_horizon": 100 * float(found.to_horizon[k]),
                }
            )
    return records


def capacity_result(
    projection: Projection, published: bool = False
) -> ExperimentResult:
    """Tables, tornado figure and sentences for one projection."""
    import pandas as pd

    from .figure import draw

    levels = capacity_records(projection, published)
    swings = tornado(projection, BASE)
    steps = adjustment_records(projection)
    years = f"{projection.years[0]}-{projection.years[-1]}"
    at_base = next(r for r in levels if r["premium"] == 100 * BASE)
    lead = (
        f"{projection.name}, {years}: debt of {100 * projection.opening_debt:.1f}% of "
        f"GDP. At a premium of {100 * BASE:g}% for the risk of output, surpluses and "
        f"the debt left at the end are worth {at_base['capacity']:.1f}% of GDP: "
        f"{at_base['surpluses']:.1f}% and {at_base['terminal_debt']:.1f}%."
    )
    return ExperimentResult(
        tables={
            "capacity": pd.DataFrame(levels),
            "sensitivity": pd.DataFrame(swings),
            "adjustment": pd.DataFrame(steps),
        },
        records={"capacity": levels, "sensitivity": swings, "adjustment": steps},
        figures={"tornado": draw(swings, projection)},
        notes=[lead, HOW, f"Source: {projection.source}."],
        parameters={"premium": (BASE, "decimal per year")},
        quantities={
            f"capacity_{100 * p:g}": (r["capacity"], GDP)
            for p, r in zip(PREMIA, levels, strict=True)
        },
        data_vintage=projection.source,
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


def capacity_of_file(path: str | Path) -> ExperimentResult:
    """What ``fiscax capacity FILE`` prints and writes.

    Raises
    ------
    ProjectionError
        Naming row and column.
    CapacityError
        The projection opens without debt: there is nothing to hold against capacity.
    """
    projection = read_projection(path)
    if projection.opening_debt == 0:
        raise CapacityError(f"{path}: the opening debt is zero")
    return capacity_result(projection, published=str(path) == BASELINE)


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("capacity", question=QUESTION, order=5.2, section=_section)
def capacity_experiment(context: ExperimentContext) -> ExperimentResult:
    """Capacity of CBO's extended baseline, or of the projection ``file``."""
    return capacity_of_file(context.overrides.get("file", BASELINE))


def premium_grid(highest: float = 0.05) -> Sequence[float]:
    """Premia at which a curve of capacities is drawn, decimals a year."""
    return np.linspace(0.0, highest, 51).tolist()
