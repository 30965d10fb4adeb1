"""What the elasticities say beside the evidence: one table, sentences with numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...calibration.economies.funding import UNBACKED_SHARE
from ..claims import Claim
from ..report import labels
from ..report.cells import Number, format_cell
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, pick, records
from . import STUDY
from .figure import draw, name_of
from .study import ROWS, Evidence


def result(findings: Findings, _: Sequence[Claim]) -> ExperimentResult:
    """What is written."""
    found = findings["elasticities"]
    return ExperimentResult(
        tables={"elasticities": frame(found)},
        records={"elasticities": records(found)},
        figures={
            "elasticities": draw(records(found), findings.extra["evidence"].ranges)
        },
        notes=[_lead(findings), HOW],
        quantities=dict(findings.quantities),
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: the economies' elasticities beside the evidence."""
    lead, *more = result.notes
    table = _table(result.records["elasticities"])
    notes = [Text(note) for note in more]
    figures = [Figure(f, _CAPTION, _ALT) for f in result.figures.values()]
    return Section(STUDY.question, lead, [*figures, table, *notes], short="Elasticity")


def _table(found: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    keys = list(dict.fromkeys(r["economy"] for r in found))
    cells = {(r["quantity"], r["economy"]): r for r in found}

    def cell(name: str, key: str) -> Number | str:
        record = cells.get((name, key))
        if record is None:
            return ""
        text = labels.number(record["value"], record["unit"])
        share = record["term_premium_share"]
        part = "" if share is None else format_cell(100 * share, ".0f")
        return Number(text, below=part and f"{part}% term premium")

    shown = pd.DataFrame(
        {
            **{
                labels.capital(name_of(k)): [cell(name, k) for name in ROWS]
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
    return Table(shown, "Elasticities of the economies beside the evidence")


HOW = (
    "Yields are without convenience. Solutions are on the coarse grid; the regime "
    "table has the finer ones. Along the outlook debt rises because deficits go on "
    "that nobody expected; the number is the difference to the same economy without "
    "them."
)
_CAPTION = (
    "What deficits and debt do to long rates and to convenience: every economy, and in "
    "grey what is measured. Points without a line from zero move by nothing."
)
_ALT = (
    "Five panels, a row per economy: response of the ten-year yield to deficits "
    "that go on and to one deficit, slope of the forward on debt, response along the "
    "outlook, response of convenience; the evidence is a grey band."
)
_WHY_LOW = (
    ": debt is a value, high when rates are low, and other shocks than fiscal ones "
    "move both"
)


def _beside(value: float, band: tuple[float, float]) -> str:
    """Whether a number lies below, within or above a range."""
    low, high = band
    return "below" if value < low else "above" if value > high else "within"


def _lead(findings: Findings) -> str:
    """Responses of risky debt and the slope on debt, judged by the evidence."""
    found, evidence = findings["elasticities"], findings.extra["evidence"]
    name = "persistent_yield_10y_ex_convenience"
    moved = {
        k: pick(found, "value", quantity=name, economy=k) for k in ("risky", "unbacked")
    }
    slope = pick(
        found,
        "value",
        quantity="debt_slope_forward_5y5y_ex_convenience",
        economy="risky",
    )
    place = _beside(slope, evidence.forward)
    least, most = evidence.forward
    shares = [_share(findings, name, key, evidence) for key in moved]
    return (
        "News of a persistent deficit of 1% of GDP moves the ten-year yield by "
        f"{moved['risky']:.1f} basis points where debt is risky and by "
        f"{moved['unbacked']:.1f} with {100 * UNBACKED_SHARE:.0f}% of it unbacked "
        f"({evidence.yield_10y:g} in the evidence); the term premium's share is "
        f"{shares[0]} and {shares[1]}. The regression of the long forward on debt in "
        f"simulated data gives {_signed(slope, 1, True)} per point, {place} the "
        f"{least:+.0f} to "
        f"{most:+.0f} of the evidence{_WHY_LOW if place == 'below' else ''}."
    )


def _share(findings: Findings, name: str, key: str, evidence: Evidence) -> str:
    """Share of the term premium in a response, and where it lies in the evidence."""
    share = pick(
        findings["elasticities"], "term_premium_share", quantity=name, economy=key
    )
    if share is None:
        return "none"
    low, high = (f"{100 * v:.0f}" for v in evidence.premium_share)
    place = _beside(share, evidence.premium_share)
    return f"{_signed(100 * share)}% ({place} the {low} to {high}% of the evidence)"


def _signed(value: float, places: int = 0, plus: bool = False) -> str:
    """A number with a minus sign as text has it; what rounds to zero has none."""
    return labels.fixed(value, "percent", places, plus=plus)
