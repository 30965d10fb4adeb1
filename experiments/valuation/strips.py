"""Strips and claims of an affine economy as tidy records: the reduced form.

One record per claim and horizon, with the names that a structural model's numbers can
be set beside: ``claim, horizon_years, premium, price``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...calibration.valuation.parameters import AffineParameters
from ...models.markets.affine import CLAIMS, STATES
from ...solvers.pricing import affine as strips

HORIZONS = (1, 2, 5, 10, 20, 30, 50, 100)
SURPLUS = "surplus"
# A perpetuity of level payments is no claim of the government's ledger.
SUMMED = ("tax", "spending", "output", "equity", "real_bond", "nominal_bond")
UNITS = {
    "horizon_years": "years",
    "premium": "percent per year",
    "holding_premium": "percent per year",
    "price": "multiple of today's payoff; of GDP for the surplus",
}


def strip_records(
    economy: AffineParameters, horizons: Sequence[int] = HORIZONS
) -> list[dict[str, Any]]:
    """Premia and prices of strips at the mean state, by claim and horizon.

    ``premium`` is the average over the strip's life, ``holding_premium`` that of the
    first year, percent per year; ``price`` is over today's payoff. The surplus is
    taxes less spending at their mean shares: its price is over GDP, and it has no
    premium, because nothing says that its price is positive.
    """
    per_year, kernel = economy.periods_per_year, economy.kernel
    longest = max(horizons) * per_year
    at = np.asarray(horizons) * per_year - 1
    mean = jnp.zeros((1, len(STATES)))
    records, prices = [], {}
    for claim in CLAIMS:
        payoff = economy.payoff(claim)
        found = strips.strips(kernel, payoff, longest)
        average = strips.average_premia(kernel, payoff, mean, longest)[0]
        holding = strips.holding_premia(kernel, found, mean)[0]
        prices[claim] = np.exp(np.asarray(strips.log_prices(found, mean)[0]))
        records += [
            {
                "claim": claim,
                "horizon_years": years,
                "premium": 100 * per_year * float(average[i]),
                "holding_premium": 100 * per_year * float(holding[i]),
                "price": float(prices[claim][i]),
            }
            for years, i in zip(horizons, at, strict=True)
        ]
    surplus = (
        economy.shares["tau"] * prices["tax"] - economy.shares["g"] * prices["spending"]
    )
    records += [
        {
            "claim": SURPLUS,
            "horizon_years": years,
            "premium": None,
            "holding_premium": None,
            "price": float(surplus[i]),
        }
        for years, i in zip(horizons, at, strict=True)
    ]
    return records


def claim_records(economy: AffineParameters) -> list[dict[str, Any]]:
    """Values of whole claims at the mean state, years of payoffs, and their premia.

    A claim whose sum of strips is not finite has no value and no premium (None): its
    risk-neutral root or the growth of its distant strips says why.
    """
    per_year, kernel = economy.periods_per_year, economy.kernel
    mean = jnp.zeros((1, len(STATES)))
    records = []
    for claim in SUMMED:
        payoff = economy.payoff(claim)
        judged = strips.existence(kernel, payoff)
        record: dict[str, Any] = {"claim": claim, "value_years": None}
        record |= {"premium": None, "tail_share": None}
        if judged.exists:
            found = strips.values(kernel, payoff, mean)
            premium = strips.claim_premia(kernel, payoff, mean)[0]
            record["value_years"] = float(found.total[0]) / per_year
            record["premium"] = 100 * per_year * float(premium)
            record["tail_share"] = float(found.tail[0] / found.total[0])
        record["risk_neutral_root"] = judged.root
        record["limit_growth"] = 100 * per_year * judged.growth
        records.append(record)
    return records


def date_records(economy: AffineParameters) -> list[dict[str, Any]]:
    """Taxes, spending and surpluses over GDP at the dates of the file, beside debt.

    Raises
    ------
    ValueDoesNotExistError
        If the value of taxes or of spending is not finite.
    """
    if not economy.dates:
        return []
    for claim in ("tax", "spending"):
        strips.require_value(economy.kernel, economy.payoff(claim), claim)
    states = jnp.stack([date.state for date in economy.dates])
    worth = {
        claim: np.asarray(
            strips.values(economy.kernel, economy.payoff(claim), states).total
        )
        / economy.periods_per_year
        for claim in ("tax", "spending")
    }
    return [
        {
            "year": date.year,
            "taxes": float(tax * date.tau),
            "spending": float(spending * date.g),
            "surpluses": float(tax * date.tau - spending * date.g),
            "debt": date.debt,
        }
        for date, tax, spending in zip(
            economy.dates, worth["tax"], worth["spending"], strict=True
        )
    ]
