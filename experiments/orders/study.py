"""Perturbation of the risky economy, order by order, beside its global solution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...calibration.economies.core import CoreEconomy
from ...calibration.economies.local_core import (
    ORDERS,
    UNITS,
    global_answers,
    local_answers,
    mean_over_median,
    series_kept,
    solve_locally,
)
from ...calibration.economies.store import EconomyStore
from ...calibration.parameters.calibration import load_calibration
from ...models.sticky import sticky_price_economy
from ..study import Findings, Setting
from ..tables import table

NAME, STICKY = "risky", "sticky_risky"
# Tests take the coarse grid.
GRID = "fine"
# Besides the economy's own share of promises that a disaster voids.
SWEEP = (0.0, 0.04)

Record = dict[str, Any]


def order_records(store: EconomyStore, grid: str) -> list[Record]:
    """One record per breach and quantity: by order, globally, and the bound.

    The bound is the distance of the global solution to that on the coarse grid, of the
    economy as it is; with another breach, all other parameters the same, it is solved
    on the coarse grid only.
    """
    own = store.core(NAME, grid=grid)
    swept = () if "breach" in store.overrides else SWEEP
    others = [
        store.core(NAME, {"breach": b}, grid="coarse", intercepts=False) for b in swept
    ]
    exact = global_answers(own)
    twin = global_answers(store.coarse_twin(own))
    distance = {name: abs(value - twin[name]) for name, value in exact.items()}
    found = _records(own, exact, distance if grid != "coarse" else {})
    for other in others:
        found += _records(other, global_answers(other), {})
    return found


def _records(
    economy: CoreEconomy, exact: Mapping[str, float], bound: Mapping[str, float]
) -> list[Record]:
    orders = [local_answers(solve_locally(economy, order)) for order in ORDERS]
    return [
        {
            "breach": economy.parameters["breach"],
            "quantity": name,
            "unit": unit,
            **{f"order_{k}": v[name] for k, v in zip(ORDERS, orders, strict=True)},
            "global": exact[name],
            "bound": bound.get(name),
        }
        for name, unit in UNITS.items()
    ]


def disaster_series(store: EconomyStore, grid: str) -> Record:
    """What Taylor series keep of the price of disasters, here and at another gamma.

    ``kept`` by order with the economy's own risk aversion, ``kept_sticky`` with that of
    the economy with sticky prices, which has no disasters; ``mean_over_median`` is the
    mean probability of a disaster over that at which derivatives are taken.
    """
    given = store.core(NAME, grid=grid).parameters
    sticky = load_calibration(STICKY, sticky_price_economy()).as_arrays()
    other = float(sticky["gamma"].ravel()[0])
    return {
        "gamma": given["gamma"],
        "xi": given["xi"],
        "kept": series_kept(given["gamma"], given["xi"]),
        "gamma_sticky": other,
        "kept_sticky": series_kept(other, given["xi"]),
        "mean_over_median": mean_over_median(given),
    }


def measure(setting: Setting) -> Findings:
    """The risky economy by perturbation and globally, and what series leave out."""
    return Findings(
        {"orders": table(order_records(setting.store, GRID), ("breach", "quantity"))},
        extra={"series": disaster_series(setting.store, GRID)},
    )
