"""The file that ``fiscax value FILE`` reads: annual or quarterly series, checked.

A CSV file with one row per year or quarter and these columns, in any order (the example
``calibration/record/data/valuation_example.csv`` holds invented numbers):

======  ==============================================================================
DATE    last day of the period, YYYY-MM-DD; one row per year or per quarter, no gaps
tau     federal taxes over GDP, a share (0.17); g: spending without interest over GDP
x       log growth of real GDP over the period; pi: log growth of its price index
y1      one-year Treasury yield, percent a year; quarterly files have y3m, three months
y5      five-year Treasury yield, percent a year
divgrm  log growth of dividends (nominal) of the stock market over the period
pdm     log of its price over the dividends of a year
mv_debt_gdp  market value of government debt over the GDP of a year, end of period
======  ==============================================================================

Optional yields, percent a year, help to estimate risk prices: y2, y10, y20, y30. Cells
may be empty before the first and after the last complete row, never between. Growth of
taxes and spending needs their shares one row before: without them the first complete
row serves for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..record.series import (
    DATE_COLUMNS,
    MISSING_CELLS,
    SeriesError,
    TextTable,
    date_cell,
    number_cell,
    read_table,
)
from ..shipped import FACTS

Array = NDArray[np.float64]

EXAMPLE = FACTS / "valuation_example.csv"
DEBT = "mv_debt_gdp"
SHARES = ("tau", "g")
GROWTH = ("x", "pi", "divgrm")
# Column of the one-period yield, by periods per year.
SHORT = {1: "y1", 4: "y3m"}
# Column -> maturity in years.
OPTIONAL = {"y2": 2, "y10": 10, "y20": 20, "y30": 30}
# Admissible open intervals, wide enough for any record and too narrow for percent.
_BOUNDS = {
    "tau": (0.0, 1.0),
    "g": (0.0, 1.0),
    "x": (-0.5, 0.5),
    "pi": (-0.5, 0.5),
    "divgrm": (-2.0, 2.0),
    "pdm": (0.0, 8.0),
    DEBT: (0.0, 10.0),
}
_YIELD_BOUNDS = (-5.0, 50.0)
# States of the VAR and the constant have to be estimated from the rows.
LEAST_ROWS = 30


@dataclass(frozen=True, eq=False)
class ValuationData:
    """The series, ready for the VAR; T periods.

    Attributes
    ----------
    labels : (T,) such as "1947" or "1947Q1". years : (T,) ends of periods.
    panel : (T, 8) own variables pi, y1, spr, x, dd, pd, dtau, dg, logs per period.
    tau, g, debt : (T,) ratios to GDP; flows to that of the period, debt to a year's.
    mean_debt : mean of debt over these periods and the one before, which the first
        growth rates start from (as in the published estimate).
    maturities : of optional yields, in periods. yields : (T, M), logs per period,
        zero where ``observed`` (T, M) is not.
    unused : columns of the file that nothing reads.
    """

    labels: tuple[str, ...]
    years: Array
    periods_per_year: int
    panel: Array
    tau: Array
    g: Array
    debt: Array
    mean_debt: float
    maturities: tuple[int, ...]
    yields: Array
    observed: NDArray[np.bool_]
    unused: tuple[str, ...]

    @property
    def sample(self) -> str:
        """First and last period."""
        return f"{self.labels[0]}-{self.labels[-1]}"


def load_valuation(
    path: str | Path, start: int | None = None, end: int | None = None
) -> ValuationData:
    """Read a file; ``start`` and ``end`` are the first and last year to use.

    Raises
    ------
    SeriesError
        Naming file, row and column of what is missing, malformed or out of range.
    """
    path = Path(path)
    table = read_table(path)
    periods, per_year = _periods(path, table)
    yields = (SHORT[per_year], "y5")
    required = (*SHARES, *GROWTH, "pdm", *yields, DEBT)
    absent = [name for name in required if name not in table.header]
    if absent:
        raise SeriesError(f"{path}: row 1 has no column {', '.join(absent)}")
    kept = [i for i, p in enumerate(periods) if _within(p, per_year, start, end)]
    if not kept:
        raise SeriesError(f"{path}: no row from {start} to {end}")
    reader = _Reader(path, table, kept[0], kept[-1])
    first, last = reader.complete(required)
    columns = {name: reader.values(name, first, last) for name in required}
    base = reader.base(first)
    rows = slice(0, None) if base is not None else slice(1, None)
    # Growth needs the ratios of one row before the sample.
    ratios = {
        n: np.concatenate([base[n], columns[n]]) if base else columns[n] for n in SHARES
    }
    debts = np.concatenate([base[DEBT], columns[DEBT]]) if base else columns[DEBT]
    columns = {name: values[rows] for name, values in columns.items()}
    indices = [reader.first + i for i in range(first, last + 1)][rows]
    if len(indices) < LEAST_ROWS:
        raise SeriesError(
            f"{path}: {len(indices)} complete rows, the VAR needs at least {LEAST_ROWS}"
        )
    short, five = (np.log1p(columns[n] / 100) / per_year for n in yields)
    panel = np.column_stack(
        [
            columns["pi"],
            short,
            five - short,
            columns["x"],
            columns["divgrm"] - columns["pi"] - columns["x"],
            columns["pdm"] + log(per_year),
            np.diff(np.log(ratios["tau"])),
            np.diff(np.log(ratios["g"])),
        ]
    )
    optional = [n for n in OPTIONAL if n in table.header]
    found = [reader.optional(n, indices) for n in optional]
    shape = (len(indices), len(optional))
    raw = np.reshape(np.transpose([values for values, _ in found]), shape)
    observed = np.reshape(np.transpose([seen for _, seen in found]), shape)
    used = {*required, *optional, *DATE_COLUMNS}
    numbers = [periods[i] for i in indices]
    return ValuationData(
        tuple(_label(p, per_year) for p in numbers),
        np.asarray([(p + 1) / per_year for p in numbers]),
        per_year,
        panel,
        columns["tau"],
        columns["g"],
        columns[DEBT],
        float(debts.mean()),
        tuple(OPTIONAL[n] * per_year for n in optional),
        np.log1p(raw / 100) / per_year,
        observed.astype(bool),
        tuple(name for name in table.header if name not in used),
    )


class _Reader:
    """Cells of the rows ``first``, ..., ``last`` of a table, checked when read."""

    def __init__(self, path: Path, table: TextTable, first: int, last: int) -> None:
        self.path, self.table, self.first, self.last = path, table, first, last

    def _cell(self, name: str, row: int) -> str:
        return self.table.rows[row][self.table.header.index(name)]

    def _place(self, name: str, row: int) -> str:
        return f"{self.path}, row {self.table.lines[row]}, column '{name}'"

    def number(self, name: str, row: int) -> float:
        """Number of a cell, within the bounds of its column."""
        place = self._place(name, row)
        value = number_cell(self._cell(name, row), place)
        low, high = _BOUNDS.get(name, _YIELD_BOUNDS)
        if not low < value < high:
            kind = "percent a year" if name not in _BOUNDS else "not percent"
            raise SeriesError(
                f"{place}: {value:g} is not between {low:g} and {high:g} ({kind})"
            )
        return value

    def _missing(self, names: tuple[str, ...], row: int) -> list[str]:
        return [n for n in names if self._cell(n, row) in MISSING_CELLS]

    def complete(self, names: tuple[str, ...]) -> tuple[int, int]:
        """First and last complete row, counted from ``first``."""
        rows = range(self.first, self.last + 1)
        full = [row for row in rows if not self._missing(names, row)]
        if not full:
            most = min(rows, key=lambda row: len(self._missing(names, row)))
            empty = ", ".join(self._missing(names, most))
            raise SeriesError(
                f"{self.path}: no row has every column; row {self.table.lines[most]} "
                f"comes closest and lacks {empty}"
            )
        for row in range(full[0], full[-1]):
            empty = self._missing(names, row)
            if empty:
                raise SeriesError(
                    f"{self._place(empty[0], row)}: empty between complete rows; fill "
                    "it, or choose a sample after or before it"
                )
        return full[0] - self.first, full[-1] - self.first

    def values(self, name: str, first: int, last: int) -> Array:
        """Numbers of a column."""
        rows = range(self.first + first, self.first + last + 1)
        return np.asarray([self.number(name, row) for row in rows])

    def base(self, first: int) -> dict[str, Array] | None:
        """Ratios of the row before the sample, None without such a row."""
        row = self.first + first - 1
        names = (*SHARES, DEBT)
        if row < 0 or self._missing(names, row):
            return None
        return {name: np.asarray([self.number(name, row)]) for name in names}

    def optional(self, name: str, rows: list[int]) -> tuple[list[float], list[bool]]:
        """Numbers of a column with empty cells, and where it has one."""
        seen = [self._cell(name, row) not in MISSING_CELLS for row in rows]
        pairs = zip(rows, seen, strict=True)
        return [self.number(name, row) if s else 0.0 for row, s in pairs], seen


def _periods(path: Path, table: TextTable) -> tuple[list[int], int]:
    """Number of every row's year or quarter, and how many there are a year."""
    name = next(c for c in table.header if c in DATE_COLUMNS)
    column = table.header.index(name)
    places = [f"{path}, row {line}, column '{name}'" for line in table.lines]
    cells = [row[column] for row in table.rows]
    days = [date_cell(c, place) for c, place in zip(cells, places, strict=True)]
    if len(days) < 2:
        raise SeriesError(f"{path}: {len(days)} rows, the VAR needs at least 30")
    gap = (days[1] - days[0]).days
    per_year = 1 if 360 <= gap <= 370 else 4
    numbers = [d.year * per_year + (d.month - 1) * per_year // 12 for d in days]
    for i, place in enumerate(places[1:], start=1):
        if numbers[i] != numbers[i - 1] + 1:
            raise SeriesError(
                f"{place}: {days[i]} follows {days[i - 1]}; rows have to be successive "
                f"{'years' if per_year == 1 else 'quarters'}"
            )
    return numbers, per_year


def _within(period: int, per_year: int, start: int | None, end: int | None) -> bool:
    year = period // per_year
    return (start is None or year >= start) and (end is None or year <= end)


def _label(period: int, per_year: int) -> str:
    year, part = divmod(period, per_year)
    return str(year) if per_year == 1 else f"{year}Q{part + 1}"
