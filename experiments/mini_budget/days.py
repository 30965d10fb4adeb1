"""Gilt yields by day as news and a wedge of capacity, and what a backstop earns."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from ...calibration.record.dated_moves import TENORS, Moves
from ...models.markets.capacity_wedge import wedge_profile
from .model import Gilts

# What the Bank bought had more than twenty years to run.
_LONG = [TENORS.index(t) for t in (20, 30)]
EARLY = ("2022-09-28", "2022-09-29", "2022-09-30", "2022-10-03", "2022-10-07")
LATE = ("2022-10-10", "2022-10-11", "2022-10-12", "2022-10-13", "2022-10-14")
SOLD = ("2022-11-28", "2023-01-12")
EVE = "2022-09-27"


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Gilt yields by day as news and a wedge; D closes, basis points.

    Attributes
    ----------
    news : (D,) flow in percent of GDP that yields speak of.
    wedge : (D,) of the thirty-year yield.
    fitted, left : (D, tenors).
    """

    news: np.ndarray
    wedge: np.ndarray
    fitted: np.ndarray
    left: np.ndarray
    loadings: np.ndarray


def decompose(moves: Moves, per_point: np.ndarray, given: Gilts) -> Decomposition:
    """Least squares of each close's curve on the two declared shapes.

    ``per_point`` (tenors,) is the rise of yields per 1% of GDP of news, default
    compensation included.
    """
    curve = np.cumsum(moves.yields, axis=0)
    profile = np.asarray(wedge_profile(jnp.array(TENORS), given.wedge["reversion"]))
    loadings = np.stack([per_point, profile], axis=1)
    found = np.linalg.lstsq(loadings, curve.T, rcond=None)[0]
    fitted = (loadings @ found).T
    return Decomposition(found[0], found[1], fitted, curve - fitted, loadings)


def explained(moves: Moves, loadings: np.ndarray, last: str) -> float:
    """Share of squared moves up to a close that the given shapes explain."""
    count = moves.dates.index(last)
    curve = np.cumsum(moves.yields, axis=0)[:count]
    found = np.linalg.lstsq(loadings, curve.T, rcond=None)[0]
    left = curve - (loadings @ found).T
    return float(1 - np.sum(left**2) / np.sum(curve**2))


@dataclass(frozen=True)
class Backstop:
    """Gains on the Bank's purchases, billion pounds.

    Attributes
    ----------
    wedge, news, left : parts of the gain at the prices of the decomposition.
    total : their sum; ``record`` is what the Bank booked.
    plumbing : expected at purchase if only the wedge moved and it goes.
    support : expected at purchase if the yields of the eve were news that stays.
    """

    wedge: float
    news: float
    left: float
    total: float
    record: float
    plumbing: float
    support: float


def backstop(moves: Moves, parts: Decomposition, given: Gilts) -> Backstop:
    """Book each purchase at its price and at what it was sold or worth.

    Purchases are spread evenly over the closes of ``EARLY`` and ``LATE``, sales over
    those of ``SOLD``; prices move by duration times the yields of 20 and 30 years.
    """
    own = given.backstop
    early, bought = own["bought_early"], own["bought"]
    amounts = np.array(
        [early / len(EARLY)] * len(EARLY) + [(bought - early) / len(LATE)] * len(LATE)
    )
    dates = list(moves.dates[1:])
    buys, sells = ([dates.index(d) for d in days] for days in ((*EARLY, *LATE), SOLD))
    curve = np.cumsum(moves.yields, axis=0)[:, _LONG].mean(axis=1)
    weight = parts.loadings[_LONG].mean(axis=0)
    rows = {
        "news": weight[0] * parts.news,
        "wedge": weight[1] * parts.wedge,
        "left": parts.left[:, _LONG].mean(axis=1),
    }

    def gain(fall: np.ndarray) -> np.ndarray:
        return amounts * np.expm1(own["duration"] * fall / 10_000)

    falls = {n: v[buys] - v[sells].mean() for n, v in rows.items()}
    whole = np.sum(list(falls.values()), axis=0)
    total = gain(whole)
    # A gain is split in proportion to what each part adds to the fall of yields.
    per_fall = np.where(
        np.abs(whole) > 1e-9, total / whole, amounts * own["duration"] / 10_000
    )
    split = {n: float(per_fall @ v) for n, v in falls.items()}
    eve = curve[dates.index(EVE)]
    return Backstop(
        split["wedge"],
        split["news"],
        split["left"],
        float(total.sum()),
        own["sold"] - bought,
        float(gain(rows["wedge"][buys]).sum()),
        float(gain(curve[buys] - eve).sum()),
    )
