"""What yields say of news of spending, part by part, and who moves the price level.

A yield is expected inflation, expected real rates and what is paid for risk. A part of
the last is in every quarter's short rate, compensation for the surprise of inflation;
the rest is the term premium.
"""

from __future__ import annotations

import numpy as np

from ...solvers.errors import SolutionError
from .protocol import ANNUAL_BP, Economy

# Of the ten-year yield, without convenience.
PARTS = ("yield_40", "convenience_40", "expected_inflation_40", "expected_real_rate_40")
PREMIUM = "term_premium_40"
INFLATION = "expected_inflation_40"
FISCAL = "e_z"
# Basis points below which a yield does not answer.
STILL = 1e-3


def premium_shares(economy: Economy) -> dict[str, float]:
    """Parts of the ten-year response to persistent news that are paid for risk.

    Returns
    -------
    ``premium_share``, the term premium, and ``risk_share``, with what every quarter's
    rate pays for the surprise of inflation; ratios to the response.

    Raises
    ------
    SolutionError
        The yield does not answer: it has no parts.
    """
    found = economy.respond(economy.news("persistent"), (*PARTS, PREMIUM))
    moved = {n: ANNUAL_BP * float(v[0]) for n, v in found.items()}
    response = moved["yield_40"] + moved["convenience_40"]
    if abs(response) < STILL:
        raise SolutionError("the ten-year yield does not answer news of spending (e_z)")
    expected = moved["expected_inflation_40"] + moved["expected_real_rate_40"]
    return {
        "premium_share": moved[PREMIUM] / response,
        "risk_share": (response - expected) / response,
    }


def fiscal_share_of_all_shocks(economy: Economy) -> float:
    """Share of news of spending in the variance of ten-year expected inflation.

    Of surprises of one quarter, all shocks of one standard deviation, to first order.
    """
    ways = economy.both_ways((INFLATION,))[INFLATION]
    squares = dict(zip(economy.shocks, np.square(ways[0] - ways[1]), strict=True))
    return float(squares[FISCAL] / sum(squares.values()))


def slope_at_rest(economy: Economy) -> float:
    """Ten-year less three-month yield where the economy rests, percentage points."""
    rest = economy.at_rest(("yield_1", "yield_40"))
    return ANNUAL_BP / 100 * (rest["yield_40"] - rest["yield_1"])
