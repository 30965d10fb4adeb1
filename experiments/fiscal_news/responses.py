"""What news of spending does to yields, equity and the value of debt, per unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...calibration.economies.funding import FUNDING, funded_economy
from ...calibration.economies.protocol import ANNUAL_BP, KINDS, Economy, Funding, Kind
from ...calibration.economies.responses import (
    borne,
    equity_names,
    news_responses,
    real_equity,
    who_bears,
)
from ...calibration.economies.store import EconomyStore
from ...calibration.parameters.calibration import Calibration
from ...calibration.record.dated_moves import TENORS
from ..progress import Progress

QUARTERS = tuple(4 * t for t in TENORS)
NEWS = ("persistent", "one_time")
# Every bill repaid by later taxes: the switch that removes what moves risky debt.
BACKED = {"theta": 1.0, "breach": 0.0, "stress_news": 0.0}
_UNPAID: tuple[Funding, ...] = ("asked", "unfunded")
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
    bare : news -> the ten-year yield without convenience, basis points; ``sure`` where
        nobody promises to repay it.
    equity : news -> real value of equity, percent; ``gross`` where it is net of demand.
    worth : value of the persistent flow, percent of annual GDP.
    revaluation : of debt with its services, percent per news worth 1% of annual GDP.
    backing : the share that promises back, as investors count it; borne : by
        bondholders, share of the news; ``unfunded`` where nobody promises to repay it.
    premium : the part of ``bare`` of persistent news that is term premium.
    """

    key: str
    yields: Mapping[str, np.ndarray]
    bare: Mapping[str, float]
    sure: Mapping[str, float]
    equity: Mapping[str, float]
    gross_equity: Mapping[str, float]
    worth: float
    revaluation: float
    backing: float
    borne: float
    unfunded: float
    premium: float


def unit_news(key: str, economy: Economy, worth: float | None = None) -> UnitNews:
    """Unit news in an economy, net of the demand that funded news brings too.

    ``worth`` is given where the economy does not value persistent spending itself.
    """
    names = [f"{k}_{q}" for k in ("yield", "convenience") for q in QUARTERS]
    names += equity_names(economy)
    yields, bare, sure, equity, gross = {}, {}, {}, {}, {}
    for kind in KINDS:
        net, all_of_it = (_moved(economy, kind, f, names) for f in _UNPAID)
        gross[kind] = real_equity(economy, net)
        if economy.spending_moves_demand:
            paid = _moved(economy, kind, "funded", names)
            net = {n: net[n] - paid[n] for n in names}
            all_of_it = {n: all_of_it[n] - paid[n] for n in names}
        yields[kind] = ANNUAL_BP * np.array([net[f"yield_{q}"] for q in QUARTERS])
        bare[kind], sure[kind] = (
            ANNUAL_BP * (moved["yield_40"] + moved["convenience_40"])
            for moved in (net, all_of_it)
        )
        equity[kind] = real_equity(economy, net)
    if worth is None:
        worth = 25 * economy.news_value(economy.news("persistent"))
    found = who_bears(economy)
    parts = news_responses(economy, "persistent")
    unpaid = economy.news("persistent", "unfunded")
    funded = None
    if economy.spending_moves_demand:
        funded = economy.news("persistent", "funded")
    return UnitNews(
        key,
        yields,
        bare,
        sure,
        equity,
        gross,
        worth,
        found["revaluation"],
        economy.backed_share,
        found["share_bondholders"],
        borne(economy, unpaid, funded)["share_bondholders"],
        parts["persistent_term_premium_10y"],
    )


def _moved(
    economy: Economy, kind: Kind, funding: Funding, names: Sequence[str]
) -> dict[str, float]:
    """Responses of variables on impact of news, by name."""
    found = economy.respond(economy.news(kind, funding), names)
    return {n: float(found[n][0]) for n in names}


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
        found[key], given[key] = unit_news(key, economy), economy.calibration
    for key in _STICKY:
        economy = store.sticky(key, order=ORDER)
        found[key] = unit_news(key, economy, found["risky"].worth)
        given[key] = economy.calibration
    return found, given
