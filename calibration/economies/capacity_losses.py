"""How large losses of intermediaries' capacity are: one size, for every experiment.

Losses are normal in logs. Wedges are convex in them, because losses force sales, and so
are taken from the exact path at every loss. The size is that at which the five-year
wedge moves as much in a quarter as the five-year Treasury premium (Du, Im and Schreger
2018) does unexpectedly. That premium moves with demand for safety too: it is the most
that capacity can be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from ...errors import FiscaxError
from ..parameters.numbers import read_numbers
from .intermediaries import FragileError, Plumbing
from .protocol import ANNUAL_BP, Array

FILE = "capacity_record.toml"
PREMIUM_MATURITY = 20  # quarters
# Losses (log) that are tabulated, finer where wedges bend. No price clears the market
# beyond some loss, which is found by halving the last step so often.
GRID = (*np.arange(-25.0, -6.0, 0.5), *np.arange(-6.0, 10.0, 0.05))
HALVINGS = 25
POINTS = 20_000


class NoSizeError(FiscaxError):
    """No size of losses moves wedges by as much as is asked for."""


class Wedges(NamedTuple):
    """Wedges (n, m), log per quarter, by loss (n,), rising, as far as markets clear."""

    loss: Array
    wedge: Array


def wedges_by_loss(plumbing: Plumbing, maturities: Sequence[int]) -> Wedges:
    """Wedges on impact by the loss of capacity, forced sales included, exact.

    Parameters
    ----------
    maturities : m, in quarters.
    """
    return _tabulated(plumbing, tuple(maturities))


@lru_cache(maxsize=16)
def _tabulated(plumbing: Plumbing, maturities: tuple[int, ...]) -> Wedges:
    found: dict[float, Array] = {}

    def clears(loss: float) -> bool:
        try:
            path = plumbing.path({"capacity": loss}, 1)
        except FragileError:
            return False
        found[loss] = path.wedges(maturities)[0]
        return True

    last = next((float(loss) for loss in GRID if not clears(float(loss))), None)
    if last is not None:
        # Wedges rise without bound in their slope towards the last loss.
        low = max(found)
        for _ in range(HALVINGS):
            middle = (low + last) / 2
            low, last = (middle, last) if clears(middle) else (low, middle)
    return Wedges(np.array(list(found)), np.array(list(found.values())))


def _normal() -> Array:
    """Standard normal quantiles (POINTS,) of equal weight."""
    return ndtri((np.arange(POINTS) + 0.5) / POINTS)


def spreads(
    plumbing: Plumbing, maturities: Sequence[int], size: float | None = None
) -> Array:
    """Standard deviations (m,) of wedges over a quarter's losses, log per quarter.

    Losses after which no price clears the market are left out (``no_price``).

    Parameters
    ----------
    size : standard deviation of losses, log; that of the parameters by default.
    """
    table = wedges_by_loss(plumbing, maturities)
    drawn = _normal() * (plumbing.values["sigma_capacity"] if size is None else size)
    drawn = drawn[drawn <= table.loss[-1]]
    every = [np.interp(drawn, table.loss, column) for column in table.wedge.T]
    return np.std(every, axis=1)


def no_price(plumbing: Plumbing) -> float:
    """Probability of a quarter's loss after which no price clears the market."""
    last = wedges_by_loss(plumbing, (PREMIUM_MATURITY,)).loss[-1]
    return float(np.mean(_normal() * plumbing.values["sigma_capacity"] > last))


def estimated_size(plumbing: Plumbing, deviation: float) -> float:
    """Standard deviation (log) of losses at which the five-year wedge moves as much.

    Parameters
    ----------
    deviation : of the wedge, basis points a year.

    Raises
    ------
    NoSizeError
        No size within the table moves the wedge by as much.
    """

    def gap(size: float) -> float:
        found = spreads(plumbing, (PREMIUM_MATURITY,), size)
        return ANNUAL_BP * float(found[0]) - deviation

    # Beyond the last loss that markets bear wedges spread no further.
    most = float(wedges_by_loss(plumbing, (PREMIUM_MATURITY,)).loss[-1])
    if gap(most) < 0:
        raise NoSizeError(f"no loss of capacity moves yields by {deviation:g} bp")
    return _root(gap, 1e-3, most)


def recorded_deviation() -> float:
    """Unexpected moves of the five-year Treasury premium in a quarter, basis points."""
    return float(read_numbers(FILE)["premium"]["value"])


def loss_for(plumbing: Plumbing, wedge: float, maturity: int) -> float | None:
    """The loss (log) that moves a wedge by so many basis points a year.

    None where no price clears the market before it moves by as much.
    """
    table = wedges_by_loss(plumbing, (maturity,))
    rows = ANNUAL_BP * table.wedge[:, 0]
    if not rows[0] < wedge < rows[-1]:
        return None
    above = int(np.searchsorted(rows, wedge))

    def gap(loss: float) -> float:
        path = plumbing.path({"capacity": loss}, 1)
        return ANNUAL_BP * float(path.wedges((maturity,))[0, 0]) - wedge

    return _root(gap, *table.loss[above - 1 : above + 1])


def _root(gap: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    found: Any = brentq(gap, low, high, xtol=1e-6)
    return float(found)
