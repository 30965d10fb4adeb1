"""How bonds move with stocks in solved economies: surprises, samples, days, falls.

Economies count in quarters. What they say about days and months are their surprises; at
quarterly frequency returns hold expected parts too and come from simulated samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .core import CoreEconomy
from .protocol import TENORS
from .statistics import Array

QUARTER_DAYS = 63  # trading days


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


def disaster_returns(economy: CoreEconomy) -> dict[str, float]:
    """Unexpected nominal log returns in a quarter with a disaster, in percent.

    Against the same quarter without it and without shocks, from the regime's resting
    point: ``equity`` and zero-coupon bonds by tenor.
    """
    rest = economy.rest()
    event = economy.model.events[0].name
    shocked = economy.solution.shocked
    pair = tuple(shocked(rest, {}, economy.position, event=e) for e in (None, event))
    before = {tenor: n - 1 for tenor, n in TENORS.items()}
    yields = [f"yield_{n}" for n in before.values()]
    ends = np.concatenate(pair)
    found = economy.observed((*yields, "log_price_dividend", "inflation"), ends)
    calm, hit = ({n: v[k] for n, v in found.items()} for k in (0, 1))
    value = economy.parameters
    equity = (
        -value["leverage"] * value["xi"]
        + np.log1p(np.exp(hit["log_price_dividend"]))
        - np.log1p(np.exp(calm["log_price_dividend"]))
        + hit["inflation"]
        - calm["inflation"]
    )
    moved = {
        t: -100 * n * float(hit[f"yield_{n}"] - calm[f"yield_{n}"])
        for t, n in before.items()
    }
    return moved | {"equity": 100 * float(equity)}
