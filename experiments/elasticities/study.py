"""Elasticities of long rates to deficits and to debt, beside the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...calibration.economies.core import Economy
from ...calibration.economies.debt_slopes import debt_slopes
from ...calibration.economies.responses import (
    ANNUAL_BP,
    PER_POINT_OF_DEBT,
    persistent_spending,
    spot_convenience,
    transfer,
    yield_parts,
)
from ..outlook.study import FUNDING, outlook_economy, shared_outlook
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult, filled

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "How much do long rates rise with deficits and with debt?"
BP = "basis points"


@dataclass(frozen=True)
class Row:
    """A quantity, its label, unit and evidence; ``premium`` names its term premium."""

    label: str
    unit: str
    evidence: str
    source: str
    premium: str | None = None


ROWS = {
    "persistent_yield_10y_ex_convenience": Row(
        "10-year yield, news of a persistent deficit of 1% of GDP",
        BP,
        "6.75; three times that for emergency bills",
        "Gomez-Cram, Kung and Lustig (2025)",
        "persistent_term_premium_10y",
    ),
    "one_time_yield_10y_ex_convenience": Row(
        "10-year yield, one deficit of 1% of GDP",
        BP,
        "0.75",
        "Gomez-Cram, Kung and Lustig (2025)",
        "one_time_term_premium_10y",
    ),
    "debt_slope_forward_5y5y_ex_convenience": Row(
        "5y5y forward on debt in simulated data, per pp of debt/GDP",
        PER_POINT_OF_DEBT,
        "3, half to three quarters of it term premium; 2.0 in CBO's rule",
        "Plante, Richter and Zubairy (2026); Neveu and Schafer (2024)",
        "debt_slope_forward_premium_5y5y",
    ),
    "outlook_yield_10y_ex_convenience": Row(
        "10-year yield per pp of debt/GDP that the outlook adds by its end",
        PER_POINT_OF_DEBT,
        "2 to 4, half to three quarters of it term premium",
        "the same; Federal Reserve (2026)",
        "outlook_term_premium_10y",
    ),
    "one_time_spot_convenience": Row(
        "convenience of long Treasurys per pp of debt/GDP",
        PER_POINT_OF_DEBT,
        "-0.5 to -1",
        "Krishnamurthy and Vissing-Jorgensen (2012)",
    ),
}


def elasticities(economy: Economy, regime: int) -> dict[str, float]:
    """Numbers of ``ROWS`` and of their premia for one regime, but for the outlook's."""
    persistent = persistent_spending(economy, regime)
    once = transfer(economy, regime)
    found = {
        **yield_parts(economy, regime, persistent, "persistent"),
        **yield_parts(economy, regime, once, "one_time"),
        "one_time_spot_convenience": spot_convenience(economy, regime, once),
        **debt_slopes(economy, regime),
    }
    return {name: float(quantity.value) for name, quantity in found.items()}


def outlook_elasticities(outlook: Any) -> dict[str, float]:
    """What transfers add to yields in the last year, per point of debt they add."""
    own, last = outlook.without, {n: v[-1, 0] for n, v in outlook.paths.items()}
    rise = {n: last[n] - own[n][-1] for n in last}
    bare = rise["yield_10y"] + rise["convenience_10y"]
    factor = ANNUAL_BP / 400 / rise["debt"]
    return {
        "outlook_yield_10y_ex_convenience": float(factor * bare),
        "outlook_term_premium_10y": float(factor * rise["term_premium_10y"]),
    }


def records_of(found: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """One record per quantity and economy, with the share of the term premium.

    A share of a response that is smaller than a tenth of a basis point is not printed.
    """
    records = []
    for name, row in ROWS.items():
        for key, values in found.items():
            if name not in values:
                continue
            value = values[name]
            share = None
            if row.premium is not None and abs(value) >= 0.1:
                share = values[row.premium] / value
            records.append(
                {
                    "quantity": name,
                    "label": row.label,
                    "economy": key,
                    "value": value,
                    "term_premium_share": share,
                    "unit": row.unit,
                    "evidence": row.evidence,
                    "source": row.source,
                }
            )
    return records


def _section(result: ExperimentResult) -> Section:
    import pandas as pd

    from ..report import labels
    from ..report.cells import Number
    from ..report.page import Section, Table, Text

    records = result.records["elasticities"]
    keys = list(dict.fromkeys(r["economy"] for r in records))
    cells = {(r["quantity"], r["economy"]): r for r in records}

    def cell(name: str, key: str) -> Number | str:
        record = cells.get((name, key))
        if record is None:
            return ""
        text = labels.number(record["value"], record["unit"])
        share = record["term_premium_share"]
        below = "" if share is None else f"({100 * share:.0f}% term premium)"
        return Number(text, below)

    frame = pd.DataFrame(
        {
            **{
                labels.capital(_label(k)): [cell(name, k) for name in ROWS]
                for k in keys
            },
            "Evidence": [r.evidence for r in ROWS.values()],
            "Source": [r.source for r in ROWS.values()],
        },
        index=pd.Index(
            [labels.capital(r.label) for r in ROWS.values()],
            name="Basis points",
            dtype=object,
        ),
        dtype=object,
    )
    lead, *more = result.notes
    table = Table(frame, "Elasticities of the economies beside the evidence")
    return Section(
        QUESTION, lead, [table, *(Text(n) for n in more)], short="Elasticity"
    )


def _label(key: str) -> str:
    economy, _, regime = key.partition(": ")
    label = FUNDING[economy].label
    return f"{label}: {regime}" if regime else label


@experiment("elasticities", question=QUESTION, order=5.4, section=_section)
def elasticities_experiment(context: ExperimentContext) -> ExperimentResult:
    """Responses in every economy, on the coarse grid, beside what is measured."""
    found: dict[str, dict[str, float]] = {}
    for key in FUNDING:
        economy = outlook_economy(context, key)
        context.progress.say(f"responses: {FUNDING[key].label}")
        for regime, name in enumerate(economy.regimes):
            own = key if len(economy.regimes) == 1 else f"{key}: {name}"
            found[own] = elasticities(economy, regime)
        first = next(k for k in found if k.split(":")[0] == key)
        found[first] |= outlook_elasticities(shared_outlook(context, key))
    records = records_of(found)
    return ExperimentResult(
        tables={"elasticities": filled(records)},
        records={"elasticities": records},
        notes=[_lead(records), HOW],
        quantities={
            f"{r['economy']}_{r['quantity']}": (r["value"], r["unit"]) for r in records
        },
    )


HOW = (
    "Yields are without convenience. Solutions are on the coarse grid; the regime "
    "table has the finer ones. Along the outlook debt rises because deficits go on "
    "that nobody expected; the number is the difference to the same economy without "
    "them."
)


def _lead(records: list[dict[str, Any]]) -> str:
    own = {(r["quantity"], r["economy"]): r for r in records}
    name = "persistent_yield_10y_ex_convenience"
    shares = {k: own[name, k]["term_premium_share"] for k in ("risky", "unbacked")}
    texts = {k: "none" if s is None else f"{100 * s:.0f}%" for k, s in shares.items()}
    slope = own["debt_slope_forward_5y5y_ex_convenience", "risky"]["value"]
    return (
        "News of a persistent deficit of 1% of GDP moves the ten-year yield by "
        f"{own[name, 'risky']['value']:.1f} basis points where debt is risky and by "
        f"{own[name, 'unbacked']['value']:.1f} with 57% of it unbacked; the term "
        f"premium's share is {texts['risky']} and {texts['unbacked']}, half or more in "
        "the evidence. The regression of the long forward on debt in simulated data "
        f"gives {slope:+.1f} per point, against +2 to +4: debt is a value, high when "
        "rates are low, and other shocks than fiscal ones move both."
    )
