"""What one empirical moment is: a frame of data, an estimator and its description."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import statistics
from .series import SeriesDirectory

# Units, in the words that the moment table uses.
PERCENT_PER_YEAR = "percent per year"
BASIS_POINTS = "basis points"
PERCENT_OF_GDP = "percent of annual GDP"
RATIO = "ratio"
CORRELATION = "correlation"
YEARS = "years"
PERCENT = "percent"

H15 = "Federal Reserve H.15 via FRED"
FULL_RECORD_ERA = "1947-2020"

Estimator = Callable[[NDArray[np.float64]], statistics.Estimate]


@dataclass(frozen=True)
class MomentDefinition:
    """A moment and how to measure it.

    ``frame(data)`` gives its data on a regular index (periods or trading days), NaN
    where missing; ``estimator`` takes the rows of one era, (T, columns), to an estimate
    in ``unit``.  An era with fewer than ``minimum`` complete rows has no estimate.
    ``dates`` names the index in words, for the stated bandwidth; ``source`` is the
    publisher and the series.  ``full_record`` adds the era 1947-2020.
    """

    name: str
    unit: str
    definition: str
    source: str
    frame: Callable[[SeriesDirectory], pd.DataFrame | pd.Series]
    estimator: Estimator
    minimum: int
    dates: str
    full_record: bool = False


def mean(values: NDArray[np.float64]) -> statistics.Estimate:
    """Return the mean of the only column of rows (T, 1), NaN where missing."""
    return statistics.mean(values[:, 0])


def standard_deviation(values: NDArray[np.float64]) -> statistics.Estimate:
    """Return the standard deviation of the only column of rows (T, 1)."""
    return statistics.standard_deviation(values[:, 0])


def autocorrelation(values: NDArray[np.float64]) -> statistics.Estimate:
    """Return the first-order autocorrelation of the only column of rows (T, 1)."""
    return statistics.autocorrelation(values[:, 0])


def correlation(values: NDArray[np.float64]) -> statistics.Estimate:
    """Return the correlation of the two columns of rows (T, 2)."""
    return statistics.correlation(values[:, 0], values[:, 1])


def beta(values: NDArray[np.float64]) -> statistics.Estimate:
    """Return the slope of the first column of (T, 2) on the second and a constant."""
    return statistics.beta(values[:, 0], values[:, 1])


def scaled(estimator: Estimator, factor: float) -> Estimator:
    """Return the estimator in another unit: results times ``factor``."""
    return lambda values: estimator(values).scaled(factor)


# Moments of one quarterly series in percent per year: estimator, unit, fewest quarters,
# and the word that starts the definition.
QUARTERLY_KINDS: dict[str, tuple[Estimator, str, int, str]] = {
    "mean": (mean, PERCENT_PER_YEAR, 8, "Mean"),
    "standard_deviation": (
        standard_deviation,
        PERCENT_PER_YEAR,
        12,
        "Standard deviation",
    ),
    "autocorrelation": (
        autocorrelation,
        CORRELATION,
        12,
        "First-order autocorrelation",
    ),
}
