"""Claims of the talk on asset purchases, judged by the policy table."""

from __future__ import annotations

import numpy as np

from ..claims import Claim, Expectation, Side
from ..study import Findings
from . import cases

SWITCH = "fiscax run lsap --set intermediary_risk_aversion=0"
_PER_100 = "percent of purchases"
_NO_DATA = Side(note="no record")


def positive(tolerance: float) -> Expectation:
    """Above the tolerance."""
    return Expectation("positive", tolerance)


def negative(tolerance: float) -> Expectation:
    """Below minus the tolerance."""
    return Expectation("negative", tolerance)


def at(
    findings: Findings, name: str, regime: str, policy: str, shock: str = ""
) -> float:
    """A number of the policy table: of a regime and its own shock, or of another."""
    table = findings["lsap"]
    where = {"regime": regime, "shock": shock or cases.PAIRS[regime], "policy": policy}
    return float(table[name].sel(where))


def fragile(findings: Findings, hedge_funds: float, bills: float) -> float | None:
    """Ten-year yield at a point of the grid, basis points; None without a price."""
    found = findings["lsap_fragility"]["yield_10y_bp"].sel(
        hedge_fund_share=hedge_funds, bill_share=bills, method="nearest", tolerance=1e-9
    )
    return float(found) if np.isfinite(found) else None


def claims(findings: Findings) -> list[Claim]:
    """Every claim on purchases with its numbers."""
    off = findings["lsap_switch"]
    bought = off["value_bp_gdp"].drop_sel(policy=cases.NONE)
    left = float(abs(bought).max())
    switch = f"`{SWITCH}`: value {left:.2f} bp of GDP, no distance in any cell"
    return [
        *(_value(findings, policy, switch) for policy in cases.POLICIES[1:]),
        *(_mixture(findings, policy, switch) for policy in cases.POLICIES[1:]),
        _distance(findings, switch),
        *(_discovery(findings, policy, switch) for policy in cases.POLICIES[1:]),
        _left_in_prices(findings, switch),
        _rule(findings, switch),
        _hedge_funds(findings, switch),
        _bills(findings),
    ]


def _value(findings: Findings, policy: str, switch: str) -> Claim:
    found = {r: at(findings, "value_per_100", r, policy) for r in cases.PAIRS}
    data = _NO_DATA
    if policy == "backstop":
        record = findings.extra["record"]
        note = (
            f"Bank of England 2022: GBP {record.gained}bn on {record.bought}bn, "
            "realised, at maturities of twenty years and more"
        )
        data = Side(record.per_100, positive(0.05), note)
    unwound = {"backstop": "within quarters", "lasting": "over years"}[policy]
    return Claim(
        f"value_{policy}",
        "Purchases that answer a yield spike create value for taxpayers when debt is "
        f"safe and destroy it when debt is risky (unwound {unwound})",
        _PER_100,
        Side(found["safe"], positive(0.05), "after a loss of capacity"),
        Side(found["risky"], negative(0.05), "after unfunded spending"),
        data,
        switch,
    )


def _mixture(findings: Findings, policy: str, switch: str) -> Claim:
    """Purchases that answer spikes whose cause nobody sees."""
    table = findings["lsap_mixture"].sel(policy=policy)
    shocks = findings["lsap_mixture_shocks"].sel(shock=cases.CAPACITY)
    sides = {}
    for regime, expects in (("safe", positive(0.05)), ("risky", negative(0.05))):
        row = table.sel(regime=regime)
        share = 100 * float(shocks["share_of_rise"].sel(regime=regime))
        sides[regime] = Side(
            float(row["value_per_100"]),
            expects,
            f"all shocks drawn; {share:.0f}% of the rise is lost capacity",
            bound=2 * float(row["standard_error"]),
        )
    unwound = {"backstop": "within quarters", "lasting": "over years"}[policy]
    return Claim(
        f"value_mixture_{policy}",
        "Purchases that answer spikes, whatever causes them, create value when debt is "
        f"safe and destroy it when debt is risky (unwound {unwound})",
        _PER_100,
        sides["safe"],
        sides["risky"],
        _NO_DATA,
        switch,
    )


def _distance(findings: Findings, switch: str) -> Claim:
    found = {}
    for regime in cases.PAIRS:
        with_it, without = (
            abs(at(findings, "distance_10y_bp", regime, p))
            for p in ("backstop", cases.NONE)
        )
        found[regime] = with_it - without
    return Claim(
        "distance",
        "A backstop takes yields closer to fundamental value when debt is safe and "
        "away from it when debt is risky",
        "basis points",
        Side(found["safe"], negative(0.5), "change of the distance, capacity"),
        Side(found["risky"], positive(0.5), "change of the distance, spending"),
        _NO_DATA,
        switch,
    )


def _discovery(findings: Findings, policy: str, switch: str) -> Claim:
    name = "discovery_r_squared"
    found = {
        r: at(findings, name, r, policy) - at(findings, name, r, cases.NONE)
        for r in cases.PAIRS
    }
    return Claim(
        f"discovery_{policy}",
        "Purchases improve price discovery when debt is safe and impair it when debt "
        f"is risky ({policy})",
        "share of variance",
        Side(found["safe"], positive(0.005), "change of R squared"),
        Side(found["risky"], negative(0.005), "change of R squared"),
        _NO_DATA,
        switch,
    )


def _left_in_prices(findings: Findings, switch: str) -> Claim:
    lasting, without = (
        at(findings, "share_of_news_in_yield", "risky", p)
        for p in ("lasting", cases.NONE)
    )
    return Claim(
        "news_hidden",
        "Lasting purchases keep fiscal news out of the yields of risky debt",
        "share of the news",
        Side(note="no fiscal news reaches yields"),
        Side(lasting - without, negative(0.01), "change of the share left"),
        _NO_DATA,
        switch,
    )


def _rule(findings: Findings, switch: str) -> Claim:
    found = {
        r: at(findings, "rule_amount_pct_gdp", r, "backstop", cases.SPENDING)
        for r in cases.PAIRS
    }
    note = "amount bought on spending"
    return Claim(
        "rule",
        "A rule that buys when yields rise buys fiscal news when debt is risky, "
        "nothing when it is safe",
        "percent of annual GDP",
        Side(found["safe"], Expectation("zero", 0.01), note),
        Side(found["risky"], positive(0.01), note),
        _NO_DATA,
        switch,
    )


def _change(high: float | None, low: float | None) -> float | None:
    return None if high is None or low is None else high - low


def _hedge_funds(findings: Findings, switch: str) -> Claim:
    record, own = findings.extra["record"], findings.extra["plumbing"].values
    more = _change(
        fragile(findings, record.hedge_funds_later, own["bill_share"]),
        fragile(findings, record.hedge_funds_earlier, own["bill_share"]),
    )
    shares = [100 * record.hedge_funds_earlier, 100 * record.hedge_funds_later]
    note = "same loss of capacity, share of debt {:.1f} to {:.1f}%".format(*shares)
    side = Side(
        more, positive(0.5), note if more is not None else "no price clears the market"
    )
    return Claim(
        "hedge_funds",
        "The same loss of capacity moves yields more when hedge funds hold more",
        "basis points",
        side,
        side,
        _NO_DATA,
        switch,
    )


def _bills(findings: Findings) -> Claim:
    own, more, *_ = findings["lsap_fragility"]["bill_share"].to_numpy().tolist()
    funds = findings.extra["record"].hedge_funds_later
    less = _change(fragile(findings, funds, more), fragile(findings, funds, own))
    yields = findings["lsap_bills"]["yield_10y_bp"]
    risky = yields.sel(regime="risky")
    still = float(abs(yields.sel(regime="safe")).max())
    shares = f"bills {100 * own:.0f} to {100 * more:.0f}%"
    return Claim(
        "bills",
        "The same shock moves yields more when more of the debt is bills",
        "basis points",
        Side(
            less,
            positive(0.5),
            f"loss of capacity, {shares}: intermediaries hold less duration",
        ),
        Side(
            float(risky.sel(bill_share=more) - risky.sel(bill_share=own)),
            positive(0.5),
            f"unfunded spending, {shares}: inflation comes sooner",
        ),
        _NO_DATA,
        "the same spending where rules are those of safe debt: "
        f"{still:.2f} bp at every share of bills",
    )
