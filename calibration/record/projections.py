"""Projections of a government's budget: files of years, balances, growth and rates.

A file is a CSV table. Lines that start with # are comments; ``# name: ...`` and
``# source: ...`` are kept. The first row below the header holds the year before the
projection and the debt with which it opens, nothing else; every further row holds one
year, without gaps:

    year, primary_balance, growth, rate   required
    other_means, convenience              zero if there is no such column
    net_interest, debt                    checked where they are given

Balances, interest and debt are percent of the year's GDP, growth (of nominal GDP), rate
and convenience percent a year. ``rate`` is the interest of the year over the debt a
year before, ``other_means`` what borrowing exceeds the deficit by, ``convenience`` what
investors forgo of the rate for the services of this debt. Debt follows

    debt = debt_before (1 + rate) / (1 + growth) - primary_balance + other_means
"""

from __future__ import annotations

import csv
import difflib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...errors import FiscaxError
from ...solvers.compiled import compiled
from ..shipped import FACTS

# CBO's extended baseline, the projection that studies take by default.
BASELINE = "cbo_baseline"
REQUIRED = ("year", "primary_balance", "growth", "rate")
OPTIONAL = ("other_means", "convenience", "net_interest", "debt")
# Percent of GDP by which debt and interest may miss the accounting: rounded inputs.
CLOSES = 0.01


class ProjectionError(FiscaxError):
    """A projection file is wrong: the message names the row and the column."""


class Flows(NamedTuple):
    """What happens year by year: arrays (T,) of JAX or the host, as decimals.

    ``primary_balance``, ``other_means`` are shares of the year's GDP, ``growth`` is of
    nominal GDP, ``rate`` is on the debt of a year before, ``convenience`` likewise.
    """

    primary_balance: Any
    growth: Any
    rate: Any
    other_means: Any
    convenience: Any


# Fiscal year at whose end the shipped projection opens.
OPENING = 2025


@dataclass(frozen=True, eq=False)
class Projection:
    """A projection: years (T,), opening debt over GDP a year before, flows (T,)."""

    name: str
    source: str
    years: np.ndarray
    opening_debt: float
    flows: Flows

    @property
    def debt(self) -> np.ndarray:
        """Debt over the year's GDP, shape (T,)."""
        return np.asarray(debt_path(self.flows, self.opening_debt))


@compiled
def debt_path(flows: Flows, opening: float | jax.Array) -> jax.Array:
    """Debt over GDP (T,) that follows from the flows; linear in all but growth."""

    def year(before, now: Flows):
        debt = before * (1 + now.rate) / (1 + now.growth)
        debt = debt - now.primary_balance + now.other_means
        return debt, debt

    return jax.lax.scan(year, jnp.asarray(opening, float), flows)[1]


def baseline_rows(folder: Path | str) -> list[dict[str, Any]]:
    """Rows of ``cbo_baseline.csv`` from ``cbo_fiscal_annual.csv`` of a folder.

    Percent of the year's GDP and percent a year: growth of GDP, net interest over debt
    a year before, and what moves debt beside deficit and growth.

    Raises
    ------
    ProjectionError
        The file cannot be read or lacks a column.
    """
    path = Path(folder) / "cbo_fiscal_annual.csv"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ProjectionError(f"{path}: cannot be read: {error.strerror}") from error
    names = {
        "primary_balance": "primary_balance_pct_gdp",
        "net_interest": "net_interest_pct_gdp",
        "balance": "total_balance_pct_gdp",
        "debt": "debt_public_pct_gdp",
        "gdp": "gdp_trillions",
    }
    try:
        every = {
            int(row["DATE"][:4]): {k: float(row[v]) for k, v in names.items()}
            for row in csv.DictReader(lines)
            if int(row["DATE"][:4]) >= OPENING
        }
        opening = every[OPENING]["debt"]
    except (KeyError, ValueError) as error:
        raise ProjectionError(f"{path}: no number for {error}") from error
    columns = ("year", "primary_balance", "growth", "rate", "other_means")
    blank = dict.fromkeys((*columns, "net_interest"), "")
    rows = [{**blank, "year": OPENING, "debt": opening}]
    for year, now in list(every.items())[1:]:
        before = every[year - 1]
        grown = now["gdp"] / before["gdp"]
        rows.append(
            {
                "year": year,
                "primary_balance": now["primary_balance"],
                "growth": 100 * (grown - 1),
                "rate": 100 * now["net_interest"] * grown / before["debt"],
                "other_means": now["debt"] - before["debt"] / grown + now["balance"],
                "net_interest": now["net_interest"],
                "debt": now["debt"],
            }
        )
    return rows


def shipped_projections() -> list[str]:
    """Names of the projections that come with the package."""
    return [BASELINE, "example_projection"]


def find_projection(name_or_path: str | Path) -> Path:
    """Path of a shipped projection, or of a file ending in .csv.

    Raises
    ------
    ProjectionError
        Nothing with this name is shipped.
    """
    text = str(name_or_path)
    if text.endswith(".csv"):
        return Path(text)
    if text in shipped_projections():
        return FACTS / f"{text}.csv"
    raise ProjectionError(
        f"projection '{text}': not shipped; there are "
        f"{', '.join(shipped_projections())}, or give a .csv file"
    )


def read_projection(name_or_path: str | Path) -> Projection:
    """Read a projection by shipped name or from a file.

    Raises
    ------
    ProjectionError
        Naming the row (counted below the header, with its year) and the column.
    """
    path = find_projection(name_or_path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ProjectionError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ProjectionError(f"{path}: is not text in UTF-8") from error
    table = _Table(path.name, text)
    return table.projection(path.stem)


class _Table:
    """Rows of a file, and errors that say where."""

    def __init__(self, file: str, text: str):
        self.file = file
        lines = text.splitlines()
        comments = [x[1:].partition(":") for x in lines if x.startswith("#")]
        self.notes = {k.strip(): v.strip() for k, _, v in comments}
        body = [x for x in lines if x.strip() and not x.startswith("#")]
        rows = [[c.strip() for c in row] for row in csv.reader(body)]
        if not rows:
            raise ProjectionError(f"{file}: has no header and no rows")
        self.header, self.rows = rows[0], rows[1:]
        self._check_shape()
        self.years = [self._year(k) for k in range(len(self.rows))]

    def _check_shape(self) -> None:
        known = (*REQUIRED, *OPTIONAL)
        for name in self.header:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean '{near[0]}'?" if near else f"known: {known}"
                raise ProjectionError(f"{self.file}: unknown column '{name}'; {hint}")
            if self.header.count(name) > 1:
                raise ProjectionError(f"{self.file}: column '{name}' stands twice")
        for name in (*REQUIRED, "debt"):
            if name not in self.header:
                raise ProjectionError(f"{self.file}: column '{name}' is missing")
        if len(self.rows) < 2:
            raise ProjectionError(
                f"{self.file}: needs the opening row and at least one year"
            )
        for k, row in enumerate(self.rows):
            if len(row) != len(self.header):
                raise ProjectionError(
                    f"{self.file}, row {k + 1}: {len(row)} cells under "
                    f"{len(self.header)} columns"
                )

    def _fail(self, row: int, column: str, problem: str) -> ProjectionError:
        year = self.rows[row][self.header.index("year")]
        return ProjectionError(
            f"{self.file}, row {row + 1} (year {year}), column '{column}': {problem}"
        )

    def _year(self, row: int) -> int:
        text = self.rows[row][self.header.index("year")]
        if not text.isdigit():
            raise self._fail(row, "year", f"'{text}' is not a year")
        year, first = int(text), self.rows[0][self.header.index("year")]
        if year != int(first) + row:
            raise self._fail(row, "year", f"has to be {int(first) + row}, without gaps")
        return year

    def _number(self, row: int, column: str, default: float | None = None) -> float:
        text = ""
        if column in self.header:
            text = self.rows[row][self.header.index(column)]
        if not text and default is not None:
            return default
        if not text:
            raise self._fail(row, column, "is empty")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self._fail(row, column, f"'{text}' is not a number")
        return value

    def _flow(self, column: str, default: float | None = None) -> np.ndarray:
        rows = range(1, len(self.rows))
        found = np.array([self._number(k, column, default) for k in rows]) / 100
        if column in ("growth", "rate") and found.min() <= -1.0:
            row = int(found.argmin()) + 1
            raise self._fail(row, column, "has to be above -100 percent a year")
        return found

    def projection(self, stem: str) -> Projection:
        """The projection, checked against what the file says of debt and interest."""
        for name in self.header:
            if name not in ("year", "debt") and self._cell(0, name):
                raise self._fail(0, name, "the opening row holds year and debt only")
        opening = self._number(0, "debt") / 100
        if opening < 0:
            raise self._fail(0, "debt", "has to be zero or more")
        flows = Flows(
            self._flow("primary_balance"),
            self._flow("growth"),
            self._flow("rate"),
            self._flow("other_means", 0.0),
            self._flow("convenience", 0.0),
        )
        found = Projection(
            self.notes.get("name", stem),
            self.notes.get("source", "not given"),
            np.array(self.years[1:]),
            opening,
            flows,
        )
        self._check_accounts(found)
        return found

    def _cell(self, row: int, column: str) -> str:
        return self.rows[row][self.header.index(column)]

    def _check_accounts(self, found: Projection) -> None:
        """Each year's interest and debt, from the debt that the file has before it."""
        before = 100 * found.opening_debt
        flows = [100 * np.asarray(f) for f in found.flows]
        for k, (balance, growth, rate, other, _) in enumerate(
            zip(*flows, strict=True), start=1
        ):
            interest = before * rate / (100 + growth)
            debt = before * 100 / (100 + growth) + interest - balance + other
            self._check(k, "net_interest", interest)
            before = self._check(k, "debt", debt)

    def _check(self, row: int, column: str, implied: float) -> float:
        """What the file says, which may miss the implied number by ``CLOSES``."""
        if column not in self.header or not self._cell(row, column):
            return implied
        given = self._number(row, column)
        if abs(given - implied) > CLOSES:
            raise self._fail(
                row,
                column,
                f"{given:g} is not the {implied:.3f} percent of GDP that the other "
                "columns imply (see `other_means`)",
            )
        return given
