"""The declaration layer: a model is written once, symbolically, and not solved here.

A model is a set of records: parameters, states with transitions, Gaussian shocks, rare
events with state-dependent probabilities, discrete regimes with a transition matrix,
definitions, and blocks of unknowns with equilibrium conditions in which expectations
are explicit, ``E(...)``. Everything else (JAX functions, LaTeX, tables) is derived.
``check`` judges a declaration before anybody compiles or solves it: every error names
the record at fault and, where it can, what was probably meant.

Timing: a symbol without suffix is dated t, ``lead(expr)`` dates an expression t+1.
Shocks and events are dated t+1 wherever they appear. Units are stated per record;
rates are continuously compounded per quarter inside models.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import sympy as sp

from ..errors import FiscaxError

NEXT = "_next"
# What the checks say of symbols that stand where they may not.
TODAY = "belongs in transitions, links, numeraires and expectations"
OUTSIDE = "stands outside an expectation"


class DeclarationError(FiscaxError, ValueError):
    """A declaration that is incomplete, inconsistent or misspelt."""


class Dated(sp.Symbol):
    """A symbol with a date: variables, definitions and regime-specific parameters."""

    def __new__(cls, name: str) -> Dated:
        """Create the symbol; it is real, and equal to any other of the same name."""
        return super().__new__(cls, name, real=True)

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, bool]]:
        """What makes it again in another process: its name alone."""
        return (self.name,), {}


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


@dataclass(frozen=True)
class Advice:
    """What to change, in a model's own words, where a solver fails in a known way.

    Each is a clause that a message ends with, empty where the model knows none.

    Attributes
    ----------
    positive : what has to stay positive.
    not_positive : it does not. unbounded : the ergodic set may have no bounds.
    infinite_value : a present value does not converge.
    unsettled : prices of long bonds do not settle on the grid.
    explosive, indeterminate : a regime has no stable solution, or many: why, and what
        to change.
    """

    positive: str = ""
    not_positive: str = ""
    unbounded: str = ""
    infinite_value: str = ""
    unsettled: str = ""
    explosive: str = ""
    indeterminate: str = ""


NO_ADVICE = Advice()


def then(clause: str) -> str:
    """A clause of advice as a sentence of its own after others, or nothing."""
    return f" {clause[0].upper()}{clause[1:]}." if clause else ""


ONE_REGIME = Regimes(("only",), ((sp.Integer(1),),))


@dataclass(frozen=True)
class Model:
    """A complete declaration; ``check`` runs on construction.

    Raises
    ------
    DeclarationError
        What ``check`` finds, or ``parameter``, ``state``, ``block`` and
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
    advice: Advice = NO_ADVICE

    def __post_init__(self) -> None:
        """Check the declaration."""
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


def check(model: Model) -> None:
    """Check names, counts, symbols, dates and the order of starting values.

    Raises
    ------
    DeclarationError
        Naming the record at fault: a name declared twice or not at all, a symbol of the
        wrong kind, a quantity dated t+1 where only t is known, an expectation outside
        an equation or inside another, a transition that needs its own result, a
        starting value that needs what is not known yet, an empty parameter interval, a
        block with unequal numbers of unknowns and equations, a regime matrix of the
        wrong shape.
    """
    names = _names(model)
    _check_labels(model)
    _check_intervals(model)
    _check_shapes(model)
    for label, expression in _dated_t(model):
        _check_symbols(label, expression, names, TODAY)
    for label, expression in _dated_ahead(model):
        _check_symbols(label, expression, names)
    for block in model.blocks:
        for equation in block.equations:
            label = f"equation '{equation.name}'"
            _check_equation(label, equation.left, names)
            _check_equation(label, equation.right, names)
    parameters = {p.name for p in model.parameters}
    for anchor in model.anchors:
        label, target = f"target of '{anchor.parameter}'", sp.sympify(anchor.target)
        _check_symbols(label, target, names, TODAY, allowed=parameters)
    _check_transitions(model)
    _check_starts(model)


class _Names(NamedTuple):
    """Symbols of all records by name, and the names that are themselves dated t+1."""

    symbols: dict[str, sp.Symbol]
    ahead: set[str]


def _names(model: Model) -> _Names:
    random = (*model.shocks, *model.events)
    dated = (*model.states, *model.definitions, *model.unknowns)
    symbols: dict[str, sp.Symbol] = {}
    for record in (*model.parameters, *random, *dated):
        if record.name in symbols:
            raise DeclarationError(f"'{record.name}' is declared twice")
        symbols[record.name] = record.symbol
    links = {d.name for d in model.definitions if d.is_link}
    for name in sorted(set(symbols) - links):
        if name.endswith(NEXT):
            raise DeclarationError(
                f"'{name}': names that end in '{NEXT}' are kept for links"
            )
    return _Names(symbols, links | {r.name for r in random})


def _check_labels(model: Model) -> None:
    """Labels are unique, and labels that are referred to exist."""
    labels = {
        "block": [b.name for b in model.blocks],
        "equation": [e.name for b in model.blocks for e in b.equations],
        "regime": list(model.regimes.names),
        "claim": [c.name for c in model.claims],
        "numeraire": [n.name for n in model.numeraires],
    }
    for kind, names in labels.items():
        for name, count in Counter(names).items():
            if count > 1:
                raise DeclarationError(f"{kind} '{name}' is declared twice")
    for claim in model.claims:
        if claim.numeraire not in labels["numeraire"]:
            text = not_found("numeraire", claim.numeraire, labels["numeraire"])
            raise DeclarationError(f"claim '{claim.name}': {text}")
    for coordinate in model.coordinates:
        model.parameter(coordinate.parameter)
        model.block(coordinate.block)
    variables = [r.name for r in (*model.states, *model.unknowns, *model.definitions)]
    for anchor in model.anchors:
        model.parameter(anchor.parameter)
        if anchor.variable not in variables:
            text = not_found("variable", anchor.variable, variables)
            raise DeclarationError(f"anchor of '{anchor.parameter}': {text}")


def _check_intervals(model: Model) -> None:
    for parameter in model.parameters:
        if not parameter.low < parameter.high:
            raise DeclarationError(
                f"parameter '{parameter.name}': the interval from {parameter.low} to "
                f"{parameter.high} is empty"
            )


def _check_shapes(model: Model) -> None:
    for block in model.blocks:
        for state in block.states:
            model.state(state)
        if len(block.unknowns) != len(block.equations):
            raise DeclarationError(
                f"block '{block.name}' has {len(block.unknowns)} unknowns but "
                f"{len(block.equations)} equations"
            )
    shape = [len(row) for row in model.regimes.transition]
    if shape != [len(model.regimes.names)] * len(model.regimes.names):
        raise DeclarationError(f"'{model.name}': regime matrix must be square")


Labelled = Iterator[tuple[str, sp.Basic]]


def _dated_t(model: Model) -> Labelled:
    """Expressions of what is known at t."""
    for state in model.states:
        yield f"reference of '{state.name}'", sp.sympify(state.reference)
        yield f"scale of '{state.name}'", sp.sympify(state.scale)
    for unknown in model.unknowns:
        yield f"guess of '{unknown.name}'", sp.sympify(unknown.guess)
    for event in model.events:
        yield f"probability of '{event.name}'", sp.sympify(event.probability)
    for definition in model.definitions:
        if not definition.is_link:
            yield f"definition '{definition.name}'", sp.sympify(definition.expression)
    for claim in model.claims:
        yield f"claim '{claim.name}'", sp.sympify(claim.payoff)
    for coordinate in model.coordinates:
        yield f"coordinate '{coordinate.parameter}'", sp.sympify(coordinate.expression)
    for row in model.regimes.transition:
        for entry in row:
            yield "regime transition", sp.sympify(entry)


def _dated_ahead(model: Model) -> Labelled:
    """Expressions of the step from t to t+1."""
    for state in model.states:
        yield f"transition of '{state.name}'", sp.sympify(state.transition)
    for definition in model.definitions:
        if definition.is_link:
            yield f"definition '{definition.name}'", sp.sympify(definition.expression)
    for numeraire in model.numeraires:
        yield f"numeraire '{numeraire.name}'", sp.sympify(numeraire.weight)


def _check_symbols(
    label: str, expression: sp.Basic, names: _Names, refusal: str = "", allowed=None
) -> None:
    """Every symbol is declared, of the declared kind and of an admissible date.

    ``refusal`` is what to say of symbols dated t+1; without it they are admissible.
    ``allowed`` narrows the names that may appear.
    """
    if expression.atoms(E):
        raise DeclarationError(f"{label}: expectations belong in equations")
    allowed = names.symbols if allowed is None else allowed
    for symbol in sorted(expression.free_symbols, key=str):
        name = str(symbol)
        base = name if name in names.symbols else name.removesuffix(NEXT)
        if base not in allowed:
            raise DeclarationError(f"{label}: {not_found('symbol', name, allowed)}")
        _check_kind(label, symbol, names.symbols[base], moved=base != name)
        if refusal and (base != name or name in names.ahead):
            raise DeclarationError(f"{label}: '{name}' is dated t+1 and {refusal}")


def _check_kind(label: str, symbol: sp.Basic, declared: sp.Symbol, moved: bool) -> None:
    name = str(symbol)
    if moved and not isinstance(declared, Dated):
        raise DeclarationError(
            f"{label}: '{declared}' has no date, so that there is no '{name}'"
        )
    wanted = Dated(name) if isinstance(declared, Dated) else declared
    if symbol != wanted:
        kind = "Dated" if isinstance(wanted, Dated) else "fixed"
        raise DeclarationError(
            f"{label}: '{name}' has to be the symbol {kind}('{name}') of its record"
        )


def _check_equation(label: str, side: sp.Expr, names: _Names) -> None:
    """Expectations are not nested, and hold everything that is dated t+1."""
    side = sp.sympify(side)
    expectations = side.atoms(E)
    for expectation in expectations:
        inside = expectation.args[0]
        if inside.atoms(E):
            raise DeclarationError(f"{label}: an expectation inside an expectation")
        _check_symbols(label, inside, names)
    outer = side.xreplace({e: sp.Dummy() for e in expectations})
    outer_symbols = (s for s in outer.free_symbols if not isinstance(s, sp.Dummy))
    _check_symbols(label, sp.Tuple(*outer_symbols), names, OUTSIDE)


def _check_transitions(model: Model) -> None:
    """No transition needs the value at t+1 that it gives."""
    for state in model.states:
        name = state.name + NEXT
        circle = _way_back(model, name, (name,), set())
        if circle:
            raise DeclarationError(
                f"transition of '{state.name}' needs its own result: "
                f"{' -> '.join(circle)}"
            )


def _way_back(
    model: Model, goal: str, path: tuple[str, ...], seen: set[str]
) -> tuple[str, ...]:
    """Dependences at t+1 that lead from the end of ``path`` to ``goal``, or nothing."""
    seen.add(path[-1])
    for name in sorted(symbols_ahead(model, path[-1])):
        if name == goal:
            return (*path, goal)
        if name.endswith(NEXT) and name not in seen:
            found = _way_back(model, goal, (*path, name), seen)
            if found:
                return found
    return ()


def _check_starts(model: Model) -> None:
    """Starting values use what is known when the search for them comes by.

    These are parameters, states that the block lists before, and unknowns of earlier
    blocks on such states.
    """
    for position, block in enumerate(model.blocks):
        earlier = model.blocks[:position]
        placed = {p.name for p in model.parameters}
        for name in block.states:
            state = model.state(name)
            known = placed | _solved_on(earlier, placed)
            _check_known(f"reference of '{name}'", state.reference, block, known)
            placed.add(name)
            known = placed | _solved_on(earlier, placed)
            _check_known(f"scale of '{name}'", state.scale, block, known)
        known = placed | _solved_on(earlier, placed)
        for unknown in block.unknowns:
            _check_known(f"guess of '{unknown.name}'", unknown.guess, block, known)


def _solved_on(blocks: tuple[Block, ...], placed: set[str]) -> set[str]:
    solved = (b for b in blocks if placed.issuperset(b.states))
    return {u.name for b in solved for u in b.unknowns}


def _check_known(label: str, expression: sp.Expr, block: Block, known: set[str]):
    for name in sorted(names_in(sp.sympify(expression)) - known):
        raise DeclarationError(
            f"{label}: '{name}' is not known when block '{block.name}' starts; use "
            "parameters, states listed before, and unknowns of earlier blocks on them"
        )
