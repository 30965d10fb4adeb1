"""Moments of simulated panels with Monte Carlo errors.

Every estimator is a smooth function of averages over dates and paths. Paths are
independent, so that leaving out one group of paths at a time (jackknife) gives the
Monte Carlo error of any of them. These are moments of the model's distribution, from
many long paths: a short record of the same economy would show less volatility and less
autocorrelation than these (Kendall 1954).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GROUPS = 20


@dataclass(frozen=True)
class Simulated:
    """A simulated moment: value and Monte Carlo standard error, in the same unit."""

    value: float
    error: float

    def scaled(self, factor: float) -> Simulated:
        """Return the moment in another unit."""
        return Simulated(self.value * factor, self.error * abs(factor))


def mean(mask: Array, x: Array) -> Simulated:
    """Mean of ``x`` (T, paths) where ``mask`` (T or more, paths) holds."""
    (shifted,), origin = _centred(mask, x)
    found = _jackknife(mask, [shifted], lambda a: a[:, 0])
    return Simulated(found.value + origin[0], found.error)


def standard_deviation(mask: Array, x: Array) -> Simulated:
    """Standard deviation of ``x`` (T, paths), in its unit."""
    (c,), _ = _centred(mask, x)
    return _jackknife(
        mask, [c, c * c], lambda a: np.sqrt(np.maximum(a[:, 1] - a[:, 0] ** 2, 0.0))
    )


def correlation(mask: Array, x: Array, y: Array) -> Simulated:
    """Pearson correlation of ``x`` and ``y`` (T, paths); 0 if one is constant."""
    (c, d), _ = _centred(mask, x, y)

    def formula(a: Array) -> Array:
        scale = np.sqrt((a[:, 2] - a[:, 0] ** 2) * (a[:, 3] - a[:, 1] ** 2))
        positive = scale > 0.0
        covariance = a[:, 4] - a[:, 0] * a[:, 1]
        return np.where(positive, covariance / np.where(positive, scale, 1.0), 0.0)

    return _jackknife(mask, [c, d, c * c, d * d, c * d], formula)


def autocorrelation(mask: Array, x: Array, lag: int = 1) -> Simulated:
    """Correlation of ``x`` (T, paths) with itself ``lag`` dates later.

    The mask refers to the earlier date.
    """
    return correlation(mask, x[:-lag], x[lag:])


def beta(mask: Array, outcome: Array, factor: Array) -> Simulated:
    """Slope of ``outcome`` on a constant and ``factor``, both (T, paths)."""
    (y, x), _ = _centred(mask, outcome, factor)

    def formula(a: Array) -> Array:
        return (a[:, 2] - a[:, 0] * a[:, 1]) / (a[:, 3] - a[:, 1] ** 2)

    return _jackknife(mask, [y, x, x * y, x * x], formula)


def rolling_mean(x: Array, width: int) -> Array:
    """Means over ``width`` consecutive dates of (T, paths): (T-width+1, paths)."""
    return rolling_sum(x, width) / width


def rolling_sum(x: Array, width: int) -> Array:
    """Sums over ``width`` consecutive dates: (T-width+1, paths), from the first on."""
    total = np.cumsum(np.concatenate([np.zeros_like(x[:1]), x]), axis=0)
    return total[width:] - total[:-width]


def _centred(mask: Array, *series: Array) -> tuple[list[Array], list[float]]:
    """Series less their means over the mask (for precision), and those means."""
    kept = [_trimmed(mask, x) for x in series]
    origins = [
        float(np.sum(w * x) / max(float(np.sum(w)), 1.0))
        for w, x in zip(kept, series, strict=True)
    ]
    return [x - o for x, o in zip(series, origins, strict=True)], origins


def _trimmed(mask: Array, x: Array) -> Array:
    return np.asarray(mask, float)[: len(x)]


def _jackknife(
    mask: Array, series: Sequence[Array], formula: Callable[[Array], Array]
) -> Simulated:
    """Value of ``formula`` at averages (rows, k); error over groups of paths."""
    weight = _trimmed(mask, series[0])
    paths = weight.shape[1]
    groups = min(GROUPS, paths)
    starts = np.arange(groups) * paths // groups
    columns = [weight.sum(axis=0), *((weight * x).sum(axis=0) for x in series)]
    sums = np.add.reduceat(np.stack(columns, axis=1), starts, axis=0)
    total = sums.sum(axis=0, keepdims=True)
    rows = np.concatenate([total, total - sums]) if groups > 1 else total
    if not np.all(rows[:, 0] > 0):
        return Simulated(float("nan"), float("nan"))
    # A correlation with a constant series is undefined, and stays so: nan, no warning.
    with np.errstate(divide="ignore", invalid="ignore"):
        values = formula(rows[:, 1:] / rows[:, :1])
    left_out = values[1:]
    spread = np.sum((left_out - left_out.mean()) ** 2) if groups > 1 else np.nan
    error = float(np.sqrt((groups - 1) / groups * spread))
    return Simulated(float(values[0]), error)
