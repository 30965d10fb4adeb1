"""What is estimated for each era: free parameters, their bounds and the targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What is estimated for an era: economy, free parameters with bounds, targets.

    Attributes
    ----------
    free : parameter -> (low, high), in the declared unit.
    targets : moments matched, at least as many as parameters.
    left_out : moments that the estimation does not look at, for the file.
    """

    economy: str
    era: str
    free: Mapping[str, tuple[float, float]]
    targets: tuple[str, ...]
    left_out: tuple[str, ...] = ()


# Non-policy parameters are estimated here only; the risky economy shares them.
SAFE = Plan(
    economy="safe",
    era="1998-2019",
    free={
        "beta": (0.985, 0.9985),
        "gamma": (2.0, 12.0),
        "sigma_p": (0.05, 0.5),
        "sigma_y": (0.003, 0.015),
        "sigma_m": (0.0001, 0.004),
        "b_x": (-3.0, 3.0),
        "sigma_d": (0.0, 0.1),
        "mu": (0.003, 0.008),
        "pi_bar": (0.002, 0.009),
        "safety_price": (0.0002, 0.006),
        "debt_target": (0.4, 1.2),
    },
    targets=(
        "yield_slope_10y_3m_mean",
        "yield_standard_deviation_3m",
        "yield_standard_deviation_10y",
        "bond_stock_beta_quarterly_10y",
        "equity_premium_mean",
        "equity_return_standard_deviation",
        "real_short_rate_mean",
        "inflation_mean",
        "inflation_standard_deviation",
        "growth_mean",
        "growth_standard_deviation",
        "treasury_premium_5y_mean",
        "debt_to_gdp_mean",
    ),
)
RISKY = Plan(
    economy="risky",
    era="2022-present",
    free={
        "phi": (0.0, 0.95),
        "safety_long": (0.0, 1.0),
        "debt_target": (0.6, 1.3),
    },
    targets=(
        "yield_slope_10y_3m_mean",
        "yield_standard_deviation_10y",
        "bond_stock_beta_quarterly_10y",
        "inflation_standard_deviation",
        "aaa_treasury_spread_mean",
        "debt_to_gdp_mean",
    ),
)
PLANS = {plan.era: plan for plan in (SAFE, RISKY)}
