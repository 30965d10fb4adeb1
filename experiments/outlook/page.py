"""What the outlook says: figures, sentences with its numbers, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...calibration.economies.funding import UNBACKED_SHARE
from ...calibration.record.forecast_errors import SAMPLE
from ...calibration.valuation.capacity import PREMIUM
from ..claims import Claim
from ..desk.cases import label_of
from ..desk.page import without_notes, workbook
from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records, rows
from . import STUDY
from .desk import HOW as DESK_HOW
from .desk import TABLES, summary
from .desk import lead as desk_lead
from .figure import draw_desk, draw_fans, draw_paths

Record = Mapping[str, Any]
_CAPTIONS = {
    "desk": "The same balances by who prices the debt: debt with 5 to 95 percent of "
    "paths with forecast errors, stress tests, what moves debt, financing needs.",
    "outlook": "The projection's primary balances without news. Rises are differences "
    "to the same economy without transfers.",
    "outlook_fan": "Fans of 5 to 95 and 25 to 75 percent of the paths with fiscal news "
    "of the size of the forecast errors; lines are paths without news.",
}
_SHOWN = (
    ("debt", "percent", 1.0, "Debt, % of GDP"),
    ("anchored_debt", "percent", 1.0, "Debt at the projection's rates, % of GDP"),
    ("interest", "percent", 1.0, "Net interest, % of GDP"),
    ("yield_10y", "percent", 1.0, "10-year yield, % a year"),
    ("rise_of_yield_10y", "basis points", 100.0, "Rise of the 10-year yield, bp"),
    ("rise_of_term_premium_10y", "basis points", 100.0, "of it term premium, bp"),
    ("inflation", "percent", 1.0, "Inflation, % a year"),
    ("rise_of_inflation", "percent", 1.0, "Rise of inflation, pp"),
    ("rise_of_convenience_10y", "basis points", 100.0, "Change of convenience, bp"),
    ("adjustment", "percent", 1.0, "Adjustment from then on, % of GDP"),
    ("probability_of_limit", "share of variance", 1.0, "Safety left, probability, %"),
)


def result(findings: Findings, _: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    return ExperimentResult(
        tables={name: frame(data) for name, data in findings.data.items()},
        records={name: records(data) for name, data in findings.data.items()},
        figures={
            "desk": draw_desk(findings),
            "outlook": draw_paths(findings),
            "outlook_fan": draw_fans(findings),
        },
        texts={"summary.html": summary(findings)},
        workbooks={"desk": workbook(findings, TABLES)},
        notes=[
            desk_lead(findings),
            _lead(findings),
            DESK_HOW,
            *without_notes(findings),
            HOW,
            _rates(findings),
            _cautions(findings),
            _news_note(findings),
        ],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
        data_vintage=findings.data_vintage,
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: figures, the last year, adjustment, news, evidence."""
    lead, *more = result.notes
    at_end = _last(result.records["outlook"])
    described = {
        "desk": lead,
        "outlook": _described(at_end),
        "outlook_fan": _fans_described(result.records["outlook_fan"]),
    }
    blocks = [
        *(Figure(f, _CAPTIONS[n], described[n]) for n, f in result.figures.items()),
        _at_end(at_end),
        _adjustment(result.records["outlook_adjustment"]),
        _news(result.records["forecast_errors"]),
        *(Text(note) for note in more),
    ]
    return Section(STUDY.question, lead, blocks, short="Budget outlook")


def _last(found: Sequence[Record]) -> list[Record]:
    """Records of the last year."""
    last = max(r["year"] for r in found)
    return [r for r in found if r["year"] == last]


def _described(at_end: Sequence[Record]) -> str:
    """Where the lines of the figure end, in words."""
    low, *_, high = sorted(at_end, key=lambda r: r["debt"])
    parts = [
        f"Debt in {high['year']} is highest with {label_of(high['funding'])} "
        f"({high['debt']:.0f}% of GDP), lowest with {label_of(low['funding'])} "
        f"({low['debt']:.0f}%)"
    ]
    solved = [r for r in at_end if r["rise_of_inflation"] is not None]
    if solved:
        most = max(solved, key=lambda r: r["rise_of_inflation"])
        parts.append(
            f"inflation rises most with {label_of(most['funding'])}, by "
            f"{most['rise_of_inflation']:.1f} points"
        )
    return "; ".join(parts) + "."


def _fans_described(fans: Sequence[Record]) -> str:
    """How wide the fans end, in words."""
    ends = _last([r for r in fans if r["quantity"] == "debt"])
    texts = [
        f"{r['q05']:.0f} to {r['q95']:.0f}% with {label_of(r['funding'])}" for r in ends
    ]
    return (
        f"Fans of debt over GDP, 5 to 95 percent in {ends[0]['year']}: "
        f"{'; '.join(texts)}."
    )


def _cell(value: float | None, unit: str, factor: float = 1.0) -> Number | str:
    return "" if value is None else Number(labels.number(factor * value, unit))


def _at_end(own: Sequence[Record]) -> Table:
    import pandas as pd

    shown = pd.DataFrame(
        {
            labels.capital(label_of(r["funding"])): [
                _cell(r[name], unit, factor) for name, unit, factor, _ in _SHOWN
            ]
            for r in own
        },
        index=pd.Index([text for *_, text in _SHOWN], name="Quantity", dtype=object),
        dtype=object,
    )
    return Table(shown, f"The outlook in {own[0]['year']}, without news")


def _adjustment(found: Sequence[Record]) -> Table:
    import pandas as pd

    first, last = found[0]["year"], found[-1]["year"]
    kept = [r for r in found if r["year"] in (first, last) or r["year"] % 10 == 0]
    keys = [k for k in found[0] if k != "year"]
    shown = pd.DataFrame(
        {
            "From": [str(r["year"]) for r in kept],
            **{
                labels.capital(label_of(k)): [_cell(r[k], "percent") for r in kept]
                for k in keys
            },
        },
        dtype=object,
    )
    return Table(
        shown,
        "Rise of the primary balance that makes surpluses worth the debt, % of GDP",
        note="For ever from that year on, convenience left out. With exogenous rates "
        f"surpluses are discounted at a premium of {100 * PREMIUM:g}%; in an economy "
        "at the price of a claim to output.",
    )


def _news(found: Sequence[Record]) -> Table:
    import pandas as pd

    names = {
        "balance_error_mean": "Balance, mean",
        "balance_error_deviation": "Balance, s.d.",
        "debt_error_deviation": "Debt, s.d.",
        "debt_error_implied": "Debt, s.d. implied",
        "debt_error_published_1984_2025": "Debt, 1984-2025",
    }
    shown = pd.DataFrame(
        {
            "Years ahead": [str(r["horizon"]) for r in found],
            **{
                text: [_cell(r[name], "percent") for r in found]
                for name, text in names.items()
            },
        },
        dtype=object,
    )
    return Table(
        shown,
        "Errors of CBO's baselines, % of GDP",
        note="Implied: of the news that is drawn, without interest. The last column "
        "holds published root mean squares.",
    )


HOW = (
    "In the economies the projected balances are transfers that nobody expected: taxes "
    "repay what has been promised, so in every quarter as much is handed out as it "
    "takes for the balance to be the projected one, and the backed share of it is "
    "promised anew. Debt, yields and inflation are those of the equilibrium, quarter "
    "by quarter. Levels differ before any transfer, because the economies' rates and "
    "growth are not the projection's; anchored debt takes its rates and growth and "
    "adds what the transfers do to the growth-adjusted return on debt in the economy. "
    "With "
    f"{100 * UNBACKED_SHARE:.0f}% of deficit news unbacked (Gomez-Cram, Kung and "
    "Lustig 2025) spending has to be calmer than calibrated, else debt is worthless "
    "in some states; no promise is breached there."
)


def _lead(findings: Findings) -> str:
    """Debt in the last year by what sets funding costs."""
    at_end = _last(records(findings["outlook"]))
    texts = [
        f"{label_of(r['funding'])} {r['debt']:.0f}% (at the projection's rates "
        f"{r['anchored_debt']:.0f}%)"
        for r in at_end
    ]
    return (
        f"{findings.extra['projection'].name}: debt over GDP in {at_end[0]['year']} by "
        f"what sets funding costs: {'; '.join(texts)}."
    )


def _rates(findings: Findings) -> str:
    """How far the rate on debt is from growth at the start, and what follows."""
    gaps = findings.extra["rates_less_growth"]
    at_end = {r["funding"]: r for r in _last(records(findings["outlook"]))}
    starts = [f"{label_of(k)} {gap:+.1f}" for k, gap in gaps.items()]
    ends = [
        f"{label_of(k)} {at_end[k]['debt'] - at_end[k]['anchored_debt']:+.0f}"
        for k in gaps
    ]
    year = next(iter(at_end.values()))["year"]
    return (
        "The rate on debt less growth of nominal GDP at the start, without transfers, "
        f"in points: {'; '.join(starts)}. Debt in {year} at each economy's own rates "
        f"less debt at the projection's rates, in percent of GDP: {'; '.join(ends)}."
    )


def _cautions(findings: Findings) -> str:
    """Where solutions end, and how large their errors are along the paths."""
    found = rows(findings["outlook_evidence"])
    ends = [
        f"{label_of(r['funding'])} from {r['domain_ends']}"
        for r in found
        if r["domain_ends"] is not None
    ]
    where = (
        "No path without news leaves the domain of its solution"
        if not ends
        else f"Paths without news leave the domain of their solution: {'; '.join(ends)}"
    )
    worst = max((r["euler_error_path_log10"] for r in found), default=0.0)
    share = max((r["share_of_path_years_outside"] for r in found), default=0.0)
    return (
        f"{where}; domains are widened to cover them. The largest Euler error there is "
        f"10^{worst:.1f}; at most {100 * share:.1f}% of the years of paths with news "
        "lie outside, where policies go on along their tangents. No disaster happens "
        "on any path though investors fear them: promises that a disaster breaks then "
        "grow faster than expected, and inflation falls for that reason alone. Rises "
        "are therefore differences to the same economy without transfers."
    )


def _news_note(findings: Findings) -> str:
    """How large the news is, and what of the record's errors is left out of it."""
    given = findings.extra["projection"].profile.errors
    if given is not None:
        persistence, first, lasting = given
        return (
            "Fans: the primary balance is hit by news with the errors that the file "
            f"gives: deviation {first:g}% of GDP in the first year and {lasting:g}% "
            f"later, persistence {persistence:g}."
        )
    errors = findings["forecast_errors"]["balance_error_mean"]
    first, last = (float(errors[k]) for k in (0, -1))
    years = int(errors["horizon"][-1])
    return (
        "Fans: the primary balance is hit by news with the moments of CBO's own errors "
        f"({SAMPLE}), centred at zero; the record's mean outcome of the "
        f"balance less its projection is {first:+.1f}% of GDP in the first year and "
        f"{last:+.1f}% in year {years}."
    )
