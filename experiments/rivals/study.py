"""Rivals of risky debt as the reason why stocks and bonds move together.

Supply shocks and another monetary rule make the bond-stock beta positive without any
fiscal risk (Campbell, Pflueger and Viceira 2020). The second part takes the
sticky-price economy apart: which shock or friction turns its comovement, at what cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...calibration.economies.explanations import (
    EXPLANATIONS,
    MEASURES,
    PLAIN,
    Measure,
    measures,
)
from ...calibration.economies.sticky import LocalEconomy, solve_sticky
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult

if TYPE_CHECKING:
    import pandas as pd

    from ..report.page import Section

QUESTION = "What else makes stocks and bonds move together, and what tells it apart?"
ORDER = 3
RISKY = "risky"
RIVALS = ("safe", "supply_and_rule", "supply", "rule")


# What the switches are judged by, the first ones as above.
SWITCHED = (
    "bond_stock_beta_quarterly_10y",
    "stock_bond_return_correlation",
    "correlation_without_dividend_shock",
    "inflation_volatility",
    "persistent_funded_yield_10y_ex_convenience",
    "persistent_yield_10y_ex_convenience",
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


def switch_records(overrides: Mapping[str, Any], order: int) -> list[dict[str, Any]]:
    """One shock or friction switched on from the plain, off from the shipped economy.

    First-order numbers; ``turned`` says whether the beta changes its sign.
    """
    records: list[dict[str, Any]] = []

    def add(base: str, start: str, switch: str, economy: LocalEconomy) -> None:
        found = {k: v for k, v in measures(economy).items() if k in SWITCHED}
        same = [r for r in records if (r["economy"], r["start"]) == (base, start)]
        beta = found[SWITCHED[0]]
        turned = bool(same) and beta * same[0][SWITCHED[0]] < 0
        head = {"economy": base, "start": start, "switch": switch}
        records.append({**head, **{k: found[k] for k in SWITCHED}, "turned": turned})

    for base in ("sticky_safe", "sticky_risky"):
        own = solve_sticky(base, overrides, order).parameters
        for start, cases in switch_cases(own).items():
            for switch, changes in cases.items():
                given = {**changes, **overrides}
                add(base, start, switch, solve_sticky(base, given, order).at_order(1))
            # Other taxes are another program: first order compiles sooner.
            given = {**cases["none"], **overrides}
            taxed = solve_sticky(base, given, 1, taxes="distortionary")
            add(base, start, "distortionary taxes", taxed)
    return records


def rival_table(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Explanations side by side, and which rivals each row tells from risky debt."""
    import pandas as pd

    lines: dict[str, dict[str, Any]] = {}
    for r in records:
        line = lines.setdefault(
            r["quantity"], {"quantity": r["quantity"], "unit": r["unit"]}
        )
        line[r["explanation"]] = r["value"]
    for r in records:
        if r["tells_apart"] is not None:
            lines[r["quantity"]][f"{r['explanation']} apart"] = r["tells_apart"]
    return pd.DataFrame(lines.values())


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("rivals", question=QUESTION, order=1.7, section=_section)
def rivals(context: ExperimentContext) -> ExperimentResult:
    """Compare explanations row by row, then switch shocks and frictions on."""
    import pandas as pd

    from .figure import draw

    found = {}
    parameters = {}
    for name, explanation in EXPLANATIONS.items():
        context.progress.say(f"solving: {explanation.label}")
        given = {**explanation.changes, **context.overrides}
        economy = solve_sticky(explanation.base, given, ORDER)
        parameters[name] = economy.calibration.by_name
        found[name] = measures(economy)
    records = rival_records(found)
    context.progress.say("switching shocks and frictions on, one by one")
    switches = switch_records(context.overrides, ORDER)
    return ExperimentResult(
        tables={"rivals": rival_table(records), "switches": pd.DataFrame(switches)},
        records={"rivals": records, "switches": switches},
        figures={"rivals": draw(found)},
        notes=[_lead(records), HOW],
        parameters=parameters,
        quantities={
            f"{r['explanation']}_{r['quantity']}": (r["value"], r["unit"])
            for r in records
        },
    )


HOW = (
    "A row tells a rival from risky debt by sign, where one is positive and the other "
    "negative or too small to count, or by size, where the rival's number is below "
    "half or above twice that of risky debt. Rows on news are net of demand, as in the "
    "section on sticky prices; the real rate is after news that nobody has promised to "
    "pay for, gross. The plain economy has shocks to technology, spending, money and "
    "dividends and no friction but sticky prices."
)


def _lead(records: list[dict[str, Any]]) -> str:
    """Which rows tell the strongest rival from risky debt, and which do not."""
    from ..report import labels

    own = [r for r in records if r["explanation"] == "supply_and_rule"]

    def names(apart: tuple[str, ...]) -> str:
        found = [r["quantity"] for r in own if r["tells_apart"] in apart]
        texts = [labels.quantity(q) for q in found]
        return "; ".join(t[:1].lower() + t[1:] for t in texts) or "none"

    beta = next(r for r in own if r["quantity"] == "bond_stock_beta_quarterly_10y")
    return (
        "Supply shocks with the monetary rule of the 1980s make the ten-year bond's "
        f"equity beta {beta['value']:+.2f} with debt that is safe. Rows that tell them "
        f"from risky debt by sign: {names(('sign',))}. By size only: "
        f"{names(('size',))}. Rows that do not: {names(('no',))}."
    )
