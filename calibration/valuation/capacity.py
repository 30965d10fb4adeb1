"""Fiscal capacity: what a projection's surpluses and its terminal debt are worth.

Jiang, Lustig, Van Nieuwerburgh and Xiaolan ("Measuring U.S. Fiscal Capacity using
Discounted Cash Flow Analysis", Brookings Papers, Fall 2022): primary balances and the
debt that is left at the horizon are discounted at the rates of the projection plus a
premium for the risk of output, because both move with output. In ratios to GDP

    capacity = sum_t D_t (s_t - o_t + cy_t d_{t-1} / (1 + g_t)) + D_T d_T,
    D_t = D_{t-1} (1 + g_t) / (1 + r_t + cy_t + premium)

with s the primary balance, o other means of financing, r the rate, cy convenience, g
nominal growth, d debt. At a premium of zero it is the opening debt exactly, whatever
the flows: rolling debt over has no value of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...errors import FiscaxError
from ...solvers.compiled import compiled
from ..record.projections import Flows, Projection, debt_path

# Premium for the risk of output of the published capacities, decimal per year.
PREMIUM = 0.026


class CapacityError(FiscaxError):
    """A capacity does not exist: the message names the number that has no value."""


class Capacity(NamedTuple):
    """Present values over the GDP of the year before the projection, as decimals.

    Arrays of JAX or of the host.
    """

    surpluses: Any
    services: Any
    terminal: Any
    total: Any


class Shift(NamedTuple):
    """Changes in every year, as decimals; the debt left at the horizon is kept.

    ``premium`` is the premium itself; ``balance`` a share of GDP.
    """

    premium: float | jax.Array = 0.0
    growth: float | jax.Array = 0.0
    rate: float | jax.Array = 0.0
    convenience: float | jax.Array = 0.0
    balance: float | jax.Array = 0.0


def discount_factors(flows: Flows, premium: float | jax.Array) -> jax.Array:
    """Value of 1% of each year's GDP, in percent of the GDP before: shape (T,)."""
    rate = flows.rate + flows.convenience + premium
    return jnp.cumprod((1 + flows.growth) / (1 + rate))


@compiled
def capacity(flows: Flows, opening: float | jax.Array, shift: Shift) -> Capacity:
    """Capacity of flows (T,) from the opening debt, with changes of every year.

    Debt on the way, which convenience is earned on, and debt at the horizon are those
    without the shift.
    """
    debt = debt_path(flows, opening)
    before = jnp.concatenate([jnp.reshape(jnp.asarray(opening, float), 1), debt[:-1]])
    moved = flows._replace(
        growth=flows.growth + shift.growth,
        rate=flows.rate + shift.rate,
        convenience=flows.convenience + shift.convenience,
    )
    factors = discount_factors(moved, shift.premium)
    cash = flows.primary_balance + shift.balance - flows.other_means
    surpluses = factors @ cash
    services = factors @ (moved.convenience * before / (1 + moved.growth))
    terminal = factors[-1] * debt[-1]
    return Capacity(surpluses, services, terminal, surpluses + services + terminal)


_PREMIUM = Shift(premium=0, growth=None, rate=None, convenience=None, balance=None)  # pyright: ignore[reportArgumentType]
_by_premium = compiled(
    jax.vmap(capacity, in_axes=(None, None, _PREMIUM)), name="capacities"
)


def capacities(projection: Projection, premia: Sequence[float]) -> Capacity:
    """Capacity at each premium (decimals a year): four arrays (P,)."""
    shifts = Shift(premium=jnp.asarray(premia, float))
    found = _by_premium(projection.flows, projection.opening_debt, shifts)
    return Capacity(*(np.asarray(part) for part in found))


def annuity(flows: Flows, premium: float | jax.Array) -> jax.Array:
    """Value of 1 unit of GDP in every year from each one to the horizon, (T,)."""
    return jnp.cumsum(discount_factors(flows, premium)[::-1])[::-1]


class Adjustment(NamedTuple):
    """Lasting rise of the primary balance by first year, (T,) shares of GDP.

    ``to_horizon`` keeps the projected debt at the horizon; ``for_good`` asks that debt
    be backed by surpluses alone, those of the last year going on for ever.
    """

    to_horizon: np.ndarray
    for_good: np.ndarray


def adjustments(projection: Projection, premium: float) -> Adjustment:
    """Adjustment that makes the value of surpluses equal to the opening debt.

    Parameters
    ----------
    premium : decimals a year.

    Raises
    ------
    CapacityError
        The last year's rate with the premium does not exceed its growth: surpluses that
        go on for ever have no value.
    """
    flows, opening = projection.flows, projection.opening_debt
    now = capacity(flows, opening, Shift(premium=premium))
    gap = opening - float(now.total)
    each = annuity(flows, premium)
    last = [float(f[-1]) for f in flows]
    required = last[2] + last[4] + premium
    if required <= last[1]:
        raise CapacityError(
            f"surpluses after {int(projection.years[-1])} have no value: the rate with "
            f"the premium, {100 * required:.2f} percent, does not exceed growth, "
            f"{100 * last[1]:.2f} percent; raise the premium"
        )
    perpetuity = (1 + last[1]) / (required - last[1])
    end = float(discount_factors(flows, premium)[-1]) * perpetuity
    balance = float(now.surpluses) + end * (last[0] - last[3])
    lacking = opening - balance - float(now.services)
    return Adjustment(
        np.asarray(gap / each), np.asarray(lacking / (np.asarray(each) + end))
    )
