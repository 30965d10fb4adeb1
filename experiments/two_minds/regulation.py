"""What Treasurys can lose in a quarter, and the capital that rules do not ask for.

Losses are of value at market prices over a quarter, coupons included; bonds are held
at constant maturity. A rule of ``capital_ratio`` times a risk weight covers the loss at
the confidence of capital rules when the weight is loss / capital_ratio; Treasurys have
zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...calibration.parameters.policy import PolicyParameters
from ...errors import FiscaxError

Array = Any
BONDS = {"2y": 8, "5y": 20, "10y": 40, "30y": 120}  # quarters
YIELD_NAMES = ("yield_1", *(f"yield_{n}" for n in BONDS.values()))
_FEWEST = 10


def holding_returns(yields: Mapping[str, Array]) -> dict[str, Array]:
    """Log returns over a quarter (T - 1, paths) from yields (T, paths) per quarter.

    A zero of n quarters is sold at the yield of n quarters, as constant-maturity
    returns are computed from the record.
    """
    found = {"3m": yields["yield_1"][:-1]}
    for name, n in BONDS.items():
        rate = yields[f"yield_{n}"]
        found[name] = n * rate[:-1] - (n - 1) * rate[1:]
    return found


def bank_book(given: PolicyParameters) -> dict[str, float]:
    """Shares of a bank's Treasurys by maturity.

    Raises
    ------
    FiscaxError
        They do not add up to one.
    """
    names = {"3m": "bank_bills", **{n: f"bank_{n}" for n in ("2y", "5y", "10y")}}
    shares = {n: given[p] for n, p in names.items()}
    if not abs(sum(shares.values()) - 1) < 1e-9:
        raise FiscaxError(
            f"{', '.join(names.values())} have to add up to one, not "
            f"{sum(shares.values()):g}"
        )
    return shares


def positions(yields: Mapping[str, Array], given: PolicyParameters) -> dict[str, Array]:
    """Losses (quarters,) as shares of value: bonds, a bank's book, a money fund.

    The fund's loss is the fall of its value when the quarter's rise of bill yields
    comes at once: weighted average maturity times the rise.
    """
    returns = holding_returns(yields)
    kept = {n: 1 - np.exp(returns[n]).ravel() for n in BONDS}
    book = bank_book(given)
    kept["bank"] = sum(s * (1 - np.exp(returns[n]).ravel()) for n, s in book.items())
    rise = 4 * np.diff(yields["yield_1"], axis=0).ravel()
    kept["money_fund"] = given["fund_days"] / 365 * rise
    return kept


def tail_loss(losses: Array, confidence: float) -> tuple[float, float]:
    """Quantile of losses and its standard error from ten batches of the sample.

    Raises
    ------
    FiscaxError
        Fewer than ten quarters of the sample lie beyond the quantile.
    """
    beyond = len(losses) * (1 - confidence)
    if beyond < _FEWEST:
        raise FiscaxError(
            f"'confidence' {confidence:g} leaves {beyond:.1f} of {len(losses)} "
            f"simulated quarters beyond the quantile; {_FEWEST} are needed"
        )
    parts = np.array_split(losses, 10)
    spread = np.std([np.quantile(p, confidence) for p in parts], ddof=1)
    return float(np.quantile(losses, confidence)), float(spread / np.sqrt(10))


def risk_weight(loss: float, given: PolicyParameters) -> float:
    """Risk weight at which the capital ratio covers a loss; zero for a gain."""
    return max(loss, 0.0) / given["capital_ratio"]


def shortfall(
    position: str, loss: float, given: PolicyParameters, known: float = 0.0
) -> float:
    """Capital short of a loss: percent of a bank's assets, or of a fund's.

    A bank's rules ask for none; a money fund has room up to breaking the dollar. With a
    loss that is ``known``, rules ask for what covers it, and less only where they did.
    """
    if position == "bank":
        return 100 * given["bank_share"] * max(loss - max(known, 0.0), 0.0)
    return max(100 * loss - max(given["fund_buffer"], 100 * known), 0.0)
