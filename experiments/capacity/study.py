"""Fiscal capacity of a projection at a premium, and what moves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from ...calibration.desk.assumptions import Assumptions
from ...calibration.parameters.numbers import read_numbers, values_of
from ...calibration.record.projections import BASELINE, Flows, Projection
from ...calibration.valuation.capacity import (
    PREMIUM,
    CapacityError,
    Shift,
    adjustments,
    capacities,
    capacity,
)
from ...errors import FiscaxError
from ...solvers.compiled import compiled
from ..desk.cases import (
    EXOGENOUS,
    GDP,
    PRICED,
    Case,
    base_cases,
    desk_options,
    gaps_by_pricing,
    given_assumptions,
    priced_outlooks,
)
from ..desk.sources import sources_of
from ..projection import FILE, given_projection
from ..study import Findings, Option, Setting
from ..tables import records, table

if TYPE_CHECKING:
    import xarray as xr

PRICING = Option(
    "pricing", "true or false", "whether to price in the safe and the risky economy too"
)
# Tables of the desk's assumptions that matter here.
ASSUMED = ("assumed", "gaps")
OPTIONS = (FILE, PRICING, *desk_options(*ASSUMED))
# Premia of the tables, decimals a year: those of the published capacities.
PREMIA = (0.0, 0.01, 0.02, PREMIUM, 0.03)
# Premia at which the curve of capacities is drawn.
GRID = tuple(np.linspace(0.0, 0.05, 51).tolist())
# Each input is moved by half a percentage point, up and down.
SWING = 0.005
INPUTS = tuple(Shift._fields)
_each = compiled(jax.vmap(capacity, in_axes=(None, None, 0)), name="tornado")
UNITS = {
    "surpluses": GDP,
    "services": GDP,
    "terminal_debt": GDP,
    "capacity": GDP,
    "share_of_debt": "ratio",
    "published_recipe": GDP,
    "published": GDP,
    "down": "percentage points",
    "capacity_down": GDP,
    "up": "percentage points",
    "capacity_up": GDP,
    "for_good": GDP,
    "to_horizon": GDP,
}


@dataclass(frozen=True)
class Recipe:
    """How published capacities take the baseline, and what they are.

    Attributes
    ----------
    last_year : the horizon. detailed_until : the last year of CBO's own rates, growth.
    last_rate : on average debt in the last year; growth : after ``detailed_until``;
        decimals a year.
    published : percent of GDP, at ``PREMIA``.
    """

    last_year: int
    detailed_until: int
    last_rate: float
    growth: float
    published: tuple[float, ...]


def load_recipe() -> Recipe:
    """The shipped recipe.

    Raises
    ------
    NumbersError
        Naming the entry of the file.
    """
    tables = read_numbers("capacity.toml")
    years, rates = (2000.0, 2100.0), (0.0, 0.2)
    own = values_of(
        tables["recipe"],
        "capacity.toml: recipe",
        {
            "last_year": years,
            "detailed_until": years,
            "last_rate": rates,
            "growth": rates,
        },
    )
    names = [f"premium_{100 * p:g}".replace(".", "_") for p in PREMIA]
    ranges = dict.fromkeys(names, (0.0, 1000.0))
    published = values_of(tables["published"], "capacity.toml: published", ranges)
    return Recipe(
        int(own["last_year"]),
        int(own["detailed_until"]),
        own["last_rate"],
        own["growth"],
        tuple(published[name] for name in names),
    )


def as_published(baseline: Projection, recipe: Recipe) -> Projection:
    """The baseline as the published numbers take it.

    To the recipe's last year; the effective rate on average debt while CBO gives it,
    from there in a line to the recipe's; the recipe's growth after CBO's; balances that
    debt then implies, so that other means of financing are inside them.
    """
    years = baseline.years <= recipe.last_year
    flows = Flows(*(np.asarray(f)[years] for f in baseline.flows))
    debt = baseline.debt[years]
    before = np.array([baseline.opening_debt, *debt[:-1]])
    late = baseline.years[years] > recipe.detailed_until
    average = flows.rate * before / (1 + flows.growth)
    average = average / ((before / (1 + flows.growth) + debt) / 2)
    start = float(average[~late][-1])
    rate = np.array(average)
    steps = np.arange(1, late.sum() + 1) / late.sum()
    rate[late] = start + (recipe.last_rate - start) * steps
    growth = np.where(late, recipe.growth, flows.growth)
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
    projection: Projection, premia: Sequence[float]
) -> list[dict[str, Any]]:
    """Capacity and its parts by premium, both in percent."""
    found = capacities(projection, premia)
    return [
        {
            "premium": 100 * premium,
            "surpluses": 100 * float(found.surpluses[k]),
            "services": 100 * float(found.services[k]),
            "terminal_debt": 100 * float(found.terminal[k]),
            "capacity": 100 * float(found.total[k]),
            "share_of_debt": float(found.total[k]) / projection.opening_debt,
        }
        for k, premium in enumerate(premia)
    ]


def levels(projection: Projection, recipe: Recipe | None) -> xr.Dataset:
    """Capacity at the premia of the tables.

    With a recipe, the published numbers for the baseline too, and what their recipe
    gives here.
    """
    found = table(capacity_records(projection, PREMIA), ("premium",), UNITS)
    if recipe is None:
        return found
    again = 100 * capacities(as_published(projection, recipe), PREMIA).total
    beside = {"published_recipe": again, "published": np.array(recipe.published)}
    found = found.assign({k: ("premium", v, {"units": GDP}) for k, v in beside.items()})
    found.attrs["columns"] = [*found.attrs["columns"], *beside]
    return found


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
    found = 100 * np.asarray(
        _each(projection.flows, projection.opening_debt, shifts).total
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
        for k in sorted({0, *(range(4, last + 1, 5) if last >= 4 else (last,))}):
            records.append(
                {
                    "premium": 100 * premium,
                    "year": int(projection.years[k]),
                    "for_good": 100 * float(found.for_good[k]),
                    "to_horizon": 100 * float(found.to_horizon[k]),
                }
            )
    return records


def priced_projection(projection: Projection, case: Case) -> Projection:
    """The projection with the growth and the rates of a way of pricing."""
    if case.funding == EXOGENOUS:
        return projection
    moved = case.accounts
    return Projection(
        projection.name,
        projection.source,
        projection.years,
        projection.opening_debt,
        projection.flows._replace(growth=moved.growth, rate=moved.rate),
    )


def pricing_tables(
    projection: Projection, cases: Sequence[Case], assumptions: Assumptions
) -> dict[str, xr.Dataset]:
    """Capacity, sensitivity, adjustment and gaps side by side by who prices debt."""
    moved = {c.funding: priced_projection(projection, c) for c in cases}

    def beside(records: Callable[[Projection], list[dict[str, Any]]]) -> Any:
        return [{"funding": k, **r} for k, p in moved.items() for r in records(p)]

    return {
        "pricing_capacity": table(
            beside(lambda p: capacity_records(p, PREMIA)), ("funding", "premium"), UNITS
        ),
        "pricing_sensitivity": table(
            beside(lambda p: tornado(p, PREMIUM)), ("funding", "input"), UNITS
        ),
        "pricing_adjustment": table(
            beside(adjustment_records), ("funding", "premium", "year"), UNITS
        ),
        "pricing_gaps": gaps_by_pricing(cases, assumptions),
    }


def measure(setting: Setting) -> Findings:
    """Capacity of CBO's extended baseline, or of the projection ``file``.

    Raises
    ------
    ProjectionError
        Naming the file, its row and column.
    CapacityError
        The projection opens without debt: there is nothing to hold against capacity.
    FiscaxError
        ``pricing`` is neither true nor false, or false with a parameter of an economy.
    NumbersError
        An assumption is out of its range.
    OverrideError, CalibrationError
        From the economies. One without a solution on a domain that covers the file's
        path is left out, with its reason in ``extra["without"]``.
    """
    projection = given_projection(setting)
    asked = str(setting.options.get(FILE.name, BASELINE))
    if projection.opening_debt == 0:
        raise CapacityError(f"{asked}: the opening debt is zero")
    assumptions = given_assumptions(setting)
    outlooks, without = priced_outlooks(setting, PRICED if _priced(setting) else ())
    cases = base_cases(projection, assumptions, outlooks)
    recipe = load_recipe() if asked == BASELINE else None
    found = levels(projection, recipe)
    steps = adjustment_records(projection)
    tables = {
        "capacity": found,
        "sensitivity": table(tornado(projection, PREMIUM), ("input",), UNITS),
        "adjustment": table(steps, ("premium", "year"), UNITS),
        **pricing_tables(projection, cases, assumptions),
    }
    priced = tables["pricing_capacity"]
    return Findings(
        {
            **tables,
            "capacity_assumptions": table(
                [r for r in assumptions.records if r["table"] in ASSUMED],
                ("table", "name"),
            ),
            "capacity_sources": sources_of(tables, projection, assumptions),
        },
        parameters={
            "premium": (PREMIUM, "decimal per year"),
            **{k: o.economy.calibration.by_name for k, o in outlooks.items()},
        },
        quantities=_quantities(priced),
        extra={
            "projection": projection,
            "assumptions": assumptions,
            "curve": table(capacity_records(projection, GRID), ("premium",), UNITS),
            "recipe": recipe,
            "without": without,
        },
        data_vintage=projection.source,
    )


def _priced(setting: Setting) -> bool:
    """Whether the economies are asked, too."""
    given = setting.options.get(PRICING.name, True)
    if not isinstance(given, bool):
        raise FiscaxError(f"pricing is {given!r}, give true or false")
    if not given and setting.store.overrides:
        changed = ", ".join(setting.store.overrides)
        raise FiscaxError(f"pricing=false solves no economy; leave out {changed}")
    return given


def _quantities(priced: xr.Dataset) -> dict[str, tuple[float, str]]:
    """Capacity by premium, at given rates and with each economy's answers."""
    return {
        ("" if r["funding"] == EXOGENOUS else f"{r['funding']}_")
        + f"capacity_{r['premium']:g}": (r["capacity"], GDP)
        for r in records(priced)
    }
