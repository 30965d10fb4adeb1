"""The declaration layer: a model is written once, symbolically, and not solved here.

A model is a set of records: parameters, states with transitions, Gaussian shocks, rare
events with state-dependent probabilities, discrete regimes with a transition matrix,
definitions, and blocks of unknowns with equilibrium conditions in which expectations
are explicit, ``E(...)``. Everything else (JAX functions, LaTeX, tables) is derived.

Timing: a symbol without suffix is dated t, ``lead(expr)`` dates an expression t+1.
Shocks and events are dated t+1 wherever they appear. Units are stated per record;
rates are continuously compounded per quarter inside models.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

import sympy as sp

from ..errors import FiscaxError

NEXT = "_next"


class DeclarationError(FiscaxError, ValueError):
    """A declaration that is incomplete, inconsistent or misspelt."""


class Dated(sp.Symbol):
    """A symbol with a date: variables, definitions and regime-specific parameters."""

    def __new__(cls, name: str) -> Dated:
        """Create the symbol; it is real, and equal to any other of the same name."""
        return super().__new__(cls, name, real=True)


class E(sp.Function):
    """Expectation at t over shocks, events and next period's regime."""

    nargs = 1


def expected(expression: sp.Expr) -> sp.Expr:
    """``E(expression)``, typed as an expression."""
    result = E(expression)
    assert isinstance(result, sp.Expr)
    return result


def fixed(name: str) -> sp.Symbol:
    """Symbol without a date: a parameter shared by all regimes, a shock or an event."""
    return sp.Symbol(name, real=True)


def names_in(expression: sp.Basic) -> set[str]:
    """Names of the free symbols of an expression."""
    return {str(symbol) for symbol in expression.free_symbols}


def lead(expression: sp.Expr) -> sp.Expr:
    """Date every dated symbol of ``expression`` one period later.

    Raises
    ------
    DeclarationError
        A symbol is dated t+1 already.
    """
    dated = [s for s in expression.free_symbols if isinstance(s, Dated)]
    for symbol in dated:
        if symbol.name.endswith(NEXT):
            raise DeclarationError(f"'{symbol.name}' is already dated t+1")
    moved = expression.xreplace({s: Dated(s.name + NEXT) for s in dated})
    assert isinstance(moved, sp.Expr)
    return moved


@dataclass(frozen=True)
class Parameter:
    """A parameter: its symbol, unit, admissible open interval and period.

    ``period`` is ``"quarter"``, ``"year"`` or ``"none"``. ``regime_specific``
    parameters hold one value per regime. ``role`` is ``"policy"`` (may differ between
    regimes), ``"structure"`` (shared), ``"intercept"`` (solved for) or ``"coordinate"``
    (chooses coordinates only).
    """

    name: str
    latex: str
    unit: str
    low: float
    high: float
    description: str
    period: str = "quarter"
    regime_specific: bool = False
    role: str = "structure"
    source: str = ""

    @property
    def symbol(self) -> sp.Symbol:
        """The symbol to use in expressions (dated when regime specific)."""
        return Dated(self.name) if self.regime_specific else fixed(self.name)


@dataclass(frozen=True)
class State:
    """A continuous state: ``transition`` gives its value at t+1.

    ``reference`` and ``scale`` (expressions in parameters and earlier unknowns) start
    the search for the ergodic set; neither enters the solution.
    """

    name: str
    latex: str
    unit: str
    description: str
    transition: sp.Expr
    reference: sp.Expr
    scale: sp.Expr

    @property
    def symbol(self) -> Dated:
        """The state at t."""
        return Dated(self.name)


@dataclass(frozen=True)
class Unknown:
    """An unknown function of its block's states; ``guess`` starts the solver."""

    name: str
    latex: str
    unit: str
    description: str
    guess: sp.Expr

    @property
    def symbol(self) -> Dated:
        """The unknown at t."""
        return Dated(self.name)


@dataclass(frozen=True)
class Shock:
    """A standard normal innovation dated t+1, independent of all others."""

    name: str
    latex: str
    description: str

    @property
    def symbol(self) -> sp.Symbol:
        """The innovation."""
        return fixed(self.name)


@dataclass(frozen=True)
class Event:
    """A rare event dated t+1: an indicator with ``probability`` given states at t."""

    name: str
    latex: str
    description: str
    probability: sp.Expr

    @property
    def symbol(self) -> sp.Symbol:
        """The indicator."""
        return fixed(self.name)


@dataclass(frozen=True)
class Definition:
    """A named expression; with symbols of both dates it is a link between them."""

    name: str
    latex: str
    unit: str
    description: str
    expression: sp.Expr

    @property
    def symbol(self) -> Dated:
        """The defined quantity; a link's name says its date itself."""
        return Dated(self.name)

    @property
    def is_link(self) -> bool:
        """Whether the definition belongs to the step from t to t+1."""
        return self.name.endswith(NEXT)


@dataclass(frozen=True)
class Equation:
    """An equilibrium condition ``left = right``; its residual is right/left - 1.

    ``left`` must be positive on the domain, which makes residuals relative errors.
    """

    name: str
    left: sp.Expr
    right: sp.Expr
    description: str
    source: str = ""

    @property
    def residual(self) -> sp.Expr:
        """Relative residual."""
        return self.right / self.left - 1


@dataclass(frozen=True)
class Block:
    """Unknowns that are solved together, on the states they depend on.

    ``states`` are names; their order is that of the columns of points (P, d) in
    solvers. A block may use unknowns of blocks declared before it.
    """

    name: str
    states: tuple[str, ...]
    unknowns: tuple[Unknown, ...]
    equations: tuple[Equation, ...]


@dataclass(frozen=True)
class Regimes:
    """Discrete regimes; ``transition[i][j]`` is the probability of j at t+1 given i."""

    names: tuple[str, ...]
    transition: tuple[tuple[sp.Expr, ...], ...]


@dataclass(frozen=True)
class Coordinate:
    """A parameter that only chooses coordinates; it is set before ``block`` is solved.

    ``expression`` is evaluated at the reference point from parameters and unknowns of
    earlier blocks, with the last regime's policy. Results do not depend on it.
    """

    parameter: str
    block: str
    expression: sp.Expr


@dataclass(frozen=True)
class Numeraire:
    """A way of counting payoffs: ``weight`` multiplies f(t+1) inside the expectation.

    The pricing operator of the numeraire is (K f)(s) = E[weight f(s') | s]. ``unit`` is
    that of the payoffs.
    """

    name: str
    weight: sp.Expr
    description: str
    unit: str = ""


@dataclass(frozen=True)
class Claim:
    """A stream of payoffs dated t, counted in the units of ``numeraire`` (its name)."""

    name: str
    latex: str
    payoff: sp.Expr
    numeraire: str
    description: str


@dataclass(frozen=True)
class Anchor:
    """An intercept that is solved for so that an ergodic mean hits its target.

    ``variable`` is dated t; with several regimes the mean is taken regime by regime.
    ``tolerance`` is in the variable's unit.
    """

    parameter: str
    variable: str
    target: sp.Expr
    tolerance: float


ONE_REGIME = Regimes(("only",), ((sp.Integer(1),),))


@dataclass(frozen=True)
class Model:
    """A complete declaration; ``checks.check`` runs on construction.

    Raises
    ------
    DeclarationError
        What ``checks.check`` finds, or ``parameter``, ``state``, ``block`` and
        ``block_of`` are asked for a name that is not declared.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    shocks: tuple[Shock, ...]
    events: tuple[Event, ...]
    states: tuple[State, ...]
    definitions: tuple[Definition, ...]
    blocks: tuple[Block, ...]
    regimes: Regimes = field(default=ONE_REGIME)
    anchors: tuple[Anchor, ...] = ()
    coordinates: tuple[Coordinate, ...] = ()
    numeraires: tuple[Numeraire, ...] = ()
    claims: tuple[Claim, ...] = ()

    def __post_init__(self) -> None:
        """Check the declaration."""
        # The checks are about records, so that they can only be imported after them.
        from .checks import check

        check(self)

    def parameter(self, name: str) -> Parameter:
        """Look a parameter up; a misspelt name is answered with the nearest ones."""
        return _find(self.parameters, name, "parameter")

    def state(self, name: str) -> State:
        """Look a state up by name."""
        return _find(self.states, name, "state")

    def block(self, name: str) -> Block:
        """Look a block up by name."""
        return _find(self.blocks, name, "block")

    def block_of(self, unknown: str) -> Block:
        """The block that solves for ``unknown``; DeclarationError if none does."""
        for block in self.blocks:
            if any(u.name == unknown for u in block.unknowns):
                return block
        names = [u.name for b in self.blocks for u in b.unknowns]
        raise DeclarationError(not_found("unknown", unknown, names))

    @property
    def unknowns(self) -> tuple[Unknown, ...]:
        """All unknowns in the order of the blocks."""
        return tuple(u for b in self.blocks for u in b.unknowns)


def _find(records, name, kind):
    for record in records:
        if record.name == name:
            return record
    raise DeclarationError(not_found(kind, name, [r.name for r in records]))


def not_found(kind: str, name: str, names: Iterable[str]) -> str:
    """Say that nothing is called ``name``, and what was probably meant."""
    near = difflib.get_close_matches(name, list(names), n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"no {kind} named '{name}'{hint}"


def symbols_ahead(model: Model, name: str) -> set[str]:
    """Names on which the quantity ``name``, dated t+1, depends directly."""
    base = name.removesuffix(NEXT)
    definitions = {d.name: d.expression for d in model.definitions}
    # A link of this name comes before the lead of a definition.
    if name in definitions:
        return names_in(definitions[name])
    if base in definitions:
        return names_in(lead(definitions[base]))
    for state in model.states:
        if state.name == base:
            return names_in(state.transition)
    for block in model.blocks:
        if any(u.name == base for u in block.unknowns):
            return {s + NEXT for s in block.states}
    return set()
