"""A wider search for a steady state, where Newton's method from the guesses fails.

On the host: other guesses, and steps that a singular Jacobian does not stop.
"""

from __future__ import annotations

from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
import scipy.optimize

from ...models.general.functions import steady_state_function
from ...models.general.model import DynamicModel
from .steady_state import shortfalls, static_functions

# What a variable without a guess is tried at, after zero.
_TRIED = (1.0, 0.1, 0.5, 3.0, 0.02, 10.0)
_REFINED = 60


def search(
    model: DynamicModel, parameters, first: np.ndarray | None = None
) -> np.ndarray | None:
    """Values (n,) at which all equations hold at parameters (p,), or None.

    ``first`` (n,) is tried before the model's own guesses. Where the equations leave
    variables open (a unit root), the steady state next to the guesses is found.
    """
    if model.steady_state:
        return None
    model = model.at_rest
    functions = static_functions(model)

    def residuals(y):
        return np.asarray(functions.residuals(jnp.asarray(y), parameters))

    def jacobian(y):
        return np.asarray(functions.jacobian(jnp.asarray(y), parameters))

    for start in _starts(model, parameters, first):
        if not np.all(np.isfinite(residuals(start))):
            continue
        for y in (start, _hybrid(residuals, jacobian, start)):
            found = _refined(residuals, jacobian, y)
            if found is None:
                continue
            if not np.any(shortfalls(model, parameters, found, residuals(found)) > 1):
                return found
    return None


def _starts(model: DynamicModel, parameters, first) -> Iterator[np.ndarray]:
    if first is not None:
        yield first
    given = np.asarray(steady_state_function(model)(parameters))
    open_ = np.array([n not in model.guesses for n in model.names])
    yield given
    if np.any(open_):
        for value in _TRIED:
            yield np.where(open_, value, given)


def _hybrid(residuals, jacobian, start) -> np.ndarray:
    """Powell's hybrid method (MINPACK), kept off points that cannot be evaluated."""

    def usable(function):
        def evaluate(y):
            found = function(y)
            return np.where(np.isfinite(found), found, 1e10)

        return evaluate

    found = scipy.optimize.root(
        usable(residuals), start, jac=usable(jacobian), method="hybr"
    )
    return found.x


def _refined(residuals, jacobian, y) -> np.ndarray | None:
    """Newton's method with steps of least length, halved until residuals fall."""
    left = residuals(y)
    for _ in range(_REFINED):
        slope = jacobian(y)
        if not (np.all(np.isfinite(left)) and np.all(np.isfinite(slope))):
            return None
        size = np.max(np.abs(slope), axis=1, keepdims=True, initial=0.0)
        scale = 1 / np.where(size > 0, size, 1.0)
        step = np.linalg.lstsq(scale * slope, -scale[:, 0] * left, rcond=1e-11)[0]
        if np.max(np.abs(step) / (1 + np.abs(y)), initial=0.0) < 1e-15:
            return y
        for share in 0.5 ** np.arange(12):
            moved = residuals(y + share * step)
            worst = np.max(np.abs(scale[:, 0] * moved), initial=0.0)
            if worst < np.max(np.abs(scale[:, 0] * left), initial=0.0):
                y, left = y + share * step, moved
                break
        else:
            return y
    return y
