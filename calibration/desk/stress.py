"""Stress tests: what each does to the accounts, before any yield answers to it.

The tests are those of the IMF's guidance for market-access countries (2013). Shocks
start in ``first_year``. Primary spending keeps its level when growth falls, so the
balance falls by its share of the GDP that is lost, for good.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .accounts import Accounts, Array, rolled_over

TESTS = {
    "growth": "growth",
    "rates": "interest rates",
    "balance": "primary balance",
    "contingent": "contingent liabilities",
    "exchange_rate": "exchange rate",
    "combined": "growth, rates, balance and exchange rate",
}


def stressed(accounts: Accounts, sizes: Mapping[str, float]) -> dict[str, Accounts]:
    """Accounts under each test, keys of ``TESTS``; ``sizes`` in percent, as shipped."""
    return {test: _under(accounts, test, sizes) for test in TESTS}


def _under(accounts: Accounts, test: str, sizes: Mapping[str, float]) -> Accounts:
    at = np.arange(1, len(accounts.years) + 1)
    first = sizes["first_year"]
    hit = (at >= first) & (at < first + sizes["years"])
    once = at == first
    both = test == "combined"
    growth = accounts.real_growth
    inflation = accounts.inflation
    balance, other = accounts.balance, accounts.other
    depreciation = accounts.depreciation
    rise = np.zeros(len(at))
    if test in ("growth", "contingent") or both:
        loss = hit * sizes["growth_loss"] / 100
        lost = 1 - np.cumprod((1 + growth - loss) / (1 + growth))
        growth = growth - loss
        inflation = inflation - sizes["inflation_answer"] * loss
        # Spending of an unchanged level is a larger share of a smaller GDP.
        balance = balance - sizes["spending_share"] / 100 * lost / (1 - lost)
    if test == "balance" or both:
        loss = hit * sizes["balance_loss"] / 100
        balance = balance - loss
        rise = rise + sizes["balance_answer"] * loss
    if test == "contingent":
        other = other + once * sizes["contingent"] / 100
    if test == "rates" or both:
        rise = rise + (at >= first) * sizes["rate_rise"] / 100
    if test == "exchange_rate" or both:
        move = once * sizes["depreciation"] / 100
        depreciation = (1 + depreciation) * (1 + move) - 1
        inflation = inflation + sizes["pass_through"] * move * (
            accounts.foreign_share > 0
        )
    moved = accounts.changed(
        real_growth=growth,
        inflation=inflation,
        balance=balance,
        other=other,
        depreciation=depreciation,
    )
    return moved.changed(interest=accounts.interest + rolled_over(moved, rise))


def as_balances(accounts: Accounts, under: Accounts) -> Array:
    """Balances (T,) that move debt as a test does, at the rates and growth before it.

    They are what an economy is fed for yields to answer to the test.
    """
    before = under.before - accounts.before
    carried = (1 + accounts.rate) / (1 + accounts.growth)
    return -(under.debt - accounts.debt - carried * before)
