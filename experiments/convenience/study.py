"""Convenience: wedges by tenor and regime, channels apart, what a loss costs.

Treasurys are priced beside AAA bonds and hedged foreign sovereigns of the same tenor in
the core economies with safe, risky and switching debt, and held against the record by
era.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.convenience import (
    ANNUAL_BP,
    ASSETS,
    CHANNELS,
    Spot,
    place,
    service_levels,
    services,
    spot_slopes,
    variance_by_channel,
    wedges,
    with_services,
)
from ...calibration.economies.core import MATURITIES, CoreEconomy
from ...calibration.economies.regimes import regimes_of
from ...calibration.economies.samples import USUAL, sample
from ...calibration.record.convenience import (
    REGRESSIONS,
    UNITS,
    least_squares,
    shipped_eras,
    shipped_slopes,
)
from ...calibration.record.observables import TENOR
from ...calibration.record.spreads import read_spreads, spread_means
from ..study import Findings, Option, Setting
from ..tables import records, table

if TYPE_CHECKING:
    import xarray as xr

OPTIONS = (Option("file", "file", "CSV of a user's own spreads by month"),)

NAMES = ("safe", "risky", "switching")
GRID = "coarse"
SIZE = USUAL  # of simulated samples
NO_SERVICES = {"safety_price": 0.0, "liquidity_price": 0.0}
RECORDED = ("end_of_period_debt", "convenience_yield_bill")
SLOPE_UNITS = {
    "supply": "basis points per 1pp of debt/GDP",
    "opportunity cost": "basis points per percentage point",
    "stress": "basis points per standard deviation",
}
DEBT_GRID = np.linspace(0.5, 1.5, 41)  # over annual output
RATE_GRID = np.linspace(0.0, 0.02, 33)  # log per quarter
BP, GDP = "basis points", "percent of annual GDP"
WORTH_UNITS = {
    "flow": GDP,
    "value": GDP,
    "share": "percent of the value of debt",
    "debt": GDP,
    "tax_rise": GDP,
    "lost_flow": GDP,
    "lost_share": "percent of the value of debt",
}
# Cases of what convenience is worth.
LOST, AGAIN, NOTHING = (
    "safe, services of risky debt",
    "the same, solved again",
    "safe, no services",
)


def permanent(economies: Mapping[str, CoreEconomy]) -> list[tuple[str, int, str]]:
    """Economy, position and name of the regimes that never end."""
    return [
        found for found in regimes_of(economies) if len(economies[found[0]].regimes) < 2
    ]


def wedge_table(economies: Mapping[str, CoreEconomy]) -> xr.Dataset:
    """Convenience and wedges by regime and tenor at the regimes' resting points."""
    rows = []
    for name, k, label in regimes_of(economies):
        economy = economies[name]
        for wedge, values in wedges(economy, economy.rest(k), k).items():
            rows += [
                {
                    "regime": label,
                    "wedge": wedge,
                    "tenor": TENOR[n],
                    "value": float(v),
                    "unit": BP,
                }
                for n, v in zip(MATURITIES, values[0], strict=True)
            ]
    return table(rows, ("regime", "wedge", "tenor"), {"value": BP})


def channel_table(economies: Mapping[str, CoreEconomy]) -> xr.Dataset:
    """Slope of one quarter's convenience on each mover, the other movers held.

    ``switched_off`` is the same slope where the channel's parameters are zero.
    """
    rows = []
    for name, k, label in regimes_of(economies):
        economy = economies[name]
        for channel, slopes in spot_slopes(economy, k).items():
            off = with_services(economy, dict.fromkeys(CHANNELS[channel], 0.0))
            left = spot_slopes(off, k)[channel]
            rows += [
                {
                    "regime": label,
                    "channel": channel,
                    "asset": asset,
                    "value": slopes[asset],
                    "switched_off": left[asset],
                    "unit": SLOPE_UNITS[channel],
                }
                for asset in ASSETS
            ]
    return table(rows, ("regime", "channel", "asset"))


def arc_table(economies: Mapping[str, CoreEconomy]) -> xr.Dataset:
    """One quarter's convenience on debt, the rate held, and on the rate, debt held."""
    rows = []
    for name, k, label in permanent(economies):
        spot, here = Spot(economies[name], k), place(economies[name], k)
        for mover, grid, scale in (
            ("debt", DEBT_GRID, 100.0),
            ("rate", RATE_GRID, 400.0),
        ):
            held = [np.full_like(grid, v) for v in (here.debt, here.rate, here.stress)]
            held[0 if mover == "debt" else 1] = grid
            found = spot(*held)
            rows += [
                {
                    "regime": label,
                    "mover": mover,
                    "at": float(scale * x),
                    **{a: float(found[a][j]) for a in ("bill", "long")},
                }
                for j, x in enumerate(grid)
            ]
    return table(rows, ("regime", "mover", "at"), {"bill": BP, "long": BP})


def simulated_table(economies: Mapping[str, CoreEconomy]) -> xr.Dataset:
    """Regressions of the record in simulated data, and variance by channel."""
    rows = []
    for name, k, label in permanent(economies):
        economy = economies[name]
        drawn = sample(economy, RECORDED, ("yield_1",), size=SIZE)
        debt, cy = (drawn.series[n].ravel() for n in RECORDED)
        bill = drawn.series["yield_1"].ravel()
        stress = drawn.states[..., economy.solution.states.index("stress")].ravel()
        columns = {"log_debt": np.log(debt / 4), "rate": 400 * bill}
        for regression, names in REGRESSIONS.items():
            found = least_squares(
                ANNUAL_BP * cy, np.column_stack([columns[n] for n in names])
            )
            rows += [
                {
                    "source": label,
                    "regression": regression,
                    "regressor": n,
                    "value": float(found.values[j]),
                    "unit": UNITS[n],
                    "r_squared": found.r_squared,
                }
                for j, n in enumerate(names)
            ]
        shares = variance_by_channel(Spot(economy, k), (debt / 4, bill + cy, stress))
        rows += [
            {
                "source": label,
                "regression": "variance",
                "regressor": channel,
                "value": share,
                "unit": "share of variance",
                "r_squared": None,
            }
            for channel, share in shares.items()
        ]
    return table(rows, ("source", "regression", "regressor"))


def recorded_table() -> xr.Dataset:
    """The record's regressions, in the form of the simulated ones."""
    rows = [
        {
            "source": "data",
            **{k: r[k] for k in ("regression", "regressor", "value", "unit")},
            "r_squared": r["r_squared"],
            "standard_error": r["standard_error"],
            "sample": r["sample"],
        }
        for r in shipped_slopes()
    ]
    return table(rows, ("source", "regression", "regressor"))


def era_table(file: str | None) -> xr.Dataset:
    """Means by era, shipped and of the user's file, told apart by ``origin``.

    Raises
    ------
    SpreadFileError
        The file is wrong, by row and column.
    """
    rows = [{"origin": "shipped", **r} for r in shipped_eras()]
    if file is not None:
        rows += [{"origin": "file", **r} for r in spread_means(read_spreads(file))]
    return table(rows, ("origin", "wedge", "tenor", "era"), {"value": BP})


def cost_table(economies: Mapping[str, CoreEconomy], again: CoreEconomy) -> xr.Dataset:
    """What convenience is worth by regime, and with the services of the other one.

    ``again`` is the safe economy solved with those services: its taxes say what the
    loss costs in equilibrium. ``tax_rise`` is against the safe economy, in percent of
    GDP, means of samples without disasters and with the same draws.
    """
    safe = economies["safe"]
    risky = service_levels(economies["risky"], 0)
    cases: list[tuple[CoreEconomy, int, str, dict[str, float] | None]] = [
        (safe, 0, LOST, risky),
        (again, 0, AGAIN, None),
        (safe, 0, NOTHING, NO_SERVICES),
    ]
    own = [(economies[n], k, label, None) for n, k, label in regimes_of(economies)]
    found = {
        label: services(economy, k, levels)
        for economy, k, label, levels in [own[0], *cases, *own[1:]]
    }
    whole = found["safe"]
    rise = {AGAIN: mean_tax(again) - mean_tax(safe)}
    rows = [
        {
            "case": label,
            "flow": own.flow,
            "value": own.value,
            "share": own.share,
            "debt": own.debt,
            "tax_rise": rise.get(label),
            "lost_flow": whole.flow - own.flow,
            "lost_share": whole.share - own.share,
        }
        for label, own in found.items()
    ]
    return table(rows, ("case",), WORTH_UNITS)


def mean_tax(economy: CoreEconomy) -> float:
    """Mean taxes in percent of GDP, simulated without disasters."""
    drawn = sample(economy, ("tax_ratio",), size=SIZE)
    return 100 * float(drawn.series["tax_ratio"].mean())


def measure(setting: Setting) -> Findings:
    """Price services by tenor, take channels apart, value their loss.

    Raises
    ------
    SpreadFileError
        The user's file is wrong, by row and column.
    CalibrationError, SolutionError
        From the economies.
    """
    file = setting.options.get("file")
    eras = era_table(None if file is None else str(file))
    economies = {}
    for name in NAMES:
        setting.progress.say(f"solving: {name} debt")
        economies[name] = setting.store.core(name, grid=GRID)
    setting.progress.say("solving: safe debt with the services of risky debt")
    levels = service_levels(economies["risky"], 0)
    again = setting.store.core("safe", levels, grid=GRID)
    setting.progress.say("pricing services")
    kept = {"risky": with_services(economies["risky"], {"safety_long": 1.0})}
    data = {
        "convenience_wedges": wedge_table(economies),
        "convenience_without_loss": wedge_table(kept),
        "convenience_eras": eras,
        "convenience_channels": channel_table(economies),
        "convenience_arcs": arc_table(economies),
        "recorded_slopes": recorded_table(),
        "simulated_slopes": simulated_table(economies),
        "convenience_cost": cost_table(economies, again),
    }
    return Findings(
        data,
        parameters={n: e.calibration.by_name for n, e in economies.items()},
        quantities=_quantities(data),
        extra={
            "levels": levels,
            "liquidity_rate": float(
                economies["safe"].calibration.values["liquidity_rate"]
            ),
        },
    )


def _quantities(data: Mapping[str, xr.Dataset]) -> dict[str, tuple[float, str]]:
    found: dict[str, tuple[Any, str]] = {
        f"{r['regime']}_{r['wedge']}_{r['tenor']}": (r["value"], r["unit"])
        for r in records(data["convenience_wedges"])
        if r["wedge"].endswith("_treasury")
    }
    for r in records(data["convenience_cost"]):
        found[f"{r['case']}_flow"] = (r["flow"], GDP)
        found[f"{r['case']}_value"] = (r["value"], GDP)
    return found
