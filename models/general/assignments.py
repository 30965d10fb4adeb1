"""Parameters that are computed from others: declared once, evaluated in order.

A model's ``assignments`` are those of its file, in order. A value that is given from
outside takes the place of every assignment of that name, so that what was computed from
it follows.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence, Set
from typing import Protocol

import sympy as sp

from ..declaration import DeclarationError, Parameter

_DIGITS = 25


class Assigned(Protocol):
    """What a model says about its parameters' values."""

    @property
    def name(self) -> str:
        """Of the model."""
        ...

    @property
    def parameters(self) -> Sequence[Parameter]:
        """In declared order."""
        ...

    @property
    def values(self) -> Mapping[str, float]:
        """Defaults by name."""
        ...

    @property
    def assignments(self) -> Sequence[tuple[str, sp.Expr]]:
        """Of parameters and helpers, in order."""
        ...

    @property
    def settled(self) -> Set[str]:
        """Parameters that follow from the steady state."""
        ...


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


def computed_values(model: Assigned, changes: Mapping[str, float]) -> dict[str, float]:
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
