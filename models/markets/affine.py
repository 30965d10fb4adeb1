r"""The affine economy of Jiang, Lustig, Van Nieuwerburgh and Xiaolan (2024), declared.

States z (deviations from their means) follow a VAR, the log nominal discount factor is
affine in them, and log payoffs of every claim grow by a constant plus a loading on z:

    z' = Psi z + Sigma e',   e' ~ N(0, I)
    m' = -y(z) - L'L/2 - L'e',   y(z) = y0 + e_y'z,   L(z) = L0 + L1 z
    payoff growth' = mu + e_k'z'

Three of the eleven states are levels: their rows of Psi and Sigma are those of their
growth rates, plus one on the own lag, so that taxes, spending and dividends stay
cointegrated with output. One period is a year or a quarter, as the data are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...errors import FiscaxError

Array = Any

# Inflation, one-year yield, five-year less one-year yield, real growth, growth and
# level of dividends/GDP, log price/dividend, and growth and level of taxes/GDP and
# spending/GDP.
STATES = ("pi", "y1", "spr", "x", "dd", "d", "pd", "dtau", "tau", "dg", "g")
# Level -> its growth rate.
LEVELS = {"d": "dd", "tau": "dtau", "g": "dg"}
# States with an equation of their own, and as many shocks.
OWN = tuple(name for name in STATES if name not in LEVELS)


class AffineError(FiscaxError):
    """An affine economy is declared wrongly; the message names the culprit."""


class Kernel(NamedTuple):
    """The VAR and the discount factor; n states, k shocks, all per period.

    Attributes
    ----------
    psi : (n, n). sigma : (n, k).
    risk_price : L0 (k,). risk_loading : L1 (k, n).
    short_rate : mean y0 of the one-period nominal rate. short_loading : e_y (n,).
    """

    psi: Array
    sigma: Array
    risk_price: Array
    risk_loading: Array
    short_rate: Array
    short_loading: Array


class Payoff(NamedTuple):
    """Log growth of a claim's payoffs: ``growth`` + ``loading``'z (scalar, (n,))."""

    growth: Array
    loading: Array


@dataclass(frozen=True)
class AffineClaim:
    """A claim in words: which states add up to the growth of its payoffs.

    ``means`` names the states whose means make up mean growth; the growth rates of
    ratios to GDP are left out of it, so that no ratio drifts away.
    """

    name: str
    description: str
    states: tuple[str, ...]
    means: tuple[str, ...]

    def payoff(self, means: Mapping[str, Any]) -> Payoff:
        """Growth of the payoffs from the means of the states."""
        growth = sum((means[name] for name in self.means), np.zeros(()))
        return Payoff(growth, selector(self.states))


_NOMINAL_GROWTH = ("pi", "x")
CLAIMS = {
    claim.name: claim
    for claim in (
        AffineClaim("tax", "taxes", ("pi", "x", "dtau"), _NOMINAL_GROWTH),
        AffineClaim("spending", "primary spending", ("pi", "x", "dg"), _NOMINAL_GROWTH),
        AffineClaim("output", "output", ("pi", "x"), _NOMINAL_GROWTH),
        AffineClaim("equity", "dividends", ("pi", "x", "dd"), _NOMINAL_GROWTH),
        AffineClaim("nominal_bond", "a nominal payment", (), ()),
        AffineClaim("real_bond", "an indexed payment", ("pi",), ("pi",)),
    )
}


def selector(names: Sequence[str]) -> Array:
    """Vector (n,) that adds up the named states.

    Raises
    ------
    AffineError
        For a name that is no state.
    """
    for name in names:
        if name not in STATES:
            raise AffineError(f"no state '{name}'; there are {', '.join(STATES)}")
    return np.array([float(names.count(state)) for state in STATES])


def companion(own: Array) -> Array:
    """Psi (n, n) from the rows of the states with equations of their own (k, n)."""
    rows = _rows(own)
    levels = np.diag([float(name in LEVELS) for name in STATES])
    return rows + levels


def impact(own: Array) -> Array:
    """Sigma (n, k) from the lower Cholesky factor (k, k) of the own equations."""
    return _rows(own)


def _rows(own: Array) -> Array:
    """One row per state: a level has that of its growth rate."""
    where = [OWN.index(LEVELS.get(name, name)) for name in STATES]
    return own[np.array(where)]
