"""Values and expressions of the macro language: numbers, texts, truths, arrays.

Numbers are doubles, arrays are lists, tuples are tuples. Operators, functions and
precedence are those of Dynare's manual (Adjemian et al. 2022, chapter 4.27).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from ..declaration import not_found
from .macro_functions import (
    ANY,
    CASTS,
    NUMERIC,
    MacroError,
    number_function,
    numeric,
    shown,
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>\|\||&&|==|!=|<=|>=|[-+*/^|&!<>:,()\[\]{}=]))""",
    re.VERBOSE,
)
# Entries of an array; arrays in a product, and calls inside calls.
_LONGEST, _DEEPEST = 100_000, 50


@dataclass(frozen=True)
class Function:
    """``@#define name(arguments) = text``."""

    arguments: list[str]
    text: str


@dataclass
class Scope:
    """Variables and functions that are defined."""

    variables: dict[str, Any] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    depth: int = 0

    def knows(self, name: str) -> bool:
        """Whether a name is defined."""
        return name in self.variables or name in self.functions

    def assign(self, names: list[str], value: Any) -> None:
        """Give one name a value, or several the entries of a tuple.

        Raises
        ------
        MacroError
            Names and entries that differ in number.
        """
        if len(names) == 1:
            self.variables[names[0]] = value
            return
        if not isinstance(value, tuple) or len(value) != len(names):
            raise MacroError(f"'{shown(value)}' is no tuple of {len(names)}")
        self.variables.update(zip(names, value, strict=True))

    def value(self, text: str) -> Any:
        """Value of an expression.

        Raises
        ------
        MacroError
            What is misspelt, has no value or is of another kind.
        """
        return _Reader(self, text).whole()


class _Reader:
    """Recursive descent, loosest operator first."""

    def __init__(self, scope: Scope, text: str):
        self.scope, self.tokens = scope, []
        place = 0
        while place < len(text.rstrip()):
            match = _TOKEN.match(text, place)
            if match is None:
                raise MacroError(f"'{text[place:].strip()[:1]}' is not expected")
            self.tokens.append((match.lastgroup or "", match[match.lastgroup or ""]))
            place = match.end()
        self.tokens.append(("end", "the end"))
        self.place = 0

    def whole(self) -> Any:
        found = self._or()
        if self.tokens[self.place][0] != "end":
            raise MacroError(f"'{self._next()}' is not expected")
        return found

    def _next(self) -> str:
        return self.tokens[self.place][1]

    def _accept(self, *texts: str) -> str:
        kind, text = self.tokens[self.place]
        if kind in ("sign", "name") and text in texts:
            self.place += 1
            return text
        return ""

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise MacroError(f"expected '{text}', found '{self._next()}'")

    def _or(self) -> Any:
        found = self._and()
        while self._accept("||"):
            right = self._and()
            found = _truth(found) or _truth(right)
        return found

    def _and(self) -> Any:
        found = self._compared()
        while self._accept("&&"):
            right = self._compared()
            found = _truth(found) and _truth(right)
        return found

    def _compared(self) -> Any:
        found = self._union()
        while sign := self._accept("==", "!=", "<", ">", "<=", ">=", "in"):
            right = self._union()
            if sign == "in":
                if not isinstance(right, list):
                    raise MacroError(f"'{shown(right)}' is no array")
                found = found in right
            elif sign in ("==", "!="):
                same = type(found) is type(right) and found == right
                found = same == (sign == "==")
            else:
                found = _ordered(sign, found, right)
        return found

    def _union(self) -> Any:
        found = self._range()
        while sign := self._accept("|", "&"):
            right = self._range()
            if not (isinstance(found, list) and isinstance(right, list)):
                raise MacroError(f"'{sign}' joins arrays")
            if sign == "|":
                found = found + [v for v in right if v not in found]
            else:
                found = [v for v in found if v in right]
        return found

    def _range(self) -> Any:
        first = self._sum()
        if not self._accept(":"):
            return first
        last, step = self._sum(), 1.0
        if self._accept(":"):
            step, last = numeric(last), self._sum()
        first, last = numeric(first), numeric(last)
        if step == 0 or not abs((last - first) / step) <= _LONGEST:
            raise MacroError("a range is too long")
        count = math.floor((last - first) / step + 1e-9) + 1
        return [first + step * k for k in range(max(count, 0))]

    def _sum(self) -> Any:
        found = self._product()
        while sign := self._accept("+", "-"):
            right = self._product()
            if sign == "+" and type(found) is type(right) is not bool:
                found = found + right
            elif sign == "-" and isinstance(found, list) and isinstance(right, list):
                found = [v for v in found if v not in right]
            elif sign == "-":
                found = numeric(found) - numeric(right)
            else:
                raise MacroError(f"'{shown(found)}' and '{shown(right)}' do not add up")
        return found

    def _product(self) -> Any:
        found = self._signed()
        while sign := self._accept("*", "/"):
            right = self._signed()
            if sign == "*" and isinstance(found, list) and isinstance(right, list):
                found = _crossed(found, right)
            elif sign == "*":
                found = numeric(found) * numeric(right)
            elif numeric(right) == 0:
                raise MacroError("division by zero")
            else:
                found = numeric(found) / numeric(right)
        return found

    def _signed(self) -> Any:
        if self._accept("-"):
            return -numeric(self._signed())
        if self._accept("+"):
            return numeric(self._signed())
        if self._accept("!"):
            return not _truth(self._signed())
        return self._power()

    def _power(self) -> Any:
        found = self._indexed()
        if self._accept("^"):
            right = self._signed()
            if isinstance(found, list):
                if not (numeric(right).is_integer() and 0 <= right <= _DEEPEST):
                    raise MacroError(f"there is no power {shown(right)} of an array")
                product: list = [()]
                for _ in range(int(right)):
                    product = _crossed(product, found)
                return product
            try:
                return float(numeric(found) ** numeric(right))
            except (OverflowError, ZeroDivisionError, TypeError):
                raise MacroError("a power has no value") from None
        return found

    def _indexed(self) -> Any:
        found = self._atom()
        while self._accept("["):
            index = self._or()
            while self._accept(","):
                more = self._or()
                index = [*(index if isinstance(index, list) else [index]), more]
            self._expect("]")
            found = _picked(found, index)
        return found

    def _atom(self) -> Any:
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "number":
            return float(text.lower().replace("d", "e"))
        if kind == "text":
            return text[1:-1]
        if kind == "name":
            return self._named(text)
        if text == "[":
            return self._array()
        if text == "(":
            return self._grouped()
        raise MacroError(f"expected a value, found '{text}'")

    def _grouped(self) -> Any:
        kind, text = self.tokens[self.place]
        if kind == "name" and text in CASTS and self.tokens[self.place + 1][1] == ")":
            self.place += 2
            try:
                return CASTS[text](self._signed())
            except (ValueError, TypeError):
                raise MacroError(f"a value cannot become '{text}'") from None
        values = self._list(")")
        return tuple(values) if len(values) != 1 else values[0]

    def _list(self, closing: str) -> list:
        values: list = []
        while not self._accept(closing):
            values.append(self._or())
            if self._next() != closing:
                self._expect(",")
        return values

    def _array(self) -> list:
        """Entries; those that ``for`` makes or ``when`` keeps where they stand."""
        place, depth = self.place, 0
        words: dict[str, int] = {}
        for place in range(self.place, len(self.tokens)):
            kind, text = self.tokens[place]
            if kind == "sign":
                depth += (text in "[(") - (text in "])")
            if depth < 0:
                break
            if depth == 0 and kind == "name" and text in ("for", "when"):
                words.setdefault(text, place)
        if not words:
            return self._list("]")
        return self._comprehension(words.get("for"), words.get("when", place), place)

    def _comprehension(self, loop: int | None, when: int, closing: int) -> list:
        """``[entry for names in values when condition]``; also without an entry.

        ``loop``, ``when`` and ``closing`` are the places of the words and the bracket.
        """
        start = self.place
        if loop is not None:
            self.place = loop + 1
        names = self._names()
        self._expect("in")
        values = self._or()
        self._reached(when)
        if not isinstance(values, list):
            raise MacroError(f"'{shown(values)}' is no array")
        kept, found = dict(self.scope.variables), []
        for value in values:
            self.scope.assign(names, value)
            self.place = when
            if self._accept("when") and not _truth(self._or()):
                continue
            self._reached(closing)
            if loop is None:
                found.append(value)
                continue
            self.place = start
            found.append(self._or())
            self._reached(loop)
        self.scope.variables = kept
        self.place = closing
        self._expect("]")
        return found

    def _reached(self, place: int) -> None:
        if self.place != place:
            raise MacroError(f"'{self._next()}' is not expected")

    def _names(self) -> list[str]:
        """A name, or several in parentheses."""
        if not self._accept("("):
            return [self._name()]
        names = [self._name()]
        while self._accept(","):
            names.append(self._name())
        self._expect(")")
        return names

    def _name(self) -> str:
        kind, text = self.tokens[self.place]
        if kind != "name":
            raise MacroError(f"expected a name, found '{text}'")
        self.place += 1
        return text

    def _named(self, name: str) -> Any:
        scope = self.scope
        if name in ("true", "false"):
            return name == "true"
        if self._next() == "(" and name not in scope.variables:
            self.place += 1
            return self._called(name)
        if name in scope.variables:
            return scope.variables[name]
        if name in ("pi", "inf", "nan"):
            return {"pi": math.pi, "inf": math.inf, "nan": math.nan}[name]
        raise MacroError(not_found("macro", name, list(scope.variables)))

    def _called(self, name: str) -> Any:
        scope = self.scope
        if name == "defined":
            found = scope.knows(self._name())
            self._expect(")")
            return found
        values = self._list(")")
        if name in scope.functions:
            function = scope.functions[name]
            if len(values) != len(function.arguments):
                raise MacroError(f"'{name}' takes {len(function.arguments)} arguments")
            if scope.depth > _DEEPEST:
                raise MacroError(f"'{name}' calls itself without end")
            inner = {**scope.variables}
            inner.update(zip(function.arguments, values, strict=True))
            return Scope(inner, scope.functions, scope.depth + 1).value(function.text)
        try:
            if name in NUMERIC:
                return number_function(NUMERIC[name])(*values)
            if name in ANY:
                return ANY[name](*values)
        except TypeError:
            raise MacroError(f"'{name}' does not take these arguments") from None
        known = [*scope.functions, *NUMERIC, *ANY, "defined"]
        raise MacroError(not_found("macro function", name, known))


def _truth(value: Any) -> bool:
    if isinstance(value, bool | float):
        return bool(value)
    raise MacroError(f"'{shown(value)}' is neither true nor false")


def _ordered(sign: str, left: Any, right: Any) -> bool:
    if type(left) is not type(right) or isinstance(left, list | tuple):
        raise MacroError(f"'{shown(left)}' and '{shown(right)}' have no order")
    if sign in ("<", ">="):
        return (left < right) == (sign == "<")
    return (left > right) == (sign == ">")


def _crossed(left: list, right: list) -> list:
    """Cartesian product of arrays."""
    if len(left) * len(right) > _LONGEST:
        raise MacroError("a product of arrays is too long")
    return [_joined(a, b) for a in left for b in right]


def _joined(one: Any, other: Any) -> tuple:
    left = one if isinstance(one, tuple) else (one,)
    return (*left, *(other if isinstance(other, tuple) else (other,)))


def _picked(value: Any, index: Any) -> Any:
    """Entries by their number from one; a list of numbers picks several."""
    if not isinstance(value, list | tuple | str):
        raise MacroError(f"'{shown(value)}' has no entries")
    if isinstance(index, list):
        found = [_picked(value, i) for i in index]
        return "".join(found) if isinstance(value, str) else found
    place = numeric(index)
    if not place.is_integer() or not 1 <= place <= len(value):
        raise MacroError(f"there is no entry {shown(index)} of {len(value)}")
    return value[int(place) - 1]
