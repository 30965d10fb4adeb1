"""One linear operator for every price.

On the nodes of a grid the operator of a numeraire, (K f)(s, r) = E[weight f(s', r')],
is a matrix: expectations of the interpolating polynomials at next period's states.
Strips are its powers, values its resolvent, and a value exists iff its spectral radius
is below one. The matrices may live on a finer grid than the policies: that is one
linear solve, and the difference between two grids bounds the error of what is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from ..models.functions import assignment, program
from .conditions import Conditions, Parameters, Solved, SolvedBlocks
from .errors import ValueDoesNotExistError
from .grid import Domain, SmolyakGrid

WIDTH = 4096


@dataclass(frozen=True, eq=False)
class OperatorBuilder:
    """Builds operators of one model on one pricing grid (jitted once)."""

    problem: Conditions
    grid: SmolyakGrid
    numeraires: tuple[str, ...]

    @cached_property
    def _weights(self):
        named = {n.name: n for n in self.problem.model.numeraires}
        return [assignment(f"weight_{n}", named[n].weight) for n in self.numeraires]

    @cached_property
    def _steps(self):
        names = {a for w in self._weights for a in w.arguments}
        return program(self.problem.model, self.problem.block, sorted(names))

    def rows(
        self,
        parameters: Parameters,
        solved: SolvedBlocks,
        domain: Domain,
        regime: int,
        points: jax.Array,
    ) -> jax.Array:
        """Rows (P, n_numeraire, R, N) of the operators in coefficient space."""
        problem = self.problem
        earlier = {k: v for k, v in solved.items() if k != problem.block}
        own_solved = solved[problem.block]

        def own(index: int, where: jax.Array) -> jax.Array:
            cube = own_solved.domain.to_cube(where)
            return problem.grid.evaluate(cube, own_solved.coefficients[index])

        env = problem.current(parameters, earlier, regime, points, own(regime, points))
        reached = problem.next_points(env, parameters, earlier, regime)
        ahead = self.grid.basis(domain.to_cube(reached.reshape(-1, reached.shape[-1])))
        ahead = ahead.reshape(points.shape[0], problem.nodes_per_point, -1)
        chance = problem.weights(env)
        columns = []
        for index, share in enumerate(problem.regime_weights(env, regime)):
            after = problem.step(
                env,
                parameters,
                earlier,
                index,
                lambda p, i=index: own(i, p),
                self._steps.forward,
            )
            stacked = jnp.stack(
                [
                    jnp.broadcast_to(w.value(after), chance.shape)
                    for w in self._weights
                ],
                axis=1,
            )
            weighted = stacked * (chance * share)[:, None, :]
            columns.append(jnp.einsum("pwq,pqn->pwn", weighted, ahead))
        return jnp.stack(columns, axis=2)

    @cached_property
    def _matrices(self):
        size = max(1, WIDTH // self.problem.nodes_per_point)

        def build(parameters, solved, domain):
            nodes = domain.from_cube(jnp.asarray(self.grid.nodes))
            count = -(-nodes.shape[0] // size)
            pad = jnp.repeat(nodes[-1:], count * size - nodes.shape[0], axis=0)
            chunks = jnp.concatenate([nodes, pad]).reshape(count, size, -1)
            inverse = jnp.asarray(self.grid.inverse)
            result = []
            for regime in range(self.problem.regimes):
                rows = jax.lax.map(
                    lambda p, r=regime: self.rows(parameters, solved, domain, r, p),
                    chunks,
                )
                rows = rows.reshape(count * size, *rows.shape[2:])[: nodes.shape[0]]
                result.append(jnp.einsum("pwrn,nm->wprm", rows, inverse))
            return jnp.stack(result, axis=1)

        return jax.jit(build)

    def __call__(
        self, parameters: Parameters, solved: SolvedBlocks, domain: Domain
    ) -> dict[str, jax.Array]:
        """Matrices (R*N, R*N) by numeraire, acting on node values, regimes slowest."""
        stacked = self._matrices(parameters, solved, domain)
        size = stacked.shape[1] * stacked.shape[2]
        return {
            n: stacked[k].reshape(size, size) for k, n in enumerate(self.numeraires)
        }


@lru_cache(maxsize=64)
def operator_builder(
    problem: Conditions, grid: SmolyakGrid, numeraires: tuple[str, ...]
) -> OperatorBuilder:
    """The builder of this combination, made once so that compiled code is reused."""
    return OperatorBuilder(problem, grid, numeraires)


def strips(matrix: jax.Array, payoff: jax.Array, horizon: int) -> jax.Array:
    """Values of the payoffs 0, 1, ..., horizon periods ahead: (horizon + 1, R*N)."""

    def further(value, _):
        return matrix @ value, value

    _, values = jax.lax.scan(further, payoff, None, length=horizon + 1)
    return values


def zero_coupon_prices(
    matrix: jax.Array, first: jax.Array, wedge: jax.Array, horizon: int
) -> jax.Array:
    """Prices P_1..P_horizon with P_1 = first, P_n = wedge * K P_{n-1}: (horizon, R*N)."""

    def longer(price, _):
        return wedge * (matrix @ price), price

    _, prices = jax.lax.scan(longer, first, None, length=horizon)
    return prices


def spectral_radius(matrix: jax.Array) -> float:
    """Largest modulus of an eigenvalue."""
    return float(np.max(np.abs(np.linalg.eigvals(np.asarray(matrix)))))


def value(matrix: jax.Array, payoff: jax.Array, name: str = "claim") -> jax.Array:
    """Value with the current payoff, (I - K)^{-1} payoff, shape (R*N, ...).

    Raises
    ------
    ValueDoesNotExistError
        If the spectral radius is not below one.
    """
    radius = spectral_radius(matrix)
    if not radius < 1.0:
        raise ValueDoesNotExistError(
            f"the value of '{name}' is infinite: the operator's spectral radius is "
            f"{radius:.5f}. Lower beta or mu, or raise gamma, xi or p_bar."
        )
    return jnp.linalg.solve(jnp.eye(matrix.shape[0]) - matrix, payoff)


@dataclass(frozen=True, eq=False)
class NodeFunctions:
    """Functions known at the nodes of a pricing grid, evaluated anywhere.

    ``values`` has shape (n_function, R*N); ``names`` label the functions.
    """

    grid: SmolyakGrid
    domain: Domain
    regimes: int
    names: tuple[str, ...]
    values: jax.Array

    @cached_property
    def solved(self) -> Solved:
        """Coefficients (R, n_function, N)."""
        inverse = jnp.asarray(self.grid.inverse)
        shaped = self.values.reshape(len(self.names), self.regimes, -1)
        return Solved(jnp.einsum("krm,nm->rkn", shaped, inverse), self.domain)

    def __call__(self, points: np.ndarray, regimes: np.ndarray) -> np.ndarray:
        """Values (P, n_function) at points (P, d) in regimes (P,)."""
        return evaluate_many(self.grid, self.solved, points, regimes)

    def index(self, names: Sequence[str]) -> list[int]:
        """Positions of the named functions."""
        return [self.names.index(n) for n in names]


@lru_cache(maxsize=64)
def _evaluator(grid: SmolyakGrid):
    def evaluate(coefficients, domain, points):
        return jax.lax.map(
            lambda p: grid.evaluate(domain.to_cube(p), coefficients), points
        )

    return jax.jit(evaluate)


def evaluate_many(
    grid: SmolyakGrid, solved: Solved, points: np.ndarray, regimes: np.ndarray
) -> np.ndarray:
    """Functions (P, K) at many points, each in its own regime, in chunks."""
    size = 2048
    points = np.asarray(points)
    count = -(-len(points) // size)
    pad = np.repeat(points[-1:], count * size - len(points), axis=0)
    chunks = jnp.asarray(np.concatenate([points, pad]).reshape(count, size, -1))
    result = None
    for regime in range(solved.coefficients.shape[0]):
        got = _evaluator(grid)(solved.coefficients[regime], solved.domain, chunks)
        got = np.asarray(got).reshape(count * size, -1)[: len(points)]
        if result is None:
            result = got
        else:
            result = np.where((np.asarray(regimes) == regime)[:, None], got, result)
    assert result is not None
    return result
