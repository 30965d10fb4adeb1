"""Open problems of the core economy, each by one mechanism, with it and without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calibration.economies import COARSE, Economy, load, solve_economy
from ..solvers.errors import SolutionError
from .registry import ExperimentContext, experiment
from .responses import ANNUAL_BP, persistent_spending, yield_parts
from .results import ExperimentResult

if TYPE_CHECKING:
    from .report_page import Section

QUESTION = "What does each mechanism do, with it and without it?"


@dataclass(frozen=True)
class Mechanism:
    """One mechanism: the economy, overrides that switch it off and on, what to watch.

    The calibrated economy is the one whose overrides are empty; names in braces in
    ``mechanism`` are filled with its parameters.
    """

    problem: str
    mechanism: str
    economy: str
    without: dict[str, float]
    having: dict[str, float]
    quantity: str
    unit: str


SLOPE = "slope_10y_3m"
PERSISTENT = "basis points per +1pp of GDP of persistent spending"
MECHANISMS = (
    Mechanism(
        "term-premium response",
        "a disaster breaks part of the promised taxes (repudiation = {repudiation:g})",
        "risky",
        {"repudiation": 0.0},
        {},
        "persistent_term_premium_10y",
        PERSISTENT,
    ),
    Mechanism(
        "size of the response",
        "most of spending is backed (theta = {theta:g}; without: theta = 0.6)",
        "risky",
        {"theta": 0.6},
        {},
        "persistent_yield_10y_ex_convenience",
        PERSISTENT,
    ),
    Mechanism(
        "short end",
        "interest-rate smoothing (rho_i = {rho_i:g})",
        "risky",
        {"rho_i": 0.0},
        {},
        "persistent_yield_3m",
        PERSISTENT,
    ),
    Mechanism(
        "slope of the curve",
        "a rule whose intercept follows the natural rate "
        "(phi_natural = {phi_natural:g}; without: 0)",
        "safe",
        {"phi_natural": 0.0},
        {},
        SLOPE,
        "percentage points, at the resting point",
    ),
    Mechanism(
        "slope of the curve",
        "stress half as volatile as calibrated (sigma_p = 0.11)",
        "safe",
        {},
        {"sigma_p": 0.11},
        SLOPE,
        "percentage points, at the resting point",
    ),
)


def described(entry: Mechanism, overrides: Mapping[str, Any]) -> str:
    """Text of a mechanism with the parameters of the calibrated economy."""
    _, calibration = load(entry.economy)
    values = calibration.with_values(**overrides).as_arrays()
    first = {name: float(np.ravel(value)[0]) for name, value in values.items()}
    return entry.mechanism.format_map(first)


def watched(economy: Economy, quantity: str) -> float:
    """The number that the mechanism is about, at the economy's resting point.

    ``slope_10y_3m`` in percentage points a year, with convenience; every other name is
    a response to persistent spending news in basis points, as ``yield_parts`` names it.
    """
    if quantity == SLOPE:
        short, long = economy.curves(["yield_1", "yield_40"], economy.rest())[0]
        return float(ANNUAL_BP / 100 * (long - short))
    pair = persistent_spending(economy, 0)
    return yield_parts(economy, 0, pair, "persistent")[quantity].value


def _coarse(
    context: ExperimentContext, name: str, overrides: dict[str, float]
) -> Economy:
    """The economy with overrides on the coarse grid, intercepts solved for, once."""
    changed = {**context.overrides, **overrides}
    key = ("coarse and anchored", name, tuple(sorted(changed.items())))
    return context.once(key, lambda: solve_economy(name, changed, levels=(COARSE,)))


def resting(context: ExperimentContext) -> dict[str, Any]:
    """Where the risky economy rests when its intercepts are those of the safe one."""
    solved = _coarse(context, "risky", {})
    _, safe = load("safe")
    kept = {"tax_mean": float(safe.as_arrays()["tax_mean"][0])}
    naive = solve_economy(
        "risky", {**context.overrides, **kept}, levels=(COARSE,), intercepts=False
    )
    points, _ = naive.solution.ergodic_sample
    debt = naive.solution.observe(["end_of_period_debt"], points[::97])[:, 0].mean()
    hit, _ = solved.solution.ergodic_sample
    target = solved.solution.observe(["end_of_period_debt"], hit[::97])[:, 0].mean()
    return {
        "problem": "resting point",
        "mechanism": "the tax intercept is solved for (without: that of safe debt)",
        "economy": "risky",
        "without": 25 * float(debt),
        "with": 25 * float(target),
        "unit": "mean debt, percent of annual GDP",
    }


def _section(result: ExperimentResult) -> Section:
    from .open_problems_page import section

    return section(result)


@experiment("open-problems", question=QUESTION, order=4, section=_section)
def open_problems(context: ExperimentContext) -> ExperimentResult:
    """Measure each mechanism on the coarse grid, intercepts solved for each time."""
    import pandas as pd

    rows, notes = [], []
    for entry in MECHANISMS:
        mechanism = described(entry, context.overrides)
        context.progress.say(f"{entry.problem}: {mechanism}")
        try:
            without, having = (
                watched(_coarse(context, entry.economy, overrides), entry.quantity)
                for overrides in (entry.without, entry.having)
            )
        except SolutionError as problem:
            notes.append(f"{entry.problem}, {mechanism}: no solution. {problem}")
            continue
        rows.append(
            {
                "problem": entry.problem,
                "mechanism": mechanism,
                "economy": entry.economy,
                "without": without,
                "with": having,
                "unit": entry.unit,
            }
        )
    try:
        rows.append(resting(context))
    except SolutionError as problem:
        notes.append(f"resting point: no solution with a naive intercept. {problem}")
    lead = (
        "Each line changes one mechanism in the calibrated economy and solves it "
        "again, intercepts included, on the coarse grid."
    )
    return ExperimentResult(
        tables={"open-problems": pd.DataFrame(rows)},
        records={"open-problems": rows},
        notes=[lead, *notes],
    )
