"""The report section of the experiment ``lsap``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult

Record = Mapping[str, Any]
_SHOCKS = {"capacity": "loss of capacity", "spending": "unfunded spending"}
_CAPTIONS = {
    "lsap": (
        "The same spike of the ten-year yield of two causes. A backstop closes a gap "
        "to fundamental value on the left; on the right there is none to close.",
        "Two panels. Left: without purchases yields jump and return, purchases take "
        "most of the jump away. Right: yields jump with fundamental value, purchases "
        "push them below it.",
    ),
    "lsap_fragility": (
        "The same loss of capacity by who holds the debt. A cross ends a line where "
        "losses force sales without end and no price clears the market.",
        "Lines rise ever more steeply with the share of hedge funds; they are lower "
        "where more of the debt is bills.",
    ),
}
# Column -> heading, unit of the numbers.
_YIELDS = {
    "fundamental_yield_10y_bp": ("Fundamental yield", "basis points"),
    "yield_10y_bp": ("Yield", "basis points"),
    "distance_10y_bp": ("Distance", "basis points"),
    "distance_10y_after_a_year_bp": ("Distance a year on", "basis points"),
    "share_of_news_in_yield": ("Fiscal news left in prices", "ratio"),
    "discovery_r_squared": ("Price discovery, R²", "ratio"),
}
_MONEY = {
    "reserves_pct_gdp": ("Reserves", "percent of annual GDP"),
    "value_bp_gdp": ("Value", "basis points of GDP"),
    "value_per_100": ("Value per 100", "percent of purchases"),
    "value_before_impact_per_100": ("At prices before", "percent of purchases"),
    "value_at_purchase_per_100": ("If held until paid", "percent of purchases"),
    "expected_profit_per_100": ("Expected profit", "percent of purchases"),
    "realised_5_per_100": ("Realised, 5%", "percent of purchases"),
    "realised_95_per_100": ("Realised, 95%", "percent of purchases"),
    "probability_of_loss": ("Chance of a loss", "ratio"),
    "rule_amount_pct_gdp": ("Bought by the rule", "percent of annual GDP"),
    "rule_value_bp_gdp": ("Its value", "basis points of GDP"),
}


def section(result: ExperimentResult) -> Section:
    """Section of the report: figures, yields, accounts."""
    from .study import QUESTION

    lead, *more = result.notes
    records = result.records["lsap"]
    first, second = (
        Figure(result.figures[name], *texts) for name, texts in _CAPTIONS.items()
    )
    bought = [r for r in records if r["policy"] != "none"]
    blocks = [
        first,
        _table(records, _YIELDS, "Ten-year yields on impact and what they tell"),
        _table(
            bought,
            _MONEY,
            "What purchases cost and earn",
            "The rule buys in proportion to the spike without purchases, and nothing "
            "where yields do not rise.",
        ),
        *(Text(note) for note in more),
        _varied(result.records["lsap_varied"]),
        second,
        _switch(result.records["lsap_switch"]),
    ]
    return Section(QUESTION, lead, blocks, short="Purchases")


def _table(
    records: Sequence[Record],
    columns: Mapping[str, tuple[str, str]],
    caption: str,
    note: str = "",
) -> Table:
    import pandas as pd

    headings = {k: Named(text, k) for k, (text, _) in columns.items()}
    data = {
        headings[k]: [_number(r[k], unit) for r in records]
        for k, (_, unit) in columns.items()
    }
    frame = pd.DataFrame(data, dtype=object)
    names = [labels.capital(r["policy"]) for r in records]
    frame.index = pd.Index(names, name="Purchases", dtype=object)
    return Table(
        frame,
        caption,
        units={headings[k]: labels.unit(u).short for k, (_, u) in columns.items()},
        groups=[
            f"{labels.column(r['regime'])}, {_SHOCKS[r['shock']]}" for r in records
        ],
        note=note,
    )


def _number(value: float | None, unit: str) -> Number:
    return Number("") if value is None else Number(labels.number(value + 0.0, unit))


def _varied(records: Sequence[Record]) -> Table:
    import pandas as pd

    columns = {
        f"{regime}_{name}": (f"{labels.column(regime)}, {words}", unit)
        for regime in ("safe", "risky")
        for name, words, unit in (
            ("distance_10y_bp", "distance", "basis points"),
            ("value_per_100", "value per 100", "percent of purchases"),
        )
    }
    named = {k: Named(text, k) for k, (text, _) in columns.items()}
    frame = pd.DataFrame(
        {
            named[k]: [_number(r[k], unit) for r in records]
            for k, (_, unit) in columns.items()
        },
        dtype=object,
    )
    kept, amount = "sold each quarter", "of GDP bought"
    names = [
        f"{100 * (1 - r['kept']):.0f}% {kept}"
        if r["varied"] == "kept"
        else f"{r['amount_pct_gdp']:.1f}% {amount}"
        for r in records
    ]
    frame.index = pd.Index(names, name="Purchases", dtype=object)
    titles = {"kept": "By how fast they are unwound", "amount": "By how much is bought"}
    return Table(
        frame,
        "Safe debt after a loss of capacity and risky debt after unfunded spending",
        units={named[k]: labels.unit(u).short for k, (_, u) in columns.items()},
        groups=[titles[r["varied"]] for r in records],
        note="The other of the two is that of the backstop.",
    )


def _switch(records: Sequence[Record]) -> Table:
    chosen = {
        k: v
        for k, v in (_YIELDS | _MONEY).items()
        if k in ("yield_10y_bp", "distance_10y_bp", "value_bp_gdp")
    }
    return _table(records, chosen, "The same when intermediaries mind no risk")
