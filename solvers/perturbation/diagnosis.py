"""Why equations do not determine variables: counted first, then linearised.

Counting alone finds variables that too few equations hold (Dulmage and Mendelsohn
1958); null vectors of the coefficients find equations that repeat each other and
variables that only ever move together.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from ...models.general.model import DynamicModel, name_and_date
from .first_order import LinearSystem, balanced_system, layout

_SHARE = 0.2
_SHOWN = 5


def undetermined(model: DynamicModel, system: LinearSystem | None = None) -> str:
    """What leaves variables open, in one sentence; empty if nothing is found.

    Parameters
    ----------
    system : linearised at rest; without it equations and variables are only counted.
    """
    found = uncounted(model)
    if found or system is None:
        return found
    where = layout(model)
    (ahead, now, before, _), _ = balanced_system(where, system)
    full_ahead, full_before = np.zeros_like(now), np.zeros_like(now)
    full_ahead[:, list(where.forward)] = ahead
    full_before[:, list(where.states)] = before
    labels = [e.name for e in model.equations]
    beside = np.concatenate([full_ahead, now, full_before], axis=1)
    repeated = null_vector(beside.T)
    if repeated is not None:
        return (
            f"equations {loading(labels, repeated)} repeat each other near the steady "
            "state: one of them follows from the others; replace one by the condition "
            "that is missing"
        )
    above = np.concatenate([full_ahead, now, full_before], axis=0)
    together = null_vector(above)
    if together is not None:
        return (
            f"variables {loading(model.names, together)} are not determined apart from "
            "each other: no equation holds one of them without the others; add a "
            "condition that does"
        )
    return ""


def null_vector(matrix: np.ndarray) -> np.ndarray | None:
    """A vector that a matrix (m, n) sends to zero, None if there is none."""
    if not np.all(np.isfinite(matrix)) or not matrix.size:
        return None
    _, sizes, right = np.linalg.svd(matrix)
    singular = len(sizes) < len(right) or sizes[-1] <= 1e-12 * max(sizes[0], 1e-300)
    return right[-1] if singular else None


@lru_cache(maxsize=64)
def uncounted(model: DynamicModel) -> str:
    """Variables held by too few equations, as a sentence; empty if there are none."""
    names, labels = list(model.names), [e.name for e in model.equations]
    place = {n: i for i, n in enumerate(names)}
    members = [
        {place[n] for n, _ in map(name_and_date, r.free_symbols) if n in place}
        for r in model.residuals
    ]
    rows = [i for i, found in enumerate(members) for _ in found]
    columns = [j for found in members for j in sorted(found)]
    shape = (len(labels), len(names))
    table = csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    of_equation = maximum_bipartite_matching(table, perm_type="column")
    if np.all(of_equation >= 0):
        return ""
    of_variable = {int(j): i for i, j in enumerate(of_equation) if j >= 0}
    # From a free equation along matched variables: equations that are too many.
    over = {int(np.flatnonzero(of_equation < 0)[0])}
    while True:
        held = {j for i in over for j in members[i]}
        more = {of_variable[j] for j in held if j in of_variable} - over
        if not more:
            break
        over |= more
    open_ = {next(j for j in range(len(names)) if j not in of_variable)}
    while True:
        matched = {
            int(of_equation[i]) for i in range(len(labels)) if members[i] & open_
        }
        if matched <= open_:
            break
        open_ |= matched
    holding = [n for n, m in zip(labels, members, strict=True) if m & open_]
    words = {len(over) - 1: str(len(over) - 1), 0: "no", 1: "one"}[len(over) - 1]
    variables = f" ({listed([names[j] for j in sorted(held)])})" if held else ""
    only = f"only by {listed(holding)}" if holding else "by no equation"
    return (
        f"equations {listed([labels[i] for i in sorted(over)])} hold {words} "
        f"variable{'' if len(over) == 2 else 's'}{variables}, one too few, and "
        f"{listed([names[j] for j in sorted(open_)])} "
        f"{'is' if len(open_) == 1 else 'are'} held {only}; replace an equation of the "
        "first kind by a condition on a variable of the second"
    )


def loading(labels: Sequence[str], weights: np.ndarray) -> str:
    """Names whose weight is at least a fifth of the largest one, in their order."""
    size = np.abs(weights)
    largest = [int(i) for i in np.argsort(-size, kind="stable")[:_SHOWN]]
    return listed([labels[i] for i in sorted(largest) if size[i] > _SHARE * size.max()])


def listed(names: Sequence[str]) -> str:
    """Names in quotes, the first few of many."""
    shown = ", ".join(f"'{n}'" for n in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
