"""Parameters that are computed from others: declared once, evaluated in order.

A model's ``assignments`` are those of its file, in order. A value that is given from
outside takes the place of every assignment of that name, so that what was computed from
it follows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ..declaration import DeclarationError, fixed

if TYPE_CHECKING:
    from .model import DynamicModel

_DIGITS = 25


def number(expression: sp.Expr, known: Mapping[str, float]) -> float | None:
    """Value of an expression in names of ``known``; None where there is no real one.

    Raises
    ------
    KeyError
        A name that is not known.
    """
    symbols = expression.free_symbols
    if not symbols and expression.is_Number:
        value = expression
    else:
        exact = {s: sp.Float(known[str(s)], 17) for s in symbols}
        value = sp.N(expression.xreplace(exact), _DIGITS)
    if not value.is_real or not abs(value) < sys.float_info.max:
        return None
    return float(value)


def computed_values(
    model: DynamicModel, changes: Mapping[str, float]
) -> dict[str, float]:
    """Values by name where ``changes`` are given: what follows from them follows.

    Raises
    ------
    DeclarationError
        A parameter that follows from the steady state is given, or a value that is
        computed is no number.
    """
    for name in changes:
        if name in model.settled:
            raise DeclarationError(
                f"parameter '{name}' follows from the steady state of '{model.name}'; "
                "change what it is computed from"
            )
    known = {**model.values, **changes}
    if not changes or not model.assignments:
        return known
    for name, expression in model.assignments:
        if name in changes:
            continue
        try:
            value = number(expression, known)
        except KeyError as missing:
            known.pop(name, None)
            if name in model.values:
                raise DeclarationError(
                    f"'{name}' is computed from {missing}, which has no value"
                ) from None
            continue
        if value is None:
            raise DeclarationError(
                f"'{name}' has no real, finite value at the parameters given"
            )
        known[name] = value
    names = [p.name for p in model.parameters]
    return {n: known[n] for n in names if n in known}


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


def resting_symbols(model: DynamicModel) -> dict[sp.Basic, sp.Basic]:
    """Symbols of parameters that are steady states, to those of the variables."""
    symbols = {v.name: v.symbol for v in model.variables}
    return {fixed(n): symbols[v] for n, v in model.resting.items()}
