"""Sizes of stress tests, thresholds and what is assumed where a file says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..parameters.numbers import NumbersError, described, read_numbers, values_of

_FILE = "desk.toml"
_PERCENT = (0.0, 100.0)
# Table -> name -> what is admissible. Names are unique: a user changes them by name.
_RANGES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "assumed": {
        "inflation": (-5.0, 50.0),
        "bills": _PERCENT,
        "notes": _PERCENT,
        "notes_years": (1.0, 100.0),
        "bonds_years": (1.0, 100.0),
    },
    "stress": {
        "first_year": (1.0, 100.0),
        "years": (1.0, 100.0),
        "growth_loss": (0.0, 20.0),
        "inflation_answer": (0.0, 2.0),
        "spending_share": _PERCENT,
        "balance_loss": (0.0, 20.0),
        "balance_answer": (0.0, 2.0),
        "rate_rise": (0.0, 20.0),
        "depreciation": (0.0, 300.0),
        "pass_through": (0.0, 1.0),
        "contingent": _PERCENT,
        "map_years": (1.0, 100.0),
    },
    "advanced": {"debt": (0.0, 500.0), "financing": (0.0, 500.0)},
    "emerging": {"debt": (0.0, 500.0), "financing": (0.0, 500.0)},
    "gaps": {"target": (0.0, 500.0)},
    "household": {
        "loan": (1.0, 1e12),
        "years": (1.0, 100.0),
        "rate": (0.01, 50.0),
        "pass_through": (0.0, 2.0),
    },
}


@dataclass(frozen=True)
class Assumptions:
    """Values by name, table by table, in the units of the file: percent, points, years.

    Attributes
    ----------
    records : name, value, unit and source of every one, for print.
    """

    assumed: Mapping[str, float]
    stress: Mapping[str, float]
    thresholds: Mapping[str, Mapping[str, float]]
    target: float
    household: Mapping[str, float]
    records: list[dict[str, Any]]


def option_names() -> dict[str, tuple[str, str]]:
    """What a user may change: ``table_name`` -> unit and source."""
    tables = read_numbers(_FILE)
    return {
        f"{table}_{name}": (tables[table][name]["unit"], tables[table][name]["source"])
        for table, names in _RANGES.items()
        for name in names
    }


def load_assumptions(changes: Mapping[str, Any] | None = None) -> Assumptions:
    """The shipped assumptions with a user's changes, keys of ``option_names``.

    Raises
    ------
    NumbersError
        Naming the entry that is out of its range.
    """
    tables = read_numbers(_FILE)
    given = dict(changes or {})
    found, records = {}, []
    for table, ranges in _RANGES.items():
        own = {n: given[f"{table}_{n}"] for n in ranges if f"{table}_{n}" in given}
        values = values_of(tables[table], f"{_FILE}: {table}", ranges, own)
        found[table] = values
        for entry in described(tables[table], table):
            changed = {"source": "given with --set"} if entry["name"] in own else {}
            records.append(entry | {"value": values[entry["name"]]} | changed)
    both = found["assumed"]["bills"] + found["assumed"]["notes"]
    if both > 100:
        raise NumbersError(
            f"{_FILE}: assumed.bills and assumed.notes are {both:g} percent of the "
            "debt together; they cannot exceed 100"
        )
    return Assumptions(
        found["assumed"],
        found["stress"],
        {group: found[group] for group in ("advanced", "emerging")},
        found["gaps"]["target"],
        found["household"],
        records,
    )
