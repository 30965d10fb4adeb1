"""What a disaster does, by regime: to prices, to bondholders, to equity.

Miller, Paron and Wachter (NBER 34021) infer from bond prices what share of the value of
Treasurys a disaster takes, era by era.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..parameters.numbers import NumbersError, read_numbers
from .core import CoreEconomy
from .protocol import ANNUAL_BP

FILE = "disaster_record.toml"
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


def recorded_losses() -> list[dict[str, Any]]:
    """Share of value that a disaster takes, by era, as bond prices say: percent.

    Raises
    ------
    NumbersError
        An era has no number.
    """
    eras = read_numbers(FILE)["portfolio_loss"]
    found = []
    for key, entry in eras.items():
        if not {"value", "unit", "source", "era"} <= set(entry):
            raise NumbersError(f"{FILE}: {key} needs value, unit, era and source")
        found.append({"era": entry["era"], "portfolio_loss": float(entry["value"])})
    return found


def _same(values: np.ndarray) -> np.ndarray:
    return values
