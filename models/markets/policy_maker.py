"""A policy maker who filters yields, and the purchases that follow.

The 10-year yield is fundamental plus a wedge from the capacity of intermediaries:

    traded yield(n) = fundamental yield(n) + a(n) capacity - b(n) price_impact stock,
    capacity' = persistence capacity + deviation e',   a(10 years) = b(10 years) = 1,

in basis points at ten years, with the stock of ten-year bonds bought in percent of
annual GDP; a and b are those of risk-averse intermediaries (``intermediaries``).
Purchases hold the stock that offsets a share of the dysfunction that the policy maker
perceives; a stock too large runs off but is not sold:

    stock = kept + bought,  kept = (1 - run_off) stock_{-1},
    bought = max(0, share * max(perceived, 0) / price_impact - kept).

A purchase is booked at its price and at its fundamental value; the difference is what
taxpayers overpay. Financing is blunted by the wedge in funding costs: the unfunded part
of fiscal news is multiplied by exp(-discipline * wedge).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp

Array = Any
TEN_YEARS = 10.0
BP = 1e4


class PurchaseRule(NamedTuple):
    """How perceived dysfunction becomes purchases, and what they do; scalars.

    Attributes
    ----------
    share : of perceived dysfunction that purchases offset.
    run_off : share of the stock that matures in a quarter.
    price_impact : basis points at ten years per 1% of annual GDP bought.
    discipline : fall of the log unfunded share of fiscal news per percentage point of
        funding cost over its fundamental value.
    at_five_years : effect of purchases at five years over that at ten.
    """

    share: Array
    run_off: Array
    price_impact: Array
    discipline: Array
    at_five_years: Array


class Booking(NamedTuple):
    """A quarter's purchases: percent of annual GDP, the wedge in basis points.

    ``overpaid`` is the price paid over fundamental value, a cost to taxpayers.
    """

    stock: Array
    bought: Array
    wedge: Array
    overpaid: Array


def purchase(
    rule: PurchaseRule, stock: Array, perceived: Array, capacity: Array
) -> Booking:
    """Purchases on dysfunction perceived (bp at ten years) when it is ``capacity``.

    One price clears the quarter: that at which the new stock leaves the wedge.
    """
    kept = (1 - rule.run_off) * stock
    wanted = rule.share * jnp.maximum(perceived, 0.0) / rule.price_impact
    bought = jnp.maximum(wanted - kept, 0.0)
    held = kept + bought
    wedge = capacity - rule.price_impact * held
    # A ten-year zero-coupon bond loses ten times its rise in yield.
    overpaid = -bought * TEN_YEARS * wedge / BP
    return Booking(held, bought, wedge, overpaid)


def unfunded_multiple(rule: PurchaseRule, wedge: Array) -> Array:
    """Unfunded part of fiscal news over what it is at a wedge (bp) of zero."""
    return jnp.exp(-rule.discipline * wedge / 100)
