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


class _Products(NamedTuple):
    """Distinct products of n numbers, by position.

    Attributes
    ----------
    pairs : (2, n_pair), positions i <= j. often : (n_pair,), orders of each.
    triples : (2, n_triple), positions of the pair (i, j) and k >= j. thrice : orders.
    """

    pairs: np.ndarray
    often: np.ndarray
    triples: np.ndarray
    thrice: np.ndarray


@lru_cache(maxsize=64)
def _products(n: int) -> _Products:
    i, j = pairs = np.array(np.triu_indices(n))
    # Pairs are in lexicographic order, so that those of an i are neighbours.
    pair = np.repeat(np.arange(len(i)), n - j)
    k = np.concatenate([np.arange(first, n) for first in j]) if n else j
    ends = (i[pair] == j[pair]).astype(int) + (j[pair] == k)
    thrice = np.array([6.0, 3.0, 1.0])[ends]
    return _Products(
        pairs, np.where(i == j, 1.0, 2.0), np.array([pair, k], int), thrice
    )


def pruned_step(where: Layout, order: int, rule: Rule, xp: Any = jnp) -> Callable:
    """What moves effects one period on: ``step(effects, shocks)``, shocks (paths, k).

    The step returns next effects and all variables (paths, n). Derivatives are
    symmetric, so products that are equal are added up once: at order three that is a
    fifth of the work. ``xp`` is the library of the arrays, ``jax.numpy`` or ``numpy``.
    """
    n_s = len(where.states)
    states = np.asarray(where.states, int)
    by_state, of = rule.x[:, :n_s], _products(rule.x.shape[1])
    (i, j), (pair, k) = of.pairs, of.triples
    if order >= 2:
        square = rule.xx[:, i, j] * (of.often[None, :] / 2)
        risk = 0.5 * rule.ss[:, None]
    if order >= 3:
        mixed = rule.xx[:, :, :n_s].reshape(len(rule.x), -1)
        cube = rule.xxx[:, i[pair], j[pair], k] * (of.thrice[None, :] / 6)

    def step(effects: Pruned, shocks: Any) -> tuple[Pruned, Any]:
        # Paths come last: picking products then copies contiguous rows.
        x = xp.concatenate([effects.first.T, shocks.T])
        first = rule.x @ x
        total = rule.steady[:, None] + first
        second = third = xp.zeros_like(first)
        if order >= 2:
            pairs = x[i] * x[j]
            second = by_state @ effects.second.T + square @ pairs + risk
            total = total + second
        if order >= 3:
            met = x[:, None, :] * effects.second.T[None, :, :]
            third = by_state @ effects.third.T + mixed @ met.reshape(-1, met.shape[-1])
            third = third + cube @ (pairs[pair] * x[k]) + 0.5 * rule.ssx @ x
            total = total + third
        return Pruned(first[states].T, second[states].T, third[states].T), total.T

    return step


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
