r"""Investors who learn how much of spending taxes will repay, declared.

One period is a quarter and brings one bill of size x, the present value of what it adds
to spending, normal with mean zero: what is expected is in prices already.

    score          z = x + score_noise u
    passage        with probability p, or p_e for a bill that is called an emergency
    backing        of an ordinary bill theta + c, of an emergency bill b_e, with c such
                   that the mean over bills is theta
    policy         theta' = theta + drift e'
    funding seen   f = theta x_{t-delay} passed_{t-delay} + funding_noise v
    price          P = - sum over bills of (1 - expected backing) (expected size)

so that news moves prices by -(1 - theta_hat) dE[x] + d theta_hat E[x outstanding]
(Gomez-Cram, Kung and Lustig 2025, in own notation).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp

Array = Any


class FiscalLearning(NamedTuple):
    """Parameters; sizes in percent of annual GDP in present value.

    Attributes
    ----------
    backing, backing_deviation : prior mean and standard deviation of theta.
    drift : standard deviation of its change per quarter.
    bill_deviation, score_noise, funding_noise : standard deviations.
    passage, emergency_passage : probabilities at the score.
    emergency_share : of bills. emergency_backing : their backing share.
    """

    backing: Array
    backing_deviation: Array
    drift: Array
    bill_deviation: Array
    score_noise: Array
    funding_noise: Array
    passage: Array
    emergency_passage: Array
    emergency_share: Array
    emergency_backing: Array


def score_gain(given: FiscalLearning) -> Array:
    """Expected size of a bill per unit of its score."""
    own = given.bill_deviation**2
    return own / (own + given.score_noise**2)


def ordinary_premium(given: FiscalLearning) -> Array:
    """What an ordinary bill's backing exceeds the policy by: bills' mean is theta.

    At the prior mean; the emergency flag then says nothing about the policy itself.
    """
    share = given.emergency_share
    return (given.backing - given.emergency_backing) * share / (1 - share)


def unbacked(given: FiscalLearning, backing: Array, emergency: Array) -> Array:
    """Share of a bill that nobody is expected to repay; ``emergency`` is 0 or 1."""
    premium = ordinary_premium(given)
    gap = given.backing - given.emergency_backing
    return 1 - backing - jnp.where(emergency > 0, -gap, premium)


def chance(given: FiscalLearning, emergency: Array) -> Array:
    """Probability that a bill passes, at its score."""
    return jnp.where(emergency > 0, given.emergency_passage, given.passage)


def score_effect(given: FiscalLearning, emergency: Array) -> Array:
    """Fall of the price per unit of score at the prior: chance, gain, unbacked share.

    A certain, fully known and fully unbacked bill has the effect one.
    """
    share = unbacked(given, given.backing, emergency)
    return chance(given, emergency) * score_gain(given) * share
