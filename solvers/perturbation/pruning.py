"""Pruned paths of a perturbation solution: effects of each order are kept apart."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from ..compiled import compiled
from .expansion import Rule
from .first_order import Layout


class Pruned(NamedTuple):
    """Effects of the three orders on the states, each (paths, n_states)."""

    first: jax.Array
    second: jax.Array
    third: jax.Array


def pruned_step(
    where: Layout, order: int, rule: Rule, effects: Pruned, shocks: jax.Array
) -> tuple[Pruned, jax.Array]:
    """One period: next effects and all variables (paths, n); shocks (paths, k)."""
    n_s = len(where.states)
    states = jnp.asarray(where.states, int)
    by_state = rule.x[:, :n_s].T
    x = jnp.concatenate([effects.first, shocks], axis=1)
    first = x @ rule.x.T
    total = rule.steady[None, :] + first
    second = third = jnp.zeros_like(first)
    pairs = x[:, :, None]
    if order >= 2:
        pairs = jnp.einsum("pi,pj->pij", x, x)
        second = effects.second @ by_state + 0.5 * (
            jnp.einsum("nij,pij->pn", rule.xx, pairs) + rule.ss[None, :]
        )
        total = total + second
    if order >= 3:
        mixed = jnp.einsum("nij,pi,pj->pn", rule.xx[:, :, :n_s], x, effects.second)
        triples = jnp.einsum("pij,pk->pijk", pairs, x)
        cubic = jnp.einsum("nijk,pijk->pn", rule.xxx, triples) / 6
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


def resting_effects(where: Layout, order: int, rule: Rule, paths: int) -> Pruned:
    """Effects at which paths without shocks stay, risk taken into account."""
    n_s = len(where.states)
    nothing = jnp.zeros((paths, n_s))
    if order < 2:
        return Pruned(nothing, nothing, nothing)
    states = jnp.asarray(where.states, int)
    transition = jnp.asarray(rule.x)[states][:, :n_s]
    drift = 0.5 * jnp.asarray(rule.ss)[states]
    rest = jnp.linalg.solve(jnp.eye(n_s) - transition, drift)
    return Pruned(nothing, jnp.tile(rest, (paths, 1)), nothing)
