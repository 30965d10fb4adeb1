"""Bounds of variables on paths: ``[mcp='r > 0']`` and ``equation _|_ r > 0``."""

from __future__ import annotations

from collections.abc import Collection

import sympy as sp

from ..declaration import Dated
from ..general.model import name_and_date
from ..general.scenario import Bound
from .expressions import Expressions
from .macros import DynareFileError
from .tokens import BOUNDED, Token, Tokens, tokens_of

LESS, MORE = ("<", "<="), (">", ">=")


def compared(reader: Expressions) -> tuple[sp.Expr, str, sp.Expr]:
    """Read two sums and the sign between them.

    Raises
    ------
    DynareFileError
        No ``<`` or ``>`` stands between them.
    """
    left = reader.sum()
    sign = reader.tokens.take()
    if sign.text not in (*LESS, *MORE):
        raise reader.tokens.error(sign, f"expected '<' or '>', found '{sign.text}'")
    return left, sign.text, reader.sum()


def tagged_bound(
    equation: str,
    text: str,
    where: Token,
    reader: Expressions,
    variables: Collection[str],
) -> Bound:
    """The bound in the tag ``mcp`` of an equation.

    Raises
    ------
    DynareFileError
        It does not compare a variable at t with a bound in parameters.
    """
    tokens = tokens_of(text, reader.tokens.file)
    label = f"the tag mcp='{text}'"
    try:
        found = _bound(equation, Expressions(tokens, reader.scope), variables)
    except DynareFileError as problem:
        reason = str(problem).partition(": ")[2]
        raise reader.tokens.error(where, f"{label}: {reason}") from None
    if found is None or tokens.next.kind != "end":
        raise _unread(reader.tokens, where, label)
    return found


def bound_behind(
    equation: str, reader: Expressions, variables: Collection[str]
) -> Bound | None:
    """The bound behind ``_|_`` at the end of an equation, None where there is none.

    Raises
    ------
    DynareFileError
        As ``tagged_bound``.
    """
    where = reader.tokens.next
    if not reader.tokens.accept(BOUNDED):
        return None
    found = _bound(equation, reader, variables)
    if found is None:
        raise _unread(reader.tokens, where, f"what follows '{BOUNDED}'")
    return found


def _unread(tokens: Tokens, where: Token, label: str) -> DynareFileError:
    return tokens.error(
        where,
        f"{label} is not read: write a variable, '<' or '>', and a bound in parameters",
    )


def _bound(
    equation: str, reader: Expressions, variables: Collection[str]
) -> Bound | None:
    """A comparison as a bound, or ``lower < variable < upper``; None: neither."""
    left, sign, right = compared(reader)
    if reader.tokens.next.text in (*LESS, *MORE):
        second = reader.tokens.take().text
        last = reader.sum()
        if (second in LESS) != (sign in LESS):
            return None
        lower, upper = (left, last) if sign in LESS else (last, left)
        return _checked(equation, right, {"lower": lower, "upper": upper}, variables)
    if isinstance(right, Dated):
        left, right = right, left
        sign = "<" if sign in MORE else ">"
    limits = {"lower" if sign in MORE else "upper": right}
    return _checked(equation, left, limits, variables)


def _checked(equation: str, variable, limits, variables) -> Bound | None:
    name, date = name_and_date(variable)
    moving = any(isinstance(s, Dated) for e in limits.values() for s in e.free_symbols)
    if name not in variables or date or moving:
        return None
    return Bound(equation, name, **limits)
