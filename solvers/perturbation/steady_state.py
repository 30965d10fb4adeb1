"""Deterministic steady state of a model in the general form.

A declared closed form is evaluated, a missing one is searched for by Newton's method
from the declared guesses. Either way the residuals decide, and a failure names the
equations that do not hold. Derivatives follow from the implicit function theorem.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.general.functions import (
    entries,
    residual_function,
    steady_state_function,
    term_sizes,
)
from ...models.general.model import DynamicModel
from ...models.general.parameters import at_rest_parameters
from ..compiled import compiled
from ..errors import SteadyStateError
from .no_rest import no_rest

TOLERANCE = 1e-9
# Next to zero a variable is known to this many of its own units.
NOTHING = 1e-13
_TINY = 1e-9
STEPS = 100
# Largest relative step of a search that is over, and what rounding may leave of it.
_SETTLED, _ROUNDED = 1e-13, 1e-11
# How often slopes are renewed on the way from a steady state that is known.
_RENEWED = 4
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


class Known(NamedTuple):
    """A steady state (n,) and the parameters (p,) that it belongs to.

    Values that are not numbers say that none is known.
    """

    values: Any
    parameters: Any


@lru_cache(maxsize=64)
def steady_state_solver(model: DynamicModel):
    """Traceable ``(parameters (p,), known=None) -> Rest``; vmap and gradients pass.

    What is ``Known`` nearby is moved by Newton steps whose slopes are kept for several
    of them; where these do not settle, the search begins at the declared guesses.
    """
    model = model.at_rest
    f = residual_function(model)
    start = steady_state_function(model)
    put = at_rest_parameters(model)
    no_shocks = [jnp.zeros(())] * len(model.shocks)

    def static(y, given):
        # Taken apart once for the three dates; ``given`` lists the parameters.
        rows = entries(y)
        return f(rows, rows, rows, no_shocks, put(rows, given))

    def solve(parameters, known: Known | None = None):
        y, given = start(parameters), entries(parameters)
        if model.steady_state:
            return Rest(y, static(y, given), jnp.zeros(()))

        def rests(y):
            return static(y, given)

        def find(rests, y):
            step = jnp.asarray(jnp.inf)
            if known is not None:
                near, left = _moved(static, rests, known)
                there = left <= _ROUNDED
                y, step = jnp.where(there, near, y), jnp.where(there, 0.0, step)
            return _search(rests, y, step)

        y, step = jax.lax.custom_root(
            rests, jax.lax.stop_gradient(y), find, _implicit, has_aux=True
        )
        return Rest(y, static(y, given), step)

    return solve


def _implicit(slope, right):
    """Solve a linear system that is given as a function (implicit derivatives)."""
    matrix = jax.vmap(slope)(jnp.eye(len(right))).T
    pivots = jnp.diagonal(jax.scipy.linalg.lu_factor(matrix)[0])
    # One of many steady states, of a unit root: it stays where it is.
    there = jnp.all(jnp.isfinite(pivots) & (pivots != 0))
    found = jnp.linalg.solve(jnp.where(there, matrix, jnp.eye(len(right))), right)
    return jnp.where(there, found, 0.0)


def _moved(static, rests, known: Known):
    """A steady state nearby (n,), and the last relative step, NaN or large if none."""
    values, own = (jax.lax.stop_gradient(jnp.asarray(part)) for part in known)
    # Slopes of what is known first: a batch shares them.
    shared = jax.scipy.linalg.lu_factor(jax.jacfwd(static)(values, entries(own)))
    far = jnp.asarray(jnp.inf)

    def settle(factors, y):
        def going(carry):
            _, step, before, count = carry
            return (step > _SETTLED) & (step <= before / 2) & (count < STEPS)

        def move(carry):
            y, before, _, count = carry
            change = jax.scipy.linalg.lu_solve(factors, rests(y))
            step = jnp.max(jnp.abs(change) / (1 + jnp.abs(y)), initial=0.0)
            return y - change, step, before, count + 1

        return jax.lax.while_loop(going, move, (y, far, far, 0))[:2]

    def unsettled(carry):
        _, step, count = carry
        return ~(step <= _ROUNDED) & (count < _RENEWED)

    def renew(carry):
        y, _, count = carry
        y = jnp.where((count > 0) & jnp.all(jnp.isfinite(y)), y, values)
        factors = jax.scipy.linalg.lu_factor(jax.jacfwd(rests)(y))
        return *settle(factors, y), count + 1

    return jax.lax.while_loop(unsettled, renew, (*settle(shared, values), 0))[:2]


def _search(rests, y, step):
    """Damped Newton from a guess (n,) whose step is above ``_SETTLED``."""

    def twice(y):
        residuals = rests(y)
        return residuals, residuals

    def unfinished(carry):
        _, step, count = carry
        return ~(step <= _SETTLED) & (count < STEPS)

    def improve(carry):
        y, _, count = carry
        jacobian, residuals = jax.jacfwd(twice, has_aux=True)(y)
        factors = jax.scipy.linalg.lu_factor(jacobian)
        step = -jax.scipy.linalg.lu_solve(factors, residuals)
        trials = y[None, :] + jnp.outer(jnp.asarray(_DAMPING), step)
        left = jax.vmap(rests)(trials)
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
        return moved, jnp.where(there, 0.0, change), count + 1

    return jax.lax.while_loop(unfinished, improve, (y, step, 0))[:2]


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


def accepted(
    model: DynamicModel,
    parameters: jax.Array,
    rest: Rest,
    slopes: np.ndarray | None = None,
) -> SteadyState:
    """What was found, if it satisfies every equation relative to its own terms.

    Parameters
    ----------
    slopes : largest derivative of every equation (n,), computed if it is needed.

    Raises
    ------
    SteadyStateError
        Naming the equations that do not hold, what no values of the variables can
        satisfy, the variables that are not finite, or those that a singular system
        leaves undetermined.
    """
    y, residuals = np.asarray(rest.values), np.asarray(rest.residuals)
    own = model.at_rest
    if model.static:
        # What came along are residuals and slopes of the equations that move.
        point, slopes = jnp.asarray(y), None
        residuals = np.asarray(static_functions(own).residuals(point, parameters))
    left = shortfalls(own, parameters, y, residuals, slopes)
    if not np.any(left > 1):
        _check_dynamic(model, parameters, y)
        labels = [e.name for e in model.equations]
        return SteadyState(
            dict(zip(model.names, y.tolist(), strict=True)),
            dict(zip(labels, residuals.tolist(), strict=True)),
        )
    raise SteadyStateError(no_rest(own, parameters, y, residuals, left))


def _check_dynamic(model: DynamicModel, parameters, y: np.ndarray) -> None:
    """Equations with another version at rest hold there as well.

    Raises
    ------
    SteadyStateError
        Naming those that do not.
    """
    if not model.static:
        return
    moving = replace(model, static={})
    point = jnp.asarray(y)
    residuals = np.asarray(static_functions(moving).residuals(point, parameters))
    left = shortfalls(moving, parameters, y, residuals)
    broken = [e.name for e, bad in zip(model.equations, left > 1, strict=True) if bad]
    if broken:
        raise SteadyStateError(
            f"model '{model.name}': {', '.join(broken)} (tagged 'dynamic') does not "
            "hold where the equations tagged 'static' rest; correct the static one"
        )


def shortfalls(
    model: DynamicModel, parameters, y, residuals, slopes: np.ndarray | None = None
) -> np.ndarray:
    """Residuals (n,) over what rounding explains; above one they are none.

    A residual is judged by the largest term that its equation adds or subtracts at y
    (n,). Where all terms are next to zero, by the change of a variable that mends it.
    """
    if not np.all(np.isfinite(y)):
        return np.full(len(residuals), np.inf)
    size = np.where(np.isfinite(residuals), np.abs(residuals), np.inf)
    left = size / np.maximum(TOLERANCE * term_sizes(model)(y, parameters), 1e-300)
    if not np.any(left > 1):
        return left
    if slopes is None:
        jacobian = static_functions(model).jacobian(jnp.asarray(y), parameters)
        slopes = np.abs(np.asarray(jacobian)).max(axis=1, initial=0.0)
    steep = np.asarray(slopes)
    # Huge slopes are those of a variable that ran away, not of units.
    usable = np.minimum(np.where(np.isfinite(steep), steep, 0.0), 1e3)
    rounding = np.maximum(NOTHING * usable, 1e-300)
    near = np.minimum(left, size / rounding)
    tiny = (np.abs(y) < _TINY) & (y != 0)
    if np.any(near > 1) or not np.any(tiny):
        return near
    # What is next to zero must be able to be zero: x -> 0 is no rest of n = 1/x.
    zeros = np.where(tiny, 0.0, y)
    there = static_functions(model).residuals(jnp.asarray(zeros), parameters)
    there = np.asarray(there)
    # A term that is itself what rounding left, such as log(1), moves nothing.
    least = np.maximum(1e-6 * term_sizes(model)(zeros, parameters), rounding)
    moved = np.abs(there) > least
    return left if np.any(moved | ~np.isfinite(there)) else near


class Static(NamedTuple):
    """Jitted ``(y (n,), parameters (p,))`` to residuals (n,) and their Jacobian."""

    residuals: Callable
    jacobian: Callable


@lru_cache(maxsize=64)
def static_functions(model: DynamicModel) -> Static:
    """Equations at rest, for the host."""
    model = model.at_rest
    f, no_shocks = residual_function(model), [jnp.zeros(())] * len(model.shocks)
    put = at_rest_parameters(model)

    def static(y, parameters):
        rows = entries(y)
        return f(rows, rows, rows, no_shocks, put(rows, entries(parameters)))

    return Static(
        compiled(static, name="static_residuals"),
        compiled(jax.jacfwd(static), name="static_jacobian"),
    )
