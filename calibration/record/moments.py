"""The table of empirical moments: computed from data, shipped, and compared.

Columns: ``name, era, value, standard_error, unit, sample_start, sample_end, definition,
source``.  Eras hold complete periods only; ``sample_start`` and ``sample_end`` are the
first and last dates that enter.  Moments for which an era has too little data are left
out of the table and listed, with the reason, by ``missing_moments``.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...errors import FiscaxError
from ..shipped import FACTS
from .definitions import FULL_RECORD_ERA, MomentDefinition
from .events import event_moments
from .macro import macro_definitions
from .rates import rate_definitions
from .returns import return_definitions
from .series import MissingColumnError, PathLike, SeriesDirectory, SeriesError
from .statistics import ConstantSeriesError

COLUMNS = (
    "name",
    "era",
    "value",
    "standard_error",
    "unit",
    "sample_start",
    "sample_end",
    "definition",
    "source",
)
ERAS = {
    "1962-1997": ("1962-01-01", "1997-12-31"),
    "1998-2019": ("1998-01-01", "2019-12-31"),
    "2020-present": ("2020-01-01", "2199-12-31"),
    "2022-present": ("2022-01-01", "2199-12-31"),
}
_FULL_RECORD = ("1947-01-01", "2020-12-31")
_SHIPPED = FACTS / "moments.csv"
_KEY = ["name", "era"]

NOT_MEASURED = {
    "kim_wright_term_premium_10y_mean": "only selected days of THREEFYTP10 are in the "
    "data (month-ends since 2023-03 and event days), too few for an era",
    "treasury_premium_10y_mean": "no public 10y series of hedged foreign yields",
    "aaa_treasury_spread_mean, adjusted for default": "no public CDS series",
    "event_uk_mini_budget_equity": "no UK equity series",
}
"""Moments one might look for that no era has, with the reason."""


class MomentsError(FiscaxError):
    """The empirical moments cannot be computed; the message names what is missing."""


def moment_definitions() -> tuple[MomentDefinition, ...]:
    """Return definitions of all moments measured over eras, in the table's order."""
    return (*rate_definitions(), *return_definitions(), *macro_definitions())


def empirical_moments(
    data_dir: PathLike | Sequence[PathLike], *, require_all: bool = True
) -> pd.DataFrame:
    """Compute the moment table from a directory (or several) of FRED-style CSV files.

    With ``require_all=False``, moments whose columns are absent are left out (see
    ``missing_moments``); otherwise they raise ``MomentsError`` naming the columns.
    Raises ``SeriesError`` for a malformed file, naming file, column and row.
    """
    rows, _ = _computed(data_dir, require_all=require_all)
    return _checked(pd.DataFrame(rows, columns=list(COLUMNS)))


def missing_moments(data_dir: PathLike | Sequence[PathLike]) -> pd.DataFrame:
    """List the moments that the data do not give: columns name, era, reason."""
    _, missing = _computed(data_dir, require_all=False)
    missing += [
        {"name": name, "era": "all", "reason": why}
        for name, why in NOT_MEASURED.items()
    ]
    return pd.DataFrame(missing, columns=["name", "era", "reason"])


def shipped_moments() -> pd.DataFrame:
    """Return the moment table that ships with the package, computed from the US record.

    Values and standard errors as numbers, dates as ISO text.
    """
    table = pd.read_csv(_SHIPPED, keep_default_na=False, na_values=[""])
    return _checked(table)


def difference_from_shipped(
    new: pd.DataFrame, old: pd.DataFrame, *, tolerance: float = 1e-6
) -> pd.DataFrame:
    """Say what changed between two moment tables, one row per moment that did.

    Columns: name, era, ``change`` (``added``, ``removed``, or which of value,
    standard_error, unit, source, sample, definition differ, joined by commas), unit,
    ``old_value``, ``new_value``, ``difference``, ``in_standard_errors`` (over the old
    standard error), ``old_sample``, ``new_sample``.  Numbers differ when they do by
    more than ``tolerance``, relative to the larger of old value and standard error.
    Texts are compared up to the sentence that states the bandwidth.
    """
    before, after = (
        {(row["name"], row["era"]): row for row in _checked(t).to_dict("records")}
        for t in (old, new)
    )
    records = []
    for key in dict.fromkeys([*after, *before]):
        then, now = before.get(key), after.get(key)
        change = _change(then, now, tolerance)
        if change:
            records.append(_difference(key, then, now, change))
    columns = [
        *_KEY,
        "change",
        "unit",
        "old_value",
        "new_value",
        "difference",
        "in_standard_errors",
        "old_sample",
        "new_sample",
    ]
    found = pd.DataFrame(records, columns=columns)
    found.attrs["empty"] = {
        "old_value": "added, not shipped",
        "new_value": "removed, the data do not give it",
        "difference": "added or removed",
        "in_standard_errors": "no old value or standard error",
    }
    return found


def _computed(
    data_dir: PathLike | Sequence[PathLike], *, require_all: bool
) -> tuple[list[dict], list[dict]]:
    """Rows of the table and records of what is missing."""
    single = isinstance(data_dir, str | Path)
    data = SeriesDirectory(*([data_dir] if single else data_dir))
    rows: list[dict] = []
    missing: list[dict] = []
    absent: list[str] = []
    columns: set[str] = set()
    for definition in moment_definitions():
        try:
            frame = pd.DataFrame(definition.frame(data))
        except SeriesError as error:
            if not isinstance(error, MissingColumnError) and require_all:
                raise
            absent.append(f"{definition.name}: {error}")
            reason = str(error)
            if isinstance(error, MissingColumnError):
                columns.add(reason)
            missing += [
                {"name": definition.name, "era": era, "reason": reason}
                for era, _ in _eras(definition)
            ]
            continue
        for era, bounds in _eras(definition):
            row = _row(definition, frame, era, bounds)
            (rows if "value" in row else missing).append(row)
    if absent and require_all:
        raise MomentsError(
            f"{len(absent)} moments lack data, first: {absent[0]}; ask for the rest "
            "alone with require_all=False"
        )
    event_rows, event_missing = event_moments(data)
    missing += [
        {"name": path.name, "era": "all", "reason": reason}
        for path, reason in (data.left_out | data.unused()).items()
    ]
    if not rows and not event_rows:
        # What is wrong with a file that is there says more than what is not there.
        reasons = list(dict.fromkeys(record["reason"] for record in missing))
        told = [r for r in reasons if r not in columns] or reasons[:1]
        raise MomentsError(
            f"the data give no moment at all: {'; '.join(told[:3])}"
            if told
            else "no moment is defined"
        )
    return rows + event_rows, missing + event_missing


def _eras(definition: MomentDefinition) -> Iterable[tuple[str, tuple[str, str]]]:
    yield from ERAS.items()
    if definition.full_record:
        yield FULL_RECORD_ERA, _FULL_RECORD


def _row(
    definition: MomentDefinition, frame: pd.DataFrame, era: str, bounds: tuple[str, str]
) -> dict:
    """Row of the moment in one era, or a record with the reason why there is none."""
    starts, ends = _dates(frame)
    # By the end of the period: fiscal year 1998 begins in 1997 but counts in 1998-2019.
    inside = (ends >= pd.Timestamp(bounds[0])) & (ends <= pd.Timestamp(bounds[1]))
    sample = frame[inside]
    complete = np.flatnonzero(sample.notna().to_numpy().all(axis=1))
    key = {"name": definition.name, "era": era}
    if len(complete) < definition.minimum:
        return key | {
            "reason": f"{len(complete)} {definition.dates} observations, needs "
            f"{definition.minimum}; {_span(frame)}"
        }
    first, last = complete[0], complete[-1]
    try:
        estimate = definition.estimator(sample.iloc[first : last + 1].to_numpy(float))
    except ConstantSeriesError as problem:
        return key | {"reason": f"{problem} ({definition.source})"}
    if not np.isfinite(estimate.value):
        return key | {"reason": f"no finite value ({definition.source})"}
    return key | {
        "value": estimate.value,
        "standard_error": estimate.standard_error,
        "unit": definition.unit,
        "sample_start": _iso(starts[inside][first]),
        "sample_end": _iso(ends[inside][last]),
        "definition": f"{definition.definition}. Standard error: Newey-West, "
        f"{estimate.bandwidth} lags, {estimate.observations} {definition.dates} "
        "observations",
        "source": definition.source,
    }


def _dates(frame: pd.DataFrame) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """First and last calendar day of each row's period (or the trading day twice)."""
    if isinstance(frame.index, pd.PeriodIndex):
        return frame.index.start_time, frame.index.end_time.normalize()
    days = pd.DatetimeIndex(frame.index)
    return days, days


def _iso(day: Any) -> str:
    return pd.Timestamp(day).date().isoformat()


def _span(frame: pd.DataFrame) -> str:
    starts, ends = _dates(frame.dropna())
    if not len(starts):
        return "the data have none at all"
    return f"the data run from {_iso(starts[0])} to {_iso(ends[-1])}"


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table if it is well-formed, else raise naming what is wrong."""
    if list(table.columns) != list(COLUMNS):
        raise MomentsError(
            f"a moment table has columns {', '.join(COLUMNS)}; got "
            f"{', '.join(map(str, table.columns))}"
        )
    repeated = table[table.duplicated(_KEY)]
    if len(repeated):
        raise MomentsError(f"moment {tuple(repeated.iloc[0][_KEY])} appears twice")
    blank = table[~np.isfinite(table["value"].to_numpy(float))]
    if len(blank):
        raise MomentsError(f"moment {tuple(blank.iloc[0][_KEY])} has no finite value")
    return table


def _change(then: dict | None, now: dict | None, tolerance: float) -> str:
    """Words for what differs between two rows; empty if nothing does."""
    if then is None or now is None:
        return "added" if then is None else "removed"
    scale = tolerance * max(abs(then["value"]), abs(then["standard_error"]), 1e-300)
    parts = [
        column
        for column in ("value", "standard_error")
        if not abs(now[column] - then[column]) <= scale
        and not (np.isnan(now[column]) and np.isnan(then[column]))
    ]
    parts += [c for c in ("unit", "source") if then[c] != now[c]]
    if _sample(then) != _sample(now):
        parts.append("sample")
    if _without_bandwidth(then) != _without_bandwidth(now):
        parts.append("definition")
    return ", ".join(parts)


def _difference(
    key: tuple[str, str], then: dict | None, now: dict | None, change: str
) -> dict:
    old = float("nan") if then is None else float(then["value"])
    new = float("nan") if now is None else float(now["value"])
    error = float("nan") if then is None else float(then["standard_error"])
    present = now if now is not None else then
    return {
        "name": key[0],
        "era": key[1],
        "change": change,
        "unit": "" if present is None else present["unit"],
        "old_value": old,
        "new_value": new,
        "difference": new - old,
        "in_standard_errors": (new - old) / error if error else float("nan"),
        "old_sample": "" if then is None else _sample(then),
        "new_sample": "" if now is None else _sample(now),
    }


def _sample(row: dict) -> str:
    return f"{row['sample_start']}..{row['sample_end']}"


def _without_bandwidth(row: dict) -> str:
    return str(row["definition"]).split(". Standard error:")[0]
