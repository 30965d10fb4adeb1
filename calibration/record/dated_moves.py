"""What yields and equities did between dated closes: facts shipped as a table of moves.

Levels stay with their publishers; a move from one close to another, with what an
ordinary spell of the same length shows, is a statistic.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FiscaxError
from ..shipped import FACTS

if TYPE_CHECKING:
    import pandas as pd

    from .series import SeriesDirectory

TENORS = (2, 5, 10, 20, 30)
EQUITY = "equity"
# Closes between which moves are shipped, in order; the first has no move.
US_CLOSES = (
    "2025-05-09",
    "2025-05-15",
    "2025-05-16",
    "2025-05-20",
    "2025-05-21",
    "2025-05-22",
    "2025-06-03",
    "2025-06-04",
    "2025-06-27",
    "2025-06-30",
    "2025-07-01",
    "2025-07-03",
)
UK_CLOSES = (
    "2022-09-22",
    "2022-09-23",
    "2022-09-26",
    "2022-09-27",
    "2022-09-28",
    "2022-09-29",
    "2022-09-30",
    "2022-10-03",
    "2022-10-07",
    "2022-10-10",
    "2022-10-11",
    "2022-10-12",
    "2022-10-13",
    "2022-10-14",
    "2022-10-17",
    "2022-11-28",
    "2023-01-12",
)
_DAYS = 252
_SHIPPED = FACTS / "dated_moves.csv"


@dataclass(frozen=True)
class Moves:
    """Moves of one place between closes.

    Attributes
    ----------
    dates : the closes, D + 1 of them.
    yields : (D, len(TENORS)) basis points; ``yield_errors`` of an ordinary spell.
    equity : (D,) percent, None where there is none; ``equity_errors`` likewise.
    """

    dates: tuple[str, ...]
    yields: np.ndarray
    yield_errors: np.ndarray
    equity: np.ndarray | None = None
    equity_errors: np.ndarray | None = None

    def between(self, start: str, end: str) -> np.ndarray:
        """Change of yields from one close to another (len(TENORS),), basis points.

        Raises
        ------
        FiscaxError
            A date is not one of the closes.
        """
        first, last = (self._index(d) for d in (start, end))
        return self.yields[first:last].sum(axis=0)

    def _index(self, date: str) -> int:
        if date not in self.dates:
            raise FiscaxError(f"no close of {date}; there are {', '.join(self.dates)}")
        return self.dates.index(date)


def computed_moves(data: SeriesDirectory) -> list[dict]:
    """Rows of the shipped table from raw data.

    Raises
    ------
    SeriesError, FiscaxError
        A column, a close or the year before it is not there.
    """
    us = [(f"{t}y", data.series(f"DGS{t}"), True) for t in TENORS]
    us.append((EQUITY, data.series("MKT_SPLICED"), False))
    uk = [(f"{t}y", data.series(f"UKNOM_SPOT_{t}Y"), True) for t in TENORS]
    found = []
    for place, closes, series in (("US", US_CLOSES, us), ("UK", UK_CLOSES, uk)):
        for name, values, is_yield in series:
            for start, end in itertools.pairwise(closes):
                row = _move(values, start, end, is_yield)
                found.append({"place": place, "series": name, **row})
    return found


def _move(series: pd.Series, start: str, end: str, is_yield: bool) -> dict:
    past = series.loc[:start].iloc[-_DAYS - 1 :]
    inside = series.loc[start:end].iloc[1:]
    if past.index[-1].strftime("%Y-%m-%d") != start or len(past) <= _DAYS:
        raise FiscaxError(f"{series.name} lacks {start} or the {_DAYS} days before it")
    if inside.index[-1].strftime("%Y-%m-%d") != end:
        raise FiscaxError(f"{series.name} lacks {end}")
    if is_yield:
        value = 100 * float(inside.iloc[-1] - past.iloc[-1])
        daily = 100 * np.diff(past.to_numpy())
    else:
        value = 100 * (float(np.prod(1 + inside.to_numpy() / 100)) - 1)
        daily = past.to_numpy()[1:]
    return {
        "start": start,
        "end": end,
        "value": round(value, 6),
        "standard_error": round(float(np.std(daily, ddof=1)) * len(inside) ** 0.5, 6),
        "unit": "basis points" if is_yield else "percent",
    }


@lru_cache(maxsize=2)
def shipped_moves(place: str) -> Moves:
    """Moves of ``"US"`` (yields and equity) or ``"UK"`` (gilts) as shipped."""
    lines = _SHIPPED.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    own = [r for r in rows if r["place"] == place]
    by_series: dict[str, list[dict]] = {}
    for row in own:
        by_series.setdefault(row["series"], []).append(row)
    names = [f"{t}y" for t in TENORS]
    first = by_series[names[0]]
    dates = (first[0]["start"], *(r["end"] for r in first))

    def table(column: str, series: Sequence[str]) -> np.ndarray:
        return np.array([[float(r[column]) for r in by_series[s]] for s in series]).T

    stocks = {}
    if EQUITY in by_series:
        stocks["equity"] = table("value", [EQUITY])[:, 0]
        stocks["equity_errors"] = table("standard_error", [EQUITY])[:, 0]
    return Moves(dates, table("value", names), table("standard_error", names), **stocks)


def par_duration(yields: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Modified duration in years of semi-annual bonds at par, element by element.

    ``yields`` in percent per year, bond-equivalent.
    """
    rate = np.asarray(yields) / 100
    return (1 - (1 + rate / 2) ** (-2 * np.asarray(years))) / rate
