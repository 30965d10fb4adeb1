"""Second moments of linear laws with Markov switching, inside programs.

Operators X_i -> sum_j w_ij L_ij X_j L_ij' carry second moments of states forward and
those of sunspots backward. They keep positive definite matrices so, which decides
whether their spectral radius is below one by a single linear solve: then, and only
then, the sum of all powers is positive definite (Krein and Rutman 1950; Costa, Fragoso
and Marques 2005, theorem 3.9). Symmetric matrices are counted once.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

# Steps of the power method on the inverse, and the change at which it ends.
_STEPS, _CHANGE = 500, 1e-11


class Operator(NamedTuple):
    """X -> sum_j w_ij L_ij X_j L_ij', with the inverse of identity minus itself.

    Attributes
    ----------
    weights : (R, R). blocks : L_ij (R, R, k, k).
    inverse : (R q, R q) on the q = k (k + 1) / 2 entries of symmetric matrices; held
        fixed under differentiation.
    """

    weights: jax.Array
    blocks: jax.Array
    inverse: jax.Array


def operator(weights: jax.Array, blocks: jax.Array) -> Operator:
    """The operator of weights (R, R) and blocks (R, R, k, k); traceable."""
    held, own = jax.lax.stop_gradient((weights, blocks))
    count, k = own.shape[0], own.shape[-1]
    a, b = np.triu_indices(k)
    # L X L' from the entries of X on and above its diagonal.
    straight = own[:, :, a][..., a] * own[:, :, b][..., b]
    crossed = own[:, :, a][..., b] * own[:, :, b][..., a]
    doubled = straight + jnp.where(a != b, crossed, 0.0)
    matrix = (held[:, :, None, None] * doubled).swapaxes(1, 2)
    size = count * len(a)
    inverse = jnp.linalg.inv(jnp.eye(size) - matrix.reshape(size, size))
    return Operator(weights, blocks, inverse)


def applied(own: Operator, moments: jax.Array) -> jax.Array:
    """The operator at symmetric matrices (R, k, k)."""
    moved = own.blocks @ moments[None] @ own.blocks.swapaxes(2, 3)
    return jnp.einsum("ij,ijab->iab", own.weights, moved)


def fixed_moments(own: Operator, given: jax.Array) -> jax.Array:
    """Moments (R, k, k) that are the operator's at themselves, plus ``given``.

    Exact first derivatives; where the radius is one or more it means nothing.
    """
    held = jax.lax.stop_gradient(own)
    first = _summed(held.inverse, jax.lax.stop_gradient(given))
    # One step of Newton's method carries the derivatives.
    return first + _summed(held.inverse, given + applied(own, first) - first)


def contracts(own: Operator) -> jax.Array:
    """Whether the spectral radius is below one; no derivatives."""
    total = _powers(own)
    size = jnp.sqrt(jnp.abs(jnp.diagonal(total, axis1=1, axis2=2)))
    scaled = total / (size[:, :, None] * size[:, None, :])
    return jnp.all(jnp.isfinite(jnp.linalg.cholesky(scaled)))


def radius(own: Operator) -> jax.Array:
    """Spectral radius where it is below one, else infinity; no derivatives."""
    inverse = jax.lax.stop_gradient(own.inverse)
    a, b = np.triu_indices(own.blocks.shape[-1])
    if not len(a):
        return jnp.zeros(())

    def unfinished(carry):
        _, _, change, steps = carry
        return (change > _CHANGE) & (steps < _STEPS)

    def step(carry):
        vector, before, _, steps = carry
        moved = inverse @ vector
        value = jnp.max(jnp.abs(moved))
        change = jnp.abs(value - before) / value
        return moved / value, value, change, steps + 1

    start = _powers(own)[:, a, b].ravel(), jnp.zeros(()), jnp.asarray(jnp.inf), 0
    _, value, _, _ = jax.lax.while_loop(unfinished, step, start)
    # The largest root of the inverse belongs to the radius of the operator.
    return jnp.where(contracts(own), 1 - 1 / value, jnp.inf)


def _powers(own: Operator) -> jax.Array:
    """Sum of all powers at identity matrices (R, k, k); no derivatives."""
    count, k = own.blocks.shape[0], own.blocks.shape[-1]
    eye = jnp.broadcast_to(jnp.eye(k), (count, k, k))
    return _summed(jax.lax.stop_gradient(own.inverse), eye)


def _summed(inverse: jax.Array, given: jax.Array) -> jax.Array:
    """``inverse`` at symmetric matrices (R, k, k)."""
    count, k = given.shape[:2]
    a, b = np.triu_indices(k)
    found = (inverse @ given[:, a, b].ravel()).reshape(count, len(a))
    place = np.zeros((k, k), int)
    place[a, b] = place[b, a] = np.arange(len(a))
    return found[:, place]
