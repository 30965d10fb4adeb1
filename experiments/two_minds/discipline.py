"""Ten years of fiscal news with and without purchases that hold yields down."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...calibration.economies.dysfunction import shipped_wedge
from ...calibration.parameters.policy import PolicyParameters
from ...errors import FiscaxError
from ...models.markets.discipline import (
    Government,
    carried,
    inflation_of,
    opening,
    paid,
    unfunded_share,
    welfare_loss,
    yield_of,
)
from ...models.markets.policy_maker import PurchaseRule, purchase
from ...solvers.compiled import compiled

Array = Any
TEN = 40
BP_YEAR = 40_000.0
_HALVINGS = 80


class Backing(NamedTuple):
    """Ten years, (T,) each: backing share, debt and taxes over annual output, ...

    ``price_level`` is the log over that without news, ``yield_10y`` traded and
    ``fundamental`` in basis points a year over rest, ``stock`` in percent of GDP,
    ``gained`` the price support's gain to date over annual output (a loss below zero),
    ``loss`` the quarter's welfare loss as a share of output.
    """

    theta: Array
    debt: Array
    to_spend: Array
    promised: Array
    gained: Array
    price_level: Array
    inflation: Array
    yield_10y: Array
    fundamental: Array
    stock: Array
    taxes: Array
    loss: Array


def government(
    given: PolicyParameters, theta: float, disciplined: bool = True
) -> Government:
    """The government of the parameter file with backing share ``theta`` at rest."""
    grow = 1 + given["growth_gap"]
    eta = given["discipline"] if disciplined else 0.0
    return Government(
        unfunded=jnp.asarray(1 - theta),
        discipline=jnp.asarray(eta * 400),
        phi=jnp.asarray(given["phi_fisherian"]),
        beta=jnp.asarray(given["discount"]),
        delta=jnp.asarray(1 - given["refinanced"]),
        growth_gap=jnp.asarray(given["growth_gap"]),
        debt=jnp.asarray(given["debt"] / 100),
        spent=jnp.asarray(1 - given["news_persistence"] / grow),
        repaid=jnp.asarray(given["repaid"]),
    )


def news(given: PolicyParameters) -> Array:
    """Unexpected news of spending (T,): one package a year, present value over GDP."""
    path = np.zeros(4 * given.count("years"))
    path[:: given.count("package_every")] = given["news_value"] / 100
    return jnp.asarray(path)


def costs(given: PolicyParameters) -> tuple[float, float]:
    """Welfare costs of squared inflation and of taxes, see ``welfare_loss``."""
    sticky, beta = given["unreset_prices"], given["discount"]
    slope = (1 - sticky) * (1 - beta * sticky) / sticky
    tax, elasticity = given["tax_rate"], given["tax_elasticity"]
    # Excess burden of a marginal tax (Saez, Slemrod and Giertz 2012, equation 8).
    burden = elasticity * tax / (1 - tax - elasticity * tax)
    return given["price_elasticity"] / slope, burden


def ten_years(
    given: PolicyParameters,
    theta: float,
    called: float,
    rule: PurchaseRule,
    disciplined: bool = True,
    persistence: float | None = None,
) -> Backing:
    """Simulate news when ``called`` is the share of a rise in yields read as plumbing.

    ``persistence`` is the share of what is read so that is left a quarter later, that
    of lost capacity by default. Where it is also what the rule keeps of its stock,
    every rise is answered anew, whatever is held already.

    Raises
    ------
    FiscaxError
        The unfunded share leaves [0, 1], or the fixed point of yields and backing has
        no unique solution.
    """
    if not rule.share * called < 1:
        raise FiscaxError(
            f"'share' {float(rule.share):g} of dysfunction offset times {called:g} "
            "called dysfunction has to be below one: purchases that undo all of a rise "
            "leave no yield for backing to answer to"
        )
    gov = government(given, theta, disciplined)
    found = _path(
        gov,
        rule,
        news(given),
        jnp.asarray(called),
        jnp.asarray(
            shipped_wedge().persistence if persistence is None else persistence
        ),
        jnp.asarray(costs(given)),
        jnp.asarray(given["refinanced"]),
    )
    worst = float(jnp.min(found.theta))
    if not worst >= 0:
        raise FiscaxError(
            f"'discipline' {given['discipline']:g} lets the backing share fall to "
            f"{worst:.2f}; choose a smaller one"
        )
    return Backing(*(np.asarray(a) for a in found))


@compiled
def _path(
    gov: Government,
    rule: PurchaseRule,
    surprises: Array,
    called: Array,
    persistence: Array,
    cost: Array,
    refinanced: Array,
) -> Backing:
    def look(before, stock, perceived, debt, share, surprise):
        """What follows when the unfunded share is ``share``."""
        inflation = inflation_of(gov, before, share * surprise, debt)
        fundamental = BP_YEAR * yield_of(gov, inflation, TEN)
        rise = fundamental - BP_YEAR * yield_of(gov, gov.phi * before, TEN)
        seen = persistence * perceived + called * jnp.maximum(rise, 0.0)
        booked = purchase(rule, stock, seen, jnp.zeros(()))
        return inflation, fundamental, seen, booked

    def quarter(carry, surprise):
        accounts, before, level, stock, perceived, rate = carry
        # Debt that bondholders hold when the news comes.
        spending, taxes_before = paid(gov, accounts)
        grow = 1 + gov.growth_gap
        resting = gov.growth_gap / grow * gov.debt
        debt = grow * (accounts.debt + spending - taxes_before - resting)

        def gap(share):
            found = look(before, stock, perceived, debt, share, surprise)
            traded = (found[1] + found[3].wedge) / BP_YEAR
            return share - unfunded_share(gov, traded)

        # The gap rises in the share, and is positive at the share of the lowest yield.
        top = -gap(jnp.zeros(()))

        def halve(_, ends):
            low, high = ends
            middle = (low + high) / 2
            above = gap(middle) > 0
            return jnp.where(above, low, middle), jnp.where(above, middle, high)

        ends = jax.lax.fori_loop(0, _HALVINGS, halve, (jnp.zeros(()), top))
        share = (ends[0] + ends[1]) / 2
        inflation, fundamental, seen, booked = look(
            before, stock, perceived, debt, share, surprise
        )
        rate = (1 - refinanced) * rate - refinanced * rule.at_five_years * booked.wedge
        saved = rate / 1e4 / 4 * debt
        gain = saved - booked.overpaid / 100
        accounts = carried(gov, accounts, surprise, share, gain)
        _, taxes = paid(gov, accounts)
        level = level + inflation
        row = Backing(
            1 - share,
            *accounts,
            level,
            inflation,
            fundamental + booked.wedge,
            fundamental,
            booked.stock,
            taxes,
            welfare_loss(inflation, 4 * taxes, cost[0], cost[1]),
        )
        return (accounts, inflation, level, booked.stock, seen, rate), row

    zero = jnp.zeros(())
    start = (opening(gov), zero, zero, zero, zero, zero)
    return jax.lax.scan(quarter, start, surprises)[1]


def summary(given: PolicyParameters, path: Backing) -> dict[str, float]:
    """Ten-year numbers: percent of GDP, percent, basis points, percent of consumption.

    Welfare counts taxes still promised at the end at their present value.
    """
    beta = given["discount"]
    weights = beta ** np.arange(len(path.loss))
    _, burden = costs(given)
    # Promises at the end, less what is paid in the last quarter, are due later.
    left = 4 * burden * (path.promised[-1] - path.taxes[-1]) * weights[-1]
    hit = np.flatnonzero(np.diff(path.to_spend, prepend=0.0) > 0)
    return {
        "backing_share": float(np.mean(path.theta[hit])),
        "debt": 100 * float(path.debt[-1]),
        "price_level": 100 * float(path.price_level[-1]),
        "balance_sheet": float(path.stock[-1]),
        "price_support": 100 * float(path.gained[-1]),
        "yield_held_down": float(np.mean((path.fundamental - path.yield_10y)[hit])),
        "loss_inflation": 100
        * float(weights @ (path.loss - 4 * burden * path.taxes) / weights.sum()),
        "loss": 100 * float((weights @ path.loss + left) / weights.sum()),
    }
