"""The unexpected part of returns over a quarter, shock by shock, in every economy.

If a quarter's news arrives evenly over its days, variances and covariances of surprises
grow with time, and correlations and betas are the same at every frequency. No surprise
holds a disaster or a change of regime.
"""

from __future__ import annotations

import numpy as np

from .protocol import Array, Economy, Surprises


def surprises(economy: Economy) -> Surprises:
    """Surprises at an economy's resting point, the regime lasting.

    Half the difference between a positive and a negative shock, so that what both move
    alike is left out: exact at first order.
    """
    longer = [n for n in economy.maturities if n > 1]
    names = ("inflation", "log_price_dividend", "log_bond_price")
    names += economy.dividends_follow + tuple(f"yield_{n - 1}" for n in longer)
    after = economy.both_ways(names)
    p = economy.parameters
    own = {"e_y": p["leverage"] * p["sigma_y"], "e_d": p["sigma_d"]}
    growth = sum(
        (p["leverage"] * odd(np.log(after[n])) for n in economy.dividends_follow),
        np.array([own.get(s, 0.0) for s in economy.shocks]),
    )
    real = growth + odd(np.log1p(np.exp(after["log_price_dividend"])))
    returns = {f"bond_{n}": -(n - 1) * odd(after[f"yield_{n - 1}"]) for n in longer}
    coupons = p["omega"] * np.exp(after["log_bond_price"])
    returns |= {
        "treasury_portfolio": odd(np.log1p(coupons)),
        "equity_real": real,
        "equity": real + odd(after["inflation"]),
    }
    return Surprises(economy.shocks, returns)


def odd(values: Array) -> Array:
    """Half the difference of what holds after a positive and a negative shock."""
    return (values[0] - values[1]) / 2
