"""How bonds move with stocks in solved economies: surprises, samples, days, falls.

Both kinds of economy count in quarters. A surprise is the unexpected part of a return
over the quarter, shock by shock. If a quarter's news arrives evenly over its days, the
variances and covariances of surprises grow with time and their correlation and beta are
the same at every frequency: that is what the models say about days and months. At
quarterly frequency returns hold expected parts too; they come from simulated samples.
No surprise holds a disaster or a change of regime.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...solvers.pricing.curves import term_structure
from .core import Economy
from .statistics import Array
from .sticky import LocalEconomy

TENORS = {"2y": 8, "5y": 20, "10y": 40, "30y": 120}  # quarters
QUARTER_DAYS = 63  # trading days


@dataclass(frozen=True)
class Surprises:
    """Unexpected nominal log returns over a quarter, by shock of one s.d.

    Attributes
    ----------
    shocks : names, (k,).
    equity : (k,).
    bonds : zero-coupon bonds by tenor, (k,) each.
    """

    shocks: tuple[str, ...]
    equity: Array
    bonds: Mapping[str, Array]

    def _kept(self, without: Sequence[str]) -> list[int]:
        return [k for k, s in enumerate(self.shocks) if s not in without]

    def correlation(self, tenor: str, without: Sequence[str] = ()) -> float:
        """Correlation with equity; shocks in ``without`` are left out."""
        kept = self._kept(without)
        bond, equity = self.bonds[tenor][kept], self.equity[kept]
        return float(bond @ equity / np.sqrt((bond @ bond) * (equity @ equity)))

    def beta(self, tenor: str, without: Sequence[str] = ()) -> float:
        """Slope on equity; shocks in ``without`` are left out."""
        kept = self._kept(without)
        bond, equity = self.bonds[tenor][kept], self.equity[kept]
        return float(bond @ equity / (equity @ equity))

    def by_shock(self, tenor: str) -> dict[str, float]:
        """What every shock adds to the correlation; the parts add up to it."""
        bond = self.bonds[tenor]
        size = np.sqrt((bond @ bond) * (self.equity @ self.equity))
        parts = bond * self.equity / size
        return dict(zip(self.shocks, parts.tolist(), strict=True))

    def covariance(self, tenor: str = "10y") -> Array:
        """Of bond and equity over a quarter, (2, 2)."""
        both = np.stack([self.bonds[tenor], self.equity])
        return both @ both.T


def core_surprises(economy: Economy, regime: int = 0) -> Surprises:
    """Surprises of a core economy at a regime's resting point, the regime lasting.

    Half the difference between a positive and a negative shock, so that what both move
    alike is left out.
    """
    solution = economy.solution
    rest = economy.rest(regime)
    shocks = tuple(s.name for s in economy.model.shocks)
    before = [n - 1 for n in TENORS.values()]
    curves = term_structure(economy.operators, before)
    names = [f"yield_{n}" for n in before]

    def after(sign: float) -> tuple[Array, Array, Array]:
        hit = [solution.shocked(rest, {s: sign}, regime) for s in shocks]
        states = np.concatenate(hit)
        seen = solution.observe(["log_price_dividend", "inflation"], states, regime)
        return curves(names, states, regime), seen[:, 0], seen[:, 1]

    (up, ratio_up, price_up), (down, ratio_down, price_down) = after(1.0), after(-1.0)
    value = {k: float(np.ravel(v)[0]) for k, v in solution.parameters.items()}
    own = {"e_y": value["leverage"] * value["sigma_y"], "e_d": value["sigma_d"]}
    dividends = np.array([own.get(s, 0.0) for s in shocks])
    growth = (np.log1p(np.exp(ratio_up)) - np.log1p(np.exp(ratio_down))) / 2
    equity = dividends + growth + (price_up - price_down) / 2
    bonds = -np.array(before) * (up - down) / 2
    return Surprises(shocks, equity, dict(zip(TENORS, bonds.T, strict=True)))


def sticky_surprises(economy: LocalEconomy) -> Surprises:
    """Surprises of a sticky-price economy at its resting point."""
    found = economy.surprises
    bonds = {t: found[f"bond_{n}"] for t, n in TENORS.items()}
    return Surprises(tuple(economy.solution.shocks), found["equity"], bonds)


@dataclass(frozen=True)
class Days:
    """Trading days drawn around a change of regime.

    Attributes
    ----------
    days : before the first possible change, within which it falls, and after it.
    window : days of a rolling correlation; every : days between two of them.
    paths : number of samples.
    """

    days: tuple[int, int, int]
    window: int = 252
    every: int = 21
    paths: int = 400


def rolling_paths(
    before: Array, after: Array, days: Days, seed: int
) -> tuple[NDArray[np.int64], Array]:
    """Rolling correlations of daily returns when the regime changes once, for good.

    Days are independent normal draws with a quarter's covariance (2, 2) over 63; the
    day of the change is uniform within its span and differs by path.

    Returns
    -------
    Day at which every window ends (w,), and correlations (w, paths).
    """
    generator = np.random.default_rng(seed)
    total = sum(days.days)
    first, span = days.days[0], days.days[1]
    change = first + generator.integers(0, max(span, 1), days.paths)
    normal = generator.standard_normal((total, days.paths, 2))
    roots = [np.linalg.cholesky(c / QUARTER_DAYS) for c in (before, after)]
    safe, risky = (normal @ root.T for root in roots)
    changed = np.arange(total)[:, None] >= change[None, :]
    drawn = np.where(changed[..., None], risky, safe)
    ends = np.arange(days.window, total + 1, days.every)
    return ends, rolling_correlation(drawn[..., 0], drawn[..., 1], days.window)[
        ends - days.window
    ]


def rolling_correlation(x: Array, y: Array, window: int) -> Array:
    """Correlations over ``window`` consecutive rows of (T, paths): (T-window+1, paths).

    Exact about the mean of every window; sums lose no digits because returns are small
    and centred.
    """

    def summed(values: Array) -> Array:
        padded = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
        return padded[window:] - padded[:-window]

    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    sx, sy = summed(x), summed(y)
    covariance = summed(x * y) - sx * sy / window
    spread = (summed(x * x) - sx**2 / window) * (summed(y * y) - sy**2 / window)
    return covariance / np.sqrt(spread)


def disaster_returns(economy: Economy, regime: int = 0) -> dict[str, float]:
    """Unexpected nominal log returns in a quarter with a disaster, in percent.

    Against the same quarter without it and without shocks, from the regime's resting
    point: ``equity`` and zero-coupon bonds by tenor.
    """
    solution = economy.solution
    rest = economy.rest(regime)
    event = economy.model.events[0].name
    pair = [solution.shocked(rest, {}, regime, event=e) for e in (None, event)]
    before = [n - 1 for n in TENORS.values()]
    curves = term_structure(economy.operators, before)
    names = [f"yield_{n}" for n in before]
    calm, hit = (curves(names, p, regime)[0] for p in pair)
    seen = ["log_price_dividend", "inflation"]
    quiet, struck = (solution.observe(seen, p, regime)[0] for p in pair)
    value = {k: float(np.ravel(v)[0]) for k, v in solution.parameters.items()}
    equity = (
        -value["leverage"] * value["xi"]
        + np.log1p(np.exp(struck[0]))
        - np.log1p(np.exp(quiet[0]))
        + struck[1]
        - quiet[1]
    )
    bonds = -np.array(before) * (hit - calm)
    found = {t: 100 * float(b) for t, b in zip(TENORS, bonds, strict=True)}
    return found | {"equity": 100 * float(equity)}
