"""What stress brings of government spending: laws that follow a rise of the VIX.

A surprise in stress is the residual of a first-order autoregression of the log of the
VIX, means of quarters. The laws of the quarter and of the ``AHEAD`` quarters after it
(``legislation.legislated_news``: mean change of the primary deficit over five years,
percent of GDP) are regressed on it: CBO publishes two or three baselines a year, so
that a law is recorded some quarters late.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..parameters.numbers import read_numbers
from .legislation import YEARS, legislated_news
from .series import SeriesDirectory
from .statistics import Estimate, beta
from .transforms import DAYS_FOR_QUARTER, average_by_period

FILE = "spending_in_stress.toml"
SERIES = "VIXCLS"
AHEAD = 3  # quarters after the surprise whose laws count: a year with its own


class Spending(NamedTuple):
    """Percent of GDP of news of spending per s.d. of stress, by the record."""

    value: float
    standard_error: float


def spending_in_stress(folder: Path | str) -> Estimate:
    """Laws within a year of a surprise of one s.d. in stress, percent of GDP.

    ``folder`` holds CBO's baselines and the VIX.

    Raises
    ------
    FiscaxError, SeriesError
        A file or the series is not there.
    """
    news = legislated_news(folder)
    daily = SeriesDirectory(folder).series(SERIES)
    fear = average_by_period(daily, "Q", DAYS_FOR_QUARTER).dropna()
    level = np.log(fear.to_numpy(float))
    past, now = level[:-1] - level[:-1].mean(), level[1:] - level[1:].mean()
    surprise = now - past * (past @ now) / (past @ past)
    # A quarter without a baseline has no news; after the last one nothing is known.
    recorded = pd.PeriodIndex(news.index, freq="Q")
    known = [q for q in fear.index[1:] if q <= recorded[-1]]
    sums = dict.fromkeys(known, 0.0)
    for quarter, size in zip(recorded, news.to_numpy(float), strict=True):
        if quarter in sums:
            sums[quarter] += float(size)
    later = np.array(list(sums.values()))
    count = len(later) - AHEAD
    year = sum(later[k : k + count] for k in range(AHEAD + 1))
    return beta(year, surprise[:count] / surprise.std(ddof=1))


def recorded_spending() -> Spending:
    """The shipped number."""
    entry = read_numbers(FILE)["spending"]
    return Spending(entry["value"], entry["standard_error"])


def response(spending: float, decay: float, size: float, stress: float) -> float:
    """The response of log spending to stress (``b_p``) behind a number of the record.

    Parameters
    ----------
    spending : mean over ``YEARS`` of news per s.d. of stress, percent of output.
    decay : persistence of spending per quarter. size : median spending over output.
    stress : standard deviation of its shock, in the unit that ``b_p`` is per.
    """
    quarters = 4 * YEARS
    mean = (1 - decay**quarters) / (quarters * (1 - decay))
    return spending / (100 * size * mean * stress)
