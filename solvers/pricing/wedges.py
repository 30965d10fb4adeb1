"""Yields' wedges from the path of a premium per unit of exposure.

A zero of n periods earns A(n-1) times the premium over a period, so that log prices
cumulate along the path: n w_n(t) = A(n-1) premium(t) + (n-1) w_{n-1}(t+1).
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..compiled import compiled

Array = Any


@compiled(static_argnums=2)
def price_gaps(premium: Array, persistence: Array, longest: int) -> Array:
    """Log prices at zero premium less log prices, n w_n, along a known path.

    Parameters
    ----------
    premium : (T + longest,) log per period and unit of exposure, from t = 0.
    persistence : rho of the factor, whose exposure is A(n) = (1 - rho^n) / (1 - rho).
    longest : of the maturities, in periods.

    Returns
    -------
    Array (T, longest): column n - 1 is that of n periods.
    """

    def longer(carry, _):
        shorter, exposure = carry
        gap = exposure * premium + jnp.append(shorter[1:], 0.0)
        return (gap, 1.0 + persistence * exposure), gap

    start = (jnp.zeros_like(premium), jnp.zeros_like(persistence * 1.0))
    _, gaps = jax.lax.scan(longer, start, None, length=longest)
    # What lies beyond the path enters the last rows only.
    return gaps.T[: premium.shape[0] - longest]
