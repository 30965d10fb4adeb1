"""The report section of the experiment ``outlook``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult

Record = Mapping[str, Any]
CAPTIONS = {
    "outlook": "CBO's primary balances without news. Rises are differences to the same "
    "economy without transfers.",
    "outlook_fan": "Fans of 5 to 95 and 25 to 75 percent of the paths with fiscal news "
    "of the size of CBO's own errors; lines are paths without news.",
}
_ALT = (
    "Debt rises most in the risky economy as calibrated and at CBO's own rates; with "
    "most deficit news unbacked it stays near its start and inflation rises instead."
)
_SHOWN = (
    ("debt", "percent", 1.0, "Debt, % of GDP"),
    ("anchored_debt", "percent", 1.0, "Debt at CBO's rates and growth, % of GDP"),
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


def section(result: ExperimentResult) -> Section:
    """Section of the report: figures, the last year, adjustment, news, evidence."""
    from .study import QUESTION

    lead, *more = result.notes
    figures = [Figure(f, CAPTIONS[n], _ALT) for n, f in result.figures.items()]
    blocks = [
        *figures,
        _at_end(result.records["outlook"]),
        _adjustment(result.records["outlook_adjustment"]),
        _news(result.records["forecast_errors"]),
        *(Text(note) for note in more),
    ]
    return Section(QUESTION, lead, blocks, short="Budget outlook")


def _cell(value: float | None, unit: str, factor: float = 1.0) -> Number | str:
    return "" if value is None else Number(labels.number(factor * value, unit))


def _at_end(records: Sequence[Record]) -> Table:
    import pandas as pd

    from .study import label_of

    last = max(r["year"] for r in records)
    own = [r for r in records if r["year"] == last]
    frame = pd.DataFrame(
        {
            labels.capital(label_of(r["funding"])): [
                _cell(r[name], unit, factor) for name, unit, factor, _ in _SHOWN
            ]
            for r in own
        },
        index=pd.Index([text for *_, text in _SHOWN], name="Quantity", dtype=object),
        dtype=object,
    )
    return Table(frame, f"The outlook in {last}, without news")


def _adjustment(records: Sequence[Record]) -> Table:
    import pandas as pd

    from ..capacity.study import BASE
    from .study import label_of

    first, last = records[0]["year"], records[-1]["year"]
    kept = [r for r in records if r["year"] in (first, last) or r["year"] % 10 == 0]
    keys = [k for k in records[0] if k != "year"]
    frame = pd.DataFrame(
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
        frame,
        "Rise of the primary balance that makes surpluses worth the debt, % of GDP",
        note="For ever from that year on, convenience left out. With exogenous rates "
        f"surpluses are discounted at a premium of {100 * BASE:g}%; in an economy at "
        "the price of a claim to output.",
    )


def _news(records: Sequence[Record]) -> Table:
    import pandas as pd

    names = {
        "balance_error_mean": "Balance, mean",
        "balance_error_deviation": "Balance, s.d.",
        "debt_error_deviation": "Debt, s.d.",
        "debt_error_implied": "Debt, s.d. implied",
        "debt_error_published_1984_2025": "Debt, 1984-2025",
    }
    frame = pd.DataFrame(
        {
            "Years ahead": [str(r["horizon"]) for r in records],
            **{
                text: [_cell(r[name], "percent") for r in records]
                for name, text in names.items()
            },
        },
        dtype=object,
    )
    return Table(
        frame,
        "Errors of CBO's baselines, % of GDP",
        note="Implied: of the news that is drawn, without interest. The last column "
        "holds published root mean squares.",
    )
