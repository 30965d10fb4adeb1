"""Strips and claims of an affine economy and of solved ones, as tidy records.

One record per claim and horizon, with names under which the reduced form and the
solved economies stand side by side: ``claim, horizon_years, premium, price``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...calibration.economies.core import CoreEconomy
from ...calibration.economies.strips import (
    TERMS,
    block_operators,
    log_prices,
    strip_averages,
    strip_sums,
)
from ...calibration.valuation.parameters import AffineParameters
from ...models.markets.affine import CLAIMS, STATES
from ...solvers.compiled import on_host
from ...solvers.pricing import affine as strips

HORIZONS = (1, 2, 5, 10, 20, 30, 50, 100)
SURPLUS = "surplus"
# A perpetuity of level payments is no claim of the government's ledger.
SUMMED = ("tax", "spending", "output", "equity", "real_bond", "nominal_bond")
# Permanent regimes: a strip of the switching economy has no single regime to hold.
ECONOMIES = ("safe", "risky")
PUBLISHED = "published"
# In the order of the figure's panels.
COMPARED = ("tax", "spending", "output", "equity", "nominal_bond", "real_bond")
UNITS = {
    "horizon_years": "years",
    "premium": "percent per year, over nominal short rates",
    "holding_premium": "percent per year",
    "real_premium": "percent per year, over real short rates",
    "spread": "percent per year, standard deviation over states",
    "price": "multiple of today's payoff; of GDP for the surplus",
    "value_years": "years of payoffs",
    "tail_share": "share of the value",
    "risk_neutral_root": "ratio",
    "limit_growth": "percent per year",
    "sum_years": "years of payoffs",
    "relative_gap": "ratio, root mean square over states",
}
Record = Mapping[str, Any]


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
    mean = np.zeros((1, len(STATES)))
    records, prices = [], {}
    for claim in CLAIMS:
        payoff = economy.payoff(claim)
        found = on_host(strips.strips(kernel, payoff, longest))
        average = on_host(strips.average_premia(kernel, payoff, mean, longest))[0]
        holding = strips.holding_premia(kernel, found, mean)[0]
        prices[claim] = np.exp(strips.log_prices(found, mean)[0])
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
    mean = np.zeros((1, len(STATES)))
    records = []
    for claim in SUMMED:
        payoff = economy.payoff(claim)
        judged = strips.existence(kernel, payoff)
        record: dict[str, Any] = {"claim": claim, "value_years": None}
        record |= {"premium": None, "tail_share": None}
        if judged.exists:
            found = on_host(strips.values(kernel, payoff, mean))
            premium = on_host(strips.claim_premia(kernel, payoff, mean))[0]
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
    states = np.stack([date.state for date in economy.dates])
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


def economy_records(
    economy: CoreEconomy, horizons: Sequence[int] = HORIZONS
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Strips and sums of strips of an economy with one permanent regime, see UNITS."""
    operators = block_operators(economy)
    priced = operators, log_prices(operators)
    strips = [
        {
            "claim": found.claim,
            "horizon_years": years,
            "source": economy.name,
            "premium": 100 * float(found.premium[i]),
            "real_premium": (
                None
                if found.real_premium is None
                else 100 * float(found.real_premium[i])
            ),
            "spread": 100 * float(found.spread[i]),
            "price": float(found.price[i]),
        }
        for found in strip_averages(economy, horizons, 0, *priced)
        for i, years in enumerate(horizons)
    ]
    sums = [
        {
            "source": economy.name,
            "claim": found.claim,
            "sum_years": found.value,
            "value_years": found.solved,
            "relative_gap": found.gap,
        }
        for found in strip_sums(economy, 0, TERMS, *priced)
    ]
    return strips, sums


def compared(
    published: Sequence[Record], structural: Sequence[Record]
) -> list[dict[str, Any]]:
    """One tidy list by claim, source and horizon: reduced form, then the economies.

    What only one side knows is None on the other: the published affine economy stands
    at its mean state and has no real short rate. The surplus has no premium and is
    left out.
    """
    empty = {"real_premium": None, "spread": None}
    kept = ("claim", "horizon_years", "premium", "price")
    rows = [
        {**{k: r[k] for k in kept}, "source": PUBLISHED, **empty} for r in published
    ]
    rows += [dict(r) for r in structural]
    order = ("claim", "horizon_years", "source", "premium", *empty, "price")
    sources = (PUBLISHED, *ECONOMIES)
    return [
        {name: row[name] for name in order}
        for claim in COMPARED
        for source in sources
        for row in rows
        if (row["claim"], row["source"]) == (claim, source)
    ]
