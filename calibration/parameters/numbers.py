"""Numbers with unit and source in TOML files, read and checked."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import FiscaxError

_FOLDER = Path(__file__).parent


class NumbersError(FiscaxError):
    """A file of numbers is wrong: the message names the file and the entry."""


def read_numbers(name: str) -> dict[str, Any]:
    """Contents of a shipped TOML file of numbers.

    Raises
    ------
    NumbersError
        The file is not valid TOML.
    """
    try:
        return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise NumbersError(f"{name} is not valid TOML: {error}") from error


def values_of(
    table: Mapping[str, Any],
    where: str,
    ranges: Mapping[str, tuple[float, float]],
    overrides: Mapping[str, Any] | None = None,
) -> dict[str, float]:
    """Values by name of a table of entries ``{value, unit, source}``.

    Parameters
    ----------
    where : file and table, for messages.
    ranges : name -> closed range of what is admissible; exactly these names.
    overrides : name -> value in place of the file's.

    Raises
    ------
    NumbersError
        An entry is absent, unknown, without unit or source, or out of range.
    """
    unknown = [n for n in (*table, *(overrides or {})) if n not in ranges]
    absent = [n for n in ranges if n not in table]
    if unknown or absent:
        raise NumbersError(
            f"{where} has to hold {', '.join(ranges)}; "
            f"unknown: {', '.join(unknown) or 'none'}, "
            f"absent: {', '.join(absent) or 'none'}"
        )
    found = {}
    for name, (low, high) in ranges.items():
        entry = table[name]
        if not {"value", "unit", "source"} <= set(entry):
            raise NumbersError(f"{where}.{name} needs value, unit and source")
        value = (overrides or {}).get(name, entry["value"])
        number = isinstance(value, int | float) and math.isfinite(value)
        if not number or not low <= value <= high:
            raise NumbersError(f"{where}.{name} = {value} is not in [{low}, {high}]")
        found[name] = float(value)
    return found


def described(table: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    """Records of a table's entries for print: name, value, unit, source."""
    return [
        {
            "table": where,
            "name": name,
            "value": entry["value"],
            "unit": entry["unit"],
            "source": entry["source"],
        }
        for name, entry in table.items()
    ]
