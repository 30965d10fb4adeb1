"""Intermediaries with numbers: wedges on yields after losses of capacity and purchases.

States are capacity (log of intermediaries' risk aversion over its normal value),
purchases and supply (ten-year zeros over annual output). Wedges are log per quarter,
deviations from those at rest; maturities are in quarters. ``loadings`` and
``response`` are linear around rest, ``path`` is exact along the expected path of the
states: in stress a purchase moves yields more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...errors import FiscaxError
from ...models.markets.intermediaries import (
    STATES,
    TEN_YEARS,
    Numbers,
    kernel,
    nominal_payment,
    numbers,
    plumbing_model,
    premium_of,
)
from ...solvers.compiled import compiled
from ...solvers.fixed_points import smallest_fixed_point
from ...solvers.pricing.affine import strips
from ...solvers.pricing.wedges import price_gaps
from ..parameters.calibration import Calibration, load_calibration
from ..parameters.checks import CalibrationError

Array = Any

LONGEST = 120
CLOSE = 1e-8
_FRAGILE = (
    "losses force sales without end, no price clears the market: lower "
    "margin_leverage, hedge_fund_share or rho_capacity, or the loss of capacity"
)


class FragileError(FiscaxError):
    """Losses force sales without end: no wedge clears the market."""


class Path(NamedTuple):
    """What is expected after news at t = 0, from rest, T quarters.

    capacity, purchases, supply : (T,). premium : (T,) over its value at rest.
    gaps : (T, LONGEST), log prices at rest less log prices, column n - 1 of n quarters.
    slope : of the log capacity lost in forced sales by that lost; below one.
    """

    capacity: np.ndarray
    purchases: np.ndarray
    supply: np.ndarray
    premium: np.ndarray
    gaps: np.ndarray
    slope: float

    def wedges(self, maturities: Sequence[int]) -> np.ndarray:
        """Wedges (T, len(maturities)), log per quarter."""
        chosen = np.asarray(maturities)
        return self.gaps[:, chosen - 1] / chosen


@dataclass(frozen=True, eq=False)
class Plumbing:
    """Intermediaries and the central bank's purchases at one set of parameters."""

    calibration: Calibration

    @cached_property
    def values(self) -> dict[str, float]:
        """Parameters by name."""
        found = self.calibration.as_arrays()
        return {k: float(np.ravel(v)[0]) for k, v in found.items()}

    @cached_property
    def numbers(self) -> Numbers:
        """What the declaration says at these parameters."""
        return numbers(self.values)

    @cached_property
    def margin(self) -> float:
        """The log capacity h L lost per log loss on what hedge funds hold."""
        return float(self.numbers.margin_share) * self.values["margin_leverage"]

    @cached_property
    def maturity(self) -> int:
        """Quarters of the zeros that intermediaries hold."""
        return round(self.values["coupon_maturity"] * self.values["periods_per_year"])

    @cached_property
    def _gaps(self) -> np.ndarray:
        """Log price falls (LONGEST, 3) per unit of each state, at first order."""
        found = strips(kernel(self.values), nominal_payment(), LONGEST)
        return -np.asarray(found.loading)[:, 1:]

    @property
    def margin_slope(self) -> float:
        """Capacity lost in forced sales per unit lost before them, around rest."""
        return self.margin * float(self._gaps[self.maturity - 1, 0])

    @property
    def multiplier(self) -> float:
        """1 / (1 - slope): what forced sales make of a loss of capacity.

        Raises
        ------
        FragileError
            The slope is not below one.
        """
        slope = self.margin_slope
        if slope >= 1.0:
            raise FragileError(_FRAGILE)
        return 1.0 / (1.0 - slope)

    def loadings(self, maturities: Sequence[int]) -> np.ndarray:
        """Wedges (len(maturities), 3) per unit of capacity, purchases and supply.

        Log per quarter, at first order around rest.
        """
        chosen = np.asarray(maturities)
        return self._gaps[chosen - 1] / chosen[:, None]

    def impact(
        self, news: Mapping[str, float], fundamental_loss: float = 0.0
    ) -> np.ndarray:
        """States (3,) when news arrives at rest, forced sales included, first order.

        Parameters
        ----------
        news : state -> size: log, or share of annual output.
        fundamental_loss : log fall of the price of what intermediaries hold that has
            other reasons, such as fiscal news.

        Raises
        ------
        CalibrationError, FragileError
            An unknown state; the feedback does not settle.
        """
        size = self._sizes(news)
        loss = self._gaps[self.maturity - 1, 1:] @ size[1:]
        loss += self.values["net_share"] * fundamental_loss
        size[0] = self.multiplier * (size[0] + self.margin * loss)
        return size

    def response(
        self,
        news: Mapping[str, float],
        horizon: int,
        maturities: Sequence[int],
        fundamental_loss: float = 0.0,
    ) -> np.ndarray:
        """Wedges (horizon, len(maturities)) after ``impact``, log per quarter."""
        start = self.impact(news, fundamental_loss)
        rho = np.asarray(self.numbers.persistence)[1:]
        states = start * rho ** np.arange(horizon)[:, None]
        return states @ self.loadings(maturities).T

    def path(
        self, news: Mapping[str, float], horizon: int, fundamental_loss: float = 0.0
    ) -> Path:
        """The expected path after news, exact in the size of news; as ``impact``."""
        size = self._sizes(news)
        loss = self.values["net_share"] * fundamental_loss
        found = _path(self.values, size, loss, self.maturity, horizon)
        states, premium, gaps, slope, residual = (np.asarray(f) for f in found)
        if not (slope < 1.0 and abs(residual) < CLOSE):
            raise FragileError(_FRAGILE)
        capacity, purchases, supply = states
        return Path(capacity, purchases, supply, premium, gaps, float(slope))

    def across(
        self, changes: Mapping[str, Sequence[float]], news: Mapping[str, float]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Wedges and slopes on impact where parameters differ, one per value.

        Parameters
        ----------
        changes : parameter -> values, all of one length; not ``coupon_maturity``.

        Returns
        -------
        Wedges (values, LONGEST), log per quarter, and slopes (values,) of forced sales;
        NaN where no price clears the market.
        """
        values = {k: jnp.asarray(v, float) for k, v in changes.items()}
        rest = {k: v for k, v in self.values.items() if k not in values}
        found = _many(values, rest, self._sizes(news), self.maturity)
        gaps, slope, residual = (np.asarray(f) for f in found)
        clears = (slope < 1.0) & (np.abs(residual) < CLOSE)
        wedges = gaps / np.arange(1, LONGEST + 1)
        wedges[~clears] = np.nan
        return wedges, np.where(clears, slope, np.nan)

    def _sizes(self, news: Mapping[str, float]) -> np.ndarray:
        strange = [n for n in news if n not in STATES]
        if strange:
            problem = f"no state '{strange[0]}'; there are {', '.join(STATES)}"
            raise CalibrationError("plumbing", [problem])
        return np.array([float(news.get(n, 0.0)) for n in STATES])


@compiled(static_argnums=(3, 4))
def _path(values, size, loss, maturity, horizon):
    """States (3, T), premium (T,), gaps (T, LONGEST), slope and residual."""
    found = numbers(values)
    rho = found.persistence[1:]
    ages = jnp.arange(horizon + LONGEST)

    def premia(capacity):
        start = size.at[0].set(capacity)
        states = start[:, None] * rho[:, None] ** ages[None, :]
        return states, premium_of(values, *states) - found.premium_at_rest

    def gaps(capacity, longest):
        return price_gaps(premia(capacity)[1], found.persistence[0], longest)

    margin = found.margin_share * values["margin_leverage"]

    def feedback(capacity):
        return margin * (gaps(capacity, maturity)[0, maturity - 1] + loss)

    point = smallest_fixed_point(feedback, size[0])
    states, premium = premia(point.point)
    every = gaps(point.point, LONGEST)
    return (
        states[:, :horizon],
        premium[:horizon],
        every,
        point.slope,
        point.residual,
    )


@compiled(static_argnums=3)
def _many(changed, rest, size, maturity):
    """Gaps (values, LONGEST), slopes and residuals (values,) on impact."""

    def one(own):
        _, _, gaps, slope, residual = _path(rest | own, size, 0.0, maturity, 1)
        return gaps[0], slope, residual

    return jax.vmap(one)(changed)


def load_plumbing(overrides: Mapping[str, Any] | None = None) -> Plumbing:
    """The shipped parameters, with overrides.

    Raises
    ------
    CalibrationError
        Naming every inadmissible override, a maturity that is no whole number of
        quarters, one beyond thirty years, or another period than a quarter.
    """
    calibration = load_calibration("plumbing", plumbing_model())
    if overrides:
        calibration = calibration.with_values(**dict(overrides))
    found = Plumbing(calibration)
    quarters = found.values["coupon_maturity"] * 4
    problems = []
    if abs(quarters - round(quarters)) > CLOSE:
        problems.append(f"coupon_maturity: {quarters / 4:g} years, give whole quarters")
    if found.values["periods_per_year"] != 4:
        problems.append("periods_per_year: wedges are by quarter, leave it at 4")
    if problems:
        raise CalibrationError("calibration 'plumbing'", problems)
    return found


__all__ = [
    "LONGEST",
    "STATES",
    "TEN_YEARS",
    "FragileError",
    "Path",
    "Plumbing",
    "load_plumbing",
]
