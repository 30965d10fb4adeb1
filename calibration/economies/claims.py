"""Market betas of the claims behind the debt, joined by the ledger.

What bondholders own next quarter, W', is the tax claim less the spending claim plus the
claim to convenience services, all with next quarter's payments. Hence gains on the four
positions add up, and so do their slopes on the equity return:
D beta_D = V(T) beta_T - V(G) beta_G + V(C) beta_C, with values V after this quarter's
payment. A beta here is the slope of the gain on a position, its payoff less what its
price would have earned at the riskless rate, over the position's mean value; for a
claim of constant value that is the usual beta of the return.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .samples import USUAL, Simulating, Size, sample
from .statistics import Array, Simulated, beta, mean

# What each claim adds to the debt; a claim to output is shown for comparison.
SIGNS = {"tax": 1.0, "spending": -1.0, "convenience": 1.0}
CLAIMS = ("debt", *SIGNS, "output")
PAYMENTS = {
    "tax": "tax_ratio",
    "spending": "spending_ratio",
    "convenience": "convenience_flow",
}
LINKS = ("output_growth_next", "equity_return_next", "real_rate")
LEVELS = (*PAYMENTS.values(), "end_of_period_debt", "output_value")


@dataclass(frozen=True, eq=False)
class ClaimSample:
    """Simulated positions, each (T, paths); row t is held from t to t+1.

    Attributes
    ----------
    values : price of each claim after the payment at t, in quarters of output.
    gains : its payoff at t+1 less its price with riskless interest, in quarters of
        the output of t; bondholders' services of t count as income.
    equity : simple real equity return less the riskless one.
    mask : per regime, the dates that begin in it, (R, T, paths).
    """

    values: Mapping[str, Array]
    gains: Mapping[str, Array]
    equity: Array
    mask: Array


def claim_sample(
    economy: Simulating, disasters: bool = False, size: Size = USUAL
) -> ClaimSample:
    """Price the claims along simulated paths."""
    drawn = sample(economy, (*LINKS, *LEVELS), disasters=disasters, size=size)
    path, shape = drawn.series, drawn.regimes.shape
    flat = drawn.states.reshape(-1, drawn.states.shape[-1])
    entries = economy.ledger(flat, drawn.regimes.reshape(-1))
    cum = {k: entries[k].reshape(shape) for k in ("debt", *SIGNS)}
    cum["output"] = path["output_value"]
    ex = {k: cum[k] - path[p] for k, p in PAYMENTS.items()}
    ex["output"] = path["output_value"] - 1
    ex["debt"] = path["end_of_period_debt"]
    paid = {**ex, "debt": ex["debt"] - path["convenience_flow"]}
    growth = np.exp(path["output_growth_next"])[:-1]
    riskless = np.exp(path["real_rate"])[:-1]
    masks = [drawn.mask(r)[:-1] for r in range(len(economy.regimes))]
    return ClaimSample(
        values={k: ex[k][:-1] for k in CLAIMS},
        gains={k: cum[k][1:] * growth - paid[k][:-1] * riskless for k in CLAIMS},
        equity=np.exp(path["equity_return_next"])[:-1] - riskless,
        mask=np.stack(masks),
    )


def claim_betas(claims: ClaimSample, regime: int) -> dict[str, Simulated]:
    """Equity beta of every claim, with its Monte Carlo error."""
    mask = claims.mask[regime]
    return {
        claim: beta(mask, claims.gains[claim], claims.equity).scaled(
            1 / mean(mask, claims.values[claim]).value
        )
        for claim in CLAIMS
    }


def contributions(claims: ClaimSample, regime: int) -> dict[str, float]:
    """What each claim adds to the beta of debt, +-V beta / D, and the residual."""
    mask = claims.mask[regime]
    value = {k: mean(mask, v).value for k, v in claims.values.items()}
    slopes = claim_betas(claims, regime)
    found = {
        k: s * value[k] / value["debt"] * slopes[k].value for k, s in SIGNS.items()
    }
    return {**found, "residual": slopes["debt"].value - sum(found.values())}


def claim_records(economy: Simulating) -> list[dict[str, Any]]:
    """Values, betas and contributions by claim, with and without disasters."""
    records = []
    for disasters in (False, True):
        claims = claim_sample(economy, disasters)
        for index, regime in enumerate(economy.regimes):
            added = contributions(claims, index)
            for claim, slope in claim_betas(claims, index).items():
                value = mean(claims.mask[index], claims.values[claim]).value
                records.append(
                    {
                        "economy": economy.name,
                        "regime": regime,
                        "disasters": "with" if disasters else "without",
                        "claim": claim,
                        "value": value / 4,
                        "beta": slope.value,
                        "monte_carlo_error": slope.error,
                        "adds_to_beta_of_debt": added.get(claim),
                        "identity_residual": (
                            added["residual"] if claim == "debt" else None
                        ),
                    }
                )
    return records
