"""Rows of the experiment ``stock-bond``: models, falls, days and the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...calibration.economies import statistics as simulated
from ...calibration.economies.comovement import (
    TENORS,
    Days,
    Surprises,
    disaster_returns,
    rolling_paths,
)
from ...calibration.economies.core import Economy, load
from ...calibration.economies.series import Panel
from ...calibration.record.stock_bond import (
    fall_statistics,
    shipped_facts,
    shipped_rolling,
)
from ...models.sticky import sticky_price_economy

# 1990-2019, the span of the change 2020-2022, January 2023 to August 2026 (chosen).
DAYS = Days((7560, 756, 924))
FIRST_YEAR, DAYS_A_YEAR = 1990.0, 252.0
BAND = (0.05, 0.5, 0.95)


def shock_names() -> dict[str, str]:
    """What the shocks of both economies are, by code."""
    models = (load("safe")[0], sticky_price_economy())
    return {s.name: s.description for m in models for s in m.shocks}


def surprise_records(found: Mapping[str, Surprises]) -> list[dict[str, Any]]:
    """Correlation and beta of surprises by regime and tenor: days, months, quarters."""
    return [
        {
            "regime": regime,
            "returns": "surprises",
            "tenor": tenor,
            "correlation": own.correlation(tenor),
            "correlation_error": None,
            "beta": own.beta(tenor),
            "beta_error": None,
        }
        for regime, own in found.items()
        for tenor in TENORS
    ]


def panel_records(
    panels: Mapping[str, tuple[Panel, int | None]],
) -> list[dict[str, Any]]:
    """The same of simulated quarterly returns, with Monte Carlo errors."""
    records: list[dict[str, Any]] = []
    for regime, (panel, which) in panels.items():
        mask, series = panel.mask(which), panel.series
        for tenor in TENORS:
            pair = (mask, series[f"bond_excess_{tenor}"], series["equity_excess"])
            correlation, beta = simulated.correlation(*pair), simulated.beta(*pair)
            records.append(
                {
                    "regime": regime,
                    "returns": "quarterly",
                    "tenor": tenor,
                    "correlation": correlation.value,
                    "correlation_error": correlation.error,
                    "beta": beta.value,
                    "beta_error": beta.error,
                }
            )
    return records


def shock_records(found: Mapping[str, Surprises]) -> list[dict[str, Any]]:
    """What every shock adds to the ten-year correlation; what is left without it."""
    names = shock_names()
    return [
        {
            "regime": regime,
            "shock": shock,
            "name": names[shock],
            "part": part,
            "correlation_without": own.correlation("10y", (shock,)),
            "beta_without": own.beta("10y", (shock,)),
        }
        for regime, own in found.items()
        for shock, part in own.by_shock("10y").items()
    ]


def fall_records(
    panels: Mapping[str, tuple[Panel, int | None]],
) -> list[dict[str, Any]]:
    """Bonds in quarters in which equity fell, simulated without disasters."""
    records = []
    for regime, (panel, which) in panels.items():
        mask, series = panel.mask(which), panel.series
        equity = series["equity_excess"]
        here = mask[: len(equity)] > 0
        for tenor in TENORS:
            bond = series[f"bond_excess_{tenor}"]
            found = fall_statistics(bond[here], equity[here])
            records.append(
                {
                    "regime": regime,
                    "tenor": tenor,
                    **{name: estimate.value for name, estimate in found.items()},
                }
            )
    return records


def disaster_records(economies: Mapping[str, Economy]) -> list[dict[str, Any]]:
    """Unexpected returns in a quarter with a disaster, percent, by regime."""
    from ..convenience.rows import regimes_of

    return [
        {"regime": label, **disaster_returns(economies[name], k)}
        for name, k, label in regimes_of(economies)
    ]


def rolling_records(
    found: Mapping[str, Surprises], seed: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Actual month-end correlations; quantiles of the core economies' own."""
    months, actual = shipped_rolling()
    data = [
        {"month": m, "correlation": float(v)}
        for m, v in zip(months, actual, strict=True)
    ]
    safe, risky = (found[r].covariance() for r in ("safe", "risky"))
    ends, paths = rolling_paths(safe, risky, DAYS, seed)
    rows = np.quantile(paths, BAND, axis=1).T
    model = [
        {"year": FIRST_YEAR + float(end) / DAYS_A_YEAR}
        | {f"q{100 * q:02.0f}": float(v) for q, v in zip(BAND, row, strict=True)}
        for end, row in zip(ends, rows, strict=True)
    ]
    return data, model


def data_records() -> list[dict[str, Any]]:
    """The shipped facts, in their order."""
    return list(shipped_facts().values())
