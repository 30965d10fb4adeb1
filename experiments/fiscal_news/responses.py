"""What news of spending does to yields, equity and the value of debt, per unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...calibration.economies.core import CoreEconomy
from ...calibration.economies.funding import FUNDING, funded_economy
from ...calibration.economies.responses import (
    ANNUAL_BP,
    curve_change,
    ledger_shares,
    persistent_spending,
    transfer,
)
from ...calibration.economies.sticky import StickyEconomy
from ...calibration.economies.sticky_ledger import shares
from ...calibration.economies.sticky_news import unfunded_share
from ...calibration.economies.store import EconomyStore
from ...calibration.parameters.calibration import Calibration
from ...calibration.record.dated_moves import TENORS
from ..progress import Progress

QUARTERS = tuple(4 * t for t in TENORS)
NEWS = ("persistent", "one_time")
# Every bill repaid by later taxes: the switch that removes what moves risky debt.
BACKED = {"theta": 1.0, "repudiation": 0.0}
_FUNDED = ("safe", "risky", "unbacked")
_STICKY = ("sticky_safe", "sticky_risky")
LABELS = {
    **{key: FUNDING[key].label for key in _FUNDED},
    "sticky_safe": "safe debt, sticky prices",
    "sticky_risky": "risky debt, sticky prices",
    "backed": "risky debt, every bill backed",
}
# Of the sticky-price economies: responses on impact, net of demand.
ORDER = 1


@dataclass(frozen=True)
class UnitNews:
    """Responses on impact to a flow of 1% of GDP that decays, and to one transfer.

    Attributes
    ----------
    yields : news -> (len(TENORS),) basis points, convenience included.
    bare : news -> the ten-year yield without convenience, basis points.
    equity : news -> real value of equity, percent; ``gross`` where it is net of demand.
    worth : value of the persistent flow, percent of annual GDP.
    revaluation : of debt with its services, percent per news worth 1% of annual GDP.
    backing : the economy's backing share. borne : by bondholders, share of the news.
    """

    key: str
    yields: Mapping[str, np.ndarray]
    bare: Mapping[str, float]
    equity: Mapping[str, float]
    gross_equity: Mapping[str, float]
    worth: float
    revaluation: float
    backing: float
    borne: float


def core_news(key: str, economy: CoreEconomy) -> UnitNews:
    """Unit news in a core economy; real equity does not depend on who pays there."""
    pairs = {
        "persistent": persistent_spending(economy, 0),
        "one_time": transfer(economy, 0),
    }
    names = [f"{k}_{q}" for k in ("yield", "convenience") for q in QUARTERS]
    yields, bare, equity = {}, {}, {}
    for news, pair in pairs.items():
        change = curve_change(economy, 0, names, pair)
        yields[news] = np.array([change[f"yield_{q}"] for q in QUARTERS])
        bare[news] = change["yield_40"] + change["convenience_40"]
        price = [economy.solution.observe(["price_dividend"], p, 0)[0, 0] for p in pair]
        equity[news] = 100 * float(np.log(price[1] / price[0]))
    value = [
        economy.solution.observe(["spending_value"], p, 0)[0, 0]
        for p in pairs["persistent"]
    ]
    found = ledger_shares(economy, 0, pairs["persistent"])
    theta = float(np.ravel(np.asarray(economy.solution.parameters["theta"]))[0])
    return UnitNews(
        key,
        yields,
        bare,
        equity,
        equity,
        25 * float(value[1] - value[0]),
        found["revaluation"].value,
        theta,
        found["share_bondholders"].value,
    )


def sticky_news(key: str, economy: StickyEconomy, worth: float) -> UnitNews:
    """Unit news with sticky prices, net of the demand that funded news brings too."""
    share = unfunded_share(economy)
    make = {"persistent": economy.persistent, "one_time": economy.one_time}
    names = [f"{k}_{q}" for k in ("yield", "convenience") for q in QUARTERS]
    names += ["log_price_dividend", "consumption"]
    yields, bare, equity, gross = {}, {}, {}, {}
    for news, push in make.items():
        here, paid = (economy.response(push(s), names) for s in (share, 0.0))
        net = {n: float(here[n][0] - paid[n][0]) for n in names}
        yields[news] = ANNUAL_BP * np.array([net[f"yield_{q}"] for q in QUARTERS])
        bare[news] = ANNUAL_BP * (net["yield_40"] + net["convenience_40"])
        equity[news] = _equity(economy, net)
        gross[news] = _equity(economy, {n: float(here[n][0]) for n in names})
    found = shares(economy, economy.persistent(share), economy.persistent(0.0))
    return UnitNews(
        key,
        yields,
        bare,
        equity,
        gross,
        worth,
        found["revaluation"],
        economy.parameters["theta"],
        found["share_bondholders"],
    )


def _equity(economy: StickyEconomy, change: Mapping[str, float]) -> float:
    """Real value of equity in percent: dividends move with consumption on impact."""
    drop = change["consumption"] / economy.rest["consumption"]
    lever = economy.parameters["leverage"]
    return 100 * (change["log_price_dividend"] + lever * drop)


def every_response(
    store: EconomyStore, progress: Progress
) -> tuple[dict[str, UnitNews], dict[str, Calibration]]:
    """Unit news in every economy, and the numbers that it was solved with, by name.

    Raises
    ------
    OverrideError
        A user's change contradicts what makes a case.
    CalibrationError, SolutionError, DeterminacyError
        From the economies.
    """
    found, given = {}, {}
    for key in (*_FUNDED, "backed"):
        progress.say(f"solving: {LABELS[key]}")
        if key == "backed":
            economy = store.core("risky", BACKED, grid="coarse")
        else:
            economy = funded_economy(store, key)
        found[key], given[key] = core_news(key, economy), economy.calibration
    for key in _STICKY:
        economy = store.sticky(key, order=ORDER)
        found[key] = sticky_news(key, economy, found["risky"].worth)
        given[key] = economy.calibration
    return found, given
