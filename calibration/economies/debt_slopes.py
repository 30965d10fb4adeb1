"""Regression of long rates on debt over output, in simulated data.

Debt is a present value, no shock moves it alone: these slopes say what a regression
would find in a long record without disasters, whatever moved both. Their errors are
jackknife errors over groups of paths. Paths are independent, so autocorrelation along
a path does not bias them.
"""

from __future__ import annotations

from typing import Any

from .core import Economy
from .responses import ANNUAL_BP, PER_POINT_OF_DEBT, Quantity
from .samples import USUAL, Size, sample
from .statistics import Array, Simulated, beta

CURVES = (
    "yield_20",
    "yield_40",
    "convenience_20",
    "convenience_40",
    "term_premium_20",
    "term_premium_40",
)


def _forward(long: Array, short: Array) -> Array:
    """Rate from five to ten years ahead, from ten- and five-year averages."""
    return 2 * long - short


def debt_slopes(
    economy: Economy, regime: int, size: Size = USUAL
) -> dict[str, Simulated]:
    """Slopes on debt over annual output, with their errors."""
    drawn = sample(economy, ("end_of_period_debt",), CURVES, size=size)
    rate = {name: ANNUAL_BP * drawn.series[name] for name in CURVES}
    bare = {n: rate[f"yield_{n}"] + rate[f"convenience_{n}"] for n in (20, 40)}
    outcomes = {
        "forward_5y5y_ex_convenience": _forward(bare[40], bare[20]),
        "forward_premium_5y5y": _forward(
            rate["term_premium_40"], rate["term_premium_20"]
        ),
        "term_premium_10y": rate["term_premium_40"],
        "convenience_10y": rate["convenience_40"],
    }
    debt = 100 * drawn.series["end_of_period_debt"] / 4
    mask = drawn.mask(regime)
    return {
        f"debt_slope_{k}": beta(mask, outcome, debt) for k, outcome in outcomes.items()
    }


def slope_quantities(slopes: dict[str, Simulated]) -> dict[str, Quantity]:
    """Slopes as quantities of the regime table."""
    return {k: Quantity(v.value, PER_POINT_OF_DEBT) for k, v in slopes.items()}


def slope_records(economy: Economy) -> list[dict[str, Any]]:
    """Slopes with their standard errors, one record per regime and rate."""
    return [
        {
            "economy": economy.name,
            "regime": regime,
            "quantity": name,
            "slope": slope.value,
            "standard_error": slope.error,
            "unit": PER_POINT_OF_DEBT,
        }
        for index, regime in enumerate(economy.regimes)
        for name, slope in debt_slopes(economy, index).items()
    ]
