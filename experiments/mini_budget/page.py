"""The report section of the experiment ``mini-budget``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult

Record = Mapping[str, Any]
_CAPTION = (
    "Steps from the US to the British response and the record beside them; premia of "
    "default swaps by tenor; two gilts by day, taken apart into fiscal news and a "
    "wedge of capacity by the shape of the whole curve."
)
_ALT = (
    "Bars rise from about eight to about thirty basis points. Below, the two-year gilt "
    "follows news; the thirty-year gilt falls with the wedge when the Bank steps in."
)


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, ladder, days, premia, gains."""
    from .study import QUESTION

    lead, how = result.notes
    records = result.records
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _plain(
            records["mini_budget_ladder"],
            "step",
            {"value": "Basis points per 1% of GDP"},
            "Ten-year yield: from the US to Britain, and the record",
            "basis points",
            groups="kind",
        ),
        _days(records["mini_budget_days"]),
        Text(how),
        _premia(records["mini_budget_premia"]),
        _plain(
            records["mini_budget_backstop"],
            "row",
            {"value": "Billion pounds"},
            "What the Bank gained on 19.3 billion pounds of purchases",
            "billion pounds",
        ),
        _plain(
            records["mini_budget_fit"],
            "shapes",
            {"explained": "Share of squared moves"},
            "What explains the curve from 23 September to 17 October",
            "ratio",
        ),
    ]
    return Section(QUESTION, lead, blocks, short="Mini-budget")


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
        note="News: flow of unfunded spending at which the model has this curve; the "
        "budget was 1.8% of GDP. Most of it was taken back on 17 October.",
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
