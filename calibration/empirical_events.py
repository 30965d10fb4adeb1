"""What yields and equities did in named event windows.

A window runs from the close of its first day to the close of its last, so that the
first day is the last one before the news.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from . import empirical_definition as define
from .empirical_series import MissingColumnError, SeriesDirectory
from .empirical_transforms import TENOR_COLUMNS

ERA = "event"
TENORS = ("2y", "10y", "30y")
VOLATILITY_DAYS = 252
_GILT_COLUMNS = {t: f"UKNOM_SPOT_{t.upper()}" for t in TENORS}
_EQUITY_COLUMN = "MKT_SPLICED"


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
        "iran_2026_03_02", "2026-02-27", "2026-03-02", "outbreak of the war with Iran"
    ),
)


def event_moments(data: SeriesDirectory) -> tuple[list[dict], list[dict]]:
    """Rows of the moment table for every window, and records of those not available.

    Yield changes are in basis points, equity returns in percent.  The standard error
    is what an ordinary window of the same length would show: the standard deviation of
    daily changes over the 252 observations up to ``start``, times the square root of
    the number of days.
    """
    rows: list[dict] = []
    missing: list[dict] = []
    for window in EVENT_WINDOWS:
        for name, column, is_yield in _measured(window):
            try:
                rows.append(_row(data.series(column), window, name, column, is_yield))
            except (MissingColumnError, _NotCoveredError) as error:
                missing.append({"name": name, "era": ERA, "reason": str(error)})
    return rows, missing


class _NotCoveredError(ValueError):
    """The series does not observe the window's ends or the year before it."""


def _measured(window: EventWindow) -> Iterator[tuple[str, str, bool]]:
    columns = _GILT_COLUMNS if window.country == "UK" else TENOR_COLUMNS
    for tenor in TENORS:
        yield f"event_{window.slug}_{tenor}", columns[tenor], True
    if window.country == "US":
        yield f"event_{window.slug}_equity", _EQUITY_COLUMN, False


def _row(
    series: pd.Series, window: EventWindow, name: str, column: str, is_yield: bool
) -> dict:
    """One row: the change from the close of ``start`` to the close of ``end``."""
    start, end = pd.Timestamp(window.start), pd.Timestamp(window.end)
    past = series.loc[:start].iloc[-VOLATILITY_DAYS - 1 :]
    inside = series.loc[start:end].iloc[1:]
    ends_observed = start in series.index and end in series.index
    if not ends_observed or len(past) <= VOLATILITY_DAYS:
        raise _NotCoveredError(
            f"{column} lacks {window.start}, {window.end} or the 252 days before"
        )
    if is_yield:
        value = 100.0 * float(inside.iloc[-1] - past.iloc[-1])
        daily = 100.0 * np.diff(past.to_numpy())
        kind = (
            "fitted zero-coupon gilt yield" if window.country == "UK" else "par yield"
        )
        what, unit = f"Change of the {kind}", define.BASIS_POINTS
    else:
        value = 100.0 * (float(np.prod(1.0 + inside.to_numpy() / 100.0)) - 1.0)
        daily = past.to_numpy()[1:]
        what, unit = "Cumulative equity return", define.PERCENT
    return {
        "name": name,
        "era": ERA,
        "value": value,
        "standard_error": float(np.std(daily, ddof=1)) * sqrt(len(inside)),
        "unit": unit,
        "sample_start": window.start,
        "sample_end": window.end,
        "definition": f"{what} from the close of {window.start} to the close of "
        f"{window.end}: {window.words}. Standard error: standard deviation of daily "
        f"changes over the 252 days before, times the square root of {len(inside)} "
        "days",
        "source": _source(column, window.country, is_yield),
    }


def _source(column: str, country: str, is_yield: bool) -> str:
    if not is_yield:
        return f"CRSP value-weighted (K. French) to 2025-10, then SPY: {column}"
    publisher = "Bank of England yield curves" if country == "UK" else define.H15
    return f"{publisher}: {column}"
