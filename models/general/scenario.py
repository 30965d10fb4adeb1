"""What happens on a path: levels of shocks by date, where it starts and ends, bounds.

A model in the general form may carry a ``Scenario``; solvers of paths follow it. Values
are expressions in parameters, so that they follow changes of parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy as sp

# How an entry changes the level that was known before.
LEVEL, ADD, MULTIPLY = "level", "add", "multiply"


@dataclass(frozen=True)
class Level:
    """The level of a shock in periods ``first`` to ``last``, both included.

    Attributes
    ----------
    last : None for ever after: the economy ends where it rests at that level.
    learnt : period from which on it is known; 1, the first one, is anticipated.
    how : ``"level"``, or what is done to the level known before: ``"add"``,
        ``"multiply"``.
    line : of the file it was read from.
    """

    shock: str
    value: sp.Expr
    first: int = 1
    last: int | None = 1
    learnt: int = 1
    how: str = LEVEL
    line: int | None = None


@dataclass(frozen=True)
class Bound:
    """A variable that stays in its bounds, in the place of an equation where it binds.

    ``left - right`` of the equation is zero between the bounds, not negative at the
    lower and not positive at the upper one (mixed complementarity).
    """

    equation: str
    variable: str
    lower: sp.Expr | None = None
    upper: sp.Expr | None = None


@dataclass(frozen=True)
class Version:
    """An equation that holds in the place of another while constraints bind.

    Attributes
    ----------
    variable : equal to ``left - right`` of this version, so that it is zero while the
        version holds; an auxiliary variable of the model.
    replaces : name of the equation that holds otherwise.
    bind, relax : constraints that bind, and that do not, where this version holds.
    """

    variable: str
    replaces: str
    bind: frozenset[str]
    relax: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Constraint:
    """An occasionally binding constraint.

    ``bind`` and ``relax`` are differences that are above zero where the constraint
    starts to bind and where it ceases to; without ``relax`` it ceases where ``bind`` is
    not above zero.
    """

    name: str
    bind: sp.Expr
    relax: sp.Expr | None = None


@dataclass(frozen=True)
class Scenario:
    """A path without further surprises than those that are listed.

    Attributes
    ----------
    periods : length, None if whoever solves has to say.
    levels : of shocks; later ones replace earlier ones.
    history : levels of variables and shocks at dates 0, -1, ... by name and date; what
        is left out is where the economy rests at the first levels of the shocks.
    terminal : variables after the last period, those left out where the economy rests
        at first; None for the resting point at the last levels, which ``guesses`` start
        the search for.
    near : guesses of variables by name in the periods, where Newton's method starts.
    bounds : of variables; constraints and versions : of equations that change.
    missing : what the path would need and cannot have, as sentences.
    """

    periods: int | None = None
    levels: tuple[Level, ...] = ()
    history: Mapping[tuple[str, int], sp.Expr] = field(default_factory=dict)
    terminal: Mapping[str, sp.Expr] | None = None
    guesses: Mapping[str, sp.Expr] = field(default_factory=dict)
    near: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    bounds: tuple[Bound, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    versions: tuple[Version, ...] = ()
    missing: tuple[str, ...] = ()

    def expressions(self) -> list[sp.Expr]:
        """Every expression of the scenario."""
        found = [*(e.value for e in self.levels), *self.history.values()]
        found += [*(self.terminal or {}).values(), *self.guesses.values()]
        found += [x for b in self.bounds for x in (b.lower, b.upper) if x is not None]
        for constraint in self.constraints:
            found.append(constraint.bind)
            found += [] if constraint.relax is None else [constraint.relax]
        return found

    @property
    def moves(self) -> bool:
        """Whether anything happens on the path."""
        return bool(self.levels or self.history or self.terminal is not None)
