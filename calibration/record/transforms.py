"""From observed series to regular quarterly, monthly and daily frames.

Periods that the data cover only in part are NaN, never filled: a mean over half a
quarter is not a quarterly mean.  Yields and returns are in percent; yields are
bond-equivalent (semi-annual compounding), maturities in years.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .series import SeriesDirectory, SeriesError, median_days_apart

TENOR_COLUMNS = {
    "3m": "DGS3MO",
    "1y": "DGS1",
    "2y": "DGS2",
    "5y": "DGS5",
    "10y": "DGS10",
    "20y": "DGS20",
    "30y": "DGS30",
}
MATURITY_YEARS = {
    "1y": 1.0,
    "2y": 2.0,
    "5y": 5.0,
    "10y": 10.0,
    "20y": 20.0,
    "30y": 30.0,
}
PERIODS_PER_YEAR = {"M": 12, "Q": 4}
# Trading days in a quarter number about 62: two thirds of them make it complete.
DAYS_FOR_QUARTER = 40
# Longest calendar distance from a period's last observation to the period's end.
DAYS_TO_PERIOD_END = 5
_DAYS = {"M": 30.4, "Q": 91.3}
_WORDS = {"M": "month", "Q": "quarter"}
# No record of a yield of five years or more stays below a quarter percent throughout,
# and no daily return on equities has a standard deviation below a tenth of a percent.
LEAST_YIELD, LEAST_SPREAD = 0.25, 0.1
# On these days the 30-year series passes to and from the Treasury's extrapolated
# long-term rate (no 30-year bond was auctioned between): changes are not market moves.
SPLICE_DAYS_30Y = ("2002-02-19", "2006-02-09")


def treasury_yield(data: SeriesDirectory, tenor: str) -> pd.Series:
    """Daily par yield of a constant maturity, percent per year.

    The 3-month series starts in 1981-09.  Before, it is the secondary-market bill rate
    DTB3, from discount to bond-equivalent basis, ``365 d / (360 - 91 d)``; on the days
    that have both, the two differ by 0.4 basis points on average.
    Raises ``SeriesError`` for long yields that look like decimals.
    """
    observed = data.series(TENOR_COLUMNS[tenor])
    if tenor != "3m":
        largest = float(np.abs(observed.to_numpy(float)).max())
        if MATURITY_YEARS[tenor] >= 5 and largest < LEAST_YIELD:
            raise SeriesError(_decimals(observed, f"never exceeds {largest:.4g}"))
        return observed
    discount = data.series("DTB3") / 100.0
    bill = 100.0 * 365.0 * discount / (360.0 - 91.0 * discount)
    before = bill.loc[bill.index < observed.index[0]]
    return pd.Series(
        np.concatenate([before.to_numpy(), observed.to_numpy()]),
        before.index.append(observed.index),
        name=observed.name,
    )


def equity_returns(data: SeriesDirectory) -> pd.Series:
    """Daily returns on US equities, percent.

    Raises ``SeriesError`` for returns that look like decimals.
    """
    daily = data.series("MKT_SPLICED")
    spread = float(np.std(daily.to_numpy(float)))
    if len(daily) >= DAYS_FOR_QUARTER and spread < LEAST_SPREAD:
        raise SeriesError(_decimals(daily, f"has standard deviation {spread:.4g}"))
    return daily


def _decimals(series: pd.Series, words: str) -> str:
    return (
        f"{_place(series)} {words}: it is read as percent, so that these look like "
        "decimals; multiply them by 100"
    )


def _place(series: pd.Series) -> str:
    file = series.attrs.get("file")
    return f"{file}, column {series.name!r}" if file else f"column {series.name!r}"


def _check_frequency(series: pd.Series, frequency: str, minimum: int) -> None:
    """Refuse a series whose dates are too far apart for a mean over a period."""
    apart = median_days_apart(series)
    if len(series) > 1 and apart > 1.5 * _DAYS[frequency] / minimum:
        raise SeriesError(
            f"{_place(series)} has one value every {apart:.0f} days, and at least "
            f"{minimum} a {_WORDS[frequency]} are needed; give the series at a higher "
            "frequency"
        )


def _check_dates(series: pd.Series, frequency: str, usable: bool, edge: str) -> None:
    """Refuse a series none of whose dates lies where a period needs one."""
    apart = median_days_apart(series)
    if not usable and len(series) > 1 and apart > DAYS_TO_PERIOD_END:
        raise SeriesError(
            f"{_place(series)} has one value every {apart:.0f} days, none within "
            f"{DAYS_TO_PERIOD_END} days of the {edge} of a {_WORDS[frequency]}; give "
            "the daily series"
        )


def average_by_period(series: pd.Series, frequency: str, minimum: int) -> pd.Series:
    """Mean per period ("M", "Q"), NaN where fewer than ``minimum`` observations."""
    _check_frequency(series, frequency, minimum)
    values, _ = _grouped(series, frequency)
    counts = np.asarray(values.count())
    return _regular(_where(counts >= minimum, pd.Series(values.mean())))


def last_of_period(series: pd.Series, frequency: str) -> pd.Series:
    """Last observation per period, NaN if over 5 days before the period's end."""
    values, days = _grouped(series, frequency)
    whole = _reaches_end(pd.Series(days.max()))
    _check_dates(series, frequency, bool(whole.any()), "end")
    return _regular(_where(whole, pd.Series(values.last())))


def compounded_return(daily: pd.Series, frequency: str) -> pd.Series:
    """Compound daily returns (percent) by period; NaN for periods covered in part."""
    factors, days = _grouped(1.0 + daily / 100.0, frequency)
    first, last = pd.Series(days.min()), pd.Series(days.max())
    growth = 100.0 * (pd.Series(factors.prod()) - 1.0)
    whole = _reaches_end(last) & _from_start(first)
    _check_dates(daily, frequency, bool(whole.any()), "start and end")
    return _regular(_where(whole, growth))


def fill_single_gaps(monthly: pd.Series) -> pd.Series:
    """Set a single missing month to the geometric mean of its neighbours."""
    levels = _regular(_once(monthly, "M", "month"))
    between = np.sqrt(levels.shift(1).to_numpy() * levels.shift(-1).to_numpy())
    return _where(levels.notna().to_numpy(), levels, between)


def annualised_log_growth(levels: pd.Series) -> pd.Series:
    """Quarterly growth, ``400 log(x_t / x_{t-1})``, percent per year.

    Raises ``SeriesError`` for a level that is not positive.
    """
    low = np.flatnonzero(levels.to_numpy(float) <= 0)
    if len(low):
        raise SeriesError(
            f"{_place(levels)} is {levels.iloc[low[0]]} in "
            f"{levels.index[low[0]]}: growth needs positive levels; correct the "
            "cell or leave it empty"
        )
    logs = np.log(levels.to_numpy(float))
    return pd.Series(400.0 * np.diff(logs, prepend=np.nan), levels.index)


def quarterly_levels(series: pd.Series) -> pd.Series:
    """Put a series that is published once a quarter on a regular quarterly index.

    Raises ``SeriesError`` where a quarter has several values that differ, or values
    come less than once a quarter.
    """
    _check_frequency(series, "Q", 1)
    return _regular(_once(series, "Q", "quarter"))


def annual_levels(series: pd.Series, frequency: str = "Y") -> pd.Series:
    """Put a series published once a year on a regular index ("Y-SEP": fiscal years).

    Raises ``SeriesError`` where a year has several values that differ.
    """
    return _regular(_once(series, frequency, "year"))


def quarterly_average_yield(data: SeriesDirectory, tenor: str) -> pd.Series:
    """Quarterly average of the daily yield, percent per year."""
    return average_by_period(treasury_yield(data, tenor), "Q", DAYS_FOR_QUARTER)


def quarterly_average_of_months(series: pd.Series) -> pd.Series:
    """Quarterly average of a monthly series, NaN unless all three months are there."""
    return average_by_period(series, "Q", 3)


def par_bond_return(
    yield_before: ArrayLike,
    yield_after: ArrayLike,
    maturity: float,
    holding: float,
) -> NDArray[np.float64]:
    """Total return, in percent, of a par bond bought at one yield and sold at another.

    The bond pays half its yield at purchase ``y0`` every half year and is sold after
    ``holding`` years (before the first coupon) at the yield ``y1`` of the same
    constant maturity, so that roll-down along the curve is left out:

        1 + R = sum_k (y0/2) v^(k - 2h) + v^(2m - 2h),   v = 1 / (1 + y1/2).

    Arguments: yields (T,) in percent; ``maturity`` and ``holding`` in years, the
    maturity a multiple of a half year.  Returns (T,).
    Raises ``ValueError`` if a coupon would fall within the holding period.
    """
    half_years = round(2.0 * maturity)
    if not 0.0 <= holding <= 0.5 or abs(half_years - 2.0 * maturity) > 1e-9:
        raise ValueError(
            f"maturity must be whole half-years and holding within 0 and 0.5 years: "
            f"got {maturity} and {holding}"
        )
    coupon = np.asarray(yield_before, float)[..., None] / 200.0
    discount = 1.0 / (1.0 + np.asarray(yield_after, float)[..., None] / 200.0)
    times = np.arange(1, half_years + 1) - 2.0 * holding
    price = (coupon * discount**times).sum(-1) + discount[..., 0] ** times[-1]
    return 100.0 * (price - 1.0)


def par_bond_duration(yields: ArrayLike, maturity: float) -> NDArray[np.float64]:
    """Return a par bond's modified duration in years, ``(1 - (1+y/2)^(-2m)) / y``."""
    y = np.asarray(yields, float) / 100.0
    small = np.abs(y) < 1e-6
    safe = np.where(small, 1.0, y)
    return np.where(
        small, maturity, (1.0 - (1.0 + safe / 2.0) ** (-2 * maturity)) / safe
    )


def bond_and_equity_returns(
    data: SeriesDirectory, tenor: str, frequency: str
) -> pd.DataFrame:
    """Excess returns of a constant-maturity par bond and of equity, percent a period.

    Columns ``bond`` and ``equity``, both less the 3-month yield at the end of the
    period before, divided by the periods in a year.  For 30 years, the two periods
    that hold a splice day of the series are NaN.
    """
    periods = PERIODS_PER_YEAR[frequency]
    ends = last_of_period(treasury_yield(data, tenor), frequency)
    before = ends.shift(1)
    bond = pd.Series(
        par_bond_return(before, ends, MATURITY_YEARS[tenor], 1.0 / periods), ends.index
    )
    if tenor == "30y":
        splices = pd.PeriodIndex(list(SPLICE_DAYS_30Y), freq=frequency)
        bond = bond.mask(bond.index.isin(splices))
    bill = last_of_period(treasury_yield(data, "3m"), frequency).shift(1) / periods
    equity = compounded_return(equity_returns(data), frequency)
    frame = pd.DataFrame({"bond": bond - bill, "equity": equity - bill})
    return frame.dropna(how="all")


def daily_yield_changes(data: SeriesDirectory, tenors: Sequence[str]) -> pd.DataFrame:
    """Equity returns (percent) and yield changes (basis points) on trading days.

    Index: days on which equities trade.  A yield change is between the closes of two
    consecutive such days and NaN if either yield is missing (bond holiday), or for 30
    years on a splice day.  Columns: ``equity`` and each tenor.
    """
    equity = equity_returns(data)
    columns = {"equity": equity}
    for tenor in tenors:
        change = 100.0 * treasury_yield(data, tenor).reindex(equity.index).diff()
        if tenor == "30y":
            change = change.mask(change.index.isin(pd.DatetimeIndex(SPLICE_DAYS_30Y)))
        columns[tenor] = change
    return pd.DataFrame(columns)


def _once(series: pd.Series, frequency: str, period: str) -> pd.Series:
    """One value per period; a value that is written several times counts once."""
    periods = _periods(series, frequency)
    values = series.to_numpy(float)
    # Dates rise, so that a period's values stand side by side.
    again = np.flatnonzero(periods[1:] == periods[:-1])
    differ = [i for i in again if values[i] != values[i + 1]]
    if differ:
        first = periods[differ[0]]
        count = int(np.sum(periods == first))
        raise SeriesError(
            f"{_place(series)} has {count} values that differ in the {period} "
            f"{first}, and is published once a {period}; keep one row per {period}"
        )
    kept = np.setdiff1d(np.arange(len(values)), again + 1)
    return _as(series, pd.Series(values[kept], periods[kept]))


def _periods(series: pd.Series, frequency: str) -> pd.PeriodIndex:
    return pd.DatetimeIndex(series.index).to_period(frequency)


def _grouped(series: pd.Series, frequency: str):
    """Values and days of the observations, grouped by period."""
    periods = _periods(series, frequency)
    values = pd.Series(series.to_numpy())
    return values.groupby(periods), pd.Series(series.index).groupby(periods)


def _reaches_end(last_days: pd.Series) -> NDArray[np.bool_]:
    ends = pd.PeriodIndex(last_days.index).to_timestamp(how="end").normalize()
    return _days_between(last_days, ends) <= DAYS_TO_PERIOD_END


def _from_start(first_days: pd.Series) -> NDArray[np.bool_]:
    starts = pd.PeriodIndex(first_days.index).to_timestamp(how="start")
    return _days_between(starts, first_days) <= DAYS_TO_PERIOD_END


def _days_between(
    start: pd.Series | pd.DatetimeIndex, end: pd.Series | pd.DatetimeIndex
) -> NDArray[np.int64]:
    days = [np.asarray(dates, "datetime64[D]") for dates in (start, end)]
    return (days[1] - days[0]).astype(np.int64)


def _where(
    condition: NDArray[np.bool_], values: pd.Series, other: ArrayLike = np.nan
) -> pd.Series:
    return pd.Series(np.where(condition, values.to_numpy(float), other), values.index)


def _regular(series: pd.Series) -> pd.Series:
    """Reindex on every period from the first to the last; missing ones are NaN."""
    index = pd.PeriodIndex(series.index)
    every = pd.period_range(index[0], index[-1], freq=index.freq)
    return _as(series, pd.Series(series.to_numpy(), index).reindex(every))


def _as(series: pd.Series, found: pd.Series) -> pd.Series:
    """What was made of a series, under its name and with its file."""
    found.name, found.attrs = series.name, dict(series.attrs)
    return found
