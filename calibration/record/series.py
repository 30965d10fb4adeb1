"""Read time series from directories of FRED-style CSV files, found by column name.

A directory holds any number of ``*.csv`` files.  Each has one date column (``DATE`` or
``observation_date``, written YYYY-MM-DD) and further columns named by series, usually
with their FRED id.  How the series are spread over files does not matter.  Empty cells
and ``.`` mean missing.  A file is only parsed when one of its columns is asked for.
"""

import csv
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...errors import FiscaxError

DATE_COLUMNS = ("DATE", "observation_date")
MISSING_CELLS = frozenset({"", ".", "NA", "N/A", "#N/A", "NaN", "nan"})

PathLike = str | Path


class SeriesError(FiscaxError):
    """A data file is missing or malformed; the message names file, column and row."""


class MissingColumnError(SeriesError):
    """No file has the column asked for."""


class TextTable(NamedTuple):
    """A file as text: ``lines`` are the line numbers of ``rows``."""

    path: Path
    header: list[str]
    lines: list[int]
    rows: list[list[str]]


class SeriesDirectory:
    """Series of one or several directories of CSV files, by column name.

    Arguments: paths of existing directories.  A column found in several files is read
    from the most frequent one (monthly before quarterly) whose observations end last,
    so that a directory with fresher downloads can stand beside an older one.

    A file without a date column, or that repeats a column, is left out: ``left_out``
    says why, by path.  Raises ``SeriesError`` if a directory is absent or holds no CSV
    file, or if all files are left out.
    """

    def __init__(self, *directories: PathLike) -> None:
        self.directories = tuple(Path(d) for d in directories)
        self._files: dict[str, list[Path]] = {}
        self.left_out: dict[Path, str] = {}
        for path in _csv_files(self.directories):
            try:
                header = _header(path)
            except SeriesError as problem:
                self.left_out[path] = str(problem)
                continue
            for column in header:
                self._files.setdefault(column, []).append(path)
        if not self._files:
            raise SeriesError(next(iter(self.left_out.values())))
        self._cache: dict[tuple[str, tuple[str, str] | None], pd.Series] = {}
        self._asked: set[str] = set()

    @property
    def columns(self) -> frozenset[str]:
        """Names of every column of every file, date columns excluded."""
        return frozenset(self._files) - set(DATE_COLUMNS)

    def series(self, column: str, where: tuple[str, str] | None = None) -> pd.Series:
        """Observed values of ``column``, in the file's unit, indexed by date.

        ``where=(other, text)`` keeps the rows in which column ``other`` of the same
        file reads ``text``.  Missing cells are left out.  Raises
        ``MissingColumnError`` if no file has the column and ``SeriesError`` for a
        malformed row or date, dates that do not rise, a cell that is not a finite
        number, or no observation at all.
        """
        key = (column, where)
        self._asked |= {column, *(where[:1] if where else ())}
        if key not in self._cache:
            paths = self._files.get(column, [])
            if column in DATE_COLUMNS or not paths:
                raise MissingColumnError(self._absent(column))
            found = [_column(path, column, where) for path in paths]
            self._cache[key] = _preferred(found)
        return self._cache[key].copy()

    def unused(self) -> dict[Path, str]:
        """What nobody asked for so far, by file; likely misspellings are named."""
        absent = sorted(self._asked - self.columns)
        found: dict[Path, list[str]] = {}
        for column, paths in self._files.items():
            if column in self._asked or column in DATE_COLUMNS:
                continue
            near = get_close_matches(column, absent, n=1, cutoff=0.75)
            for path in paths:
                words = repr(column) + (f" (did you mean {near[0]!r}?)" if near else "")
                found.setdefault(path, []).append(words)
        return {path: _unread(path, columns) for path, columns in found.items()}

    def _absent(self, column: str) -> str:
        names = sorted({p.name for paths in self._files.values() for p in paths})
        places = ", ".join(str(d) for d in self.directories)
        others = "; ".join(self.left_out.values())
        out = f"; left out: {others}" if others else ""
        return (
            f"no CSV file in {places} has a column {column!r} (files read: "
            f"{', '.join(names)}{out}); add a file with columns DATE and {column}"
        )


def _unread(path: Path, columns: Sequence[str]) -> str:
    """Sentence on columns of a file; those that look misspelt come first."""
    shown = sorted(columns, key=lambda words: "did you mean" not in words)
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    return f"{path}: not read: column {', '.join(shown[:5])}{more}"


def _preferred(found: Sequence[pd.Series]) -> pd.Series:
    """Among series of one name: the latest (then longest) of the most frequent."""
    spacings = [median_days_apart(series) for series in found]
    finest = min(spacings)
    frequent = [
        s for s, days in zip(found, spacings, strict=True) if days <= 1.5 * finest
    ]
    return max(frequent, key=lambda s: (s.index[-1], len(s)))


def median_days_apart(series: pd.Series) -> float:
    """Median distance of a series' dates in days; infinite for a single date."""
    if len(series) < 2:
        return float("inf")
    return float(np.median(np.diff(series.index.to_numpy("datetime64[D]")).astype(int)))


def _csv_files(directories: Sequence[Path]) -> list[Path]:
    if not directories:
        raise SeriesError("no data directory given; name one that holds CSV files")
    paths: list[Path] = []
    for directory in directories:
        if not directory.is_dir():
            raise SeriesError(f"data directory {directory} does not exist")
        found = sorted(directory.glob("*.csv"))
        if not found:
            raise SeriesError(f"data directory {directory} holds no *.csv file")
        paths += found
    return paths


def _header(path: Path) -> list[str]:
    """Columns of a file; raises if there is no date column or one name twice."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            header = [cell.strip() for cell in next(csv.reader(lines), [])]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SeriesError(f"{path}: not a readable CSV file ({error})") from error
    if len([c for c in header if c in DATE_COLUMNS]) != 1:
        raise SeriesError(
            f"{path}: row 1 needs exactly one date column, named "
            f"{' or '.join(DATE_COLUMNS)}; it has {', '.join(header[:6]) or 'nothing'}"
        )
    repeated = sorted({c for c in header if header.count(c) > 1})
    if repeated:
        raise SeriesError(f"{path}: row 1 repeats column {repeated[0]!r}")
    return header


def read_table(path: Path) -> TextTable:
    """Header and rows of a CSV file as text, with the number of every row's line.

    Raises ``SeriesError`` for a file that cannot be read, has no date column, repeats
    a column, or has a row of another length than the header.
    """
    _header(path)
    status = path.stat()
    return _read(path, (status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=64)
def _read(path: Path, stamp: tuple[int, int]) -> TextTable:
    """Rows of a file as text; ``stamp`` (size, time) makes a changed file re-read."""
    del stamp
    header, lines, rows = _header(path), [], []
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.reader(handle)
            next(reader)
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    raise SeriesError(
                        f"{path}: row {reader.line_num} has {len(row)} cells, the "
                        f"header has {len(header)}"
                    )
                lines.append(reader.line_num)
                rows.append([cell.strip() for cell in row])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SeriesError(f"{path}: not a readable CSV file ({error})") from error
    return TextTable(path, header, lines, rows)


def _column(path: Path, column: str, where: tuple[str, str] | None) -> pd.Series:
    """One column of one file as a series of observed values."""
    table = read_table(path)
    day_name = next(c for c in table.header if c in DATE_COLUMNS)
    day_at, cell_at = table.header.index(day_name), table.header.index(column)
    keep = _selector(table, where)
    days: list[date] = []
    values: list[float] = []
    previous: date | None = None
    for line, row in zip(table.lines, table.rows, strict=True):
        if not keep(row):
            continue
        place = f"{path}, row {line}"
        day = date_cell(row[day_at], f"{place}, column {day_name!r}")
        if previous is not None and day <= previous:
            raise SeriesError(
                f"{place}, column {day_name!r}: {day} comes after {previous}; dates "
                f"must rise from row to row"
            )
        previous = day
        if row[cell_at] not in MISSING_CELLS:
            days.append(day)
            values.append(number_cell(row[cell_at], f"{place}, column {column!r}"))
    if not values:
        condition = f" where {where[0]} is {where[1]!r}" if where else ""
        raise SeriesError(f"{path}, column {column!r}: no observation{condition}")
    found = pd.Series(values, index=pd.DatetimeIndex(days, name="DATE"), name=column)
    # Whoever refuses the values says where they stand.
    found.attrs["file"] = str(path)
    return found


def _selector(table: TextTable, where: tuple[str, str] | None):
    """Predicate on rows: all of them, or those that match ``where``."""
    if where is None:
        return lambda row: True
    column, text = where
    if column not in table.header:
        raise MissingColumnError(
            f"{table.path}: no column {column!r}, needed to keep rows that read "
            f"{text!r} there"
        )
    at = table.header.index(column)
    return lambda row: row[at] == text


def date_cell(cell: str, place: str) -> date:
    """Date of a cell; ``place`` is for the message of ``SeriesError``."""
    # ``fromisoformat`` alone would also take 20200131 and 2020-W05-5.
    if len(cell) == 10 and cell[4] == cell[7] == "-":
        try:
            return date.fromisoformat(cell)
        except ValueError:
            pass
    raise SeriesError(f"{place}: {cell!r} is not a date written YYYY-MM-DD")


def number_cell(cell: str, place: str) -> float:
    """Finite number of a cell; ``place`` is for the message of ``SeriesError``."""
    try:
        # ``float`` alone would read 1_000 as a thousand.
        value = float(cell.replace("_", "?"))
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise SeriesError(
            f"{place}: {cell!r} is not a finite number (leave missing cells empty)"
        )
    return value
