"""What safe and risky debt should deliver, as judged from the record, and what ships.

A goal is a range for a number of one economy. It is delivered where the number lies in
it over all of its bound, and not delivered where it lies outside over all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from ..calibration.economies.news_parts import (
    fiscal_share_of_all_shocks,
    premium_shares,
    slope_at_rest,
)
from ..calibration.economies.protocol import Economy
from ..calibration.economies.quantities import QUANTITIES, measured
from ..calibration.matching.equivalence import load_evidence, published
from ..calibration.record.bills import recorded
from ..calibration.record.moments import shipped_moments
from .predictions import by_quantity

Range = tuple[float, float]
Measure = Callable[[Economy], float]
# Economy -> era of the record that it stands for.
ERAS = {"safe": "1998-2019", "risky": "2022-present"}
SLOPE = "slope_10y_3m"
DELIVERED, MISSED, IMPRECISE = "delivered", "not delivered", "too imprecise"


@dataclass(frozen=True)
class Goal:
    """A number, and where it should lie by economy.

    Attributes
    ----------
    name, label, unit : of the number.
    measure : gives it; None for a declared quantity of that name.
    goals : economy -> range; an economy that is not here has no goal.
    of : economies that have the number.
    series : the moment of the record that measures it, where one does.
    """

    name: str
    label: str
    unit: str
    goals: Mapping[str, Range] = field(default_factory=dict)
    measure: Measure | None = None
    of: tuple[str, ...] = ("safe", "risky")
    series: str | None = None


def _quantity(
    name: str, of: tuple[str, ...] = ("safe", "risky"), **goals: Range
) -> Goal:
    """A declared quantity; its goals are the bands of its row, and those given."""
    found = QUANTITIES[name]
    row = by_quantity().get(name)
    sides = {} if row is None else {"safe": row.safe.band, "risky": row.risky.band}
    banded = {k: v for k, v in sides.items() if v is not None and k in of}
    return Goal(
        name, found.label, found.unit, {**banded, **goals}, of=of, series=found.series
    )


_MORE, _LESS = (0.0, np.inf), (-np.inf, 0.0)
_HALF = (0.5, np.inf)
_RISKY = ("risky",)
GOALS = (
    _quantity("share_bondholders", risky=_HALF),
    _quantity("persistent_yield_10y_ex_convenience"),
    _quantity("score_yield_10y_ex_convenience", _RISKY),
    Goal(
        "premium_share",
        "part of a ten-year response that is term premium",
        "ratio",
        {"risky": (0.4, np.inf)},
        lambda e: premium_shares(e)["premium_share"],
        _RISKY,
    ),
    Goal(
        "risk_share",
        "part that is term premium or compensation for a quarter's inflation risk",
        "ratio",
        {},
        lambda e: premium_shares(e)["risk_share"],
        _RISKY,
    ),
    _quantity("score_expected_inflation_5y5y", _RISKY, risky=_MORE),
    _quantity("stress_1sd_yield_10y"),
    _quantity("bond_stock_beta_quarterly_10y"),
    _quantity("treasury_portfolio_beta"),
    _quantity("fiscal_share"),
    Goal(
        "fiscal_share_of_all_shocks",
        QUANTITIES["fiscal_share_of_all_shocks"].label,
        QUANTITIES["fiscal_share_of_all_shocks"].unit,
        {"risky": _HALF},
        fiscal_share_of_all_shocks,
    ),
    _quantity("expected_inflation_10y_after_rate_rise", risky=_MORE),
    _quantity("score_equity", _RISKY, risky=_LESS),
    Goal(
        SLOPE,
        "slope of the curve at rest, ten years less three months",
        "percentage points",
        {"safe": _MORE},
        slope_at_rest,
        series="yield_slope_10y_3m_mean",
    ),
    _quantity("disaster_portfolio_loss", _RISKY),
    _quantity("policy_surprise_volatility", ("safe",)),
)


def measures(economy: Economy, names: Sequence[str] | None = None) -> dict[str, float]:
    """Numbers of the goals that an economy has, by name.

    Raises
    ------
    SolutionError
        A number does not exist there.
    """
    own = [g for g in GOALS if economy.name in g.of and (not names or g.name in names)]
    found = measured(economy, [g.name for g in own if g.measure is None])
    return {g.name: g.measure(economy) if g.measure else found[g.name] for g in own}


def judged(value: float, bound: float, goal: Range | None) -> str:
    """Verdict of a number with its bound; empty where there is no goal."""
    if goal is None:
        return ""
    low, high = goal
    if low <= value - bound and value + bound <= high:
        return DELIVERED
    outside = value + bound < low or value - bound > high
    return MISSED if outside else IMPRECISE


def goal_records(fine: Economy, coarse: Economy) -> list[dict[str, Any]]:
    """One record per number of an economy; bounds are distances to the coarser grid."""
    here, there = measures(fine), measures(coarse)
    rows = []
    for goal in GOALS:
        if goal.name not in here:
            continue
        value, bound = here[goal.name], abs(here[goal.name] - there[goal.name])
        low, high = goal.goals.get(fine.name, (None, None))
        data, error = evidence(goal, fine.name)
        rows.append(
            {
                "goal": goal.name,
                "economy": fine.name,
                "value": value,
                "bound": bound,
                "unit": goal.unit,
                "low": None if low is None or np.isinf(low) else low,
                "high": None if high is None or np.isinf(high) else high,
                "verdict": judged(value, bound, goal.goals.get(fine.name)),
                "evidence": data,
                "evidence_error": error,
            }
        )
    return rows


def evidence(goal: Goal, economy: str) -> tuple[float | None, float | None]:
    """What the record says of a number in the era of an economy, with its error."""
    era = ERAS[economy]
    if goal.series is not None:
        table = shipped_moments()
        own = table[(table["era"] == era) & (table["name"] == goal.series)]
        if len(own) == 0:
            return None, None
        row = own.iloc[0]
        return float(row["value"]), float(row["standard_error"])
    if economy != "risky" and goal.of != (economy,):
        # What both economies have is published of news that is not all repaid.
        return None, None
    if goal.name == "share_bondholders":
        return recorded("unbacked_share"), None
    if goal.name == "share_taxpayers":
        return 1.0 - recorded("unbacked_share"), None
    if goal.name in ("premium_share", "risk_share"):
        premium, whole = (published(f"score_{n}").value for n in _SCORED)
        return premium / whole, None
    if goal.name in {row.quantity for row in load_evidence()}:
        row = published(goal.name, era)
        return row.value, row.standard_error
    return None, None


@cache
def record_of(name: str, economy: str) -> tuple[float | None, float | None]:
    """What the record says of a declared quantity in the era of an economy.

    Value and standard error; None where there is none, and for the error also where it
    is assumed because nobody published one.
    """
    goal = next((g for g in GOALS if g.name == name), None) or _quantity(name)
    value, error = evidence(goal, economy)
    rows = [r for r in load_evidence() if r.quantity == name]
    assumed = goal.series is None and any(r.assumed for r in rows)
    return value, None if assumed else error


_SCORED = ("term_premium_10y", "yield_10y_ex_convenience")


def missed(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Records of goals that are not delivered."""
    return [r for r in records if r["verdict"] == MISSED]
