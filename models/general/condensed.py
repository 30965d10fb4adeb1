"""The same model with fewer variables: those that an equation gives are put in.

A variable that appears at t only, and that an equation without leads gives as a
function of others, is replaced by that function everywhere. What is left has the same
solution; matrices of its size are what a likelihood spends its time on.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import sympy as sp

from .model import DynamicModel, dated, name_and_date, put

# Most nodes of an expression that is put in, and of an equation that it is put into.
_LARGEST, _LARGE = 400, 4000


@lru_cache(maxsize=64)
def condensed(model: DynamicModel, kept: tuple[str, ...]) -> DynamicModel:
    """A model in ``kept`` variables, those with a lead or a lag, and what is left.

    Equations that hold another version at rest (``DynamicModel.static``) are left as
    they are, with all variables.
    """
    if model.static:
        return model
    moving = {*model.appearing(1), *model.appearing(-1), *model.resting.values(), *kept}
    moving |= {name for pair in model.measurement for name in pair}
    labels = [e.name for e in model.equations]
    equations = dict(zip(labels, model.residuals, strict=True))
    gone: dict[sp.Basic, sp.Expr] = {}
    for name in (n for n in model.names if n not in moving):
        symbol = dated(name, 0)
        found = _given(symbol, equations)
        if found is None:
            continue
        label, value = found
        del equations[label]
        for other, residual in equations.items():
            if symbol in residual.free_symbols:
                equations[other] = put(residual, {symbol: value})
        gone[symbol] = value
    names = {str(symbol) for symbol in gone}
    guesses = _guessed(model, names)
    return replace(
        model,
        variables=tuple(v for v in model.variables if v.name not in names),
        equations=tuple(
            replace(e, left=equations[e.name], right=sp.Integer(0))
            for e in model.equations
            if e.name in equations
        ),
        guesses=guesses,
        estimation=None,
        scenario=None,
        notes=(),
    )


def _given(
    symbol: sp.Basic, equations: dict[str, sp.Expr]
) -> tuple[str, sp.Expr] | None:
    """The shortest equation that gives a variable, and what it gives."""
    own = {n: r for n, r in equations.items() if symbol in r.free_symbols}
    found: list[tuple[int, str, sp.Expr]] = []
    for label, residual in own.items():
        if any(name_and_date(s)[1] > 0 for s in residual.free_symbols):
            # A function of an expectation is not the expectation of a function.
            continue
        slope = sp.diff(residual, symbol)
        if not slope.is_number or slope == 0:
            continue
        value = -put(residual, {symbol: sp.Integer(0)}) / slope
        found.append((_nodes(value), label, value))
    if not found:
        return None
    nodes, label, value = min(found, key=lambda f: f[:2])
    others = [r for n, r in own.items() if n != label]
    grown = [_nodes(r) + nodes * _times(symbol, r) for r in others]
    if others and (nodes > _LARGEST or max(grown) > _LARGE):
        return None
    return label, value


def _nodes(expression: sp.Expr) -> int:
    return sum(1 for _ in sp.preorder_traversal(expression))


def _times(symbol: sp.Basic, expression: sp.Expr) -> int:
    return sum(1 for part in sp.preorder_traversal(expression) if part == symbol)


def _guessed(model: DynamicModel, gone: set[str]) -> dict[str, sp.Expr]:
    """Guesses of what is left; those of variables that are gone are put in."""
    known: dict[sp.Basic, sp.Expr] = {}
    left = {}
    for name, guess in model.guesses.items():
        whole = put(sp.sympify(guess), known)
        if name in gone:
            known[dated(name, 0)] = whole
        else:
            left[name] = whole
    zeros: dict[sp.Basic, sp.Expr] = {
        dated(n, 0): sp.Integer(0) for n in gone if n not in model.guesses
    }
    return {n: put(g, zeros) for n, g in left.items()}
