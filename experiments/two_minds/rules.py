"""Numbers of ``two-minds`` on market discipline and on rules for holders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...calibration.economies.core import Economy
from ...calibration.economies.samples import Size, sample
from ...calibration.economies.sticky import solve_sticky
from ...calibration.parameters.policy import PolicyParameters
from .closed_loop import rule_of
from .discipline import Backing, summary, ten_years
from .regulation import (
    BONDS,
    YIELD_NAMES,
    normal_loss,
    positions,
    risk_weight,
    shortfall,
    tail_loss,
)

Record = dict[str, Any]
SAMPLE = Size(periods=240, paths=400, seed=11)
HOLDERS = ("bank", "money_fund")


def discipline_records(
    given: PolicyParameters, called: Mapping[str, float]
) -> tuple[list[Record], dict[str, Backing]]:
    """Ten years of news by belief, backing share at rest, with discipline and without.

    ``called`` is the share of a rise in yields that a policy maker calls plumbing.
    """
    found, paths = [], {}
    for source in ("theta_market", "theta_yields"):
        for disciplined in (True, False):
            for belief, share in {"no purchases": 0.0, **called}.items():
                path = ten_years(
                    given, given[source], share, rule_of(given), disciplined
                )
                found.append(
                    {
                        "theta_at_rest": given[source],
                        "discipline": disciplined,
                        "belief": belief,
                        "share_called": share,
                        **summary(given, path),
                    }
                )
                if source == "theta_market" and disciplined:
                    paths[belief] = path
    return found, paths


def _row(economy: str, disasters: bool, position: str, loss: float, error, given):
    held = position in HOLDERS
    return {
        "economy": economy,
        "disasters": disasters,
        "position": position,
        "loss": 100 * loss,
        "standard_error": None if error is None else 100 * error,
        "risk_weight": None if position == "money_fund" else risk_weight(loss, given),
        "shortfall": shortfall(position, loss, given) if held else None,
    }


def regulation_records(
    economies: Mapping[str, Economy], given: PolicyParameters
) -> list[Record]:
    """Losses at the confidence of capital rules, weights and shortfalls by regime."""
    found = []
    confidence = given["confidence"]
    for name, economy in economies.items():
        for disasters in (False, True):
            drawn = sample(economy, ("inflation",), YIELD_NAMES, disasters, SAMPLE)
            yields = {n: drawn.series[n] for n in YIELD_NAMES}
            for position, losses in positions(yields, given).items():
                loss, error = tail_loss(losses, confidence)
                found.append(_row(name, disasters, position, loss, error, given))
    for name in ("sticky_safe", "sticky_risky"):
        economy = solve_sticky(name, None, 1)
        for position, quarters in BONDS.items():
            loss = normal_loss(economy, quarters, confidence)
            found.append(_row(name, False, position, loss, None, given))
    return found
