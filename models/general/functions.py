"""JAX functions derived from a model in the general form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ..declaration import Dated, DeclarationError, not_found
from .assignments import computed_values
from .model import DynamicModel, dated, name_and_date
from .parameters import resting_symbols

Residuals = Callable[..., jax.Array]
Library = tuple[tuple[str, Any], ...]


# JAX keeps the error function apart from those that NumPy has.
JAX = [{"erf": jax.scipy.special.erf}, "jax"]


def _compiled(arguments, expressions, modules: Any = None, share: bool = True):
    """Compile, to JAX by default.

    Symbols are renamed, as a file's names may be Python's own.
    """
    flat = [s for group in arguments for s in group]
    plain = {s: sp.Symbol(f"x{i}", real=True) for i, s in enumerate(flat)}
    groups = [[plain[s] for s in group] for group in arguments]
    many = isinstance(expressions, list)
    renamed = [
        sp.sympify(e).xreplace(plain) for e in (expressions if many else [expressions])
    ]
    return sp.lambdify(
        groups, renamed if many else renamed[0], modules=modules or JAX, cse=share
    )


def entries(array) -> list:
    """The numbers of a vector; jax itself does not take long ones apart in programs."""
    if isinstance(array, list):
        return array
    return list(array) if len(array) <= 100 else list(jnp.unstack(array))


@lru_cache(maxsize=64)
def residual_function(model: DynamicModel) -> Residuals:
    """``f(ahead, now, before, shocks, parameters, parameters_ahead) -> (n,)``.

    ``ahead, now, before`` are the variables (n,) at t+1, t and t-1 in declared order,
    ``shocks`` (k,) those at t; ``parameters`` (p,) are in declared order, those ahead
    differ under regime switching only. Traceable; equations are ``left - right``.
    """
    names, shocks = model.names, [s.name for s in model.shocks]
    fixed = [p.symbol for p in model.parameters]
    ahead = [dated(p.name, 1) for p in model.parameters if p.regime_specific]
    places = [i for i, p in enumerate(model.parameters) if p.regime_specific]
    arguments = (
        [dated(n, 1) for n in names],
        [dated(n, 0) for n in names],
        [dated(n, -1) for n in names],
        [dated(s, 0) for s in shocks],
        fixed,
        ahead,
    )
    # Shocks and variables are declared with a date, whatever symbol was used.
    dates = {sp.Symbol(s.name, real=True): s for s in arguments[3]}
    residuals = [r.xreplace(dates) for r in model.residuals]
    compiled = _compiled(arguments, residuals)

    def evaluate(ahead, now, before, shocks, parameters, parameters_ahead=None):
        if parameters_ahead is None:
            parameters_ahead = parameters
        later = [parameters_ahead[i] for i in places]
        given = (entries(g) for g in (ahead, now, before, shocks, parameters))
        found = compiled(*given, later)
        return jnp.stack([jnp.asarray(r, float) for r in found])

    return evaluate


@lru_cache(maxsize=64)
def residual_terms(model: DynamicModel) -> tuple[Residuals, tuple[int, ...]]:
    """Terms whose sums are the residuals, and the equation that each belongs to.

    The function takes what ``residual_function`` takes up to ``parameters`` and returns
    (terms,); a term is what the equation adds or subtracts as it is written.
    """
    terms, owners = _terms(model)
    names = model.names
    arguments = (
        *([dated(n, date) for n in names] for date in (1, 0, -1)),
        [dated(s.name, 0) for s in model.shocks],
        [p.symbol for p in model.parameters],
    )
    compiled = _compiled(arguments, terms)

    def evaluate(ahead, now, before, shocks, parameters):
        given = (ahead, now, before, shocks, parameters)
        found = compiled(*(entries(g) for g in given))
        return jnp.stack([jnp.asarray(r, float) for r in found])

    return evaluate, tuple(owners)


def _terms(model: DynamicModel) -> tuple[list[sp.Basic], list[int]]:
    moved = {dated(p.name, 1): p.symbol for p in model.parameters if p.regime_specific}
    moved |= {sp.Symbol(s.name, real=True): dated(s.name, 0) for s in model.shocks}
    terms: list[sp.Basic] = []
    owners: list[int] = []
    for i, equation in enumerate(model.equations):
        sides = (sp.sympify(equation.left), -sp.sympify(equation.right))
        found = [t for side in sides for t in sp.Add.make_args(side) if t != 0]
        terms += [t.xreplace(moved) for t in found]
        owners += [i] * len(found)
    return terms, owners


@lru_cache(maxsize=64)
def term_sizes(model: DynamicModel) -> Callable[..., np.ndarray]:
    """``(y (n,), parameters (p,)) -> (n,)``, largest terms of the equations at rest.

    Absolute values on the host; terms that cannot be evaluated count as nothing.
    """
    terms, owners = _terms(model)
    rest: dict[sp.Basic, sp.Basic] = {dated(s.name, 0): sp.S.Zero for s in model.shocks}
    for name in model.names:
        rest |= {dated(name, date): Dated(name) for date in (1, -1)}
    rest |= resting_symbols(model)
    arguments = ([Dated(n) for n in model.names], [p.symbol for p in model.parameters])
    # Most terms are short: nothing is gained by looking for what they share.
    evaluate = _compiled(
        arguments, [t.xreplace(rest) for t in terms], ["scipy", "numpy"], share=False
    )

    def sizes(y, parameters) -> np.ndarray:
        y, parameters = np.asarray(y, float), np.asarray(parameters, float)
        # A term that is not finite gives no size: whoever finds residuals refuses it.
        with np.errstate(all="ignore"):
            found = np.abs(np.array(evaluate(y, parameters), float))
        largest = np.zeros(len(model.equations))
        np.maximum.at(largest, owners, np.where(np.isfinite(found), found, 0.0))
        return largest

    return sizes


def kinks(model: DynamicModel, y, parameters) -> list[tuple[str, float]]:
    """How far absolute values stand from their kinks at y (n,), with their equations.

    Arguments over the sum of their terms' sizes: zero at a kink, one at most.
    """
    rest: dict[sp.Basic, sp.Basic] = {
        p.symbol: sp.Float(float(v), 17)
        for p, v in zip(model.parameters, np.asarray(parameters), strict=True)
    }
    values = dict(zip(model.names, np.asarray(y).tolist(), strict=True))
    rest |= {s: sp.Float(values[str(v)], 17) for s, v in resting_symbols(model).items()}
    found = []
    for equation, residual in zip(model.equations, model.residuals, strict=True):
        for atom in sorted(residual.atoms(sp.Abs), key=sp.default_sort_key):
            if not any(isinstance(s, Dated) for s in atom.free_symbols):
                continue
            own = {
                s: sp.Float(values.get(name_and_date(s)[0], 0.0), 17)
                for s in atom.free_symbols
                if isinstance(s, Dated)
            }
            terms = [
                float(sp.N(t.xreplace(own | rest)))
                for t in sp.Add.make_args(atom.args[0])
            ]
            size = sum(map(abs, terms))
            found.append((equation.name, sum(terms) / size if size else 0.0))
    return found


@lru_cache(maxsize=64)
def residual_program(model: DynamicModel, library: Library) -> Callable:
    """Residuals as plain arithmetic: ``f(z, parameters) -> list of n numbers``.

    ``z`` lists y_f(t+1), y(t), y_s(t-1), u(t): variables with a lead, all, those with a
    lag, shocks. Numbers may be of any kind that adds, multiplies and takes the
    functions of ``library`` (pairs of name and function).
    """
    fixed = [p.symbol for p in model.parameters]
    ahead = {dated(p.name, 1): p.symbol for p in model.parameters if p.regime_specific}
    residuals = [r.xreplace(ahead) for r in model.residuals]
    return _compiled([_point(model), fixed], residuals, [dict(library)])


@lru_cache(maxsize=64)
def switching_residual_program(model: DynamicModel, library: Library) -> Callable:
    """As ``residual_program``, with the parameters of the regime of t+1.

    ``f(z, (parameters, parameters_ahead)) -> list of n numbers``.
    """
    fixed = [p.symbol for p in model.parameters]
    later = [i for i, p in enumerate(model.parameters) if p.regime_specific]
    ahead = [dated(model.parameters[i].name, 1) for i in later]
    arguments = [_point(model), fixed, ahead]
    compiled = _compiled(arguments, list(model.residuals), [dict(library)])

    def evaluate(z, given):
        own, other = given
        return compiled(z, own, [other[i] for i in later])

    return evaluate


def _point(model: DynamicModel) -> list[Dated]:
    """Symbols of z in ``residual_program``."""
    found = [dated(n, 1) for n in model.appearing(1)]
    found += [dated(n, 0) for n in model.names]
    found += [dated(n, -1) for n in model.appearing(-1)]
    return found + [dated(s.name, 0) for s in model.shocks]


@lru_cache(maxsize=64)
def covariance_function(
    model: DynamicModel, host: bool = False
) -> Callable[[Any], Any]:
    """Covariance (k, k) of the shocks given parameters (p,); traceable.

    On the host, where nothing is compiled, it is one of NumPy.
    """
    size, xp = len(model.shocks), np if host else jnp
    if not model.covariance:
        return lambda parameters: xp.eye(size)
    fixed = [p.symbol for p in model.parameters]
    table = [[sp.sympify(e) for e in row] for row in model.covariance]
    # Most shocks are uncorrelated: zeros are not computed.
    places = [(i, j) for i in range(size) for j in range(size) if table[i][j] != 0]
    library = ["scipy", "numpy"] if host else JAX
    compiled = _compiled([fixed], [table[i][j] for i, j in places], library)
    rows, columns = np.array(places, int).reshape(-1, 2).T

    def evaluate(parameters):
        given = list(parameters) if host else entries(parameters)
        found = [xp.asarray(e, float) for e in compiled(given)]
        nothing: Any = xp.zeros((size, size))
        if not found:
            return nothing
        if host:
            nothing[rows, columns] = found
            return nothing
        return nothing.at[rows, columns].set(jnp.stack(found))

    return evaluate


def measurement_function(
    model: DynamicModel, observables: Sequence[str]
) -> Callable[[Any], jax.Array]:
    """Covariance (m, m) of the declared measurement errors of observables; traceable.

    Given parameters (p,); zero where the model declares none.
    """
    declared = {tuple(sorted(k)): sp.sympify(v) for k, v in model.measurement.items()}
    cells = [
        declared.get((min(one, two), max(one, two)), sp.S.Zero)
        for one in observables
        for two in observables
    ]
    every, size = expressions_function(model, cells), len(observables)

    def evaluate(parameters):
        return every(parameters).reshape(size, size)

    return evaluate


def expressions_function(
    model: DynamicModel, expressions: Sequence[Any]
) -> Callable[[Any], jax.Array]:
    """``parameters (p,) -> (m,)``, values of expressions in parameters; traceable."""
    own = {p.name: p.symbol for p in model.parameters}
    found = [sp.sympify(e) for e in expressions]
    named = [e.xreplace({s: own[str(s)] for s in e.free_symbols}) for e in found]
    compiled = _compiled([[p.symbol for p in model.parameters]], named)

    def evaluate(parameters):
        return jnp.stack([jnp.asarray(e, float) for e in compiled(entries(parameters))])

    return evaluate


def transition_function(model: DynamicModel, probabilities) -> Residuals:
    """``(now (n,), before (n,), parameters (p,)) -> (R, R)``; traceable.

    ``probabilities`` are expressions, rows of regimes, in variables dated t and t-1.
    """
    own = {sp.Symbol(p.name, real=True): p.symbol for p in model.parameters}
    cells = [sp.sympify(e).xreplace(own) for row in probabilities for e in row]
    arguments = (
        [dated(n, 0) for n in model.names],
        [dated(n, -1) for n in model.names],
        [p.symbol for p in model.parameters],
    )
    compiled = _compiled(arguments, cells)
    size = len(probabilities)

    def evaluate(now, before, parameters):
        found = [jnp.asarray(e, float) for e in compiled(now, before, parameters)]
        return jnp.stack(found).reshape(size, size)

    return evaluate


@lru_cache(maxsize=64)
def steady_state_function(model: DynamicModel) -> Callable[[jax.Array], jax.Array]:
    """Closed form, or the starting guess where there is none: (n,); traceable.

    Raises
    ------
    DeclarationError
        The closed form leaves a variable out.
    """
    fixed = [p.symbol for p in model.parameters]
    found: dict[sp.Basic, sp.Expr] = {}
    if model.steady_state:
        found = {dated(n, 0): sp.sympify(e) for n, e in model.steady_state}
        missing = [n for n in model.names if dated(n, 0) not in found]
        if missing:
            raise DeclarationError(
                f"the steady state of '{model.name}' gives no value for "
                + ", ".join(missing)
            )
    else:
        # Guesses may use earlier ones, so that their order is kept.
        found = {
            dated(n, 0): sp.Integer(0) for n in model.names if n not in model.guesses
        }
        found |= {dated(n, 0): sp.sympify(g) for n, g in model.guesses.items()}
    order = list(found)
    places = [order.index(dated(n, 0)) for n in model.names]
    steps = []
    for i, name in enumerate(order):
        # Only what a step uses is handed to it: each array is taken apart once.
        used = [s for s in (*fixed, *order[:i]) if s in found[name].free_symbols]
        steps.append((name, used, _compiled([used], found[name])))

    def evaluate(parameters):
        values: dict[sp.Basic, Any] = dict(zip(fixed, entries(parameters), strict=True))
        for name, used, step in steps:
            values[name] = jnp.asarray(step([values[s] for s in used]), float)
        return jnp.stack([values[order[i]] for i in places])

    return evaluate


def parameter_vector(
    model: DynamicModel, changes: Mapping[str, float] | None = None
) -> jax.Array:
    """Values (p,) in declared order: defaults, changed where ``changes`` says so.

    Raises
    ------
    DeclarationError
        A name that is no parameter, or a parameter without a value.
    """
    changes = {} if changes is None else changes
    known = [p.name for p in model.parameters]
    for name in changes:
        if name not in known:
            raise DeclarationError(not_found("parameter", name, known))
    values = computed_values(model, changes)
    missing = [n for n in known if n not in values and n not in model.resting]
    if missing:
        raise DeclarationError(
            f"no value for parameter {', '.join(missing)} of model '{model.name}'"
            f"{_place(model, missing[0])}"
        )
    # Solvers put steady states in.
    return jnp.asarray(np.array([values.get(n, np.nan) for n in known], float))


def _place(model: DynamicModel, parameter: str) -> str:
    """Where a parameter stands, as far as the model was read from a file."""
    for equation, residual in zip(model.equations, model.residuals, strict=True):
        if parameter in {str(s) for s in residual.free_symbols}:
            line = model.lines.get(equation.name)
            return f", which equation '{equation.name}' holds" + (
                f" (line {line})" if line else ""
            )
    return ""


def path_function(model: DynamicModel, expressions) -> Callable[..., np.ndarray]:
    """``(ahead, now, before, shocks, parameters) -> (T, m)``, on the host.

    Variables (T, n) at t+1, t and t-1, shocks (T, k) at t, parameters (p,).
    """
    names, shocks = model.names, [s.name for s in model.shocks]
    arguments = (
        *([dated(n, date) for n in names] for date in (1, 0, -1)),
        [dated(n, 0) for n in shocks],
        [p.symbol for p in model.parameters],
    )
    compiled = _compiled(arguments, list(expressions), ["scipy", "numpy"], share=False)

    def evaluate(ahead, now, before, shocks, parameters) -> np.ndarray:
        columns = (list(np.asarray(g).T) for g in (ahead, now, before, shocks))
        # What is not finite is not above zero; whoever solves checks the path.
        with np.errstate(all="ignore"):
            found = compiled(*columns, list(np.asarray(parameters)))
        count = len(now)
        return np.stack([np.broadcast_to(f, (count,)) for f in found], axis=1)

    return evaluate
