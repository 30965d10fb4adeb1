"""Expressions of Dynare files as sympy expressions, by recursive descent.

Precedence is that of Dynare's own grammar: ``-x^2`` is ``-(x^2)``, ``2^-x*y`` is
``(2^(-x))*y``, and ``a^b^c`` is refused as it is there. Numbers without a fraction are
exact integers, so that ``1/3`` is a third and ``x^2.0`` a plain square.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import sympy as sp

from ..declaration import not_found
from ..general.model import name_and_date, put
from . import host
from .tokens import Token, Tokens

STEADY_STATE = "steady_state"
_EXACT = 2.0**53
_LONGEST = 64
# Parentheses inside each other, and periods between dates, that are read.
_DEEPEST, _FARTHEST = 60, 100
_LARGEST = sys.float_info.max


def _normal_cdf(x, mean: sp.Expr = sp.S.Zero, deviation: sp.Expr = sp.S.One):
    return (1 + sp.erf((x - mean) / (deviation * sp.sqrt(2)))) / 2


def _normal_pdf(x, mean: sp.Expr = sp.S.Zero, deviation: sp.Expr = sp.S.One):
    scaled = (x - mean) / deviation
    return sp.exp(-(scaled**2) / 2) / (deviation * sp.sqrt(2 * sp.pi))


_ONE_ARGUMENT = {
    "exp": sp.exp,
    "log": sp.log,
    "ln": sp.log,
    "log10": lambda x: sp.log(x) / sp.log(10),
    "sqrt": sp.sqrt,
    "abs": sp.Abs,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "asin": sp.asin,
    "acos": sp.acos,
    "atan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "asinh": sp.asinh,
    "acosh": sp.acosh,
    "atanh": sp.atanh,
    "erf": sp.erf,
}
_NORMAL = {"normcdf": _normal_cdf, "normpdf": _normal_pdf}
FUNCTIONS = frozenset({*_ONE_ARGUMENT, *_NORMAL})

_NO_FUNCTION = {
    "sign": "it jumps, which perturbation cannot resolve; use a smooth function",
    "cbrt": "write x^(1/3)",
    "expectation": "it belongs in the model only",
    "diff": "write x - x(-1)",
    "adl": "write the lags out",
    "var_expectation": "write the forecast out",
    "pac_expectation": "write the forecast out",
}
_COMPARED: dict[str, Callable[[sp.Expr, sp.Expr], sp.Basic]] = {
    "<": sp.Lt,
    ">": sp.Gt,
    "<=": sp.Le,
    ">=": sp.Ge,
    "==": sp.Eq,
    "!=": sp.Ne,
    "~=": sp.Ne,
}


@dataclass
class Scope:
    """What names mean in an expression.

    ``symbols`` are the values of names that have no date; ``moving`` makes the symbol
    of a variable or shock and a date, for names in ``moving_names``. ``at_rest`` makes
    the stand-in of a variable's steady state, where that is allowed, ``expected`` that
    of what is expected of an expression a number of periods earlier. ``numeric``
    expressions are evaluated once, so that they may compare. ``lost`` are names that
    are computed where they cannot be read, with the line. Names that are ``still`` may
    have dates, which change nothing and are kept in ``dated``.
    """

    kind: str
    symbols: dict[str, sp.Expr]
    moving_names: tuple[str, ...] = ()
    moving: Callable[[str, int], sp.Expr] | None = None
    locals: dict[str, sp.Expr] = field(default_factory=dict)
    at_rest: Callable[[str, Token], sp.Expr] | None = None
    expected: Callable[[sp.Expr, int, Token], sp.Expr] | None = None
    numeric: bool = False
    lost: Mapping[str, int] = field(default_factory=dict)
    kinks: list[Token] = field(default_factory=list)
    external: Collection[str] = ()
    still: Collection[str] = ()
    dated: dict[str, Token] = field(default_factory=dict)

    def names(self) -> list[str]:
        """All names that can be meant."""
        return [*self.symbols, *self.moving_names, *self.locals]


@dataclass
class Expressions:
    """Reads expressions from tokens."""

    tokens: Tokens
    scope: Scope
    depth: int = 0

    def read(self) -> sp.Expr:
        """Read one expression; it must be a real number or formula.

        Raises
        ------
        DynareFileError
            What is misspelt, misplaced or outside the subset, with its line.
        """
        first = self.tokens.next
        found = self._compared()
        huge = any(abs(n) > _LARGEST for n in found.atoms(sp.Number))
        if huge or found.has(sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I):
            raise self.tokens.error(first, "the expression has no real, finite value")
        return found

    def _compared(self) -> sp.Expr:
        """A sum, or a comparison of sums as one or zero."""
        found = self.sum()
        while self.tokens.next.text in _COMPARED:
            sign = self.tokens.take()
            if not self.scope.numeric:
                raise self.tokens.error(
                    sign,
                    f"the comparison '{sign.text}' is not smooth; use smooth functions",
                )
            relation = _COMPARED[sign.text](found, self.sum())
            found = sp.sympify(sp.Piecewise((1, relation), (0, True)))
        return found

    def sum(self) -> sp.Expr:
        """Read a sum of products."""
        found = self._product()
        while self.tokens.next.text in ("+", "-"):
            if self.tokens.take().text == "+":
                found = found + self._product()
            else:
                found = found - self._product()
        return found

    def _product(self) -> sp.Expr:
        found = self._signed()
        while self._elementwise("*", "/"):
            if self.tokens.take().text == "*":
                found = found * self._signed()
            else:
                found = found / self._signed()
        return found

    def _elementwise(self, *signs: str) -> bool:
        """Whether a sign comes next; a dot before it is that of the host language."""
        dot = self.tokens.next.text == "." and self.scope.numeric
        if dot and self.tokens.ahead(1).text in signs:
            self.tokens.take()
        return self.tokens.next.text in signs

    def _signed(self) -> sp.Expr:
        if self.tokens.accept("-"):
            return -self._signed()
        if self.tokens.accept("+"):
            return self._signed()
        return self._power()

    def _power(self) -> sp.Expr:
        base = self.atom()
        if not self._elementwise("^"):
            return base
        self.tokens.take()
        signed = self.tokens.next.text in ("+", "-")
        exponent = self._signed() if signed else self.atom()
        if base.is_number and exponent.is_number and abs(exponent) > _LONGEST:
            # Exact powers of numbers would have as many digits.
            base = sp.N(base)
        power = sp.Pow(base, exponent)
        if self.tokens.next.text == "^":
            raise self.tokens.error(
                self.tokens.next, "'a^b^c' is ambiguous; write '(a^b)^c' or 'a^(b^c)'"
            )
        assert isinstance(power, sp.Expr)
        return power

    def atom(self) -> sp.Expr:
        """Read a number, a name or what stands in parentheses."""
        token = self.tokens.take()
        if token.kind == "number":
            return number(token.text)
        if token.text == "(":
            self.depth += 1
            if self.depth > _DEEPEST:
                raise self.tokens.error(
                    token,
                    f"more than {_DEEPEST} parentheses inside each other: define parts "
                    "by '#'",
                )
            found = self._compared()
            self.tokens.expect(")")
            self.depth -= 1
            return found
        if token.kind == "name":
            return self._named(token)
        raise self.tokens.error(token, f"expected an expression, found '{token.text}'")

    def _named(self, token: Token) -> sp.Expr:
        called = self.tokens.next.text == "("
        # Dynare's own words are read in any case, names as they are declared.
        word = token.text.lower()
        if called and token.text not in self.scope.names():
            if word == STEADY_STATE:
                return self._steady_state(token)
            if word in ("max", "min"):
                return self._extreme(token, word)
            if word == "expectation" and self.scope.expected is not None:
                return self._expectation(token, self.scope.expected)
            if word in _NO_FUNCTION:
                raise self.tokens.error(
                    token, f"'{word}' is not supported: {_NO_FUNCTION[word]}"
                )
            if word in FUNCTIONS:
                return self._call(token, word)
        date = self._date(token) if called else 0
        return self._symbol(token, date)

    def _call(self, token: Token, word: str) -> sp.Expr:
        arguments = self._arguments()
        if word in _NORMAL:
            if len(arguments) not in (1, 3):
                raise self.tokens.error(token, f"'{word}' takes one or three arguments")
            return _NORMAL[word](*arguments)
        if len(arguments) != 1:
            raise self.tokens.error(token, f"'{word}' takes one argument")
        if word == "abs":
            self.scope.kinks.append(token)
        return _ONE_ARGUMENT[word](arguments[0])

    def _arguments(self) -> list[sp.Expr]:
        self.tokens.expect("(")
        arguments = [self._compared()]
        while self.tokens.accept(","):
            arguments.append(self._compared())
        self.tokens.expect(")")
        return arguments

    def _extreme(self, token: Token, word: str) -> sp.Expr:
        """``max`` or ``min`` by the absolute value of a difference."""
        found, *others = self._arguments()
        if not others:
            raise self.tokens.error(token, f"'{word}' takes two arguments or more")
        self.scope.kinks.append(token)
        for other in others:
            gap = sp.Abs(found - other)
            found = (found + other + (gap if word == "max" else -gap)) / 2
        return found

    def _date(self, token: Token) -> int:
        """The lead or lag in parentheses after a name."""
        if token.text in self.scope.external:
            raise self.tokens.error(
                token,
                f"'{token.text}' is a function of the host language "
                "(external_function), which is not run: write its formula",
            )
        if token.text not in self.scope.names():
            choices = [*self.scope.names(), *FUNCTIONS]
            raise self.tokens.error(
                token, not_found("function or variable", token.text, choices)
            )
        self.tokens.expect("(")
        sign = 1
        while self.tokens.next.text in ("+", "-"):
            sign *= -1 if self.tokens.take().text == "-" else 1
        digits = self.tokens.take()
        if not digits.text.isdigit() or not self.tokens.accept(")"):
            raise self.tokens.error(
                token, f"'{token.text}(...)' needs a whole number as its lead or lag"
            )
        if int(digits.text) > _FARTHEST:
            raise self.tokens.error(
                token,
                f"'{token.text}({'-' if sign < 0 else '+'}{digits.text})' is farther "
                f"away than {_FARTHEST} periods: write a variable for what is in "
                "between",
            )
        return sign * int(digits.text)

    def _symbol(self, token: Token, date: int) -> sp.Expr:
        name, scope = token.text, self.scope
        if date and name in scope.still:
            # A parameter is the same at all dates, as in Dynare.
            scope.dated.setdefault(name, token)
            date = 0
        if date and name not in scope.moving_names:
            if name in scope.locals:
                what = "the local variable"
                help_ = "; write the lead or lag inside its definition"
            elif name in scope.symbols:
                what, help_ = "", f" in {scope.kind}"
            else:
                what, help_ = "", ""
            raise self.tokens.error(
                token, f"{what} '{name}' cannot have a lead or lag{help_}".strip()
            )
        if name in scope.locals:
            return scope.locals[name]
        if name in scope.symbols:
            return scope.symbols[name]
        if name in scope.moving_names and scope.moving is not None:
            return scope.moving(name, date)
        if name in scope.lost:
            raise self.tokens.error(token, host.not_run(name, scope.lost[name]))
        message = not_found("symbol", name, scope.names())
        raise self.tokens.error(token, f"{message} (in {scope.kind})")

    def _expectation(self, token: Token, expected) -> sp.Expr:
        """``expectation(-1)(x)``, what was expected of x a period earlier."""
        self.tokens.expect("(")
        negative = self.tokens.accept("-")
        digits = self.tokens.take()
        self.tokens.expect(")")
        if not digits.text.isdigit() or not (negative or digits.text == "0"):
            raise self.tokens.error(
                token, f"'{token.text}' needs a date that has passed: 0, -1, ..."
            )
        self.tokens.expect("(")
        inside = self._compared()
        self.tokens.expect(")")
        return expected(inside, int(digits.text), token)

    def _steady_state(self, token: Token) -> sp.Expr:
        if self.scope.at_rest is None:
            raise self.tokens.error(
                token,
                f"'{STEADY_STATE}' belongs in the model, not in {self.scope.kind}",
            )
        self.tokens.expect("(")
        inside = self.sum()
        self.tokens.expect(")")
        rest: dict[sp.Basic, sp.Expr] = {}
        for symbol in inside.free_symbols:
            name, _ = name_and_date(symbol)
            if name in self.scope.moving_names:
                rest[symbol] = self.scope.at_rest(name, token)
        return put(inside, rest)


def number(text: str) -> sp.Expr:
    """A number as written in the file: an exact integer, or a double."""
    value = float(text.lower().replace("d", "e"))
    if value.is_integer() and abs(value) < _EXACT:
        return sp.Integer(int(value))
    return sp.Float(value)
