"""Rows of the experiment ``convenience``: wedges, channels, arcs and samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...calibration.economies.convenience import (
    ASSETS,
    CHANNELS,
    Spot,
    place,
    spot_slopes,
    variance_by_channel,
    wedges,
    with_services,
)
from ...calibration.economies.core import MATURITIES, TENOR, Economy
from ...calibration.economies.samples import sample
from ...calibration.record.convenience import REGRESSIONS, UNITS, least_squares

RECORDED = ("end_of_period_debt", "convenience_yield_bill")
SLOPE_UNITS = {
    "supply": "basis points per 1pp of debt/GDP",
    "opportunity cost": "basis points per percentage point",
    "stress": "basis points per standard deviation",
}
DEBT_GRID = np.linspace(0.5, 1.5, 41)  # over annual output
RATE_GRID = np.linspace(0.0, 0.02, 33)  # log per quarter


def regimes_of(economies: Mapping[str, Economy]) -> list[tuple[str, int, str]]:
    """Economy, position and name of every regime: ``safe``, ``switching: risky``."""
    from ..report import labels

    return [
        (name, k, labels.regime_name(name, regime))
        for name, economy in economies.items()
        for k, regime in enumerate(economy.regimes)
    ]


def wedge_records(economies: Mapping[str, Economy]) -> list[dict[str, Any]]:
    """Convenience and wedges by regime and tenor at the regimes' resting points."""
    records = []
    for name, k, label in regimes_of(economies):
        economy = economies[name]
        for wedge, values in wedges(economy, economy.rest(k), k).items():
            records += [
                {
                    "regime": label,
                    "wedge": wedge,
                    "tenor": TENOR[n],
                    "value": float(v),
                    "unit": "basis points",
                }
                for n, v in zip(MATURITIES, values[0], strict=True)
            ]
    return records


def channel_records(economies: Mapping[str, Economy]) -> list[dict[str, Any]]:
    """Slope of one quarter's convenience on each mover, the other movers held.

    ``switched_off`` is the same slope where the channel's parameters are zero.
    """
    records = []
    for name, k, label in regimes_of(economies):
        economy = economies[name]
        for channel, slopes in spot_slopes(economy, k).items():
            off = with_services(economy, dict.fromkeys(CHANNELS[channel], 0.0))
            left = spot_slopes(off, k)[channel]
            records += [
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
    return records


def arc_records(economies: Mapping[str, Economy]) -> list[dict[str, Any]]:
    """One quarter's convenience on debt, the rate held, and on the rate, debt held."""
    records = []
    for name, k, label in regimes_of(economies):
        if name == "switching":
            continue
        spot, here = Spot(economies[name], k), place(economies[name], k)
        for mover, grid, scale in (
            ("debt", DEBT_GRID, 100.0),
            ("rate", RATE_GRID, 400.0),
        ):
            held = [np.full_like(grid, v) for v in (here.debt, here.rate, here.stress)]
            held[0 if mover == "debt" else 1] = grid
            found = spot(*held)
            records += [
                {
                    "regime": label,
                    "mover": mover,
                    "at": float(scale * x),
                    **{a: float(found[a][j]) for a in ("bill", "long")},
                }
                for j, x in enumerate(grid)
            ]
    return records


def sampled(economies: Mapping[str, Economy]) -> list[dict[str, Any]]:
    """Regressions of the record in simulated data, and variance by channel."""
    records = []
    for name, k, label in regimes_of(economies):
        if name == "switching":
            continue
        economy = economies[name]
        drawn = sample(economy, RECORDED, ("yield_1",))
        debt, cy = (drawn.series[n].ravel() for n in RECORDED)
        bill = drawn.series["yield_1"].ravel()
        stress = drawn.states[..., economy.solution.states.index("stress")].ravel()
        columns = {"log_debt": np.log(debt / 4), "rate": 400 * bill}
        for regression, names in REGRESSIONS.items():
            found = least_squares(
                40_000 * cy, np.column_stack([columns[n] for n in names])
            )
            records += [
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
        records += [
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
    return records
