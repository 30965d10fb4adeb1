"""Pruned paths of a perturbation solution: effects of each order are kept apart."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

from ..compiled import compiled
from .expansion import Rule
from .first_order import Layout

# Roots from here on last: what they carry has no ergodic distribution.
LASTING = 1 - 1e-7


class Pruned(NamedTuple):
    """Effects of the three orders on the states, each (paths, n_states).

    Arrays of JAX or of the host.
    """

    first: Any
    second: Any
    third: Any


def pruned_step(
    where: Layout, order: int, rule: Rule, effects: Pruned, shocks: Any, xp: Any = jnp
) -> tuple[Pruned, Any]:
    """One period: next effects and all variables (paths, n); shocks (paths, k).

    ``xp`` is the library of the arrays, ``jax.numpy`` or ``numpy``.
    """
    n_s = len(where.states)
    states = np.asarray(where.states, int)
    by_state = rule.x[:, :n_s].T
    x = xp.concatenate([effects.first, shocks], axis=1)

    def form(tensor, products):
        # As a product of matrices, which the host is fast at too.
        return products.reshape(len(products), -1) @ tensor.reshape(len(tensor), -1).T

    first = x @ rule.x.T
    total = rule.steady[None, :] + first
    second = third = xp.zeros_like(first)
    pairs = x[:, :, None]
    if order >= 2:
        pairs = x[:, :, None] * x[:, None, :]
        second = effects.second @ by_state + 0.5 * (
            form(rule.xx, pairs) + rule.ss[None, :]
        )
        total = total + second
    if order >= 3:
        mixed = form(rule.xx[:, :, :n_s], x[:, :, None] * effects.second[:, None, :])
        cubic = form(rule.xxx, pairs[..., None] * x[:, None, None, :]) / 6
        third = effects.third @ by_state + mixed + cubic + 0.5 * x @ rule.ssx.T
        total = total + third
    return Pruned(first[:, states], second[:, states], third[:, states]), total


@compiled(static_argnums=(0, 1))
def pruned_paths(
    where: Layout, order: int, rule: Rule, shocks: jax.Array, start: Pruned
) -> jax.Array:
    """All variables (T, paths, n) for shocks (T, paths, k) in their own units."""

    def step(effects, shocks_t):
        return pruned_step(where, order, rule, effects, shocks_t)

    return jax.lax.scan(step, start, jnp.asarray(shocks))[1]


def few_paths(
    where: Layout, order: int, rule: Rule, shocks: np.ndarray, start: Pruned, rows: Any
) -> np.ndarray:
    """Variables in ``rows`` (T, paths, len(rows)), as ``pruned_paths``, on the host.

    Nothing is compiled, and only those rows and the states are computed: for
    responses, which are few paths of many shapes.
    """
    names, n_s = where.variables, len(where.states)
    every = [*where.states, *rows]
    own = Layout(
        tuple(names[i] for i in every), where.shocks, tuple(range(n_s)), where.forward
    )
    kept = jax.tree.map(lambda a: np.asarray(a)[every], rule)
    effects, found = start, []
    for shocks_t in np.asarray(shocks):
        effects, values = pruned_step(own, order, kept, effects, shocks_t, np)
        found.append(values[:, n_s:])
    return np.array(found)


def resting_effects(where: Layout, order: int, rule: Rule, paths: int) -> Pruned:
    """Effects at which paths without shocks stay, risk taken into account.

    What risk adds to a state with a unit root has no resting point: such states start
    at the steady state, and drift.
    """
    n_s = len(where.states)
    nothing = np.zeros((paths, n_s))
    if order < 2 or not n_s:
        return Pruned(nothing, nothing, nothing)
    states = list(where.states)
    transition = np.asarray(rule.x)[states][:, :n_s]
    drift = 0.5 * np.asarray(rule.ss)[states]
    basis, lasting = unit_roots_last(transition)
    count = n_s - lasting
    # In the basis that ends in what is lasting the first part moves by itself.
    inverse = np.linalg.inv(basis)
    own = (inverse @ transition @ basis)[:count, :count]
    rest = np.zeros(n_s)
    rest[:count] = np.linalg.solve(np.eye(count) - own, (inverse @ drift)[:count])
    rest = basis @ rest
    return Pruned(nothing, np.tile(rest, (paths, 1)), nothing)


def unit_roots_last(transition: np.ndarray) -> tuple[np.ndarray, int]:
    """Basis (n, n) whose last columns span the unit roots of a matrix, and how many.

    All other columns span what dies out.
    """
    size = len(transition)
    radii = np.abs(np.linalg.eigvals(transition)) if size else np.zeros(0)
    if not np.any(radii >= LASTING):
        return np.eye(size), 0

    def lasts(real, imaginary):
        return np.hypot(real, imaginary) >= LASTING

    def dies(real, imaginary):
        return not lasts(real, imaginary)

    first, second = (
        scipy.linalg.schur(transition, output="real", sort=sort)
        for sort in (dies, lasts)
    )
    count = int(first[-1])
    basis = np.hstack([first[1][:, :count], second[1][:, : size - count]])
    return basis, size - count
