"""Sample moments with standard errors that survive autocorrelation.

Every estimator here is a smooth function of sample averages, so that its standard error
comes from one formula (exactly identified GMM with the delta method).  With
``psi_t`` the estimator's influence at date ``t`` (a series with mean zero),

    se^2 = (1/n^2) * sum_{|l| <= L} w_l * sum_t psi_t psi_{t-l},   w_l = 1 - |l|/(L+1),

the long-run variance of Newey and West (1987), without a small-sample factor.  The
default bandwidth is ``L = ceil(1.3 sqrt(n))``, capped at ``n // 3``: the rule of
Lazarus, Lewis, Stock and Watson (2018) for Bartlett weights.

Series live on a regular calendar.  Missing dates are NaN, contribute zero to the sums
and keep their place, so that a lag is a lag (amplitude modulation, Parzen 1963).

With few observations (below about 20) these standard errors are too small on average;
read t-statistics of short samples with that in mind.

References: Newey, West (1987), Econometrica 55; Hansen (1982), Econometrica 50;
Lazarus, Lewis, Stock, Watson (2018), JBES 36; Parzen (1963), Sankhya A 25.
"""

from dataclasses import dataclass, replace
from math import ceil, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class ConstantSeriesError(ValueError):
    """A series that does not vary, of which a statistic is not defined."""


@dataclass(frozen=True)
class Estimate:
    """A sample moment: value, standard error (same unit), observations, bandwidth."""

    value: float
    standard_error: float
    observations: int
    bandwidth: int

    def scaled(self, factor: float) -> "Estimate":
        """Return the estimate in another unit: value and error times ``factor``."""
        return replace(
            self,
            value=self.value * factor,
            standard_error=self.standard_error * abs(factor),
        )


def automatic_bandwidth(observations: int) -> int:
    """Lags of the Bartlett kernel, ``ceil(1.3 sqrt(n))`` and at most ``n // 3``."""
    return min(ceil(1.3 * sqrt(observations)), observations // 3)


# Coefficients on powers of b of the 97.5th percentile of a t statistic with Bartlett
# weights: Kiefer and Vogelsang (2005), Econometric Theory 21, table 1.
_FIXED_B = (1.9600, 2.9694, 0.4160, -0.5324)


def critical_value(observations: int, bandwidth: int) -> float:
    """Standard errors in half a 95 percent interval, bandwidth included.

    Newey-West errors of short samples are too small; the statistic's distribution with
    a bandwidth that is a fixed share b of the sample knows it.  ``bandwidth`` counts
    lags, b is one lag more over the observations.
    """
    b = (bandwidth + 1) / observations
    return float(np.polyval(_FIXED_B[::-1], b))


def standard_error_of_influence(influence: ArrayLike, bandwidth: int) -> float:
    """Newey-West standard error of an estimator from its influence series.

    Arguments: ``influence`` (T,), NaN where unobserved, in the estimator's unit;
    ``bandwidth`` in dates.  Raises ``ValueError`` for a negative bandwidth or no data.
    """
    psi = np.asarray(influence, float)
    observed = np.isfinite(psi)
    count = int(observed.sum())
    if bandwidth < 0 or count == 0:
        raise ValueError(
            f"needs observations and a bandwidth of at least 0: got {count} "
            f"observations and bandwidth {bandwidth}"
        )
    psi = np.where(observed, psi, 0.0)
    total = float(psi @ psi)
    for lag in range(1, min(bandwidth, len(psi) - 1) + 1):
        weight = 1.0 - lag / (bandwidth + 1.0)
        total += 2.0 * weight * float(psi[lag:] @ psi[:-lag])
    # Bartlett weights make the sum nonnegative up to rounding.
    return sqrt(max(total, 0.0)) / count


def mean(series: ArrayLike, *, bandwidth: int | None = None) -> Estimate:
    """Sample mean of ``series`` (T,), in its unit."""
    (x,), count = _complete(series)
    value = float(np.nanmean(x))
    return _estimate(value, x - value, count, bandwidth)


def standard_deviation(series: ArrayLike, *, bandwidth: int | None = None) -> Estimate:
    """Sample standard deviation of ``series`` (T,), divisor ``n - 1``, in its unit.

    Influence: ``((x_t - mean)^2 - variance) / (2 sd)``.
    """
    (x,), count = _complete(series)
    squares = (x - np.nanmean(x)) ** 2
    variance = _positive(np.nanmean(squares), x)
    value = sqrt(variance * count / (count - 1))
    influence = (squares - variance) / (2.0 * sqrt(variance))
    return _estimate(value, influence, count, bandwidth)


def correlation(
    first: ArrayLike, second: ArrayLike, *, bandwidth: int | None = None
) -> Estimate:
    """Pearson correlation of two series (T,), over dates where both are observed.

    Influence: ``z1 z2 - rho (z1^2 + z2^2) / 2`` with ``z`` the standardised series.
    """
    (x, y), count = _complete(first, second)
    z1, z2 = _standardised(x), _standardised(y)
    rho = float(np.nanmean(z1 * z2))
    influence = z1 * z2 - rho * (z1**2 + z2**2) / 2.0
    return _estimate(rho, influence, count, bandwidth)


def autocorrelation(
    series: ArrayLike, *, lag: int = 1, bandwidth: int | None = None
) -> Estimate:
    """Correlation of ``x_t`` with ``x_{t-lag}``, over pairs where both are observed.

    Means and variances are those of the pairs, so that the value never exceeds one.
    Biased towards zero in short samples (Kendall 1954): about ``-(1 + 3 rho) / n``.
    ``series`` is (T,), NaN where missing; ValueError for a ``lag`` below one.
    """
    x = np.asarray(series, float)
    if lag < 1:
        raise ValueError(f"lag must be at least 1, got {lag}")
    return correlation(x[lag:], x[:-lag], bandwidth=bandwidth)


def beta(
    outcome: ArrayLike, factor: ArrayLike, *, bandwidth: int | None = None
) -> Estimate:
    """Slope of a regression of ``outcome`` on a constant and ``factor``, both (T,).

    Influence: ``(x_t - mean) e_t / variance(x)`` with ``e`` the residual.
    Unit: that of ``outcome`` per unit of ``factor``.
    """
    (y, x), count = _complete(outcome, factor)
    centred = x - np.nanmean(x)
    variance = _positive(np.nanmean(centred**2), x)
    slope = float(np.nanmean(centred * y)) / variance
    residual = y - np.nanmean(y) - slope * centred
    return _estimate(slope, centred * residual / variance, count, bandwidth)


def mean_rolling_correlation(
    first: ArrayLike,
    second: ArrayLike,
    *,
    window: int,
    bandwidth: int | None = None,
) -> Estimate:
    """Mean of correlations over every ``window`` consecutive joint observations.

    Dates where either series (T,) is missing are dropped first.  The error is that of
    daily data, not of the overlapping correlations: with ``z`` standardised within a
    window and ``rho`` the mean over windows, date ``t`` contributes

        sum_{windows holding t} (z1 z2 - rho (z1^2 + z2^2) / 2),

    which sums to zero and keeps slow movements of the correlation in.  Default
    bandwidth: one window.  Raises ``ValueError`` with no more dates than the window.
    """
    x, y = np.asarray(first, float), np.asarray(second, float)
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() <= window or window < 3:
        raise ValueError(
            f"needs a window of at least 3 and more joint observations than the "
            f"window: got {int(both.sum())} and a window of {window}"
        )
    z1 = _standardised_windows(x[both], window)
    z2 = _standardised_windows(y[both], window)
    products, squares = z1 * z2, (z1**2 + z2**2) / 2.0
    rho = float(products.mean())
    pulls = products - rho * squares
    count, windows = int(both.sum()), len(pulls)
    contributions = np.zeros(count)
    for place in range(window):
        contributions[place : place + windows] += pulls[:, place]
    influence = contributions * (count / pulls.size)
    lags = window if bandwidth is None else bandwidth
    return _estimate(rho, influence, count, lags)


def _standardised_windows(x: Array, window: int) -> Array:
    """Rows of ``window`` consecutive values, each with mean zero and variance one."""
    views = np.lib.stride_tricks.sliding_window_view(x, window)
    centred = views - views.mean(axis=1, keepdims=True)
    variance = (centred**2).mean(axis=1, keepdims=True)
    if not variance.min() > 0.0:
        raise ConstantSeriesError("constant over a window: correlation not defined")
    return centred / np.sqrt(variance)


def _complete(*series: ArrayLike) -> tuple[list[Array], int]:
    """Series (T,) set to NaN wherever any is missing, and the complete dates."""
    arrays = [np.asarray(s, float) for s in series]
    if any(a.ndim != 1 or a.shape != arrays[0].shape for a in arrays):
        raise ValueError(
            f"series must be vectors of equal length, got {[a.shape for a in arrays]}"
        )
    observed = np.all([np.isfinite(a) for a in arrays], axis=0)
    count = int(observed.sum())
    if count < 3:
        raise ValueError(f"needs at least 3 complete observations, got {count}")
    return [np.where(observed, a, np.nan) for a in arrays], count


def _standardised(x: Array) -> Array:
    centred = x - np.nanmean(x)
    return centred / sqrt(_positive(np.nanmean(centred**2), x))


def _positive(variance: float | np.floating, x: Array) -> float:
    """Return the variance, or raise when the series does not vary beyond rounding."""
    largest = float(np.nanmax(np.abs(x)))
    if not variance > (1e-12 * largest) ** 2:
        raise ConstantSeriesError(
            "series is constant: its correlation or beta is not defined"
        )
    return float(variance)


def _estimate(
    value: float, influence: Array, count: int, bandwidth: int | None
) -> Estimate:
    lags = automatic_bandwidth(count) if bandwidth is None else bandwidth
    return Estimate(value, standard_error_of_influence(influence, lags), count, lags)
