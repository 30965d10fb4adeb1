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

from ..record.projections import LIVES, TENORS, Projection
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
    """What moves debt, year by year: arrays (T,) as decimals, but for ``due``.

    Attributes
    ----------
    years : (T,).
    opening : debt over GDP in the year before.
    balance, other : primary balance and what else moves debt, shares of GDP.
    real_growth, inflation : per year.
    interest : over the debt a year before.
    foreign_share : of the debt a year before; depreciation : rise of the price of
        foreign currency.
    shares : (K,) of the kinds of ``TENORS`` in the debt, every year.
    due : (T, K), share of each kind a year before that falls due.
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
    shares: Array
    due: Array

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

    assumed = assumptions.assumed
    inflation = given(profile.inflation, assumed["inflation"] / 100)
    growth = np.asarray(flows.growth)
    shares, lives = tenors_of(projection, assumptions)
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
        shares,
        due_by_tenor(shares, lives, zero, profile.maturing),
    )


def tenors_of(projection: Projection, assumptions: Assumptions) -> tuple[Array, Array]:
    """Shares of bills, notes and bonds, and their years when issued, each (3,)."""
    assumed, profile = assumptions.assumed, projection.profile
    shares, lives = profile.shares, profile.lives
    if shares is None:
        bills, notes = (assumed[name] / 100 for name in ("bills", "notes"))
        shares = (bills, notes, 1 - bills - notes)
    if lives is None:
        lives = tuple(assumed[name] for name in LIVES)
    return np.array(shares), np.array([1.0, *lives])


def due_by_tenor(
    shares: Array, lives: Array, years: Array, maturing: Array | None
) -> Array:
    """Share of each kind a year before that falls due, (T, 3).

    One part in as many as the years for which it was issued. Where ``maturing`` (T,)
    says what falls due of all debt, bills come first, then notes and bonds in
    proportion to these parts, and none for more than there is of it.
    """
    usual = np.outer(np.ones(len(years)), 1 / lives)
    if maturing is None:
        return usual
    bills, notes, bonds = shares
    first = np.minimum(maturing, bills)
    rest = maturing - first
    _, of_notes, of_bonds = shares / lives
    both = of_notes + of_bonds
    part = of_notes / both if both > 0 else 0.0
    second = np.clip(rest * part, rest - bonds, notes)
    due = np.stack([first, second, rest - second], axis=-1)
    return np.divide(due, shares, out=usual, where=shares > 0)


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

    ``deficit`` (before interest, with other means of financing), ``interest``, and the
    ``TENORS`` that fall due, at today's exchange rate. ``paid`` is the interest that is
    paid on the debt a year before, where it is not the accounts' own: a return at
    market value holds gains that nobody pays.
    """
    scaled = accounts.before / (1 + accounts.growth)
    owed = scaled * (1 + accounts.revaluation)
    falling = zip(TENORS, accounts.shares, accounts.due.T, strict=True)
    return {
        "deficit": accounts.other - accounts.balance + 0 * scaled,
        "interest": (accounts.interest if paid is None else paid) * owed,
        **{name: share * due * owed for name, share, due in falling},
    }


def still_owed(accounts: Accounts) -> Array:
    """Share of each kind of the opening debt that has not fallen due yet, (T, K)."""
    return np.cumprod(1 - accounts.due, axis=0)


def rolled_over(accounts: Accounts, rise: Array) -> Array:
    """What a rise of rates on new debt does to interest on all of it.

    Parameters
    ----------
    rise : (T,), decimals a year, of the rate at which debt of every kind is issued.

    Returns
    -------
    Rise of ``Accounts.interest``, (T,). Debt issued within a year (what fell due and
    what was added, kind by kind) pays the new rate from the next one on; where debt
    falls faster than it falls due nothing is issued.
    """
    debt = accounts.debt
    # A government without debt has nothing that is old.
    carried = np.zeros_like(debt)
    before = accounts.before / (1 + accounts.growth)
    np.divide(before, debt, out=carried, where=debt > 0)
    kept = np.clip((1 - accounts.due) * carried[:, None], 0.0, 1.0)
    found, now = [], np.zeros(len(accounts.shares))
    for k, new in enumerate(rise):
        found.append(accounts.shares @ now)
        now = kept[k] * now + (1 - kept[k]) * new
    return np.array(found)
