"""The regime table with sticky prices, read net of the demand effect of spending.

News of spending moves demand, whoever pays for it. It is asked about in two ways: as
financed, by the fiscal rule of each regime, and net of demand, where the same share is
unfunded in every economy, less the same news fully funded. Rows of the table are net;
gross responses are rows too, and so is what the rule of the policy rate has to do with
them, and the spending that comes with stress.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...calibration.economies.protocol import ANNUAL_BP, FUNDINGS, Funding
from ...calibration.economies.quantities import QUANTITIES, measured
from ...calibration.economies.responses import yield_responses
from ...calibration.economies.sticky import StickyEconomy
from ...calibration.economies.sticky_switching import SWITCHING
from ...calibration.record import spending_in_stress
from ...solvers.pricing.curves import PARTS
from ..claims import Expectation
from ..predictions import ROWS, Prediction, labelled, of_first_order, record
from ..study import Findings, Setting
from ..tables import table

ECONOMIES = {"sticky_safe": "safe", "sticky_risky": "risky"}
ORDER = 3
HORIZON = 41
# Of the economy that switches, where premia are asked for.
SECOND = 2
PREMIA = (
    "term_premium_40",
    "real_term_premium_40",
    "inflation_risk_premium_40",
    "yield_40",
    "yield_1",
    "inflation",
)
# What the permanent economies have otherwise than the one that switches.
_SHARED = ("rate_offset", "tax_offset", "safety_bill", "safety_long")
PAID: tuple[Funding, ...] = ("funded", "unfunded")
BARE = "yield_10y_ex_convenience"
# What the rule answers: output over its trend, or its gap.
RULES = {"trend": 0.0, "gap": 1.0}
# Spending that comes with stress, standard errors from the record; None is none.
RECORD = {"none": None, "low": -2.0, "record": 0.0, "high": 2.0}
NEWS_UNITS = {
    "share_as_financed": "share unfunded",
    "share_asked": "share unfunded",
    **dict.fromkeys(("funded", "as_financed", "net", "unfunded_net"), "basis points"),
    "expected_inflation_5y5y": "basis points",
    "spending": "percent of GDP",
    **dict.fromkeys(("promised", "unpromised"), "basis points"),
}
_NEWS = {"persistent": "spending news", "one_time": "a transfer"}
_OWN = (
    *(
        Prediction(f"gross responses to {label}", f"{news}_{paid}_{part}")
        for news, label in _NEWS.items()
        for paid in FUNDINGS
        for part in ("yield_10y_ex_convenience", "expected_inflation_5y5y")
    ),
    Prediction(
        "real short rate after the shock",
        "persistent_as_financed_real_rate_3m",
        Expectation("positive", 0.1),
        Expectation("negative", 0.1),
    ),
    Prediction("real short rate after the shock", "persistent_real_rate_3m"),
    Prediction("leading authority", "fiscal_share_gross"),
    Prediction("leading authority", "fiscal_share_of_all_shocks"),
)
# Rows of its own stand below those of the same name.
_GROUPS = list(dict.fromkeys(row.row for row in (*ROWS, *_OWN)))
ALL_ROWS = tuple(sorted((*ROWS, *_OWN), key=lambda row: _GROUPS.index(row.row)))
_NAMES = tuple(row.quantity for row in ALL_ROWS)
# Numbers that are followed from one order to the next.
FOLLOWED = (
    "stress_1sd_yield_10y",
    "stress_3sd_yield_10y",
    "persistent_yield_10y_ex_convenience",
    "persistent_term_premium_10y",
    "persistent_expected_inflation_5y5y",
    "persistent_funded_yield_10y_ex_convenience",
    "treasury_portfolio_beta",
    "bond_stock_beta_quarterly_10y",
)
LEVELS = {
    "mean_yield_3m": "yield_1",
    "mean_yield_10y": "yield_40",
    "mean_term_premium_10y": "term_premium_40",
    "mean_inflation": "inflation",
}


def economy_records(economy: StickyEconomy) -> list[dict[str, Any]]:
    """One record per row; a bound is the distance to the solution of order two."""
    fine = measured(economy, _NAMES)
    rough = {}
    if economy.solution.order > 2:
        rough = measured(economy.at_order(2), _NAMES)
    found = []
    for row in ALL_ROWS:
        value, bound = fine[row.quantity], None
        # No order changes closed-form values.
        if rough and not QUANTITIES[row.quantity].first_order:
            bound = abs(value - rough[row.quantity])
        found.append(record(row, economy.name, economy.regime, value, bound))
    return found


def switching_records(
    economies: Mapping[str, StickyEconomy],
) -> list[dict[str, Any]]:
    """One record per row and regime; premia, which are of higher order, are not in."""
    rows = of_first_order(ALL_ROWS)
    return [
        record(row, SWITCHING, regime, found[row.quantity])
        for regime, economy in economies.items()
        for found in [measured(economy, [row.quantity for row in rows])]
        for row in rows
    ]


def evidence(economy: StickyEconomy) -> list[dict[str, Any]]:
    """Determinacy, residuals and radii that say the solution is the only stable one."""
    solution = economy.solution
    verdict = str(solution.determinacy.verdict)
    if economy.chain is not None:
        verdict = "one mean-square stable solution"
    checks = {
        "determinacy": verdict,
        "steady_state_residual": max(map(abs, solution.steady_residuals.values())),
        **solution.evidence,
    }
    head = {"economy": economy.name}
    return [{**head, "check": k, "value": v} for k, v in checks.items()]


def by_order(economy: StickyEconomy) -> list[dict[str, Any]]:
    """Numbers at every order of the solution up to its own."""
    found = []
    for order in range(1, economy.solution.order + 1):
        at = economy.at_order(order)
        means = at.means(tuple(LEVELS.values()))
        numbers = measured(at, FOLLOWED)
        numbers |= {k: 400 * means[n] for k, n in LEVELS.items()}
        head = {"economy": economy.name}
        found += [
            {**head, "check": k, "order": order, "value": v} for k, v in numbers.items()
        ]
    return found


def impulse_responses(economy: StickyEconomy) -> list[dict[str, Any]]:
    """The ten-year yield and its parts after persistent news, basis points a year.

    Convenience counts with its sign, so that the parts add up to the yield.
    """
    names = ["yield_40", *(f"{p}_40" for p in PARTS)]
    found = []
    for paid in PAID:
        path = economy.respond(economy.news("persistent", paid), names, HORIZON)
        moves = {k: ANNUAL_BP * v for k, v in path.items()}
        moves["convenience_40"] = -moves["convenience_40"]
        found += [
            {
                "economy": economy.name,
                "news": paid,
                "quarter": quarter,
                **{n.removesuffix("_40"): float(moves[n][quarter]) for n in names},
            }
            for quarter in range(HORIZON)
        ]
    return found


def news_record(economy: StickyEconomy) -> dict[str, Any]:
    """The ten-year yield on the same news, as financed and net of demand, with shares.

    Basis points a year per 1% of GDP of spending, without convenience.
    """
    gross = {
        paid: yield_responses(economy, economy.news("persistent", paid))
        for paid in (*FUNDINGS, "asked")
    }
    bare = {paid: found[BARE] for paid, found in gross.items()}
    return {
        "share_as_financed": economy.unfunded_share,
        "share_asked": economy.asked_share,
        "funded": bare["funded"],
        "as_financed": bare["as_financed"],
        "net": bare["asked"] - bare["funded"],
        "unfunded_net": bare["unfunded"] - bare["funded"],
        "expected_inflation_5y5y": gross["as_financed"]["expected_inflation_5y5y"],
    }


def with_stress_spending(economy: StickyEconomy, response: float) -> list[float]:
    """Ten-year yield, basis points, on stress of one s.d. that brings other spending.

    ``response`` of log spending to stress takes the place of ``b_p``: with the promises
    of the fiscal rule, and with none. Prices of risk are those of the economy.
    """
    given = economy.parameters
    more = given["sigma_p"] * (response - given["b_p"])
    theta, whole = given["theta"], given["sigma_p"] * response
    promised = {
        "funded_spending": theta * more,
        "unfunded_spending": (1 - theta) * more,
    }
    # All of it moves from what is funded to what is not.
    moved = {
        "funded_spending": promised["funded_spending"] - theta * whole,
        "unfunded_spending": promised["unfunded_spending"] + theta * whole,
    }
    return [
        yield_responses(economy, {**economy.stress(), **push})["yield_10y"]
        for push in (promised, moved)
    ]


def premium_records(setting: Setting) -> list[dict[str, Any]]:
    """Ten-year premia where an economy rests, switching and permanent, percent a year.

    Second order, risk included; the regime lasts but may end. Permanent regimes have
    the intercepts and services of the economy that switches.
    """
    changing = setting.store.sticky_switching(SWITCHING, order=SECOND)
    found = []
    for name, regime in ECONOMIES.items():
        member = changing[regime]
        same = {k: member.parameters[k] for k in _SHARED}
        apart = setting.store.sticky(name, same, order=SECOND, intercepts=False)
        found += [
            {
                "regime": regime,
                "economy": label,
                **{k: 400 * v for k, v in economy.at_rest(PREMIA).items()},
            }
            for label, economy in (("switching", member), ("permanent", apart))
        ]
    return found


def spending_records(economy: StickyEconomy) -> list[dict[str, Any]]:
    """Stress by the spending that comes with it: none, and what the record allows."""
    found = spending_in_stress.recorded_spending()
    given = economy.parameters
    lines = []
    for label, errors in RECORD.items():
        size = 0.0
        if errors is not None:
            size = found.value + errors * found.standard_error
        b_p = spending_in_stress.response(
            size, given["rho_z"], given["g_bar"], given["sigma_p"]
        )
        promised, unpromised = with_stress_spending(economy, b_p)
        lines.append(
            {
                "economy": economy.name,
                "size": label,
                "spending": size,
                "b_p": b_p,
                "promised": promised,
                "unpromised": unpromised,
            }
        )
    return lines


def measure(setting: Setting) -> Findings:
    """Fill the regime table from the sticky-price economy: safe, risky, switching.

    Raises
    ------
    CalibrationError, SolutionError, DeterminacyError
        From the economies.
    """
    rows: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    moves: list[dict[str, Any]] = []
    asked: list[dict[str, Any]] = []
    rules: list[dict[str, Any]] = []
    stressed: list[dict[str, Any]] = []
    parameters = {}
    for name, regime in ECONOMIES.items():
        setting.progress.say(f"solving the {name} economy to order {ORDER}")
        economy = setting.store.sticky(name, order=ORDER)
        asked.append({"economy": name, "regime": regime, **news_record(economy)})
        stressed += spending_records(economy)
        for rule, share in _rules(economy, setting.store.overrides).items():
            other = economy
            if share != economy.parameters["gap_share"]:
                other = setting.store.sticky(name, {"gap_share": share}, order=ORDER)
            rules.append({"economy": name, "rule": rule, **news_record(other)})
        parameters[name] = economy.calibration.by_name
        rows += economy_records(economy)
        checks += [*evidence(economy), *by_order(economy)]
        moves += impulse_responses(economy)
    setting.progress.say(f"solving the {SWITCHING} economy to first order")
    changing = setting.store.sticky_switching(SWITCHING)
    first = next(iter(changing.values()))
    parameters[SWITCHING] = first.calibration.by_name
    rows += switching_records(changing)
    asked += [
        {"economy": SWITCHING, "regime": regime, **news_record(member)}
        for regime, member in changing.items()
    ]
    checks += evidence(first)
    setting.progress.say(f"solving the {SWITCHING} economy to second order")
    premia = premium_records(setting)
    units: dict[str, str] = dict.fromkeys(("yield", *PARTS), "basis points")
    return Findings(
        {
            "sticky": labelled(rows),
            "sticky_news": table(asked, ("economy", "regime"), NEWS_UNITS),
            "sticky_rule": table(rules, ("economy", "rule"), NEWS_UNITS),
            "sticky_stress_spending": table(
                stressed, ("economy", "size"), {**NEWS_UNITS, "b_p": "ratio"}
            ),
            "sticky_premia": table(
                premia,
                ("regime", "economy"),
                dict.fromkeys(PREMIA, "percent per year"),
            ),
            "sticky_evidence": table(checks, ("economy", "check", "order")),
            "sticky_responses": table(moves, ("economy", "news", "quarter"), units),
        },
        parameters=parameters,
        quantities={
            f"{_code(r)}_{r['quantity']}": (r["value"], r["unit"]) for r in rows
        },
    )


def _rules(economy: StickyEconomy, given: Mapping[str, Any]) -> dict[str, float]:
    """Both rules, or the one that the user asked for."""
    if "gap_share" not in given:
        return RULES
    return {"as set": economy.parameters["gap_share"]}


def _code(row: Mapping[str, Any]) -> str:
    """Economy and regime in the name of a quantity."""
    economy, regime = row["economy"], row["regime"]
    return f"{economy}_{regime}" if economy == SWITCHING else economy
