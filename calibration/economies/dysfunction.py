"""Dysfunction and purchases on the curve, as the plumbing model has them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .capacity_losses import spreads
from .intermediaries import STATES, Plumbing, load_plumbing

BP_YEAR = 40_000.0
YIELDS = (1, 8, 20, 40, 120)  # quarters
_TEN, _FIVE = YIELDS.index(40), YIELDS.index(20)


class Wedge(NamedTuple):
    """What intermediaries of limited capacity do to the curve, at first order.

    Attributes
    ----------
    shape : (5,) wedge at ``YIELDS`` that a loss of capacity brings, one at ten years.
    persistence : of capacity, per quarter.
    deviation : of the ten-year wedge over a quarter's losses, exact, basis points.
    price_impact : basis points at ten years per 1% of annual GDP bought.
    at_five_years : effect of purchases at five years over that at ten.
    run_off : share of purchases that matures in a quarter.
    """

    shape: np.ndarray
    persistence: float
    deviation: float
    price_impact: float
    at_five_years: float
    run_off: float


class Impact(NamedTuple):
    """What purchases do to the curve, at first order.

    Attributes
    ----------
    at_ten_years : basis points at ten years per 1% of annual GDP bought.
    at_five_years : effect at five years over that at ten.
    run_off : share of purchases that is unwound in a quarter.
    """

    at_ten_years: float
    at_five_years: float
    run_off: float


def purchase_impact(plumbing: Plumbing) -> Impact:
    """Of purchases that are unwound at the plumbing model's rate."""
    found = plumbing.loadings((YIELDS[_FIVE], YIELDS[_TEN]))
    five, ten = -found[:, STATES.index("purchases")]
    kept = plumbing.values["rho_purchases"]
    return Impact(BP_YEAR * float(ten) / 100, float(five / ten), 1 - kept)


@lru_cache(maxsize=1)
def shipped_wedge() -> Wedge:
    """The wedge at the shipped parameters of the plumbing model."""
    plumbing = load_plumbing()
    capacity = plumbing.loadings(YIELDS)[:, STATES.index("capacity")]
    return Wedge(
        capacity / capacity[_TEN],
        plumbing.values["rho_capacity"],
        BP_YEAR * float(spreads(plumbing, (YIELDS[_TEN],))[0]),
        *purchase_impact(plumbing),
    )
