"""Claims of the talk on asset purchases, judged by the policy table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..regime_rows import Cell
from ..slide_claims import Side, SlideClaim
from . import rows
from .settings import HEDGE_FUNDS_2023, HEDGE_FUNDS_2025, SWITCH, UK

Record = Mapping[str, Any]
PAIRS = rows.PAIRS
_PER_100 = "percent of purchases"
_NO_DATA = Side(note="no record")


def cell(
    records: Sequence[Record], regime: str, policy: str, shock: str = ""
) -> Record:
    """The record of a regime and its shock, or of another shock."""
    key = (regime, shock or PAIRS[regime], policy)
    return next(r for r in records if (r["regime"], r["shock"], r["policy"]) == key)


def claims(
    records: Sequence[Record],
    off: Sequence[Record],
    fragile: Sequence[Record],
    bills: Sequence[Record],
) -> list[SlideClaim]:
    """Every claim on purchases with its numbers."""
    left = max(abs(r["value_bp_gdp"]) for r in off if r["policy"] != rows.NONE)
    switch = f"`{SWITCH}`: value {left:.2f} bp of GDP, no distance in any cell"
    return [
        *(_value(records, policy, switch) for policy in rows.POLICIES[1:]),
        _distance(records, switch),
        *(_discovery(records, policy, switch) for policy in rows.POLICIES[1:]),
        _left_in_prices(records, switch),
        _rule(records, switch),
        _hedge_funds(fragile, switch),
        _bills(fragile, bills),
    ]


def _value(records: Sequence[Record], policy: str, switch: str) -> SlideClaim:
    found = {r: cell(records, r, policy)["value_per_100"] for r in PAIRS}
    data = _NO_DATA
    if policy == "backstop":
        cells = Cell("positive", 0.05)
        note = (
            f"Bank of England 2022: GBP {UK.gained}bn on {UK.bought}bn, realised, at "
            "maturities of twenty years and more"
        )
        data = Side(UK.per_100, cells, note)
    unwound = {"backstop": "within quarters", "lasting": "over years"}[policy]
    return SlideClaim(
        f"value_{policy}",
        "Purchases that answer a yield spike create value for taxpayers when debt is "
        f"safe and destroy it when debt is risky (unwound {unwound})",
        _PER_100,
        Side(found["safe"], Cell("positive", 0.05), "after a loss of capacity"),
        Side(found["risky"], Cell("negative", 0.05), "after unfunded spending"),
        data,
        switch,
    )


def _distance(records: Sequence[Record], switch: str) -> SlideClaim:
    found = {}
    for regime in PAIRS:
        with_it, without = (
            abs(cell(records, regime, p)["distance_10y_bp"])
            for p in ("backstop", rows.NONE)
        )
        found[regime] = with_it - without
    return SlideClaim(
        "distance",
        "A backstop takes yields closer to fundamental value when debt is safe and "
        "away from it when debt is risky",
        "basis points",
        Side(found["safe"], Cell("negative", 0.5), "change of the distance, capacity"),
        Side(found["risky"], Cell("positive", 0.5), "change of the distance, spending"),
        _NO_DATA,
        switch,
    )


def _discovery(records: Sequence[Record], policy: str, switch: str) -> SlideClaim:
    found = {
        regime: cell(records, regime, policy)["discovery_r_squared"]
        - cell(records, regime, rows.NONE)["discovery_r_squared"]
        for regime in PAIRS
    }
    return SlideClaim(
        f"discovery_{policy}",
        "Purchases improve price discovery when debt is safe and impair it when debt "
        f"is risky ({policy})",
        "share of variance",
        Side(found["safe"], Cell("positive", 0.005), "change of R squared"),
        Side(found["risky"], Cell("negative", 0.005), "change of R squared"),
        _NO_DATA,
        switch,
    )


def _left_in_prices(records: Sequence[Record], switch: str) -> SlideClaim:
    lasting = cell(records, "risky", "lasting")["share_of_news_in_yield"]
    without = cell(records, "risky", rows.NONE)["share_of_news_in_yield"]
    nothing = "no fiscal news reaches yields"
    return SlideClaim(
        "news_hidden",
        "Lasting purchases keep fiscal news out of the yields of risky debt",
        "share of the news",
        Side(note=nothing),
        Side(lasting - without, Cell("negative", 0.01), "change of the share left"),
        _NO_DATA,
        switch,
    )


def _rule(records: Sequence[Record], switch: str) -> SlideClaim:
    found = {
        r: cell(records, r, "backstop", rows.SPENDING)["rule_amount_pct_gdp"]
        for r in PAIRS
    }
    return SlideClaim(
        "rule",
        "A rule that buys when yields rise buys fiscal news when debt is risky, "
        "nothing when it is safe",
        "percent of annual GDP",
        Side(found["safe"], Cell("zero", 0.01), "amount bought on spending"),
        Side(found["risky"], Cell("positive", 0.01), "amount bought on spending"),
        _NO_DATA,
        switch,
    )


def at(fragile: Sequence[Record], hedge_funds: float, bills: float) -> float | None:
    """Ten-year yield at a point of the grid, basis points; None without a price."""
    return next(
        r["yield_10y_bp"]
        for r in fragile
        if abs(r["hedge_fund_share"] - hedge_funds) < 1e-9
        and abs(r["bill_share"] - bills) < 1e-9
    )


def _change(high: float | None, low: float | None) -> float | None:
    return None if high is None or low is None else high - low


def _hedge_funds(fragile: Sequence[Record], switch: str) -> SlideClaim:
    own = 0.212
    more = _change(
        at(fragile, HEDGE_FUNDS_2025, own), at(fragile, HEDGE_FUNDS_2023, own)
    )
    side = Side(
        more,
        Cell("positive", 0.5),
        "same loss of capacity, share of debt 4.5 to 8.5%"
        if more is not None
        else "no price clears the market",
    )
    return SlideClaim(
        "hedge_funds",
        "The same loss of capacity moves yields more when hedge funds hold more",
        "basis points",
        side,
        side,
        _NO_DATA,
        switch,
    )


def _bills(fragile: Sequence[Record], bills: Sequence[Record]) -> SlideClaim:
    less = _change(
        at(fragile, HEDGE_FUNDS_2025, 0.4), at(fragile, HEDGE_FUNDS_2025, 0.212)
    )
    risky = {
        r["bill_share"]: r["yield_10y_bp"] for r in bills if r["regime"] == "risky"
    }
    still = [abs(r["yield_10y_bp"]) for r in bills if r["regime"] == "safe"]
    return SlideClaim(
        "bills",
        "The same shock moves yields more when more of the debt is bills",
        "basis points",
        Side(
            less,
            Cell("positive", 0.5),
            "loss of capacity, bills 21 to 40%: intermediaries hold less duration",
        ),
        Side(
            risky[0.4] - risky[0.212],
            Cell("positive", 0.5),
            "unfunded spending, bills 21 to 40%: inflation comes sooner",
        ),
        _NO_DATA,
        "the same spending where rules are those of safe debt: "
        f"{max(still):.2f} bp at every share of bills",
    )
