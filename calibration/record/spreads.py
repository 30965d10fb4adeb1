"""A user's own spreads: what the shipped record lacks, such as default-adjusted ones.

A file is a CSV table with one row a month (or day) and at least one spread, in basis
points a year, positive where the Treasury is the dearer one. Lines that start with #
are comments; ``# source: ...`` is kept. Columns:

    DATE or observation_date     YYYY-MM-DD, rising
    aaa_TENOR                    AAA corporates less Treasurys, as they are
    aaa_cds_TENOR                the same less the price of default insurance
    foreign_TENOR                foreign sovereigns hedged into dollars less Treasurys
    paper_TENOR                  commercial paper less bills

with TENOR one of 3m, 1y, 2y, 5y, 10y, 20y, 30y. Empty cells are missing.
"""

from __future__ import annotations

import csv
import difflib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...errors import FiscaxError
from . import statistics
from .convenience import COVERED, ERA_COLUMNS, ERAS
from .observables import TENOR
from .series import DATE_COLUMNS, MISSING_CELLS, SeriesError, date_cell, number_cell

WEDGES = ("aaa", "aaa_cds", "foreign", "paper")
WHOLE = "whole file"
FEWEST = 3


class SpreadFileError(FiscaxError):
    """A file of spreads is wrong: the message names the row and the column."""


class Spreads(NamedTuple):
    """Months (T,) as numpy dates and, by column, values (T,): NaN where missing."""

    source: str
    months: np.ndarray
    values: dict[tuple[str, str], np.ndarray]


def read_spreads(path: str | Path) -> Spreads:
    """Read a file; several days of a month are kept as they are.

    Raises
    ------
    SpreadFileError
        Naming the row (counted below the header) and the column.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpreadFileError(f"{path}: cannot be read ({error})") from error
    notes = [x[1:].partition(":") for x in lines if x.startswith("#")]
    sources = [text.strip() for key, _, text in notes if key.strip() == "source"]
    table = list(csv.reader(x for x in lines if x.strip() and not x.startswith("#")))
    if len(table) < 2:
        raise SpreadFileError(f"{path}: needs a header and at least one row")
    header, rows = [c.strip() for c in table[0]], table[1:]
    day, columns = _columns(path, header)
    try:
        dates = _dates(path, header[day], [r[day].strip() for r in rows if r])
        values = {name: _numbers(path, header, k, rows) for k, name in columns.items()}
    except SeriesError as error:
        raise SpreadFileError(str(error)) from error
    return Spreads(sources[0] if sources else "not given", dates, values)


def _columns(path: Path, header: list[str]) -> tuple[int, dict[int, tuple[str, str]]]:
    """Position of the date, and wedge and tenor of every other column."""
    days = [k for k, name in enumerate(header) if name in DATE_COLUMNS]
    if len(days) != 1:
        raise SpreadFileError(
            f"{path}: the header needs one date column, {' or '.join(DATE_COLUMNS)}"
        )
    known = {f"{w}_{t}": (w, t) for w in WEDGES for t in TENOR.values()}
    found: dict[int, tuple[str, str]] = {}
    for k, name in enumerate(header):
        if k == days[0]:
            continue
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"known: {list(known)}"
            raise SpreadFileError(f"{path}: unknown column '{name}'; {hint}")
        if known[name] in found.values():
            raise SpreadFileError(f"{path}: column '{name}' stands twice")
        found[k] = known[name]
    if not found:
        raise SpreadFileError(f"{path}: has no spread; known: {list(known)}")
    return days[0], found


def _dates(path: Path, column: str, cells: list[str]) -> np.ndarray:
    days = [
        date_cell(text, f"{path}, row {k}, column '{column}'")
        for k, text in enumerate(cells, start=1)
    ]
    for k in range(1, len(days)):
        if days[k] <= days[k - 1]:
            raise SpreadFileError(
                f"{path}, row {k + 1}, column '{column}': {days[k]} does not come "
                f"after {days[k - 1]}"
            )
    return np.array(days, dtype="datetime64[D]")


def _numbers(
    path: Path, header: list[str], column: int, rows: list[list[str]]
) -> np.ndarray:
    """Numbers of one column (T,), NaN where a cell is missing."""
    values = []
    for k, row in enumerate(rows, start=1):
        place = f"{path}, row {k}, column '{header[column]}'"
        if column >= len(row):
            raise SpreadFileError(f"{place}: the row ends before it")
        text = row[column].strip()
        values.append(np.nan if text in MISSING_CELLS else number_cell(text, place))
    return np.array(values)


def spread_means(spreads: Spreads) -> list[dict[str, Any]]:
    """Means over the file and over eras that it covers, as rows of the era table.

    Raises
    ------
    SpreadFileError
        A column with fewer than three observations.
    """
    rows = []
    months = spreads.months.astype("datetime64[M]")
    for (wedge, tenor), values in spreads.values.items():
        known = np.isfinite(values)
        if known.sum() < FEWEST:
            raise SpreadFileError(
                f"column '{wedge}_{tenor}' has {known.sum()} observations; a mean "
                f"needs {FEWEST}"
            )
        spans = {WHOLE: (months[known][0], months[known][-1])}
        spans |= {e: tuple(np.datetime64(d, "M") for d in s) for e, s in ERAS.items()}
        for era, (start, end) in spans.items():
            kept = known & (months >= start) & (months <= end)
            count = len(np.unique(months[kept]))
            if kept.sum() < FEWEST or count < COVERED * (
                int((end - start).astype(int)) + 1
            ):
                continue
            found = statistics.mean(values[kept])
            sample = (str(months[kept][0]), str(months[kept][-1]), count)
            numbers = (found.value, found.standard_error, "basis points")
            row = (wedge, tenor, era, *numbers, *sample, spreads.source)
            rows.append(dict(zip(ERA_COLUMNS, row, strict=True)))
    return rows
