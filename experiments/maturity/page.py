"""What shorter debt does: one table, and the last of its rows in words."""

from __future__ import annotations

from collections.abc import Sequence

from ..claims import Claim
from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records
from . import STUDY
from .figure import draw

_SHOWN = {
    "duration": ("Duration, years", "years"),
    "portfolio_premium": ("Premium of the portfolio, % a year", "percent"),
    "expected_inflation": ("Expected inflation, % a year", "percent"),
    "expected_real_return": ("Expected real return, % a year", "percent"),
    "change_of_premium": ("Change of the premium, pp", "percent"),
    "change_of_expected_inflation": ("Change of expected inflation, pp", "percent"),
}
_CAPTION = (
    "Change against the longest debt. Where money leads, inflation stays and the "
    "return on debt takes the whole change of the premium; where surpluses give the "
    "value of debt, expected inflation falls by the premium that shorter debt gives up."
)
_ALT = (
    "Two panels over the duration of debt, falling to the right: the change of "
    "expected inflation and of the portfolio's premium, a line for safe and one for "
    "risky debt."
)


def result(findings: Findings, _: Sequence[Claim]) -> ExperimentResult:
    """What is written."""
    found = findings["maturity"]
    return ExperimentResult(
        tables={"maturity": frame(found)},
        records={"maturity": records(found)},
        figures={"maturity": draw(records(found))},
        notes=[_lead(findings), HOW],
        quantities=dict(findings.quantities),
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: shorter debt in both regimes."""
    import pandas as pd

    found = result.records["maturity"]
    shown = pd.DataFrame(
        {
            text: [Number(labels.fixed(r[name] + 0.0, unit, 3)) for r in found]
            for name, (text, unit) in _SHOWN.items()
        },
        dtype=object,
    )
    groups = [labels.column(r["regime"]) for r in found]
    table = Table(shown, "Shorter debt at the same inflation today", groups=groups)
    lead, *more = result.notes
    notes = [Text(note) for note in more]
    figures = [Figure(f, _CAPTION, _ALT) for f in result.figures.values()]
    return Section(STUDY.question, lead, [*figures, table, *notes], short="Maturity")


def _lead(findings: Findings) -> str:
    """What the shortest debt does to expected inflation and to the premium."""
    found = findings["maturity"]
    last = found.isel(decay=-1)
    start, end = (float(found["duration"].isel(regime=0, decay=k)) for k in (0, -1))

    def change(name: str, regime: str) -> str:
        # A fall of nothing is printed without its sign.
        moved = round(float(last[f"change_of_{name}"].sel(regime=regime)), 2)
        return f"{moved + 0.0:+.2f}"

    moves = "; ".join(
        f"where debt is {regime} expected inflation moves by "
        f"{change('expected_inflation', regime)} percentage points a year, the premium "
        f"of the portfolio by {change('premium', regime)}"
        for regime in found["regime"].to_numpy().tolist()
    )
    return f"Debt of {end:.1f} years instead of {start:.1f}: {moves}."


HOW = (
    "Coupons decay at the given rate per quarter; convenience is switched off; taxes "
    "and the rule's intercept are those of the longest debt. States are the ergodic "
    "mean of the longest debt, with face value such that today's inflation and value "
    "of debt are the same: policy rates are then the same, and a change of the "
    "portfolio's nominal return is a change of its premium."
)
