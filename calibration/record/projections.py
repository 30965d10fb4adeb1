"""Projections of a government's budget: files of years, balances, growth and rates.

A file is a CSV table or the first sheet of an Excel workbook (.xlsx) of the same
layout. Lines that start with # are notes, ``# name: ...``; a sheet has them in its
first column. The first row below the header holds the year before the projection and
the debt with which it opens, nothing else; every further row holds one year, without
gaps:

    year, primary_balance, growth, rate   required
    other_means, convenience              zero if there is no such column
    inflation                             of the GDP deflator; assumed if there is none
    foreign_share, depreciation           zero if there is no such column
    maturing                              from the maturity structure if there is none
    net_interest, debt                    checked where they are given

Balances, interest and debt are percent of the year's GDP; growth (of nominal GDP),
rate, inflation, depreciation and convenience percent a year. ``rate`` is the interest
of the year over the debt a year before, ``other_means`` what borrowing exceeds the
deficit by, ``convenience`` what investors forgo of the rate for the services of this
debt. ``foreign_share`` is the percentage of the debt a year before that is owed in
foreign currency, ``depreciation`` the rise of its price; ``maturing`` the percentage of
the debt a year before that falls due in the year. With (1 + return) = (1 + rate) (1 +
foreign_share depreciation), debt follows

    debt = debt_before (1 + return) / (1 + growth) - primary_balance + other_means

Notes that are read, all optional: ``name``, ``source``; ``bills``, ``notes``, ``bonds``
(all three: percentages of the debt, which add up to 100; bills were issued for a year
or less); ``notes_years``, ``bonds_years`` (both: maturity when issued; one part in that
many falls due every year); ``maturities`` (the source of these); ``group``
(``advanced`` or ``emerging``: whose thresholds apply);
``error_persistence``, ``error_first``, ``error_lasting`` (all three: errors of the
file's own primary balances, an autoregression as in ``forecast_errors.FiscalNews``).
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
OPTIONAL = (
    "other_means",
    "convenience",
    "inflation",
    "foreign_share",
    "depreciation",
    "maturing",
    "net_interest",
    "debt",
)
# Columns with admissible values from zero to a hundred percent.
SHARES = ("foreign_share", "maturing")
# Notes that are numbers -> their admissible values.
NUMBERS = {
    "bills": (0.0, 100.0),
    "notes": (0.0, 100.0),
    "bonds": (0.0, 100.0),
    "notes_years": (1.0, 100.0),
    "bonds_years": (1.0, 100.0),
    "error_persistence": (-0.99, 0.99),
    "error_first": (0.0, 100.0),
    "error_lasting": (0.0, 100.0),
}
ERRORS = ("error_persistence", "error_first", "error_lasting")
# Kinds of debt by maturity when issued, the shortest first.
TENORS = ("bills", "notes", "bonds")
LIVES = ("notes_years", "bonds_years")
GROUPS = ("advanced", "emerging")
# Percent of GDP by which debt and interest may miss the accounting: rounded inputs.
CLOSES = 0.01


class ProjectionError(FiscaxError):
    """A projection file is wrong: the message names the row and the column."""


class Flows(NamedTuple):
    """What happens year by year: arrays (T,) of JAX or the host, as decimals.

    ``primary_balance``, ``other_means`` are shares of the year's GDP, ``growth`` is of
    nominal GDP, ``rate`` is the return on the debt of a year before, in the currency of
    GDP, ``convenience`` likewise.
    """

    primary_balance: Any
    growth: Any
    rate: Any
    other_means: Any
    convenience: Any


# Fiscal year at whose end the shipped projection opens.
OPENING = 2025


@dataclass(frozen=True)
class Profile:
    """What a file says of its debt beside the flows; None where it says nothing.

    Arrays (T,) as decimals. ``foreign_share`` is of the debt a year before,
    ``depreciation`` the rise of the price of foreign currency, ``maturing`` the share
    of the debt a year before that falls due. ``shares`` are those of ``TENORS`` in the
    debt, as decimals, ``lives`` the years of ``LIVES``. ``errors`` hold persistence,
    first and lasting deviation of the balance, the latter two in percent of GDP,
    ``maturities`` the source of shares and lives.
    """

    inflation: np.ndarray | None = None
    foreign_share: np.ndarray | None = None
    depreciation: np.ndarray | None = None
    maturing: np.ndarray | None = None
    shares: tuple[float, ...] | None = None
    lives: tuple[float, ...] | None = None
    group: str = "advanced"
    errors: tuple[float, ...] | None = None
    maturities: str = "not given"


@dataclass(frozen=True, eq=False)
class Projection:
    """A projection: years (T,), opening debt over GDP a year before, flows (T,)."""

    name: str
    source: str
    years: np.ndarray
    opening_debt: float
    flows: Flows
    profile: Profile = Profile()

    @property
    def debt(self) -> np.ndarray:
        """Debt over the year's GDP, shape (T,)."""
        return np.asarray(debt_path(self.flows, self.opening_debt))

    @property
    def revaluation(self) -> np.ndarray:
        """Rise of the value of the debt a year before with the exchange rate, (T,)."""
        share, move = self.profile.foreign_share, self.profile.depreciation
        if share is None or move is None:
            return np.zeros(len(self.years))
        return share * move

    @property
    def interest_rate(self) -> np.ndarray:
        """Interest over the debt a year before, (T,): the return less revaluation."""
        return (1 + np.asarray(self.flows.rate)) / (1 + self.revaluation) - 1


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
    return [BASELINE, "example_projection", "example_foreign_currency"]


def find_projection(name_or_path: str | Path) -> Path:
    """Path of a shipped projection, or of a file ending in .csv or .xlsx.

    Raises
    ------
    ProjectionError
        Nothing with this name is shipped.
    """
    text = str(name_or_path)
    if text.endswith((".csv", ".xlsx")):
        return Path(text)
    if text in shipped_projections():
        return FACTS / f"{text}.csv"
    raise ProjectionError(
        f"projection '{text}': not shipped; there are "
        f"{', '.join(shipped_projections())}, or give a .csv or .xlsx file"
    )


def read_projection(name_or_path: str | Path) -> Projection:
    """Read a projection by shipped name or from a file.

    Raises
    ------
    ProjectionError
        Naming the row (counted below the header, with its year) and the column; in a
        workbook the cell, too.
    """
    path = find_projection(name_or_path)
    if path.suffix == ".xlsx":
        lines, places = _sheet(path)
        return _Table(path.name, lines, places).projection(path.stem)
    return _Table(path.name, _text(path)).projection(path.stem)


def file_rows(projection: Projection) -> list[list[Any]]:
    """Header, rows and notes of the file that says what the projection does.

    Numbers in percent, cells that are empty None. Written as a CSV file or as a sheet
    it is read as the same projection, but for the last digit.
    """
    profile, flows = projection.profile, projection.flows
    columns = {
        "primary_balance": flows.primary_balance,
        "growth": flows.growth,
        "rate": projection.interest_rate,
        "other_means": flows.other_means,
        "convenience": flows.convenience,
        "inflation": profile.inflation,
        "foreign_share": profile.foreign_share,
        "depreciation": profile.depreciation,
        "maturing": profile.maturing,
        "debt": projection.debt,
    }
    given = {n: 100 * np.asarray(v) for n, v in columns.items() if v is not None}
    first = int(projection.years[0]) - 1
    opening = [None] * (len(given) - 1) + [100 * projection.opening_debt]
    years = projection.years.tolist()
    rows = [
        [year, *(float(v[k]) for v in given.values())] for k, year in enumerate(years)
    ]
    notes: dict[str, Any] = {
        "name": projection.name,
        "source": projection.source,
        "group": profile.group,
        **_named(TENORS, profile.shares, 100),
        **_named(LIVES, profile.lives),
        **_named(ERRORS, profile.errors),
        "maturities": profile.maturities,
    }
    return [
        ["year", *given],
        [first, *opening],
        *rows,
        *([f"# {name}: {value}"] for name, value in notes.items()),
    ]


def _named(
    names: tuple[str, ...], values: tuple[float, ...] | None, factor: float = 1.0
) -> dict[str, float]:
    """Values by name, none where there are none."""
    return {n: factor * v for n, v in zip(names, values or (), strict=False)}


def _text(path: Path) -> list[list[str]]:
    """Rows of cells of a CSV file; a note is a row of one cell."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ProjectionError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ProjectionError(f"{path}: is not text in UTF-8") from error
    return [
        # Spreadsheets fill the line of a note up with empty cells.
        [x.rstrip(",")]
        if x.startswith("#")
        else [c.strip() for c in next(csv.reader([x]))]
        for x in lines
        if x.strip()
    ]


def _sheet(path: Path) -> tuple[list[list[str]], list[int]]:
    """Rows of cells of the first sheet of a workbook, as a CSV file would have them.

    Formulas count with the value that was saved with them; empty columns at the right
    and empty rows are left out. Beside the rows, where they stand in the sheet.
    """
    # Slow to import, and most files are text.
    import zipfile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, data_only=True, read_only=True)
    except OSError as error:
        raise ProjectionError(f"{path}: cannot be read: {error.strerror}") from error
    except (zipfile.BadZipFile, InvalidFileException, KeyError) as error:
        raise ProjectionError(f"{path}: is not an Excel workbook (.xlsx)") from error
    cells = [[_cell_text(c) for c in r] for r in book.worksheets[0].values]
    book.close()
    rows = {k: r for k, r in enumerate(cells, start=1) if any(r)}
    table = [r for r in rows.values() if not r[0].startswith("#")]
    width = max((k + 1 for r in table for k, c in enumerate(r) if c), default=0)
    lines = [[r[0]] if r[0].startswith("#") else r[:width] for r in rows.values()]
    return lines, list(rows)


def _cell_text(value: Any) -> str:
    """A cell as a CSV file has it: whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _column_letter(place: int) -> str:
    """Name of a column of a sheet: A for 0."""
    from openpyxl.utils import get_column_letter

    return get_column_letter(place + 1)


class _Table:
    """Rows of a file, and errors that say where.

    ``places`` are the rows of a workbook's sheet in which the lines stand.
    """

    def __init__(
        self, file: str, lines: list[list[str]], places: list[int] | None = None
    ):
        self.file = file
        own = [not r[0].startswith("#") for r in lines]
        self.places = [p for p, k in zip(places or [], own, strict=False) if k][1:]
        notes = [r[0] for r in lines if r[0].startswith("#")]
        comments = [x[1:].partition(":") for x in notes]
        self.notes = {k.strip(): v.strip() for k, _, v in comments}
        rows = [r for r in lines if not r[0].startswith("#")]
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
        cell = ""
        if self.places and column in self.header:
            letter = _column_letter(self.header.index(column))
            cell = f", cell {letter}{self.places[row]}"
        return ProjectionError(
            f"{self.file}, row {row + 1} (year {year}{cell}), column '{column}': "
            f"{problem}"
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
        growing = ("growth", "rate", "inflation", "depreciation")
        if column in growing and found.min() <= -1.0:
            row = int(found.argmin()) + 1
            raise self._fail(row, column, "has to be above -100 percent a year")
        if column in SHARES and (found.min() < 0 or found.max() > 1):
            row = int(np.abs(found - 0.5).argmax()) + 1
            raise self._fail(row, column, "has to be from 0 to 100 percent")
        return found

    def _optional(self, column: str) -> np.ndarray | None:
        """A column that may be left out, but is whole where it is there."""
        return self._flow(column) if column in self.header else None

    def _note(self, name: str) -> float | None:
        """A note that is a number."""
        text = self.notes.get(name)
        if text is None:
            return None
        low, high = NUMBERS[name]
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise ProjectionError(
                f"{self.file}, note '{name}': '{text}' is not a number from {low:g} to "
                f"{high:g}"
            )
        return value

    def _profile(self) -> Profile:
        """What the file says of its debt beside the flows."""
        pair = [name in self.header for name in ("foreign_share", "depreciation")]
        if any(pair) and not all(pair):
            lacking = ("foreign_share", "depreciation")[pair.index(False)]
            raise ProjectionError(f"{self.file}: column '{lacking}' is missing")
        group = self.notes.get("group", "advanced")
        if group not in GROUPS:
            raise ProjectionError(
                f"{self.file}, note 'group': '{group}' is neither of {GROUPS}"
            )
        shares = self._together(TENORS)
        if shares is not None and abs(sum(shares) - 100) > CLOSES:
            raise ProjectionError(
                f"{self.file}, notes {', '.join(TENORS)}: add up to {sum(shares):g}, "
                "not to 100 percent"
            )
        return Profile(
            self._optional("inflation"),
            self._optional("foreign_share"),
            self._optional("depreciation"),
            self._optional("maturing"),
            None if shares is None else tuple(x / sum(shares) for x in shares),
            self._together(LIVES),
            group,
            self._together(ERRORS),
            self.notes.get("maturities", "not given"),
        )

    def _together(self, names: tuple[str, ...]) -> tuple[float, ...] | None:
        """Notes that are numbers and are given all or not at all."""
        own = {name: self._note(name) for name in names}
        found = tuple(x for x in own.values() if x is not None)
        if 0 < len(found) < len(names):
            lacking = next(name for name, x in own.items() if x is None)
            raise ProjectionError(f"{self.file}: note '{lacking}' is missing")
        return found or None

    def projection(self, stem: str) -> Projection:
        """The projection, checked against what the file says of debt and interest."""
        for name in self.header:
            if name not in ("year", "debt") and self._cell(0, name):
                raise self._fail(0, name, "the opening row holds year and debt only")
        opening = self._number(0, "debt") / 100
        if opening < 0:
            raise self._fail(0, "debt", "has to be zero or more")
        profile = self._profile()
        share, move = profile.foreign_share, profile.depreciation
        risen = 1.0 if share is None or move is None else 1 + share * move
        flows = Flows(
            self._flow("primary_balance"),
            self._flow("growth"),
            (1 + self._flow("rate")) * risen - 1,
            self._flow("other_means", 0.0),
            self._flow("convenience", 0.0),
        )
        found = Projection(
            self.notes.get("name", stem),
            self.notes.get("source", "not given"),
            np.array(self.years[1:]),
            opening,
            flows,
            profile,
        )
        self._check_accounts(found)
        return found

    def _cell(self, row: int, column: str) -> str:
        return self.rows[row][self.header.index(column)]

    def _check_accounts(self, found: Projection) -> None:
        """Each year's interest and debt, from the debt that the file has before it."""
        before = 100 * found.opening_debt
        flows = [100 * np.asarray(f) for f in found.flows]
        rates = 100 * found.interest_rate
        for k, (balance, growth, total, other, _) in enumerate(
            zip(*flows, strict=True), start=1
        ):
            interest = before * rates[k - 1] / (100 + growth)
            debt = before * (100 + total) / (100 + growth) - balance + other
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
