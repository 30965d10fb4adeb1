"""Labelled tables: what a study measured, as ``xarray.Dataset``s with units.

A table has a dimension per label where its rows fill the product of the labels, and one
dimension ``row``, with the labels along it, where they do not. Either way a number is
picked by its labels, and ``records`` gives the rows in their order, as files hold them.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import FiscaxError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

ROW = "row"


def table(
    rows: Iterable[Mapping[str, Any]],
    labels: Sequence[str],
    units: Mapping[str, str] | None = None,
) -> xr.Dataset:
    """A labelled table of flat rows.

    Parameters
    ----------
    rows : one mapping per row; what is missing, or None, has no value.
    labels : columns that tell rows apart, slowest first.
    units : of the other columns, where they have one.

    Raises
    ------
    ValueError
        Two rows have the same labels.
    """
    import xarray as xr

    rows = [dict(r) for r in rows]
    columns = list(dict.fromkeys(name for r in rows for name in r))
    keys = [tuple(r.get(n) for n in labels) for r in rows]
    twice = [k for k, count in Counter(keys).items() if count > 1]
    if twice:
        raise ValueError(f"rows have the same {', '.join(labels)}: {twice[0]}")
    along = {n: list(dict.fromkeys(k[i] for k in keys)) for i, n in enumerate(labels)}
    full = math.prod(map(len, along.values())) == len(keys)
    full = full and list(itertools.product(*along.values())) == keys
    values = {n: _column([r.get(n) for r in rows]) for n in columns if n not in along}
    attrs = {"columns": columns, "labels": list(labels)}
    own = dict(units or {})
    if full:
        shape = tuple(len(v) for v in along.values())
        data = {
            n: (tuple(labels), v.reshape(shape), _unit(own, n))
            for n, v in values.items()
        }
        coords = {n: _column(v) for n, v in along.items()}
        return xr.Dataset(data, coords, attrs)
    data = {n: (ROW, v, _unit(own, n)) for n, v in values.items()}
    beside = {n: (ROW, _column([k[i] for k in keys])) for i, n in enumerate(labels)}
    return xr.Dataset(data, beside, attrs)


def _unit(units: Mapping[str, str], name: str) -> dict[str, str]:
    return {"units": units[name]} if name in units else {}


def _column(values: Sequence[Any]) -> np.ndarray:
    """Floats with NaN for None; everything else as it is."""
    kinds = {type(v) for v in values if v is not None}
    if kinds and all(issubclass(k, float | np.floating) for k in kinds):
        return np.array([np.nan if v is None else float(v) for v in values])
    if None not in values and len(kinds) == 1 and kinds <= {int, bool}:
        return np.array(values)
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _plain(value: Any) -> Any:
    """A number or text of Python; None where there is no value."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value


def records(data: xr.Dataset) -> list[dict[str, Any]]:
    """Rows of a table in their order, with its columns in theirs."""
    names = [*data.attrs["labels"], *map(str, data.data_vars)]
    order = data.attrs.get("columns", names)
    if ROW in data.dims:
        columns = {n: data[n].to_numpy() for n in order}
    else:
        dims = data.attrs["labels"]
        whole = tuple(data.sizes[d] for d in dims)
        grids = np.meshgrid(*(np.arange(n) for n in whole), indexing="ij")
        at = {d: g.ravel() for d, g in zip(dims, grids, strict=True)}
        columns = {
            n: data[n].to_numpy()[at[n]]
            if n in at
            else data[n].transpose(*dims).to_numpy().ravel()
            for n in order
        }
    return [
        dict(zip(order, map(_plain, row), strict=True))
        for row in zip(*columns.values(), strict=True)
    ]


def frame(data: xr.Dataset) -> pd.DataFrame:
    """Rows of a table as a data frame in which what has no value stays empty."""
    import pandas as pd

    found = pd.DataFrame(records(data))
    for name in found.columns[found.isna().any()]:
        found[name] = found[name].astype(object).where(found[name].notna(), "")
    return found


def rows(data: xr.Dataset, /, **labels: Any) -> list[dict[str, Any]]:
    """The rows with these labels, in their order."""
    return [r for r in records(data) if all(_same(r[k], v) for k, v in labels.items())]


def _same(found: Any, asked: Any) -> bool:
    if isinstance(found, float) and isinstance(asked, float | int):
        return abs(found - asked) < 1e-9 * max(1.0, abs(found))
    return found == asked


def pick(data: xr.Dataset, name: str, /, **labels: Any) -> Any:
    """One value by its labels; None where there is none.

    Raises
    ------
    FiscaxError
        No row has these labels, or several have.
    """
    found = rows(data, **labels)
    if len(found) != 1:
        asked = ", ".join(f"{k} = {v}" for k, v in labels.items())
        raise FiscaxError(f"{len(found)} rows have {asked}, where one is asked for")
    return found[0][name]
