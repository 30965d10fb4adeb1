"""Models in the general form E_t[f(y(t+1), y(t), y(t-1), shocks(t))] = 0.

The form of perturbation methods and of Dynare files: every variable of the list may
appear with leads and lags, every equation holds in expectation given what is known at
t, shocks are dated t and have mean zero. ``shift(y, k)`` dates a symbol k periods
later; leads and lags beyond one period become auxiliary variables on construction, so
that solvers meet dates t-1, t and t+1 only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import sympy as sp

from ..declaration import (
    Dated,
    DeclarationError,
    Equation,
    Parameter,
    Shock,
    names_in,
    not_found,
)
from .assignments import computed_values
from .estimation import Estimation, check_estimated
from .scenario import Scenario

_DATED = re.compile(r"(?P<name>.+)__(?P<side>lead|lag)(?P<date>\d+)$")


@dataclass(frozen=True)
class Variable:
    """An endogenous variable; ``auxiliary`` if a longer lead or lag made it."""

    name: str
    latex: str = ""
    unit: str = ""
    description: str = ""
    auxiliary: bool = False

    @property
    def symbol(self) -> Dated:
        """The variable at t."""
        return Dated(self.name)


def dated(name: str, date: int) -> Dated:
    """Symbol of a variable or shock ``date`` periods from t."""
    if date == 0:
        return Dated(name)
    return Dated(f"{name}__{'lead' if date > 0 else 'lag'}{abs(date)}")


def name_and_date(symbol: sp.Basic) -> tuple[str, int]:
    """Name of a dated symbol and its distance from t in periods."""
    found = _DATED.match(str(symbol))
    if found is None:
        return str(symbol), 0
    sign = 1 if found["side"] == "lead" else -1
    return found["name"], sign * int(found["date"])


def shift(expression: sp.Expr, periods: int) -> sp.Expr:
    """Date every dated symbol ``periods`` later.

    Only ``Dated`` symbols move: parameters are declared without a date.
    """
    moved = {}
    for symbol in expression.free_symbols:
        if isinstance(symbol, Dated):
            name, date = name_and_date(symbol)
            moved[symbol] = dated(name, date + periods)
    return put(expression, moved)


# Identity is equality: caches of compiled programs are keyed on the model.
@dataclass(frozen=True, eq=False)
class DynamicModel:
    """A model in the general form; names and counts are checked on construction.

    Attributes
    ----------
    equations : hold as ``left = right`` in expectation at t; with auxiliary variables
        one equation per variable in the order of declaration.
    values : default parameter values (declared units).
    steady_state : assignments in order, variables or helpers, from parameters and what
        was assigned before; empty when it is solved for numerically.
    guesses : starting values of variables, from parameters and earlier guesses.
    covariance : of the shocks, expressions in parameters; identity when empty.
    lines : equation name -> line of the file it was read from.
    notes : sentences on what a file says and the model does not follow.
    assignments : of parameters and helpers in order, as far as values depend on each
        other (``assignments.computed_values``).
    settled : parameters that follow from the steady state, so that nobody sets them.
    static : equation name -> equation that holds at rest in its place, where the
        equation itself leaves the resting point open (unit roots).
    resting : parameter -> variable whose steady state it is, which solvers put in.
    observed : variables that are data; measurement : covariances of their errors, by
        pairs of names.
    scenario : the path that a file asks for, or None; levels : shock -> parameter that
        is its level, which equations add to the shock.
    estimation : what a file estimates, or None.

    Raises
    ------
    DeclarationError
        A name declared twice or not at all, unequal numbers of variables and
        equations, a variable that appears in no equation.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    variables: tuple[Variable, ...]
    shocks: tuple[Shock, ...]
    equations: tuple[Equation, ...]
    values: Mapping[str, float] = field(default_factory=dict)
    steady_state: tuple[tuple[str, sp.Expr], ...] = ()
    guesses: Mapping[str, sp.Expr] = field(default_factory=dict)
    covariance: tuple[tuple[sp.Expr, ...], ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    assignments: tuple[tuple[str, sp.Expr], ...] = ()
    settled: frozenset[str] = frozenset()
    static: Mapping[str, Equation] = field(default_factory=dict)
    resting: Mapping[str, str] = field(default_factory=dict)
    observed: tuple[str, ...] = ()
    measurement: Mapping[tuple[str, str], sp.Expr] = field(default_factory=dict)
    scenario: Scenario | None = None
    levels: Mapping[str, str] = field(default_factory=dict)
    estimation: Estimation | None = None

    def __post_init__(self) -> None:
        """Check the declaration and expand leads and lags beyond one period."""
        _check(self)
        for name, value in _with_dates(self).items():
            object.__setattr__(self, name, value)
        for name, value in _expand(self).items():
            object.__setattr__(self, name, value)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all variables, auxiliary ones last."""
        return tuple(v.name for v in self.variables)

    @cached_property
    def residuals(self) -> tuple[sp.Expr, ...]:
        """``left - right`` of every equation."""
        return tuple(_residual(e) for e in self.equations)

    @cached_property
    def at_rest(self) -> DynamicModel:
        """The model whose equations determine where the economy rests."""
        if not self.static:
            return self
        chosen = {n: replace(e, name=n) for n, e in self.static.items()}
        lines = {n: self.lines.get(e.name, 0) for n, e in self.static.items()}
        return replace(
            self,
            equations=tuple(chosen.get(e.name, e) for e in self.equations),
            lines={**self.lines, **lines},
            static={},
        )

    def appearing(self, date: int) -> tuple[str, ...]:
        """Variables that appear with ``date`` (-1, 0, 1), in declared order."""
        found = set()
        for residual in self.residuals:
            for symbol in residual.free_symbols:
                name, when = name_and_date(symbol)
                if when == date:
                    found.add(name)
        return tuple(n for n in self.names if n in found)

    def with_values(self, **values: float) -> DynamicModel:
        """The same equations with other default values; what follows from them follows.

        Raises
        ------
        DeclarationError
            A name that is no parameter, or follows from the steady state.
        """
        known = [p.name for p in self.parameters]
        for name in values:
            if name not in known:
                raise DeclarationError(not_found("parameter", name, known))
        left = tuple(a for a in self.assignments if a[0] not in values)
        found = computed_values(self, values)
        return replace(self, values=found, assignments=left)


def _check(model: DynamicModel) -> None:
    groups = (model.parameters, model.variables, model.shocks)
    names = [r.name for group in groups for r in group]
    for name, count in Counter(names).items():
        if count > 1:
            raise DeclarationError(f"'{name}' is declared twice")
        if _DATED.match(name):
            raise DeclarationError(f"'{name}': such names are kept for leads and lags")
    for label, count in Counter(e.name for e in model.equations).items():
        if count > 1:
            raise DeclarationError(f"equation '{label}' is declared twice")
    used = {name for e in model.equations for name in _names_of(model, e, names)}
    if len(model.equations) != len(model.variables):
        raise DeclarationError(
            f"model '{model.name}' has {len(model.variables)} variables but "
            f"{len(model.equations)} equations"
        )
    for variable in model.variables:
        if variable.name not in used:
            raise DeclarationError(f"variable '{variable.name}' is in no equation")
    _check_values(model)


def _names_of(model: DynamicModel, equation: Equation, names: list[str]) -> set[str]:
    """Names in an equation; each is declared and has the date it appears with."""
    regime_specific = {p.name for p in model.parameters if p.regime_specific}
    moving = {r.name for r in (*model.variables, *model.shocks)} | regime_specific
    used = set()
    for symbol in sorted(_residual(equation).free_symbols, key=str):
        name, date = name_and_date(symbol)
        if name not in names:
            where = label_of(model, equation.name)
            raise DeclarationError(f"{where}: {not_found('symbol', name, names)}")
        if date and (name not in moving or (date < 0 and name in regime_specific)):
            where = label_of(model, equation.name)
            raise DeclarationError(f"{where}: '{name}' has no date {date:+d}")
        used.add(name)
    return used


def _residual(equation: Equation) -> sp.Expr:
    return sp.sympify(equation.left) - sp.sympify(equation.right)


def _check_values(model: DynamicModel) -> None:
    parameters = [p.name for p in model.parameters]
    for name in model.values:
        if name not in parameters:
            raise DeclarationError(not_found("parameter", name, parameters))
    known = {*parameters}
    for name, expression in model.steady_state:
        for unknown in sorted(_free(expression) - known):
            raise DeclarationError(
                f"steady state of '{name}': {not_found('symbol', unknown, known)}"
            )
        known.add(name)
    variables = [v.name for v in model.variables]
    for name in model.guesses:
        if name not in variables:
            raise DeclarationError(f"guess: {not_found('variable', name, variables)}")
    for name in sorted({n for r in model.covariance for e in r for n in _free(e)}):
        if name not in parameters:
            raise DeclarationError(
                f"covariance: {not_found('parameter', name, parameters)}"
            )
    if model.estimation is not None:
        check_estimated(model.estimation.estimated, parameters, model.settled)
    size = len(model.shocks)
    if model.covariance and [len(r) for r in model.covariance] != [size] * size:
        raise DeclarationError("the covariance of shocks must be square")


def _free(expression) -> set[str]:
    return names_in(sp.sympify(expression))


def label_of(model: DynamicModel, equation: str) -> str:
    """An equation by name, with the line of the file it was read from."""
    line = model.lines.get(equation)
    return f"equation '{equation}'" + (f" (line {line})" if line else "")


def _with_dates(model: DynamicModel) -> dict[str, object]:
    """Declare what moves with a date and what does not without, whatever was used."""
    fixed = {p.name: p.symbol for p in model.parameters if not p.regime_specific}

    def put(expression) -> sp.Expr:
        found = sp.sympify(expression)
        proper = {s: fixed.get(str(s), Dated(str(s))) for s in found.free_symbols}
        found = found.xreplace(proper)
        assert isinstance(found, sp.Expr)
        return found

    return {
        "equations": tuple(
            replace(e, left=put(e.left), right=put(e.right)) for e in model.equations
        ),
        "static": {
            n: replace(e, left=put(e.left), right=put(e.right))
            for n, e in model.static.items()
        },
        "steady_state": tuple((n, put(e)) for n, e in model.steady_state),
        "guesses": {n: put(e) for n, e in model.guesses.items()},
        "covariance": tuple(tuple(put(e) for e in row) for row in model.covariance),
    }


@dataclass
class _Expansion:
    """Auxiliary variables that are being added.

    ``innovations`` have no lags of their own: shocks, and parameters that differ
    between regimes.
    """

    model: DynamicModel
    innovations: frozenset[str]
    variables: list[Variable] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    values: dict[str, sp.Expr] = field(default_factory=dict)
    known: dict[sp.Expr, str] = field(default_factory=dict)

    def add(self, kind: str, expression: sp.Expr, description: str) -> str:
        """Variable equal to ``expression``, whose leads and lags are at most one."""
        if expression in self.known:
            return self.known[expression]
        number = len(self.variables) + 1
        # A file that was written with auxiliary variables holds such names already.
        taken = {v.name for v in self.model.variables} | {
            e.name for e in self.model.equations
        }
        while taken & {f"AUX_{kind}_{number}", f"aux_{kind}_{number}".lower()}:
            number += 1
        name = f"AUX_{kind}_{number}"
        self.known[expression] = name
        latex = rf"\mathit{{aux}}_{{{number}}}"
        self.variables.append(Variable(name, latex, "", description, auxiliary=True))
        self.equations.append(
            Equation(name.lower(), Dated(name), expression, description)
        )
        self.values[name] = rested(expression, self.model)
        return name


def put(expression: sp.Expr, values: Mapping[sp.Basic, sp.Expr]) -> sp.Expr:
    """The expression with ``values`` in the places of symbols."""
    found = expression.xreplace(dict(values))
    assert isinstance(found, sp.Expr)
    return found


def rested(expression: sp.Expr, model: DynamicModel) -> sp.Expr:
    """The expression in a steady state: no dates, no shocks."""
    shocks = {s.name for s in model.shocks}
    rest: dict[sp.Basic, sp.Expr] = {}
    for symbol in expression.free_symbols:
        if not isinstance(symbol, Dated) and str(symbol) not in shocks:
            continue
        name, _ = name_and_date(symbol)
        rest[symbol] = sp.Integer(0) if name in shocks else Dated(name)
    return put(expression, rest)


def _expand(model: DynamicModel) -> dict[str, object]:
    """Add an auxiliary variable per lead or lag beyond one period."""
    switching = [p.name for p in model.parameters if p.regime_specific]
    expansion = _Expansion(model, frozenset([s.name for s in model.shocks] + switching))
    equations = []
    for equation in model.equations:
        left, right = (
            _shorten_leads(_shorten_lags(side, expansion), expansion)
            for side in (equation.left, equation.right)
        )
        equations.append(replace(equation, left=left, right=right))
    if not expansion.variables:
        return {}
    # Auxiliary variables rest at the value of what they stand for.
    guesses = {k: sp.sympify(v) for k, v in model.guesses.items()}
    for name, rest in expansion.values.items():
        if all(s.name in guesses for s in rest.free_symbols if isinstance(s, Dated)):
            guesses[name] = rest
    settled = tuple(expansion.values.items())
    return {
        "variables": (*model.variables, *expansion.variables),
        "equations": (*equations, *expansion.equations),
        "steady_state": (*model.steady_state, *settled) if model.steady_state else (),
        "guesses": guesses,
    }


def _shorten_lags(expression, expansion: _Expansion) -> sp.Expr:
    """Replace lags beyond one period, and every innovation that is not dated t."""
    replacements = {}
    for symbol in sorted(expression.free_symbols, key=str):
        if not isinstance(symbol, Dated):
            continue
        name, date = name_and_date(symbol)
        shock = name in {s.name for s in expansion.model.shocks}
        # Parameters of the next regime are known to residuals, earlier ones are not.
        if name in expansion.innovations and (date < 0 or (shock and date)):
            kind = "SHOCK" if shock else "PARAMETER"
            name = expansion.add(kind, Dated(name), f"{kind.lower()} {name}")
            replacements[symbol] = dated(name, date)
        while date < -1:
            name = expansion.add("LAG", dated(name, -1), f"{name} a period earlier")
            date += 1
            replacements[symbol] = dated(name, date)
    return expression.xreplace(replacements)


def _shorten_leads(expression, expansion: _Expansion) -> sp.Expr:
    """Replace terms with leads beyond one period by the lead of their expectation.

    By the law of iterated expectations E_t g(t+2) = E_t z(t+1) with z = E_t g(t+1),
    for the whole nonlinear term g, not for the variable in it. Factors that are known
    at t stay outside.
    """
    if _longest(expression) < 2:
        return expression
    terms = []
    for term in sp.Add.make_args(sp.expand(expression)):
        if _longest(term) < 2:
            terms.append(term)
            continue
        factors = sp.Mul.make_args(term)
        known = sp.Mul(*[f for f in factors if _longest(f) == 0])
        unknown = sp.Mul(*[f for f in factors if _longest(f) > 0])
        behind = _shorten_lags(shift(unknown, -1), expansion)
        shorter = _shorten_leads(behind, expansion)
        name = expansion.add("LEAD", shorter, "expectation of a later period")
        terms.append(known * dated(name, 1))
    return sp.Add(*terms)


def _longest(expression) -> int:
    dates = [name_and_date(s)[1] for s in expression.free_symbols]
    return max([*dates, 0])


def written(expression: sp.Expr) -> str:
    """An expression as text, dates in brackets: ``k(-1)**alpha``."""
    text = str(expression)
    text = re.sub(r"__lead(\d+)", r"(+\1)", text)
    return re.sub(r"__lag(\d+)", r"(-\1)", text)
