"""Moments of returns: correlations and betas of bonds with equity, equity itself."""

from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import definitions as define
from . import statistics
from .definitions import MomentDefinition
from .series import SeriesDirectory
from .transforms import (
    SPLICE_DAYS_30Y,
    TENOR_COLUMNS,
    annual_levels,
    bond_and_equity_returns,
    compounded_return,
    daily_yield_changes,
    equity_returns,
    last_of_period,
    par_bond_duration,
    treasury_yield,
)

BETA_TENORS = ("2y", "5y", "10y", "30y")
FALL_TENORS = ("2y", "10y", "30y")
ROLLING_DAYS = 252
EQUITY_FALL_PERCENT = -2.0
# Falls come in clusters: one month of trading days catches them.
FALL_BANDWIDTH_DAYS = 21

_EQUITY = "CRSP value-weighted (K. French) to 2025-10, then SPY: MKT_SPLICED"


def return_definitions() -> list[MomentDefinition]:
    """Return definitions of all return moments, in the order of the table."""
    return [
        *_daily_correlation_definitions(),
        _monthly_correlation_definition(),
        *_beta_definitions(),
        _portfolio_beta_definition(),
        *_equity_definitions(),
        *_fall_definitions(),
    ]


def _h15(*tenors: str) -> str:
    return f"{define.H15}: {', '.join(TENOR_COLUMNS[t] for t in tenors)}"


def _rolling(values: NDArray[np.float64]) -> statistics.Estimate:
    return statistics.mean_rolling_correlation(
        values[:, 0], values[:, 1], window=ROLLING_DAYS
    )


def _daily_bond_and_equity(data: SeriesDirectory) -> pd.DataFrame:
    """Approximate daily 10y bond return, ``-duration dy``, and equity, percent."""
    changes = daily_yield_changes(data, ["10y"])
    before = treasury_yield(data, "10y").reindex(changes.index).shift(1)
    duration = par_bond_duration(before, 10.0)
    return pd.DataFrame(
        {"bond": -duration * changes["10y"] / 100.0, "equity": changes["equity"]}
    )


def _daily_fund_and_equity(data: SeriesDirectory, fund: str) -> pd.DataFrame:
    equity = equity_returns(data)
    return pd.DataFrame(
        {"bond": data.series(fund).reindex(equity.index), "equity": equity}
    )


def _daily_correlation_definitions() -> list[MomentDefinition]:
    windows = (
        "correlations over 252 consecutive trading days of daily equity returns with "
        "{bond}; only windows that lie wholly in the era. The error is that of "
        "the daily contributions to that mean, with lags of one window"
    )
    frames = {
        "stock_bond_return_correlation_daily_252": (
            "10y bond returns, -duration x yield change with the modified duration of "
            "a par bond",
            f"{_h15('10y')}; {_EQUITY}",
            _daily_bond_and_equity,
        )
    }
    for fund, words in (("TLT", "20+ year"), ("IEF", "7-10 year")):
        frames[f"stock_bond_etf_correlation_daily_252_{fund.lower()}"] = (
            f"total returns of the {words} Treasury fund {fund}",
            f"Yahoo: {fund}; {_EQUITY}",
            partial(_daily_fund_and_equity, fund=fund),
        )
    return [
        MomentDefinition(
            name=name,
            unit=define.CORRELATION,
            definition="Mean of " + windows.format(bond=bond),
            source=source,
            frame=frame,
            estimator=_rolling,
            minimum=2 * ROLLING_DAYS,
            dates="daily",
        )
        for name, (bond, source, frame) in frames.items()
    ]


_RETURNS = (
    "excess returns of a {tenor} constant-maturity par bond (repriced at the "
    "period-end par yield of the same maturity, no roll-down) {verb} excess equity "
    "returns, {dates}, both over the 3m yield at the end of the period before"
)


def _monthly_correlation_definition() -> MomentDefinition:
    words = _RETURNS.format(tenor="10y", verb="with", dates="monthly")
    return MomentDefinition(
        name="stock_bond_return_correlation_monthly",
        unit=define.CORRELATION,
        definition=f"Correlation of {words}",
        source=f"{_h15('10y', '3m')}, DTB3; {_EQUITY}",
        frame=partial(bond_and_equity_returns, tenor="10y", frequency="M"),
        estimator=define.correlation,
        minimum=24,
        dates="monthly",
    )


def _beta_definitions() -> list[MomentDefinition]:
    splice = (
        f"; periods with the series' splice days {' and '.join(SPLICE_DAYS_30Y)} left "
        "out, between them the Treasury extrapolated rate"
    )
    definitions = []
    for dates, frequency, minimum in (("quarterly", "Q", 12), ("monthly", "M", 24)):
        for tenor in BETA_TENORS:
            words = _RETURNS.format(tenor=tenor, verb="on", dates=dates)
            definitions.append(
                MomentDefinition(
                    name=f"bond_stock_beta_{dates}_{tenor}",
                    unit=define.RATIO,
                    definition=f"Slope of {words}{splice if tenor == '30y' else ''}",
                    source=f"{_h15(tenor, '3m')}, DTB3; {_EQUITY}",
                    frame=partial(
                        bond_and_equity_returns, tenor=tenor, frequency=frequency
                    ),
                    estimator=define.beta,
                    minimum=minimum,
                    dates=dates,
                )
            )
    return definitions


def annual_portfolio_and_equity(data: SeriesDirectory) -> pd.DataFrame:
    """Excess returns of the marketable Treasury portfolio and of equity, percent.

    The equity return is ``exp(dg_t) (1 + exp(pd_t)) / exp(pd_{t-1}) - 1`` with ``pd``
    the log price-dividend ratio and ``dg`` log dividend growth; both returns are less
    the 3-month yield at the end of the year before.
    """
    ratio = annual_levels(data.series("pdm"))
    growth = annual_levels(data.series("divgrm"))
    gross = np.exp(growth) * (1.0 + np.exp(ratio)) / np.exp(ratio.shift(1))
    bill = annual_levels(data.series("y3m")).shift(1)
    treasury = 100.0 * annual_levels(data.series("treasury_portfolio_ret"))
    return pd.DataFrame(
        {"treasury": treasury - bill, "equity": 100.0 * (gross - 1.0) - bill}
    ).dropna(how="all")


def _portfolio_beta_definition() -> MomentDefinition:
    return MomentDefinition(
        name="treasury_portfolio_beta_annual",
        unit=define.RATIO,
        definition="Slope of annual excess returns of the portfolio of all marketable "
        "Treasurys (CRSP) on excess equity returns (from log price-dividend ratio and "
        "dividend growth), both over the 3m yield at the end of the year before",
        source="Jiang, Lustig, Van Nieuwerburgh, Xiaolan (2024): "
        "treasury_portfolio_ret, pdm, divgrm, y3m",
        frame=annual_portfolio_and_equity,
        estimator=define.beta,
        minimum=15,
        dates="annual",
        full_record=True,
    )


def _quarterly_excess_equity(data: SeriesDirectory) -> pd.Series:
    bill = last_of_period(treasury_yield(data, "3m"), "Q").shift(1) / 4.0
    return _quarterly_equity(data) - bill


def _quarterly_equity(data: SeriesDirectory) -> pd.Series:
    return compounded_return(equity_returns(data), "Q")


def _equity_definitions() -> list[MomentDefinition]:
    return [
        MomentDefinition(
            name="equity_premium_mean",
            unit=define.PERCENT_PER_YEAR,
            definition="Mean quarterly equity return less the 3m yield at the end of "
            "the quarter before (divided by 4), times 4",
            source=f"{_EQUITY}; {_h15('3m')}, DTB3",
            frame=_quarterly_excess_equity,
            estimator=define.scaled(define.mean, 4.0),
            minimum=8,
            dates="quarterly",
        ),
        MomentDefinition(
            name="equity_return_standard_deviation",
            unit=define.PERCENT_PER_YEAR,
            definition="Standard deviation of quarterly nominal equity returns, "
            "times 2 (annualised by the square root of 4)",
            source=_EQUITY,
            frame=_quarterly_equity,
            estimator=define.scaled(define.standard_deviation, 2.0),
            minimum=12,
            dates="quarterly",
        ),
    ]


def _changes_on_falls(data: SeriesDirectory, tenor: str) -> pd.Series:
    changes = daily_yield_changes(data, [tenor])
    fell = changes["equity"].to_numpy(float) <= EQUITY_FALL_PERCENT
    kept = np.where(fell, changes[tenor].to_numpy(float), np.nan)
    return pd.Series(kept, changes.index)


def _mean_of_clusters(values: NDArray[np.float64]) -> statistics.Estimate:
    return statistics.mean(values[:, 0], bandwidth=FALL_BANDWIDTH_DAYS)


def _fall_definitions() -> list[MomentDefinition]:
    return [
        MomentDefinition(
            name=f"yield_change_{tenor}_on_equity_fall_2pct",
            unit=define.BASIS_POINTS,
            definition=f"Mean change of the {tenor} Treasury par yield, close to "
            "close, on days on which equities fall 2 percent or more; days with a "
            "missing yield left out; lags of the error count trading days"
            + (", and the splice days of the series" if tenor == "30y" else ""),
            source=f"{_h15(tenor)}; {_EQUITY}",
            frame=partial(_changes_on_falls, tenor=tenor),
            estimator=_mean_of_clusters,
            minimum=10,
            dates="fall-day",
        )
        for tenor in FALL_TENORS
    ]
