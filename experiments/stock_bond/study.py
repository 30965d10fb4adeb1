"""Stocks and bonds: correlation and beta by tenor, regime, frequency and in falls.

The core economies and the sticky-price economies are held against the record of daily,
monthly and quarterly returns; a change of regime between 2020 and 2022 is laid beside
the actual rolling correlation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies import statistics as simulated
from ...calibration.economies.comovement import (
    Days,
    disaster_returns,
    rolling_paths,
)
from ...calibration.economies.core import CoreEconomy, load
from ...calibration.economies.protocol import TENORS, Surprises
from ...calibration.economies.regimes import regimes_of
from ...calibration.economies.series import Panel, simulated_panel
from ...calibration.economies.sticky import StickyEconomy
from ...calibration.economies.store import EconomyStore
from ...calibration.record.stock_bond import (
    fall_statistics,
    shipped_facts,
    shipped_rolling,
)
from ...models.sticky import sticky_price_economy
from ..study import Findings, Setting
from ..tables import records, table

if TYPE_CHECKING:
    import xarray as xr

CORE = ("safe", "risky", "switching")
GRID = "coarse"
STICKY = ("sticky_safe", "sticky_risky", "sticky_supply")
STICKY_ORDER = 3
# Quarters after the burn-in, paths: the samples of other experiments are as long.
PERIODS, PATHS, SEED = 140, 100, 5
# 1990-2019, the span of the change 2020-2022, January 2023 to August 2026 (chosen).
DAYS = Days((7560, 756, 924))
FIRST_YEAR, DAYS_A_YEAR = 1990.0, 252.0
BAND = (0.05, 0.5, 0.95)
# Economy, what a user types, and overrides that switch a mechanism off.
SHIPPED = "as shipped"
BACKED = "theta = 1, breach = 0, stress_news = 0"
CALM, OPEN = "safety_stress = 0", "shadow_exposure = 0"
SWITCHES = (
    ("safe", CALM, {"safety_stress": 0.0}),
    ("risky", BACKED, {"theta": 1.0, "breach": 0.0, "stress_news": 0.0}),
    ("risky", "b_x = 0", {"b_x": 0.0}),
    ("sticky_safe", "safety_demand = 0", {"safety_demand": 0.0}),
    ("sticky_risky", "theta = 1", {"theta": 1.0}),
    ("sticky_risky", OPEN, {"shadow_exposure": 0.0}),
)
SD, RATIO, CORRELATION = "standard deviations", "ratio", "correlation"
UNITS = {
    "correlation": CORRELATION,
    "correlation_error": CORRELATION,
    "correlation_without": CORRELATION,
    "part": CORRELATION,
    "beta": RATIO,
    "beta_error": RATIO,
    "beta_without": RATIO,
    "bond_in_falls": "percent",
    "bond_in_falls_sd": SD,
    "share_rising_in_falls": "share of falls",
    "equity": "percent",
    **dict.fromkeys(TENORS, "percent"),
}

# Simulated quarters and the regime to look at, by name; None is all of them.
Panels = Mapping[str, tuple[Panel, int | None]]


def label(sticky: str) -> str:
    """Name of a sticky-price economy among the regimes: ``sticky: safe``."""
    return sticky.replace("_", ": ")


def shock_names() -> dict[str, str]:
    """What the shocks of both economies are, by code."""
    models = (load("safe")[0], sticky_price_economy())
    return {s.name: s.description for m in models for s in m.shocks}


def comovement_table(found: Mapping[str, Surprises], panels: Panels) -> xr.Dataset:
    """Correlation and beta by regime and tenor.

    Of surprises, which stand for days, months and quarters, and of simulated quarterly
    returns, these with Monte Carlo errors.
    """
    rows: list[dict[str, Any]] = [
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
    for regime, (panel, which) in panels.items():
        mask, series = panel.mask(which), panel.series
        for tenor in TENORS:
            pair = (mask, series[f"bond_excess_{tenor}"], series["equity_excess"])
            correlation, beta = simulated.correlation(*pair), simulated.beta(*pair)
            rows.append(
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
    return table(rows, ("regime", "returns", "tenor"), UNITS)


def shock_table(found: Mapping[str, Surprises]) -> xr.Dataset:
    """What every shock adds to the ten-year correlation; what is left without it."""
    names = shock_names()
    rows = [
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
    return table(rows, ("regime", "shock"), UNITS)


def fall_tables(panels: Panels) -> tuple[xr.Dataset, xr.Dataset]:
    """Bonds in quarters in which equity fell, simulated without disasters.

    The second table has the standard errors of the first.
    """
    values, errors = [], []
    for regime, (panel, which) in panels.items():
        mask, series = panel.mask(which), panel.series
        equity = series["equity_excess"]
        here = mask[: len(equity)] > 0
        for tenor in TENORS:
            bond = series[f"bond_excess_{tenor}"]
            found = fall_statistics(bond[here], equity[here])
            at = {"regime": regime, "tenor": tenor}
            values.append(at | {n: estimate.value for n, estimate in found.items()})
            errors.append(
                at | {n: estimate.standard_error for n, estimate in found.items()}
            )
    values, errors = (
        table(rows, ("regime", "tenor"), UNITS) for rows in (values, errors)
    )
    return values, errors


def disaster_table(economies: Mapping[str, CoreEconomy]) -> xr.Dataset:
    """Unexpected returns in a quarter with a disaster, percent, by regime."""
    rows = [
        {"regime": name, **disaster_returns(economies[economy].members[k])}
        for economy, k, name in regimes_of(economies)
    ]
    return table(rows, ("regime",), UNITS)


def rolling_tables(
    found: Mapping[str, Surprises], seed: int
) -> tuple[xr.Dataset, xr.Dataset]:
    """Actual month-end correlations; quantiles of the core economies' own."""
    months, actual = shipped_rolling()
    data = [
        {"month": m, "correlation": float(v)}
        for m, v in zip(months, actual, strict=True)
    ]
    safe, risky = (found[r].covariance() for r in ("safe", "risky"))
    ends, paths = rolling_paths(safe, risky, DAYS, seed)
    quantiles = np.quantile(paths, BAND, axis=1).T
    model = [
        {"year": FIRST_YEAR + float(end) / DAYS_A_YEAR}
        | {f"q{100 * q:02.0f}": float(v) for q, v in zip(BAND, row, strict=True)}
        for end, row in zip(ends, quantiles, strict=True)
    ]
    return table(data, ("month",), UNITS), table(model, ("year",))


def fact_table() -> xr.Dataset:
    """The shipped facts, in their order."""
    labels = ("quantity", "tenor", "frequency", "era")
    return table(shipped_facts().values(), labels)


def switch_table(setting: Setting) -> xr.Dataset:
    """What a parameter that removes a mechanism leaves of surprises at ten years.

    Sticky-price economies are solved at first order.
    """
    rows = []
    for base, switch, changes in SWITCHES:
        setting.progress.say(f"switching off: {switch}")
        for text, given in ((SHIPPED, {}), (switch, changes)):
            if any((r["economy"], r["switch"]) == (base, text) for r in rows):
                continue
            own = _surprises(_without(setting.store, given), base, given)
            rows.append(
                {
                    "economy": base,
                    "switch": text,
                    "correlation": own.correlation("10y"),
                    "beta": own.beta("10y"),
                }
            )
    return table(rows, ("economy", "switch"), UNITS)


def _without(store: EconomyStore, changes: Mapping[str, float]) -> EconomyStore:
    """A store in which a switch replaces the user's value of what it switches off."""
    kept = {k: v for k, v in store.overrides.items() if k not in changes}
    return store.with_overrides(kept)


def _surprises(store: EconomyStore, base: str, case: Mapping[str, float]) -> Surprises:
    if base in STICKY:
        return store.sticky(base, case, order=1).surprises
    return store.core(base, case, grid=GRID).surprises


def measure(setting: Setting) -> Findings:
    """Measure comovement in every economy and in the record, by frequency.

    Raises
    ------
    CalibrationError, SolutionError
        From the economies.
    """
    economies: dict[str, CoreEconomy] = {}
    for name in CORE:
        setting.progress.say(f"solving: {name} debt")
        economies[name] = setting.store.core(name, grid=GRID)
    setting.progress.say("solving: sticky prices")
    sticky: dict[str, StickyEconomy] = {
        name: setting.store.sticky(name, order=STICKY_ORDER) for name in STICKY
    }
    setting.progress.say("drawing returns")
    found = {
        name: economies[economy].members[k].surprises
        for economy, k, name in regimes_of(economies)
    }
    found |= {label(n): e.surprises for n, e in sticky.items()}
    panels = _panels(economies, sticky)
    actual, model = rolling_tables(found, setting.seed)
    falls, fall_errors = fall_tables(panels)
    data = {
        "stock_bond": comovement_table(found, panels),
        "stock_bond_shocks": shock_table(found),
        "stock_bond_falls": falls,
        "stock_bond_disaster": disaster_table(economies),
        "stock_bond_switches": switch_table(setting),
        "stock_bond_rolling_data": actual,
        "stock_bond_rolling_model": model,
        "stock_bond_data": fact_table(),
    }
    everything = {**economies, **sticky}
    return Findings(
        data,
        parameters={n: e.calibration.by_name for n, e in everything.items()},
        quantities={
            f"{r['regime']}_{r['returns']}_{name}_{r['tenor']}": (r[name], UNITS[name])
            for r in records(data["stock_bond"])
            for name in ("correlation", "beta")
        },
        extra={"fall_errors": fall_errors},
    )


def _panels(
    economies: Mapping[str, CoreEconomy], sticky: Mapping[str, StickyEconomy]
) -> dict[str, tuple[Panel, int | None]]:
    drawn = {
        n: simulated_panel(e, PERIODS, PATHS, SEED, disasters=False)
        for n, e in economies.items()
    }
    found: dict[str, tuple[Panel, int | None]] = {
        name: (drawn[economy], k) for economy, k, name in regimes_of(economies)
    }
    found |= {
        f"{name}: all": (panel, None)
        for name, panel in drawn.items()
        if len(economies[name].regimes) > 1
    }
    for name, economy in sticky.items():
        found[label(name)] = (simulated_panel(economy, PERIODS, PATHS, SEED), None)
    return found
