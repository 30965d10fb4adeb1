"""Rivals of risky debt as the reason why stocks and bonds move together.

Supply shocks and another monetary rule make the bond-stock beta positive without any
fiscal risk (Campbell, Pflueger and Viceira 2020). The second part takes the
sticky-price economy apart: which shock or friction turns its comovement, at what cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...calibration.economies.explanations import (
    EXPLANATIONS,
    MEASURES,
    PLAIN,
    Measure,
    measures,
    solved,
)
from ...calibration.economies.quantities import QUANTITIES, measured
from ...calibration.economies.sticky import StickyEconomy
from ...calibration.economies.store import EconomyStore
from ..study import Findings, Setting
from ..tables import table

ORDER = 3
RISKY = "risky"
RIVALS = ("safe", "supply_and_rule", "supply", "rule")


_BETA = "bond_stock_beta_quarterly_10y"
# What the switches are judged by, the first ones as above.
SWITCHED = (
    _BETA,
    "stock_bond_return_correlation",
    "correlation_without_dividend_shock",
    "inflation_volatility",
    "persistent_funded_yield_10y_ex_convenience",
    "score_yield_10y_ex_convenience",
)
SWITCHES = {
    "expected growth": ("sigma_x",),
    "safety demand in stress": ("sigma_p", "safety_demand"),
    "inflation drag": ("inflation_drag",),
    "cost push": ("sigma_u",),
    "shadow exposure": ("shadow_exposure",),
}
# A number of the same sign tells apart where it is not within these multiples.
BAND = (0.5, 2.0)


def difference(measure: Measure, risky: float, rival: float) -> str:
    """``"sign"``, ``"size"`` or ``"no"``: how a row tells a rival from risky debt."""

    def sign(value: float) -> int:
        return 0 if abs(value) <= measure.tolerance else (1 if value > 0 else -1)

    if sign(risky) != sign(rival):
        return "sign"
    if sign(risky) == 0:
        return "no"
    low, high = (m * abs(risky) for m in BAND)
    return "no" if low <= abs(rival) <= high else "size"


def rival_records(found: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """One record per explanation and row; ``tells_apart`` for rivals of risky debt."""
    return [
        {
            "explanation": name,
            "quantity": quantity,
            "value": values[quantity],
            "unit": measure.unit,
            "tells_apart": (
                difference(measure, found[RISKY][quantity], values[quantity])
                if name in RIVALS
                else None
            ),
        }
        for name, values in found.items()
        for quantity, measure in MEASURES.items()
    ]


def switch_cases(own: Mapping[str, float]) -> dict[str, dict[str, dict[str, Any]]]:
    """Changes of an economy with parameters ``own``, by where one starts and switch.

    From ``plain`` one switch is on, from ``shipped`` one is off.
    """
    named = {k: v for k, v in SWITCHES.items() if any(own[n] != PLAIN[n] for n in v)}
    on = {k: PLAIN | {n: own[n] for n in names} for k, names in named.items()}
    off = {k: {n: PLAIN[n] for n in names} for k, names in named.items()}
    chi = {"transfers, not purchases": {"chi": 0.0}}
    return {
        "plain": {"none": PLAIN, **on, **{k: PLAIN | v for k, v in chi.items()}},
        "shipped": {"none": {}, **off, **chi},
    }


def switch_records(store: EconomyStore, order: int) -> list[dict[str, Any]]:
    """One shock or friction switched on from the plain, off from the shipped economy.

    First-order numbers; ``turned`` says whether the beta changes its sign.

    Raises
    ------
    OverrideError
        A user's change contradicts a switch.
    """
    found: list[dict[str, Any]] = []

    def add(base: str, start: str, switch: str, economy: StickyEconomy) -> None:
        numbers = measured(economy, SWITCHED)
        same = [r for r in found if (r["economy"], r["start"]) == (base, start)]
        turned = bool(same) and numbers[_BETA] * same[0][_BETA] < 0
        head = {"economy": base, "start": start, "switch": switch}
        found.append({**head, **numbers, "turned": turned})

    for base in ("sticky_safe", "sticky_risky"):
        own = store.sticky(base, order=order).parameters
        for start, cases in switch_cases(own).items():
            for switch, case in cases.items():
                add(
                    base,
                    start,
                    switch,
                    store.sticky(base, case, order=order).at_order(1),
                )
            # Other taxes are another program: first order compiles sooner.
            taxed = store.sticky(base, cases["none"], order=1, taxes="distortionary")
            add(base, start, "distortionary taxes", taxed)
    return found


def measure(setting: Setting) -> Findings:
    """Compare explanations row by row, then switch shocks and frictions on and off.

    Raises
    ------
    OverrideError
        A user's change contradicts an explanation or a switch.
    """
    found, parameters = {}, {}
    for name, explanation in EXPLANATIONS.items():
        setting.progress.say(f"solving: {explanation.label}")
        economy = solved(setting.store, name, ORDER)
        parameters[name] = economy.calibration.by_name
        found[name] = measures(economy)
    rows = rival_records(found)
    setting.progress.say("switching shocks and frictions on, one by one")
    switches = switch_records(setting.store, ORDER)
    return Findings(
        {
            "rivals": table(rows, ("explanation", "quantity")),
            "switches": table(
                switches,
                ("economy", "start", "switch"),
                {name: QUANTITIES[name].unit for name in SWITCHED},
            ),
        },
        parameters=parameters,
        quantities={
            f"{r['explanation']}_{r['quantity']}": (r["value"], r["unit"]) for r in rows
        },
    )
