"""One linear operator for every price.

On the nodes of a grid the operator of a numeraire, (K f)(s, r) = E[weight f(s', r')],
is a matrix: expectations of the interpolating polynomials at next period's states.
Strips are its powers, values its resolvent, and a value exists iff its spectral radius
is below one. The matrices may live on a finer grid than the policies: that is one
linear solve, and the difference between two grids bounds the error of what is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.declaration import NEXT, NO_ADVICE, Advice, then
from ...models.functions import assignment, program
from ..chunks import over_chunks
from ..compiled import compiled
from ..errors import ValueDoesNotExistError
from .conditions import Conditions, Parameters, Solved, SolvedBlocks, evaluate_block
from .grid import Domain, SmolyakGrid

WIDTH = 4096


@dataclass(frozen=True, eq=False)
class OperatorBuilder:
    """Builds operators of one model on one pricing grid (jitted once).

    ``problem`` is the block whose states the operators live on; ``grid`` may be finer
    than its own; ``numeraires`` are names.
    """

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

    def _chunk(
        self,
        parameters: Parameters,
        solved: SolvedBlocks,
        domain: Domain,
        regime: int,
        points: jax.Array,
    ) -> tuple[jax.Array, jax.Array]:
        """Polynomials ahead (P, Q, N) and weights (P, n_numeraire, R, Q)."""
        problem = self.problem
        shape = (points.shape[0], problem.nodes_per_point)
        own = partial(evaluate_block, problem.grid, solved[problem.block])
        env = problem.current(parameters, solved, regime, points, own(regime, points))
        reached = problem.next_points(env, parameters, solved, regime)
        ahead = self.grid.basis(domain.to_cube(reached.reshape(-1, reached.shape[-1])))
        chance = jnp.broadcast_to(problem.weights(env), shape)
        columns = []
        for share, after in problem.outlook(
            env, parameters, solved, regime, own, self._steps.forward
        ):
            rows = [jnp.broadcast_to(w.value(after), shape) for w in self._weights]
            columns.append(jnp.stack(rows, axis=1) * (chance * share)[:, None, :])
        return ahead.reshape(*shape, -1), jnp.stack(columns, axis=2)

    @cached_property
    def _tables(self):
        size = max(1, WIDTH // self.problem.nodes_per_point)

        def build(parameters, solved, domain):
            nodes = domain.from_cube(jnp.asarray(self.grid.nodes))
            inverse = jnp.asarray(self.grid.inverse)
            reach, weights = [], []
            for regime in range(self.problem.regimes):
                at = partial(self._chunk, parameters, solved, domain, regime)
                ahead, weight = over_chunks(at, nodes, size)
                reach.append(ahead @ inverse)
                weights.append(weight.transpose(1, 2, 0, 3))
            return Tables(jnp.stack(reach), jnp.stack(weights, axis=1))

        return compiled(build, name=f"operators_{self.problem.block}")

    def __call__(
        self, parameters: Parameters, solved: SolvedBlocks, domain: Domain
    ) -> tuple[Tables, dict[str, jax.Array]]:
        """Tables, and matrices (R*N, R*N) on node values (regimes slowest)."""
        tables = self._tables(parameters, solved, domain)
        stacked = _contract(tables)
        size = stacked.shape[1] * stacked.shape[2]
        matrices = {
            n: stacked[k].reshape(size, size) for k, n in enumerate(self.numeraires)
        }
        return tables, matrices


class Tables(NamedTuple):
    """One step ahead of every node.

    reach : (R, N, Q, N), next period's function values from node values.
    weights : (n_numeraire, R, R', N, Q), probabilities times numeraire weights.
    """

    reach: jax.Array
    weights: jax.Array


@compiled
def _contract(tables: Tables) -> jax.Array:
    """Operators (n_numeraire, R, N, R', N)."""
    return jnp.einsum("wrspq,rpqn->wrpsn", tables.weights, tables.reach)


@compiled(static_argnums=(1, 4))
def log_zero_coupon_prices(
    tables: Tables,
    numeraires: tuple[int, ...],
    first: jax.Array,
    shift: jax.Array,
    horizon: int,
) -> jax.Array:
    """Log prices of 1, ..., horizon periods at the nodes: (C, horizon, R*N).

    Logs are interpolated, not prices: they are nearly linear in the states, so long
    maturities stay exact on coarse grids. All curves share one pass over the tables,
    whose size is what a period costs.

    Parameters
    ----------
    numeraires : position of each curve's numeraire in the tables' weights, C of them.
    first : log prices of one period (C, R*N).
    shift : log factors (C, R*N) on the expectation for longer ones: wedges, and minus
        the short rate for a risk-neutral twin.
    """
    regimes, nodes, quadrature = tables.reach.shape[:3]
    count = len(numeraires)
    reach = tables.reach.reshape(regimes, nodes * quadrature, nodes)
    shift = shift.reshape(count, regimes, nodes)

    def expected(regime, logs):
        """Log of E[weight exp(logs)] in one regime from logs (x, C * S): (C, N)."""
        shape = (nodes, quadrature, count, regimes)
        logs = logs.reshape(shape).transpose(2, 3, 0, 1)
        weights = tables.weights[jnp.asarray(numeraires), regime]
        top = jnp.max(logs, axis=(1, 3), keepdims=True)
        total = jnp.sum(weights * jnp.exp(logs - top), axis=(1, 3))
        return top[:, 0, :, 0] + jnp.log(total)

    def longer(price, _):
        # Points first: with them last the product is an order of magnitude slower.
        flat = price.reshape(-1, nodes).T
        rows = [expected(r, reach[r] @ flat) for r in range(regimes)]
        return shift + jnp.stack(rows, axis=1), price

    begin = first.reshape(count, regimes, nodes)
    _, prices = jax.lax.scan(longer, begin, None, length=horizon)
    return prices.swapaxes(0, 1).reshape(count, horizon, -1)


@compiled(static_argnums=2)
def cumulated(matrix: jax.Array, flows: jax.Array, horizon: int) -> jax.Array:
    """Sums of what is expected 0, ..., n - 1 periods ahead, n = 1, ..., horizon.

    ``matrix`` (R*N, R*N) is the physical operator, ``flows`` (F, R*N) are values at the
    nodes; the result has shape (F, horizon, R*N).
    """

    def further(carry, _):
        flow, total = carry
        total = total + flow
        return (flow @ matrix.T, total), total

    _, totals = jax.lax.scan(
        further, (flows, jnp.zeros_like(flows)), None, length=horizon
    )
    return totals.swapaxes(0, 1)


@dataclass(frozen=True, eq=False)
class ExactStep:
    """E[weight * f(s')] of declared variables f, evaluated without interpolation."""

    problem: Conditions
    grid: SmolyakGrid
    numeraire: str
    names: tuple[str, ...]

    @cached_property
    def _jitted(self):
        problem, model = self.problem, self.problem.model
        named = {n.name: n for n in model.numeraires}
        weight = assignment(f"weight_{self.numeraire}", named[self.numeraire].weight)
        ahead = [n + NEXT for n in self.names]
        steps = program(model, problem.block, sorted({*weight.arguments, *ahead}))
        size = max(1, WIDTH // problem.nodes_per_point)

        def at(parameters, solved, regime, points):
            own = partial(evaluate_block, problem.grid, solved[problem.block])
            here = own(regime, points)
            env = problem.current(parameters, solved, regime, points, here)
            shape = (points.shape[0], problem.nodes_per_point)
            total = jnp.zeros((points.shape[0], len(self.names)))
            for share, after in problem.outlook(
                env, parameters, solved, regime, own, steps.forward
            ):
                chance = problem.weights(env) * share * weight.value(after)
                # One value per node, also where neither state nor shock moves it.
                chance = jnp.broadcast_to(chance, shape)
                rows = [jnp.sum(chance * after[n], axis=1) for n in ahead]
                total = total + jnp.stack(rows, axis=1)
            return total

        def build(parameters, solved, domain):
            nodes = domain.from_cube(jnp.asarray(self.grid.nodes))
            rows = [
                over_chunks(partial(at, parameters, solved, regime), nodes, size)
                for regime in range(problem.regimes)
            ]
            return jnp.concatenate(rows).T

        return compiled(build, name=f"exact_step_{problem.block}")

    def __call__(
        self, parameters: Parameters, solved: SolvedBlocks, domain: Domain
    ) -> jax.Array:
        """Expectations (n_name, R*N) at the nodes of the pricing grid."""
        return self._jitted(parameters, solved, domain)


@lru_cache(maxsize=64)
def exact_step(
    problem: Conditions, grid: SmolyakGrid, numeraire: str, names: tuple[str, ...]
) -> ExactStep:
    """The step of this combination, made once so that compiled code is reused."""
    return ExactStep(problem, grid, numeraire, names)


@lru_cache(maxsize=64)
def operator_builder(
    problem: Conditions, grid: SmolyakGrid, numeraires: tuple[str, ...]
) -> OperatorBuilder:
    """The builder of this combination, made once so that compiled code is reused."""
    return OperatorBuilder(problem, grid, numeraires)


def strips(matrix: jax.Array, payoff: jax.Array, horizon: int) -> jax.Array:
    """Values of the payoffs 0, 1, ..., horizon periods ahead: (horizon + 1, R*N).

    ``matrix`` has shape (R*N, R*N), ``payoff`` (R*N,); row n is K^n payoff.
    """

    def further(value, _):
        return matrix @ value, value

    _, values = jax.lax.scan(further, payoff, None, length=horizon + 1)
    return values


def spectral_radius(matrix: jax.Array | np.ndarray) -> float:
    """Largest modulus of an eigenvalue of a square matrix."""
    return float(np.max(np.abs(np.linalg.eigvals(np.asarray(matrix)))))


def require_value(
    matrix: jax.Array | np.ndarray, name: str = "claim", advice: Advice = NO_ADVICE
) -> None:
    """Refuse an operator (R*N, R*N) under which values are infinite.

    ``advice`` is that of the model.

    Raises
    ------
    ValueDoesNotExistError
        If the spectral radius is not below one.
    """
    radius = spectral_radius(matrix)
    if not radius < 1.0:
        raise ValueDoesNotExistError(
            f"the value of '{name}' is infinite: the operator's spectral radius is "
            f"{radius:.5f}.{then(advice.infinite_value)}"
        )


def value(
    matrix: jax.Array,
    payoff: jax.Array,
    name: str = "claim",
    advice: Advice = NO_ADVICE,
) -> jax.Array:
    """Value with the current payoff, (I - K)^{-1} payoff, shape (R*N, ...).

    Raises
    ------
    ValueDoesNotExistError
        If the spectral radius is not below one.
    """
    require_value(matrix, name, advice)
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

    def within(self, points: jax.Array, regime: int) -> jax.Array:
        """Values (P, n_function) at points (P, d) of one regime, inside a program."""
        cube = self.domain.to_cube(points)
        return self.grid.evaluate(cube, self.solved.coefficients[regime])

    def index(self, names: Sequence[str]) -> list[int]:
        """Positions of the named functions."""
        return [self.names.index(n) for n in names]


def evaluate_many(
    grid: SmolyakGrid, solved: Solved, points: np.ndarray, regimes: np.ndarray
) -> np.ndarray:
    """Functions (P, K) at points (P, d), each in its own regime (P,), on the host."""
    domain, coefficients = solved.domain.on_host(), np.asarray(solved.coefficients)
    regimes = np.asarray(regimes)

    def some(first: int) -> np.ndarray:
        rows = slice(first, first + WIDTH)
        basis = grid.basis(domain.to_cube(points[rows]), np)
        values = basis @ coefficients[0].T
        for regime in range(1, len(coefficients)):
            here = regimes[rows] == regime
            values[here] = basis[here] @ coefficients[regime].T
        return values

    # Nothing to compile, and numpy releases the interpreter where it works.
    with ThreadPoolExecutor() as pool:
        return np.concatenate(list(pool.map(some, range(0, len(points), WIDTH))))
