"""The unexpected part of returns over a quarter, shock by shock, in every economy.

If a quarter's news arrives evenly over its days, variances and covariances of surprises
grow with time, and correlations and betas are the same at every frequency. No surprise
holds a disaster or a change of regime.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .protocol import Array, Economy

TENORS = {"2y": 8, "5y": 20, "10y": 40, "30y": 120}  # quarters


@dataclass(frozen=True)
class Surprises:
    """Unexpected log returns over a quarter, by shock of one s.d.

    An asset is a name of ``returns``, or a tenor of ``TENORS``: its zero-coupon bond.

    Attributes
    ----------
    shocks : names, (k,).
    returns : (k,) by asset: ``bond_n`` for n quarters, ``treasury_portfolio`` and
        ``equity``, all nominal, and ``equity_real``.
    """

    shocks: tuple[str, ...]
    returns: Mapping[str, Array]

    def __getitem__(self, asset: str) -> Array:
        """Returns (k,) of an asset."""
        return self.returns[f"bond_{TENORS[asset]}" if asset in TENORS else asset]

    @property
    def equity(self) -> Array:
        """Nominal returns (k,) of equity."""
        return self.returns["equity"]

    @property
    def bonds(self) -> dict[str, Array]:
        """Returns (k,) of zero-coupon bonds by tenor."""
        return {tenor: self[tenor] for tenor in TENORS}

    def _pair(self, asset: str, without: Sequence[str]) -> tuple[Array, Array]:
        kept = [s not in without for s in self.shocks]
        return self[asset][kept], self.equity[kept]

    def correlation(self, asset: str, without: Sequence[str] = ()) -> float:
        """Correlation with equity; shocks in ``without`` are left out."""
        move, equity = self._pair(asset, without)
        return float(move @ equity / np.sqrt((move @ move) * (equity @ equity)))

    def beta(self, asset: str, without: Sequence[str] = ()) -> float:
        """Slope on equity; shocks in ``without`` are left out."""
        move, equity = self._pair(asset, without)
        return float(move @ equity / (equity @ equity))

    def by_shock(self, asset: str) -> dict[str, float]:
        """What every shock adds to the correlation; the parts add up to it."""
        move, equity = self._pair(asset, ())
        parts = move * equity / np.sqrt((move @ move) * (equity @ equity))
        return dict(zip(self.shocks, parts.tolist(), strict=True))

    def beta_by_shock(self, asset: str) -> dict[str, float]:
        """What every shock adds to the slope on equity; the parts add up to it."""
        move, equity = self._pair(asset, ())
        parts = move * equity / (equity @ equity)
        return dict(zip(self.shocks, parts.tolist(), strict=True))

    def covariance(self, asset: str = "10y") -> Array:
        """Of the asset and equity over a quarter, (2, 2)."""
        both = np.stack(self._pair(asset, ()))
        return both @ both.T


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
