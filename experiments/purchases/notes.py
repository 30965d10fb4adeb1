"""What the policy table says, in sentences with its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...calibration.economies.intermediaries import Plumbing
from . import rows
from .claims import PAIRS, at, cell
from .model import Scenario
from .settings import HEDGE_FUNDS_2023, HEDGE_FUNDS_2025, SWITCH, UK

Record = Mapping[str, Any]


def lead(records: Sequence[Record]) -> str:
    """The sentence that the table supports or not."""
    four = {
        (r["regime"], r["shock"]): r["value_per_100"]
        for r in records
        if r["policy"] == "backstop"
    }
    signs = {k: ("gains" if v > 0 else "loses") for k, v in four.items()}
    split = signs["safe", rows.CAPACITY] != signs["risky", rows.SPENDING]
    slow = {r: cell(records, r, "lasting")["value_per_100"] for r in PAIRS}
    verdict = "holds" if split else "does not hold"
    late = (
        ": what outlives the dislocation pushes prices above fundamental value"
        if slow["risky"] < 0
        else ""
    )
    return (
        f"The claim {verdict} for a backstop that is unwound within quarters: per 100 "
        f"bought, taxpayers gain {four['safe', rows.CAPACITY]:+.2f} after a loss of "
        f"capacity and {four['risky', rows.SPENDING]:+.2f} after unfunded spending "
        "when debt is risky. What decides is the shock, not the regime: with the "
        f"pairs exchanged the numbers are {four['risky', rows.CAPACITY]:+.2f} and "
        f"{four['safe', rows.SPENDING]:+.2f}. The regime decides whether spending "
        "moves yields at all, and so whether anybody is asked to buy. Purchases that "
        f"stay for years earn {slow['safe']:+.2f} and {slow['risky']:+.2f} in the same "
        f"pairs{late}."
    )


def how(
    records: Sequence[Record], size: float, scenario: Scenario, plumbing: Plumbing
) -> str:
    """How the numbers come about."""
    lost, spent = (cell(records, r, rows.NONE)["yield_10y_bp"] for r in PAIRS)
    ten = 400 * plumbing.loadings((rows.TENORS["10y"],))[0]
    return (
        f"Without purchases the ten-year yield rises by {lost:.0f} bp on a loss of "
        f"intermediary capacity of {scenario.capacity_loss:.2f} log points before "
        f"forced sales, and in the risky economy by {spent:.0f} bp on unfunded "
        f"spending of {size:.2f}% of GDP that fades at its usual rate (net of demand "
        "and without convenience, from the sticky-price economies); from 9 to 18 "
        "March 2020 it rose by 64. Purchases "
        f"are {100 * scenario.amount:.1f}% of GDP of ten-year zeros. *Fundamental* is "
        "the price at normal capacity without purchases; supply of 1% of GDP for good "
        f"moves the ten-year yield by {ten[2]:.2f} bp. *Value* is the present value of "
        "price less fundamental price in every trade; *expected profit* adds the "
        "average pay for bearing the bonds' risk, which is no gain to taxpayers who "
        "bear it."
    )


def fragility(fragile: Sequence[Record], bills: Sequence[Record]) -> str:
    """What the same shock does by who holds the debt, and by how short it is."""
    own = [r for r in fragile if r["bill_share"] == 0.212]
    most = max(r["hedge_fund_share"] for r in own if r["yield_10y_bp"] is not None)
    times = next(
        r["multiplier"] for r in own if r["hedge_fund_share"] == HEDGE_FUNDS_2025
    )

    def yields(hedge_funds: float, share: float) -> str:
        found = at(fragile, hedge_funds, share)
        return "no price" if found is None else f"{found:.0f} bp"

    risky = {
        r["bill_share"]: r["yield_10y_bp"] for r in bills if r["regime"] == "risky"
    }
    ends = any(r["yield_10y_bp"] is None for r in own)
    bound = f"; beyond {100 * most:.1f}% of the debt no price clears the market"
    bound = bound if ends else ""
    forced = "" if times is None else f", where sales multiply it by {times:.2f}"
    return (
        "Fragility: the same loss of capacity moves the ten-year yield by "
        f"{yields(HEDGE_FUNDS_2023, 0.212)} with hedge funds as of 2023 and by "
        f"{yields(HEDGE_FUNDS_2025, 0.212)} as of 2025{forced}{bound}. More bills make "
        f"that milder ({yields(HEDGE_FUNDS_2025, 0.4)} at 40% of the debt): they "
        "carry no duration. They make risky debt answer more to unfunded spending: "
        f"{risky[0.212]:.0f} bp become {risky[0.4]:.0f} at 40% and {risky[0.6]:.0f} "
        "at 60%, as inflation has to come sooner."
    )


def switched(off: Sequence[Record]) -> str:
    """What is left when intermediaries mind no risk."""
    far = max(abs(r["distance_10y_bp"]) for r in off)
    worth = max(abs(r["value_bp_gdp"]) for r in off if r["policy"] != rows.NONE)
    return (
        f"Without a price of risk at intermediaries (`{SWITCH}`) purchases do "
        f"nothing: the largest distance to fundamental value is {far:.2f} bp, the "
        f"largest value {worth:.2f} bp of GDP."
    )


def sizes(records: Sequence[Record], varied: Sequence[Record]) -> str:
    """The record of 2022 beside the table, and what R squared does not see."""
    safe, risky = (cell(records, r, "backstop") for r in PAIRS)
    slow = cell(records, "risky", "lasting")
    still = cell(records, "risky", rows.NONE)
    left = slow["share_of_news_in_yield"]
    amounts = [r for r in varied if r["varied"] == "amount"]
    alike = next(r for r in amounts if r["amount_pct_gdp"] == 100 * UK.amount)
    gains = [r["amount_pct_gdp"] for r in amounts if r["safe_value_per_100"] > 0.05]
    most = f"up to {max(gains):.0f}% of GDP" if gains else "at no amount tried"
    return (
        f"The Bank of England gained {UK.per_100:.1f} per 100 in 2022. Here the buyer "
        "pays the price that its own purchase makes, after which "
        f"{safe['distance_10y_bp']:.1f} of {safe['spike_bp']:.0f} bp are left; at the "
        f"price before, bonds are {safe['value_before_impact_per_100']:.1f} per 100 "
        "cheap, and gilts of thirty years had fallen by more. An amount like the "
        "Bank's "
        f"({100 * UK.amount:.1f}% of GDP) gains {alike['safe_value_per_100']:.1f} per "
        f"100; a backstop gains {most}, beyond it prices overshoot. Expected profits "
        f"are no guide: in the risky economy long bonds earn enough that purchases of "
        f"overpriced ones are expected to earn {risky['expected_profit_per_100']:+.2f} "
        f"(backstop) and {slow['expected_profit_per_100']:+.2f} (lasting) per 100 "
        "while they lose value. R squared hardly falls with purchases on fiscal news "
        f"(from {still['discovery_r_squared']:.3f} to "
        f"{slow['discovery_r_squared']:.3f}): yields still rise with the news, by "
        f"{100 * left:.0f}% of what it is worth, and it is the size that is hidden."
    )


def limits(cells: Sequence[rows.Case]) -> str:
    """What is left out, with the size of it where it is known."""
    inflation = next(
        rows.shorter_debt(c)
        for c in cells
        if (c.regime, c.policy) == ("risky", "lasting")
    )
    return _LEFT_OUT + (
        " As a separate number: purchases shorten what the government owes, and where "
        "surpluses govern the value of debt that changes expected inflation by "
        f"{inflation:+.1f} bp a year while they last (Corhay, Kind, Kung and Morales "
        "2023), which would lower fundamental yields and so the overpayment."
    )


_LEFT_OUT = (
    "Limits: only the short rate is a priced risk, so that a short dislocation moves "
    "five-year yields more than thirty-year ones, against March 2020; forced sales on "
    "moves of the policy rate are left out; the fundamental price does not answer "
    "to purchases."
)
