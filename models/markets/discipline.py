"""A government whose backing of news answers to its funding cost.

The real rate is constant, policy is fiscally led: news of spending with present value e
is unfunded in the share u = 1 - theta, and bondholders lose u e at once, through an
inflation that dies out at phi (Bianchi, Faccini and Melosi 2023, closed form with
coupons that decay at delta; deviations from rest, log per quarter):

    pi = phi pi_{-1} + (1 - beta delta phi) u e / d,
    y(n) = (phi / n) (1 - phi^n) / (1 - phi) pi,
    u = ubar exp(-eta (traded yield)),  traded yield = y - wedge of purchases.

Ratios to annual output grow at the rate less growth, rho: spending still to come X,
taxes promised A, what the central bank's price support has gained N, and debt

    d' = (1 + rho) (d + x - tau - sbar) - u' e' - gain',
    X' = (1 + rho) (X - x) + e',   A' = (1 + rho) (A - tau) + (1 - u') e',

with x and tau constant shares of X and A: d - dbar = A - X - N at every date.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp

Array = Any


class Government(NamedTuple):
    """Scalars; per quarter, ratios to annual output.

    Attributes
    ----------
    unfunded : share ubar of news at the resting yield. discipline : eta, fall of the
        log share per unit of the quarterly yield.
    phi : response of the policy rate. beta : discount factor. delta : decay of coupons.
    growth_gap : rho. debt : dbar. spent, repaid : shares of X and of A paid a quarter.
    """

    unfunded: Array
    discipline: Array
    phi: Array
    beta: Array
    delta: Array
    growth_gap: Array
    debt: Array
    spent: Array
    repaid: Array


class Accounts(NamedTuple):
    """Ratios to annual output at a date, after its news: d, X, A, N, all arrays."""

    debt: Array
    to_spend: Array
    promised: Array
    gained: Array


def inflation_of(gov: Government, before: Array, unfunded_news: Array, debt: Array):
    """Inflation at a date from that of the date before and news u e over debt d."""
    jump = (1 - gov.beta * gov.delta * gov.phi) * unfunded_news / debt
    return gov.phi * before + jump


def yield_of(gov: Government, inflation: Array, quarters: int) -> Array:
    """Yield of a zero-coupon bond over its resting value, log per quarter."""
    phi = gov.phi
    return phi / quarters * (1 - phi**quarters) / (1 - phi) * inflation


def unfunded_share(gov: Government, traded: Array) -> Array:
    """Share of news without backing at a traded yield over its resting value."""
    return gov.unfunded * jnp.exp(-gov.discipline * traded)


def opening(gov: Government) -> Accounts:
    """Accounts at rest."""
    zero = jnp.zeros(())
    return Accounts(jnp.asarray(gov.debt), zero, zero, zero)


def paid(gov: Government, accounts: Accounts) -> tuple[Array, Array]:
    """Spending above, and taxes above their resting values in a quarter."""
    return gov.spent * accounts.to_spend, gov.repaid * accounts.promised


def carried(
    gov: Government, accounts: Accounts, news: Array, unfunded: Array, gain: Array
) -> Accounts:
    """Accounts a quarter on, after news e' of which u' is unfunded, and a gain."""
    grow = 1 + gov.growth_gap
    spending, taxes = paid(gov, accounts)
    surplus = gov.growth_gap / grow * gov.debt
    return Accounts(
        grow * (accounts.debt + spending - taxes - surplus) - unfunded * news - gain,
        grow * (accounts.to_spend - spending) + news,
        grow * (accounts.promised - taxes) + (1 - unfunded) * news,
        grow * accounts.gained + gain,
    )


def welfare_loss(
    inflation: Array, taxes: Array, price_cost: Array, tax_cost: Array
) -> Array:
    """Loss of a quarter as a share of output: ``price_cost pi^2 / 2 + tax_cost tau``.

    Inflation is over its mean, per quarter; taxes over their mean, ratio to output of
    the quarter. ``price_cost`` is demand elasticity over the slope of the Phillips
    curve (Woodford 2003, chapter 6), ``tax_cost`` the excess burden of one more tax.
    """
    return price_cost * inflation**2 / 2 + tax_cost * taxes
