"""The report section of the experiment ``two-minds``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult

Record = Mapping[str, Any]
_FIGURES = {
    "two_minds_purchases": (
        "Left: part of the ten-year yield's rise on fiscal news, on impact in the "
        "risky core economy, that is called dysfunction. Right: balance sheets over "
        "ten years of all shocks where fundamentals are known: medians, and four "
        "sequences of five.",
        "The safe model calls most of the rise dysfunction once fundamentals are "
        "known; its balance sheet grows, those of the right model and of learning do "
        "not.",
    ),
    "two_minds_discipline": (
        "Left: a package of fiscal news every year, backing share answering to the "
        "traded yield, with and without purchases on the safe model. Right: risk "
        "weight at which capital of 8% covers the loss of 99.9% of quarters.",
        "The price level ends higher with purchases; risk weights rise with maturity.",
    ),
}
_SHOWN = {
    "two_minds_attribution": (
        "What is made of a shock of the risky economy, on impact",
        {
            "yield_10y": "basis points",
            "called": "basis points",
            "share_called": "ratio",
            "share_other_cause": "ratio",
            "share_error": "ratio",
        },
        "Shares of the move of the ten-year yield; they add up to one with causes that "
        "are not shown. Funded and unfunded news in the core, unfunded in the economy "
        "with sticky prices.",
    ),
    "two_minds_purchases": (
        "Ten years of policy by what is true, seen and believed",
        {
            "spike_share": "ratio",
            "spike_share_low": "ratio",
            "spike_share_high": "ratio",
            "stock": "percent of annual GDP",
            "stock_low": "percent of annual GDP",
            "stock_high": "percent of annual GDP",
            "gain_mean": "percent of annual GDP",
            "gain_low": "percent of annual GDP",
            "gain_high": "percent of annual GDP",
            "saved": "percent of annual GDP",
            "price_level": "percent",
            "runaway": "share of sequences",
            "quarters_to_learn": "quarters",
        },
        "Share of the largest tenth of surprises called dysfunction, stock of bonds "
        "at the end, gain of taxpayers on purchases, interest saved, price level over "
        "that without purchases: median or mean, 10th and 90th percentile. Runaway: "
        "sequences left out because news of spending would lose all backing. Quarters "
        "to learn: until the right model is likelier in the median sequence; blank "
        "where it is not within the horizon.",
    ),
    "two_minds_sensitivity": (
        "The same where a chosen number is another one: risky debt, fundamentals known",
        {
            "spike_share": "ratio",
            "stock": "percent of annual GDP",
            "stock_high": "percent of annual GDP",
            "gain_mean": "percent of annual GDP",
            "price_level": "percent",
            "runaway": "share of sequences",
        },
        "Median share of surprises, stock and its 90th percentile, mean gain and price "
        "level. The plumbing model itself has the smallest dysfunction shown.",
    ),
    "two_minds_discipline": (
        "Market discipline: ten years of fiscal news with and without purchases",
        {
            "share_called": "ratio",
            "backing_share": "ratio",
            "debt": "percent of annual GDP",
            "price_level": "percent",
            "balance_sheet": "percent of annual GDP",
            "price_support": "percent of annual GDP",
            "yield_held_down": "basis points",
            "loss_inflation": "percent of consumption",
            "loss": "percent of consumption",
        },
        "Backing share and yield held down are means over packages of news, all else "
        "is at the end of ten years; losses are means over ten years, of inflation "
        "alone and with the excess burden of taxes raised or promised.",
    ),
    "two_minds_rules": (
        "What Treasurys lose in the worst of a thousand quarters, and capital for it",
        {
            "loss": "percent",
            "standard_error": "percent",
            "risk_weight": "ratio",
            "shortfall": "percent of assets",
        },
        "Rules ask for no capital. Core economies on simulated samples, sticky ones on "
        "their normal distribution.",
    ),
}
_HEADINGS = {
    "yield_10y": "10-year yield",
    "called": "called dysfunction",
    "share_called": "share called dysfunction",
    "share_other_cause": "share of the largest other cause",
    "other_cause": "largest other cause",
    "share_error": "share called error",
    "spike_share": "share of spikes",
    "spike_share_low": "low",
    "spike_share_high": "high",
    "stock_low": "stock, low",
    "stock_high": "stock, high",
    "gain_mean": "gain",
    "gain_low": "gain, low",
    "gain_high": "gain, high",
    "saved": "interest saved",
    "loss": "loss",
    "loss_inflation": "loss by inflation",
    "theta_at_rest": "backing share at rest",
}
_CAUSES = {
    "e_y": "growth",
    "e_x": "expected growth",
    "e_p": "stress",
    "e_z": "spending",
    "e_u": "unfunded spending",
    "e_m": "monetary policy",
    "e_c": "cost push",
    "e_d": "dividends",
}
_LEFT_OUT = ("stock_mean",)


def section(result: ExperimentResult) -> Section:
    """Section of the report: figures, then a table of every part."""
    from .study import QUESTION

    lead, *more = result.notes
    blocks = [Figure(result.figures[n], *texts) for n, texts in _FIGURES.items()]
    tables = [_table(n, result.records[n]) for n in _SHOWN]
    texts = [Text(note) for note in more]
    return Section(QUESTION, lead, [*blocks, *texts, *tables], short="Two minds")


def _table(name: str, records: Sequence[Record]) -> Table:
    import pandas as pd

    caption, units, note = _SHOWN[name]
    columns: dict[Any, list[Any]] = {}
    for key in records[0]:
        if key in _LEFT_OUT or (name == "two_minds_sensitivity" and key in _FIXED):
            continue
        heading = Named(labels.capital(_HEADINGS.get(key, labels.words(key))), key)
        columns[heading] = [_cell(key, r[key], units) for r in records]
    shown = {h: labels.unit(units[h.code]).short for h in columns if h.code in units}
    frame = pd.DataFrame(columns, dtype=object)
    return Table(frame, caption, units=shown, note=note, collapsed=len(records) > 12)


_FIXED = (
    "truth",
    "seen",
    "shocks",
    "quarters_to_learn",
    "spike_share_low",
    "spike_share_high",
    "stock_low",
    "gain_low",
    "gain_high",
    "saved",
)


def _cell(key: str, value: Any, units: Mapping[str, str]) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "other_cause":
        return _CAUSES[value]
    if isinstance(value, str):
        return value.replace("_", " ")
    return Number(labels.number(value + 0.0, units.get(key, "ratio")))
