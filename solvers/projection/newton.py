"""Collocation on a sparse grid: Newton on the stacked residuals of one block.

The Jacobian is assembled exactly. A residual depends on the unknowns at its own node,
which also move the states that quadrature nodes reach, and on the unknowns there.
Derivatives in the first go forward through the policy, in the second backward and not
through it; both meet the polynomials in one batched product. A factorised Jacobian
serves for as long as steps with it pay (Kelley 1995, chapter 5.4). The solution is
differentiable with respect to parameters and earlier blocks by the implicit function
theorem; the domain is held fixed in derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..chunks import over_chunks
from .conditions import (
    Conditions,
    Parameters,
    Regime,
    Solved,
    SolvedBlocks,
    evaluate_block,
)
from .grid import Domain


class NewtonResult(NamedTuple):
    """Coefficients (R, K, N), the largest relative residual, Jacobians factorised."""

    coefficients: jax.Array
    residual: jax.Array
    iterations: jax.Array


@dataclass(frozen=True)
class Newton:
    """Options of the Newton iteration.

    tolerance : largest relative residual at any node.
    width : quadrature points evaluated at once, few enough for a processor's cache.
    reuse : a Jacobian serves again where its step left at most this share of residuals.
    """

    tolerance: float = 1e-11
    max_iterations: int = 30
    max_halvings: int = 8
    width: int = 2048
    reuse: float = 0.03

    @property
    def accepted(self) -> float:
        """Residual below which a block counts as solved.

        Far below what the grid resolves; Newton may stall at rounding above its goal.
        """
        return max(100 * self.tolerance, 1e-9)

    def chunk(self, problem: Conditions) -> int:
        """Number of points per chunk, at least one."""
        return max(1, self.width // problem.nodes_per_point)


def residuals_at_nodes(
    problem: Conditions,
    parameters: Parameters,
    earlier: SolvedBlocks,
    domain: Domain,
    coefficients: jax.Array,
    chunk: int,
) -> jax.Array:
    """Residuals (R, N, n_equation) at the grid's own nodes, ``chunk`` at a time."""
    nodes = domain.from_cube(jnp.asarray(problem.grid.nodes))
    own = partial(evaluate_block, problem.grid, Solved(coefficients, domain))

    def at(regime: Regime, points: jax.Array) -> jax.Array:
        return problem.residuals(
            parameters, earlier, regime, points, own(regime, points), own
        )

    return _by_regime(problem, lambda r: over_chunks(partial(at, r), nodes, chunk))


def jacobian_at_nodes(
    problem: Conditions,
    parameters: Parameters,
    earlier: SolvedBlocks,
    domain: Domain,
    coefficients: jax.Array,
    chunk: int,
) -> jax.Array:
    """Jacobian of the residuals (R*N*n,) in the coefficients, (R*N*n, R*K*N)."""
    nodes = domain.from_cube(jnp.asarray(problem.grid.nodes))
    given = problem, parameters, earlier, domain, coefficients

    def rows(regime: Regime) -> jax.Array:
        return over_chunks(partial(_chunk_rows, *given, regime), nodes, chunk)

    return _by_regime(problem, rows).reshape(-1, coefficients.size)


def _by_regime(problem: Conditions, function: Callable[[Regime], jax.Array]):
    """What ``function`` says of every regime, (R, ...), in a program as long as one."""
    if problem.regimes == 1:
        return function(0)[None]
    return jax.lax.map(function, jnp.arange(problem.regimes))


def _chunk_rows(
    problem: Conditions,
    parameters: Parameters,
    earlier: SolvedBlocks,
    domain: Domain,
    coefficients: jax.Array,
    regime: Regime,
    points: jax.Array,
) -> jax.Array:
    """Jacobian rows (C, n, R, K, N) at one chunk of nodes."""
    regimes, unknowns, _ = coefficients.shape
    policy = partial(evaluate_block, problem.grid, Solved(coefficients, domain))
    here = policy(regime, points)
    count, nodes = points.shape[0], problem.nodes_per_point
    zero = jnp.zeros((regimes, count * nodes, unknowns))

    def conditions(values: jax.Array, bumps: jax.Array):
        reached = []

        def own(index: int, at: jax.Array) -> jax.Array:
            reached.append(at)
            return policy(index, at) + bumps[index]

        result = problem.residuals(parameters, earlier, regime, points, values, own)
        return result, reached[:1]

    def along(direction: jax.Array) -> jax.Array:
        tangent = jnp.broadcast_to(direction[None, :], here.shape)
        return jax.jvp(lambda v: conditions(v, zero)[0], (here,), (tangent,))[1]

    own = jax.vmap(along, out_axes=2)(jnp.eye(unknowns))
    result, pullback, reached = jax.vjp(partial(conditions, here), zero, has_aux=True)

    def equation(direction: jax.Array) -> jax.Array:
        return pullback(jnp.broadcast_to(direction[None, :], result.shape))[0]

    bump = jax.vmap(equation)(jnp.eye(result.shape[1]))
    bump = bump.reshape(-1, regimes, count, nodes, unknowns)
    local = problem.grid.basis(domain.to_cube(points))
    rows = jnp.zeros((count, result.shape[1], *coefficients.shape))
    # Nothing is reached when no expectation is about the block's own unknowns.
    if reached:
        ahead = problem.grid.basis(domain.to_cube(reached[0]))
        ahead = ahead.reshape(count, nodes, local.shape[1])
        rows = jnp.einsum("ercqk,cqn->cerkn", bump, ahead)
    own = own[..., None] * local[:, None, None, :]
    return rows.at[:, :, regime].add(own)


class _Carry(NamedTuple):
    """State of the iteration: the best point so far and the next candidate's step.

    ``fresh``: whether the factors belong to the best point.
    """

    coefficients: jax.Array
    value: jax.Array
    size: jax.Array
    factors: tuple[jax.Array, jax.Array]
    fresh: jax.Array
    step: jax.Array
    length: jax.Array
    steps: jax.Array
    tries: jax.Array


def newton(
    problem: Conditions,
    options: Newton,
    parameters: Parameters,
    earlier: SolvedBlocks,
    domain: Domain,
    guess: jax.Array,
) -> NewtonResult:
    """Solve one block: damped Newton, differentiable in parameters and earlier blocks.

    Parameters
    ----------
    guess : coefficients (R, K, N).

    Returns
    -------
    NewtonResult
        Not necessarily converged: who calls checks ``residual``.
    """

    def residuals(coefficients, p, e):
        return residuals_at_nodes(
            problem, p, e, domain, coefficients, options.chunk(problem)
        ).reshape(-1)

    def jacobian(coefficients, p, e):
        return jacobian_at_nodes(
            problem, p, e, domain, coefficients, options.chunk(problem)
        )

    @jax.custom_jvp
    def solved(p, e, start):
        return _iterate(residuals, jacobian, options, p, e, start)

    @solved.defjvp
    def tangent(primals, tangents):
        p, e, start = primals
        result = solved(p, e, start)

        at_solution = partial(residuals, result.coefficients)
        _, change = jax.jvp(at_solution, (p, e), tangents[:2])
        matrix = jacobian(result.coefficients, p, e)
        step = -jnp.linalg.solve(matrix, change)
        step = step.reshape(result.coefficients.shape)
        zero = jnp.zeros_like(result.residual)
        count = jnp.zeros((), dtype=jax.dtypes.float0)
        return result, NewtonResult(step, zero, count)

    return solved(parameters, earlier, guess)


def _iterate(residuals, jacobian, options, p, e, start) -> NewtonResult:
    """Damped Newton with one copy of the residuals and one of the Jacobian inside.

    Each pass tries a candidate. One that is much better keeps the factors of the
    Jacobian for the next direction, one that is better gets new ones, and another one
    is moved half way back; with old factors it is given up for new ones at once.
    The starting point is the first candidate.
    """
    count = start.size

    def unfinished(carry):
        size, steps, tries = carry.size, carry.steps, carry.tries
        going = (steps < options.max_iterations) & (tries <= options.max_halvings)
        return (size > options.tolerance) & going

    def attempt(carry):
        candidate = carry.coefficients - carry.length * carry.step
        value = residuals(candidate, p, e)
        new = jnp.max(jnp.abs(value))
        better = new < carry.size
        stale = ~better & ~carry.fresh
        kept = jnp.where(better, candidate, carry.coefficients)
        value = jnp.where(better, value, carry.value)
        # Before the first step there are no factors to keep.
        pays = jnp.isfinite(carry.size) & (new < options.reuse * carry.size)
        renew = (better & ~pays & (new > options.tolerance)) | stale

        def factorised(_):
            return jax.scipy.linalg.lu_factor(jacobian(kept, p, e))

        factors = jax.lax.cond(renew, factorised, lambda old: old, carry.factors)
        ahead = renew | better
        step = jnp.where(
            ahead,
            jax.scipy.linalg.lu_solve(factors, value).reshape(start.shape),
            carry.step,
        )
        return _Carry(
            coefficients=kept,
            value=value,
            size=jnp.where(better, new, carry.size),
            factors=factors,
            fresh=jnp.where(ahead, renew, carry.fresh),
            step=step,
            length=jnp.where(ahead, 1.0, carry.length / 2),
            steps=carry.steps + renew,
            tries=jnp.where(ahead, 0, carry.tries + 1),
        )

    none = jnp.zeros((), int)
    carry = _Carry(
        coefficients=start,
        value=jnp.zeros(count),
        size=jnp.full((), jnp.inf),
        factors=(jnp.eye(count), jnp.arange(count, dtype=jnp.int32)),
        fresh=jnp.ones((), bool),
        step=jnp.zeros_like(start),
        length=jnp.ones(()),
        steps=none,
        tries=none,
    )
    carry = jax.lax.while_loop(unfinished, attempt, carry)
    return NewtonResult(carry.coefficients, carry.size, carry.steps)


def start_from(problem: Conditions, policy, domain: Domain) -> np.ndarray:
    """Coefficients (R, K, N) that interpolate ``policy(regime, points)``, on the host.

    ``policy`` takes host arrays (P, d) to unknowns (P, K).
    """
    nodes = domain.on_host().from_cube(problem.grid.nodes, np)
    inverse = problem.grid.inverse
    rows = [(inverse @ policy(r, nodes)).T for r in range(problem.regimes)]
    return np.stack(rows)
