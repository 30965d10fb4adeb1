"""An economy whose Treasurys intermediaries of limited capacity hold.

Wedges on yields are added to the economy's own: losses of capacity move bonds and
nothing else, and debt that fiscal news adds is duration that intermediaries have to be
paid for. To first order; wedges do not feed back to what debt costs.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from ...models.markets.intermediaries import STATES, annuity
from ...solvers.pricing.wedges import price_gaps
from .capacity_losses import spreads
from .intermediaries import Plumbing
from .protocol import Economy, Push


def capacity_returns(plumbing: Plumbing, maturities: Sequence[int]) -> np.ndarray:
    """Unexpected log returns (n,) of zeros by losses of capacity, of one s.d.

    Forced sales included; maturities in quarters.
    """
    return -np.asarray(maturities) * spreads(plumbing, maturities)


def wedge_at_rest(plumbing: Plumbing, maturity: int) -> float:
    """Wedge of a zero at normal capacity, log per quarter."""
    found = plumbing.numbers
    level = jnp.full(1 + maturity, found.premium_at_rest)
    gaps = price_gaps(level, found.persistence[0], maturity)
    return float(gaps[0, maturity - 1]) / maturity


def supply_wedge(
    plumbing: Plumbing, economy: Economy, push: Push, maturity: int
) -> float:
    """Wedge of a zero on impact of news, for the debt that it adds; log per quarter.

    New debt has the share of bills and the
    maturity of the old; without it wedges are as at rest.
    """
    values, found = plumbing.values, plumbing.numbers
    path = economy.respond(push, ("end_of_period_debt",), 1 + maturity)
    debt = jnp.asarray(path["end_of_period_debt"]) / 4
    own = annuity(found.persistence[0], plumbing.maturity - 1)
    zeros = debt * (1 - values["bill_share"]) * own / found.ten_year_exposure
    premium = found.premium_slope[STATES.index("supply")] * zeros
    gaps = price_gaps(premium, found.persistence[0], maturity)
    return float(gaps[0, maturity - 1]) / maturity


def supply_revaluation(plumbing: Plumbing, economy: Economy, push: Push) -> float:
    """What the wedge of added debt takes from the value of all debt.

    Percent of debt per spending news worth 1% of annual output.
    """
    maturity = plumbing.maturity
    loss = maturity * supply_wedge(plumbing, economy, push, maturity)
    news = 100 * economy.ledger_change(push).spending / 4
    return -100 * (1 - plumbing.values["bill_share"]) * loss / news
