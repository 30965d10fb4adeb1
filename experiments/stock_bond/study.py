"""Stocks and bonds: correlation and beta by tenor, regime, frequency and in falls.

The core economies and the sticky-price economies are held against the record of daily,
monthly and quarterly returns; a change of regime between 2020 and 2022 is laid beside
the actual rolling correlation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...calibration.economies.comovement import (
    Surprises,
    core_surprises,
    sticky_surprises,
)
from ...calibration.economies.core import Economy, load
from ...calibration.economies.series import Panel, simulated_panel
from ...calibration.economies.sticky import LocalEconomy, solve_sticky
from ...calibration.economies.sticky_series import local_panel
from ...models.sticky import sticky_price_economy
from ..outlook.study import outlook_economy
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult, filled
from .rows import (
    data_records,
    disaster_records,
    fall_records,
    panel_records,
    rolling_records,
    shock_records,
    surprise_records,
)

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "When do stocks and Treasurys fall together?"
CORE = ("safe", "risky", "switching")
STICKY = ("sticky_safe", "sticky_risky", "sticky_supply")
STICKY_ORDER = 3
# Quarters after the burn-in, paths: the samples of other experiments are as long.
PERIODS, PATHS, SEED = 140, 100, 5
# Economy, what a user types, and overrides that switch a mechanism off.
SWITCHES = (
    ("safe", "safety_stress = 0", {"safety_stress": 0.0}),
    ("risky", "theta = 1, repudiation = 0", {"theta": 1.0, "repudiation": 0.0}),
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


def switch_records(
    context: ExperimentContext, sticky: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What a parameter that removes a mechanism leaves of surprises at ten years.

    ``context`` holds the overrides of the core economies, ``sticky`` those of the
    sticky ones, which are solved at first order.
    """
    from ..convenience.study import solved_again

    def surprises(base: str, changes: Mapping[str, float]) -> Surprises:
        if base in CORE:
            return core_surprises(solved_again(context, base, changes))
        return sticky_surprises(solve_sticky(base, {**sticky, **changes}, 1))

    records = []
    for base, switch, changes in SWITCHES:
        context.progress.say(f"switching off: {switch}")
        for text, given in (("as shipped", {}), (switch, changes)):
            if any((r["economy"], r["switch"]) == (base, text) for r in records):
                continue
            own = surprises(base, given)
            records.append(
                {
                    "economy": base,
                    "switch": text,
                    "correlation": own.correlation("10y"),
                    "beta": own.beta("10y"),
                }
            )
    return records


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("stock-bond", question=QUESTION, order=5.62, section=_section)
def stock_bond(context: ExperimentContext) -> ExperimentResult:
    """Measure comovement in every economy and in the record, by frequency."""
    from ..convenience.rows import regimes_of
    from ..slide_claims import slide_records
    from .claims import claims, notes
    from .figure import draw

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
        "stock_bond_switches": switch_records(own, for_sticky),
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
    from ..convenience.rows import regimes_of

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
