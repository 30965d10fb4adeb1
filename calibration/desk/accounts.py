"""Accounts of public debt: its path, what moved it, what it takes to refinance it.

With d debt over GDP, i interest over the debt a year before, g real growth, p
inflation, 1 + n = (1 + g) (1 + p), a the foreign-currency share and e the rise of its
price,

    d = d_before (1 + i) (1 + a e) / (1 + n) - balance + other,

and the change of debt is the sum of (IMF 2013, Staff Guidance Note on market-access
countries; the order of real growth before inflation is its own)

    - balance,  i d_before / (1 + n),  - g d_before / (1 + n),
    - p (1 + g) d_before / (1 + n),  a e (1 + i) d_before / (1 + n),  other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..record.projections import Projection
from .assumptions import Assumptions

Array = np.ndarray
PARTS = (
    "primary_balance",
    "interest",
    "real_growth",
    "inflation",
    "exchange_rate",
    "stock_flow",
)


@dataclass(frozen=True)
class Accounts:
    """What moves debt, year by year: arrays (T,) or (T, P) for P paths, as decimals.

    Attributes
    ----------
    years : (T,).
    opening : debt over GDP in the year before.
    balance, other : primary balance and what else moves debt, shares of GDP.
    real_growth, inflation : per year.
    interest : over the debt a year before.
    foreign_share : of the debt a year before; depreciation : rise of the price of
        foreign currency.
    short, rolling : share of the debt a year before that was issued for less than a
        year, and of that which was issued for longer and falls due.
    """

    years: Array
    opening: float
    balance: Array
    other: Array
    real_growth: Array
    inflation: Array
    interest: Array
    foreign_share: Array
    depreciation: Array
    short: Array
    rolling: Array

    @property
    def growth(self) -> Array:
        """Growth of nominal GDP."""
        return (1 + self.real_growth) * (1 + self.inflation) - 1

    @property
    def revaluation(self) -> Array:
        """Rise of the debt a year before with the exchange rate."""
        return self.foreign_share * self.depreciation

    @property
    def rate(self) -> Array:
        """Return on the debt a year before: interest and revaluation."""
        return (1 + self.interest) * (1 + self.revaluation) - 1

    @property
    def debt(self) -> Array:
        """Debt over GDP at the end of the year."""
        carried = (1 + self.rate) / (1 + self.growth)
        moved = self.other - self.balance
        found, now = [], self.opening
        for k in range(len(self.years)):
            now = now * carried[k] + moved[k]
            found.append(now + 0 * carried[k] + 0 * moved[k])
        return np.array(found)

    @property
    def before(self) -> Array:
        """Debt over GDP of the year before, at its end."""
        debt = self.debt
        first = np.full_like(debt[:1], self.opening)
        return np.concatenate([first, debt[:-1]])

    def changed(self, **arrays: Any) -> Accounts:
        """The same with other arrays."""
        return replace(self, **arrays)


def accounts_of(projection: Projection, assumptions: Assumptions) -> Accounts:
    """Accounts of a projection; what the file leaves out is as assumed."""
    profile, flows = projection.profile, projection.flows
    zero = np.zeros(len(projection.years))

    def given(values: Array | None, else_: float) -> Array:
        return zero + else_ if values is None else values

    def number(value: float | None, else_: float) -> float:
        return else_ if value is None else value

    assumed = assumptions.assumed
    inflation = given(profile.inflation, assumed["inflation"] / 100)
    growth = np.asarray(flows.growth)
    short = zero + number(profile.short_share, assumed["short_share"] / 100)
    life = number(profile.average_maturity, assumed["average_maturity"])
    due = given(profile.maturing, np.nan)
    long = (1 - short) / life
    if profile.maturing is not None:
        short, long = np.minimum(short, due), np.maximum(due - short, 0.0)
    return Accounts(
        projection.years,
        projection.opening_debt,
        np.asarray(flows.primary_balance),
        np.asarray(flows.other_means),
        (1 + growth) / (1 + inflation) - 1,
        inflation,
        projection.interest_rate,
        given(profile.foreign_share, 0.0),
        given(profile.depreciation, 0.0),
        short,
        long,
    )


def decomposition(accounts: Accounts) -> dict[str, Array]:
    """Parts of each year's change of debt, shares of GDP, keys of ``PARTS``."""
    scaled = accounts.before / (1 + accounts.growth)
    growing = 1 + accounts.real_growth
    return {
        "primary_balance": -accounts.balance + 0 * scaled,
        "interest": accounts.interest * scaled,
        "real_growth": -accounts.real_growth * scaled,
        "inflation": -accounts.inflation * growing * scaled,
        "exchange_rate": accounts.revaluation * (1 + accounts.interest) * scaled,
        "stock_flow": accounts.other + 0 * scaled,
    }


def financing_needs(accounts: Accounts, paid: Array | None = None) -> dict[str, Array]:
    """What has to be borrowed within the year, shares of its GDP, by what it pays for.

    ``deficit`` (before interest, with other means of financing), ``interest``,
    ``short`` and ``long`` debt that falls due, at today's exchange rate. ``paid`` is
    the interest that is paid on the debt a year before, where it is not the accounts'
    own: a return at market value holds gains that nobody pays.
    """
    scaled = accounts.before / (1 + accounts.growth)
    due = scaled * (1 + accounts.revaluation)
    return {
        "deficit": accounts.other - accounts.balance + 0 * scaled,
        "interest": (accounts.interest if paid is None else paid) * due,
        "short": accounts.short * due,
        "long": accounts.rolling * due,
    }


def rolled_over(accounts: Accounts, rise: Array) -> Array:
    """What a rise of rates on new debt does to interest on all of it.

    Parameters
    ----------
    rise : (T,) or (T, P), decimals a year, of the rate at which debt is issued.

    Returns
    -------
    Rise of ``Accounts.interest``, same shape. Debt issued within a year (what fell due
    and what was added) pays the new rate from the next one on; where debt falls faster
    than it falls due nothing is issued.
    """
    debt = accounts.debt
    due = accounts.short + accounts.rolling
    old = (1 - due) * accounts.before / (1 + accounts.growth)
    # A government without debt has nothing that is old.
    safe = np.where(debt > 0, debt, 1.0)
    kept = np.where(debt > 0, np.clip(old / safe, 0.0, 1.0), 0.0)
    found, now = [], np.zeros_like(rise[0] + debt[0])
    for k in range(len(rise)):
        found.append(now)
        now = kept[k] * now + (1 - kept[k]) * rise[k]
    return np.array(found)
