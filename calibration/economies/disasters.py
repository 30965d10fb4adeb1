"""What a disaster does, by regime: to prices, to bondholders, to equity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .core import CoreEconomy
from .protocol import ANNUAL_BP

EVENT = "disaster"
UNITS = {
    "portfolio_loss": "percent of real value",
    "price_level": "percent",
    "yield_10y": "basis points",
    "yield_3m": "basis points",
    "equity": "percent",
}


def disaster_record(economy: CoreEconomy) -> dict[str, Any]:
    """A disaster in the quarter against none, from rest; the regime lasts.

    Returns
    -------
    ``portfolio_loss`` of all Treasurys and ``equity``, both real, payments included;
    ``price_level`` in the quarter; yields. Units as in ``UNITS``.
    """
    solution, own = economy.solution, economy.position
    rest = economy.rest()
    after = np.concatenate(
        [solution.shocked(rest, {}, own, event) for event in (None, EVENT)]
    )
    names = ("debt_value", "inflation", "price_dividend", "yield_40", "yield_1")
    found = economy.observed(names, after)
    debt, prices, equity, ten, bill = (
        np.diff(f(found[n]))[0]
        for n, f in zip(names, (np.log, _same, np.log1p, _same, _same), strict=True)
    )
    # Values are over output, which falls by xi, and dividends by as much again.
    fall, lever = economy.parameters["xi"], economy.parameters["leverage"]
    return {
        "portfolio_loss": -100 * float(np.expm1(debt - fall)),
        "price_level": 100 * float(np.expm1(prices)),
        "yield_10y": ANNUAL_BP * float(ten),
        "yield_3m": ANNUAL_BP * float(bill),
        "equity": 100 * float(np.expm1(equity - lever * fall)),
    }


def disaster_records(economies: Sequence[CoreEconomy]) -> list[dict[str, Any]]:
    """One record per regime of every economy."""
    return [
        {"economy": e.name, "regime": m.regime, **disaster_record(m)}
        for e in economies
        for m in e.members
    ]


def _same(values: np.ndarray) -> np.ndarray:
    return values
