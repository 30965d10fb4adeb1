"""Pruned paths of a perturbation solution: effects of each order are kept apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
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


@lru_cache(maxsize=64)
def _pairs(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions i <= j of two numbers of n, and in how many orders they come."""
    i, j = np.triu_indices(n)
    return i, j, np.where(i == j, 1.0, 2.0)


@lru_cache(maxsize=64)
def _triples(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of a pair i <= j and of k >= j, and in how many orders they come."""
    i, j, _ = _pairs(n)
    pair = np.repeat(np.arange(len(i)), n - j)
    k = np.concatenate([np.arange(first, n) for first in j] or [j])
    equal = (i[pair] == j[pair]).astype(int) + (j[pair] == k)
    return pair, k, np.array([6.0, 3.0, 1.0])[equal]


def pruned_step(where: Layout, order: int, rule: Rule, xp: Any = jnp) -> Callable:
    """What moves effects one period on: ``step(effects, shocks)``, shocks (paths, k).

    The step returns next effects and all variables (paths, n). Derivatives are
    symmetric, so products that are equal are added up once: at order three that is a
    fifth of the work. ``xp`` is the library of the arrays, ``jax.numpy`` or ``numpy``.
    """
    n_s = len(where.states)
    states = np.asarray(where.states, int)
    by_state = rule.x[:, :n_s]
    second_of = third_of = None
    if order >= 2:
        second_of = _second_order(rule)
    if order >= 3:
        third_of = _third_order(rule, n_s)

    def step(effects: Pruned, shocks: Any) -> tuple[Pruned, Any]:
        # Paths come last: picking products then copies contiguous rows.
        x = xp.concatenate([effects.first.T, shocks.T])
        first = rule.x @ x
        second = third = xp.zeros_like(first)
        if second_of is not None:
            second = by_state @ effects.second.T + second_of(x)
        if third_of is not None:
            third = by_state @ effects.third.T + third_of(x, effects.second.T)
        total = rule.steady[:, None] + first + second + third
        return Pruned(first[states].T, second[states].T, third[states].T), total.T

    return step


def _second_order(rule: Rule) -> Callable:
    """What products of x (n_x, paths) and risk add to second effects (n, paths)."""
    i, j, often = _pairs(rule.x.shape[1])
    square = rule.xx[:, i, j] * (often[None, :] / 2)
    risk = 0.5 * rule.ss[:, None]
    return lambda x: square @ (x[i] * x[j]) + risk


def _third_order(rule: Rule, n_s: int) -> Callable:
    """The same for third effects, given second ones on states (n_states, paths)."""
    n_x = rule.x.shape[1]
    (i, j, _), (pair, k, often) = _pairs(n_x), _triples(n_x)
    mixed = rule.xx[:, :, :n_s].reshape(len(rule.x), -1)
    cube = rule.xxx[:, i[pair], j[pair], k] * (often[None, :] / 6)

    def added(x, second):
        met = (x[:, None, :] * second[None, :, :]).reshape(-1, x.shape[-1])
        return mixed @ met + cube @ ((x[i] * x[j])[pair] * x[k]) + 0.5 * rule.ssx @ x

    return added


@compiled(static_argnums=(0, 1))
def pruned_paths(
    where: Layout, order: int, rule: Rule, shocks: jax.Array, start: Pruned
) -> jax.Array:
    """All variables (T, paths, n) for shocks (T, paths, k) in their own units."""
    return jax.lax.scan(pruned_step(where, order, rule), start, jnp.asarray(shocks))[1]


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
    step, effects, found = pruned_step(own, order, kept, np), start, []
    for shocks_t in np.asarray(shocks):
        effects, values = step(effects, shocks_t)
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
