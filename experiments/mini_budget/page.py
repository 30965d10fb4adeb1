"""What the mini-budget says: figure, sentences with its numbers, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..claims import Claim, by_key, slide_records
from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records
from . import STUDY, figure
from .claims import gained, on, step
from .days import EVE
from .study import (
    AMERICAN,
    BACKING,
    BANK,
    BRITISH,
    MATURITY,
    ON_DAY,
    TEN,
    Priced,
)

Record = Mapping[str, Any]
_CAPTION = (
    "Steps from the US to the British response and the record beside them; premia of "
    "default swaps by tenor; two gilts by day, taken apart into fiscal news and a "
    "wedge of capacity by the shape of the whole curve."
)
_ALT = (
    "Above, bars of the ten-year yield's elasticity step by step and in the record, "
    "and lines of premia by tenor. Below, two gilts by day with the parts that are "
    "news and wedge."
)


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    rows = {name: records(data) for name, data in findings.data.items()}
    return ExperimentResult(
        tables={name: frame(data) for name, data in findings.data.items()},
        records={**rows, **slide_records(STUDY.name, judged)},
        figures={"mini_budget": figure.draw(findings)},
        notes=[_lead(findings, by_key(judged)), _how(findings)],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, ladder, days, premia, gains."""
    lead, how = result.notes
    rows = result.records
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _plain(
            rows["mini_budget_ladder"],
            "step",
            {"value": "Basis points per 1% of GDP"},
            "Ten-year yield: from the US to Britain, and the record",
            "basis points",
            groups="kind",
        ),
        _days(rows["mini_budget_days"]),
        Text(how),
        _premia(rows["mini_budget_premia"]),
        _plain(
            rows["mini_budget_backstop"],
            "row",
            {"value": "Billion pounds", "per_100": "Per 100 bought"},
            "What the Bank gained on its purchases",
            "billion pounds",
        ),
        _plain(
            rows["mini_budget_fit"],
            "shapes",
            {"explained": "Share of squared moves"},
            "What explains the curve from 23 September to 17 October",
            "ratio",
        ),
    ]
    return Section(STUDY.question, lead, blocks, short="Mini-budget")


def _plain(
    records: Sequence[Record],
    name: str,
    columns: Mapping[str, str],
    caption: str,
    unit: str,
    groups: str | None = None,
) -> Table:
    """A table of one number per row; ``groups`` names the column with headings."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            heading: [Number(_text(r[column], unit)) for r in records]
            for column, heading in columns.items()
        },
        index=pd.Index(
            [labels.capital(r[name]) for r in records], name="Row", dtype=object
        ),
        dtype=object,
    )
    headings = () if groups is None else [labels.capital(r[groups]) for r in records]
    return Table(frame, caption, groups=headings)


def _text(value: float, unit: str) -> str:
    if unit == "billion pounds":
        return labels.fixed(value, unit, 2)
    return labels.number(value, unit)


def _days(records: Sequence[Record]) -> Table:
    import pandas as pd

    dates = list(dict.fromkeys(r["date"] for r in records))
    cells = {(r["date"], r["tenor_years"]): r for r in records}
    shown = (2, 10, 30)

    def number(value: float) -> Number:
        return Number(labels.fixed(value, "basis points", 0))

    frame = pd.DataFrame(
        {
            "News, % of GDP": [
                Number(f"{cells[d, 10]['news_percent_of_gdp']:.2f}") for d in dates
            ],
            "Wedge at 30 years, bp": [
                number(cells[d, 10]["wedge_30y_basis_points"]) for d in dates
            ],
            **{
                f"{t}-year move, bp": [
                    number(cells[d, t]["move_basis_points"]) for d in dates
                ]
                for t in shown
            },
            **{
                f"{t}-year unexplained, bp": [
                    number(cells[d, t]["left_basis_points"]) for d in dates
                ]
                for t in shown
            },
        },
        index=pd.Index(dates, name="Close", dtype=object),
        dtype=object,
    )
    return Table(
        frame,
        "Gilts by day, cumulative from 22 September 2022",
        note="News: flow of unfunded spending at which the model has this curve. Most "
        "of the budget was taken back on 17 October.",
    )


def _premia(records: Sequence[Record]) -> Table:
    import pandas as pd

    cases = list(dict.fromkeys(r["case"] for r in records))
    tenors = list(dict.fromkeys(r["tenor_years"] for r in records))
    cells = {(r["case"], r["tenor_years"]): r for r in records}
    columns: dict[str, list[Any]] = {}
    for when in ("before", "after"):
        for t in tenors:
            columns[f"{t}y {when}"] = [
                Number(labels.fixed(cells[c, t][when], "basis points", 0))
                for c in cases
            ]
    first = tenors[0]
    for when in ("before", "after"):
        name = f"default_within_5_years_{when}"
        columns[f"Chance in 5 years, {when}"] = [
            Number(f"{100 * cells[c, first][name]:.1f}%") for c in cases
        ]
    frame = pd.DataFrame(
        columns,
        index=pd.Index(
            [
                f"{labels.capital(c)} ({cells[c, first]['spread_percent_of_gdp']:.1f}% "
                "of GDP)"
                for c in cases
            ],
            name="Uncertainty about the capacity",
            dtype=object,
        ),
        dtype=object,
    )
    return Table(
        frame,
        "Premia of default swaps by tenor, basis points a year",
        note="Five years are matched before in every row, after in the first. Chances "
        "are not those in prices.",
    )


def _lead(findings: Findings, judged: Mapping[str, Claim]) -> str:
    """The verdict on the claim, and what makes up the reaction."""
    found: Priced = findings.extra["priced"]
    claim = judged["gilts_react_more"]
    news, wedge = (
        {d: on(findings, name, d) for d in (EVE, BANK)}
        for name in ("news_percent_of_gdp", "wedge_30y_basis_points")
    )
    return (
        f"{claim.supported()} ({claim.overall().split('; ')[1]}): that gilts react "
        "more than Treasurys. "
        f"Per 1% of GDP the ten-year gilt reacts by {step(findings, BRITISH):.0f} bp "
        f"against {step(findings, AMERICAN):.0f} in the US economy: less backing takes "
        f"it to {step(findings, BACKING):.0f}, longer debt back to "
        f"{step(findings, MATURITY):.0f}, default adds {found.default[TEN]:.0f}. The "
        f"record has {step(findings, ON_DAY):.0f} on the day. Read through these "
        f"shapes, gilts spoke of news of {news[EVE]:.1f}% of GDP by 27 September (the "
        f"budget was {found.given.flow:.1f}%) and of a wedge of {wedge[EVE]:.0f} bp at "
        f"thirty years, which the Bank's announcement took to {wedge[BANK]:.0f}, "
        f"leaving news at {news[BANK]:.1f}. At these yields the Bank gains "
        f"{gained(findings, 'total'):.1f} billion pounds, "
        f"{gained(findings, 'wedge'):.1f} of it wedge; it booked "
        f"{gained(findings, 'record'):.1f}. As purchases are booked in `fiscax run "
        "lsap`, at price less what fundamentals are worth, only the wedge that went is "
        f"a gain: {gained(findings, 'wedge', 'per_100'):+.1f} per 100 bought; news "
        "that was taken back is fundamental "
        f"({gained(findings, 'news', 'per_100'):+.1f})."
    )


def _how(findings: Findings) -> str:
    """How the numbers come about."""
    model = findings.extra["priced"].solved.model
    return (
        "The backing share is chosen: three times the unbacked share of the risky US "
        "economy, the multiple of emergency bills. Default comes when required taxes "
        "exceed an uncertain capacity; its mean distance "
        f"({float(model.slack):.0f}% of GDP) and its spread "
        f"({float(model.spread):.1f}) are matched to five-year swap premia before and "
        "after, so that other tenors and the part of gilt yields are results; with a "
        "smaller spread premia would rise far more. Responses are net of the demand "
        "that funded spending brings too. Each close's five yields are fitted by least "
        "squares on two shapes that are not fitted to gilt yields. The gain uses one "
        "duration for all purchases and the yields of 20 and 30 years, spread evenly "
        "over the closes of 28 September to 7 October and of the week after."
    )
