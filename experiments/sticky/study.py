"""The regime table with sticky prices, read net of the demand effect of spending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...calibration.economies.responses import ANNUAL_BP, Quantity
from ...calibration.economies.sticky import LocalEconomy, solve_sticky
from ...calibration.economies.sticky_switching import solve_switching
from ...solvers.pricing.curves import PARTS
from ..regimes.study import record, table
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult
from .rows import ALL_ROWS, news, quantities

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "What is left of the two models where prices are sticky?"
ECONOMIES = {"sticky_safe": "safe", "sticky_risky": "risky"}
SWITCHING = "sticky_switching"
ORDER = 3
HORIZON = 41
# How news is paid for, as the share that no promise of taxes backs.
PAID = {"funded": 0.0, "unfunded": 1.0}
# Numbers that are followed from one order to the next.
FOLLOWED = (
    "persistent_yield_10y_ex_convenience",
    "persistent_term_premium_10y",
    "persistent_expected_inflation_5y5y",
    "persistent_funded_yield_10y_ex_convenience",
    "stress_1sd_yield_10y",
    "stress_3sd_yield_10y",
    "bond_stock_beta_quarterly_10y",
    "treasury_portfolio_beta",
)
LEVELS = {
    "mean_yield_3m": "yield_1",
    "mean_yield_10y": "yield_40",
    "mean_term_premium_10y": "term_premium_40",
    "mean_inflation": "inflation",
}
# Closed-form values: no order changes them.
_FIRST_ORDER = ("share_", "revaluation", "fiscal_share", "monetary_share")


def economy_records(economy: LocalEconomy, regime: str) -> list[dict[str, Any]]:
    """One record per row; a bound is the distance to the solution of order two."""
    fine = quantities(economy)
    rough = quantities(economy.at_order(2)) if economy.solution.order > 2 else {}
    records = []
    for row in ALL_ROWS:
        found = fine[row.quantity]
        bound = None
        known = row.quantity.startswith(_FIRST_ORDER) or "claim" in row.quantity
        if rough and not known:
            bound = abs(found.value - rough[row.quantity].value)
        bounded = Quantity(found.value, found.unit, bound)
        records.append(record(row, economy.name, regime, bounded))
    return records


def switching_records(
    economies: Mapping[str, LocalEconomy],
) -> list[dict[str, Any]]:
    """One record per row and regime; premia, which are of higher order, are not in."""
    return [
        record(row, SWITCHING, regime, found[row.quantity])
        for regime, economy in economies.items()
        for found in [quantities(economy)]
        for row in ALL_ROWS
        if "premium" not in row.quantity
    ]


def switching_evidence(economy: LocalEconomy) -> list[dict[str, Any]]:
    """Residuals and radii that say the solution is the only stable one."""
    solution = economy.solution
    checks = {
        "determinacy": "one mean-square stable solution",
        "steady_state_residual": max(map(abs, solution.steady_residuals.values())),
        **solution.evidence,
    }
    return [{"economy": SWITCHING, "check": k, "value": v} for k, v in checks.items()]


def evidence(economy: LocalEconomy) -> list[dict[str, Any]]:
    """Determinacy, residuals and radii, then numbers at orders one to three."""
    solution = economy.solution
    head = {"economy": economy.name}
    checks = {
        "determinacy": str(solution.determinacy.verdict),
        "steady_state_residual": max(map(abs, solution.steady_residuals.values())),
        **solution.evidence,
    }
    rows = [{**head, "check": k, "value": v} for k, v in checks.items()]
    for order in range(1, solution.order + 1):
        at = economy.at_order(order)
        found = {k: v.value for k, v in quantities(at).items() if k in FOLLOWED}
        means = at.means(tuple(LEVELS.values()))
        found |= {k: 400 * means[n] for k, n in LEVELS.items()}
        rows += [
            {**head, "check": k, "order": order, "value": v} for k, v in found.items()
        ]
    return rows


def impulse_responses(economy: LocalEconomy) -> list[dict[str, Any]]:
    """The ten-year yield and its parts after persistent news, basis points a year.

    Convenience counts with its sign, so that the parts add up to the yield.
    """
    names = ["yield_40", *(f"{p}_40" for p in PARTS)]
    records = []
    for paid, share in PAID.items():
        path = economy.response(news(economy, "persistent", share), names, HORIZON)
        moves = {k: ANNUAL_BP * v for k, v in path.items()}
        moves["convenience_40"] = -moves["convenience_40"]
        records += [
            {
                "economy": economy.name,
                "news": paid,
                "quarter": quarter,
                **{n.removesuffix("_40"): float(moves[n][quarter]) for n in names},
            }
            for quarter in range(HORIZON)
        ]
    return records


def order_table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Numbers by order side by side, one line per economy and number."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if "order" in row:
            key = (row["economy"], row["check"])
            line = lines.setdefault(key, {"economy": key[0], "quantity": key[1]})
            line[f"order {row['order']}"] = row["value"]
    return list(lines.values())


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("sticky", question=QUESTION, order=1.5, section=_section)
def sticky(context: ExperimentContext) -> ExperimentResult:
    """Fill the regime table from the sticky-price economy: safe, risky, switching."""
    import pandas as pd

    from .figure import draw

    records: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    moves: list[dict[str, Any]] = []
    parameters = {}
    for name, regime in ECONOMIES.items():
        context.progress.say(f"solving the {name} economy to order {ORDER}")
        economy = solve_sticky(name, context.overrides, ORDER)
        parameters[name] = economy.calibration.by_name
        records += economy_records(economy, regime)
        checks += evidence(economy)
        moves += impulse_responses(economy)
    context.progress.say(f"solving the {SWITCHING} economy to first order")
    changing = solve_switching(SWITCHING, context.overrides)
    parameters[SWITCHING] = changing["safe"].calibration.by_name
    records += switching_records(changing)
    checks += switching_evidence(changing["safe"])
    parts = pd.DataFrame(moves)
    parts.attrs["units"] = dict.fromkeys(("yield", *PARTS), "basis points")
    return ExperimentResult(
        tables={
            "sticky": table(records),
            "sticky_orders": pd.DataFrame(order_table(checks)),
            "sticky_responses": parts,
        },
        records={"sticky": records, "sticky_evidence": checks},
        figures={"sticky": draw(moves)},
        notes=[_lead(records), NET],
        parameters=parameters,
        quantities={
            f"{_code(r)}_{r['quantity']}": (r["value"], r["unit"]) for r in records
        },
    )


def _code(record: Mapping[str, Any]) -> str:
    """Economy and regime in the name of a quantity."""
    economy, regime = record["economy"], record["regime"]
    return f"{economy}_{regime}" if economy == SWITCHING else economy


NET = (
    "Purchases move demand, hours and real rates, whoever pays for them. Rows on news "
    "are therefore net of demand: the response to news as the economy pays for it less "
    "that to the same news fully funded. In the risky economy the share 1 − θ is "
    "unfunded; in the safe one all of the news is left without a promise, the harder "
    "reading, and the rule of taxes repays it. There the difference vanishes because "
    "one rule governs all news: the zeros check the solution, they are no finding. "
    "Gross responses stand below. Shares of "
    "who bears the news treat funded news as borne by taxpayers. Rows on convenience, "
    "stress and the real short rate as financed are gross. A transfer moves the face "
    "value of debt, not spending. Betas and correlations come from closed-form "
    "covariances of unexpected quarterly returns, slopes on debt from closed-form "
    "moments. Values, shares and betas of claims "
    "are first-order. Intercepts of the rules of taxes and of the policy rate are such "
    "that mean inflation and mean debt of the second-order solution hit their targets."
)


def _lead(records: list[dict[str, Any]]) -> str:
    """What is delivered, and what the demand effect is."""
    counted = [r for r in records if r["verdict"] is not None]
    banded = [r for r in records if r["in_band"] is not None]
    delivered = sum(r["verdict"] == "delivered" for r in counted)
    value = {(r["economy"], r["quantity"]): r["value"] for r in records}
    bare = "yield_10y_ex_convenience"
    gross = value["sticky_safe", f"persistent_funded_{bare}"]
    net = value["sticky_risky", f"persistent_{bare}"]
    # Zero up to rounding: no sign.
    none = round(value["sticky_safe", f"persistent_{bare}"], 1) + 0.0
    return (
        f"{delivered} of {len(counted)} claims are delivered; "
        f"{sum(r['in_band'] for r in banded)} of {len(banded)} numbers lie in "
        "the band judged from the record. Funded spending news of 1% of GDP moves the "
        f"ten-year yield without convenience by {gross:+.1f} bp in the safe economy: "
        "the demand effect. Net of it, the news moves the yield by "
        f"{none:+.1f} bp where debt is safe and by {net:+.1f} bp where it is risky."
    )
