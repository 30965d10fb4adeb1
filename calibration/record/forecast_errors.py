"""How wrong CBO's baselines were: moments of forecast errors, and news drawn from them.

Errors are outcome less projection, in percent of the outcome's fiscal-year GDP, by
horizon (1 is the fiscal year of the baseline or the next to end). Baselines overlap, so
errors of different baselines are not independent: counts are not degrees of freedom.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FiscaxError
from ..shipped import FACTS
from .projections import Projection

if TYPE_CHECKING:
    import pandas as pd

HORIZONS = 10
COLUMNS = (
    "horizon",
    "count",
    "mean",
    "standard_deviation",
    "correlation_with_next",
    "debt_count",
    "debt_mean",
    "debt_standard_deviation",
)
SAMPLE = "CBO baselines of January 2007 to January 2025, outcomes of FY2007-2025"
# Root mean squares of debt errors 1984-2025, percentage points of GDP, by horizon
# (CBO's own evaluation of its projections).
PUBLISHED_DEBT = {1: 1.1, 5: 6.8, 10: 13.6}
_FILE = FACTS / "cbo_forecast_errors.csv"


@lru_cache(maxsize=1)
def shipped_errors() -> dict[str, np.ndarray]:
    """Moments of errors of primary balance and debt by horizon: arrays (10,)."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(x for x in lines if not x.startswith("#")))
    return {name: np.array([float(r[name]) for r in rows]) for name in COLUMNS}


def error_moments(folder: Path | str) -> pd.DataFrame:
    """The same moments from ``cbo_baseline_vintages.csv``, ``cbo_fiscal_annual.csv``.

    Raises
    ------
    FiscaxError
        A file is not there.
    """
    import pandas as pd

    frames = []
    for name in ("cbo_baseline_vintages.csv", "cbo_fiscal_annual.csv"):
        path = Path(folder) / name
        if not path.is_file():
            raise FiscaxError(f"forecast errors need the file {path}")
        frames.append(pd.read_csv(path))
    vintages, record = frames
    record = record[record["status"] == "actual"]
    record.index = pd.Index(record["DATE"].str[:4].astype(int))
    keys = ["DATE", "projected_fiscal_year", "projected_year_number"]
    wide = vintages.pivot(index=keys, columns="component", values="value").reset_index()
    year = wide["projected_fiscal_year"]
    wide = wide[year.isin(record.index) & (wide["projected_year_number"] >= 1)]
    actual = record.loc[wide["projected_fiscal_year"]].reset_index(drop=True)
    gdp = 10 * actual["gdp_trillions"].to_numpy()
    projected = (wide["deficit"] + wide["net_interest"]).to_numpy() / gdp
    wide["balance"] = actual["primary_balance_pct_gdp"].to_numpy() - projected
    owed = wide["debt"].to_numpy() / gdp
    wide["owed"] = actual["debt_public_pct_gdp"].to_numpy() - owed
    balance, debt = (
        wide.pivot(index="DATE", columns="projected_year_number", values=name)
        for name in ("balance", "owed")
    )
    return pd.DataFrame(
        [
            {
                "horizon": h,
                "count": int(balance[h].count()),
                "mean": balance[h].mean(),
                "standard_deviation": balance[h].std(),
                "correlation_with_next": balance[h].corr(balance[h + 1]),
                "debt_count": int(debt[h].count()),
                "debt_mean": debt[h].mean(),
                "debt_standard_deviation": debt[h].std(),
            }
            for h in range(1, HORIZONS + 1)
        ]
    )


@dataclass(frozen=True)
class FiscalNews:
    """Errors of the primary balance, year by year: a first-order autoregression.

    Attributes
    ----------
    persistence : from one year to the next.
    first, lasting : standard deviation in the first year and in later ones, % of GDP.
    """

    persistence: float
    first: float
    lasting: float

    def draw(self, years: int, paths: int, seed: int) -> np.ndarray:
        """Errors of mean zero (years, paths) as shares of GDP, in pairs of both signs.

        Raises
        ------
        FiscaxError
            The number of paths is odd.
        """
        if paths % 2:
            raise FiscaxError(f"paths come in pairs of both signs, not {paths}")
        normal = np.random.default_rng(seed).standard_normal((years, paths // 2))
        normal = np.concatenate([normal, -normal], axis=1)
        scale = self.lasting * np.sqrt(1 - self.persistence**2)
        found = [self.first * normal[0]]
        for shock in normal[1:]:
            found.append(self.persistence * found[-1] + scale * shock)
        return np.array(found) / 100

    def debt_deviation(self, years: int) -> np.ndarray:
        """Standard deviation of cumulated errors (years,), % of GDP, without interest.

        Cumulated errors are linear in independent shocks: their weights are partial
        sums of a geometric series.
        """
        scale = self.lasting * np.sqrt(1 - self.persistence**2)
        weight = np.cumsum(self.persistence ** np.arange(years))
        squares = (weight * scale) ** 2
        later = np.concatenate([[0.0], np.cumsum(squares)[:-1]])
        return np.sqrt(later + (weight * self.first) ** 2)


def fiscal_news() -> FiscalNews:
    """News with the moments of CBO's record.

    Persistence is the mean correlation of errors at neighbouring horizons; the lasting
    deviation the root mean square of those at horizons two to ten.
    """
    moments = shipped_errors()
    deviations = moments["standard_deviation"]
    return FiscalNews(
        float(np.mean(moments["correlation_with_next"])),
        float(deviations[0]),
        float(np.sqrt(np.mean(deviations[1:] ** 2))),
    )


def news_of(projection: Projection) -> FiscalNews:
    """News with the errors that the projection's file gives, else those of CBO."""
    errors = projection.profile.errors
    return fiscal_news() if errors is None else FiscalNews(*errors)
