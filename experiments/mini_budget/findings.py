"""Default, economies and days of the mini-budget, solved once for all that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...calibration.economies.sticky import solve_sticky
from ...calibration.record.dated_moves import TENORS, Moves, shipped_moves
from .days import Backstop, Decomposition, backstop, decompose
from .model import (
    Gilts,
    SolvedDefault,
    british_economy,
    fiscal_curve,
    load_gilts,
    solve_default,
)

TEN = TENORS.index(10)


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything that tables, figure and claims are made of.

    ``ladder`` is the ten-year yield per 1% of GDP (bp) step by step from the US to the
    British economy, ``beside`` what single changes of the last step do to it;
    ``fiscal`` and ``default`` are curves per 1% of GDP (tenors,).
    """

    given: Gilts
    solved: SolvedDefault
    moves: Moves
    fiscal: np.ndarray
    default: np.ndarray
    ladder: Mapping[str, float]
    beside: Mapping[str, float]
    parts: Decomposition
    gains: Backstop

    @property
    def per_point(self) -> np.ndarray:
        """Rise of yields per 1% of GDP of news, default included, (tenors,) bp."""
        return self.fiscal + self.default

    def on(self, date: str) -> np.ndarray:
        """Cumulative move of the curve at a close, (tenors,) bp."""
        return self.moves.between(self.moves.dates[0], date)

    def index(self, date: str) -> int:
        """Row of a close among the decomposition's."""
        return self.moves.dates.index(date) - 1


def _ten(curve: np.ndarray) -> float:
    return float(curve[TEN])


def ladder_of(given: Gilts, default: np.ndarray) -> tuple[dict, dict]:
    """From the US to the British ten-year elasticity, and single changes beside it."""
    american = solve_sticky("sticky_risky", order=1)
    unfunded = 1 - given.economy["theta"]
    debt = american.parameters["debt_target"]
    omega = american.parameters["omega"]
    us = fiscal_curve(american, 1 - american.parameters["theta"])
    backing = british_economy(given, omega=omega, debt_target=debt)
    longer = british_economy(given, debt_target=debt)
    british = british_economy(given)
    ladder = {
        "risky US economy": _ten(us),
        "British backing": _ten(fiscal_curve(backing, unfunded)),
        "British maturity of debt": _ten(fiscal_curve(longer, unfunded)),
        "British debt over GDP": _ten(fiscal_curve(british, unfunded)),
    }
    last = ladder["British debt over GDP"] + _ten(default)
    ladder["default compensation"] = last
    changes = {
        "policy rate moves at once (smoothing .5, not .8)": {"rho_i": 0.5},
        "policy rate answers more to unfunded inflation (.9, not .68)": {
            "phi_shadow": 0.9
        },
        "flow decays half as fast": {"rho_z": 0.985},
        "flow decays twice as fast": {"rho_z": 0.94},
    }
    beside = {
        name: _ten(fiscal_curve(british_economy(given, **change), unfunded))
        + _ten(default)
        for name, change in changes.items()
    }
    return ladder, beside


def findings(overrides: Mapping[str, Any]) -> Findings:
    """Solve default, economies and the days."""
    given = load_gilts(overrides)
    solved = solve_default(given)
    rise = solved.compensation(given.flow) - solved.compensation(0.0)
    default = rise / given.flow
    fiscal = fiscal_curve(british_economy(given), 1 - given.economy["theta"])
    ladder, beside = ladder_of(given, default)
    moves = shipped_moves("UK")
    parts = decompose(moves, fiscal + default, given)
    gains = backstop(moves, parts, given)
    return Findings(given, solved, moves, fiscal, default, ladder, beside, parts, gains)


def shapes(found: Findings) -> tuple[np.ndarray, np.ndarray]:
    """What news and the wedge add to yields by close and tenor, (D, tenors) each."""
    weight = found.parts.loadings
    return (
        found.parts.news[:, None] * weight[:, 0],
        found.parts.wedge[:, None] * weight[:, 1],
    )
