"""Matrix equations of perturbation methods, solved by doubling.

All of them vmap and differentiate: the solvers iterate, derivatives come from
the linear system that is solved (implicit differentiation), never from the iterations.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp

_ITERATIONS = 60


def apply_right(x: jax.Array, matrix: jax.Array) -> jax.Array:
    """Contract every axis of ``x`` (m, a, ..., a) but the first with ``matrix`` (a, b).

    ``x (matrix kron ... kron matrix)`` for a matrix whose columns are unfolded.
    """
    for axis in range(1, x.ndim):
        x = jnp.moveaxis(jnp.tensordot(x, matrix, axes=(axis, 0)), -1, axis)
    return x


def generalised_sylvester(
    left: jax.Array, right: jax.Array, constant: jax.Array
) -> jax.Array:
    """Solve ``X + left X (right kron ... kron right) = constant``.

    Parameters
    ----------
    left : (m, m); right : (a, a); constant : (m, a, ..., a) with k axes of length a.
        The solution exists and the iteration converges if the product of the spectral
        radius of ``left`` and the k-th power of that of ``right`` is below one.

    Returns
    -------
    X of the shape of ``constant``; not finite where the condition fails.
    """

    def matvec(x):
        return x + jnp.tensordot(left, apply_right(x, right), axes=1)

    return jax.lax.custom_linear_solve(
        matvec,
        constant,
        solve=lambda _, b: _double(left, right, b),
        transpose_solve=lambda _, b: _double(left.T, right.T, b),
    )


def _double(left, right, constant):
    def unfinished(carry):
        # The number of terms doubles: what is left is about the square of the change.
        _, _, _, change, count = carry
        return (change > 1e-12) & (count < _ITERATIONS)

    def double(carry):
        x, a, b, _, count = carry
        step = jnp.tensordot(a, apply_right(x, b), axes=1)
        change = _largest(step) / (_largest(x) + 1e-300)
        return x + step, a @ a, b @ b, change, count + 1

    start = (constant, -left, right, jnp.asarray(jnp.inf), 0)
    return jax.lax.while_loop(unfinished, double, start)[0]


def _largest(array: jax.Array) -> jax.Array:
    return jnp.max(jnp.abs(array), initial=0.0)


def structured_doubling(
    onward: jax.Array, back: jax.Array, stay: jax.Array, later: jax.Array
) -> jax.Array:
    """Minimal X (f, s) with ``x = X s(t-1)`` where variables meet two periods.

    States follow ``s = onward s(t-1) + back x(t+1)``, the others
    ``x = stay s(t-1) + later x(t+1)``: shapes (s, s), (s, f), (f, s), (f, f). Each step
    joins two stretches of time into one twice as long (Chu, Fan and Lin 2005; Huber,
    Meyer-Gohde and Saecker 2023), until one of its ends no longer feels the other.
    What is left is of the order of 1e-10, which one step of Newton squares.

    Returns
    -------
    X; not finite where a stretch cannot be joined.
    """
    count = len(onward)

    def unfinished(carry):
        *_, size, steps = carry
        return (size > 1e-10 * start_size) & (steps < _ITERATIONS)

    def join(carry):
        onward, back, stay, later, _, steps = carry
        solved = jnp.linalg.solve(
            jnp.eye(count) - back @ stay, jnp.concatenate([onward, back], axis=1)
        )
        through, inside = solved[:, :count], solved[:, count:] @ later
        returned = later @ stay
        onward, back = onward @ through, back + onward @ inside
        stay, later = stay + returned @ through, later @ later + returned @ inside
        # Either coefficient alone going to zero ends the doubling.
        size = _largest(onward) * _largest(later)
        return onward, back, stay, later, size, steps + 1

    start_size = _largest(onward) * _largest(later)
    start = (onward, back, stay, later, jnp.asarray(jnp.inf), 0)
    return jax.lax.while_loop(unfinished, join, start)[2]


def nudged(ahead: jax.Array, now: jax.Array, before: jax.Array) -> jax.Array:
    """``now`` (n, n) moved by 1e-12 of what stands in each row, in all entries.

    Where blocks do not feed back (debt under active fiscal policy), exact zeros hold
    doubling at a solvent with the wrong roots.
    """
    n = len(now)
    generic = jnp.cos(jnp.arange(n * n)).reshape(n, n)
    every = jnp.abs(jnp.concatenate([ahead, now, before], axis=1))
    return now + 1e-12 * jnp.max(every, axis=1, keepdims=True) * generic


# Roots at zero and infinity come to lie at this number and its inverse.
_MOVED = 0.25


def moved_doubling(ahead: jax.Array, now: jax.Array, before: jax.Array) -> jax.Array:
    """Minimal P (n, n) of ``ahead P P + now P + before = 0`` where ``now`` is singular.

    As with ``1 = m(+1) r(+1)``. All matrices are (n, n). The roots are moved by a
    Moebius transform that keeps the unit circle, so that all three coefficients enter
    the matrix that is inverted first (Bini, Iannazzo and Meini 2012, section 3.6).
    """
    n, a = len(now), _MOVED
    after = ahead + a * now + a * a * before
    middle = 2 * a * (ahead + before) + (1 + a * a) * now
    past = before + a * now + a * a * ahead
    middle = nudged(after, middle, past)
    solved = -jnp.linalg.solve(middle, jnp.concatenate([past, after], axis=1))
    past, after = solved[:, :n], solved[:, n:]
    found, eye = structured_doubling(past, after, past, after), jnp.eye(n)
    return jnp.linalg.solve((eye + a * found).T, (found + a * eye).T).T


def spectral_radius(matrix: jax.Array, squarings: int = 40) -> jax.Array:
    """Largest modulus of the eigenvalues of ``matrix`` (n, n), by repeated squaring.

    Rounding enters as one unit in the last place per squaring's share of the power.
    """

    def square(carry, _):
        power, log_scale = carry
        size = _largest(power)
        scaled = power / jnp.where(size > 0, size, 1.0)
        log_scale = 2 * (log_scale + jnp.log(jnp.where(size > 0, size, 1.0)))
        return (scaled @ scaled, log_scale), size

    (power, log_scale), _ = jax.lax.scan(
        square, (matrix, jnp.zeros(())), None, length=squarings
    )
    size = _largest(power)
    exponent = (log_scale + jnp.log(size)) / 2.0**squarings
    return jnp.where(size > 0, jnp.exp(exponent), 0.0)


def lyapunov(transition: jax.Array, covariance: jax.Array) -> jax.Array:
    """Solve ``V = transition V transition' + covariance``; (n, n), symmetric.

    Raises nothing: the caller checks that the spectral radius is below one.
    """
    solve: Callable[[jax.Array], jax.Array] = partial(_double_symmetric, transition)

    def matvec(v):
        return v - transition @ v @ transition.T

    return jax.lax.custom_linear_solve(
        matvec,
        covariance,
        solve=lambda _, b: solve(b),
        transpose_solve=lambda _, b: _double_symmetric(transition.T, b),
    )


def _double_symmetric(transition, covariance):
    def unfinished(carry):
        _, _, change, count = carry
        return (change > 1e-17) & (count < _ITERATIONS)

    def double(carry):
        v, a, _, count = carry
        step = a @ v @ a.T
        change = _largest(step) / (_largest(v) + 1e-300)
        return v + step, a @ a, change, count + 1

    start = (covariance, transition, jnp.asarray(jnp.inf), 0)
    return jax.lax.while_loop(unfinished, double, start)[0]
