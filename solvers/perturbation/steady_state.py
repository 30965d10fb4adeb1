"""Deterministic steady state of a model in the general form.

A declared closed form is evaluated, a missing one is searched for by Newton's method
from the declared guesses. Either way the residuals decide, and a failure names the
equations that do not hold. Derivatives follow from the implicit function theorem.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.general.functions import residual_function, steady_state_function
from ...models.general.model import DynamicModel
from ..compiled import compiled
from ..errors import SteadyStateError

TOLERANCE = 1e-9
STEPS = 100
# Newton steps are halved up to eleven times, until the correction that is left falls.
_DAMPING = tuple(2.0**-k for k in range(12))


class Rest(NamedTuple):
    """Variables (n,), residuals (n,), largest relative step that was left."""

    values: jax.Array
    residuals: jax.Array
    step: jax.Array

    @property
    def residual(self) -> jax.Array:
        """Largest absolute residual; infinite where one is not a number."""
        worst = jnp.max(jnp.abs(self.residuals), initial=0.0)
        return jnp.where(jnp.isfinite(worst), worst, jnp.inf)


@lru_cache(maxsize=64)
def steady_state_solver(model: DynamicModel):
    """Traceable ``parameters (p,) -> Rest``; vmap and gradients pass through."""
    f = residual_function(model)
    start = steady_state_function(model)
    shocks = len(model.shocks)

    def static(y, given):
        # Taken apart once for the three dates; ``given`` lists the parameters.
        rows = list(y)
        return f(rows, rows, rows, [jnp.zeros(())] * shocks, given)

    def newton(y, given):
        def twice(y):
            residuals = static(y, given)
            return residuals, residuals

        jacobian, residuals = jax.jacfwd(twice, has_aux=True)(y)
        factors = jax.scipy.linalg.lu_factor(jacobian)
        step = -jax.scipy.linalg.lu_solve(factors, residuals)
        trials = y[None, :] + jnp.outer(jnp.asarray(_DAMPING), step)
        left = jax.vmap(lambda y: static(y, given))(trials)
        # Residuals count as corrections of variables: units of equations play no part
        # (natural level function, Deuflhard 2011, section 3.3).
        corrections = jax.scipy.linalg.lu_solve(factors, left.T)
        worst = jnp.max(jnp.abs(corrections) / (1 + jnp.abs(y))[:, None], axis=0)
        sizes = jnp.where(jnp.isfinite(worst), worst, jnp.inf)
        # A guess that satisfies the equations exactly is a steady state as it stands,
        # one of many where the system is singular (a unit root).
        there = jnp.all(residuals == 0)
        moved = jnp.where(there, y, trials[jnp.argmin(sizes)])
        change = jnp.max(jnp.abs(step) / (1 + jnp.abs(y)))
        return moved, jacobian, jnp.where(there, 0.0, change)

    def search(y, given):
        def unfinished(carry):
            *_, step, count = carry
            return (step > 1e-13) & (count < STEPS)

        def improve(carry):
            y, _, _, count = carry
            return *newton(y, given), count + 1

        first = (y, jnp.zeros((len(y), len(y))), jnp.asarray(jnp.inf), 0)
        return jax.lax.while_loop(unfinished, improve, first)[:3]

    def solve(parameters):
        y, given = start(parameters), list(parameters)
        if model.steady_state:
            return Rest(y, static(y, given), jnp.zeros(()))
        y, jacobian, step = search(
            jax.lax.stop_gradient(y), jax.lax.stop_gradient(given)
        )
        # One more step whose derivative is that of the implicit function; the slope is
        # that of the last step, which was rounding.
        residuals = static(y, given)
        last = jnp.linalg.solve(jacobian, residuals)
        there = jnp.all(jax.lax.stop_gradient(residuals) == 0)
        y = y - jnp.where(there, jnp.where(jnp.isfinite(last), last, 0), last)
        return Rest(y, static(y, given), step)

    return solve


@dataclass(frozen=True)
class SteadyState:
    """Steady state by name, with the residual of every equation."""

    values: dict[str, float]
    residuals: dict[str, float]

    def __getitem__(self, name: str) -> float:
        """Value of a variable."""
        return self.values[name]


@lru_cache(maxsize=64)
def compiled_steady_state(model: DynamicModel):
    """Jitted ``parameters (p,) -> Rest``."""
    return compiled(steady_state_solver(model), name="steady_state")


def steady_state(model: DynamicModel, parameters: jax.Array) -> SteadyState:
    """Find the steady state at parameters (p,).

    Raises
    ------
    SteadyStateError
        As ``accepted`` does.
    """
    return accepted(model, parameters, compiled_steady_state(model)(parameters))


def accepted(model: DynamicModel, parameters: jax.Array, rest: Rest) -> SteadyState:
    """What was found, if it satisfies every equation.

    Raises
    ------
    SteadyStateError
        Naming the equations with the largest residuals, the variables that are not
        finite, or the variables that a singular system leaves undetermined.
    """
    y, residuals = np.asarray(rest.values), np.asarray(rest.residuals)
    scale = 1 + np.max(np.abs(y)) if np.all(np.isfinite(y)) else 1.0
    if np.all(np.isfinite(residuals)) and np.max(np.abs(residuals)) < TOLERANCE * scale:
        labels = [e.name for e in model.equations]
        return SteadyState(
            dict(zip(model.names, y.tolist(), strict=True)),
            dict(zip(labels, residuals.tolist(), strict=True)),
        )
    raise SteadyStateError(_diagnosis(model, parameters, y, residuals))


def _diagnosis(model: DynamicModel, parameters, y, residuals) -> str:
    labels = [e.name for e in model.equations]
    head = f"no steady state found for '{model.name}'"
    if model.steady_state:
        worst = _worst(labels, residuals)
        return (
            f"{head}: the declared closed form does not satisfy {worst}; correct the "
            "closed form, or leave it out and give guesses"
        )
    start = steady_state_function(model)(parameters)
    f = residual_function(model)
    no_shocks = jnp.zeros(len(model.shocks))

    def static(point):
        return f(point, point, point, no_shocks, parameters)

    at_start = np.asarray(static(start))
    if not np.all(np.isfinite(at_start)):
        broken = ", ".join(
            f"'{n}'"
            for n, r in zip(labels, at_start, strict=True)
            if not np.isfinite(r)
        )
        return (
            f"{head}: {broken} cannot be evaluated at the guesses; give guesses at "
            "which every logarithm, root and denominator is positive"
        )
    point = jnp.asarray(y) if np.all(np.isfinite(y)) else start
    jacobian = np.asarray(jax.jacfwd(static)(point))
    singular = _singular(model, jacobian)
    if singular:
        return f"{head}: {singular}"
    return (
        f"{head}: {_worst(labels, np.asarray(static(point)))} after {STEPS} Newton "
        "steps; give guesses nearer to the solution, or a closed form"
    )


def _worst(labels, residuals) -> str:
    size = np.where(np.isfinite(residuals), np.abs(residuals), np.inf)
    order = np.argsort(-size)[:3]
    shown = [f"'{labels[i]}' (residual {residuals[i]:.2g})" for i in order if size[i]]
    return "equations " + ", ".join(shown)


def _singular(model: DynamicModel, jacobian: np.ndarray) -> str:
    """Say which variables and equations a singular static system leaves open."""
    scale = np.linalg.norm(jacobian, axis=1, keepdims=True)
    empty = [
        e.name for e, s in zip(model.equations, scale[:, 0], strict=True) if s == 0
    ]
    if empty:
        return (
            f"equation '{empty[0]}' says nothing about the steady state; give a closed "
            "form that settles it"
        )
    left, values, right = np.linalg.svd(jacobian / scale)
    if values[-1] > 1e-9 * values[0]:
        return ""
    variables = _loading(model.names, right[-1])
    equations = _loading([e.name for e in model.equations], left[:, -1])
    return (
        f"singular steady state: equations {equations} do not determine {variables} "
        "apart from each other; add a condition, or give the closed form of one of "
        "the steady states"
    )


def _loading(labels, vector: np.ndarray) -> str:
    """Names whose weight in a vector is at least a fifth of the largest one."""
    size = np.abs(vector)
    order = [i for i in np.argsort(-size) if size[i] > 0.2 * size.max()][:4]
    return ", ".join(f"'{labels[i]}'" for i in order)
