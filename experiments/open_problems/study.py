"""Open problems of the core economy, each by one mechanism, with it and without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.core import COARSE, Economy, load, solve_economy
from ...calibration.economies.responses import (
    ANNUAL_BP,
    persistent_spending,
    yield_parts,
)
from ...solvers.errors import SolutionError
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    from ..report.page import Section

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
        "calmer stress (sigma_p = 0.11; without: {sigma_p:g})",
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


def riskless_intercepts(values: Mapping[str, Any]) -> dict[str, float]:
    """Intercepts at which an economy without risk rests on its targets.

    ``values`` are parameters of an economy with one regime, in declared units. There
    the real rate is -log(beta) + mu / psi, debt D = 4 debt_target is held by the
    surplus D (exp(r - mu) - 1), and convenience is left out.
    """
    first = {name: float(np.ravel(value)[0]) for name, value in values.items()}
    real_rate = -np.log(first["beta"]) + first["mu"] / first["psi"]
    surplus = 4 * first["debt_target"] * np.expm1(real_rate - first["mu"])
    return {
        "tax_mean": first["g_bar"] + (1 - first["tax_response"]) * surplus,
        "rate_mean": (1 - first["phi_natural"]) * real_rate + first["pi_bar"],
    }


def resting(context: ExperimentContext) -> list[dict[str, Any]]:
    """Where the safe economy rests with the intercepts of an economy without risk.

    Ergodic means, disasters included: debt in percent of annual GDP, inflation in
    percent a year.
    """
    solved = _coarse(context, "safe", {})
    values = solved.calibration.as_arrays()
    naive = solve_economy(
        "safe",
        {**context.overrides, **riskless_intercepts(values)},
        levels=(COARSE,),
        intercepts=False,
    )
    means = []
    for economy in (naive, solved):
        points, _ = economy.solution.ergodic_sample
        seen = economy.solution.observe(["end_of_period_debt", "inflation"], points)
        means.append(seen.mean(axis=0) * (25, 400))
    units = (
        "percent, mean debt over annual GDP",
        "percent, mean inflation a year",
    )
    return [
        {
            "problem": "resting point",
            "mechanism": "intercepts of taxes and of the rule are solved for "
            "(without: those of an economy without risk)",
            "economy": "safe",
            "without": float(without),
            "with": float(having),
            "unit": unit,
        }
        for without, having, unit in zip(*means, units, strict=True)
    ]


def _section(result: ExperimentResult) -> Section:
    from .page import section

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
        rows += resting(context)
    except SolutionError as problem:
        notes.append(f"resting point: no solution with riskless intercepts. {problem}")
    lead = (
        "Each line changes one mechanism in the calibrated economy and solves it "
        "again, intercepts included, on the coarse grid."
    )
    return ExperimentResult(
        tables={"open-problems": pd.DataFrame(rows)},
        records={"open-problems": rows},
        notes=[lead, *notes],
    )
