"""Filtering with a model that may be wrong, and attribution of forecast errors.

States and observations follow ``s(t) = F s(t-1) + G e(t)``, ``y(t) = H s(t-1) + D e(t)
+ v(t)``, with e of unit variance. In the steady state of the filter the forecast error
is ``H (s(t-1) - mean) + D e + v``; its conditional parts add up to it exactly.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..compiled import compiled, on_host, traced
from ..errors import SolutionError
from ..matrix_equations import lyapunov
from .gaussian import Density, StateSpace, Steps, filter_pass

_LOG_2_PI = float(np.log(2 * np.pi))
_ROUNDS, _TOLERANCE = 4000, 1e-9


class LinearModel(NamedTuple):
    """F (n, n), G (n, k), H (m, n), D (m, k), and errors (m,) of measurement (s.d.).

    Arrays of the host or of a program.
    """

    transition: Any
    impact: Any
    loading: Any
    direct: Any
    errors: Any


class SteadyFilter(NamedTuple):
    """The filter once its variances have settled.

    Attributes
    ----------
    model : what is believed.
    variance : (n, n) of s(t-1) given observations before t.
    gain : (n, m) of s(t) on the forecast error.
    precision : (m, m), inverse variance of the forecast error.
    constant : log density of a forecast error of zero.
    """

    model: LinearModel
    variance: Any
    gain: Any
    precision: Any
    constant: Any


def state_space(model: LinearModel) -> StateSpace:
    """The model as solvers of linear Gaussian state spaces take it.

    Raises
    ------
    SolutionError
        A root outside the unit circle: the states have no ergodic distribution.
    """
    transition = np.asarray(model.transition)
    radius = float(np.max(np.abs(np.linalg.eigvals(transition))))
    if not radius < 1:
        raise SolutionError(f"the linear model has a root of modulus {radius:.6f}")
    return _joint(model)


@compiled(name="joint_form")
def _joint(model: LinearModel) -> StateSpace:
    n = len(model.transition)
    both = jnp.concatenate([model.transition, model.loading])
    by_shock = jnp.concatenate([model.impact, model.direct])
    own = jnp.concatenate([jnp.zeros(n), jnp.asarray(model.errors) ** 2])
    noise = by_shock @ by_shock.T + jnp.diag(own)
    start = lyapunov(jnp.asarray(model.transition), noise[:n, :n])
    return StateSpace(both, noise, start)


@compiled(name="settled_filter")
def _settled(space: StateSpace) -> tuple[Density, Steps]:
    """The filter after many dates: its density, and its last two steps."""
    m = len(space.both) - len(space.start)
    density, steps = filter_pass(space, jnp.zeros((_ROUNDS, m)))
    assert steps is not None
    return density, jax.tree.map(lambda part: part[-2:], steps)


def steady_filter(model: LinearModel) -> SteadyFilter:
    """Settle the filter of a model.

    Raises
    ------
    SolutionError
        Observables satisfy an exact relation, or the variances do not settle.
    """
    space = state_space(model)
    density, steps = on_host(_settled(space))
    variance = steps.variance[-1]
    if not density.pivot > 1e-12:
        raise SolutionError("the observables of the linear model are exactly related")
    size = np.sqrt(np.diag(np.asarray(space.start))) + 1e-12
    change = np.abs(variance - steps.variance[-2]) / np.outer(size, size)
    if not change.max() < _TOLERANCE:
        raise SolutionError(
            f"the filter's variance still moves by {change.max():.1e} of its size "
            f"after {_ROUNDS} dates; its states are hardly observed"
        )
    whitener = steps.whitener[-1]
    precision = whitener.T @ whitener
    logarithm = np.sum(np.log(np.diagonal(whitener)))
    constant = logarithm - 0.5 * len(whitener) * _LOG_2_PI
    return SteadyFilter(on_host(model), variance, steps.gain[-1], precision, constant)


def update(
    steady: SteadyFilter, mean: jax.Array, seen: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Mean (n,) of s(t) given y(t) (m,), and the log density of y(t); traceable."""
    error = seen - steady.model.loading @ mean
    after = steady.model.transition @ mean + steady.gain @ error
    return after, steady.constant - 0.5 * error @ steady.precision @ error


def attributed(steady: SteadyFilter, error: Any, row: int) -> Any:
    """Parts of observable ``row`` in a forecast error (m,), (n + k + 1,): they add up.

    Revisions of the states before, by state; shocks, by shock; measurement error.
    """
    model = steady.model
    whitened = steady.precision @ error
    states = model.loading[row] * (steady.variance @ model.loading.T @ whitened)
    shocks = model.direct[row] * (model.direct.T @ whitened)
    own = model.errors[row] ** 2 * whitened[row]
    xp = jnp if traced((steady, error)) else np
    return xp.concatenate([states, shocks, own[None]])
