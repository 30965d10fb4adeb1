"""Solve the policy table, book every purchase, and take the mechanism away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.intermediaries import Plumbing, load_plumbing
from ...calibration.economies.protocol import ANNUAL_BP
from ...calibration.economies.store import EconomyStore
from ...errors import FiscaxError
from ...models.markets import intermediary_parameters, purchases
from ..study import Findings, Setting
from ..tables import table
from . import cases, discovery, mixture
from .model import Record, Scenario, load_record, load_scenario

if TYPE_CHECKING:
    import xarray as xr

# The scenario's parameters and those of intermediaries; each policy has its own
# ``rho_purchases``.
_SCENARIO = {p.name for p in purchases.PARAMETERS}
_INTERMEDIARIES = {p.name for p in intermediary_parameters.PARAMETERS}
OPTIONS = (*purchases.PARAMETERS, *intermediary_parameters.PARAMETERS)

ORDER = 3
PATHS = 10_000
# Quarters of paths that are kept.
QUARTERS = 24
OFF = {"intermediary_risk_aversion": 0.0}
HEDGE_FUNDS = tuple(np.round(np.linspace(0.0, 0.16, 65), 4).tolist())
# Shares of purchases kept from quarter to quarter.
KEPT = (0.0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95)
# Shares of bills in the debt beside today's.
MORE_BILLS = (0.4, 0.6)
# Amounts of ten-year zeros that are tried, over annual output, beside the Bank's.
AMOUNTS = (0.005, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07)
CELL = ("regime", "shock", "policy")
UNITS = {
    "fundamental_yield_10y_bp": "basis points",
    "yield_10y_bp": "basis points",
    "distance_10y_bp": "basis points",
    "distance_10y_after_a_year_bp": "basis points",
    "share_of_news_in_yield": "ratio",
    "discovery_r_squared": "ratio",
    "reserves_pct_gdp": "percent of annual GDP",
    "value_bp_gdp": "basis points of GDP",
    "value_per_100": "percent of purchases",
    "value_before_impact_per_100": "percent of purchases",
    "value_at_purchase_per_100": "percent of purchases",
    "residual_of_accounts_per_100": "percent of purchases",
    "expected_profit_per_100": "percent of purchases",
    "realised_mean_per_100": "percent of purchases",
    "realised_5_per_100": "percent of purchases",
    "realised_median_per_100": "percent of purchases",
    "realised_95_per_100": "percent of purchases",
    "probability_of_loss": "ratio",
    "spike_bp": "basis points",
    "rule_amount_pct_gdp": "percent of annual GDP",
    "rule_value_bp_gdp": "basis points of GDP",
    "fundamental_bp": "basis points",
    "distance_bp": "basis points",
    "purchases_pct_gdp": "percent of annual GDP",
    "multiplier": "ratio",
    "omega": "ratio",
    "safe_distance_10y_bp": "basis points",
    "safe_value_per_100": "percent of purchases",
    "risky_distance_10y_bp": "basis points",
    "risky_value_per_100": "percent of purchases",
}
MIXED = ("regime", "policy")
MIXTURE_UNITS = {
    "frequency": "probability per quarter",
    "no_price": "probability per quarter",
    "value_per_100": "percent of purchases",
    "standard_error": "percent of purchases",
    "break_even_share": "share of spikes",
    "share_of_rise": "share of the rise",
    "chance_main": "probability",
}
_RULE = (
    "spike_bp",
    "value_before_impact_per_100",
    "rule_amount_pct_gdp",
    "rule_value_bp_gdp",
)


class PurchasesError(FiscaxError):
    """The scenario cannot be set up with these parameters."""


def split(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of the scenario and of intermediaries.

    Raises
    ------
    PurchasesError
        ``rho_purchases``, which each policy has its own value of.
    """
    if "rho_purchases" in options:
        raise PurchasesError(
            "rho_purchases: each policy has its own, give kept_backstop or kept_lasting"
        )
    scenario = {k: v for k, v in options.items() if k in _SCENARIO}
    return scenario, {k: v for k, v in options.items() if k in _INTERMEDIARIES}


def by_policy(own: Mapping[str, Any], scenario: Scenario) -> dict[str, Plumbing]:
    """Intermediaries by policy: purchases are unwound at its rate."""
    kept = {
        cases.NONE: {},
        **{k: {"rho_purchases": v} for k, v in scenario.kept.items()},
    }
    return {k: load_plumbing({**own, **v}) for k, v in kept.items()}


def news_size(risky: cases.Fundamentals, scenario: Scenario) -> float:
    """Percent of GDP of unfunded spending that moves risky yields by the spike.

    Raises
    ------
    PurchasesError
        Risky yields do not rise on unfunded spending.
    """
    per_point = float(risky.yields["10y"][0])
    if ANNUAL_BP * per_point < 0.1:
        raise PurchasesError(
            f"unfunded spending moves the risky ten-year yield by "
            f"{ANNUAL_BP * per_point:.2f} bp per 1% of GDP: give phi_shadow below 1"
        )
    return scenario.spike / per_point


def every_case(
    found: Mapping[str, cases.Fundamentals],
    scenario: Scenario,
    plumbing: Mapping[str, Plumbing],
) -> list[cases.Case]:
    """Every cell: regime, shock, policy."""
    return [
        cases.case(found[regime], regime, shock, policy, scenario, plumbing)
        for regime in cases.REGIMES
        for shock in cases.SHOCKS
        for policy in cases.POLICIES
    ]


def policy_table(
    cells: Sequence[cases.Case],
    scenario: Scenario,
    plumbing: Mapping[str, Plumbing],
    seed: int,
) -> xr.Dataset:
    """Numbers of every cell, by regime, shock and policy.

    Those of the rule: the amount is bought that the spike without purchases asks for,
    none where yields do not rise.
    """
    still = {(c.regime, c.shock): c for c in cells if c.policy == cases.NONE}
    lines = []
    for one in cells:
        head = {"regime": one.regime, "shock": one.shock, "policy": one.policy}
        line = head | cases.numbers(one, PATHS, seed) | dict.fromkeys(_RULE)
        if one.policy != cases.NONE:
            alone = still[one.regime, one.shock]
            line["value_before_impact_per_100"] = cases.cheapness(alone)
            line["spike_bp"] = ANNUAL_BP * cases.spike(alone)
            rise = max(cases.spike(alone), 0.0)
            amount = scenario.amount * rise / scenario.spike
            ruled = cases.case(
                one.base, one.regime, one.shock, one.policy, scenario, plumbing, amount
            )
            line["rule_amount_pct_gdp"] = 100 * amount
            line["rule_value_bp_gdp"] = cases.value(ruled)
        lines.append(line)
    return table(lines, CELL, UNITS)


def varied_table(
    found: Mapping[str, cases.Fundamentals],
    scenario: Scenario,
    own: Mapping[str, Any],
    record: Record,
) -> xr.Dataset:
    """Value per 100 bought by the share kept each quarter and by the amount.

    One of them is that of the backstop while the other varies.
    """
    backstop = scenario.kept["backstop"]
    first, *more = AMOUNTS
    pairs = [("kept", kept, scenario.amount) for kept in KEPT]
    amounts = (first, record.amount, *more)
    pairs += [("amount", backstop, amount) for amount in amounts]
    lines = []
    for varied, kept, amount in pairs:
        plumbing = {"declared": load_plumbing({**own, "rho_purchases": kept})}
        line = {"varied": varied, "kept": kept, "amount_pct_gdp": 100 * amount}
        for regime, shock in cases.PAIRS.items():
            at = (regime, shock, "declared", scenario, plumbing, amount)
            solved = cases.case(found[regime], *at)
            line[f"{regime}_distance_10y_bp"] = cases.distance(solved)
            line[f"{regime}_value_per_100"] = cases.per_100(solved)
        lines.append(line)
    return table(lines, ("varied", "kept", "amount_pct_gdp"), UNITS)


def fragility_table(plumbing: Plumbing, loss: float) -> xr.Dataset:
    """Ten-year yield on the same loss of capacity, by share of hedge funds and bills.

    No value where losses force sales without end.
    """
    own = (plumbing.values["bill_share"], *MORE_BILLS)
    shares, bills = np.meshgrid(HEDGE_FUNDS, own, indexing="ij")
    grid = {
        "hedge_fund_share": shares.ravel().tolist(),
        "bill_share": bills.ravel().tolist(),
    }
    wedges, slopes = plumbing.across(grid, {"capacity": loss})
    found = ANNUAL_BP * wedges[:, cases.TENORS["10y"] - 1]
    lines = [
        {
            "hedge_fund_share": float(h),
            "bill_share": float(b),
            "yield_10y_bp": float(w) if np.isfinite(w) else None,
            "multiplier": float(1 / (1 - s)) if np.isfinite(s) else None,
        }
        for h, b, w, s in zip(*grid.values(), found, slopes, strict=True)
    ]
    return table(lines, ("hedge_fund_share", "bill_share"), UNITS)


def bill_table(store: EconomyStore, plumbing: Plumbing, size: float) -> xr.Dataset:
    """Fundamental ten-year yields on the same spending when bills replace bonds.

    Debt is as much shorter as the share of bonds is smaller; first order.
    """
    own = plumbing.values["bill_share"]
    lines = []
    for regime in cases.REGIMES:
        start = store.sticky(f"sticky_{regime}", order=1).parameters["omega"]
        for bills in sorted({own, *MORE_BILLS}):
            shorter = (1 - bills) / (1 - own)
            omega = 1 - (1 - start) / shorter
            given = {"omega": omega} if bills != own else {}
            economy = store.sticky(f"sticky_{regime}", given, order=1)
            lines.append(
                {
                    "regime": regime,
                    "bill_share": bills,
                    "omega": omega,
                    "yield_10y_bp": ANNUAL_BP * size * cases.impact(economy),
                }
            )
    return table(lines, ("regime", "bill_share"), UNITS)


def path_table(cells: Sequence[cases.Case]) -> xr.Dataset:
    """Yields along the expected path by regime, shock, policy, tenor and quarter."""
    lines = [r for c in cells for r in cases.path_records(c, QUARTERS)]
    return table(lines, (*CELL, "tenor", "quarter"), UNITS)


def mixture_tables(
    store: EconomyStore,
    scenario: Scenario,
    plumbing: Mapping[str, Plumbing],
    discounts: Mapping[str, float],
    seed: int,
) -> dict[str, xr.Dataset]:
    """Spikes of every regime: what they are made of, and what answering them earns.

    The economies with flexible prices, where investors price the risk of debt.
    """
    size = plumbing[cases.NONE].values["sigma_capacity"]
    lines, shocks = [], []
    for regime in cases.REGIMES:
        losses = mixture.tabulate(plumbing, scenario, discounts[regime])
        found = mixture.spikes(store.core(regime), losses, size, scenario, seed)
        shocks += [
            {
                "regime": regime,
                "shock": shock,
                "share_of_rise": share,
                "chance_main": found["main_shock"][shock],
            }
            for shock, share in found["by_shock"].items()
        ]
        lines += [
            {
                "regime": regime,
                "policy": policy,
                "frequency": found["frequency"],
                "no_price": found["no_price"],
                "value_per_100": value,
                "standard_error": error,
                "break_even_share": mixture.break_even(
                    losses, policy, scenario.capacity_loss
                ),
            }
            for policy, (value, error) in found["values"].items()
        ]
    return {
        "lsap_mixture": table(lines, MIXED, MIXTURE_UNITS),
        "lsap_mixture_shocks": table(shocks, ("regime", "shock"), MIXTURE_UNITS),
    }


def measure(setting: Setting) -> Findings:
    """Measure everything that the section shows.

    Raises
    ------
    PurchasesError
        The scenario cannot be set up.
    CalibrationError, SolutionError
        From intermediaries and economies.
    """
    chosen, own = split(setting.options)
    scenario = load_scenario(chosen)
    record = load_record()
    plumbing = by_policy(own, scenario)
    bare = plumbing[cases.NONE]
    setting.progress.say("solving: sticky prices, safe and risky debt")
    economies = {
        r: setting.store.sticky(f"sticky_{r}", order=ORDER) for r in cases.REGIMES
    }
    per_point = {r: cases.fundamentals(e, bare.maturity) for r, e in economies.items()}
    size = news_size(per_point["risky"], scenario)
    found = {r: f.scaled(size) for r, f in per_point.items()}
    setting.progress.say("booking purchases")
    cells = every_case(found, scenario, plumbing)
    free = by_policy({**own, **OFF}, scenario)
    policies = policy_table(cells, scenario, plumbing, setting.seed)
    without = every_case(found, scenario, free)
    setting.progress.say("drawing spikes of both regimes")
    discounts = {r: f.discount for r, f in found.items()}
    mixed = mixture_tables(setting.store, scenario, plumbing, discounts, setting.seed)
    return Findings(
        {
            "lsap": policies,
            "lsap_paths": path_table(cells),
            "lsap_switch": policy_table(without, scenario, free, setting.seed),
            "lsap_fragility": fragility_table(bare, scenario.capacity_loss),
            "lsap_bills": bill_table(setting.store, bare, size),
            "lsap_varied": varied_table(found, scenario, own, record),
            **mixed,
            "lsap_discovery": table(
                discovery.discovery_records(
                    cells, {r: setting.store.core(r) for r in cases.REGIMES}, bare
                ),
                ("regime", "policy"),
                discovery.UNITS,
            ),
        },
        parameters={
            "scenario": scenario.calibration.by_name,
            "plumbing": bare.calibration.by_name,
            **{f"sticky_{r}": e.calibration.by_name for r, e in economies.items()},
            **{r: setting.store.core(r).calibration.by_name for r in cases.REGIMES},
        },
        quantities=_quantities(policies),
        extra={
            "scenario": scenario,
            "record": record,
            "size": size,
            "plumbing": bare,
            "shorter_debt": next(
                cases.shorter_debt(c)
                for c in cells
                if (c.regime, c.policy) == ("risky", "lasting")
            ),
        },
    )


def _quantities(policies: xr.Dataset) -> dict[str, tuple[float, str]]:
    found = {}
    for name in ("value_per_100", "distance_10y_bp"):
        for cell in policies[name].stack(cell=CELL).dropna("cell"):
            key = "_".join(map(str, cell["cell"].item()))
            found[f"{key}_{name}"] = (float(cell), UNITS[name])
    return found
