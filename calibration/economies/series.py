"""Quarterly series of a solved economy, in the units of the empirical record.

Yields are made comparable with the record's: par yields with semiannual coupons, bond
equivalent, from the model's zero-coupon curve (known at ``MATURITIES``, a cubic spline
in log maturity between them). Bond returns are those of constant-maturity par bonds,
repriced at next quarter's par yield of the same maturity (no roll-down), by the
function that the empirical moments use. Equity is the model's levered claim; its
nominal return adds inflation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from ...solvers.errors import SolutionError
from ..record.observables import TENOR
from ..record.transforms import par_bond_return
from .core import MATURITIES
from .protocol import Economy
from .statistics import Array, rolling_sum

BETA_TENORS = {"2y": 2.0, "5y": 5.0, "10y": 10.0, "30y": 30.0}
PREMIUM_TENORS = {"1y": 4, "2y": 8, "5y": 20, "10y": 40}

OUTPUTS = (
    "inflation",
    "output_growth_next",
    "consumption_growth_next",
    "equity_return_next",
    "end_of_period_debt",
    "tax_ratio",
    "spending_ratio",
    "surplus",
    "log_bond_price",
    "convenience_yield_bill",
    "convenience_yield_aaa",
    "convenience_yield_foreign",
)
CURVES = (
    *(f"yield_{n}" for n in MATURITIES),
    *(f"term_premium_{n}" for n in PREMIUM_TENORS.values()),
    *(f"real_{n}" for n in (20, 40)),
    *(f"convenience_{n}" for n in (4, 20, 40, 80)),
)


@dataclass(frozen=True, eq=False)
class Panel:
    """Simulated series, each (T', paths) with T' at most T, and regimes (T, paths).

    Row t of a series is date t; returns and growth are those from t to t+1.
    """

    series: dict[str, Array]
    regimes: NDArray[np.int64]

    def mask(self, regime: int | None) -> Array:
        """Dates (T, paths) at which the economy is in the regime (None: all)."""
        everywhere = np.ones(self.regimes.shape)
        return everywhere if regime is None else everywhere * (self.regimes == regime)


def simulated_panel(
    economy: Economy, periods: int, paths: int, seed: int, disasters: bool = False
) -> Panel:
    """Simulate an economy: ``periods`` quarters after a burn-in, on ``paths`` paths.

    Raises
    ------
    DeclarationError
        The economy lacks a curve or a variable, by name.
    SolutionError
        Naming simulated series that are not finite.
    """
    drawn = economy.draw((*OUTPUTS, *CURVES), periods, paths, seed, disasters)
    named = dict(drawn.series)
    broken = [name for name, values in named.items() if not np.all(np.isfinite(values))]
    if broken:
        raise SolutionError(
            f"economy '{economy.name}': simulated {', '.join(broken)} not finite; "
            "shocks reach beyond where the solution holds"
        )
    return Panel(record_series(named, economy.parameters["omega"]), drawn.regimes)


def record_series(named: dict[str, Array], omega: float) -> dict[str, Array]:
    """Series in the record's units from the model's, each (T, paths) per quarter.

    ``omega`` is the quarterly decay of the debt portfolio's coupons.
    """
    zero = np.stack([named[f"yield_{n}"] for n in MATURITIES], axis=-1)
    par = par_yields(zero)
    series = {f"yield_{TENOR[n]}": par[..., k] for k, n in enumerate(MATURITIES)}
    series |= {
        f"term_premium_{t}": 400 * named[f"term_premium_{n}"]
        for t, n in PREMIUM_TENORS.items()
    }
    series |= _slopes(series) | _break_even(named) | _spreads(named)
    return series | _macro(named, series, omega) | _returns(named, series, omega)


def par_yields(zero: Array) -> Array:
    """Par yields (..., m) in percent from zero-coupon yields (..., m) at MATURITIES.

    Zero-coupon yields are continuously compounded per quarter. Semiannual coupons and
    compounding; the 3-month yield is simple interest, as quoted in the record.
    """
    dates, weights = _spline()
    discount = np.exp(-(zero @ weights) * dates)
    annuity = np.cumsum(discount, axis=-1)
    last = np.array([n // 2 - 1 for n in MATURITIES[1:]])
    coupon = 200 * (1 - discount[..., last]) / annuity[..., last]
    return np.concatenate([400 * np.expm1(zero[..., :1]), coupon], axis=-1)


@lru_cache(maxsize=1)
def _spline() -> tuple[Array, Array]:
    """Coupon dates (60,) in quarters and weights (m, 60) of the known maturities."""
    dates = np.arange(2, max(MATURITIES) + 1, 2).astype(float)
    known = CubicSpline(np.log(MATURITIES), np.eye(len(MATURITIES)))
    return dates, np.asarray(known(np.log(dates))).T


def _slopes(series: dict[str, Array]) -> dict[str, Array]:
    pairs = (("10y", "3m"), ("10y", "2y"), ("30y", "10y"))
    return {
        f"yield_slope_{a}_{b}": series[f"yield_{a}"] - series[f"yield_{b}"]
        for a, b in pairs
    }


def _break_even(named: dict[str, Array]) -> dict[str, Array]:
    gap = {n: named[f"yield_{n}"] - named[f"real_{n}"] for n in (20, 40)}
    forward = (40 * gap[40] - 20 * gap[20]) / 20
    return {"breakeven_5y5y": 400 * forward, "breakeven_10y": 400 * gap[40]}


def _spreads(named: dict[str, Array]) -> dict[str, Array]:
    """Convenience spreads in basis points: the dearer Treasury counts as positive."""
    bill, aaa, foreign = (
        named[f"convenience_yield_{a}"] for a in ("bill", "aaa", "foreign")
    )
    spreads = {
        "treasury_premium_3m": bill - foreign,
        "treasury_premium_1y": named["convenience_4"] - foreign,
        "treasury_premium_5y": named["convenience_20"] - foreign,
        "aaa_treasury_spread": named["convenience_40"] - aaa,
        "aaa_treasury_20y_spread": named["convenience_80"] - aaa,
        "commercial_paper_bill_spread_3m": bill,
    }
    return {name: 40000 * spread for name, spread in spreads.items()}


def _macro(
    named: dict[str, Array], series: dict[str, Array], omega: float
) -> dict[str, Array]:
    ahead = 400 * named["inflation"][1:]
    bond_price = np.exp(named["log_bond_price"])
    return {
        # Both from t to t+1, so that they belong to the same quarter.
        "inflation": ahead,
        "growth": 400 * named["output_growth_next"][:-1],
        "consumption_growth": 400 * named["consumption_growth_next"][:-1],
        "real_short_rate": series["yield_3m"][:-1] - ahead,
        "debt_to_gdp": 100 * named["end_of_period_debt"] / 4,
        "tax_to_gdp": 100 * named["tax_ratio"],
        "spending_to_gdp": 100 * named["spending_ratio"],
        "primary_balance_to_gdp": 100 * named["surplus"],
        # Macaulay duration of coupons omega^(k-1) at the price Q is 1 + omega Q.
        "treasury_duration": (1 + omega * bond_price) / 4,
    }


def _returns(
    named: dict[str, Array], series: dict[str, Array], omega: float
) -> dict[str, Array]:
    """Simple nominal returns in percent, excess ones over the 3-month yield before."""
    bill = series["yield_3m"][:-1] / 4
    log_equity = named["equity_return_next"][:-1] + named["inflation"][1:]
    equity = 100 * np.expm1(log_equity)
    returns = {"equity_return": equity, "equity_excess": equity - bill}
    for tenor, years in BETA_TENORS.items():
        quoted = series[f"yield_{tenor}"]
        held = par_bond_return(quoted[:-1], quoted[1:], years, 0.25)
        returns[f"bond_excess_{tenor}"] = held - bill
    price = named["log_bond_price"]
    portfolio = np.log1p(omega * np.exp(price[1:])) - price[:-1]
    year = len(bill) - 3
    for name, log_return in (("portfolio", portfolio), ("equity", log_equity)):
        gained = 100 * np.expm1(rolling_sum(log_return, 4))
        returns[f"{name}_annual_excess"] = gained - 4 * bill[:year]
    return returns
