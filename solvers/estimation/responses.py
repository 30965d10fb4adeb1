"""Impulse responses at many parameters: what is known of them after an estimation."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from ...models.general.functions import covariance_function
from ...models.general.parameters import derived_parameters
from ..compiled import compiled
from ..errors import SolutionError
from ..perturbation.expansion import perturbation
from ..perturbation.first_order import layout
from .posterior import Posterior


def response_draws(
    posterior: Posterior, values: np.ndarray, outputs: Sequence[str], horizon: int
) -> np.ndarray:
    """First-order responses (d, m, horizon, n) to one standard deviation of each shock.

    Parameters
    ----------
    values : (d, k), draws of the estimated parameters.
    outputs : names (n) of variables; shocks (m) are those of the model, in order. Other
        shocks stay at zero, also where they are correlated.

    Raises
    ------
    SolutionError
        The model switches: responses are then those of a regime.
    """
    if posterior.switching is not None:
        raise SolutionError(
            "responses of a model that switches are those of a regime; solve it at the "
            "parameters that are of interest"
        )
    model = posterior.model
    rows = np.array([model.names.index(n) for n in outputs])
    where = layout(model)
    states, count = np.array(where.states, int), len(where.states)
    # Made before the program is: what is made inside of one belongs to it alone.
    solve, covariance_at = perturbation(model, 1), covariance_function(model)
    renew = derived_parameters(model)

    def each(own, base):
        parameters = jnp.asarray(base).at[posterior.places].set(own)
        if renew is not None:
            parameters = renew(parameters)
        x = solve(parameters).rule.x
        size = jnp.sqrt(jnp.diagonal(covariance_at(parameters)))
        first = x[:, count:] * size[None, :]

        def step(y, _):
            return x[:, :count] @ y[states], y[rows]

        return jnp.moveaxis(jax.lax.scan(step, first, None, horizon)[1], 2, 0)

    # One draw after another: batches of factorisations may wait for each other.
    program = compiled(
        lambda draws, base: jax.lax.map(lambda v: each(v, base), draws),
        name="response_draws",
    )
    return np.asarray(program(jnp.asarray(values), posterior.base))
