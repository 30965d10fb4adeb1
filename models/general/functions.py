"""JAX functions derived from a model in the general form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ..declaration import DeclarationError, not_found
from .model import DynamicModel, dated

Residuals = Callable[..., jax.Array]


Library = tuple[tuple[str, Any], ...]


def _compiled(arguments, expressions, modules: Any = "jax"):
    """Compile to JAX; symbols are renamed, as a file's names may be Python's own."""
    flat = [s for group in arguments for s in group]
    plain = {s: sp.Symbol(f"x{i}", real=True) for i, s in enumerate(flat)}
    groups = [[plain[s] for s in group] for group in arguments]
    many = isinstance(expressions, list)
    renamed = [
        sp.sympify(e).xreplace(plain) for e in (expressions if many else [expressions])
    ]
    return sp.lambdify(
        groups, renamed if many else renamed[0], modules=modules, cse=True
    )


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
        found = compiled(ahead, now, before, shocks, parameters, later)
        return jnp.stack([jnp.asarray(r, float) for r in found])

    return evaluate


@lru_cache(maxsize=64)
def residual_terms(model: DynamicModel) -> tuple[Residuals, tuple[int, ...]]:
    """Terms whose sums are the residuals, and the equation that each belongs to.

    The function takes what ``residual_function`` takes up to ``parameters`` and returns
    (terms,); a term is what the equation adds or subtracts as it is written.
    """
    moved = {dated(p.name, 1): p.symbol for p in model.parameters if p.regime_specific}
    moved |= {sp.Symbol(s.name, real=True): dated(s.name, 0) for s in model.shocks}
    terms: list[sp.Basic] = []
    owners: list[int] = []
    for i, equation in enumerate(model.equations):
        sides = (sp.sympify(equation.left), -sp.sympify(equation.right))
        found = [t for side in sides for t in sp.Add.make_args(side) if t != 0]
        terms += [t.xreplace(moved) for t in found]
        owners += [i] * len(found)
    names = model.names
    arguments = (
        *([dated(n, date) for n in names] for date in (1, 0, -1)),
        [dated(s.name, 0) for s in model.shocks],
        [p.symbol for p in model.parameters],
    )
    compiled = _compiled(arguments, terms)

    def evaluate(ahead, now, before, shocks, parameters):
        found = compiled(ahead, now, before, shocks, parameters)
        return jnp.stack([jnp.asarray(r, float) for r in found])

    return evaluate, tuple(owners)


@lru_cache(maxsize=64)
def residual_program(model: DynamicModel, library: Library) -> Callable:
    """Residuals as plain arithmetic: ``f(z, parameters) -> list of n numbers``.

    ``z`` lists y_f(t+1), y(t), y_s(t-1), u(t): variables with a lead, all, those with a
    lag, shocks. Numbers may be of any kind that adds, multiplies and takes the
    functions of ``library`` (pairs of name and function).
    """
    now = list(model.names)
    z = [dated(n, 1) for n in model.appearing(1)]
    z += [dated(n, 0) for n in now] + [dated(n, -1) for n in model.appearing(-1)]
    z += [dated(s.name, 0) for s in model.shocks]
    fixed = [p.symbol for p in model.parameters]
    ahead = {dated(p.name, 1): p.symbol for p in model.parameters if p.regime_specific}
    residuals = [r.xreplace(ahead) for r in model.residuals]
    return _compiled([z, fixed], residuals, [dict(library)])


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
    entries = [sp.sympify(e) for row in model.covariance for e in row]
    compiled = _compiled([fixed], entries, "numpy" if host else "jax")

    def evaluate(parameters):
        found = [xp.asarray(e, float) for e in compiled(parameters)]
        return xp.stack(found).reshape(size, size)

    return evaluate


def transition_function(model: DynamicModel, probabilities) -> Residuals:
    """``(now (n,), before (n,), parameters (p,)) -> (R, R)``; traceable.

    ``probabilities`` are expressions, rows of regimes, in variables dated t and t-1.
    """
    own = {sp.Symbol(p.name, real=True): p.symbol for p in model.parameters}
    entries = [sp.sympify(e).xreplace(own) for row in probabilities for e in row]
    arguments = (
        [dated(n, 0) for n in model.names],
        [dated(n, -1) for n in model.names],
        [p.symbol for p in model.parameters],
    )
    compiled = _compiled(arguments, entries)
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
        values: dict[sp.Basic, Any] = dict(zip(fixed, parameters, strict=True))
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
    values = {**model.values, **changes}
    missing = [n for n in known if n not in values]
    if missing:
        raise DeclarationError(
            f"no value for parameter {', '.join(missing)} of model '{model.name}'"
        )
    return jnp.asarray(np.array([values[n] for n in known], float))
