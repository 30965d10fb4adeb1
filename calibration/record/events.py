"""What yields and equities did in named event windows.

A window runs from the close of its first day to the close of its last, so that the
first day is the last one before the news.
"""

from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd

from . import definitions as define
from .series import MissingColumnError, SeriesDirectory
from .transforms import TENOR_COLUMNS

ERA = "event"
VOLATILITY_DAYS = 252
VOLATILITY_MONTHS = 24
_DAYS_OF_MONTH = 21


class Measure(NamedTuple):
    """What is measured over a window.

    Attributes
    ----------
    column : of the data. what : in words. publisher : source of the column.
    monthly : column of monthly observations that give the standard error where the
        daily ones cover the windows only.
    """

    column: str
    what: str
    publisher: str
    unit: str = define.BASIS_POINTS
    monthly: str = ""


MEASURES = {
    **{
        tenor: Measure(column, "Change of the par yield", define.H15)
        for tenor, column in TENOR_COLUMNS.items()
        if tenor in ("3m", "2y", "5y", "10y", "30y")
    },
    "equity": Measure(
        "MKT_SPLICED",
        "Cumulative equity return",
        "CRSP value-weighted (K. French) to 2025-10, then SPY",
        define.PERCENT,
    ),
    "breakeven_10y": Measure("T10YIE", "Change of break-even inflation", define.H15),
    "aaa_spread_10y": Measure(
        "AAA10Y",
        "Change of the yield of AAA corporate bonds less the ten-year yield",
        "Moody's via FRED",
    ),
    "term_premium_10y": Measure(
        "THREEFYTP10",
        "Change of the ten-year term premium",
        "Kim and Wright (Federal Reserve Board) via FRED, a selection of days; "
        "standard error from ACMTP10 (Adrian, Crump and Moench, NY Fed)",
        monthly="ACMTP10",
    ),
}
UK_MEASURES = {
    tenor: Measure(
        f"UKNOM_SPOT_{tenor.upper()}",
        "Change of the fitted zero-coupon gilt yield",
        "Bank of England yield curves",
    )
    for tenor in ("2y", "10y", "30y")
}


@dataclass(frozen=True)
class EventWindow:
    """A window between two closes; ``start`` is the last close before the news."""

    slug: str
    start: str
    end: str
    words: str
    country: str = "US"


EVENT_WINDOWS = (
    EventWindow(
        "lehman_2008_09_15", "2008-09-12", "2008-09-15", "failure of Lehman Brothers"
    ),
    EventWindow(
        "sp_downgrade_2011_08_08",
        "2011-08-05",
        "2011-08-08",
        "S&P downgrade of the United States (announced after the close of 5 August)",
    ),
    EventWindow(
        "covid_2020_03",
        "2020-03-09",
        "2020-03-18",
        "dash for cash of March 2020, from the low in yields to the peak",
    ),
    EventWindow(
        "uk_mini_budget",
        "2022-09-22",
        "2022-09-27",
        "UK mini-budget of 23 September 2022, to the eve of the Bank's intervention",
        country="UK",
    ),
    EventWindow(
        "svb_2023_03",
        "2023-03-08",
        "2023-03-13",
        "failure of Silicon Valley Bank",
    ),
    EventWindow(
        "april_2025_tariffs",
        "2025-04-03",
        "2025-04-11",
        "tariffs of April 2025, from the close of 3 April (yields fell before)",
    ),
    EventWindow(
        "april_2025_tariffs_first_days",
        "2025-04-02",
        "2025-04-04",
        "first two days of the tariffs of April 2025 (announced after the close of 2 "
        "April)",
    ),
    EventWindow(
        "april_2025_04_08",
        "2025-04-07",
        "2025-04-08",
        "tariffs of April 2025, the day on which swap rates rose less than yields",
    ),
    EventWindow(
        "moodys_downgrade_2025_05_19",
        "2025-05-16",
        "2025-05-19",
        "Moody's downgrade of the United States (announced late on 16 May)",
    ),
    EventWindow(
        "auction_2025_05_21",
        "2025-05-20",
        "2025-05-21",
        "weak auction of 20-year Treasurys, eve of the House vote",
    ),
    EventWindow(
        "obbb_house_vote_2025_05_22",
        "2025-05-21",
        "2025-05-22",
        "House vote on the One Big Beautiful Bill",
    ),
    EventWindow(
        "obbb_2025_05_to_07",
        "2025-05-01",
        "2025-07-03",
        "One Big Beautiful Bill, from before the committees' texts to the last vote",
    ),
    EventWindow(
        "iran_2026_03_02", "2026-02-27", "2026-03-02", "outbreak of the war with Iran"
    ),
)


def event_moments(data: SeriesDirectory) -> tuple[list[dict], list[dict]]:
    """Rows of the moment table for every window, and records of those not available.

    Changes of yields, premia and spreads are in basis points, equity returns in
    percent.  The standard error is what an ordinary window of the same length would
    show: the standard deviation of daily changes over the 252 observations up to
    ``start``, times the square root of the number of days; of monthly ones over 24
    months where daily ones are not at hand.
    """
    rows: list[dict] = []
    missing: list[dict] = []
    for window in EVENT_WINDOWS:
        measures = UK_MEASURES if window.country == "UK" else MEASURES
        for kind, measure in measures.items():
            name = f"event_{window.slug}_{kind}"
            try:
                rows.append(_row(data, window, name, measure))
            except (MissingColumnError, _NotCoveredError) as error:
                missing.append({"name": name, "era": ERA, "reason": str(error)})
    return rows, missing


class _NotCoveredError(ValueError):
    """The series does not observe the window's ends or the time before it."""


def _row(
    data: SeriesDirectory, window: EventWindow, name: str, measure: Measure
) -> dict:
    """One row: the change from the close of ``start`` to the close of ``end``."""
    series = data.series(measure.column)
    start, end = pd.Timestamp(window.start), pd.Timestamp(window.end)
    if not (start in series.index and end in series.index):
        raise _NotCoveredError(f"{measure.column} lacks {window.start} or {window.end}")
    days = len(pd.bdate_range(start, end)) - 1
    returns = measure.unit == define.PERCENT
    if returns:
        inside = series.loc[start:end].iloc[1:]
        value = 100.0 * (float(np.prod(1.0 + inside.to_numpy() / 100.0)) - 1.0)
    else:
        value = 100.0 * float(series.loc[end] - series.loc[start])
    if measure.monthly:
        error, words = _monthly_error(data.series(measure.monthly), window.start, days)
    else:
        days = len(series.loc[start:end]) - 1
        error, words = _daily_error(series, measure, window.start, days)
    return {
        "name": name,
        "era": ERA,
        "value": value,
        "standard_error": error,
        "unit": measure.unit,
        "sample_start": window.start,
        "sample_end": window.end,
        "definition": f"{measure.what} from the close of {window.start} to the close "
        f"of {window.end}: {window.words}. Standard error: {words}, times the square "
        f"root of {days} days",
        "source": f"{measure.publisher}: {measure.column}",
    }


def _daily_error(
    series: pd.Series, measure: Measure, start: str, days: int
) -> tuple[float, str]:
    past = series.loc[:start].iloc[-VOLATILITY_DAYS - 1 :]
    if len(past) <= VOLATILITY_DAYS:
        raise _NotCoveredError(f"{measure.column} lacks the 252 days before")
    if measure.unit == define.PERCENT:
        daily = past.to_numpy()[1:]
    else:
        daily = 100.0 * np.diff(past.to_numpy())
    words = "standard deviation of daily changes over the 252 days before"
    return float(np.std(daily, ddof=1)) * sqrt(days), words


def _monthly_error(series: pd.Series, start: str, days: int) -> tuple[float, str]:
    past = series.loc[:start].iloc[-VOLATILITY_MONTHS - 1 :]
    if len(past) <= VOLATILITY_MONTHS:
        raise _NotCoveredError(f"{series.name} lacks the 24 months before")
    monthly = 100.0 * np.diff(past.to_numpy())
    words = "standard deviation of monthly changes over the 24 months before, by day"
    return float(np.std(monthly, ddof=1)) * sqrt(days / _DAYS_OF_MONTH), words
