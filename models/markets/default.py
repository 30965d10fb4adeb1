r"""Default on government debt when required taxes exceed what can be raised, declared.

One period is a quarter. q is what would have to be raised in taxes to keep debt from
growing, over its mean, in percent of GDP; capacity is uncertain from period to period:

    required taxes    q' = persistence q + volatility e',        e' ~ N(0, 1)
    capacity          slack + spread u' over mean required taxes, u' ~ N(0, 1)
    default at t+1    if q' > slack + spread u':  h(q') = Phi((q' - slack) / spread)
    in prices         h_Q = J h / (1 - h + J h),  J the price of money in default
    recovery          a share of what a claim without default would be worth then

Default is fiscal: neither taxes nor inflation balance the budget (Chernov, Schmid and
Schneider 2020). Inflation is not modelled here: the part of a budget that bondholders
pay for through prices is in the economies, the part that has to be raised is here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax.scipy.stats import norm

Array = Any


class DefaultModel(NamedTuple):
    """Parameters; taxes in percent of GDP, per quarter.

    Attributes
    ----------
    persistence, volatility : of required taxes.
    slack : capacity over mean required taxes. spread : its standard deviation.
    recovery : share. default_price : J. riskless : log rate per quarter.
    """

    persistence: Array
    volatility: Array
    slack: Array
    spread: Array
    recovery: Array
    default_price: Array
    riskless: Array


def hazard(model: DefaultModel, required: Array) -> Array:
    """Chance of a default in the quarter in which required taxes are ``required``."""
    return norm.cdf((required - model.slack) / model.spread)


def priced_hazard(model: DefaultModel, required: Array) -> Array:
    """The same as prices see it."""
    chance = hazard(model, required)
    dear = model.default_price * chance
    return dear / (1 - chance + dear)


def discount(model: DefaultModel) -> Array:
    """Price of a riskless claim to one in a quarter."""
    return jnp.exp(-jnp.asarray(model.riskless))
