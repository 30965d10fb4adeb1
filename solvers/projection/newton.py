"""Collocation on a sparse grid: Newton on the stacked residuals of one block.

The Jacobian is assembled exactly: derivatives of each residual with respect to the
unknowns at its own node and at every quadrature node come from reverse-mode
differentiation, and meet the polynomials in one batched product. The solution is
differentiable with respect to parameters and earlier blocks by the implicit function
theorem; the domain is held fixed in derivatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..chunks import over_chunks
from .conditions import Conditions, Parameters, Solved, SolvedBlocks, evaluate_block
from .grid import Domain


class NewtonResult(NamedTuple):
    """Coefficients (R, K, N), the largest relative residual at the nodes, the steps."""

    coefficients: jax.Array
    residual: jax.Array
    iterations: jax.Array


@dataclass(frozen=True)
class Newton:
    """Options of the Newton iteration.

    tolerance : largest relative residual at any node.
    width : quadrature points evaluated at once (larger temporaries are slower).
    """

    tolerance: float = 1e-11
    max_iterations: int = 30
    max_halvings: int = 8
    width: int = 8192

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

    def at(regime: int, points: jax.Array) -> jax.Array:
        return problem.residuals(
            parameters, earlier, regime, points, own(regime, points), own
        )

    regimes = range(problem.regimes)
    return jnp.stack([over_chunks(partial(at, r), nodes, chunk) for r in regimes])


def residuals_and_jacobian(
    problem: Conditions,
    parameters: Parameters,
    earlier: SolvedBlocks,
    domain: Domain,
    coefficients: jax.Array,
    chunk: int,
) -> tuple[jax.Array, jax.Array]:
    """Residuals (R*N*n,) and their Jacobian in the coefficients (R*N*n, R*K*N)."""
    nodes = domain.from_cube(jnp.asarray(problem.grid.nodes))
    values, rows = [], []
    for regime in range(problem.regimes):
        at = partial(
            _chunk_rows, problem, parameters, earlier, domain, coefficients, regime
        )
        value, row = over_chunks(at, nodes, chunk)
        values.append(value)
        rows.append(row)
    return (
        jnp.stack(values).reshape(-1),
        jnp.stack(rows).reshape(-1, coefficients.size),
    )


def _chunk_rows(
    problem: Conditions,
    parameters: Parameters,
    earlier: SolvedBlocks,
    domain: Domain,
    coefficients: jax.Array,
    regime: int,
    points: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """Residuals (C, n) and Jacobian rows (C, n, R, K, N) at one chunk of nodes."""
    regimes, unknowns, _ = coefficients.shape
    policy = partial(evaluate_block, problem.grid, Solved(coefficients, domain))
    here = policy(regime, points)
    shape = (regimes, points.shape[0] * problem.nodes_per_point, unknowns)

    def conditions(values: jax.Array, bumps: jax.Array):
        reached = []

        def own(index: int, at: jax.Array) -> jax.Array:
            reached.append(at)
            return policy(index, at) + bumps[index]

        result = problem.residuals(parameters, earlier, regime, points, values, own)
        return result, reached[:1]

    result, pullback, reached = jax.vjp(
        conditions, here, jnp.zeros(shape), has_aux=True
    )
    local = problem.grid.basis(domain.to_cube(points))
    ahead = jnp.zeros((points.shape[0], problem.nodes_per_point, local.shape[1]))
    # Nothing is reached when no expectation is about the block's own unknowns.
    if reached:
        ahead = problem.grid.basis(domain.to_cube(reached[0])).reshape(ahead.shape)

    def equation(direction: jax.Array) -> jax.Array:
        own, bump = pullback(jnp.broadcast_to(direction[None, :], result.shape))
        bump = bump.reshape(regimes, points.shape[0], problem.nodes_per_point, unknowns)
        rows = jnp.einsum("rcqk,cqn->crkn", bump, ahead)
        return rows.at[:, regime].add(own[:, :, None] * local[:, None, :])

    rows = jax.vmap(equation)(jnp.eye(result.shape[1]))
    return result, rows.transpose(1, 0, 2, 3, 4)


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

    def norm(coefficients, p, e):
        value = residuals_at_nodes(
            problem, p, e, domain, coefficients, options.chunk(problem)
        )
        return jnp.max(jnp.abs(value))

    def jacobian(coefficients, p, e):
        return residuals_and_jacobian(
            problem, p, e, domain, coefficients, options.chunk(problem)
        )

    @jax.custom_jvp
    def solved(p, e, start):
        return _iterate(norm, jacobian, options, p, e, start)

    @solved.defjvp
    def tangent(primals, tangents):
        p, e, start = primals
        result = solved(p, e, start)

        def value(p_, e_):
            return residuals_at_nodes(
                problem, p_, e_, domain, result.coefficients, options.chunk(problem)
            )

        _, change = jax.jvp(value, (p, e), tangents[:2])
        matrix = jacobian(result.coefficients, p, e)[1]
        step = -jnp.linalg.solve(matrix, change.reshape(-1))
        step = step.reshape(result.coefficients.shape)
        zero = jnp.zeros_like(result.residual)
        count = jnp.zeros((), dtype=jax.dtypes.float0)
        return result, NewtonResult(step, zero, count)

    return solved(parameters, earlier, guess)


def _iterate(norm, jacobian, options, p, e, start) -> NewtonResult:
    """Damped Newton with one copy of the residuals and one of the Jacobian inside.

    Each pass tries a candidate; one that is better gets the next direction, another
    one is moved half way back. The starting point is the first candidate.
    """

    def unfinished(carry):
        _, size, _, _, count, tries = carry
        going = (count < options.max_iterations) & (tries <= options.max_halvings)
        return (size > options.tolerance) & going

    def attempt(carry):
        coefficients, size, step, length, count, tries = carry
        candidate = coefficients - length * step
        new = norm(candidate, p, e)
        better = new < size
        ahead = better & (new > options.tolerance)

        def direction(_):
            value, matrix = jacobian(candidate, p, e)
            return jnp.linalg.solve(matrix, value).reshape(candidate.shape)

        step = jax.lax.cond(ahead, direction, lambda old: old, step)
        return (
            jnp.where(better, candidate, coefficients),
            jnp.where(better, new, size),
            step,
            jnp.where(better, 1.0, length / 2),
            count + ahead,
            jnp.where(better, 0, tries + 1),
        )

    none = jnp.zeros((), int)
    carry = (start, jnp.full((), jnp.inf), jnp.zeros_like(start), jnp.ones(()))
    coefficients, size, _, _, count, _ = jax.lax.while_loop(
        unfinished, attempt, (*carry, none, none)
    )
    return NewtonResult(coefficients, size, count)


def start_from(problem: Conditions, policy, domain: Domain) -> jax.Array:
    """Coefficients (R, K, N) that interpolate ``policy(regime, points)``, on the host.

    ``policy`` takes host arrays (P, d) to unknowns (P, K).
    """
    nodes = domain.on_host().from_cube(problem.grid.nodes, np)
    inverse = problem.grid.inverse
    rows = [(inverse @ policy(r, nodes)).T for r in range(problem.regimes)]
    return jnp.asarray(np.stack(rows))
