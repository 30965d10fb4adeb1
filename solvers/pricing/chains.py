"""Markov chains in place of autoregressions, and claims that may default on them.

Node values in, node values out, as for the economies' operators: a claim is a power of
one matrix, perpetual claims are a resolvent.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.stats import norm

from ..compiled import compiled

WIDTH = 5.0


class Chain(NamedTuple):
    """Nodes (N,), evenly spaced, and chances (N, N) of the next node (columns)."""

    nodes: jax.Array
    chances: jax.Array


class Claims(NamedTuple):
    """Claims by maturity 1..n (rows) at the nodes (columns).

    Attributes
    ----------
    riskless, risky : (n, N) prices of zero-coupon claims.
    protection, premium : (n, N) values of the two legs of a default swap, the second
        per unit of premium and period.
    survival : (n, N) chances of no default under the given chances of default.
    """

    riskless: jax.Array
    risky: jax.Array
    protection: jax.Array
    premium: jax.Array
    survival: jax.Array


@compiled(static_argnames="count")
def autoregression_chain(
    persistence: jax.Array | float, volatility: jax.Array | float, count: int = 201
) -> Chain:
    """Chain of x' = persistence x + volatility e' (Tauchen 1986), mean zero.

    Nodes reach ``WIDTH`` unconditional standard deviations; chances are those of the
    cells around the nodes, the outer ones reach to infinity.
    """
    edge = WIDTH * volatility / jnp.sqrt(1 - persistence**2)
    nodes = jnp.linspace(-edge, edge, count)
    borders = (nodes[1:] + nodes[:-1]) / 2
    below = norm.cdf((borders[None, :] - persistence * nodes[:, None]) / volatility)
    ends = jnp.zeros((count, 1)), jnp.ones((count, 1))
    return Chain(nodes, jnp.diff(jnp.concatenate([ends[0], below, ends[1]], axis=1)))


@compiled(static_argnames="periods")
def defaultable_claims(
    chances: jax.Array,
    discount: jax.Array | float,
    hazard: jax.Array,
    recovery: jax.Array | float,
    periods: int,
) -> Claims:
    """Claims of maturity 1 to ``periods``.

    Parameters
    ----------
    chances : (N, N) under prices' probabilities. discount : per period, at the node
        where a period starts (N,) or the same everywhere.
    hazard : (N,) chance of default in the period that ends at a node, no earlier
        default given.
    recovery : share of a riskless claim's value that is left; a swap pays the rest of
        one. The premium of a period is paid at its end, that of the default too.
    """
    step = jnp.broadcast_to(discount, hazard.shape)[:, None] * chances
    alive = 1 - hazard
    ones = jnp.ones_like(hazard)

    def extend(carry, _):
        riskless, risky, struck, paid, lives = carry
        now = (
            step @ riskless,
            step @ (alive * risky + hazard * recovery * riskless),
            step @ (hazard * (1 - recovery) + alive * struck),
            step @ (1 + alive * paid),
            chances @ (alive * lives),
        )
        return now, now

    start = (ones, ones, 0 * ones, 0 * ones, ones)
    _, found = jax.lax.scan(extend, start, None, length=periods)
    return Claims(*found)


def swap_premium(claims: Claims) -> jax.Array:
    """Premium per period at which a default swap is worth nothing, (n, N)."""
    return claims.protection / claims.premium


def default_compensation(claims: Claims) -> jax.Array:
    """Yield of a claim that may default over that of one that cannot, per period."""
    count = jnp.arange(1, len(claims.risky) + 1)[:, None]
    return jnp.log(claims.riskless / claims.risky) / count
