"""What a yield says of fiscal news, with purchases and without.

y = (1 - a_f) f + (1 - a_w) w + n: fiscal news f and losses of capacity w, of which
purchases take shares a_f and a_w out of the ten-year yield, and everything else that
moves it, n, which nobody answers. All are normal. Purchases hide news only if they lean
on it more than on losses, or leave it smaller beside the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...calibration.economies.capacity_losses import spreads
from ...calibration.economies.intermediaries import Plumbing
from ...calibration.economies.protocol import ANNUAL_BP, Economy
from . import cases
from .model import TEN

NEWS = "e_z"
# Below this nothing moves the yield that purchases could take out of it.
LEAST = 0.01  # basis points
UNITS = {
    **dict.fromkeys(("news", "losses", "other"), "basis points"),
    **dict.fromkeys(("taken_from_news", "taken_from_losses"), "share"),
    "posterior_variance": "share of the variance of news",
}


class Sources(NamedTuple):
    """Standard deviations over a quarter of what moves the ten-year yield, bp."""

    news: float
    losses: float
    other: float


def sources(economy: Economy, plumbing: Plumbing) -> Sources:
    """Of a regime, at first order; losses of capacity have the size of all studies."""
    moves = -ANNUAL_BP * economy.surprises[f"bond_{TEN}"] / (TEN - 1)
    fiscal = np.array([shock == NEWS for shock in economy.shocks])
    return Sources(
        float(np.linalg.norm(moves[fiscal])),
        ANNUAL_BP * float(spreads(plumbing, (TEN,))[0]),
        float(np.linalg.norm(moves[~fiscal])),
    )


def posterior_variance(of: Sources, from_news: float, from_losses: float) -> float:
    """Variance of news given the yield, as a share of its variance.

    ``from_news`` and ``from_losses`` are the shares that purchases take out of yields.
    """
    told = ((1 - from_news) * of.news) ** 2
    noise = ((1 - from_losses) * of.losses) ** 2 + of.other**2
    return noise / (told + noise)


def taken(cells: Sequence[cases.Case], regime: str, shock: str, policy: str) -> float:
    """Share of a shock's move of the ten-year yield that purchases take out of it."""
    own = [c for c in cells if (c.regime, c.shock) == (regime, shock)]
    found = {c.policy: cases.spike(c) for c in own}
    if ANNUAL_BP * abs(found[cases.NONE]) < LEAST:
        return 0.0
    return 1 - found[policy] / found[cases.NONE]


def discovery_records(
    cells: Sequence[cases.Case],
    economies: Mapping[str, Economy],
    plumbing: Plumbing,
) -> list[dict[str, Any]]:
    """Posterior variance by regime and policy."""
    lines = []
    for regime, economy in economies.items():
        of = sources(economy, plumbing)
        for policy in cases.POLICIES:
            news, losses = (
                taken(cells, regime, shock, policy)
                for shock in (cases.SPENDING, cases.CAPACITY)
            )
            lines.append(
                {
                    "regime": regime,
                    "policy": policy,
                    **of._asdict(),
                    "taken_from_news": news,
                    "taken_from_losses": losses,
                    "posterior_variance": posterior_variance(of, news, losses),
                }
            )
    return lines
