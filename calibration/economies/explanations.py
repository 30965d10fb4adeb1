"""Explanations of how Treasurys trade, and what tells them apart: one economy each.

Supply shocks and another monetary rule make the bond-stock beta positive without any
fiscal risk (Campbell, Pflueger and Viceira 2020). All have sticky prices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .sticky import FISCAL, StickyEconomy
from .sticky_ledger import shares
from .sticky_news import news_quantities, unfunded_share

if TYPE_CHECKING:
    from .store import EconomyStore

# Parameters of the 1980s beside those of the safe economy (Pflueger 2025).
_SUPPLY = {"rho_u": 0.95, "sigma_u": 0.028}
_RULE = {"phi": 1.35, "phi_shadow": 1.35, "rho_i": 0.54, "sigma_m": 0.0014}
# Technology, spending and monetary shocks only, no friction beyond sticky prices.
_TINY = 1e-9
PLAIN = {
    "sigma_x": _TINY,
    "sigma_p": _TINY,
    "sigma_u": _TINY,
    "safety_demand": 0.0,
    "inflation_drag": 0.0,
    "shadow_exposure": 0.0,
}


@dataclass(frozen=True)
class Explanation:
    """A calibration with changes, named for people."""

    label: str
    base: str
    changes: Mapping[str, float] = field(default_factory=dict)


EXPLANATIONS = {
    "safe": Explanation("safe debt", "sticky_safe"),
    "risky": Explanation("risky debt", "sticky_risky"),
    "supply_and_rule": Explanation("supply shocks, rule of the 1980s", "sticky_supply"),
    "supply": Explanation("supply shocks alone", "sticky_safe", _SUPPLY),
    "rule": Explanation("rule of the 1980s alone", "sticky_safe", _RULE),
    "plain_safe": Explanation("plain economy, safe", "sticky_safe", PLAIN),
    "plain_risky": Explanation("plain economy, risky", "sticky_risky", PLAIN),
}


def solved(store: EconomyStore, name: str, order: int = 3) -> StickyEconomy:
    """The economy of an explanation, with the store's changes.

    Raises
    ------
    OverrideError
        A change contradicts what makes the explanation.
    """
    explanation = EXPLANATIONS[name]
    return store.sticky(explanation.base, case=explanation.changes, order=order)


@dataclass(frozen=True)
class Measure:
    """A row: unit, and the size below which a number counts as zero."""

    unit: str
    tolerance: float


MEASURES = {
    "bond_stock_beta_quarterly_10y": Measure("ratio", 0.02),
    "stock_bond_return_correlation": Measure("correlation", 0.02),
    "correlation_without_dividend_shock": Measure("correlation", 0.02),
    "persistent_yield_10y_ex_convenience": Measure("basis points", 1.0),
    "one_time_yield_10y_ex_convenience": Measure("basis points", 0.05),
    "persistent_expected_inflation_5y5y": Measure("basis points", 0.3),
    "term_premium_10y_level": Measure("percent per year", 0.05),
    "revaluation": Measure("percent of debt per PV of 1% of GDP", 0.02),
    "persistent_unfunded_real_rate_3m": Measure("basis points", 0.1),
    "fiscal_share_of_all_shocks": Measure("share of variance", 0.01),
    "inflation_volatility": Measure("percent per year", 0.1),
}


def measures(economy: StickyEconomy) -> dict[str, float]:
    """Every row for one economy, and what the switches ask for."""
    share = unfunded_share(economy)
    found = {
        **news_quantities(economy, "persistent"),
        **news_quantities(economy, "one_time"),
        **shares(economy, economy.persistent(share), economy.persistent(0.0)),
    }
    variance = economy.shares("expected_inflation_40")
    premium = economy.means(("term_premium_40",))["term_premium_40"]
    return found | {
        "bond_stock_beta_quarterly_10y": economy.beta("bond_40"),
        "stock_bond_return_correlation": economy.correlation("bond_40"),
        "correlation_without_dividend_shock": economy.correlation("bond_40", ("e_d",)),
        "term_premium_10y_level": 400 * premium,
        "fiscal_share_of_all_shocks": sum(variance[s] for s in FISCAL),
        "inflation_volatility": 400 * economy.deviations(("inflation",))["inflation"],
    }
