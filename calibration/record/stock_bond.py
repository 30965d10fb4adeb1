"""Stocks and bonds in the record: correlation, beta and falls by frequency and tenor.

Bonds are the constant-maturity par bonds of the moment table: monthly and quarterly
excess returns, and at daily frequency ``-duration x yield change`` beside the plain
equity return (a day's riskless return is below a basis point and a half).
"""

from __future__ import annotations

import csv
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..shipped import FACTS
from . import statistics
from .transforms import (
    MATURITY_YEARS,
    bond_and_equity_returns,
    daily_yield_changes,
    par_bond_duration,
    treasury_yield,
)

if TYPE_CHECKING:
    import pandas as pd

    from .series import SeriesDirectory

TENORS = ("2y", "5y", "10y", "30y")
FREQUENCIES = {"daily": "D", "monthly": "M", "quarterly": "Q"}
ERAS = {
    "1962-1997": ("1962-01-01", "1997-12-31"),
    "1998-2019": ("1998-01-01", "2019-12-31"),
    "2020-present": ("2020-01-01", "2026-12-31"),
    "2022-present": ("2022-01-01", "2026-12-31"),
}
# A fall of equity: this many standard deviations of the era's own returns below mean.
FALL = 1.5
FEWEST = 12
WINDOW_DAYS = 252
ROLLING_FROM = "1990-01-01"
COLUMNS = (
    "quantity",
    "tenor",
    "frequency",
    "era",
    "value",
    "standard_error",
    "unit",
    "observations",
    "sample_start",
    "sample_end",
    "source",
)
UNITS = {
    "correlation": "correlation",
    "beta": "ratio",
    "bond_in_falls": "percent",
    "bond_in_falls_sd": "standard deviations",
    "share_rising_in_falls": "share of falls",
}
_SOURCE = (
    "Federal Reserve H.15 via FRED (DGS2, DGS5, DGS10, DGS30, DGS3MO, DTB3); CRSP "
    "value-weighted (K. French) to 2025-10, then SPY"
)
_FACTS = FACTS / "stock_bond_facts.csv"
_ROLLING = FACTS / "stock_bond_rolling.csv"


def returns(data: SeriesDirectory, tenor: str, frequency: str) -> pd.DataFrame:
    """Columns ``bond`` and ``equity`` in percent a period; complete rows only."""
    import pandas as pd

    if frequency != "daily":
        return bond_and_equity_returns(data, tenor, FREQUENCIES[frequency]).dropna()
    changes = daily_yield_changes(data, [tenor])
    before = treasury_yield(data, tenor).reindex(changes.index).shift(1)
    duration = par_bond_duration(before, MATURITY_YEARS[tenor])
    bond = -duration * changes[tenor] / 100.0
    return pd.DataFrame({"bond": bond, "equity": changes["equity"]}).dropna()


def fall_statistics(
    bond: np.ndarray, equity: np.ndarray, fall: float = FALL
) -> dict[str, statistics.Estimate]:
    """What bonds did when equity fell ``fall`` standard deviations below its mean.

    Mean bond return (in the unit of ``bond``, and in its standard deviations), and the
    share of falls in which it was above zero. Empty without ``FEWEST`` falls.
    """
    fell = equity < equity.mean() - fall * equity.std()
    if fell.sum() < FEWEST:
        return {}
    own = bond[fell]
    mean = statistics.mean(own)
    return {
        "bond_in_falls": mean,
        "bond_in_falls_sd": mean.scaled(1 / float(bond.std())),
        "share_rising_in_falls": statistics.mean((own > 0).astype(float)),
    }


def facts(data: SeriesDirectory) -> list[dict[str, Any]]:
    """Rows of ``stock_bond_facts.csv`` from raw series.

    Raises
    ------
    SeriesError
        A file or column is missing or malformed, named.
    """
    rows = []
    for frequency in FREQUENCIES:
        for tenor in TENORS:
            frame = returns(data, tenor, frequency)
            for era, (start, end) in ERAS.items():
                kept = frame.loc[start:end]
                if len(kept) < FEWEST:
                    continue
                bond, equity = kept["bond"].to_numpy(), kept["equity"].to_numpy()
                found = {
                    "correlation": statistics.correlation(bond, equity),
                    "beta": statistics.beta(bond, equity),
                    **fall_statistics(bond, equity),
                }
                ends = [str(kept.index[k])[:10] for k in (0, -1)]
                for name, estimate in found.items():
                    row = (
                        *(name, tenor, frequency, era),
                        *(estimate.value, estimate.standard_error, UNITS[name]),
                        *(estimate.observations, *ends, _SOURCE),
                    )
                    rows.append(dict(zip(COLUMNS, row, strict=True)))
    return rows


def rolling_facts(data: SeriesDirectory, tenor: str = "10y") -> list[dict[str, Any]]:
    """Correlation over 252 trading days at every month's end."""
    frame = returns(data, tenor, "daily")
    rolling = frame["bond"].rolling(WINDOW_DAYS).corr(frame["equity"]).dropna()
    rolling = rolling.loc[ROLLING_FROM:]
    last = rolling.groupby(rolling.index.to_period("M")).last()
    return [
        {"month": str(month), "correlation": float(value)}
        for month, value in last.items()
    ]


@lru_cache(maxsize=1)
def shipped_facts() -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """Facts as shipped by (quantity, tenor, frequency, era)."""
    with _FACTS.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {
        (r["quantity"], r["tenor"], r["frequency"], r["era"]): {
            **r,
            "value": float(r["value"]),
            "standard_error": float(r["standard_error"]),
            "observations": int(r["observations"]),
        }
        for r in rows
    }


@lru_cache(maxsize=1)
def shipped_rolling() -> tuple[list[str], np.ndarray]:
    """Months YYYY-MM and the 252-day correlation of ten-year bonds at their ends."""
    with _ROLLING.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(x for x in lines if not x.startswith("#")))
    return [r[0] for r in rows[1:]], np.array([float(r[1]) for r in rows[1:]])
