"""Stocks and bonds: correlation and beta by tenor, regime, frequency and in falls.

The core economies and the sticky-price economies are held against the record of daily,
monthly and quarterly returns; a change of regime between 2020 and 2022 is laid beside
the actual rolling correlation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calibration import simulated_statistics as simulated
from ..calibration.comovement import (
    TENORS,
    Days,
    Surprises,
    core_surprises,
    disaster_returns,
    rolling_paths,
    sticky_surprises,
)
from ..calibration.economies import Economy, load
from ..calibration.local_economies import LocalEconomy, solve_sticky
from ..calibration.local_series import local_panel
from ..calibration.simulated_series import Panel, simulated_panel
from ..calibration.stock_bond_record import (
    fall_statistics,
    shipped_facts,
    shipped_rolling,
)
from ..models.sticky_prices import sticky_price_economy
from .outlook import outlook_economy
from .registry import ExperimentContext, experiment
from .results import ExperimentResult, filled

if TYPE_CHECKING:
    from .report_page import Section

QUESTION = "When do stocks and Treasurys fall together?"
CORE = ("safe", "risky", "switching")
STICKY = ("sticky_safe", "sticky_risky", "sticky_supply")
STICKY_ORDER = 3
# Quarters after the burn-in, paths: the samples of other experiments are as long.
PERIODS, PATHS, SEED = 140, 100, 5
# 1990-2019, the span of the change 2020-2022, January 2023 to August 2026 (chosen).
DAYS = Days((7560, 756, 924))
FIRST_YEAR, DAYS_A_YEAR = 1990.0, 252.0
BAND = (0.05, 0.5, 0.95)
# Parameters that switch a mechanism of the sticky-price economy off.
SWITCHES = (
    ("sticky_safe", "safety_demand = 0", {"safety_demand": 0.0}),
    ("sticky_risky", "theta = 1", {"theta": 1.0}),
    ("sticky_risky", "shadow_exposure = 0", {"shadow_exposure": 0.0}),
)


def split_overrides(
    overrides: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Overrides of the core and of the sticky economies, by the parameters they have.

    What neither has goes to the core economies, which say so.
    """
    core = {p.name for p in load("safe")[0].parameters}
    sticky = {p.name for p in sticky_price_economy().parameters}
    return (
        {k: v for k, v in overrides.items() if k in core or k not in sticky},
        {k: v for k, v in overrides.items() if k in sticky},
    )


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
    from .convenience import regimes_of

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


def switch_records(overrides: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a parameter that removes a mechanism leaves, first order, ten years."""
    records = []
    for base, switch, changes in SWITCHES:
        for text, given in (("as shipped", {}), (switch, changes)):
            economy = solve_sticky(base, {**overrides, **given}, 1)
            own = sticky_surprises(economy)
            records.append(
                {
                    "economy": base,
                    "switch": text,
                    "correlation": own.correlation("10y"),
                    "beta": own.beta("10y"),
                }
            )
    return [r for k, r in enumerate(records) if r not in records[:k]]


def data_records() -> list[dict[str, Any]]:
    """The shipped facts, in their order."""
    return list(shipped_facts().values())


def _section(result: ExperimentResult) -> Section:
    from .stock_bond_page import section

    return section(result)


@experiment("stock-bond", question=QUESTION, order=5.62, section=_section)
def stock_bond(context: ExperimentContext) -> ExperimentResult:
    """Measure comovement in every economy and in the record, by frequency."""
    from .convenience import regimes_of
    from .slide_claims import slide_records
    from .stock_bond_claims import claims, notes
    from .stock_bond_figure import draw

    for_core, for_sticky = split_overrides(context.overrides)
    own = replace(context, overrides=for_core)
    economies: dict[str, Economy] = {}
    for name in CORE:
        context.progress.say(f"solving: {name} debt")
        economies[name] = outlook_economy(own, name)
    context.progress.say("solving: sticky prices")
    sticky: dict[str, LocalEconomy] = {
        name: solve_sticky(name, for_sticky, STICKY_ORDER) for name in STICKY
    }
    context.progress.say("drawing returns")
    found = {
        label: core_surprises(economies[name], k)
        for name, k, label in regimes_of(economies)
    }
    found |= {n.replace("_", ": "): sticky_surprises(e) for n, e in sticky.items()}
    panels = _panels(economies, sticky)
    actual, model = rolling_records(found, context.seed)
    records = {
        "stock_bond": [*surprise_records(found), *panel_records(panels)],
        "stock_bond_shocks": shock_records(found),
        "stock_bond_falls": fall_records(panels),
        "stock_bond_disaster": disaster_records(economies),
        "stock_bond_switches": switch_records(for_sticky),
        "stock_bond_rolling_data": actual,
        "stock_bond_rolling_model": model,
        "stock_bond_data": data_records(),
    }
    judged = claims(records)
    parameters = {n: e.calibration.by_name for n, e in {**economies, **sticky}.items()}
    return ExperimentResult(
        tables={n: filled(r) for n, r in records.items()},
        records=records | slide_records("stock-bond", judged),
        figures={"stock_bond": draw(records)},
        notes=notes(records, judged),
        parameters=parameters,
        quantities={
            f"{r['regime']}_{r['returns']}_{name}_{r['tenor']}": (r[name], unit)
            for r in records["stock_bond"]
            for name, unit in (("correlation", "correlation"), ("beta", "ratio"))
        },
    )


def _panels(
    economies: Mapping[str, Economy], sticky: Mapping[str, LocalEconomy]
) -> dict[str, tuple[Panel, int | None]]:
    """Simulated quarters and the regime to look at, by name; None is all of them."""
    from .convenience import regimes_of

    drawn = {
        n: simulated_panel(e, PERIODS, PATHS, SEED, disasters=False)
        for n, e in economies.items()
    }
    found: dict[str, tuple[Panel, int | None]] = {
        label: (drawn[name], k) for name, k, label in regimes_of(economies)
    }
    found["switching: all"] = (drawn["switching"], None)
    for name, economy in sticky.items():
        panel = local_panel(economy, PERIODS, PATHS, SEED)
        found[name.replace("_", ": ")] = (panel, None)
    return found
