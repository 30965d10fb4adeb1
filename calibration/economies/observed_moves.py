"""What structural shocks do to observables on impact, in the economies of both kinds.

A matrix (observables x shocks) for shocks of one standard deviation of a month: the
impact of a quarterly shock times the square root of one third.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import FiscaxError
from .core import Economy
from .sticky import LocalEconomy

# Unit by observable, in the order of the rows.
OBSERVABLES = {
    "yield_3m": "basis points",
    "yield_2y": "basis points",
    "yield_5y": "basis points",
    "yield_10y": "basis points",
    "yield_30y": "basis points",
    "equity": "percent",
    "term_premium_10y": "basis points",
    "breakeven_10y": "basis points",
    "aaa_spread_10y": "basis points",
}
ANNUAL_BP = 40_000.0  # log per quarter -> basis points per year
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
    """

    shocks: tuple[str, ...]
    matrix: np.ndarray


def core_moves(economy: Economy, regime: int = 0) -> Moves:
    """Moves of the core economy from where it rests in a regime.

    Half the difference between shocks of plus and minus one standard deviation.
    """
    solution = economy.solution
    shocks = tuple(s.name for s in economy.model.shocks)
    rest = economy.rest(regime)
    sizes = [{s: sign} for sign in (1.0, -1.0) for s in shocks]
    points = np.concatenate([solution.shocked(rest, p, regime) for p in sizes])
    curves = economy.curves(list(_CURVES), points, regime)
    observed = solution.observe(["log_price_dividend", "inflation"], points, regime)
    path = {
        s: np.asarray(
            solution.impulse_response(_SERVICES, {s: 1.0}, HORIZON, regime)
        ).mean(0)
        for s in shocks
    }
    count = solution.regimes
    p = {
        k: float(np.broadcast_to(np.ravel(v), count)[regime])
        for k, v in solution.parameters.items()
    }
    own = {"e_y": p["leverage"] * p["sigma_y"], "e_d": p["sigma_d"]}
    equity = (
        _odd(np.log1p(np.exp(observed[:, 0])))
        + _odd(observed[:, 1])
        + np.array([own.get(s, 0.0) for s in shocks])
    )
    services = np.array([path[s] for s in shocks])
    aaa = _aaa(p, services, economy.regimes[regime])
    odd = _odd(curves)
    named = {n: odd[:, i] for i, n in enumerate(_CURVES)}
    return Moves(shocks, _matrix(named, equity, aaa))


def sticky_moves(economy: LocalEconomy) -> Moves:
    """Moves of a sticky-price economy from its resting point with risk."""
    shocks = economy.solution.shocks
    pushes = [{s: sign} for sign in (1.0, -1.0) for s in shocks]
    path = economy.paths(pushes, HORIZON, (*_CURVES, *_SERVICES))
    named = {n: _odd(path[n][0]) for n in _CURVES}
    services = np.stack([_odd(path[n].mean(0)) for n in _SERVICES], axis=-1)
    aaa = _aaa(economy.parameters, services, economy.name)
    return Moves(shocks, _matrix(named, economy.surprises["equity"], aaa))


def _odd(values: np.ndarray) -> np.ndarray:
    """Half the difference of the first and the second half of the rows."""
    up, down = np.split(values, 2)
    return (up - down) / 2


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
