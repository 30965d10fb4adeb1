"""Strips of the claims behind the debt in a solved core economy, by horizon.

The claims are those of the affine reduced form (``models.affine``), and so is the
definition of a premium: expected log growth of the nominal payoff over the horizon less
the log price, less expected nominal short rates, per year. The short rate is the policy
rate, which the discount factor prices without convenience; bonds are priced without it
too. Every claim lives in the smallest block that knows its payoff.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...solvers.pricing.strips import (
    PHYSICAL,
    StripClaim,
    average_flow,
    strip_functions,
    strip_prices,
    strip_sum,
)
from ...solvers.projection.operators import Operators
from .core import CoreEconomy

QUARTERS = 4
# States of the ergodic sample over which functions are averaged: every THIN-th.
THIN = 20
# Strips that are added up one by one: 125 years and a geometric rest give what 300 do,
# to 1e-7 (safe and risky economy); each hundred strips more divide that by thirty.
TERMS = 500
_REAL, _NOMINAL = "real_rate", "policy_rate"
# Claim -> block on whose states it lives.
BLOCKS = {
    "tax": "nominal",
    "spending": "spending",
    "output": "output",
    "equity": "output",
    "nominal_bond": "nominal",
    "real_bond": "output",
}
STRIPS = {
    claim.name: claim
    for claim in (
        StripClaim("tax", "growth", _REAL, "tax_ratio", "output_growth"),
        StripClaim("spending", "growth", _REAL, "spending_ratio", "output_growth"),
        StripClaim("output", "growth", _REAL, None, "output_growth"),
        StripClaim("equity", "equity", _REAL, None, "dividend_growth"),
        StripClaim("nominal_bond", "nominal", _NOMINAL),
        StripClaim("real_bond", "real", _REAL),
    )
}
# Blocks other than the last -> numeraires and expected growth that their claims need.
_NUMERAIRES = {
    "output": (PHYSICAL, "real", "growth", "equity"),
    "spending": (PHYSICAL, "growth"),
}
_GROWTH = {
    "output": ("output_growth", "dividend_growth"),
    "spending": ("output_growth",),
}


@dataclass(frozen=True)
class StripAverages:
    """Averages over the ergodic sample of a regime, disasters included; each (H,).

    Attributes
    ----------
    premium : log per year over the nominal short rate.
    real_premium : the same over the real short rate, None for the nominal bond.
    spread : standard deviation over states of ``premium``.
    price : geometric mean of the price over today's payoff.
    """

    claim: str
    premium: np.ndarray
    real_premium: np.ndarray | None
    spread: np.ndarray
    price: np.ndarray


@dataclass(frozen=True)
class StripSum:
    """Value of a whole claim in years of payoffs, this quarter's included.

    Attributes
    ----------
    value : mean over the ergodic sample of the sum of strips.
    solved : mean of the value that the solution or the ledger gives.
    gap : root mean square over states of their relative difference.
    """

    claim: str
    value: float
    solved: float
    gap: float


def block_operators(economy: CoreEconomy) -> dict[str, Operators]:
    """Operators by block; the last one's are those of the economy itself."""
    small = {
        block: economy.solution.operators(
            names, block=block, expected=[(PHYSICAL, n) for n in _GROWTH[block]]
        )
        for block, names in _NUMERAIRES.items()
    }
    return {**small, economy.solution.block: economy.operators}


def log_prices(
    operators: Mapping[str, Operators], terms: int = TERMS
) -> dict[str, np.ndarray]:
    """Log prices of every claim's strips, by claim, (terms + 1, R*N) at its nodes.

    ``operators`` are those of ``block_operators``.

    Raises
    ------
    SolutionError
        If a payoff is not positive on the domain of its block.
    """
    found = {}
    for block, own in operators.items():
        claims = [claim for name, claim in STRIPS.items() if BLOCKS[name] == block]
        found |= strip_prices(own, claims, terms)
    return found


def strip_averages(
    economy: CoreEconomy,
    horizons: Sequence[int],
    regime: int = 0,
    operators: Mapping[str, Operators] | None = None,
    prices: Mapping[str, np.ndarray] | None = None,
) -> list[StripAverages]:
    """Premia and prices of every claim's strips; ``horizons`` in years.

    ``prices`` are those of ``log_prices``, at least as far as the last horizon.

    Raises
    ------
    SolutionError
        If a payoff is not positive on the domain of its block.
    """
    operators = block_operators(economy) if operators is None else operators
    if prices is None:
        prices = log_prices(operators, QUARTERS * max(horizons))
    ahead = [QUARTERS * years for years in horizons]
    points = _sample(economy, regime)
    nominal = operators[economy.solution.block]
    short, real = nominal.at_nodes([_NOMINAL, _REAL])
    inflation = nominal.exact_step(PHYSICAL, ["inflation"])[0]
    # Premia over the nominal rate are those over the real one less this.
    gap = average_flow(nominal, short - real - inflation, ahead)(
        points, np.full(len(points), regime)
    )
    found = []
    for name, claim in STRIPS.items():
        own = operators[BLOCKS[name]]
        functions = strip_functions(own, claim, ahead, prices[name])
        logs, premium = functions(_within(economy, own, points), regime)
        over = None
        if claim.short == _REAL:
            over = QUARTERS * premium.mean(axis=0)
            premium = premium - gap
        found.append(
            StripAverages(
                name,
                QUARTERS * premium.mean(axis=0),
                over,
                QUARTERS * premium.std(axis=0),
                np.exp(logs.mean(axis=0)),
            )
        )
    return found


def output_strips(
    economy: CoreEconomy, points: np.ndarray, quarters: Sequence[int]
) -> np.ndarray:
    """Prices (P, H) of output some quarters ahead over output, at states (P, d).

    Raises
    ------
    SolutionError
        As of ``strip_averages``.
    """
    block = BLOCKS["output"]
    own = economy.solution.operators(_NUMERAIRES[block], block=block)
    functions = strip_functions(own, STRIPS["output"], list(quarters))
    logs, _ = functions(_within(economy, own, points), economy.position)
    return np.exp(np.asarray(logs))


def strip_sums(
    economy: CoreEconomy,
    regime: int = 0,
    terms: int = TERMS,
    operators: Mapping[str, Operators] | None = None,
    prices: Mapping[str, np.ndarray] | None = None,
) -> list[StripSum]:
    """Sums of strips beside the values that are solved for, by claim.

    ``prices`` are those of ``log_prices`` for as many terms.

    Values of output, spending and equity are unknowns of the solution, that of taxes
    is the ledger's: none of them comes from strips.

    Raises
    ------
    ValueDoesNotExistError
        If a claim's operator has a spectral radius that is not below one.
    """
    operators = block_operators(economy) if operators is None else operators
    if prices is None:
        prices = log_prices(operators, terms)
    points = _sample(economy, regime)
    which = np.full(len(points), regime)
    names = ("output_value", "spending_value", "spending_ratio", "price_dividend")
    output, spending, ratio, equity = economy.solution.observe(names, points, which).T
    (share,) = economy.solution.observe(["tax_ratio"], points, which).T
    solved = {
        "tax": economy.ledger(points, regime)["tax"] / share,
        "spending": spending / ratio,
        "output": output,
        "equity": 1 + equity,
    }
    found = []
    for name, value in solved.items():
        own = operators[BLOCKS[name]]
        summed = strip_sum(own, STRIPS[name], terms, prices[name])
        total = summed(_within(economy, own, points), which)[:, 0]
        error = float(np.sqrt(np.mean((total / value - 1) ** 2)))
        years = float(total.mean()) / QUARTERS, float(value.mean()) / QUARTERS
        found.append(StripSum(name, *years, error))
    return found


def _sample(economy: CoreEconomy, regime: int) -> np.ndarray:
    """States (P, d) of the ergodic sample in a regime, thinned."""
    points, which = economy.solution.ergodic_sample
    return points[which == regime][::THIN]


def _within(
    economy: CoreEconomy, operators: Operators, points: np.ndarray
) -> np.ndarray:
    """The coordinates of ``points`` on which the operators' block lives."""
    states = economy.solution.states
    own = economy.model.block(operators.block).states
    return points[:, [states.index(name) for name in own]]
