"""What a declaration has to satisfy before anybody compiles or solves it.

Every check raises a DeclarationError that names the record at fault and, where it can,
what was probably meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import sympy as sp

from .declaration import (
    NEXT,
    Block,
    Dated,
    DeclarationError,
    E,
    Model,
    names_in,
    not_found,
    symbols_ahead,
)

TODAY = "belongs in transitions, links, numeraires and expectations"
OUTSIDE = "stands outside an expectation"


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
