"""Labelled decision rules in the convention of Dynare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .expansion import Rule
from .first_order import Layout

if TYPE_CHECKING:
    import xarray as xr

# Name -> (field of the rule, blocks of x by axis): "x" for states, "u" for shocks.
_BLOCKS = {
    "ghx": ("x", "x"),
    "ghu": ("x", "u"),
    "ghxx": ("xx", "xx"),
    "ghxu": ("xx", "xu"),
    "ghuu": ("xx", "uu"),
    "ghs2": ("ss", ""),
    "ghxxx": ("xxx", "xxx"),
    "ghxxu": ("xxx", "xxu"),
    "ghxuu": ("xxx", "xuu"),
    "ghuuu": ("xxx", "uuu"),
    "ghxss": ("ssx", "x"),
    "ghuss": ("ssx", "u"),
}


def decision_rule(rule: Rule, where: Layout) -> xr.Dataset:
    """Derivatives (variable, columns) by Dynare's names; products ``first|second``."""
    import xarray as xr

    labels = {"x": where.state_names, "u": where.shocks}
    cut = {"x": slice(0, len(where.states)), "u": slice(len(where.states), None)}
    data: dict[str, tuple[object, np.ndarray]] = {
        "ys": ("variable", np.asarray(rule.steady))
    }
    coords: dict[str, Sequence[str]] = {"variable": list(where.variables)}
    for name, (field, blocks) in _BLOCKS.items():
        array = getattr(rule, field)
        if array is None:
            continue
        block = np.asarray(array)[(slice(None), *(cut[b] for b in blocks))]
        if not blocks:
            data[name] = ("variable", block)
            continue
        column = _column(blocks)
        coords[column] = _products([labels[b] for b in blocks])
        data[name] = (("variable", column), block.reshape(len(where.variables), -1))
    return xr.Dataset(data, coords=coords)


def _column(blocks: str) -> str:
    kinds = {"x": "state", "u": "shock"}
    return "_".join(kinds[b] for b in blocks)


def _products(labels: Sequence[Sequence[str]]) -> list[str]:
    names = [""]
    for factor in labels:
        names = [f"{head}|{n}" if head else n for head in names for n in factor]
    return names
