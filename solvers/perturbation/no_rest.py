"""Why a model has no steady state: what no values can satisfy, what is left open."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ...models.declaration import Dated
from ...models.general.functions import (
    residual_function,
    steady_state_function,
)
from ...models.general.model import DynamicModel, name_and_date, put, written
from ...models.general.parameters import at_rest_parameters, resting_symbols
from ..compiled import Compiled, compiled
from .diagnosis import listed, loading, null_vector, undetermined
from .first_order import LinearSystem, linear_system

# Variables beyond this, relative to where the search began, run away.
_FAR = 1e8
# Longer equations are not read symbolically: that would take longer than the search.
_LONGEST = 400


def no_rest(
    model: DynamicModel,
    parameters,
    y: np.ndarray,
    residuals: np.ndarray,
    left: np.ndarray,
) -> str:
    """One sentence on a search or closed form that failed at parameters (p,).

    Parameters
    ----------
    y : the point (n,) that was reached, with ``residuals`` (n,) and ``left`` (n,), the
        residuals over what rounding explains.
    """
    head = f"no steady state found for '{model.name}'"
    labels = [e.name for e in model.equations]
    if model.steady_state:
        lost = [n for n, v in zip(model.names, y, strict=True) if not np.isfinite(v)]
        if lost:
            return f"{head}: the closed form gives no finite value for {listed(lost)}"
        return (
            f"{head}: the declared closed form does not satisfy equations "
            f"{_worst(labels, residuals, left)}; correct the closed form, or leave it "
            "out and give guesses"
        )
    impossible = contradiction(model, np.asarray(parameters))
    if impossible:
        return f"{head}: {impossible}"
    start, at_start, slope, system = jax.tree.map(
        np.asarray, _looked_at(model)(jnp.asarray(y), jnp.asarray(parameters))
    )
    if not np.all(np.isfinite(at_start)):
        lost = ~np.isfinite(at_start)
        broken = [n for n, bad in zip(labels, lost, strict=True) if bad]
        return (
            f"{head}: {listed(broken)} cannot be evaluated at the guesses; give "
            "guesses at which every logarithm, root and denominator is positive"
        )
    far = np.abs(y) > _FAR * (1 + np.abs(start))
    open_ = _left_open(model, slope, system)
    if open_ and not np.any(far):
        return f"{head}: {open_}"
    if np.any(far) or not np.all(np.isfinite(y)):
        lost = [n for n, v in zip(model.names, far | ~np.isfinite(y), strict=True) if v]
        return (
            f"{head}: on the way to where equations "
            f"{_worst(labels, residuals, left)} hold, {listed(lost)} run away without "
            "end; if the variables grow, detrend them, else give guesses nearer to "
            "the solution"
        )
    return (
        f"{head}: equations {_worst(labels, residuals, left)} do not hold where the "
        "search ended; give guesses nearer to the solution, or a closed form"
    )


def _worst(labels, residuals, left) -> str:
    """Equations that do not hold, worst first, with their residuals."""
    size = np.where(np.isnan(left), np.inf, left)
    order = [i for i in np.argsort(-size, kind="stable") if size[i] > 1]
    shown = ", ".join(f"'{labels[i]}' (residual {residuals[i]:.2g})" for i in order[:5])
    return shown if len(order) <= 5 else f"{shown} and {len(order) - 5} more"


class _Settled(NamedTuple):
    """A variable that an equation determines alone."""

    symbol: sp.Basic
    value: sp.Expr
    equation: str


def contradiction(model: DynamicModel, values: np.ndarray) -> str:
    """What no values of the variables can satisfy at parameters (p,); empty if nothing.

    Variables that an equation determines alone are put into the others, as long as
    there are any.
    """
    terms = _terms_at_rest(model, values)
    symbols = {n: set().union(*(t.free_symbols for t in ts)) for n, ts in terms.items()}
    settled: list[_Settled] = []
    waiting = list(terms)
    while waiting:
        label = waiting.pop(0)
        why = _impossible(terms[label])
        if why:
            used = [s for s in settled if s.symbol in symbols[label]]
            return f"'{label}' cannot hold: {_reading(why, used)}"
        new = _alone(terms[label], label)
        if new is None:
            continue
        settled.append(new)
        # It holds by that value; those that hold the variable are read again.
        terms[label] = []
        for other, parts in terms.items():
            if any(new.symbol in t.free_symbols for t in parts):
                terms[other] = [put(t, {new.symbol: new.value}) for t in parts]
                waiting += [other] if other not in waiting else []
    return ""


def _terms_at_rest(model: DynamicModel, values: np.ndarray) -> dict[str, list[sp.Expr]]:
    """Terms of the equations, in variables alone, by name; long equations are left out.

    Numbers are put into each term, so that its size is known before terms cancel.
    """
    known: dict[sp.Basic, sp.Expr] = {
        p.symbol: sp.Float(float(v))
        for p, v in zip(model.parameters, values, strict=True)
    }
    known |= {Dated(s.name): sp.S.Zero for s in model.shocks}
    known |= resting_symbols(model)
    found: dict[str, list[sp.Expr]] = {}
    for equation, residual in zip(model.equations, model.residuals, strict=True):
        if sp.count_ops(residual) <= _LONGEST:
            rest = {s: Dated(name_and_date(s)[0]) for s in residual.free_symbols}
            rest = {s: d for s, d in rest.items() if d.name in model.names}
            parts = sp.Add.make_args(put(residual, rest))
            found[equation.name] = [put(t, known) for t in parts]
    return found


def _impossible(terms: list[sp.Expr]) -> str:
    """What is wrong with terms whose sum no values make zero."""
    residual = sp.Add(*terms)
    if residual.has(sp.zoo, sp.nan, sp.oo, -sp.oo):
        return "it cannot be evaluated"
    above, _ = sp.fraction(sp.together(residual))
    if not above.is_number:
        return ""
    sizes = [abs(float(n)) for t in terms for n in t.atoms(sp.Number)]
    if abs(complex(above)) > 1e-10 * max([*sizes, 1e-10]):
        return f"it reads {written(sp.N(residual, 4))} = 0"
    return ""


def _alone(terms: list[sp.Expr], label: str) -> _Settled | None:
    """Variable and value that an equation linear in one variable determines."""
    residual = sp.Add(*terms)
    symbols = residual.free_symbols
    if len(symbols) != 1:
        return None
    (symbol,) = symbols
    slope = sp.diff(residual, symbol)
    if slope.free_symbols or abs(complex(slope)) < 1e-12:
        return None
    rest = put(residual, {symbol: sp.S.Zero})
    if not rest.is_real:
        return None
    value = sp.Float(-complex(rest / slope).real, 17)
    return _Settled(symbol, sp.S.Zero if abs(value) < 1e-14 else value, label)


def _reading(why: str, used: list[_Settled]) -> str:
    if not used:
        return f"{why}, whatever the variables are; detrend what grows"
    where = ", ".join(
        f"{s.symbol} = {float(s.value):.4g} (from '{s.equation}')" for s in used
    )
    zero = [str(s.symbol) for s in used if s.value == 0]
    advice = (
        f"; {listed(zero)} has no other resting point: detrend it if it grows, give it "
        "a mean if it is a shock"
        if zero
        else ""
    )
    return f"{why} at {where}{advice}"


@lru_cache(maxsize=8)
def _looked_at(model: DynamicModel) -> Compiled:
    """What a search that ended at ``y`` (n,) has seen, at parameters (p,).

    Where it began, residuals there; slopes (n, n) and the linear system where it ended,
    or where it began if the end is not finite.
    """
    begin, f = steady_state_function(model), residual_function(model)
    no_shocks = jnp.zeros(len(model.shocks))
    put, linear_at = at_rest_parameters(model), linear_system(model)

    def looked_at(y, parameters):
        def static(point):
            return f(point, point, point, no_shocks, put(point, parameters))

        start = begin(parameters)
        point = jnp.where(jnp.all(jnp.isfinite(y)), y, start)
        _, system = linear_at(point, put(point, parameters))
        return start, static(start), jax.jacfwd(static)(point), system

    return compiled(looked_at, name="no_rest")


def _left_open(model: DynamicModel, jacobian: np.ndarray, system: LinearSystem) -> str:
    """Say which variables and equations a singular static system leaves open."""
    found = undetermined(model)
    if found:
        return found
    if not np.all(np.isfinite(jacobian)):
        return ""
    scale = np.linalg.norm(jacobian, axis=1, keepdims=True)
    labels = [e.name for e in model.equations]
    empty = [n for n, s in zip(labels, scale[:, 0], strict=True) if s == 0]
    if empty:
        return (
            f"equation '{empty[0]}' says nothing about the steady state; give a closed "
            "form that settles it"
        )
    left, values, right = np.linalg.svd(jacobian / scale)
    if values[-1] > 1e-9 * values[0]:
        return ""
    every = np.concatenate([np.asarray(m) for m in system[:3]], axis=1)
    if null_vector(every.T) is not None:
        return undetermined(model, system)
    return (
        f"singular steady state: equations {loading(labels, left[:, -1])} do not "
        f"determine {loading(model.names, right[-1])} apart from each other; add a "
        "condition, or give the closed form of one of the steady states"
    )
