"""Values of a path in a file beside the model: ``initval_file``, ``histval_file``.

Comma-separated values with the names of variables and shocks in the first row, a row
per period. ``initval_file`` has rows for the lags before the path, its periods and the
leads after it: starts, shocks and ends. ``histval_file`` has the rows before the path.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ...errors import user_path
from .tokens import Token, Tokens

SUFFIX = ".csv"
_KINDS = frozenset({"csv", "m", "mat", "xls", "xlsx"})
_NAMES = ("filename", "datafile")


@dataclass(frozen=True)
class DataFile:
    """Columns by name, None where a cell is empty, and the statement that names it.

    ``left_out`` are headers that are no names of the model.
    """

    keyword: Token
    name: str
    columns: dict[str, list[float | None]]
    left_out: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Number of periods."""
        return max((len(c) for c in self.columns.values()), default=0)

    def at(self, tokens: Tokens, name: str, row: int) -> float:
        """The number in a column and a row, counted from zero.

        Raises
        ------
        DynareFileError
            There is none.
        """
        column = self.columns.get(name)
        value = None if column is None else column[row]
        if value is None:
            what = f"no column '{name}'" if column is None else "an empty cell"
            place = "" if column is None else f" in column '{name}', line {row + 2}"
            raise tokens.error(
                self.keyword, f"{self.name} has {what}{place}, which the path needs"
            )
        return value


def read_data_file(
    tokens: Tokens,
    keyword: Token,
    settings: dict[str, str],
    folder: Path | None,
    known: Collection[str],
) -> DataFile:
    """Read the file that a statement names.

    Raises
    ------
    DynareFileError
        Options that are not followed, no such file, a cell that is no number.
    FiscaxError
        The file cannot be read.
    """
    other = [n for n in settings if n.lower() not in _NAMES]
    given = [v.strip("'\"") for n, v in settings.items() if n.lower() in _NAMES]
    if other or len(given) != 1 or not given[0]:
        raise tokens.error(
            keyword,
            f"'{keyword.text}({', '.join(settings)})' is not read: write "
            f"{keyword.text}(datafile = 'NAME{SUFFIX}') with the rows that are needed",
        )
    stem, dot, kind = given[0].rpartition(".")
    name = (stem if dot and kind.lower() in _KINDS else given[0]) + SUFFIX
    path = None if folder is None else folder / name
    if path is None or not path.is_file():
        raise tokens.error(
            keyword,
            f"'{keyword.text}' asks for {given[0]}: save it as {name} beside the "
            "model, names of variables and shocks in the first row",
        )
    with user_path(path):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    header, *lines = [r for r in csv.reader(text.splitlines()) if any(r)] or [[]]
    names = [n.strip() for n in header]
    twice = sorted({n for n in names if n in known and names.count(n) > 1})
    if twice:
        raise tokens.error(keyword, f"{name} has two columns '{twice[0]}'")
    columns: dict[str, list[float | None]] = {n: [] for n in names if n in known}
    for count, line in enumerate(lines, start=2):
        cells = dict(zip(names, line, strict=False))
        for column, values in columns.items():
            where = f"{name}, line {count}, column '{column}'"
            values.append(_number(tokens, keyword, where, cells.get(column, "")))
    left_out = tuple(n for n in names if n and n not in known)
    return DataFile(keyword, name, columns, left_out)


def _number(tokens: Tokens, keyword: Token, where: str, cell: str) -> float | None:
    text = cell.strip()
    if not text or text.lower() == "nan":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise tokens.error(keyword, f"{where}: '{text}' is no number")
    return value
