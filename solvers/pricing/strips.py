"""Strips of a solved model: prices and average premia by horizon.

The strip of a claim pays the claim's payoff n periods ahead. Log prices come from the
operator's tables, applied once per period to the exponential of interpolated logs;
expectations come from powers of the physical operator, events included. The premium is
what the affine reduced form reports (``affine_strips.average_premia``): expected log
growth of the payoff less the log price, less expected short rates, per period. It is
an expected log return, so a volatile payoff earns less here by half its variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import SolutionError
from ..projection.operators import Operators
from ..projection.pricing import (
    NodeFunctions,
    cumulated,
    log_zero_coupon_prices,
    require_value,
)
from ..projection.pricing import strips as powers

PHYSICAL = "physical"


@dataclass(frozen=True)
class StripClaim:
    """A claim in the model's names.

    Attributes
    ----------
    numeraire : of the operator that prices payoffs as they are counted.
    payoff : positive variable dated t; None is one unit of what is counted.
    growth : link whose name ends in ``_next``, without that ending: log growth of what
        payoffs are counted in, over what ``short`` is a rate of; None is no growth.
    short : log riskless rate per period, known at t.
    """

    name: str
    numeraire: str
    short: str
    payoff: str | None = None
    growth: str | None = None


@dataclass(frozen=True, eq=False)
class StripFunctions:
    """Strips of one claim as functions of state and regime, per horizon in periods.

    ``functions`` holds ``log_price_n`` (log of price over today's payoff) and
    ``premium_n`` (log per period) for every n of ``horizons``.
    """

    claim: StripClaim
    horizons: tuple[int, ...]
    functions: NodeFunctions

    def __call__(
        self, points: np.ndarray, regimes: np.ndarray | int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Log prices and premia, each (P, H), at states (P, d) of the block."""
        points = np.atleast_2d(points)
        which = np.broadcast_to(np.asarray(regimes), (len(points),))
        found = self.functions(points, which)
        return found[:, : len(self.horizons)], found[:, len(self.horizons) :]


def log_payoff(operators: Operators, claim: StripClaim) -> np.ndarray:
    """Log payoffs (R*N,) at the nodes.

    Raises
    ------
    SolutionError
        If a payoff is not positive somewhere: it has no log growth to expect.
    """
    if claim.payoff is None:
        return np.zeros(operators.matrices[claim.numeraire].shape[0])
    (payoff,) = operators.at_nodes([claim.payoff])
    wrong = int(np.sum(~(payoff > 0)))
    if wrong:
        raise SolutionError(
            f"claim '{claim.name}': its payoff '{claim.payoff}' is not positive at "
            f"{wrong} of {payoff.size} nodes, the lowest is {float(payoff.min()):.4f}; "
            "strips need a positive payoff on the whole domain"
        )
    return np.log(payoff)


def strip_prices(
    operators: Operators, claims: Sequence[StripClaim], horizon: int
) -> dict[str, np.ndarray]:
    """Log prices of payoffs 0, ..., horizon periods ahead: (horizon + 1, R*N) by claim.

    Claims share one pass over the tables, whose size is what a period costs.

    Raises
    ------
    SolutionError
        If a payoff is not positive at a node.
    """
    known = list(operators.matrices)
    logs = np.stack([log_payoff(operators, claim) for claim in claims])
    found = log_zero_coupon_prices(
        operators.tables,
        np.array([known.index(claim.numeraire) for claim in claims]),
        logs,
        np.zeros_like(logs),
        horizon + 1,
    )
    return {c.name: p for c, p in zip(claims, np.asarray(found), strict=True)}


def strip_functions(
    operators: Operators,
    claim: StripClaim,
    horizons: Sequence[int],
    prices: np.ndarray | None = None,
) -> StripFunctions:
    """Prices and premia of the strips of one claim.

    Parameters
    ----------
    operators : need the numeraires ``physical`` and ``claim.numeraire``.
    horizons : in periods, at least 1.
    prices : the claim's, of ``strip_prices``, at least as far as the last horizon.

    Raises
    ------
    SolutionError
        If a payoff is not positive at a node, or a price or premium is not finite.
    """
    if not horizons or min(horizons) < 1:
        raise SolutionError(f"horizons are {list(horizons)}; give periods from 1 on")
    if prices is None:
        prices = strip_prices(operators, [claim], max(horizons))[claim.name]
    logs, ahead = prices[0], np.array(horizons)
    (short,) = operators.at_nodes([claim.short])
    flow = -short
    if claim.growth is not None:
        flow = flow + operators.exact_step(PHYSICAL, [claim.growth])[0]
    physical = operators.matrices[PHYSICAL]
    level = np.asarray(powers(physical, logs, max(horizons)))[ahead]
    excess = np.asarray(cumulated(physical, flow[None, :], max(horizons)))[0, ahead - 1]
    price = prices[ahead] - logs
    premium = (level - logs + excess - price) / ahead[:, None]
    rows = np.concatenate([price, premium])
    if not np.all(np.isfinite(rows)):
        raise SolutionError(
            f"claim '{claim.name}': prices of its strips are not finite up to "
            f"{max(horizons)} periods; the grid extrapolates too far, choose finer "
            "levels"
        )
    names = [f"{part}_{n}" for part in ("log_price", "premium") for n in horizons]
    return StripFunctions(claim, tuple(horizons), operators.functions(names, rows))


def strip_sum(
    operators: Operators,
    claim: StripClaim,
    horizon: int,
    prices: np.ndarray | None = None,
) -> NodeFunctions:
    """Value of a claim over today's payoff, that payoff included: ``total, tail``.

    ``total`` counts ``tail``: what is beyond the horizon when prices of strips go on to
    fall as they did last. ``prices`` are the claim's, of ``strip_prices``.

    Raises
    ------
    ValueDoesNotExistError
        If the spectral radius of the claim's operator is not below one.
    SolutionError
        If a payoff is not positive at a node, or strips do not fall at the horizon.
    """
    advice = operators.solution.model.advice
    require_value(operators.matrices[claim.numeraire], claim.name, advice)
    if prices is None:
        prices = strip_prices(operators, [claim], horizon)[claim.name]
    over = np.exp(prices[: horizon + 1] - prices[0])
    ratio = over[-1] / over[-2]
    total, tail = over.sum(axis=0), over[-1] * ratio / (1 - ratio)
    if not np.all(np.isfinite(total) & (tail > 0)):
        raise SolutionError(
            f"claim '{claim.name}': prices of its strips do not fall after {horizon} "
            "periods; choose a longer horizon or finer levels"
        )
    return operators.functions(["total", "tail"], np.stack([total + tail, tail]))


def average_flow(
    operators: Operators, flow: np.ndarray, horizons: Sequence[int]
) -> NodeFunctions:
    """Average expected flow over n periods, as functions ``flow_n`` of state.

    ``flow`` (R*N,) at the nodes, for instance the nominal less the real short rate
    less expected inflation: it turns premia over one rate into premia over another.
    """
    total = cumulated(operators.matrices[PHYSICAL], flow[None, :], max(horizons))
    count = np.array(horizons, float)[:, None]
    rows = np.asarray(total)[0, np.array(horizons) - 1] / count
    return operators.functions([f"flow_{n}" for n in horizons], rows)
