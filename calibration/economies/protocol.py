"""What every solved economy answers, however it was solved.

Measures are written once, against this protocol: responses, who bears news, surprises,
moves of observables, samples. An economy stands in one regime; an economy that switches
is several of them, its ``members``, each of which knows that it may end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..parameters.calibration import Calibration
from .samples import USUAL, Size
from .statistics import Simulated

Array = NDArray[np.float64]
# A flow of 1% of GDP that decays, or a transfer of 1% of annual GDP.
Kind = Literal["persistent", "one_time"]
# The economy's own mix of promises, all of it promised, nothing, or the mix that every
# economy is asked about.
Funding = Literal["as_financed", "funded", "unfunded", "asked"]
KINDS: tuple[Kind, ...] = ("persistent", "one_time")
FUNDINGS: tuple[Funding, ...] = ("funded", "unfunded", "as_financed")
PERSISTENT_FLOW = 0.01  # of output each quarter, decaying at rho_z
ONE_TIME = 0.04  # of one quarter's output: 1% of annual GDP
ANNUAL_BP = 40_000.0  # log per quarter -> basis points per year
# Zero-coupon bonds by tenor, quarters.
TENORS = {"2y": 8, "5y": 20, "10y": 40, "30y": 120}
# What moves an economy from its resting point, in the economy's own form.
Push = Any


@dataclass(frozen=True, eq=False)
class Draw:
    """Simulated variables by name, (T, paths) each, and regimes (T, paths).

    Row t is date t; the row of a link, whose name ends in ``_next``, is from t to t+1.
    """

    series: Mapping[str, Array]
    regimes: NDArray[np.int64]


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


@dataclass(frozen=True)
class LedgerChange:
    """Changes of the values of debt and of the claims behind it, quarters of output.

    Attributes
    ----------
    residual : what the claims leave of the change of debt.
    owed : value of debt before.
    """

    debt: float
    tax: float
    spending: float
    convenience: float
    residual: float
    owed: float


@runtime_checkable
class Economy(Protocol):
    """A solved economy in one of its regimes.

    Names of variables are those of the model; ``yield_n``, ``real_n`` and the parts of
    a yield, ``PART_n``, are curves at n quarters. Rates are log per quarter.
    """

    @property
    def name(self) -> str:
        """As a user calls it."""
        ...

    @property
    def calibration(self) -> Calibration:
        """Parameters with units and sources."""
        ...

    @property
    def regime(self) -> str:
        """Name of the regime that holds."""
        ...

    @property
    def members(self) -> Sequence[Economy]:
        """The economy in each of its regimes; itself where it has one."""
        ...

    @property
    def parameters(self) -> Mapping[str, float]:
        """Values by name in the regime that holds."""
        ...

    @property
    def maturities(self) -> tuple[int, ...]:
        """Of the curves, in quarters."""
        ...

    @property
    def shocks(self) -> tuple[str, ...]:
        """Names of the shocks, (k,)."""
        ...

    @property
    def dividends_follow(self) -> tuple[str, ...]:
        """The variable that dividends follow within the quarter, if there is one."""
        ...

    @property
    def backed_share(self) -> float:
        """Share of news of spending that promises back, as investors value them."""
        ...

    @property
    def spending_moves_demand(self) -> bool:
        """Whether news of spending moves more than what backs the debt.

        Where it does, news is read net of the same news fully funded.
        """
        ...

    def at_rest(self, names: Sequence[str]) -> dict[str, float]:
        """Variables and curves where the economy rests, risk included."""
        ...

    def news(self, kind: Kind, funding: Funding = "as_financed") -> Push:
        """News of spending of 1% of GDP."""
        ...

    def news_value(self, push: Push) -> float:
        """Value of the spending that a push is news of, quarters of output.

        At the prices before it: what its spending does to stress, and to the
        consumption of those who price it, is left out.
        """
        ...

    def shock(self, name: str, size: float = 1.0) -> Push:
        """An innovation of ``size`` standard deviations."""
        ...

    def shocked(self, sizes: Mapping[str, float]) -> Push:
        """Innovations by name, in standard deviations."""
        ...

    def stress(self, size: float = 1.0) -> Push:
        """A rise of stress by ``size`` standard deviations."""
        ...

    def respond(
        self, push: Push, names: Sequence[str], horizon: int = 1
    ) -> dict[str, Array]:
        """Change of variables and curves by a push, (horizon,) each, no later shock."""
        ...

    def ledger_change(self, push: Push) -> LedgerChange:
        """Changes of the values of debt and of the claims behind it."""
        ...

    def fiscal_news(self) -> Sequence[tuple[float, Push]]:
        """Weighted pushes that are one s.d. of fiscal news, net of demand."""
        ...

    def both_ways(self, names: Sequence[str]) -> dict[str, Array]:
        """Values after a shock of plus and of minus one s.d., (2, k) each."""
        ...

    def path_means(self, names: Sequence[str], horizon: int) -> dict[str, Array]:
        """Responses to shocks of one s.d., means over ``horizon`` quarters, (k,)."""
        ...

    @property
    def surprises(self) -> Surprises:
        """Unexpected returns over a quarter, shock by shock."""
        ...

    def return_betas(self) -> dict[str, float]:
        """Quarterly betas on equity of a ten-year bond and of all Treasurys.

        And the correlation of the bond with equity, without disasters.
        """
        ...

    def claim_betas(self) -> dict[str, float]:
        """Betas on equity of debt and of the claims behind it.

        ``residual`` is what the claims leave of the beta of debt.
        """
        ...

    def slopes(
        self,
        outcomes: Mapping[str, Mapping[str, float]],
        on: str,
        size: Size = USUAL,
    ) -> dict[str, Simulated]:
        """Slopes of weighted sums of curves on a variable, with their errors.

        ``size`` is of samples, where slopes are not in closed form.
        """
        ...

    def draw(
        self,
        names: Sequence[str],
        periods: int,
        paths: int,
        seed: int,
        disasters: bool = False,
    ) -> Draw:
        """Variables and curves on simulated paths, after a burn-in."""
        ...
