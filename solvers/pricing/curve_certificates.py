"""A-posteriori bounds of curves: what interpolation adds at every step of a bond.

The log price of n quarters solves p_n = shift + log E[weight exp p_{n-1}'] up to the
residual e_n, measured away from the nodes. To first order the error of p_n is the sum
of the residuals e_n, e_{n-1}, ..., e_1 expected along the bond's life, the first of
them at today's state. Along the way residuals are averaged over the ergodic sample and
over the one that prices weight, and the larger of the two means is taken: a first-order
estimate, which from an extreme and persistent state can fall short at short maturities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..compiled import on_host
from ..projection.blocks import conditions
from ..projection.operators import Operators
from ..projection.pricing import (
    NodeFunctions,
    forward_ranges,
    log_zero_coupon_prices,
    require_settled,
)
from .certificates import point_step, weighted_sample
from .curves import CurveNames


class CurveBound(NamedTuple):
    """Bounds of yields, (n_maturity,) each, per quarter: mean and 99% over states."""

    mean: np.ndarray
    p99: np.ndarray


@dataclass(frozen=True)
class Recursion:
    """One curve: its numeraire, log price of one quarter, log shift of longer ones.

    ``first`` and ``shift`` are signed sums of variables, name -> sign.
    """

    numeraire: str
    first: dict[str, float]
    shift: dict[str, float]


def recursions(names: CurveNames) -> dict[str, Recursion]:
    """The curves of ``term_structure`` as recursions."""
    short = {names.short: -1.0}
    bill = {names.first: 1.0, **short}
    return {
        "yield": Recursion("nominal", bill, {names.longer: 1.0}),
        "without": Recursion("nominal", short, {}),
        "twin": Recursion("physical", short, short),
        "real": Recursion("real", {names.real_short: -1.0}, {}),
    }


def _combine(weights: dict[str, float], values: dict[str, np.ndarray], like):
    total = like * 0.0
    for name, weight in weights.items():
        total = total + weight * values[name]
    return total


def log_prices(
    operators: Operators, curves: Mapping[str, Recursion], horizon: int
) -> dict[str, NodeFunctions]:
    """Log prices of 1, ..., horizon quarters of every curve, one pass for all.

    Raises
    ------
    SolutionError
        Prices of long bonds do not settle on this grid.
    """
    used = sorted(set().union(*({*c.first, *c.shift} for c in curves.values())))
    nodes = dict(zip(used, operators.at_nodes(used), strict=True))
    like = nodes[used[0]]
    order = list(operators.matrices)
    logs = log_zero_coupon_prices(
        operators.tables,
        np.array([order.index(c.numeraire) for c in curves.values()]),
        np.stack([_combine(c.first, nodes, like) for c in curves.values()]),
        np.stack([_combine(c.shift, nodes, like) for c in curves.values()]),
        horizon,
    )
    ranges = on_host(forward_ranges(operators.tables, logs))
    require_settled(ranges, list(curves), operators.solution.model.advice)
    labels = tuple(f"log_price_{n}" for n in range(1, horizon + 1))
    return {
        name: operators.functions(labels, rows)
        for name, rows in zip(curves, np.asarray(logs), strict=True)
    }


def curve_residuals(
    operators: Operators,
    curve: Recursion,
    prices: NodeFunctions,
    points: np.ndarray,
    regimes: np.ndarray,
) -> np.ndarray:
    """Residuals (horizon, P) of log prices at states (P, d)."""
    solution = operators.solution
    used = sorted({*curve.first, *curve.shift})
    problem = conditions(
        solution.model, solution.block, solution.grids, solution.quadrature
    )
    step = point_step(problem, curve.numeraire, (), prices.grid, True)
    ahead = np.log(step(solution, prices, points, regimes)).T
    now = prices(points, regimes).T
    seen = dict(zip(used, solution.observe(used, points, regimes).T, strict=True))
    first = _combine(curve.first, seen, seen[used[0]])
    shift = _combine(curve.shift, seen, seen[used[0]])
    return np.concatenate([first[None], shift[None] + ahead[:-1]]) - now


def curve_bounds(
    operators: Operators,
    maturities: Sequence[int],
    regime: int = 0,
    points: int = 200,
    names: CurveNames | None = None,
) -> dict[str, CurveBound]:
    """Bounds of nominal and real yields, term premia and convenience, by maturity.

    Term premia and convenience are differences of curves: what counts is the
    difference of their residuals.
    """
    sample, which = operators.solution.ergodic_sample
    chosen = np.random.default_rng(7).choice(np.flatnonzero(which == regime), points)
    weighted, there, _ = weighted_sample(operators, regime, points)
    states = ((sample[chosen], which[chosen]), (weighted, there))
    curves = recursions(CurveNames() if names is None else names)
    prices = log_prices(operators, curves, max(maturities))
    residuals = {
        name: [curve_residuals(operators, curve, prices[name], p, r) for p, r in states]
        for name, curve in curves.items()
    }
    wanted = {
        "yield": residuals["yield"],
        "real": residuals["real"],
        "term_premium": _less(residuals["without"], residuals["twin"]),
        "convenience": _less(residuals["without"], residuals["yield"]),
    }
    place = np.array(maturities) - 1
    return {k: _bound(v, place) for k, v in wanted.items()}


def _less(one: list[np.ndarray], other: list[np.ndarray]) -> list[np.ndarray]:
    return [a - b for a, b in zip(one, other, strict=True)]


def _bound(residuals: list[np.ndarray], place: np.ndarray) -> CurveBound:
    """Sum residuals (horizon, P) along the life of a bond."""
    usual, priced = (np.abs(r) for r in residuals)
    mean = np.maximum(usual.mean(axis=1), priced.mean(axis=1))
    later = np.concatenate([[0.0], np.cumsum(mean)[:-1]])
    today = np.stack([usual.mean(axis=1), np.quantile(usual, 0.99, axis=1)])
    bound = (today + later) / np.arange(1, len(usual) + 1)
    return CurveBound(bound[0, place], bound[1, place])
