"""What is estimated for each era: free parameters, their bounds and the targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plan:
    """What is estimated for an era: economy, free parameters with bounds, targets.

    Attributes
    ----------
    free : parameter -> (low, high), in the declared unit.
    targets : moments matched, at least as many as parameters.
    left_out : moments that the estimation does not look at, for the file.
    bounded : why a bound that an estimate may lie at is there.
    held : parameters that keep their value, with the range over which the search is
        repeated to see what the targets say of them.
    """

    economy: str
    era: str
    free: Mapping[str, tuple[float, float]]
    targets: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    held: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    bounded: Mapping[str, str] = field(default_factory=dict)


# Non-policy parameters are estimated here only; the risky economy shares them. Bounds
# of beta, gamma and stress (sigma_p, rho_p) are where all three economies still have
# accurate solutions: more stress fits yields better, on a domain that is too wide.
# Debt is that of the risky economy, so that the two differ in policy alone.
SAFE = Plan(
    economy="safe",
    era="1998-2019",
    free={
        "beta": (0.985, 0.9965),
        "gamma": (3.0, 10.0),
        "sigma_p": (0.05, 0.22),
        "rho_p": (0.85, 0.945),
        "sigma_y": (0.003, 0.015),
        "sigma_m": (0.0001, 0.004),
        "phi_natural": (0.0, 1.0),
        "sigma_d": (0.0, 0.12),
        "mu": (0.003, 0.008),
        "pi_bar": (0.002, 0.009),
        "safety_foreign": (0.5, 1.0),
        "liquidity_price": (0.00005, 0.002),
        "liquidity_long": (0.0, 1.0),
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
        "inflation_growth_correlation",
        "treasury_premium_3m_mean",
        "treasury_premium_1y_mean",
        "treasury_premium_5y_mean",
    ),
    bounded={
        **dict.fromkeys(
            ("beta", "gamma", "sigma_p", "rho_p"),
            "beyond it not all economies have accurate solutions",
        ),
        "safety_foreign": "hedged foreign bonds are no safer than Treasurys",
    },
)
# What identifies what: CBO's baselines sigma_z; who bears news, and inflation, breach;
# what scores move stress_news and phi; the beta and volatilities of yields b_x. The
# volatility of spending is shared with safe debt, where hardly anything answers it.
# theta = 1: all of spending is promised; smoothing is that of the safe economy; zeta is
# what spending does in a disaster, b_p in stress. They are held: the search is repeated
# over a range of each to see what the targets say of them.
# The mean slope is no target: that of four years with an inverted curve says where
# rates stood, not where they rest. Inflation is that of four quarters: prices are
# flexible, so news that the record spreads over a year moves the price level at once.
RISKY = Plan(
    economy="risky",
    era="2022-present",
    free={
        "breach": (0.0, 0.8),
        "phi": (0.0, 0.95),
        "sigma_z": (0.003, 0.05),
        "b_x": (-3.0, 0.0),
        "stress_news": (0.0, 15.0),
        "debt_target": (0.6, 1.3),
    },
    targets=(
        "revaluation",
        "score_yield_10y_ex_convenience",
        "score_term_premium_10y",
        "fiscal_news_volatility",
        "yield_standard_deviation_3m",
        "yield_standard_deviation_10y",
        "bond_stock_beta_quarterly_10y",
        "inflation_annual_standard_deviation",
        "debt_to_gdp_mean",
    ),
    held={
        "theta": (0.95, 1.0),
        "rho_i": (0.5, 0.9),
        "zeta": (0.0, 0.2),
        "b_p": (0.0, 0.02),
    },
)
PLANS = {plan.era: plan for plan in (SAFE, RISKY)}
