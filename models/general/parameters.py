"""Parameters inside programs: those computed from others, and steady states."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ..declaration import fixed
from .model import DynamicModel


@lru_cache(maxsize=64)
def derived_parameters(model: DynamicModel) -> Callable[[jax.Array], jax.Array] | None:
    """Traceable ``parameters (p,) -> (p,)`` with what is computed from others renewed.

    None where nothing is: parameters whose last assignment holds no other are given.
    """
    names = [p.name for p in model.parameters]
    last = dict(model.assignments)
    given = {n for n in names if not (n in last and last[n].free_symbols)}
    steps = [(n, e) for n, e in model.assignments if n not in given]
    if not steps:
        return None
    programs = []
    for name, expression in steps:
        symbols = sorted(expression.free_symbols, key=str)
        plain = [sp.Symbol(f"x{i}", real=True) for i in range(len(symbols))]
        renamed = expression.xreplace(dict(zip(symbols, plain, strict=True)))
        function = sp.lambdify(plain, renamed, modules="jax")
        programs.append((name, [str(s) for s in symbols], function))

    def renew(parameters):
        known = {n: parameters[i] for i, n in enumerate(names)}
        for name, needed, function in programs:
            known[name] = jnp.asarray(function(*(known[n] for n in needed)), float)
        return jnp.stack([known[n] for n in names])

    return renew


def at_rest_parameters(model: DynamicModel) -> Callable[..., Any]:
    """Traceable ``(y (n,), parameters (p,)) -> (p,)``: steady states where they enter.

    Equations that hold the steady state of a variable hold a parameter for it.
    Parameters that are taken apart, a list, stay a list.
    """
    if not model.resting:
        return lambda y, parameters: parameters
    names = [p.name for p in model.parameters]
    places = np.array([names.index(n) for n in model.resting])
    rows = np.array([model.names.index(v) for v in model.resting.values()])

    def put(y, parameters):
        if isinstance(parameters, list):
            found = list(parameters)
            for place, row in zip(places, rows, strict=True):
                found[place] = y[row]
            return found
        return parameters.at[places].set(y[rows])

    return put


def resting_symbols(model: DynamicModel) -> dict[sp.Basic, sp.Expr]:
    """Symbols of parameters that are steady states, to those of the variables."""
    symbols = {v.name: v.symbol for v in model.variables}
    return {fixed(n): symbols[v] for n, v in model.resting.items()}
