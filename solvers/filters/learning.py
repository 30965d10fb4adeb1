"""Learning about a drifting coefficient, and odds of an event that signals move.

All functions are traceable and act on one path; map them over draws.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

Array = Any
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
_WEIGHTS = _WEIGHTS / np.sqrt(2 * np.pi)


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


def updated_odds(
    probability: jax.Array, signal: Array, strength: jax.Array | float
) -> jax.Array:
    """Probability of an event after a normal signal about it.

    The signal is normal with unit variance and mean ``strength`` / 2 if the event comes
    and minus that if it does not: log odds move by ``strength`` times the signal. Under
    the probabilities of whoever holds them, they are a martingale.
    """
    odds = jnp.log(probability) - jnp.log1p(-probability) + strength * signal
    return jax.nn.sigmoid(odds)


def expected_odds(
    probability: jax.Array, strength: jax.Array | float
) -> tuple[jax.Array, jax.Array]:
    """Mean and variance of the updated probability under the holder's own beliefs."""
    come = updated_odds(probability, _NODES + strength / 2, strength)
    stay = updated_odds(probability, _NODES - strength / 2, strength)

    def mean(power: int) -> jax.Array:
        first, second = (_WEIGHTS @ (odds**power) for odds in (come, stay))
        return probability * first + (1 - probability) * second

    return mean(1), mean(2) - mean(1) ** 2
