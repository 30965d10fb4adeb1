"""What a Dynare file says about a path and an estimation, as it is read."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import sympy as sp

from ..general.estimation import Prior
from ..general.scenario import LEVEL, Bound, Constraint
from .data_files import DataFile
from .expressions import Expressions, Scope
from .tokens import Token, Tokens

_HOW = {"values": LEVEL, "add": "add", "multiply": "multiply"}


@dataclass(frozen=True)
class Entry:
    """A level of a shock with the names that it had where it was read."""

    shock: str
    value: sp.Expr
    first: int
    last: int | None
    learnt: int
    how: str
    line: int


@dataclass(frozen=True)
class Tagged:
    """An equation that holds while constraints bind, with its tags."""

    tags: dict[str, str]
    left: sp.Expr
    right: sp.Expr
    where: Token

    @property
    def bind(self) -> frozenset[str]:
        """Constraints that bind where it holds."""
        return names_in_tag(self.tags["bind"])

    @property
    def relax(self) -> frozenset[str]:
        """Constraints that do not bind where it holds."""
        return names_in_tag(self.tags.get("relax", ""))


def names_in_tag(text: str) -> frozenset[str]:
    """Names of constraints in a tag, which commas part."""
    return frozenset(n.strip() for n in text.split(",") if n.strip())


@dataclass
class Plan:
    """Statements about a path so far.

    Attributes
    ----------
    asked : statements that solve one; periods : what they say last.
    rests : blocks, of ``initval`` and ``endval``, behind which the economy is said to
        rest; block : the last of them; given : those that are there.
    since : names with values in ``initval`` after ``steady``, None before it.
    ending : values of variables in ``endval``, None where there is none.
    complementary : whether the tags that bound variables are followed.
    versions, relaxed : equations by what binds while they hold, and by what does not.
    files : values in files, by the statement that names them.
    missing : what a path would need and cannot have.
    """

    asked: list[Token] = field(default_factory=list)
    periods: int | None = None
    entries: list[Entry] = field(default_factory=list)
    rests: set[str] = field(default_factory=set)
    block: str = "initval"
    given: set[str] = field(default_factory=set)
    since: set[str] | None = None
    ending: dict[str, sp.Expr] | None = None
    history: dict[tuple[str, int], sp.Expr] = field(default_factory=dict)
    history_at: Token | None = None
    bounds: list[tuple[Bound, Token]] = field(default_factory=list)
    complementary: bool = False
    constraints: list[Constraint] = field(default_factory=list)
    versions: list[Tagged] = field(default_factory=list)
    relaxed: dict[str, frozenset[str]] = field(default_factory=dict)
    files: dict[str, DataFile] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Learning:
    """Options of a block ``shocks``: when its entries are learnt, what they change."""

    learnt: int = 1
    surprise: bool = False
    multiply: bool = False


def read_stretches(
    tokens: Tokens, shock: str, scope: Scope, learning: Learning, plan: Plan, keep
) -> None:
    """Read ``periods 1 3:5; values 0.1 (x);`` behind a shock's name.

    Raises
    ------
    DynareFileError
        Not as many values as stretches of periods, or periods that are no numbers.
    """
    keyword = tokens.expect("periods")
    tokens.accept("=")
    stretches: list[tuple[int, int]] = []
    while not tokens.accept(";"):
        first = _whole(tokens)
        last = _whole(tokens) if tokens.accept(":") else first
        if last < first or first < 1:
            raise tokens.error(keyword, f"periods {first}:{last} are none of a path")
        stretches.append((first, last))
        tokens.accept(",")
    word = tokens.name("'values'")
    how = _HOW.get(word.text.lower())
    if how is None:
        raise tokens.error(word, f"expected 'values', found '{word.text}'")
    tokens.accept("=")
    values = _values(tokens, scope)
    if learning.multiply:
        how = "multiply"
    if len(values) == 1:
        values = values * len(stretches)
    if len(values) != len(stretches):
        raise tokens.error(
            word, f"{len(stretches)} stretches of periods have {len(values)} values"
        )
    for (first, last), value in zip(stretches, values, strict=True):
        kept = keep(value, word.line)
        if not learning.surprise:
            known = (first, last, learning.learnt)
            plan.entries.append(Entry(shock, kept, *known, how, word.line))
            continue
        # Every period is a surprise of its own.
        plan.entries += [
            Entry(shock, kept, at, at, at, how, word.line)
            for at in range(first, last + 1)
        ]


def _whole(tokens: Tokens) -> int:
    token = tokens.take()
    text = token.text
    if not text.isdigit():
        raise tokens.error(token, f"'{text}' is no whole number of periods")
    return int(text)


def _values(tokens: Tokens, scope: Scope) -> list[sp.Expr]:
    """Values up to ``;``: signed numbers and parentheses, or expressions and commas."""
    start, found = tokens.place, []
    while not tokens.accept(";"):
        sign = tokens.take().text if tokens.next.text in ("+", "-") else "+"
        if tokens.next.kind != "number" and tokens.next.text != "(":
            break
        value = Expressions(tokens, scope).atom()
        found.append(-value if sign == "-" else value)
        tokens.accept(",")
        if tokens.next.text in ("*", "/", "^"):
            break
    else:
        return found
    tokens.place, found = start, []
    while not tokens.accept(";"):
        found.append(Expressions(tokens, scope).read())
        tokens.accept(",")
    return found


@dataclass(frozen=True)
class EstimatedEntry:
    """A line of ``estimated_params``; ``kind`` is 'parameter', 'stderr' or 'corr'."""

    where: Token
    kind: str
    names: tuple[str, ...]
    initial: float | None = None
    low: float = -math.inf
    high: float = math.inf
    prior: Prior | None = None
    at_value: bool = False

    @property
    def parameter(self) -> str:
        """Its name in the model."""
        if self.kind == "parameter":
            return self.names[0]
        return "_".join((self.kind, *self.names))

    @property
    def label(self) -> str:
        """As the file calls it."""
        if self.kind == "parameter":
            return self.names[0]
        return f"{self.kind} {', '.join(self.names)}"
