"""Convenience in the record: spreads by era, and what they move with.

Spreads are those of the moment table over eras of their own. None is adjusted for the
default risk of the other borrower: prices of credit default swaps, and Treasury premia
after August 2020, are the user's to bring (``spread_file``).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..parameters.numbers import read_numbers, values_of
from ..shipped import FACTS
from . import statistics
from .rates import rate_definitions

if TYPE_CHECKING:
    import pandas as pd

    from .series import SeriesDirectory

ERAS = {
    "1998-2007H1": ("1998-01-01", "2007-06-30"),
    "2007H2-2009": ("2007-07-01", "2009-12-31"),
    "2010-2019": ("2010-01-01", "2019-12-31"),
    "2020 to August": ("2020-01-01", "2020-08-31"),
    "2020-2026": ("2020-01-01", "2026-12-31"),
    "2022-2026": ("2022-01-01", "2026-12-31"),
}
# Moment -> wedge and maturity of the Treasury.
SPREADS = {
    "aaa_treasury_spread_mean": ("aaa", "10y"),
    "aaa_treasury_20y_spread_mean": ("aaa", "20y"),
    "treasury_premium_3m_mean": ("foreign", "3m"),
    "treasury_premium_1y_mean": ("foreign", "1y"),
    "treasury_premium_5y_mean": ("foreign", "5y"),
    "commercial_paper_bill_spread_3m_mean": ("paper", "3m"),
    "financial_commercial_paper_bill_spread_3m_mean": ("financial_paper", "3m"),
}
# A mean needs this share of its era's months, else it is that of another era.
COVERED = 0.5
ERA_COLUMNS = (
    "wedge",
    "tenor",
    "era",
    "value",
    "standard_error",
    "unit",
    "sample_start",
    "sample_end",
    "months",
    "source",
)
SLOPE_COLUMNS = (
    "regression",
    "regressor",
    "value",
    "standard_error",
    "unit",
    "r_squared",
    "sample",
    "source",
)
_SLOPE_SOURCE = (
    "CP3Mx less TB3MS (FRED-MD), TB3MS, debt held by the public over GDP (CBO); fiscal "
    "years, Newey-West with 4 lags"
)
_LAGS = 4
_ERAS_FILE = FACTS / "convenience_eras.csv"
_SLOPES_FILE = FACTS / "convenience_slopes.csv"


@dataclass(frozen=True)
class Slopes:
    """Least squares on a constant and regressors: slopes, their errors, R squared."""

    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    r_squared: float


def least_squares(outcome: ArrayLike, regressors: ArrayLike, lags: int = 0) -> Slopes:
    """Slopes of (T,) on a constant and (T, k), with Newey-West errors.

    Influence of an observation: ``(X'X/T)^-1 x_t e_t`` (Newey and West 1987).
    """
    y, x = np.asarray(outcome, float), np.asarray(regressors, float)
    x = np.column_stack([np.ones(len(y)), x])
    coefficients = np.linalg.lstsq(x, y, rcond=None)[0]
    residual = y - x @ coefficients
    influence = (x * residual[:, None]) @ np.linalg.inv(x.T @ x / len(y))
    errors = [statistics.standard_error_of_influence(c, lags) for c in influence.T]
    explained = 1 - residual.var() / y.var()
    slopes = np.asarray(coefficients[1:], float)
    return Slopes(slopes, np.array(errors[1:]), float(explained))


def era_facts(data: SeriesDirectory) -> list[dict[str, Any]]:
    """Means of every spread by era, from raw series; rows of ``convenience_eras.csv``.

    Raises
    ------
    SeriesError
        A file or column is missing or malformed, named.
    """
    import pandas as pd

    rows = []
    for definition in rate_definitions():
        if definition.name not in SPREADS:
            continue
        wedge, tenor = SPREADS[definition.name]
        monthly = definition.frame(data).dropna()
        for era, (start, end) in ERAS.items():
            kept = monthly.loc[start:end]
            months = len(pd.period_range(start, end, freq="M"))
            if len(kept) < COVERED * months:
                continue
            found = statistics.mean(kept.to_numpy(float))
            numbers = (found.value, found.standard_error, "basis points")
            sample = (str(kept.index[0]), str(kept.index[-1]), len(kept))
            row = (wedge, tenor, era, *numbers, *sample, definition.source)
            rows.append(dict(zip(ERA_COLUMNS, row, strict=True)))
    return rows


def paper_years(data: SeriesDirectory) -> pd.DataFrame:
    """Spread of commercial paper over bills, bill rate and log debt by fiscal year."""
    import pandas as pd

    bill, paper = data.series("TB3MS"), data.series("CP3Mx")
    months = pd.DataFrame({"spread": 100 * (paper - bill), "rate": bill}).dropna()
    years = pd.DatetimeIndex(months.index).to_period("Y-SEP")
    debt = data.series("debt_public_pct_gdp", where=("status", "actual"))
    found = pd.DataFrame(
        {n: whole_years(pd.Series(months[n]), years) for n in ("spread", "rate")}
    )
    ends = pd.DatetimeIndex(debt.index).to_period("Y-SEP")
    found["log_debt"] = pd.Series(np.log(debt.to_numpy(float) / 100), ends)
    return found.dropna()


def whole_years(months: pd.Series, years: pd.PeriodIndex) -> pd.Series:
    """Means of twelve months by year; years of fewer are NaN."""
    import pandas as pd

    grouped = pd.Series(months.to_numpy(float)).groupby(years)
    means, counts = pd.Series(grouped.mean()), pd.Series(grouped.count())
    return means.where(counts.to_numpy() == 12)


def slope_facts(data: SeriesDirectory) -> list[dict[str, Any]]:
    """Supply alone and beside the short rate; rows of ``convenience_slopes.csv``."""
    years = paper_years(data)
    sample = f"fiscal years {years.index[0].year}-{years.index[-1].year}"
    rows = []
    for regression, names in REGRESSIONS.items():
        found = least_squares(years["spread"], years[list(names)], _LAGS)
        for k, name in enumerate(names):
            numbers = (float(found.values[k]), float(found.errors[k]), UNITS[name])
            row = (regression, name, *numbers, found.r_squared, sample, _SLOPE_SOURCE)
            rows.append(dict(zip(SLOPE_COLUMNS, row, strict=True)))
    return rows


REGRESSIONS = {
    "supply": ("log_debt",),
    "rate": ("rate",),
    "both": ("log_debt", "rate"),
}
UNITS = {
    "log_debt": "basis points per log point",
    "rate": "basis points per percentage point",
}


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = list(csv.DictReader(lines))
    numbers = ("value", "standard_error", "r_squared")
    return [
        row | {n: float(row[n]) for n in numbers if n in row} | _months(row)
        for row in rows
    ]


def _months(row: dict[str, Any]) -> dict[str, int]:
    return {"months": int(row["months"])} if "months" in row else {}


@lru_cache(maxsize=1)
def shipped_eras() -> tuple[dict[str, Any], ...]:
    """Means by wedge, tenor and era as shipped, in basis points."""
    return tuple(_read(_ERAS_FILE))


@lru_cache(maxsize=1)
def shipped_slopes() -> tuple[dict[str, Any], ...]:
    """Slopes of the spread of commercial paper over bills, as shipped."""
    return tuple(_read(_SLOPES_FILE))


@lru_cache(maxsize=1)
def published_saving() -> tuple[float, str]:
    """Interest that convenience saves, percent of annual GDP, and who measured it."""
    name = "convenience_record.toml"
    table = read_numbers(name)["saving"]
    found = values_of(table, f"{name}: saving", {"a_year": (0.0, 10.0)})
    return found["a_year"], table["a_year"]["source"]
