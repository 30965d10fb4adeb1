"""Purchases of long bonds: two shocks, two answers or none, two regimes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.economies.intermediaries import Plumbing, load_plumbing
from ...calibration.economies.responses import ANNUAL_BP
from ...calibration.economies.sticky import solve_sticky
from ...errors import FiscaxError
from ...models.markets.intermediary_parameters import PARAMETERS
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult, filled
from ..slide_claims import slide_records
from . import rows
from .model import SCENARIO, Scenario, load_scenario
from .settings import AMOUNTS, BILLS, HEDGE_FUNDS, KEPT, OFF, ORDER, PATHS, QUARTERS

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "Do asset purchases create value for taxpayers or destroy it?"
_RULE = (
    "spike_bp",
    "value_before_impact_per_100",
    "rule_amount_pct_gdp",
    "rule_value_bp_gdp",
)
_OWN = {p.name for p in PARAMETERS}


class PurchasesError(FiscaxError):
    """The scenario cannot be set up with these parameters."""


def split(overrides: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Overrides of intermediaries, of the scenario and of the economies.

    Raises
    ------
    PurchasesError
        ``rho_purchases``, which each policy has its own value of.
    """
    if "rho_purchases" in overrides:
        raise PurchasesError(
            "rho_purchases: each policy has its own, give kept_backstop or kept_lasting"
        )
    found: dict[str, dict[str, Any]] = {"plumbing": {}, "scenario": {}, "economy": {}}
    for name, value in overrides.items():
        owner = "plumbing" if name in _OWN else "economy"
        found["scenario" if name in SCENARIO else owner][name] = value
    return found


def by_policy(own: Mapping[str, Any], scenario: Scenario) -> dict[str, Plumbing]:
    """Intermediaries by policy: purchases are unwound at its rate."""
    kept = {
        rows.NONE: {},
        **{k: {"rho_purchases": v} for k, v in scenario.kept.items()},
    }
    return {k: load_plumbing({**own, **v}) for k, v in kept.items()}


def news_size(risky: rows.Fundamentals, scenario: Scenario) -> float:
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


def cases(
    found: Mapping[str, rows.Fundamentals],
    scenario: Scenario,
    plumbing: Mapping[str, Plumbing],
) -> list[rows.Case]:
    """Every cell: regime, shock, policy."""
    return [
        rows.case(found[regime], regime, shock, policy, scenario, plumbing)
        for regime in rows.REGIMES
        for shock in rows.SHOCKS
        for policy in rows.POLICIES
    ]


def policy_records(
    cells: Sequence[rows.Case],
    scenario: Scenario,
    plumbing: Mapping[str, Plumbing],
    seed: int,
) -> list[dict[str, Any]]:
    """One flat record per cell.

    Numbers of the rule: the amount is bought that the spike without purchases asks
    for, none where yields do not rise.
    """
    records = []
    still = {(c.regime, c.shock): c for c in cells if c.policy == rows.NONE}
    for one in cells:
        head = {"regime": one.regime, "shock": one.shock, "policy": one.policy}
        record = head | rows.numbers(one, PATHS, seed)
        record |= dict.fromkeys(_RULE)
        if one.policy != rows.NONE:
            alone = still[one.regime, one.shock]
            record["value_before_impact_per_100"] = rows.cheapness(alone)
            record["spike_bp"] = ANNUAL_BP * rows.spike(alone)
            rise = max(rows.spike(alone), 0.0)
            amount = scenario.amount * rise / scenario.spike
            ruled = rows.case(
                one.base, one.regime, one.shock, one.policy, scenario, plumbing, amount
            )
            record["rule_amount_pct_gdp"] = 100 * amount
            record["rule_value_bp_gdp"] = rows.value(ruled)
        records.append(record)
    return records


def varied_records(
    found: Mapping[str, rows.Fundamentals], scenario: Scenario, own: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Value per 100 bought by the share kept each quarter and by the amount.

    One of them is that of the backstop while the other varies.
    """
    backstop = scenario.kept["backstop"]
    pairs = [("kept", kept, scenario.amount) for kept in KEPT]
    pairs += [("amount", backstop, amount) for amount in AMOUNTS]
    records = []
    for varied, kept, amount in pairs:
        plumbing = {"declared": load_plumbing({**own, "rho_purchases": kept})}
        record = {"varied": varied, "kept": kept, "amount_pct_gdp": 100 * amount}
        for regime, shock in rows.PAIRS.items():
            at = (regime, shock, "declared", scenario, plumbing, amount)
            solved = rows.case(found[regime], *at)
            record[f"{regime}_distance_10y_bp"] = rows.distance(solved)
            record[f"{regime}_value_per_100"] = rows.per_100(solved)
        records.append(record)
    return records


def fragility_records(plumbing: Plumbing, loss: float) -> list[dict[str, Any]]:
    """Ten-year yield on the same loss of capacity by share of hedge funds and bills.

    None where losses force sales without end.
    """
    shares = np.repeat(HEDGE_FUNDS, len(BILLS))
    bills = np.tile(BILLS, len(HEDGE_FUNDS))
    grid = {"hedge_fund_share": shares, "bill_share": bills}
    wedges, slopes = plumbing.across(grid, {"capacity": loss})
    found = ANNUAL_BP * wedges[:, rows.TENORS["10y"] - 1]
    return [
        {
            "hedge_fund_share": float(h),
            "bill_share": float(b),
            "yield_10y_bp": float(w) if np.isfinite(w) else None,
            "multiplier": float(1 / (1 - s)) if np.isfinite(s) else None,
        }
        for h, b, w, s in zip(shares, bills, found, slopes, strict=True)
    ]


def bill_records(
    overrides: Mapping[str, Any], plumbing: Plumbing, size: float
) -> list[dict[str, Any]]:
    """Fundamental ten-year yields on the same spending when bills replace bonds.

    Debt is as much shorter as the share of bonds is smaller; first order.
    """
    own = plumbing.values["bill_share"]
    records = []
    for regime in rows.REGIMES:
        start = solve_sticky(f"sticky_{regime}", overrides, 1).parameters["omega"]
        for bills in sorted({own, *BILLS}):
            shorter = (1 - bills) / (1 - own)
            omega = 1 - (1 - start) / shorter
            given = {**overrides, "omega": omega} if bills != own else overrides
            economy = solve_sticky(f"sticky_{regime}", given, 1)
            records.append(
                {
                    "regime": regime,
                    "bill_share": bills,
                    "omega": omega,
                    "yield_10y_bp": ANNUAL_BP * size * rows.impact(economy),
                }
            )
    return records


def switch_records(
    found: Mapping[str, rows.Fundamentals],
    scenario: Scenario,
    own: Mapping[str, Any],
    seed: int,
) -> list[dict[str, Any]]:
    """The same table when intermediaries mind no risk."""
    free = by_policy({**own, **OFF}, scenario)
    return policy_records(cases(found, scenario, free), scenario, free, seed)


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("lsap", question=QUESTION, order=5.66, section=_section)
def lsap(context: ExperimentContext) -> ExperimentResult:
    """Solve the policy table, book every purchase, and take the mechanism away."""
    from . import claims as lsap_claims
    from . import figure as lsap_figure
    from . import notes as lsap_notes

    parts = split(context.overrides)
    scenario = load_scenario(parts["scenario"])
    plumbing = by_policy(parts["plumbing"], scenario)
    context.progress.say("solving: sticky prices, safe and risky debt")
    economies = {
        r: solve_sticky(f"sticky_{r}", parts["economy"], ORDER) for r in rows.REGIMES
    }
    bare = plumbing[rows.NONE]
    per_point = {r: rows.fundamentals(e, bare.maturity) for r, e in economies.items()}
    size = news_size(per_point["risky"], scenario)
    found = {r: f.scaled(size) for r, f in per_point.items()}
    context.progress.say("booking purchases")
    cells = cases(found, scenario, plumbing)
    records = policy_records(cells, scenario, plumbing, context.seed)
    off = switch_records(found, scenario, parts["plumbing"], context.seed)
    fragile = fragility_records(bare, scenario.capacity_loss)
    varied = varied_records(found, scenario, parts["plumbing"])
    bills = bill_records(parts["economy"], bare, size)
    paths = [r for c in cells for r in rows.path_records(c, QUARTERS)]
    claims = lsap_claims.claims(records, off, fragile, bills)
    return ExperimentResult(
        tables={"lsap": filled(records), "lsap_fragility": filled(fragile)},
        records={
            "lsap": records,
            "lsap_paths": paths,
            "lsap_switch": off,
            "lsap_fragility": fragile,
            "lsap_bills": bills,
            "lsap_varied": varied,
            **slide_records("lsap", claims),
        },
        figures={
            "lsap": lsap_figure.draw(paths, scenario.kept),
            "lsap_fragility": lsap_figure.draw_fragility(fragile),
        },
        notes=[
            lsap_notes.lead(records),
            lsap_notes.how(records, size, scenario, bare),
            lsap_notes.sizes(records, varied),
            lsap_notes.fragility(fragile, bills),
            lsap_notes.switched(off),
            lsap_notes.limits(cells),
        ],
        parameters={
            "scenario": scenario.calibration.by_name,
            "plumbing": bare.calibration.by_name,
            **{f"sticky_{r}": e.calibration.by_name for r, e in economies.items()},
        },
        quantities=_quantities(records),
    )


def _quantities(records: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, str]]:
    units = {"value_per_100": "percent of purchases", "distance_10y_bp": "basis points"}
    return {
        f"{r['regime']}_{r['shock']}_{r['policy']}_{name}": (r[name], unit)
        for r in records
        for name, unit in units.items()
        if r[name] is not None
    }
