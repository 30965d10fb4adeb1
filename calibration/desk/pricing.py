"""Accounts when yields answer: an economy's moves on top of a projection's rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..economies.outlook import Outlook
from .accounts import Accounts, Array, rolled_over


@dataclass(frozen=True)
class Answers:
    """What an economy adds along a path, (T,): rises over the economy left alone.

    Attributes
    ----------
    returns : of the growth-adjusted real log return on debt, per year.
    inflation : log, per year.
    yield_10y : decimals a year, at the end of the year.
    """

    returns: Array
    inflation: Array
    yield_10y: Array


def answers(outlook: Outlook, path: int) -> Answers:
    """What the economy adds on a path of the outlook; path zero has no news."""

    def rise(name: str) -> Array:
        return (outlook.paths[name][:, path] - outlook.without[name]) / 100

    return Answers(outlook.returns[:, path], rise("inflation"), rise("yield_10y"))


def no_answers(years: int) -> Answers:
    """Rates that nothing moves."""
    zero = np.zeros(years)
    return Answers(zero, zero, zero)


def priced(accounts: Accounts, found: Answers) -> Accounts:
    """Accounts with the economy's inflation, and its return on debt at market value.

    Real growth and balances stay; nominal growth rises with inflation, and the return
    so that the growth-adjusted real return rises as in the economy.
    """
    return accounts.changed(
        inflation=(1 + accounts.inflation) * np.exp(found.inflation) - 1,
        interest=(1 + accounts.interest) * np.exp(found.returns + found.inflation) - 1,
    )


def paid_interest(accounts: Accounts, found: Answers) -> Array:
    """Interest that is paid: the projection's, and what is rolled over at risen yields.

    New debt of every maturity is taken to pay the rise of the ten-year yield.
    """
    moved = priced(accounts, found)
    return accounts.interest + rolled_over(moved, found.yield_10y)
