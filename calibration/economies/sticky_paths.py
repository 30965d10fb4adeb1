"""Variables, definitions and links of the sticky-price economy on simulated paths.

Paths are pruned (Andreasen, Fernandez-Villaverde and Rubio-Ramirez 2018). There are no
disasters: samples are those of the whole distribution. Links and definitions that are
not variables of the solution are evaluated on its paths, with the next date's shocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import sympy as sp

from ...models.declaration import Dated, DeclarationError, not_found
from ...models.functions import assignment
from ...models.general.form import as_expression, general_expression
from ...models.general.model import dated, name_and_date
from ...models.sticky import sticky_price_economy
from .perturbed import Perturbed
from .protocol import Array


def simulated(
    economy: Perturbed,
    names: tuple[str, ...],
    periods: int,
    paths: int,
    seed: int,
) -> dict[str, Array]:
    """Variables, definitions and links by name, (periods, paths) per quarter.

    Row t of a link, whose name ends in ``_next``, is from t to t+1.
    """
    solution = economy.solution
    known = set(solution.variables)
    formulas = {n: _formula(n) for n in names if n not in known}
    dates = {
        str(s): name_and_date(s) for f in formulas.values() for s in f.free_symbols
    }
    inside = {name for name, _ in dates.values()} & known
    chosen = sorted(inside | (set(names) & known))
    # One date more for what is from t to t+1.
    values, shocks = solution.walk(chosen, periods + 1, paths, seed)
    every = {n: values[..., k] for k, n in enumerate(chosen)}
    every |= {n: shocks[..., k] for k, n in enumerate(solution.shocks)}
    env = {
        symbol: every[name][date : periods + date]
        for symbol, (name, date) in dates.items()
        if name in every
    }
    env |= {n: np.asarray(v) for n, v in economy.parameters.items()}
    found: Mapping[str, Array] = {
        n: assignment(n, f, host=True).value(env) for n, f in formulas.items()
    }
    return {n: found[n] if n in found else every[n][:periods] for n in names}


@lru_cache(maxsize=64)
def _formula(name: str) -> sp.Expr:
    """A definition or link of the economy in dates of the general form."""
    model = sticky_price_economy()
    definitions = {d.name: d.expression for d in model.definitions}
    if name not in definitions:
        raise DeclarationError(not_found("variable or definition", name, definitions))
    found, _ = general_expression(model, definitions[name])
    # The expansion of a level may turn negative, the exponential of its log cannot.
    levels = {
        n: e.args[0]
        for n, e in definitions.items()
        if isinstance(e, sp.exp) and isinstance(e.args[0], Dated)
    }
    dates = {s: name_and_date(s) for s in found.free_symbols}
    return as_expression(
        found.xreplace(
            {
                s: sp.exp(dated(levels[n].name, date))
                for s, (n, date) in dates.items()
                if n in levels
            }
        )
    )
