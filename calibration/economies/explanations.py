"""Explanations of how Treasurys trade, and what tells them apart: one economy each.

Supply shocks and another monetary rule make the bond-stock beta positive without any
fiscal risk (Campbell, Pflueger and Viceira 2020). All have sticky prices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .quantities import QUANTITIES, measured
from .sticky import StickyEconomy

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


_TOLERANCES = {
    "bond_stock_beta_quarterly_10y": 0.02,
    "stock_bond_return_correlation": 0.02,
    "correlation_without_dividend_shock": 0.02,
    "score_yield_10y_ex_convenience": 1.0,
    "one_time_yield_10y_ex_convenience": 0.05,
    "persistent_expected_inflation_5y5y": 0.3,
    "term_premium_10y_level": 0.05,
    "revaluation": 0.02,
    "persistent_unfunded_real_rate_3m": 0.1,
    "fiscal_share_of_all_shocks": 0.01,
    "inflation_volatility": 0.1,
}
MEASURES = {n: Measure(QUANTITIES[n].unit, t) for n, t in _TOLERANCES.items()}


def measures(economy: StickyEconomy) -> dict[str, float]:
    """Every row for one economy."""
    return measured(economy, MEASURES)
