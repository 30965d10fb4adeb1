"""What laws answer: the index from behaviour, beside the one from prices and models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...calibration.economies.legislated import legislated
from ...calibration.economies.store import EconomyStore
from ...calibration.matching.equivalence import published
from ...calibration.matching.legislation_facts import (
    LegislationFacts,
    computed_legislation,
    shipped_legislation,
)
from ...calibration.record.legislation_response import FILES, MAIN, half_year
from ..tables import records, table

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

# Months at which both indices are read.
EVENTS = (
    "1980-06",
    "1993-08",
    "2003-06",
    "2008-12",
    "2013-01",
    "2019-12",
    "2021-03",
    "2022-10",
    "2025-07",
    "2026-02",
)
PUBLISHED = "legislation_response"
PUBLISHED_ERA = "1984b-2003b"
MEASURE = ("measure", "era")
HALF = ("half_year",)
CHECK = ("answers", "quantity", "item")
EVENT = ("month", "source", "reading")
MODEL = ("economy", "regime", "disasters", "part")
# The risky economy as shipped promises all of news; here, what the evidence says.
UNPROMISED = "risky, little promised"
EVEN = 0.5
_PER_POINT = "percent of GDP a half-year per percent of GDP a year"
UNITS = {
    **dict.fromkeys(("value", "standard_error", "low", "high", "response"), _PER_POINT),
    **dict.fromkeys(("published", "published_error"), _PER_POINT),
    **dict.fromkeys(("simulation_error", "short_mean", "short_deviation"), _PER_POINT),
    **dict.fromkeys(("filtered", "filtered_low", "filtered_high"), "probability"),
    "smoothed": "probability",
}
_P = "probability"
EVENT_UNITS: dict[str, str] = dict.fromkeys(
    (
        "prices",
        "prices_low",
        "prices_high",
        "behaviour",
        "behaviour_low",
        "behaviour_high",
        "behaviour_smoothed",
    ),
    _P,
)


class Behaviour(NamedTuple):
    """Tables by the name of their file, and where they come from, in words."""

    tables: dict[str, xr.Dataset]
    origin: str


def behaviour(
    months: xr.Dataset,
    store: EconomyStore,
    folder: str | None,
    say: Callable[[str], None],
) -> Behaviour:
    """Responses by measure and era, by half-year, at events, and in the models.

    From the folder where it holds CBO's baselines, else as they are shipped.

    Raises
    ------
    FiscaxError
        As of ``computed_legislation`` and of the store's economies.
    """
    absent = [n for n in FILES if folder and not (Path(folder) / n).is_file()]
    if folder and not absent:
        say("estimating what laws answer")
        facts, origin = computed_legislation(folder), f"computed from {folder}"
    else:
        facts = shipped_legislation()
        origin = "as shipped"
        if absent:
            origin += f", for {folder} lacks {', '.join(absent)}"
    row = published(PUBLISHED)
    responses = _rows(facts.responses)
    for r in responses:
        same = (r["measure"], r["era"]) == (MAIN, PUBLISHED_ERA)
        r["published"] = row.value if same else None
        r["published_error"] = row.standard_error if same else None
    halves = _rows(facts.halves)
    tables = {
        "legislation_response": table(responses, MEASURE, UNITS),
        "legislation_rolling": table(halves, HALF, UNITS),
        "legislation_facts": table(_checks(facts), CHECK),
        "legislation_models": table(model_rows(store, say), MODEL, UNITS),
        "regimes_at_events": table(
            event_rows(records(months), halves), EVENT, EVENT_UNITS
        ),
    }
    return Behaviour(tables, origin)


def _rows(data: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table; None where a cell is empty."""
    plain = data.astype(object).where(data.notna(), None)
    return [{str(k): v for k, v in r.items()} for r in plain.to_dict("records")]


def _checks(facts: LegislationFacts) -> list[dict[str, Any]]:
    """Checks, whose columns of text stay text where they are empty."""
    return [
        {k: "" if v is None else v for k, v in r.items()} for r in _rows(facts.checks)
    ]


def model_rows(store: EconomyStore, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """The regression in the solved economies, with and without disasters.

    The economy in which little is promised has the share of news that the evidence says
    taxes repay, neither breach nor stress of news; it is left out where the user
    changes parameters, for it is a contrast with the shipped ones.
    """
    cases: dict[str, Mapping[str, float] | None] = dict.fromkeys(
        ("safe", "risky", "switching")
    )
    if not store.overrides:
        promised = 1 + published("revaluation").value
        cases[UNPROMISED] = {"theta": promised, "breach": 0.0, "stress_news": 0.0}
    found = []
    for name, case in cases.items():
        say(f"regressing legislation on projected debt: {name}")
        economy = store.core("risky" if case else name, case, grid="coarse")
        for disasters in (False, True):
            found += [
                {**row, "economy": name, "disasters": disasters}
                for row in legislated(economy, disasters)
            ]
    return found


def half_year_at(
    month: str, halves: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """The half-year whose baseline is the first that knows the laws of a month.

    None before the first one's half-year, and after the last baseline.
    """
    if half_year(month) < halves[0]["half_year"]:
        return None
    known = (h for h in halves if h["baseline"] and h["baseline"] >= month)
    return next(known, None)


def event_rows(
    months: Sequence[Mapping[str, Any]], halves: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Both indices at the events, for every source and reading of the one from prices.

    ``agree``: both are on the same side of even odds; ``decided``: neither band holds
    even odds. None where either index says nothing.
    """
    priced = {(r["month"], r["source"], r["reading"]): r for r in months}
    kinds = list(dict.fromkeys((r["source"], r["reading"]) for r in months))
    found = []
    for month in EVENTS:
        half = half_year_at(month, halves)
        for source, reading in kinds:
            price = priced.get((month, source, reading))
            row: dict[str, Any] = {"month": month, "source": source, "reading": reading}
            for column, name in (
                ("prices", "filtered"),
                ("prices_low", "low"),
                ("prices_high", "high"),
            ):
                row[column] = price[name] if price else None
            row["half_year"] = half["half_year"] if half else ""
            for column, name in (
                ("behaviour", "filtered"),
                ("behaviour_low", "filtered_low"),
                ("behaviour_high", "filtered_high"),
                ("behaviour_smoothed", "smoothed"),
                ("response", "response"),
            ):
                row[column] = half[name] if half else None
            found.append(row | _agreement(row))
    return found


def _agreement(row: Mapping[str, Any]) -> dict[str, bool | None]:
    if row["prices"] is None or row["behaviour"] is None:
        return {"agree": None, "decided": None}
    both = (row["prices"] > EVEN) == (row["behaviour"] > EVEN)
    sides = [
        (row[f"{n}_low"] > EVEN) - (row[f"{n}_high"] < EVEN)
        for n in ("prices", "behaviour")
    ]
    return {"agree": both, "decided": bool(sides[0] and sides[1])}
