"""How large news of the budget is: what legislation changes in CBO's baselines.

With every baseline CBO says what laws since the last one change, by fiscal year. The
news of a baseline is the mean change of the primary deficit over the fiscal year under
way and the four after it, in percent of GDP: the measure of discretionary policy that
Auerbach (2003) regresses, without its decay.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...errors import FiscaxError

if TYPE_CHECKING:
    import pandas as pd

YEARS = 5
FIRST = 1984
_FILES = ("cbo_baseline_changes.csv", "cbo_gdp_fiscal_year.csv")


def read_file(folder: Path | str, name: str) -> Any:
    """A file of the record with its dates, a data frame.

    Raises
    ------
    FiscaxError
        The file is not there.
    """
    import pandas as pd

    path = Path(folder) / name
    if not path.is_file():
        raise FiscaxError(f"legislated news needs the file {path}")
    return pd.read_csv(path, parse_dates=["DATE"])


def by_year(entries: Any) -> Any:
    """Entries by baseline and fiscal year (rows) and component (columns)."""
    return entries.pivot_table(
        index=["DATE", "projected_fiscal_year"], columns="component", values="value"
    )


def fiscal_year(dates: Any) -> Any:
    """The fiscal year under way; it begins in October."""
    return dates.dt.year + (dates.dt.month > 9)


class Legislation(NamedTuple):
    """Standard deviation of news per quarter, percent of GDP, with its error.

    ``baselines`` are counted; ``per_year`` is how many there are in a year.
    """

    standard_deviation: float
    standard_error: float
    baselines: int
    per_year: float


def legislated_news(folder: Path | str) -> pd.Series:
    """News (baselines,) by date of the baseline, percent of GDP; deficits are positive.

    GDP after the last year of the record grows at the mean of the last ten years.

    Raises
    ------
    FiscaxError
        A file is not there.
    """
    import pandas as pd

    changes, output = (read_file(folder, name) for name in _FILES)
    level = output["CBO_FISCAL_YEAR_GDP_BN"].to_numpy(float)
    years = output["DATE"].dt.year.to_numpy()
    growth = (level[-1] / level[-11]) ** 0.1
    ahead = level[-1] * growth ** np.arange(1, YEARS + 2)
    later = years[-1] + np.arange(1, YEARS + 2)
    gdp = pd.Series(np.append(level, ahead), np.append(years, later))
    wide = by_year(changes[changes["category"] == "Legislative"])
    # A component without an entry did not change.
    parts = wide.reindex(columns=["deficit", "net_interest"]).fillna(
        {"net_interest": 0}
    )
    primary = -parts.sum(axis=1, skipna=False).reset_index(drop=True)
    date, year = (wide.reset_index()[k] for k in wide.index.names)
    under_way = fiscal_year(date)
    kept = year.between(under_way, under_way + YEARS - 1) & (date.dt.year >= FIRST)
    share = 100 * primary / gdp.reindex(year).to_numpy()
    found = share[kept].groupby(date[kept]).agg(["mean", "count"])
    return found["mean"][found["count"] == YEARS]


def moments_of_legislation(folder: Path | str) -> Legislation:
    """Moments of ``legislated_news``; news of a year is the sum of its baselines'.

    The error of a standard deviation s of n independent draws with kurtosis k is
    s sqrt((k - 1) / (4 n)).

    Raises
    ------
    FiscaxError
        As of ``legislated_news``.
    """
    news = legislated_news(folder)
    values = news.to_numpy(float)
    count = len(values)
    days = news.index.to_numpy("datetime64[D]")
    span = float((days[-1] - days[0]) / np.timedelta64(1, "D")) / 365.25
    per_year = (count - 1) / span
    away = values - values.mean()
    spread = float(np.sqrt(away @ away / (count - 1)))
    kurtosis = float(np.mean(away**4) / np.mean(away**2) ** 2)
    scale = np.sqrt(per_year / 4)
    error = spread * np.sqrt((kurtosis - 1) / (4 * count))
    return Legislation(scale * spread, float(scale * error), count, per_year)
