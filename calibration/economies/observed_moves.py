"""What structural shocks do to observables on impact, in economies of every kind.

A matrix (observables x shocks) for shocks of one standard deviation of a month: the
impact of a quarterly shock times the square root of one third.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import FiscaxError
from .protocol import ANNUAL_BP, Economy
from .surprises import odd

MONTH = float(np.sqrt(1 / 3))
HORIZON = 40  # quarters over which a service of AAA bonds is averaged
YIELD_QUARTERS = {
    "yield_3m": 1,
    "yield_2y": 8,
    "yield_5y": 20,
    "yield_10y": 40,
    "yield_30y": 120,
}
_YIELDS = tuple(f"yield_{n}" for n in YIELD_QUARTERS.values())
_CURVES = (*_YIELDS, "term_premium_40", "real_40", "convenience_40")
_SERVICES = ("convenience_yield_bill", "convenience_yield_long")


class SeparationError(FiscaxError):
    """Prices of the two services cannot be told apart."""


@dataclass(frozen=True)
class Moves:
    """Moves of observables on shocks of one s.d. of a month.

    Attributes
    ----------
    shocks : names (k,).
    matrix : (m, k), rows as ``OBSERVABLES``, in their units.
    swap_spread : (k,) of the ten-year yield less the swap rate, basis points; nothing
        without it. Swaps have no convenience: it moves as convenience falls.
    """

    shocks: tuple[str, ...]
    matrix: np.ndarray
    swap_spread: np.ndarray | None = None


def moves(economy: Economy) -> Moves:
    """Moves of an economy from where it rests in its regime.

    Half the difference between shocks of plus and minus one standard deviation.
    """
    curves = economy.both_ways(_CURVES)
    services = economy.path_means(_SERVICES, HORIZON)
    both = np.stack([services[n] for n in _SERVICES], axis=-1)
    aaa = _aaa(economy.parameters, both, economy.name)
    named = {n: odd(v) for n, v in curves.items()}
    matrix = _matrix(named, economy.surprises.equity, aaa)
    spread = -MONTH * ANNUAL_BP * named["convenience_40"]
    return Moves(economy.shocks, matrix, spread)


def _aaa(parameters: Mapping, services: np.ndarray, where: str) -> np.ndarray:
    """Services (k,) of AAA bonds from those of bills and long Treasurys (k, 2).

    Bills and bonds give both services in known shares, which tells their prices.
    """

    def share(name: str) -> float:
        return float(np.ravel(parameters[name])[0])

    treasurys = np.array(
        [[share(f"{s}_{a}") for s in ("safety", "liquidity")] for a in ("bill", "long")]
    )
    if abs(np.linalg.det(treasurys)) < 1e-9:
        raise SeparationError(
            f"{where}: safety_bill, safety_long, liquidity_bill and liquidity_long are "
            "proportional: prices of safety and liquidity cannot be told apart; "
            "change one of them"
        )
    prices = np.linalg.solve(treasurys, services.T)
    return share("safety_aaa") * prices[0] + share("liquidity_aaa") * prices[1]


def _matrix(
    named: Mapping[str, np.ndarray], equity: np.ndarray, aaa: np.ndarray
) -> np.ndarray:
    """Rows in the order and units of ``OBSERVABLES``."""
    rows: Sequence[np.ndarray] = (
        *(ANNUAL_BP * named[n] for n in _YIELDS),
        100 * equity,
        ANNUAL_BP * named["term_premium_40"],
        ANNUAL_BP * (named["yield_40"] - named["real_40"]),
        ANNUAL_BP * (named["convenience_40"] - aaa),
    )
    return MONTH * np.stack(rows)
