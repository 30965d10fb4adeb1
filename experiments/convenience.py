"""Convenience: wedges by tenor and regime, channels apart, what a loss costs.

Treasurys are priced beside AAA bonds and hedged foreign sovereigns of the same tenor in
the core economies with safe, risky and switching debt, and held against the record by
era.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calibration.convenience_record import (
    REGRESSIONS,
    UNITS,
    least_squares,
    shipped_eras,
    shipped_slopes,
)
from ..calibration.convenience_services import (
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
from ..calibration.economies import MATURITIES, TENOR, Economy
from ..calibration.spread_file import read_spreads, spread_means
from .outlook import outlook_economy
from .registry import ExperimentContext, experiment
from .results import ExperimentResult, filled
from .samples import sample

if TYPE_CHECKING:
    from .report_page import Section

QUESTION = "Who still pays for the safety of Treasurys, at which maturity?"
NAMES = ("safe", "risky", "switching")
RECORDED = ("end_of_period_debt", "convenience_yield_bill")
SLOPE_UNITS = {
    "supply": "basis points per 1pp of debt/GDP",
    "opportunity cost": "basis points per percentage point",
    "stress": "basis points per standard deviation",
}
NO_SERVICES = {"safety_price": 0.0, "liquidity_price": 0.0}
DEBT_GRID = np.linspace(0.5, 1.5, 41)  # over annual output
RATE_GRID = np.linspace(0.0, 0.02, 33)  # log per quarter


def regimes_of(economies: Mapping[str, Economy]) -> list[tuple[str, int, str]]:
    """Economy, position and name of every regime: ``safe``, ``switching: risky``."""
    from . import labels

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


def cost_records(economies: Mapping[str, Economy]) -> list[dict[str, Any]]:
    """What convenience is worth by regime, and with the services of the other one."""
    risky = service_levels(economies["risky"], 0)
    cases: list[tuple[str, int, str, dict[str, float] | None]]
    cases = [(name, k, label, None) for name, k, label in regimes_of(economies)]
    cases.insert(1, ("safe", 0, "safe, services of risky debt", risky))
    cases.insert(2, ("safe", 0, "safe, no services", NO_SERVICES))
    records = []
    for name, k, label, levels in cases:
        found = services(economies[name], k, levels)
        records.append(
            {
                "case": label,
                "flow": found.flow,
                "value": found.value,
                "share": found.share,
                "debt": found.debt,
            }
        )
    whole = records[0]
    for record in records:
        record["lost_flow"] = whole["flow"] - record["flow"]
        record["lost_share"] = whole["share"] - record["share"]
    return records


def era_records(file: str | None) -> list[dict[str, Any]]:
    """Means by era, shipped and of the user's file, told apart by ``origin``."""
    rows = [{"origin": "shipped", **r} for r in shipped_eras()]
    if file is not None:
        rows += [{"origin": "file", **r} for r in spread_means(read_spreads(file))]
    return rows


def slope_records() -> list[dict[str, Any]]:
    """The record's regressions, in the form of the simulated ones."""
    return [
        {
            "source": "data",
            **{k: r[k] for k in ("regression", "regressor", "value", "unit")},
            "r_squared": r["r_squared"],
            "standard_error": r["standard_error"],
            "sample": r["sample"],
        }
        for r in shipped_slopes()
    ]


def _section(result: ExperimentResult) -> Section:
    from .convenience_page import section

    return section(result)


@experiment("convenience", question=QUESTION, order=5.61, section=_section)
def convenience(context: ExperimentContext) -> ExperimentResult:
    """Price services by tenor, take channels apart, value their loss."""
    from .convenience_claims import claims
    from .convenience_figure import draw
    from .convenience_notes import notes
    from .slide_claims import slide_records

    file = context.overrides.get("file")
    eras = era_records(None if file is None else str(file))
    economies = {}
    for name in NAMES:
        context.progress.say(f"solving: {name} debt")
        economies[name] = outlook_economy(context, name)
    context.progress.say("pricing services")
    records = {
        "convenience_wedges": wedge_records(economies),
        "convenience_without_loss": wedge_records(
            {"risky": with_services(economies["risky"], {"safety_long": 1.0})}
        ),
        "convenience_eras": eras,
        "convenience_channels": channel_records(economies),
        "convenience_arcs": arc_records(economies),
        "convenience_slopes": [*slope_records(), *sampled(economies)],
        "convenience_cost": cost_records(economies),
    }
    judged = claims(records)
    return ExperimentResult(
        tables={n: filled(r) for n, r in records.items()},
        records=records | slide_records("convenience", judged),
        figures={"convenience": draw(records)},
        notes=notes(records, judged),
        parameters={n: e.calibration.by_name for n, e in economies.items()},
        quantities=_quantities(records),
    )


def _quantities(
    records: Mapping[str, Sequence[dict[str, Any]]],
) -> dict[str, tuple[float, str]]:
    found = {
        f"{r['regime']}_{r['wedge']}_{r['tenor']}": (r["value"], r["unit"])
        for r in records["convenience_wedges"]
        if r["wedge"].endswith("_treasury")
    }
    for r in records["convenience_cost"]:
        found[f"{r['case']}_flow"] = (r["flow"], "percent of annual GDP")
        found[f"{r['case']}_value"] = (r["value"], "percent of annual GDP")
    return found
