"""Monthly moves of yields, stocks, term premia, break-evens and spreads in the record.

Month-end to month-end, so that no average smooths them. What a month's moves are
divided by is known before the month.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ...errors import FiscaxError
from .observables import OBSERVABLES
from .series import MissingColumnError, SeriesDirectory
from .transforms import (
    SPLICE_DAYS_30Y,
    compounded_return,
    equity_returns,
    last_of_period,
    treasury_yield,
)

START = "1962-02"
REQUIRED = ("yield_10y", "equity")
_MARGIN = 24  # months of returns before the first mean


@dataclass(frozen=True)
class MonthlyMoves:
    """Moves by month.

    Attributes
    ----------
    months : (T,) as ``YYYY-MM``.
    values : (T, m), columns and units as ``OBSERVABLES``, NaN where missing.
    scale : (T,) root mean square move of the months before, over typical sizes.
    correlation : (T,) of equity returns and falls of the ten-year yield over the
        trailing window, the month included; NaN before it is full.
    absent : observables that the folder does not have.
    """

    months: tuple[str, ...]
    values: np.ndarray
    scale: np.ndarray
    correlation: np.ndarray
    absent: tuple[str, ...] = ()

    @property
    def scaled(self) -> np.ndarray:
        """Moves (T, m) over the scale known before the month."""
        return self.values / self.scale


def monthly_moves(
    data: SeriesDirectory, typical: Mapping[str, float], window: int, floor: float
) -> MonthlyMoves:
    """Moves from the series of a folder.

    Parameters
    ----------
    typical : size of an ordinary month's move by observable, in its unit.
    window : months over which the trailing scale is taken.

    Raises
    ------
    FiscaxError
        The ten-year yield or equity returns are absent, or too short.
    """
    found: dict[str, pd.Series] = {}
    absent = []
    for name, read in _READERS.items():
        try:
            found[name] = read(data)
        except MissingColumnError as error:
            if name in REQUIRED:
                raise
            absent.append(f"{name}: {error}")
    last = min(found[n].dropna().index[-1] for n in REQUIRED)
    first = min(series.index[0] for series in found.values())
    index = pd.period_range(first, last, freq="M")
    blank = pd.Series(np.nan, index)
    frame = pd.DataFrame({n: found.get(n, blank).reindex(index) for n in OBSERVABLES})
    scale = _scale(frame, typical, window, floor)
    correlation = frame["equity"].rolling(window).corr(-frame["yield_10y"])
    kept = np.asarray(index >= pd.Period(START, "M"))
    if kept.sum() < 10 * 12:
        raise FiscaxError(
            f"monthly moves need ten years from {START} on, and {window} months before "
            "them, of equity returns and of the ten-year yield; add earlier "
            "observations of MKT_SPLICED or DGS10"
        )
    return MonthlyMoves(
        tuple(np.array([str(m) for m in index])[kept].tolist()),
        frame.to_numpy(float)[kept],
        scale[kept],
        correlation.to_numpy(float)[kept],
        tuple(absent),
    )


def _scale(
    frame: pd.DataFrame, typical: Mapping[str, float], window: int, floor: float
) -> np.ndarray:
    """Trailing root mean squares (T, m): typical before half a window is there."""
    sizes = np.array([typical[n] for n in OBSERVABLES])
    means = frame.pow(2).rolling(window, min_periods=window // 2).mean()
    squares = pd.DataFrame(means).shift(1)
    found = np.sqrt(squares.to_numpy(float))
    return np.maximum(np.where(np.isnan(found), sizes, found), floor * sizes)


def _change(series: pd.Series) -> pd.Series:
    """Monthly change in basis points of a series in percent."""
    return 100.0 * last_of_period(series, "M").diff()


def _yield_change(data: SeriesDirectory, tenor: str) -> pd.Series:
    change = _change(treasury_yield(data, tenor))
    if tenor != "30y":
        return change
    splices = pd.PeriodIndex(list(SPLICE_DAYS_30Y), freq="M")
    return change.mask(pd.PeriodIndex(change.index).isin(splices))


def _equity(data: SeriesDirectory) -> pd.Series:
    """Return over the bill less the mean of all months before, percent."""
    returns = compounded_return(equity_returns(data), "M")
    bill = last_of_period(treasury_yield(data, "3m"), "M").shift(1) / 12.0
    excess = returns - bill.reindex(returns.index)
    return excess - excess.expanding(min_periods=_MARGIN).mean().shift(1)


def _column_change(data: SeriesDirectory, column: str) -> pd.Series:
    return _change(data.series(column))


_READERS: dict[str, Callable[[SeriesDirectory], pd.Series]] = {
    **{
        f"yield_{tenor}": partial(_yield_change, tenor=tenor)
        for tenor in ("3m", "2y", "5y", "10y", "30y")
    },
    "equity": _equity,
    "term_premium_10y": partial(_column_change, column="ACMTP10"),
    "breakeven_10y": partial(_column_change, column="T10YIE"),
    "aaa_spread_10y": partial(_column_change, column="AAA10Y"),
}
