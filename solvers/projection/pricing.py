"""One linear operator for every price.

On the nodes of a grid the operator of a numeraire, (K f)(s, r) = E[weight f(s', r')],
is a matrix: expectations of the interpolating polynomials at next period's states.
Strips are its powers, values its resolvent, and a value exists iff its spectral radius
is below one. The matrices may live on a finer grid than the policies: that is one
linear solve, and the difference between two grids bounds the error of what is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.declaration import NEXT, NO_ADVICE, Advice, then
from ...models.functions import (
    Assignment,
    Evaluation,
    assignment,
    program,
)
from ..chunks import over_chunks
from ..compiled import compiled, on_host
from ..errors import SolutionError, ValueDoesNotExistError
from .conditions import (
    Conditions,
    Parameters,
    Solved,
    SolvedBlocks,
    evaluate_block,
)
from .grid import Domain, SmolyakGrid

WIDTH = 4096
# Points whose polynomials fit into a processor's cache, for work on the host.
HOST_WIDTH = 2048
# Log prices of equal states differ by that much from rounding.
ROUNDING = 1e-9


def looks_ahead(
    problem: Conditions,
    parameters: Parameters,
    solved: SolvedBlocks,
    regime: Any,
    points: jax.Array,
    forward: Sequence[Assignment | Evaluation],
    measure: Callable,
) -> tuple[Parameters, Any]:
    """Environment at points (P, d), and what every regime at t+1 brings: (R, ...).

    ``measure(after, chance, index)`` takes the environment at t+1, the chances (P, Q)
    of its nodes and the position of its regime to arrays. Regimes are arguments of one
    loop: the program is as long as with a single one.
    """
    own = partial(evaluate_block, problem.grid, solved[problem.block])
    env = problem.current(parameters, solved, regime, points, own(regime, points))
    shape = (points.shape[0], problem.nodes_per_point)
    nodes = problem.weights(env)

    def ahead(which):
        index, share = which
        there = index, partial(own, index), forward
        after = problem.step(env, parameters, solved, *there, every_node=False)
        # One value per node, also where neither state nor shock moves it.
        return measure(after, jnp.broadcast_to(nodes * share, shape), index)

    shares = [
        jnp.broadcast_to(share, (shape[0], 1))
        for share in problem.regime_weights(env, regime)
    ]
    return env, jax.lax.map(ahead, (jnp.arange(problem.regimes), jnp.stack(shares)))


def weights_of(problem: Conditions, numeraires: Sequence[str]) -> list[Assignment]:
    """Weights of the named numeraires, ready to be evaluated at t+1."""
    named = {n.name: n for n in problem.model.numeraires}
    return [assignment(f"weight_{n}", named[n].weight) for n in numeraires]


# A numeraire, and a declared variable that is expected under it.
Expected = tuple[str, str]


@dataclass(frozen=True, eq=False)
class OperatorBuilder:
    """Builds operators of one model on one pricing grid (jitted once).

    ``problem`` is the block whose states the operators live on; ``grid`` may be finer
    than its own; ``numeraires`` are names. ``expected`` variables come from the same
    look ahead, evaluated without interpolation.
    """

    problem: Conditions
    grid: SmolyakGrid
    numeraires: tuple[str, ...]
    expected: tuple[Expected, ...] = ()

    @cached_property
    def _program(self):
        problem, grid = self.problem, self.grid
        weights = weights_of(problem, self.numeraires)
        names = {a for w in weights for a in w.arguments}
        names |= {name + NEXT for _, name in self.expected}
        forward = program(problem.model, problem.block, sorted(names)).forward
        size = max(1, WIDTH // problem.nodes_per_point)

        def measure(after, chance, _):
            rows = [w.value(after) * chance for w in weights]
            means = [
                jnp.sum(rows[self.numeraires.index(k)] * after[n + NEXT], axis=1)
                for k, n in self.expected
            ]
            return jnp.stack(rows, axis=1), means

        def build(parameters, solved, domain):
            nodes = domain.from_cube(jnp.asarray(grid.nodes))
            inverse = jnp.asarray(grid.inverse)

            def at(regime, points):
                env, (rows, means) = looks_ahead(
                    problem, parameters, solved, regime, points, forward, measure
                )
                reached = problem.next_points(env, parameters, solved, regime)
                flat = reached.reshape(-1, reached.shape[-1])
                # Values at once: all polynomials at all points would be as large again.
                ahead = grid.basis(domain.to_cube(flat)) @ inverse
                ahead = ahead.reshape(*reached.shape[:2], -1)
                return ahead, rows.transpose(1, 2, 0, 3), [m.sum(axis=0) for m in means]

            def here(regime):
                ahead, rows, means = over_chunks(partial(at, regime), nodes, size)
                return ahead, rows.transpose(1, 2, 0, 3), means

            reach, rows, means = jax.lax.map(here, jnp.arange(problem.regimes))
            tables = Tables(reach, rows.transpose(1, 0, 2, 3, 4))
            stacked = jnp.einsum("wrspq,rpqn->wrpsn", tables.weights, tables.reach)
            count = problem.regimes * len(nodes)
            matrices = tuple(s.reshape(count, count) for s in stacked)
            return tables, matrices, [m.reshape(count) for m in means]

        return compiled(build, name=f"operators_{problem.block}")

    def __call__(
        self, parameters: Parameters, solved: SolvedBlocks, domain: Domain
    ) -> Built:
        """Tables, matrices (R*N, R*N) on node values (regimes slowest), expectations.

        The last are (R*N,) each, at the nodes.
        """
        tables, matrices, means = self._program(parameters, solved, domain)
        return (
            tables,
            dict(zip(self.numeraires, matrices, strict=True)),
            dict(zip(self.expected, on_host(means), strict=True)),
        )


class Tables(NamedTuple):
    """One step ahead of every node.

    reach : (R, N, Q, N), next period's function values from node values.
    weights : (n_numeraire, R, R', N, Q), probabilities times numeraire weights.
    """

    reach: jax.Array
    weights: jax.Array


# Tables, matrices by numeraire, expectations: what an ``OperatorBuilder`` makes.
Built = tuple[Tables, dict[str, jax.Array], dict[Expected, jax.Array]]


@compiled(static_argnums=4)
def log_zero_coupon_prices(
    tables: Tables,
    numeraires: jax.Array,
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
    numeraires : (C,), position of each curve's numeraire in the tables' weights.
    first : log prices of one period (C, R*N).
    shift : log factors (C, R*N) on the expectation for longer ones: wedges, and minus
        the short rate for a risk-neutral twin.
    """
    regimes, nodes, quadrature = tables.reach.shape[:3]
    count = numeraires.shape[0]
    # One product for all regimes: a slice of the tables would be copied every period.
    reach = tables.reach.reshape(-1, nodes)
    weights = tables.weights[numeraires]
    shift = shift.reshape(count, regimes, nodes)

    def longer(price, _):
        """Log of E[weight exp(logs)] at every node, one period on: (C, R, N)."""
        flat = price.reshape(-1, nodes)
        logs = jax.lax.dot_general(flat, reach, (((1,), (1,)), ((), ())))
        logs = logs.reshape(count, regimes, regimes, nodes, quadrature).swapaxes(1, 2)
        top = jnp.max(logs, axis=(2, 4), keepdims=True)
        total = jnp.sum(weights * jnp.exp(logs - top), axis=(2, 4))
        return shift + top[:, :, 0, :, 0] + jnp.log(total), price

    begin = first.reshape(count, regimes, nodes)
    _, prices = jax.lax.scan(longer, begin, None, length=horizon)
    return prices.swapaxes(0, 1).reshape(count, horizon, -1)


@compiled
def forward_ranges(tables: Tables, prices: jax.Array) -> jax.Array:
    """Lowest and highest forward log prices by horizon, (C, 2, horizon - 1).

    A forward log price is what one more period adds to the log prices (C, horizon, R*N)
    of ``log_zero_coupon_prices``. The first horizon's range covers the states that are
    reached from the nodes as well.
    """
    regimes, nodes = tables.reach.shape[:2]
    if prices.shape[1] == 1:
        return jnp.zeros((len(prices), 2, 0))
    forwards = jnp.diff(prices, axis=1)
    ranges = jnp.stack([forwards.min(axis=2), forwards.max(axis=2)], axis=1)
    first = forwards[:, 0].reshape(-1, regimes, nodes)
    reached = jnp.einsum("crn,spqn->crspq", first, tables.reach)
    low, high = reached.min(axis=(1, 2, 3, 4)), reached.max(axis=(1, 2, 3, 4))
    ranges = ranges.at[:, 0, 0].min(low)
    return ranges.at[:, 1, 0].max(high)


def require_settled(
    ranges: np.ndarray, names: Sequence[str], advice: Advice = NO_ADVICE
) -> None:
    """Refuse curves whose forward prices leave the range in which they begin.

    From the second horizon on a forward price, exp(p_{n+1} - p_n), is the mean of
    next period's forward prices of one horizon less, with the positive weights
    weight * exp(p_n'): without arbitrage its range over states can only shrink.
    Interpolated prices break that where a grid amplifies its own errors, and explode.

    Parameters
    ----------
    ranges : (C, 2, horizon - 1), of ``forward_ranges``. names : of the C curves.

    Raises
    ------
    SolutionError
        Naming the first curve that leaves its range, and from which horizon on.
    """
    for name, (low, high) in zip(names, np.asarray(ranges), strict=True):
        # None where a curve has one horizon.
        least, most = low[:1] - ROUNDING, high[:1] + ROUNDING
        inside = (low >= least) & (high <= most)
        if not inside.all():
            n = int(np.argmin(inside))
            raise SolutionError(
                f"prices of long bonds do not settle on this grid, curve '{name}': one "
                f"more period adds between {low[n]:.3g} and {high[n]:.3g} to log "
                f"prices of {n + 1} periods, but without arbitrage no more than the "
                f"{low[0]:.3g} to {high[0]:.3g} that it adds to those of one period. "
                f"Interpolation explodes: take a finer grid.{then(advice.unsettled)}"
            )


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
        problem = self.problem
        (weight,) = weights_of(problem, [self.numeraire])
        ahead = [n + NEXT for n in self.names]
        names = sorted({*weight.arguments, *ahead})
        forward = program(problem.model, problem.block, names).forward
        size = max(1, WIDTH // problem.nodes_per_point)

        def measure(after, chance, _):
            chance = chance * weight.value(after)
            rows = [jnp.sum(chance * after[n], axis=1) for n in ahead]
            return jnp.stack(rows, axis=1)

        def build(parameters, solved, domain):
            nodes = domain.from_cube(jnp.asarray(self.grid.nodes))

            def at(regime, points):
                _, means = looks_ahead(
                    problem, parameters, solved, regime, points, forward, measure
                )
                return means.sum(axis=0)

            def here(regime):
                return over_chunks(partial(at, regime), nodes, size)

            means = jax.lax.map(here, jnp.arange(problem.regimes))
            return means.reshape(-1, len(ahead)).T

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
    problem: Conditions,
    grid: SmolyakGrid,
    numeraires: tuple[str, ...],
    expected: tuple[Expected, ...] = (),
) -> OperatorBuilder:
    """The builder of this combination, made once so that compiled code is reused."""
    return OperatorBuilder(problem, grid, numeraires, expected)


@compiled(static_argnums=2)
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
    matrix: jax.Array | np.ndarray,
    payoff: jax.Array | np.ndarray,
    name: str = "claim",
    advice: Advice = NO_ADVICE,
) -> np.ndarray:
    """Value with the current payoff, (I - K)^{-1} payoff, shape (R*N, ...).

    Raises
    ------
    ValueDoesNotExistError
        If the spectral radius is not below one.
    """
    require_value(matrix, name, advice)
    matrix, payoff = np.asarray(matrix), np.asarray(payoff)
    return np.linalg.solve(np.eye(len(matrix)) - matrix, payoff)


@dataclass(frozen=True, eq=False)
class NodeFunctions:
    """Functions known at the nodes of a pricing grid, evaluated anywhere.

    ``values`` has shape (n_function, R*N), of the host or of a program that is being
    made; ``names`` label the functions.
    """

    grid: SmolyakGrid
    domain: Domain
    regimes: int
    names: tuple[str, ...]
    values: Any

    @cached_property
    def solved(self) -> Solved:
        """Coefficients (R, n_function, N)."""
        shaped = self.values.reshape(len(self.names), self.regimes, -1)
        return Solved((shaped @ self.grid.inverse.T).swapaxes(0, 1), self.domain)

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
        rows = slice(first, first + HOST_WIDTH)
        basis = grid.basis(domain.to_cube(points[rows]), np)
        values = basis @ coefficients[0].T
        for regime in range(1, len(coefficients)):
            here = regimes[rows] == regime
            values[here] = basis[here] @ coefficients[regime].T
        return values

    # Nothing to compile, and numpy releases the interpreter where it works.
    with ThreadPoolExecutor() as pool:
        return np.concatenate(list(pool.map(some, range(0, len(points), HOST_WIDTH))))
