"""Parameter files of the affine valuation model: read, checked, made into arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from ...models.markets.affine import (
    CLAIMS,
    OWN,
    STATES,
    Kernel,
    Payoff,
    companion,
    impact,
    selector,
)
from ..parameters.checks import CalibrationError, suggestion
from ..parameters.files import read
from ..shipped import PARAMETERS

Array = Any

APPENDIX = PARAMETERS / "affine_appendix.toml"
# Means that prices need, and shares that valuations need.
MEANS = ("pi", "y1", "spr", "x", "pd")
SHARES = ("tau", "g")
_TABLES = ("means", "shares", "psi", "cholesky", "risk_price", "risk_loading")
_DATED = ("year", "state", "tau", "g", "debt")


@dataclass(frozen=True)
class Date:
    """A year: its states (n,), taxes, spending and market value of debt over GDP."""

    year: int
    state: Array
    tau: float
    g: float
    debt: float


@dataclass(frozen=True)
class AffineParameters:
    """An affine economy with its source.

    Attributes
    ----------
    means : name of a state -> mean, logs per period.
    shares : exp of the mean log of ``tau`` and ``g`` over GDP.
    dates : years whose states the file gives.
    """

    source: str
    sample: str
    periods_per_year: int
    means: Mapping[str, float]
    shares: Mapping[str, float]
    kernel: Kernel
    dates: tuple[Date, ...] = ()

    def payoff(self, claim: str) -> Payoff:
        """Growth of a claim's payoffs; ``claim`` is a key of ``models.affine.CLAIMS``.

        Raises
        ------
        CalibrationError
            For another name.
        """
        if claim not in CLAIMS:
            hint = suggestion(claim, CLAIMS) or f"; there are {', '.join(CLAIMS)}"
            raise CalibrationError("affine economy", [f"no claim '{claim}'{hint}"])
        return CLAIMS[claim].payoff(self.means)


def kernel(
    psi: Array, cholesky: Array, risk_price: Array, risk_loading: Array, short: Array
) -> Kernel:
    """Kernel from own rows of Psi (8, 11), Cholesky factor (8, 8), L0, L1 and y0."""
    return Kernel(
        companion(psi),
        impact(cholesky),
        risk_price,
        risk_loading,
        short,
        selector(("y1",)),
    )


def load_affine(path: Path = APPENDIX) -> AffineParameters:
    """Read a parameter file; the shipped one holds the published parameters.

    Raises
    ------
    CalibrationError
        Naming every table, row and entry that is absent, unknown or not a number.
    """
    document = read(path)
    problems: list[str] = []
    meta = document.get("meta", {})
    for key in ("source", "sample"):
        if not (isinstance(meta.get(key), str) and meta[key].strip()):
            problems.append(f"[meta]: no {key}, give a text")
    per_year = meta.get("periods_per_year")
    if per_year not in (1, 4):
        problems.append(f"[meta]: periods_per_year is {per_year!r}, give 1 or 4")
    for name in document:
        if name not in ("meta", "dates", *_TABLES):
            hint = suggestion(name, _TABLES) or f"; there are {', '.join(_TABLES)}"
            problems.append(f"unknown table [{name}]{hint}")
    found = {
        "means": _scalars(document, "means", MEANS, problems, complete=True),
        "shares": _scalars(document, "shares", SHARES, problems, complete=True),
        "risk_price": _scalars(document, "risk_price", OWN, problems),
        "psi": _matrix(document, "psi", STATES, problems, complete=True),
        "cholesky": _matrix(document, "cholesky", OWN, problems, complete=True),
        "risk_loading": _matrix(document, "risk_loading", STATES, problems),
    }
    dates = _dates(document.get("dates", []), problems)
    if problems:
        raise CalibrationError(str(path), problems)
    prices = np.array([found["risk_price"].get(name, 0.0) for name in OWN])
    short = np.asarray(found["means"]["y1"])
    matrices = (found["psi"], found["cholesky"], prices, found["risk_loading"])
    return AffineParameters(
        meta["source"],
        meta["sample"],
        per_year,
        found["means"],
        found["shares"],
        kernel(*matrices, short),
        dates,
    )


def _table(document: Mapping[str, Any], name: str, problems: list[str]) -> Mapping:
    table = document.get(name)
    if isinstance(table, Mapping):
        return table
    problems.append(f"no table [{name}]")
    return {}


def _scalars(
    document: Mapping[str, Any],
    name: str,
    known: Sequence[str],
    problems: list[str],
    *,
    complete: bool = False,
) -> dict[str, float]:
    """Numbers of a table by name; without ``complete`` absent ones are zero."""
    table = _table(document, name, problems)
    _names(name, table, known, problems, complete=complete)
    return {
        key: _number(table[key], f"[{name}]: {key}", problems)
        for key in known
        if key in table
    }


def _matrix(
    document: Mapping[str, Any],
    name: str,
    columns: Sequence[str],
    problems: list[str],
    *,
    complete: bool = False,
) -> Array:
    """Matrix (8, len(columns)): the Cholesky factor is lower triangular by its rows."""
    table = _table(document, name, problems)
    _names(name, table, OWN, problems, complete=complete)
    matrix = np.zeros((len(OWN), len(columns)))
    for i, key in enumerate(OWN):
        if key not in table:
            continue
        row = table[key]
        most = i + 1 if name == "cholesky" else len(columns)
        # A row of full length is asked for where nothing may be left out.
        fits = isinstance(row, list) and (
            len(row) == most if complete else len(row) <= most
        )
        if not fits:
            problems.append(f"[{name}]: row {key} has to be a list of {most} numbers")
            continue
        for j, value in enumerate(row):
            place = f"[{name}]: row {key}, column {columns[j]}"
            matrix[i, j] = _number(value, place, problems)
    return np.asarray(matrix)


def _names(
    name: str,
    table: Mapping,
    known: Sequence[str],
    problems: list[str],
    *,
    complete: bool,
) -> None:
    for key in table:
        if key not in known:
            hint = suggestion(key, known) or f"; there are {', '.join(known)}"
            problems.append(f"[{name}]: unknown name '{key}'{hint}")
    missing = [key for key in known if key not in table]
    if complete and missing:
        problems.append(f"[{name}]: no {', '.join(missing)}")


def _number(value: Any, place: str, problems: list[str]) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if good and isfinite(value):
        return float(value)
    problems.append(f"{place} is {value!r}, give a finite number")
    return 0.0


def _dates(entries: Any, problems: list[str]) -> tuple[Date, ...]:
    found = []
    for entry in entries:
        year = entry.get("year")
        absent = [key for key in _DATED if key not in entry]
        if absent:
            problems.append(f"[[dates]] {year}: no {', '.join(absent)}")
            continue
        if len(entry["state"]) != len(STATES):
            problems.append(
                f"[[dates]] {year}: state has to hold {len(STATES)} numbers"
            )
            continue
        place = f"[[dates]] {year}"
        state = [_number(v, f"{place}: state", problems) for v in entry["state"]]
        numbers = [_number(entry[k], f"{place}: {k}", problems) for k in _DATED[2:]]
        found.append(Date(int(year), np.asarray(state), *numbers))
    return tuple(found)
