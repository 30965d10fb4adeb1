"""Assignments of parameters and of host-language numbers, in the file's order."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import sympy as sp

from ..declaration import fixed
from ..general.assignments import number
from ..general.model import put
from . import host
from .expressions import Scope
from .tokens import Token, Tokens

# Numbers of the host language that a file can use without declaring them.
CONSTANTS: dict[str, sp.Expr] = {"pi": sp.pi, "eps": sp.Float(2.0**-52, 17)}
_NO_NUMBERS = frozenset({"nan", "inf"})


@dataclass
class Assignments:
    """What was assigned so far.

    Attributes
    ----------
    steps : name and expression of every assignment, in order.
    values : current numbers; ``lines`` of all assignments by name.
    lost : names that the host language computed, with the line.
    """

    tokens: Tokens
    parameters: dict[str, Token] = field(default_factory=dict)
    steps: list[tuple[str, sp.Expr]] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)
    lines: dict[str, list[Token]] = field(default_factory=dict)
    lost: dict[str, Token] = field(default_factory=dict)
    copies: list[tuple[int, str, sp.Expr]] = field(default_factory=list)

    def scope(self, kind: str, numeric: bool = True) -> Scope:
        """Parameters, helpers and constants as symbols without a date."""
        helpers: dict[str, sp.Expr] = {n: fixed(n) for n in self.values}
        own: dict[str, sp.Expr] = {n: fixed(n) for n in self.parameters}
        constants = CONSTANTS if numeric else {}
        return Scope(
            kind,
            constants | helpers | own if numeric else own,
            numeric=numeric,
            lost={n: t.line for n, t in self.lost.items()},
        )

    def assign(self, token: Token, expression: sp.Expr) -> None:
        """Evaluate an assignment where it stands.

        Raises
        ------
        DynareFileError
            A name without a value, or no real, finite value.
        """
        name = token.text
        for symbol in sorted(str(s) for s in expression.free_symbols):
            if symbol in self.values:
                continue
            if symbol in self.lost:
                line = self.lost[symbol].line
                raise self.tokens.error(token, host.not_run(symbol, line))
            raise self.tokens.error(
                token, f"'{symbol}' has no value yet; assign it before '{name}'"
            )
        value = number(expression, self.values)
        if value is None:
            raise self.tokens.error(token, f"'{name}' has no real, finite value")
        self.values[name] = value
        self.lost.pop(name, None)
        self.steps.append((name, expression))
        self.lines.setdefault(name, []).append(token)

    def forget(self, token: Token) -> None:
        """The host language computes a name from here on."""
        self.values.pop(token.text, None)
        self.lost[token.text] = token

    def snapshot(self, expression: sp.Expr, line: int) -> sp.Expr:
        """An expression in names that keep the values that they have here."""
        places: dict[sp.Basic, sp.Expr] = {}
        for symbol in expression.free_symbols:
            name = str(symbol)
            places[symbol] = fixed(f"{name}@{line}@{len(self.steps)}")
        return put(expression, places)

    def settled(self, expression: sp.Expr) -> tuple[sp.Expr, list[str]]:
        """A ``snapshot`` in final names, and copies that had to be kept.

        A name that is assigned again after the snapshot gets a helper with the value
        that it had there.
        """
        places: dict[sp.Basic, sp.Expr] = {}
        kept: list[str] = []
        for symbol in sorted(expression.free_symbols, key=str):
            name, line, count = str(symbol).split("@")
            later = [n for n, _ in self.steps[int(count) :] if n == name]
            if not later:
                places[symbol] = fixed(name)
                continue
            copy = f"{name}_line_{line}"
            places[symbol] = fixed(copy)
            kept.append(copy)
            if copy not in self.values:
                self.copies.append((int(count), copy, fixed(name)))
                self.values[copy] = self._value_of(name, int(count))
        return put(expression, places), kept

    def _value_of(self, name: str, count: int) -> float:
        known: dict[str, float] = {}
        for step, expression in self.steps[:count]:
            value = number(expression, known)
            assert value is not None
            known[step] = value
        return known[name]

    def program(
        self, names: Collection[str], later: Sequence[tuple[str, sp.Expr]]
    ) -> tuple[tuple[str, sp.Expr], ...]:
        """Steps that matter when values of ``names`` change.

        All of these but numbers that are assigned once; of other names those that they,
        or steps that come ``later``, are computed from.
        """
        counts: dict[str, int] = {}
        for name, _ in self.steps:
            counts[name] = counts.get(name, 0) + 1
        every: list[tuple[str, sp.Expr]] = []
        for place in range(len(self.steps) + 1):
            every += [(copy, e) for count, copy, e in self.copies if count == place]
            every += self.steps[place : place + 1]
        needed = {str(s) for _, e in later for s in e.free_symbols}
        kept: list[tuple[str, sp.Expr]] = []
        for name, expression in reversed(every):
            moves = counts.get(name, 0) > 1 or bool(expression.free_symbols)
            if (name in names and moves) or (name not in names and name in needed):
                kept.append((name, expression))
                needed = needed - {name} | {str(s) for s in expression.free_symbols}
        return tuple(reversed(kept))

    def near(self, name: str) -> Token | None:
        """An undeclared name that was assigned and looks like ``name``."""
        other = [n for n in self.lines if n not in self.parameters]
        found = difflib.get_close_matches(name, other, 1, 0.75)
        return self.lines[found[0]][0] if found else None


def skip_no_number(tokens: Tokens) -> bool:
    """Read ``NaN;`` or ``Inf;``, a value that comes later, if that is assigned."""
    sign = 1 if tokens.next.text == "-" else 0
    word, after = tokens.ahead(sign), tokens.ahead(sign + 1)
    found = word.text.lower() in _NO_NUMBERS and after.text == ";"
    for _ in range(sign + 2 if found else 0):
        tokens.take()
    return found
