"""Euler-equation errors of a local solution on its own pruned paths.

At dates of a simulated path every equation is evaluated at today's and yesterday's
variables, as the pruned rule gives them, and averaged over next period's shocks, as the
same rule continues the path. A solution without error leaves nothing (Judd 1992).
"""

from __future__ import annotations

import math
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np

from ...models.general.functions import residual_terms
from ...models.general.model import DynamicModel
from ..compiled import compiled
from ..errors import SolutionError
from ..projection.accuracy import summary
from ..projection.quadrature import Quadrature
from .first_order import layout
from .policy import LocalPolicy
from .pruning import Pruned, pruned_step, resting_effects

# Seven Gauss-Hermite points per shock up to three shocks; beyond, nested rules that are
# exact for polynomials of degree seven.
RULE = Quadrature(level=3, product_up_to=3)
PATHS, BURN = 100, 200
# Numbers in the largest array, products of states and shocks: bounds the memory.
WIDTH = 8_000_000


def error_table(solution: LocalPolicy, points: int, seed: int) -> list[dict]:
    """Errors of every equation over ``points`` dates of pruned paths.

    Returns
    -------
    One record per equation: ``equation``; ``mean_log10``, ``p99_log10``,
    ``p99_9_log10``, mean and quantiles of log10 of the absolute expected residual
    (left less right) in the units in which the equation is written; the same with
    ``relative_`` in front for the residual over the largest absolute expected term that
    the equation adds or subtracts at that point, None where the equation is one term
    only. Logs end at -17.

    Raises
    ------
    SolutionError
        The states have a root of one or more, so that paths have no ergodic set; too
        few points; an equation cannot be evaluated on the paths.
    """
    if points < 1:
        raise SolutionError(f"accuracy needs at least one point, not {points}")
    radius = solution.evidence["state_radius"]
    if not radius < 1 - 1e-9:
        raise SolutionError(
            f"the states have a root of modulus {radius:.9f}: paths have no ergodic "
            "set on which errors could be averaged; write the model in variables "
            "without a unit root"
        )
    residuals, sizes = _expected(solution, points, seed)
    labels = [e.name for e in solution.model.equations]
    for k in np.flatnonzero(~np.all(np.isfinite(residuals), axis=0)):
        share = np.mean(~np.isfinite(residuals[:, k]))
        raise SolutionError(
            f"equation '{labels[k]}' cannot be evaluated at {share:.1%} of the points: "
            "the rule takes the argument of a power or logarithm out of its domain; "
            "the shocks are too large for this order"
        )
    _, owners = residual_terms(solution.model)
    rows = []
    for k, label in enumerate(labels):
        row: dict = {"equation": label, **summary(np.abs(residuals[:, k]))}
        relative = dict.fromkeys(summary(np.ones(1)))
        if owners.count(k) > 1:
            size = np.where(sizes[:, k] > 0, sizes[:, k], 1.0)
            relative = summary(np.abs(residuals[:, k]) / size)
        rows.append(row | {f"relative_{n}": v for n, v in relative.items()})
    return rows


def _expected(solution: LocalPolicy, points: int, seed: int):
    """Expected residuals (points, n), and the largest expected terms (points, n)."""
    where, order = solution.layout, solution.order
    paths = min(PATHS, points)
    periods = -(-points // paths)
    values, vectors = np.linalg.eigh(solution.covariance)
    root = jnp.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
    nodes, weights = RULE.nodes(len(where.shocks))
    key = jax.random.key(seed)
    normal = jax.random.normal(key, (BURN + periods, paths, len(where.shocks)))
    start = resting_effects(where, order, solution.rule, paths)
    parameters = [solution.parameters[p.name] for p in solution.model.parameters]
    moving = len(where.states) + len(where.shocks)
    products = math.comb(moving + order - 1, order)
    size = max(1, WIDTH // (len(weights) * products))
    residuals, sizes = _program(solution.model, order, size)(
        jax.tree.map(jnp.asarray, solution.rule),
        jnp.asarray(parameters),
        normal @ root.T,
        start,
        jnp.asarray(nodes) @ root.T,
        jnp.asarray(weights),
    )
    return np.asarray(residuals)[:points], np.asarray(sizes)[:points]


@lru_cache(maxsize=16)
def _program(model: DynamicModel, order: int, size: int):
    """Jitted: simulate, then evaluate the dates after the burn-in, ``size`` at once."""
    where = layout(model)
    terms_at, owners = residual_terms(model)
    owner = jnp.asarray(owners, int)

    def simulate(move, steady, shocks, start):
        nothing = jnp.tile(steady, (shocks.shape[1], 1))

        def step(carry, shocks_t):
            effects, before = carry
            effects, now = move(effects, shocks_t)
            return (effects, now), (effects, now, before, shocks_t)

        dates = jax.lax.scan(step, (start, nothing), shocks)[1]
        return jax.tree.map(lambda a: a[BURN:].reshape(-1, a.shape[-1]), dates)

    def at_point(move, parameters, nodes, weights, point):
        effects, now, before, shocks = point
        count = len(weights)
        spread = Pruned(*(jnp.tile(e, (count, 1)) for e in effects))
        _, ahead = move(spread, nodes)
        evaluate = jax.vmap(terms_at, in_axes=(0, None, None, None, None))
        expected = weights @ evaluate(ahead, now, before, shocks, parameters)
        total = jax.ops.segment_sum(expected, owner, where.n)
        return total, jax.ops.segment_max(jnp.abs(expected), owner, where.n)

    @compiled
    def run(rule, parameters, shocks, start, nodes, weights):
        move = pruned_step(where, order, rule)
        one = partial(at_point, move, parameters, nodes, weights)
        dates = simulate(move, rule.steady, shocks, start)
        return jax.lax.map(one, dates, batch_size=size)

    return run
