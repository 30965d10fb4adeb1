"""Two shocks, three answers, two regimes: what purchases do to yields and taxpayers.

Fundamental yields are those of the sticky-price economies, whose whole paths are known:
unfunded spending news, net of demand (less the same news fully funded) and without
convenience. The wedge of intermediaries is added on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...calibration.economies.intermediaries import Path, Plumbing
from ...calibration.economies.protocol import ANNUAL_BP
from ...calibration.economies.sticky import StickyEconomy
from .model import HORIZON, TEN, Risk, Scenario, book, expected_profit, realised_profits

REGIMES = ("safe", "risky")
CAPACITY, SPENDING = "capacity", "spending"
SHOCKS = (CAPACITY, SPENDING)
# The talk pairs safe debt with a loss of capacity, risky debt with fiscal news.
PAIRS = {"safe": CAPACITY, "risky": SPENDING}
NONE = "none"
POLICIES = (NONE, "backstop", "lasting")
TENORS = {"2y": 8, "5y": 20, "10y": TEN, "30y": 120}
# What a yield would be without convenience is the sum of both.
_EX_CONVENIENCE = ("yield", "convenience")
YEAR = 4  # quarters


@dataclass(frozen=True)
class Fundamentals:
    """Responses of a regime to unfunded spending of 1% of GDP, and its bonds' risk.

    Attributes
    ----------
    yields : tenor -> (T,) log per quarter. loss : log price fall on impact of what
        intermediaries hold.
    variance : of quarterly surprises of the ten-year yield, log per quarter squared.
    discount : by quarter, of shares of output.
    """

    yields: Mapping[str, np.ndarray]
    loss: float
    risk: Risk
    variance: float
    discount: float

    def scaled(self, size: float) -> Fundamentals:
        """The same for news of ``size`` percent of GDP."""
        moved = {k: size * v for k, v in self.yields.items()}
        return Fundamentals(
            moved, size * self.loss, self.risk, self.variance, self.discount
        )


def fundamentals(economy: StickyEconomy, maturity: int) -> Fundamentals:
    """Measure a sticky-price economy; ``maturity`` of intermediaries in quarters."""
    first = economy.at_order(1)
    own = economy.maturities
    names = [f"{part}_{n}" for part in _EX_CONVENIENCE for n in own]
    unfunded, funded = (
        first.respond(first.persistent(share), names, HORIZON) for share in (1.0, 0.0)
    )
    net = {k: unfunded[k] - funded[k] for k in names}
    news = {n: net[f"yield_{n}"] + net[f"convenience_{n}"] for n in own}
    losses = [n * float(news[n][0]) for n in own]
    means = economy.means(
        ("yield_1", f"yield_{TEN}", f"yield_{TEN - 1}", "inflation", "policy_rate")
    )
    premium = (
        TEN * means[f"yield_{TEN}"]
        - (TEN - 1) * means[f"yield_{TEN - 1}"]
        - means["yield_1"]
    )
    deviation = float(np.sqrt(np.sum(economy.surprises[f"bond_{TEN}"] ** 2)))
    real = means["policy_rate"] - means["inflation"] - economy.parameters["mu"]
    return Fundamentals(
        yields={tenor: news[n] for tenor, n in TENORS.items()},
        loss=float(np.interp(maturity, own, losses)),
        risk=Risk(float(premium), deviation),
        variance=(deviation / (TEN - 1)) ** 2,
        discount=float(np.exp(-real)),
    )


@dataclass(frozen=True)
class Case:
    """One cell of the policy table; ``path`` is that of the wedge."""

    regime: str
    shock: str
    policy: str
    path: Path
    fundamental: Mapping[str, np.ndarray]
    plumbing: Plumbing
    base: Fundamentals


def case(
    found: Fundamentals,
    regime: str,
    shock: str,
    policy: str,
    scenario: Scenario,
    plumbing: Mapping[str, Plumbing],
    amount: float | None = None,
) -> Case:
    """Solve one cell; ``found`` is scaled to the news.

    ``plumbing`` by policy: purchases are unwound at its rate. ``amount`` over output is
    that of the scenario by default.
    """
    bought = scenario.amount if amount is None else amount
    news = {"purchases": 0.0 if policy == NONE else bought}
    still = {k: np.zeros_like(v) for k, v in found.yields.items()}
    loss = 0.0
    if shock == CAPACITY:
        news["capacity"] = scenario.capacity_loss
    else:
        still, loss = dict(found.yields), found.loss
    own = plumbing[policy]
    return Case(regime, shock, policy, own.path(news, HORIZON, loss), still, own, found)


def spike(one: Case) -> float:
    """Ten-year yield on impact, log per quarter: fundamental and wedge."""
    return float(one.fundamental["10y"][0] + one.path.gaps[0, TEN - 1] / TEN)


def value(one: Case) -> float:
    """Value of purchases to taxpayers, basis points of GDP."""
    booked = book(one.plumbing, one.path, one.path.purchases, one.base.discount)
    return 10_000 * booked.value


def impact(economy: StickyEconomy) -> float:
    """Ten-year yield, log per quarter, on unfunded spending of 1% of GDP on impact.

    Net of demand and without convenience, at the order of the economy.
    """
    names = [f"{part}_{TEN}" for part in _EX_CONVENIENCE]
    moved = [economy.respond(economy.persistent(s), names) for s in (1.0, 0.0)]
    return float(sum(moved[0][n][0] - moved[1][n][0] for n in names))


def distance(one: Case) -> float:
    """Ten-year yield less its fundamental value on impact, basis points a year."""
    return ANNUAL_BP * float(one.path.gaps[0, TEN - 1] / TEN)


def per_100(one: Case) -> float:
    """Value of purchases to taxpayers, percent of what is spent."""
    booked = book(one.plumbing, one.path, one.path.purchases, one.base.discount)
    return 100 * booked.value / booked.spent


def shorter_debt(one: Case) -> float:
    """Quarterly expected inflation, basis points a year, as purchases shorten debt.

    Corhay, Kind, Kung and Morales (2023): where surpluses govern the real value of
    debt, expected inflation moves by the change of the share of short debt times what
    long debt is expected to earn less. Not part of any other number here.
    """
    debt = one.plumbing.values["debt_to_output"]
    share = float(one.path.purchases[0]) / debt
    return -ANNUAL_BP * share * one.base.risk.premium


def cheapness(one: Case) -> float:
    """Percent of fundamental value by which ten-year zeros are cheaper on impact."""
    return float(-100 * np.expm1(-one.path.gaps[0, TEN - 1]))


def share_of_news(one: Case) -> float | None:
    """Share of fiscal news that is left in the ten-year yield; None without news."""
    news = float(one.fundamental["10y"][0])
    if ANNUAL_BP * abs(news) < 0.01:
        return None
    return spike(one) / news


def discovery(one: Case) -> float:
    """R squared of fundamental surprises in those of the ten-year yield.

    Over quarters in which the shock comes beside all that moves fundamentals otherwise.
    """
    other = one.base.variance
    news, moved = float(one.fundamental["10y"][0]), spike(one)
    both = (other + moved * news) ** 2
    return both / ((other + moved**2) * (other + news**2))


def numbers(one: Case, paths: int, seed: int) -> dict[str, Any]:
    """Every number of a cell, by name with its unit in the name."""
    wedge = float(one.path.gaps[0, TEN - 1] / TEN)
    later = float(one.path.gaps[YEAR, TEN - 1] / TEN)
    found: dict[str, Any] = {
        "fundamental_yield_10y_bp": ANNUAL_BP * float(one.fundamental["10y"][0]),
        "yield_10y_bp": ANNUAL_BP * spike(one),
        "distance_10y_bp": ANNUAL_BP * wedge,
        "distance_10y_after_a_year_bp": ANNUAL_BP * later,
        "share_of_news_in_yield": share_of_news(one),
        "discovery_r_squared": discovery(one),
    }
    booked = book(one.plumbing, one.path, one.path.purchases, one.base.discount)
    if one.policy == NONE:
        return found | dict.fromkeys(_PROFITS)
    at = (one.plumbing, one.path, one.base.discount, one.base.risk)
    drawn = realised_profits(*at, paths=paths, seed=seed) * 100 / booked.spent
    low, median, high = np.quantile(drawn, (0.05, 0.5, 0.95))
    per = 100 / booked.spent
    values = (
        100 * booked.spent,
        10_000 * booked.value,
        per * booked.value,
        per * booked.at_purchase,
        per * (booked.value - booked.carry),
        per * expected_profit(*at),
        float(drawn.mean()),
        float(low),
        float(median),
        float(high),
        float(np.mean(drawn < 0)),
    )
    return found | dict(zip(_PROFITS, (float(v) for v in values), strict=True))


_PROFITS = (
    "reserves_pct_gdp",
    "value_bp_gdp",
    "value_per_100",
    "value_at_purchase_per_100",
    "residual_of_accounts_per_100",
    "expected_profit_per_100",
    "realised_mean_per_100",
    "realised_5_per_100",
    "realised_median_per_100",
    "realised_95_per_100",
    "probability_of_loss",
)


def path_records(one: Case, quarters: int) -> list[dict[str, Any]]:
    """Yields by tenor along the expected path, basis points a year."""
    head = {"regime": one.regime, "shock": one.shock, "policy": one.policy}
    wedges = one.path.wedges(list(TENORS.values()))
    return [
        {
            **head,
            "tenor": tenor,
            "quarter": t,
            "fundamental_bp": ANNUAL_BP * float(one.fundamental[tenor][t]),
            "distance_bp": ANNUAL_BP * float(wedges[t, k]),
            "purchases_pct_gdp": 100 * float(one.path.purchases[t]),
        }
        for k, tenor in enumerate(TENORS)
        for t in range(quarters)
    ]
