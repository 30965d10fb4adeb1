"""Who paid for the emergency laws of 2020-21: what bondholders lost in 2021-23.

A check on the backing share that needs no announcement days. Laws are what CBO's
baselines say they changed; the loss is the real return on the debt that was outstanding
at the end of 2020, as a five-year note has it (its duration is the portfolio's), less
the real yield that was expected then. Other shocks moved that return too: its error is
what three years usually bring.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .legislation import by_year, read_file

if TYPE_CHECKING:
    import pandas as pd

LAWS = ("2020-03-07", "2021-07-31")
LOSSES = ("2021-01-01", "2023-12-31")
# Of other shocks: before the years that are judged, monetary policy's eras apart.
USUAL = ("1965-01-01", "2019-12-31")
YEARS, MATURITY = 3, 5
_CHANGES, _GDP = "cbo_baseline_changes.csv", "cbo_gdp_fiscal_year.csv"
_YIELDS, _PRICES = "treasury_cmt_daily.csv", "prices_monthly.csv"
_REAL, _DEBT = "tips_breakeven_daily.csv", "jlnx_annual_1929_2022.csv"
PERCENT = "percent of GDP"


def par_bond_price(coupon: Any, rate: Any, years: float) -> np.ndarray:
    """Price of a bond over its face; half-yearly coupons, ``years`` to maturity.

    ``coupon`` and ``rate`` (...) are per year, as a ratio, compounded twice a year.
    """
    halves = int(np.ceil(2 * years - 1e-9))
    dates = years - np.arange(halves)[::-1] / 2
    discount = (1 + np.asarray(rate)[..., None] / 2) ** (-2 * dates)
    return np.asarray(coupon) / 2 * discount.sum(axis=-1) + discount[..., -1]


def real_returns(folder: Path | str) -> pd.Series:
    """Monthly real log returns on a five-year note that is rolled every month.

    Raises
    ------
    FiscaxError
        A file is not there.
    """
    rates = read_file(folder, _YIELDS).set_index("DATE")["DGS5"].dropna() / 100
    ends = rates.resample("ME").last()
    prices = read_file(folder, _PRICES).set_index("DATE")["CPIAUCSL"].dropna()
    inflation = np.log(prices).diff()
    inflation.index = inflation.index.to_period("M").to_timestamp("M")
    sold = par_bond_price(ends.to_numpy()[:-1], ends.to_numpy()[1:], MATURITY - 1 / 12)
    nominal = ends.iloc[1:].copy()
    nominal[:] = np.log(sold)
    return (nominal - inflation).dropna()


def laws(folder: Path | str) -> float:
    """Primary deficits that the laws of ``LAWS`` add, percent of GDP of 2020.

    All years of the projections, undiscounted: real rates were about zero.

    Raises
    ------
    FiscaxError
        A file is not there.
    """
    changes = read_file(folder, _CHANGES)
    chosen = changes["category"].eq("Legislative") & changes["DATE"].between(*LAWS)
    wide = by_year(changes[chosen]).reindex(columns=["deficit", "net_interest"])
    primary = -wide.fillna({"net_interest": 0.0}).sum(axis=1, skipna=False)
    output = read_file(folder, _GDP).set_index("DATE")["CBO_FISCAL_YEAR_GDP_BN"]
    return float(100 * primary.sum() / output["2020"].iloc[0])


def who_paid(folder: Path | str) -> list[dict[str, Any]]:
    """Rows of the shipped table: quantity, value, standard error and unit.

    Raises
    ------
    FiscaxError
        A file is not there.
    """
    returns: Any = real_returns(folder)
    lost = -float(returns[LOSSES[0] : LOSSES[1]].to_numpy().sum())
    real = read_file(folder, _REAL).set_index("DATE")["DFII5"].dropna()
    promised = float(real[: LOSSES[0]].to_numpy()[-1])
    expected = YEARS * float(np.log1p(promised / 100))
    windows = returns.rolling(12 * YEARS).sum()[USUAL[0] : USUAL[1]]
    usual = float(np.std(windows.to_numpy(), ddof=1))
    owed = read_file(folder, _DEBT).set_index("DATE")["mv_debt_gdp"].dropna()
    debt = float(owed["2020"].iloc[0])
    unexpected = lost + expected
    taken = 100 * debt * -np.expm1(-unexpected)
    error = 100 * debt * usual * np.exp(-unexpected)
    spent = laws(folder)
    found = (
        ("emergency_laws", spent, None, PERCENT),
        ("real_loss", 100 * lost, None, "percent, log"),
        ("expected_real_return", 100 * expected, None, "percent, log"),
        ("debt", 100 * debt, None, PERCENT),
        ("unexpected_loss", taken, error, PERCENT),
        ("share_bondholders", taken / spent, error / spent, "share of the laws"),
    )
    columns = ("quantity", "value", "standard_error", "unit")
    return [dict(zip(columns, row, strict=True)) for row in found]


def shipped_payment() -> dict[str, tuple[float, float | None]]:
    """Value and standard error of the shipped table by quantity."""
    import csv

    from ..shipped import FACTS

    lines = (FACTS / "pandemic.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {
        r["quantity"]: (
            float(r["value"]),
            float(r["standard_error"]) if r["standard_error"] else None,
        )
        for r in rows
    }
