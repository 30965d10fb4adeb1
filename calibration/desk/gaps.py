"""How far primary balances are from what keeps debt stable, reaches a target, or pays.

Blanchard (1990), "Suggestions for a New Set of Fiscal Indicators", OECD working paper
79: the tax gap is the constant rise of taxes that leaves debt over GDP after n years
where it started. S1 and S2 as in the European Commission's Sustainability Report 2009:
the lasting rise of the primary balance that reaches a target of debt in the last year,
and the one that makes the surpluses of all years worth the debt, those after the last
year going on as in it.
"""

from __future__ import annotations

import numpy as np

from .accounts import Accounts, Array


def stabilising_balance(accounts: Accounts) -> Array:
    """Primary balance that leaves debt where it was a year before, shares of GDP."""
    excess = (accounts.rate - accounts.growth) / (1 + accounts.growth)
    return excess * accounts.before + accounts.other


def to_target(accounts: Accounts, target: float, years: int) -> Array:
    """Lasting rise of the balance that takes debt to a target after ``years``.

    One number, or (P,). Debt is linear in balances: what a point of every year is worth
    at the horizon is a sum of products of carried rates.
    """
    carried = (1 + accounts.rate[:years]) / (1 + accounts.growth[:years])
    later = np.cumprod(carried[::-1], axis=0)[:-1]
    worth = 1 + later.sum(axis=0)
    return (accounts.debt[years - 1] - target) / worth


def s1(accounts: Accounts, target: float) -> Array:
    """Lasting rise of the balance that takes debt to the target in the last year."""
    return to_target(accounts, target, len(accounts.years))


def tax_gap(accounts: Accounts, years: int) -> Array:
    """Blanchard's gap: lasting rise that brings debt back to the opening ratio."""
    return to_target(accounts, accounts.opening, years)


def s2(accounts: Accounts) -> Array:
    """Lasting rise of the balance that makes surpluses for ever worth the debt.

    Infinite where the last year's rate does not exceed growth: surpluses for ever have
    no finite value there.
    """
    factors = np.cumprod((1 + accounts.growth) / (1 + accounts.rate), axis=0)
    gap = (accounts.rate - accounts.growth)[-1]
    cash = accounts.balance - accounts.other
    # Where the gap is not positive the branch below is not used.
    end = factors[-1] * (1 + accounts.growth[-1]) / np.where(gap > 0, gap, 1.0)
    value = (factors * cash).sum(axis=0) + end * cash[-1]
    found = (accounts.opening - value) / (factors.sum(axis=0) + end)
    return np.where(gap > 0, found, np.inf)


def all_gaps(accounts: Accounts, target: float) -> dict[str, float | None]:
    """Balances and gaps of one path by name, shares of GDP.

    S2 is None where rates do not exceed growth: it has no finite value.
    """
    stable = stabilising_balance(accounts)
    horizon = len(accounts.years)
    values = {
        "balance_first_year": accounts.balance[0],
        "stabilising_first_year": stable[0],
        "balance_last_year": accounts.balance[-1],
        "stabilising_last_year": stable[-1],
        "tax_gap_5_years": tax_gap(accounts, min(5, horizon)),
        "tax_gap_to_the_end": tax_gap(accounts, horizon),
        "s1": s1(accounts, target),
        "s2": s2(accounts),
    }
    return {n: float(v) if np.isfinite(v) else None for n, v in values.items()}
