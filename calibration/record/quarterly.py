"""Quarterly series of the United States that estimated economies are held against."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .macro import inflation
from .series import SeriesDirectory
from .transforms import (
    DAYS_FOR_QUARTER,
    annualised_log_growth,
    average_by_period,
    compounded_return,
    equity_returns,
    quarterly_average_yield,
    quarterly_levels,
)

SOURCES = (
    "GDPC1",
    "CPIAUCSL",
    "DFF",
    "DGS10",
    "MKT_SPLICED",
    "FGRECPT less FGEXPND plus A091RC1Q027SBEA over GDP",
)


def quarterly_series(data: SeriesDirectory) -> pd.DataFrame:
    """What is observed, by quarter, percent a quarter; NaN where missing.

    Columns ``growth`` (log real output), ``inflation`` (log quarterly mean of consumer
    prices), ``policy_rate`` (federal funds) and ``yield_10y`` (par yield), quarterly
    means, continuously compounded; ``equity_return`` (log, of the quarter);
    ``primary_balance`` (federal, national accounts, percent of output).

    Raises
    ------
    SeriesError
        A series is missing or cannot be read.
    """
    funds = average_by_period(data.series("DFF"), "Q", DAYS_FOR_QUARTER)
    equity = compounded_return(equity_returns(data), "Q")
    accounts = {
        n: quarterly_levels(data.series(n))
        for n in ("FGRECPT", "FGEXPND", "A091RC1Q027SBEA", "GDP")
    }
    balance = accounts["FGRECPT"] - accounts["FGEXPND"] + accounts["A091RC1Q027SBEA"]
    columns = {
        "growth": annualised_log_growth(quarterly_levels(data.series("GDPC1"))) / 4.0,
        "inflation": inflation(data) / 4.0,
        "policy_rate": 100.0 * np.log1p(funds / 400.0),
        # Yields are compounded twice a year.
        "yield_10y": 50.0 * np.log1p(quarterly_average_yield(data, "10y") / 200.0),
        "equity_return": 100.0 * np.log1p(equity / 100.0),
        "primary_balance": 100.0 * balance / accounts["GDP"],
    }
    return pd.DataFrame(columns)
