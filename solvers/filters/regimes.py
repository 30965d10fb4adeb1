"""Filter and smoother of a Markov chain seen through given densities, and its data.

The densities are multivariate Student t with exact marginals where observations are
missing (a marginal of a t has the same degrees of freedom, Kotz and Nadarajah 2004,
section 1.10). Filter: Hamilton (1989); smoother: Kim (1994).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln, logsumexp

from ..compiled import compiled
from ..errors import SolutionError


class Panel(NamedTuple):
    """Observations sorted by which of them are missing.

    Attributes
    ----------
    values : (T, m), zero where missing.
    patterns : (P, m), true where observed; the last one observes nothing.
    which : (T,) index of each date's pattern.
    """

    values: jax.Array
    patterns: jax.Array
    which: jax.Array


class Filtered(NamedTuple):
    """What a filter knows.

    Attributes
    ----------
    predicted : (T, R) log probabilities of the regime at t given data before t.
    filtered : (T, R) log probabilities given data up to t.
    log_likelihood : scalar, of all data.
    """

    predicted: jax.Array
    filtered: jax.Array
    log_likelihood: jax.Array


def panel(observations: np.ndarray) -> Panel:
    """Sort observations (T, m), NaN where missing, by their missing ones.

    Raises
    ------
    SolutionError
        An observation is infinite, or a date or an observable is missing altogether.
    """
    data = np.asarray(observations, float)
    if data.ndim != 2 or 0 in data.shape or np.any(np.isinf(data)):
        raise SolutionError(
            f"observations are finite or missing in an array (T, m), not {data.shape}"
        )
    seen = ~np.isnan(data)
    found, which = np.unique(seen, axis=0, return_inverse=True)
    nothing = np.zeros((1, data.shape[1]), bool)
    return Panel(
        jnp.asarray(np.where(seen, data, 0.0)),
        jnp.asarray(np.concatenate([found, nothing])),
        jnp.asarray(np.ravel(which)),
    )


def until(data: Panel, dates: int) -> Panel:
    """The panel with nothing observed from date index ``dates`` on: same shapes."""
    late = jnp.arange(len(data.which)) >= dates
    return data._replace(which=jnp.where(late, len(data.patterns) - 1, data.which))


@compiled
def log_densities(
    data: Panel, covariances: jax.Array, freedom: jax.Array, kept: jax.Array
) -> jax.Array:
    """Log density (T, R) of every date in every regime.

    Parameters
    ----------
    covariances : (R, m, m), positive definite; of the observations, not the shape.
    freedom : degrees of freedom, above two.
    kept : (m,), false for observables to leave out.
    """
    seen = data.patterns & kept[None, :]
    both = (seen[:, :, None] & seen[:, None, :])[:, None]
    size = covariances.shape[-1]
    own = jnp.where(both, covariances[None], jnp.eye(size)[None, None])
    root = jnp.linalg.cholesky(own)
    logs = jnp.log(jnp.diagonal(root, axis1=-2, axis2=-1)).sum(-1)
    eye = jnp.broadcast_to(jnp.eye(size), root.shape)
    whitener = jax.scipy.linalg.solve_triangular(root, eye, lower=True)
    values = jnp.where(seen[data.which], data.values, 0.0)
    squares = jnp.sum(
        jnp.einsum("trij,tj->tri", whitener[data.which], values) ** 2, axis=-1
    )
    count = seen.sum(-1)[data.which][:, None]
    half = (freedom + count) / 2
    return (
        gammaln(half)
        - gammaln(freedom / 2)
        - count / 2 * jnp.log(jnp.pi * (freedom - 2))
        - logs[data.which]
        - half * jnp.log1p(squares / (freedom - 2))
    )


def ergodic(chances: jax.Array) -> jax.Array:
    """Stationary probabilities (R,) of a chain with rows of ``chances`` (R, R)."""
    count = chances.shape[0]
    square = (jnp.eye(count) - chances).T.at[-1].set(1.0)
    return jnp.linalg.solve(square, jnp.eye(count)[-1])


def hamilton_filter(
    densities: jax.Array, chances: jax.Array, start: jax.Array
) -> Filtered:
    """Filter log densities (T, R).

    ``chances`` (R, R) are probabilities of tomorrow's regime (columns) given today's,
    ``start`` (R,) those of the regime at the first date before its data.
    """

    def step(before, density):
        joint = before + density
        likelihood = logsumexp(joint)
        now = joint - likelihood
        ahead = logsumexp(now[:, None] + jnp.log(chances), axis=0)
        return ahead, (before, now, likelihood)

    _, (predicted, filtered, likelihood) = jax.lax.scan(step, jnp.log(start), densities)
    return Filtered(predicted, filtered, likelihood.sum())


def kim_smoother(found: Filtered, chances: jax.Array) -> jax.Array:
    """Log probabilities (T, R) of the regimes given all data (Kim 1994, eq. 2.20)."""

    def back(later, now):
        filtered, ahead = now
        gain = logsumexp(jnp.log(chances) + (later - ahead)[None, :], axis=1)
        own = filtered + gain
        return own, own

    last = found.filtered[-1]
    _, earlier = jax.lax.scan(
        back, last, (found.filtered[:-1], found.predicted[1:]), reverse=True
    )
    return jnp.concatenate([earlier, last[None]])
