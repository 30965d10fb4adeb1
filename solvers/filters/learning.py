"""Learning about a drifting coefficient, on one path; map it over draws."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

Array = Any


class Beliefs(NamedTuple):
    """Mean and variance (T,) after each date, and the forecast error (T,) there."""

    mean: jax.Array
    variance: jax.Array
    surprise: jax.Array


def drifting_coefficient(
    exposure: jax.Array,
    observed: jax.Array,
    mean: jax.Array | float,
    variance: jax.Array | float,
    drift: jax.Array | float,
    noise: jax.Array | float,
) -> Beliefs:
    """Kalman recursion for a random-walk coefficient.

        coefficient' = coefficient + drift e'
        observed = exposure coefficient + noise u

    Parameters
    ----------
    exposure, observed : (T,); an exposure of zero says nothing about the coefficient.
    mean, variance : before the first drift. drift, noise : standard deviations.
    """

    def step(carry, row):
        centre, spread = carry
        x, y = row
        spread = spread + drift**2
        total = x**2 * spread + noise**2
        surprise = y - x * centre
        gain = x * spread / total
        centre, spread = centre + gain * surprise, spread * noise**2 / total
        return (centre, spread), (centre, spread, surprise)

    start = (jnp.asarray(mean, float), jnp.asarray(variance, float))
    _, found = jax.lax.scan(step, start, (exposure, observed))
    return Beliefs(*found)
