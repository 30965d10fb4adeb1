"""Observations: files of them, and tables that users hold in Python."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...errors import FiscaxError, user_path
from ...models.declaration import not_found
from ...solvers.filters.observables import series_by_name

# ``name = [numbers];`` of a MATLAB script, and where its remarks begin.
_VECTOR = re.compile(r"(\w+)\s*=\s*\[([^\]]*)\]")
_REMARK = re.compile(r"[%#].*|\.\.\.")


class Series(NamedTuple):
    """Values (T, m) of observables, NaN where missing, and where each row stands."""

    values: np.ndarray
    rows: list[str]
    name: str


def observations(data: Any, names: Sequence[str]) -> Series:
    """Observables ``names`` from a file, a mapping, a data frame or a dataset.

    Raises
    ------
    FiscaxError
        No such file or column, a cell that is no number.
    """
    if isinstance(data, str | Path):
        values, rows = read_series(Path(data), names)
        return Series(values, rows, found_file(Path(data)).name)
    library = type(data).__module__.split(".", maxsplit=1)[0]
    if not isinstance(data, Mapping) and library not in ("pandas", "xarray"):
        raise FiscaxError(
            f"data of type {type(data).__name__}: give a file, or a mapping, data "
            "frame or dataset with a series by name of observable"
        )
    table: Any = data
    if hasattr(table, "to_dataset") and hasattr(table, "dims"):
        table = table.to_dataset(dim="variable")
    known = [str(n) for n in table]
    for name in names:
        if name not in known:
            raise FiscaxError(f"data: {not_found('series', name, known)}")
    _, values, dates = series_by_name({n: table[n] for n in names})
    return Series(
        values, [f"row {i + 1}" for i in range(len(dates))], "given in Python"
    )


def found_file(path: Path) -> Path:
    """The file that a name without an ending stands for, as Dynare looks for it.

    Raises
    ------
    FiscaxError
        There is none.
    """
    if path.is_file():
        return path
    for kind in _READERS:
        beside = path.with_name(path.name + kind)
        if beside.is_file():
            return beside
    endings = "" if path.suffix in _READERS else f" (nor with {', '.join(_READERS)})"
    raise FiscaxError(f"{path}: no such file{endings}")


def read_series(path: Path, names: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Columns ``names`` of a file (T, m), NaN where empty, and where each row stands.

    Files are comma-separated values (lines that start with # are remarks), workbooks,
    MATLAB's data, or scripts that assign ``name = [numbers];``.

    Raises
    ------
    FiscaxError
        No such file or column, or a cell that is no number.
    """
    path = found_file(path)
    reader = _READERS.get(path.suffix.lower(), _comma_separated)
    with user_path(path):
        columns, rows = reader(path)
    for name in names:
        if name not in columns:
            raise FiscaxError(f"{path}: {not_found('column', name, list(columns))}")
    chosen = [columns[n] for n in names]
    lengths = {len(c) for c in chosen}
    if len(lengths) > 1:
        raise FiscaxError(f"{path}: columns have {sorted(lengths)} dates")
    found = np.empty((len(chosen[0]), len(names)))
    for j, (name, cells) in enumerate(zip(names, chosen, strict=True)):
        for t, cell in enumerate(cells):
            found[t, j] = _number(path, rows[t], name, cell)
    return found, rows


Columns = dict[str, list[Any]]


def _comma_separated(path: Path) -> tuple[Columns, list[str]]:
    text = path.read_text(encoding="utf-8-sig").splitlines()
    kept = [i for i, t in enumerate(text, 1) if t.strip() and not t.startswith("#")]
    rows = list(csv.reader(text[i - 1] for i in kept))
    if len(rows) < 2:
        raise FiscaxError(f"{path} has no data: names in the first row, a row per date")
    header = [n.strip() for n in rows[0]]
    twice = [n for n in header if n and header.count(n) > 1]
    if twice:
        raise FiscaxError(f"{path} has two columns '{twice[0]}'")
    columns = {
        name: [row[place] if place < len(row) else "" for row in rows[1:]]
        for place, name in enumerate(header)
    }
    return columns, [f"line {i}" for i in kept[1:]]


def _script(path: Path) -> tuple[Columns, list[str]]:
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    text = "\n".join(_REMARK.sub("", line) for line in lines)
    columns: Columns = {}
    for name, body in _VECTOR.findall(text):
        columns[name] = re.split(r"[\s;,]+", body.strip(" \t\n;,'"))
    if not columns:
        raise FiscaxError(f"{path} has no vectors: write 'name = [numbers];'")
    return columns, _numbered(columns)


def _matlab(path: Path) -> tuple[Columns, list[str]]:
    from scipy.io import loadmat

    found = {k: v for k, v in loadmat(path).items() if not k.startswith("__")}
    columns = {
        name: list(np.ravel(value))
        for name, value in found.items()
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiu"
    }
    return columns, _numbered(columns)


def _workbook(path: Path) -> tuple[Columns, list[str]]:
    import pandas as pd

    frame = pd.read_excel(path, comment="#")
    columns = {str(n).strip(): list(frame[n]) for n in frame}
    return columns, [f"row {i + 2}" for i in range(len(frame))]


_READERS = {
    ".csv": _comma_separated,
    ".m": _script,
    ".mat": _matlab,
    ".xlsx": _workbook,
}


def _numbered(columns: Columns) -> list[str]:
    longest = max((len(c) for c in columns.values()), default=0)
    return [f"row {i + 1}" for i in range(longest)]


def _number(path: Path, row: str, column: str, cell: Any) -> float:
    """The number of a cell; NaN where it is empty."""
    text = cell.strip() if isinstance(cell, str) else cell
    try:
        number = math.nan if text in ("", None) else float(text)
    except (TypeError, ValueError):
        number = math.inf
    if math.isinf(number):
        raise FiscaxError(
            f"{path}, {row}, column '{column}': '{text}' is no number "
            "(leave the cell empty where a value is missing)"
        )
    return number


def logarithms(series: Series, names: Sequence[str]) -> Series:
    """The same in logarithms.

    Raises
    ------
    FiscaxError
        A value that has none.
    """
    wrong = np.argwhere(series.values <= 0)
    if len(wrong):
        t, column = wrong[0]
        raise FiscaxError(
            f"{series.name}, {series.rows[t]}, column '{names[column]}': "
            f"{series.values[t, column]:g} has no logarithm"
        )
    return series._replace(values=np.log(series.values))


def require_spacing(series: Series, column: int, name: str, periods: int) -> None:
    """Refuse a column that is not seen once in ``periods`` dates.

    Raises
    ------
    FiscaxError
        Naming the column and the first row that does not fit; values may be missing.
    """
    seen = np.flatnonzero(~np.isnan(series.values[:, column]))
    if len(seen) == 0:
        raise FiscaxError(f"{series.name}, column '{name}' has no value")
    wrong = [t for t in seen if (t - seen[0]) % periods]
    if wrong:
        raise FiscaxError(
            f"{series.name}, {series.rows[wrong[0]]}, column '{name}': a value that is "
            f"seen every {periods} dates does not stand {wrong[0] - seen[0]} dates "
            f"after the first one ({series.rows[seen[0]]}); leave the cell empty"
        )
