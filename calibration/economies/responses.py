"""What news and stress do to yields, values and equity, in economies of every kind.

News of spending may move demand, whoever pays for it. Where it does, yields, premia and
expected inflation are read net of demand: the response to news of which the same share
is unfunded in every such economy, less that to the same news fully funded. Convenience
yields are gross.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...solvers.errors import SolutionError
from ..record.bills import announced
from ..record.legislation import YEARS
from .protocol import ANNUAL_BP, FUNDINGS, ONE_TIME, Economy, Funding, Kind, Push
from .samples import USUAL, Size
from .statistics import Simulated

# The economies of the report.
REPORTED = ("safe", "risky", "switching")
PER_POINT_OF_DEBT = "basis points per 1pp of debt/GDP"
SIZES = {"stress_1sd": 1.0, "stress_3sd": 3.0}
MONETARY = "e_m"
# Values of spending that move by less than this share are the same but for rounding.
ROUNDING = 1e-12
_RATES = (
    *(
        f"{part}_{n}"
        for part in ("yield", "convenience", "term_premium", "expected_inflation")
        for n in (20, 40)
    ),
    "yield_1",
    "expected_real_rate_1",
)
# Slopes on debt, as sums of curves: five years in five years is twice ten less five.
_BARE = {"yield": 1.0, "convenience": 1.0}
_OUTCOMES = {
    "debt_slope_forward_5y5y_ex_convenience": {
        f"{part}_{n}": w for part in _BARE for n, w in ((40, 2.0), (20, -1.0))
    },
    "debt_slope_forward_premium_5y5y": {
        "term_premium_40": 2.0,
        "term_premium_20": -1.0,
    },
    "debt_slope_term_premium_10y": {"term_premium_40": 1.0},
    "debt_slope_convenience_10y": {"convenience_40": 1.0},
}


def yield_responses(economy: Economy, push: Push) -> dict[str, float]:
    """Responses of yields and their parts on impact, basis points a year."""
    found = economy.respond(push, _RATES)
    change = {k: ANNUAL_BP * float(v[0]) for k, v in found.items()}

    def forward(name: str) -> float:
        return 2 * change[f"{name}_40"] - change[f"{name}_20"]

    return {
        "yield_10y_ex_convenience": change["yield_40"] + change["convenience_40"],
        "yield_10y": change["yield_40"],
        "yield_3m": change["yield_1"],
        "forward_5y5y": forward("yield"),
        "term_premium_10y": change["term_premium_40"],
        "expected_inflation_5y5y": forward("expected_inflation"),
        "convenience_10y": change["convenience_40"],
        "real_rate_3m": change["expected_real_rate_1"],
    }


def news_responses(economy: Economy, kind: Kind) -> dict[str, float]:
    """Yields, their parts and equity on news that every economy is asked about.

    Net of demand, but for convenience. Where news moves demand there are gross
    responses too, named ``KIND_FUNDING_PART``; elsewhere news is as financed.
    """
    found = _net_of_demand(economy, kind, "asked")
    if economy.spending_moves_demand:
        found |= {
            f"{f}_{part}": v
            for f in FUNDINGS
            for part, v in yield_responses(economy, economy.news(kind, f)).items()
        }
    return {f"{kind}_{part}": value for part, value in found.items()}


def _net_of_demand(economy: Economy, kind: Kind, funding: Funding) -> dict[str, float]:
    """Responses to news less those to the same news fully funded; convenience gross."""

    def every(paid: Funding) -> dict[str, float]:
        push = economy.news(kind, paid)
        equity = equity_response(economy, push)
        return {**yield_responses(economy, push), "equity": equity}

    here = every(funding)
    if not economy.spending_moves_demand:
        return here
    paid = every("funded")
    net = {part: here[part] - paid[part] for part in here}
    return {**net, "convenience_10y": here["convenience_10y"]}


def score_responses(economy: Economy) -> dict[str, float]:
    """What the scores of bills of 1% of GDP move, on the day, by part.

    A score is not a law: an ordinary bill may fail, one for an emergency hardly, and
    nobody promises to repay it (``announced``).
    """
    share = announced()
    certain = _net_of_demand(economy, "persistent", "asked")
    sure = _net_of_demand(economy, "persistent", "unfunded")
    return {
        **{f"score_{part}": share.ordinary * v for part, v in certain.items()},
        **{f"emergency_{part}": share.emergency * v for part, v in sure.items()},
    }


def real_equity(economy: Economy, change: Mapping[str, Any]) -> float:
    """Real value of equity in percent, from impact responses.

    ``change`` has those of ``log_price_dividend`` and of what dividends follow.
    """
    lever = economy.parameters["leverage"]
    level = economy.at_rest(economy.dividends_follow)
    paid = sum(float(change[n]) / level[n] for n in economy.dividends_follow)
    return 100 * (float(change["log_price_dividend"]) + lever * paid)


def equity_names(economy: Economy) -> tuple[str, ...]:
    """Variables whose responses ``real_equity`` takes."""
    return ("log_price_dividend", *economy.dividends_follow)


def equity_response(economy: Economy, push: Push) -> float:
    """Real value of equity on impact, percent."""
    moved = economy.respond(push, equity_names(economy))
    return real_equity(economy, {n: v[0] for n, v in moved.items()})


def news_volatility(economy: Economy) -> dict[str, float]:
    """Standard deviation of a quarter's news of spending, percent of GDP.

    Of its mean over the five years to come, which CBO's baselines measure; disasters
    are left out.
    """
    p = economy.parameters
    parts = (p["sigma_z"], p["b_p"] * p["sigma_p"], p["b_y"] * p["sigma_y"])
    quarters, decay = 4 * YEARS, p["rho_z"]
    mean = (1 - decay**quarters) / (quarters * (1 - decay))
    spread = float(np.linalg.norm(parts))
    return {"fiscal_news_volatility": 100 * p["g_bar"] * mean * spread}


def policy_surprises(economy: Economy) -> dict[str, float]:
    """What the central bank announces beyond its rule, s.d. of a quarter, bp a year.

    Futures are read minutes before and after an announcement, when inflation, output
    and spending are known: what moves them is the rule's innovation at given inflation.
    """
    size = economy.parameters["sigma_m"]
    return {"policy_surprise_volatility": ANNUAL_BP * size}


def stress_responses(economy: Economy) -> dict[str, float]:
    """Yields and equity after one and three standard deviations of stress."""
    found = {}
    for label, size in SIZES.items():
        push = economy.stress(size)
        parts = yield_responses(economy, push)
        for kept in ("yield_10y", "term_premium_10y", "yield_3m"):
            found[f"{label}_{kept}"] = parts[kept]
        found[f"{label}_equity"] = equity_response(economy, push)
    return found


def convenience_per_debt(economy: Economy, push: Push) -> float:
    """Change of one quarter's long convenience yield per point of debt it comes with.

    In basis points a year per percentage point of annual output by which debt at the
    end of the quarter changes on impact.
    """
    found = economy.respond(push, ("convenience_yield_long", "end_of_period_debt"))
    service, debt = (float(v[0]) for v in found.values())
    return ANNUAL_BP * service / (25 * debt)


def borne(economy: Economy, push: Push, funded: Push | None = None) -> dict[str, float]:
    """Who bears news of spending, as shares of the change in its value.

    Its value is that at the prices before it; what bondholders lose counts what it does
    to prices, stress that it brings included. What the same news fully funded does, its
    demand effect, is taken out: of that, taxpayers bear all, and of all that nobody
    else does. ``revaluation`` is the
    change of debt in percent per news worth 1% of annual output.

    Raises
    ------
    SolutionError
        The value of spending does not move beyond rounding: there is nothing of which
        anybody could bear a share.
    """
    here = economy.ledger_change(push)
    paid = None if funded is None else economy.ledger_change(funded)
    worth = economy.news_value(push)
    if abs(worth) <= ROUNDING * here.owed:
        raise SolutionError(
            "the value of spending stays as it was, so nobody bears a share of it; "
            "shares need news of spending (the shock e_z)"
        )

    def share(entry: str) -> float:
        net = getattr(here, entry) - (0.0 if paid is None else getattr(paid, entry))
        return net / worth

    debt, services = share("debt"), share("convenience")
    return {
        "share_taxpayers": 1 + debt - services - share("residual"),
        "share_bondholders": -debt,
        "share_convenience": services,
        "revaluation": 100 * debt * ONE_TIME / here.owed,
    }


def who_bears(economy: Economy) -> dict[str, float]:
    """Who bears persistent news, of which every economy is asked about the same mix."""
    funded = None
    if economy.spending_moves_demand:
        funded = economy.news("persistent", "funded")
    return borne(economy, economy.news("persistent", "asked"), funded)


def authority(economy: Economy) -> dict[str, float]:
    """Shares of fiscal and monetary shocks in ten-year expected inflation news.

    And inflation, now and expected over ten years, on a rise of the policy rate. Fiscal
    news is net of demand.
    """
    name = "expected_inflation_40"

    def move(push: Push) -> float:
        return ANNUAL_BP * float(economy.respond(push, (name,))[name][0])

    fiscal = sum(weight * move(push) for weight, push in economy.fiscal_news()) ** 2
    raised = economy.shock(MONETARY)
    expected = move(raised)
    money = expected**2
    jump = float(economy.respond(raised, ("inflation",))["inflation"][0])
    return {
        "fiscal_share": fiscal / (fiscal + money),
        "monetary_share": money / (fiscal + money),
        "inflation_after_rate_rise": ANNUAL_BP * jump,
        "expected_inflation_10y_after_rate_rise": expected,
    }


def slopes_on_debt(economy: Economy, size: Size = USUAL) -> dict[str, Simulated]:
    """Slopes of long rates on debt, basis points a year per point of annual output.

    Debt is a present value, no shock moves it alone: these say what a regression would
    find in a long record without disasters, whatever moved both.
    """
    found = economy.slopes(_OUTCOMES, "end_of_period_debt", size)
    return {k: v.scaled(ANNUAL_BP / 25) for k, v in found.items()}


def slope_records(economy: Economy) -> list[dict[str, Any]]:
    """Slopes with their standard errors, one record per regime and rate."""
    return [
        {
            "economy": member.name,
            "regime": member.regime,
            "quantity": name,
            "slope": slope.value,
            "standard_error": slope.error,
            "unit": PER_POINT_OF_DEBT,
        }
        for member in economy.members
        for name, slope in slopes_on_debt(member).items()
    ]


def claim_betas(economy: Economy) -> dict[str, float]:
    """Betas of debt and of the claims behind it, named as quantities."""
    found = economy.claim_betas()
    named = {f"{k}_claim_beta": v for k, v in found.items() if k != "residual"}
    return {**named, "ledger_beta_residual": found["residual"]}
