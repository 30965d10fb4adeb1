"""A loss that bondholders bear: a jump of the price level, or higher yields.

Closed form of fiscally led debt without risk. A share of the value of debt is lost.
Prices jump, and the policy rate answers inflation; the slower and the more it does, the
more of the loss comes as lower bond prices later, and as higher yields now.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .core import CoreEconomy
from .protocol import ANNUAL_BP

TEN = 40  # quarters


class TradeOff(NamedTuple):
    """Answers of the closed form.

    Attributes
    ----------
    price_jump : inflation of the quarter, percent (not annualised).
    yield_10y, yield_3m : rise on impact, basis points a year.
    """

    price_jump: float
    yield_10y: float
    yield_3m: float


def trade_off(loss: float, phi: float, rho_i: float, kappa: float) -> TradeOff:
    """What a loss of ``loss`` percent of the value of debt does.

    The policy rate is i_t = rho_i i_{t-1} + (1 - rho_i) phi pi_t. Expected real rates
    stay, so that expected inflation is the rate, and rho_i + (1 - rho_i) phi of a rate
    is left a quarter later. What debt is worth falls by the jump of prices and, for
    what is not paid today, by the rates ahead, kappa^(j + 1) of the one in j quarters.

    Parameters
    ----------
    loss : percent of the value of debt.
    phi : response of the policy rate to inflation, below one. rho_i : its smoothing.
    kappa : what a quarter leaves of a bond's weight, omega times its discount.
    """
    left = rho_i + (1 - rho_i) * phi
    answer = (1 - rho_i) * phi
    jump = loss / (1 + kappa * answer / (1 - kappa * left))
    mean = answer * (1 - left**TEN) / (TEN * (1 - left))
    return TradeOff(
        jump, ANNUAL_BP / 100 * mean * jump, ANNUAL_BP / 100 * answer * jump
    )


def beside(economy: CoreEconomy) -> dict[str, float]:
    """A solved economy's answers to persistent news, and those of the closed form.

    Returns
    -------
    ``loss`` (percent of the value of debt), which both share; ``price_jump`` (percent),
    ``yield_10y`` and ``yield_3m`` without convenience (basis points) of the economy,
    and with ``closed_`` before them of the closed form.
    """
    news = economy.news("persistent")
    change = economy.ledger_change(news)
    loss = -100 * change.debt / change.owed
    names = ("inflation", f"yield_{TEN}", f"convenience_{TEN}", "policy_rate")
    moved = {k: float(v[0]) for k, v in economy.respond(news, names).items()}
    given = economy.parameters
    rate = economy.at_rest(("policy_rate",))["policy_rate"]
    kappa = float(given["omega"] * np.exp(-rate))
    closed = trade_off(loss, given["phi"], given["rho_i"], kappa)
    return {
        "loss": loss,
        "price_jump": 100 * moved["inflation"],
        "yield_10y": ANNUAL_BP * (moved[f"yield_{TEN}"] + moved[f"convenience_{TEN}"]),
        "yield_3m": ANNUAL_BP * moved["policy_rate"],
        **{f"closed_{k}": float(v) for k, v in closed._asdict().items()},
    }
