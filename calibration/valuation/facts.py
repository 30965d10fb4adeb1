"""Facts about debt and its backing: computed from a file, shipped, read back.

A table with columns ``period, quantity, value, unit, definition, source``: means over
the sample and over its decades, the last period, and what the bootstrap says. The
shipped table holds what the annual file of the data folder gives; the series are not
shipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ...errors import FiscaxError
from ...solvers.tasks import HERE, Tasks
from ..shipped import FACTS
from . import var as valuation_var
from .bootstrap import Draws, Spread, bootstrap, spread
from .file import ValuationData
from .puzzle import Assumptions, Position
from .var import Estimate

COLUMNS = ("period", "quantity", "value", "unit", "definition", "source")
SHIPPED = FACTS / "valuation_facts.csv"
SOURCE = (
    "Jiang, Lustig, Van Nieuwerburgh and Xiaolan (2024), annual data from NIPA, CRSP, "
    "FRED and Global Financial Data, computed by `fiscax value`"
)
_GDP, _YEARS, _RATE = "share of GDP", "years", "log per year"
_UNITS = {
    "debt": (_GDP, "market value of government debt, mean"),
    "backing": (_GDP, "upper bound on the value of surpluses, mean"),
    "backing_low_premium": (_GDP, "the same with the low output premium, mean"),
    "spending": (_GDP, "spending without interest, mean"),
    "wedge": (_GDP, "mean debt less mean backing"),
    "wedge_error_given_means": (
        _GDP,
        "bootstrap standard error with the record's mean rates and growth",
    ),
    "wedge_median_given_means": (_GDP, "median of the draws with the record's means"),
    "wedge_low_given_means": (_GDP, "5th percentile with the record's means"),
    "wedge_high_given_means": (_GDP, "95th percentile with the record's means"),
    "wedge_low": (_GDP, "5th percentile, means estimated anew in each draw"),
    "wedge_median": (_GDP, "median, means estimated anew"),
    "wedge_high": (_GDP, "95th percentile, means estimated anew"),
    "draws": ("count", "bootstrap draws"),
    "share_without_value": ("share", "draws in which the value is not finite"),
    "largest_root": ("ratio", "largest eigenvalue of the VAR"),
    "largest_root_low": ("ratio", "5th percentile of the draws"),
    "largest_root_high": ("ratio", "95th percentile of the draws"),
    "price_output": (_YEARS, "price over payoff of the output claim"),
    "excess": (_RATE, "return on the output claim less growth"),
    "premium": (_RATE, "output premium over the five-year yield, assumed"),
    "low_premium": (_RATE, "the low output premium, assumed"),
}


class Valuation(NamedTuple):
    """What a file gives: data, estimates with both premia, and draws."""

    data: ValuationData
    found: Estimate
    low: Estimate
    draws: Draws


def value(
    data: ValuationData,
    assumed: Assumptions,
    draws: int,
    seed: int = 0,
    folder: Path | None = None,
    tasks: Tasks = HERE,
) -> Valuation:
    """Estimate on a file with both premia and bootstrap.

    ``folder`` and ``tasks``: where draws are kept and who makes them.

    Raises
    ------
    FiscaxError
        Where a value is not finite, or the draws are too few.
    """
    found = valuation_var.estimate(data, assumed.premium)
    low = valuation_var.estimate(data, assumed.low_premium)
    drawn = bootstrap(data, found, assumed.premium, draws, seed, folder, tasks)
    return Valuation(data, found, low, drawn)


def facts(
    valued: Valuation, assumed: Assumptions, source: str = "the user's file"
) -> pd.DataFrame:
    """Table of facts in the shape of the shipped one."""
    data, found = valued.data, valued.found
    given = spread(valued.draws.wedge_given_means, valued.draws.finite_given_means)
    anew = spread(valued.draws.wedge, valued.draws.finite)
    roots = spread(valued.draws.root, np.ones_like(valued.draws.finite))
    per_year = data.periods_per_year
    rows = [(data.sample, k, v) for k, v in _scalars(found, given, anew, roots).items()]
    rows += [
        (data.sample, "draws", float(len(valued.draws.root))),
        (data.sample, "excess", float(found.backing.excess) * per_year),
        (data.sample, "premium", assumed.premium),
        (data.sample, "low_premium", assumed.low_premium),
    ]
    everything = slice(None)
    whole = _levels(valued, everything) | {"debt": data.mean_debt}
    rows += [(data.sample, k, v) for k, v in whole.items()]
    for start, rows_of in _decades(data).items():
        rows += [(start, k, v) for k, v in _levels(valued, rows_of).items()]
    last = slice(len(data.labels) - 1, None)
    rows += [(data.labels[-1], k, v) for k, v in _levels(valued, last).items()]
    return pd.DataFrame(
        [(p, q, float(v), *_UNITS[q], source) for p, q, v in rows],
        columns=list(COLUMNS),
    )


def _scalars(
    found: Estimate, given: Spread, anew: Spread, roots: Spread
) -> dict[str, float]:
    return {
        "wedge": found.wedge,
        "wedge_error_given_means": given.standard_error,
        "wedge_median_given_means": given.median,
        "wedge_low_given_means": given.low,
        "wedge_high_given_means": given.high,
        "wedge_low": anew.low,
        "wedge_median": anew.median,
        "wedge_high": anew.high,
        "share_without_value": anew.share_without_value,
        "largest_root": found.root,
        "largest_root_low": roots.low,
        "largest_root_high": roots.high,
        "price_output": float(found.backing.price_output),
    }


def _levels(valued: Valuation, rows: slice) -> dict[str, float]:
    return {
        "debt": float(valued.data.debt[rows].mean()),
        "backing": float(np.asarray(valued.found.backing.total)[rows].mean()),
        "backing_low_premium": float(np.asarray(valued.low.backing.total)[rows].mean()),
        "spending": float(valued.data.g[rows].mean()),
    }


def _decades(data: ValuationData) -> dict[str, slice]:
    """Ten years at a time from the start; the last part may be shorter."""
    step = 10 * data.periods_per_year
    found = {}
    for first in range(0, len(data.labels), step):
        last = min(first + step, len(data.labels)) - 1
        found[f"{data.labels[first]}-{data.labels[last]}"] = slice(first, last + 1)
    return found


def period_records(valued: Valuation) -> list[dict[str, Any]]:
    """Debt and its backing by period, over the GDP of a year, with a 90% band.

    The band is that of the bootstrap with the record's mean rates and growth.
    """
    data, found, draws = valued.data, valued.found.backing, valued.draws
    kept = draws.backing[draws.finite_given_means]
    low, high = np.percentile(kept, [5, 95], axis=0)
    columns = {
        "time": data.years,
        "debt": data.debt,
        "taxes": np.asarray(found.tax),
        "spending": np.asarray(found.spending),
        "backing": np.asarray(found.total),
        "backing_low_premium": np.asarray(valued.low.backing.total),
        "backing_percentile_5": low,
        "backing_percentile_95": high,
    }
    return [
        {"period": label, **{k: float(v[i]) for k, v in columns.items()}}
        for i, label in enumerate(data.labels)
    ]


def shipped_facts() -> pd.DataFrame:
    """The shipped table."""
    return pd.read_csv(SHIPPED)


def by_period(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Values by period, then by quantity; the sample comes first."""
    found: dict[str, dict[str, float]] = {}
    for period, quantity, number in zip(
        table["period"], table["quantity"], table["value"], strict=True
    ):
        found.setdefault(str(period), {})[quantity] = float(number)
    return found


def positions(table: pd.DataFrame) -> dict[str, Position]:
    """Debt and backing over the sample and in its last period."""
    found = by_period(table)
    sample = next(iter(found))
    last = list(found)[-1]
    excess = found[sample]["excess"]
    return {period: _position(found[period], excess) for period in (sample, last)}


def _position(found: Mapping[str, Any], excess: float) -> Position:
    try:
        return Position(
            found["debt"],
            found["backing"],
            found["backing_low_premium"],
            found["spending"],
            excess,
        )
    except KeyError as error:
        raise FiscaxError(f"the table of facts has no {error}") from error
