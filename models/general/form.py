"""A model with states, blocks and explicit expectations, in the general form.

States become variables that move by their transitions a period earlier. What such a
transition takes from the period before is collected in carriers, one variable per
expression, so that the general form has no more states than the declaration. Links
between t and t+1 are written out, expectations lose their sign: in the general form
every equation holds in expectation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import sympy as sp

from ..declaration import (
    NEXT,
    Dated,
    DeclarationError,
    E,
    Equation,
    Model,
    Parameter,
    Shock,
    not_found,
)
from .model import DynamicModel, Variable, dated

PUSH = "push_"


@lru_cache(maxsize=32)
def dynamic_form(
    model: Model, outputs: tuple[str, ...] = (), pushes: bool = False
) -> DynamicModel:
    """Write a smooth model in the general form.

    With several regimes, parameters that differ between them are those of t and, dated
    t+1, of the regime that arrives: every equation holds in expectation over it.

    Parameters
    ----------
    outputs : definitions and links to add as variables; a link without its ``_next``.
    pushes : add a shock ``push_STATE`` of variance zero to every state, along which
        policies can be differentiated as functions of today's states.

    Returns
    -------
    A model whose variables are all states and unknowns, what their equations need, and
    ``outputs``. Guesses are the declared references.

    Raises
    ------
    DeclarationError
        The model has rare events, or an output is not declared.
    """
    if model.events:
        names = ", ".join(f"'{e.name}'" for e in model.events)
        raise DeclarationError(
            f"model '{model.name}' has rare events ({names}), which derivatives at a "
            "point do not see; solve it globally"
        )
    return _Translation(model, pushes).result(outputs)


@lru_cache(maxsize=64)
def general_expression(
    model: Model, expression: sp.Expr
) -> tuple[sp.Expr, tuple[str, ...]]:
    """An expression of the step from t to t+1 in the dates of the general form.

    Returns
    -------
    The expression, links written out, and the definitions it needs as ``outputs``.
    """
    translation = _Translation(model, pushes=False)
    for record in (*model.states, *model.unknowns):
        translation.variables[record.name] = Variable(record.name)
    found = translation.in_general_form(expression)
    return found, tuple(translation.waiting)


def regime_probabilities(
    model: Model, form: DynamicModel
) -> tuple[tuple[sp.Expr, ...], ...]:
    """Probabilities of the regime at t+1 (columns) given that at t (rows).

    In today's variables of ``form``, the model's ``dynamic_form``; parameters of row i
    are those of regime i.

    Raises
    ------
    DeclarationError
        A probability needs a definition that is not among the variables of ``form``.
    """
    translation = _Translation(model, pushes=False)
    translation.variables = {v.name: v for v in form.variables}
    found = tuple(
        tuple(translation.in_general_form(sp.sympify(p)) for p in row)
        for row in model.regimes.transition
    )
    if translation.waiting:
        raise DeclarationError(
            f"probabilities of regimes of '{model.name}' need "
            f"{', '.join(translation.waiting)}: ask for them as outputs"
        )
    return found


@dataclass
class _Translation:
    """Variables and equations as they are needed."""

    model: Model
    pushes: bool
    variables: dict[str, Variable] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    guesses: dict[str, sp.Expr] = field(default_factory=dict)
    carriers: dict[sp.Expr, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Index the records by name."""
        model = self.model
        self.links = {d.name: d for d in model.definitions if d.is_link}
        self.definitions = {d.name: d for d in model.definitions if not d.is_link}
        self.shocks = {s.name for s in model.shocks}
        switching = len(model.regimes.names) > 1
        # Permanent regimes: parameters have no date.
        self.fixed: dict[sp.Basic, sp.Basic] = {}
        self.moving: set[str] = set()
        for parameter in model.parameters:
            plain = sp.Symbol(parameter.name, real=True)
            if switching and parameter.regime_specific:
                self.moving.add(parameter.name)
                continue
            for name in (parameter.name, parameter.name + NEXT):
                self.fixed[Dated(name)] = plain

    def result(self, outputs: Sequence[str]) -> DynamicModel:
        """Translate all states and unknowns, and what they need."""
        for state in self.model.states:
            self._declare(state)
            self.guesses[state.name] = self._at_rest(self._plain(state.reference))
        for unknown in self.model.unknowns:
            self._declare(unknown)
            self.guesses[unknown.name] = self._at_rest(self._plain(unknown.guess))
        for state in self.model.states:
            self._transition(state)
        for block in self.model.blocks:
            for equation in block.equations:
                self._condition(equation)
        for output in outputs:
            self._need(output)
        while self.waiting:
            self._define(self.waiting.pop(0))
        return self._assembled()

    def _assembled(self) -> DynamicModel:
        model = self.model
        pushes = [
            Shock(PUSH + s.name, s.latex, f"moves {s.name} itself")
            for s in model.states
            if self.pushes
        ]
        real = len(model.shocks)
        size = real + len(pushes)
        covariance = tuple(
            tuple(sp.Integer(int(i == j < real)) for j in range(size))
            for i in range(size)
        )
        parameters = tuple(
            p if p.name in self.moving else _shared(p) for p in model.parameters
        )
        return DynamicModel(
            name=model.name,
            description=model.description,
            parameters=parameters,
            variables=tuple(self.variables.values()),
            shocks=(*model.shocks, *pushes),
            equations=tuple(self.equations),
            guesses=self._ordered_guesses(),
            covariance=covariance,
        )

    def _ordered_guesses(self) -> Mapping[str, sp.Expr]:
        """Guesses in an order in which each needs earlier ones only."""
        ordered: dict[str, sp.Expr] = {}
        left = dict(self.guesses)
        while left:
            ready = [
                name
                for name, guess in left.items()
                if not any(
                    isinstance(s, Dated) and s.name in left and s.name != name
                    for s in guess.free_symbols
                )
            ]
            if not ready:
                raise DeclarationError(
                    f"guesses of {', '.join(left)} of '{self.model.name}' need each "
                    "other"
                )
            for name in ready:
                ordered[name] = left.pop(name)
        return ordered

    def _declare(self, record) -> None:
        self.variables[record.name] = Variable(
            record.name, record.latex, record.unit, record.description
        )

    def _plain(self, expression) -> sp.Expr:
        """Links written out, regime-specific parameters without a date."""
        result = sp.sympify(expression)
        while True:
            found = {
                s: self.links[s.name].expression
                for s in result.free_symbols
                if isinstance(s, Dated) and s.name in self.links
            }
            if not found:
                break
            result = result.xreplace(found)
        return as_expression(result.xreplace(self.fixed))

    def _need(self, name: str) -> None:
        """Make a definition or link a variable, once."""
        if name in self.variables or name in self.shocks:
            return
        if name not in self.definitions and name + NEXT not in self.links:
            known = [*self.definitions, *(n.removesuffix(NEXT) for n in self.links)]
            raise DeclarationError(not_found("definition or link", name, known))
        record = self.definitions.get(name) or self.links[name + NEXT]
        self.variables[name] = Variable(
            name, record.latex, record.unit, record.description
        )
        self.waiting.append(name)

    def _today(self, expression: sp.Expr) -> sp.Expr:
        """An expression in symbols dated t or t+1, with dates of the general form."""
        moved: dict[sp.Basic, sp.Basic] = {}
        # In one order: programs are found in the cache by what they are compiled from.
        for symbol in sorted(expression.free_symbols, key=str):
            name = str(symbol)
            if name in self.shocks:
                moved[symbol] = dated(name, 1)
            elif isinstance(symbol, Dated):
                base = name.removesuffix(NEXT)
                if name in self.moving:
                    moved[symbol] = sp.Symbol(name, real=True)
                    continue
                if base not in self.moving:
                    self._need(base)
                moved[symbol] = dated(base, 1 if name.endswith(NEXT) else 0)
        return as_expression(expression.xreplace(moved))

    def _condition(self, equation: Equation) -> None:
        sides = []
        for side in (equation.left, equation.right):
            expression = self._plain(side)
            atoms = sorted(expression.atoms(E), key=sp.default_sort_key)
            means: dict[sp.Basic, sp.Basic] = {}
            linear = _is_linear(expression, atoms)
            for count, atom in enumerate(atoms):
                inside = self._today(as_expression(atom.args[0]))
                means[atom] = inside
                if not linear:
                    name = f"expectation_{equation.name}_{len(sides)}_{count}"
                    means[atom] = self._aside(name, inside)
            placeholder = {atom: sp.Dummy() for atom in atoms}
            outside = self._today(as_expression(expression.xreplace(placeholder)))
            sides.append(outside.xreplace({placeholder[a]: means[a] for a in atoms}))
        self.equations.append(
            Equation(equation.name, sides[0], sides[1], equation.description)
        )

    def in_general_form(self, expression: sp.Expr) -> sp.Expr:
        """Links written out, dates of the general form."""
        return self._today(self._plain(expression))

    def _aside(self, name: str, expression: sp.Expr) -> Dated:
        self.variables[name] = Variable(name, "", "", "an expectation")
        self.equations.append(Equation(name, Dated(name), expression, ""))
        self.guesses[name] = self._at_rest(expression)
        return Dated(name)

    def _define(self, name: str) -> None:
        if name in self.definitions:
            record = self.definitions[name]
            expression = self._today(self._plain(record.expression))
            rest = expression
        else:
            record = self.links[name + NEXT]
            expression = self._behind(self._plain(record.expression))
            rest = self._plain(record.expression)
        self.guesses[name] = self._at_rest(rest)
        self.equations.append(
            Equation(f"define_{name}", Dated(name), expression, record.description)
        )

    def _transition(self, state) -> None:
        expression = self._behind(self._plain(state.transition))
        if self.pushes:
            expression = expression + dated(PUSH + state.name, 0)
        self.equations.append(
            Equation(f"move_{state.name}", state.symbol, expression, state.description)
        )

    def _behind(self, expression: sp.Expr) -> sp.Expr:
        """An expression of the step from t to t+1, dated a period earlier."""
        if not self._is_ahead(expression):
            return self._carried(expression)
        if expression.is_Symbol:
            name = str(expression)
            if name in self.shocks:
                return dated(name, 0)
            base = name.removesuffix(NEXT)
            if base in self.moving:
                return sp.Symbol(base, real=True)
            self._need(base)
            return dated(base, 0)
        if isinstance(expression, sp.Add | sp.Mul):
            known = [a for a in expression.args if not self._is_ahead(a)]
            moving = [self._behind(a) for a in expression.args if self._is_ahead(a)]
            if not known:
                return expression.func(*moving)
            return expression.func(self._carried(expression.func(*known)), *moving)
        return expression.func(
            *(self._behind(as_expression(a)) for a in expression.args)
        )

    def _is_ahead(self, expression: sp.Basic) -> bool:
        return any(
            str(s) in self.shocks or str(s).endswith(NEXT)
            for s in expression.free_symbols
        )

    def _carried(self, expression: sp.Expr) -> sp.Expr:
        """What is known at t, as a lag: of a variable, or of a carrier."""
        symbols = [s for s in expression.free_symbols if isinstance(s, Dated)]
        if not symbols:
            return expression
        if len(symbols) == 1 and symbols[0].name not in self.moving:
            (symbol,) = symbols
            factor = expression / symbol
            if symbol not in sp.simplify(factor).free_symbols:
                self._need(symbol.name)
                return sp.simplify(factor) * dated(symbol.name, -1)
        if expression not in self.carriers:
            name = f"carrier_{len(self.carriers) + 1}"
            self.carriers[expression] = name
            self.variables[name] = Variable(name, "", "", "known a period earlier")
            today = self._today(expression)
            self.equations.append(Equation(name, Dated(name), today, ""))
            self.guesses[name] = self._at_rest(expression)
        return dated(self.carriers[expression], -1)

    def _at_rest(self, expression: sp.Expr) -> sp.Expr:
        """The expression where nothing moves and no shock comes."""
        rest: dict[sp.Basic, sp.Basic] = {}
        for symbol in expression.free_symbols:
            name = str(symbol).split("__lead")[0].split("__lag")[0]
            if name in self.shocks:
                rest[symbol] = sp.Integer(0)
            elif isinstance(symbol, Dated):
                base = name.removesuffix(NEXT)
                own = base in self.moving
                rest[symbol] = sp.Symbol(base, real=True) if own else Dated(base)
        return as_expression(expression.xreplace(rest))


def as_expression(value: sp.Basic) -> sp.Expr:
    """The same object, known to be an expression."""
    assert isinstance(value, sp.Expr)
    return value


def _shared(parameter: Parameter) -> Parameter:
    return replace(parameter, regime_specific=False)


def _is_linear(expression: sp.Expr, atoms: Iterable[sp.Basic]) -> bool:
    """Whether the expression is linear in its expectations."""
    dummies = {atom: sp.Dummy() for atom in atoms}
    flat = expression.xreplace(dummies)
    values = list(dummies.values())
    return all(
        sp.diff(flat, a, b).is_zero or sp.simplify(sp.diff(flat, a, b)) == 0
        for i, a in enumerate(values)
        for b in values[i:]
    )
