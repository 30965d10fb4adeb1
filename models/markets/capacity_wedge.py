r"""Yields when those who absorb duration have limited capacity, declared.

With a short rate that reverts to its mean at ``reversion`` (per year), a sale of
duration raises the yield of a zero-coupon bond of T years by an amount proportional to

    (T - A(T)) / (reversion T),   A(T) = (1 - exp(-reversion T)) / reversion

(Vayanos and Vila 2021, one factor, demand that does not answer to prices).
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

Array = Any


def wedge_profile(years: Array, reversion: Array, unit: float = 30.0) -> Array:
    """Rise of yields by tenor per unit of the rise at ``unit`` years."""

    def rise(tenor: Array) -> Array:
        area = (1 - jnp.exp(-reversion * tenor)) / reversion
        return (tenor - area) / (reversion * tenor)

    return rise(jnp.asarray(years, float)) / rise(jnp.asarray(unit))
