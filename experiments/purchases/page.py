"""What the policy table says: figures, sentences with its numbers, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..claims import Claim, by_key, slide_records
from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records
from . import STUDY, cases, figure
from .claims import SWITCH, at, fragile

Row = Mapping[str, Any]
# Shocks of spikes that a page names.
MAIN = {
    cases.CAPACITY: "lost capacity",
    "e_z": "fiscal news",
    "e_p": "stress",
    "e_x": "expected growth",
}
_SHOCKS = {"capacity": "loss of capacity", "spending": "unfunded spending"}
_CAPTIONS = {
    "lsap": (
        "The same spike of the ten-year yield of two causes. A backstop closes a gap "
        "to fundamental value on the left; on the right there is none to close.",
        "Two panels. Left: without purchases yields jump and return, purchases take "
        "most of the jump away. Right: yields jump with fundamental value, purchases "
        "push them below it.",
    ),
    "lsap_fragility": (
        "The same loss of capacity by who holds the debt. A cross ends a line where "
        "losses force sales without end and no price clears the market.",
        "Lines rise ever more steeply with the share of hedge funds; they are lower "
        "where more of the debt is bills.",
    ),
}
# Column -> heading, unit of the numbers.
_YIELDS = {
    "fundamental_yield_10y_bp": ("Fundamental yield", "basis points"),
    "yield_10y_bp": ("Yield", "basis points"),
    "distance_10y_bp": ("Distance", "basis points"),
    "distance_10y_after_a_year_bp": ("Distance a year on", "basis points"),
    "share_of_news_in_yield": ("Fiscal news left in prices", "ratio"),
    "discovery_r_squared": ("Price discovery, R²", "ratio"),
}
_MONEY = {
    "reserves_pct_gdp": ("Reserves", "percent of annual GDP"),
    "value_bp_gdp": ("Value", "basis points of GDP"),
    "value_per_100": ("Value per 100", "percent of purchases"),
    "value_before_impact_per_100": ("At prices before", "percent of purchases"),
    "value_at_purchase_per_100": ("If held until paid", "percent of purchases"),
    "expected_profit_per_100": ("Expected profit", "percent of purchases"),
    "realised_5_per_100": ("Realised, 5%", "percent of purchases"),
    "realised_95_per_100": ("Realised, 95%", "percent of purchases"),
    "probability_of_loss": ("Chance of a loss", "ratio"),
    "rule_amount_pct_gdp": ("Bought by the rule", "percent of annual GDP"),
    "rule_value_bp_gdp": ("Its value", "basis points of GDP"),
}


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    rows = {name: records(data) for name, data in findings.data.items()}
    return ExperimentResult(
        tables={name: frame(findings[name]) for name in ("lsap", "lsap_fragility")},
        records={**rows, **slide_records("lsap", judged)},
        figures={
            "lsap": figure.draw(findings),
            "lsap_fragility": figure.draw_fragility(findings),
        },
        notes=notes(findings, judged),
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: figures, yields, accounts."""
    lead, *more = result.notes
    rows = result.records["lsap"]
    first, second = (
        Figure(result.figures[name], *texts) for name, texts in _CAPTIONS.items()
    )
    bought = [r for r in rows if r["policy"] != "none"]
    blocks = [
        first,
        _table(rows, _YIELDS, "Ten-year yields on impact and what they tell"),
        _table(
            bought,
            _MONEY,
            "What purchases cost and earn",
            "The rule buys in proportion to the spike without purchases, and nothing "
            "where yields do not rise.",
        ),
        *(Text(note) for note in more),
        _mixture(result.records),
        _learnt(result.records["lsap_discovery"]),
        _varied(result.records["lsap_varied"]),
        second,
        _switch(result.records["lsap_switch"]),
    ]
    return Section(STUDY.question, lead, blocks, short="Purchases")


def _table(
    rows: Sequence[Row],
    columns: Mapping[str, tuple[str, str]],
    caption: str,
    note: str = "",
) -> Table:
    import pandas as pd

    headings = {k: Named(text, k) for k, (text, _) in columns.items()}
    data = {
        headings[k]: [_number(r[k], unit) for r in rows]
        for k, (_, unit) in columns.items()
    }
    frame = pd.DataFrame(data, dtype=object)
    names = [labels.capital(r["policy"]) for r in rows]
    frame.index = pd.Index(names, name="Purchases", dtype=object)
    return Table(
        frame,
        caption,
        units={headings[k]: labels.unit(u).short for k, (_, u) in columns.items()},
        groups=[f"{labels.column(r['regime'])}, {_SHOCKS[r['shock']]}" for r in rows],
        note=note,
    )


def _number(value: float | None, unit: str) -> Number:
    return Number("") if value is None else Number(labels.number(value + 0.0, unit))


def _mixture(rows: Mapping[str, Sequence[Row]]) -> Table:
    """What spikes are made of by regime and size of losses, and what they earn."""
    import pandas as pd

    earned = {(r["regime"], r["policy"]): r for r in rows["lsap_mixture"]}
    shares: dict[str, dict[str, float]] = {}
    for r in rows["lsap_mixture_shocks"]:
        shares.setdefault(r["regime"], {})[r["shock"]] = r["share_of_rise"]
    lines = []
    for regime, own in shares.items():
        backstop = earned[regime, "backstop"]
        lines.append(
            {
                "Spikes a century": Number(f"{400 * backstop['frequency']:.1f}"),
                **{
                    labels.capital(words): Number(f"{100 * own[shock]:.0f}%")
                    for shock, words in MAIN.items()
                },
                "Backstop, value per 100": _with_error(backstop),
                "Lasting, value per 100": _with_error(earned[regime, "lasting"]),
            }
        )
    frame = pd.DataFrame(lines, dtype=object)
    names = [labels.column(regime) for regime in shares]
    frame.index = pd.Index(names, name="Regime", dtype=object)
    return Table(
        frame,
        "What spikes are made of, and what buying in them earns",
        note="All shocks are drawn at first order from each regime's own distribution; "
        "a spike is a quarter in which the ten-year yield rises and equity falls by "
        "more than declared. Shares are of the mean rise; other shocks make up the "
        "rest. Standard errors of the draws in brackets. Losses of capacity have the "
        "size of every experiment: five-year yields move as the Treasury premium does, "
        "which moves for other reasons too, so that it is the most they can have.",
    )


def _learnt(rows: Sequence[Row]) -> Table:
    """What the ten-year yield says of fiscal news, with purchases and without."""
    import pandas as pd

    def share(value: float) -> Number:
        return Number(f"{100 * value:.1f}%")

    frame = pd.DataFrame(
        {
            "News, bp": [Number(f"{r['news']:.1f}") for r in rows],
            "Losses, bp": [Number(f"{r['losses']:.1f}") for r in rows],
            "Everything else, bp": [Number(f"{r['other']:.1f}") for r in rows],
            "Taken from news": [share(r["taken_from_news"]) for r in rows],
            "Taken from losses": [share(r["taken_from_losses"]) for r in rows],
            "Variance of news left": [share(r["posterior_variance"]) for r in rows],
        },
        dtype=object,
    )
    names = [labels.capital(r["policy"]) for r in rows]
    frame.index = pd.Index(names, name="Purchases", dtype=object)
    return Table(
        frame,
        "What the ten-year yield says of fiscal news",
        groups=[labels.column(r["regime"]) for r in rows],
        note="Standard deviations of a quarter's moves of the ten-year yield, and the "
        "shares of them that purchases take out: those of the policy table, per shock. "
        "*Variance of news left*: of fiscal news given the yield, as a share of its "
        "variance. Where news moves no yield there is nothing to take from it.",
    )


def _with_error(row: Row) -> Number:
    return Number(f"{row['value_per_100']:+.2f}", f"({row['standard_error']:.2f})")


def _varied(rows: Sequence[Row]) -> Table:
    import pandas as pd

    columns = {
        f"{regime}_{name}": (f"{labels.column(regime)}, {words}", unit)
        for regime in ("safe", "risky")
        for name, words, unit in (
            ("distance_10y_bp", "distance", "basis points"),
            ("value_per_100", "value per 100", "percent of purchases"),
        )
    }
    named = {k: Named(text, k) for k, (text, _) in columns.items()}
    frame = pd.DataFrame(
        {
            named[k]: [_number(r[k], unit) for r in rows]
            for k, (_, unit) in columns.items()
        },
        dtype=object,
    )
    kept, amount = "sold each quarter", "of GDP bought"
    names = [
        f"{100 * (1 - r['kept']):.0f}% {kept}"
        if r["varied"] == "kept"
        else f"{r['amount_pct_gdp']:.1f}% {amount}"
        for r in rows
    ]
    frame.index = pd.Index(names, name="Purchases", dtype=object)
    titles = {"kept": "By how fast they are unwound", "amount": "By how much is bought"}
    return Table(
        frame,
        "Safe debt after a loss of capacity and risky debt after unfunded spending",
        units={named[k]: labels.unit(u).short for k, (_, u) in columns.items()},
        groups=[titles[r["varied"]] for r in rows],
        note="The other of the two is that of the backstop.",
    )


def _switch(rows: Sequence[Row]) -> Table:
    chosen = {
        k: v
        for k, v in (_YIELDS | _MONEY).items()
        if k in ("yield_10y_bp", "distance_10y_bp", "value_bp_gdp")
    }
    return _table(rows, chosen, "The same when intermediaries mind no risk")


def notes(findings: Findings, judged: Sequence[Claim]) -> list[str]:
    """What the section says in words, with its numbers."""
    return [
        _lead(findings, by_key(judged)),
        _how(findings),
        _sizes(findings),
        _fragility(findings),
        _mixed(findings, by_key(judged)),
        _told(findings),
        _switched(findings),
        _limits(findings),
    ]


def _mixed(findings: Findings, judged: Mapping[str, Claim]) -> str:
    """Whether the regime decides, through what spikes are made of."""
    rows = findings["lsap_mixture"]
    shares = findings["lsap_mixture_shocks"]["share_of_rise"]

    def cell(name: str, regime: str, policy: str) -> float:
        return float(rows[name].sel(regime=regime, policy=policy))

    numbers = "; ".join(
        f"{regime} debt {cell('value_per_100', regime, 'backstop'):+.2f} "
        f"and {cell('value_per_100', regime, 'lasting'):+.2f} "
        f"({100 * float(shares.sel(regime=regime, shock=cases.CAPACITY)):.0f}% of the "
        "rise is lost capacity)"
        for regime in cases.REGIMES
    )
    even = {
        policy: 100 * cell("break_even_share", "risky", policy)
        for policy in ("backstop", "lasting")
    }
    told = " and ".join(
        f"{share:.0f}% for {policy} purchases"
        for policy, share in even.items()
        if np.isfinite(share)
    )
    breaks = (
        " If a spike is either the loss of capacity of the table above or fundamental, "
        f"the share of such losses that breaks even is {told}."
    )
    return (
        "Who answers a spike does not see the shock. Drawn from each regime's own "
        "distribution, a backstop and lasting purchases earn per 100, "
        f"{numbers}. Backstops: {judged['value_mixture_backstop'].supported()}"
        "; lasting purchases: "
        f"{judged['value_mixture_lasting'].supported()}.{breaks if told else ''}"
    )


def _told(findings: Findings) -> str:
    """Posterior variance of fiscal news with purchases and without, in words."""
    rows = findings["lsap_discovery"].sel(regime="risky")
    left = {p: float(rows["posterior_variance"].sel(policy=p)) for p in cases.POLICIES}
    share = {p: f"{100 * v:.1f}%" for p, v in left.items()}
    return (
        f"Price discovery: where debt is risky {share[cases.NONE]} of the variance of "
        "fiscal news is left unknown by the ten-year yield without purchases, "
        f"{share['backstop']} with a backstop and {share['lasting']} with lasting ones."
    )


def _lead(findings: Findings, judged: Mapping[str, Claim]) -> str:
    """The verdict on the claim, and what decides."""
    four = {
        (regime, shock): at(findings, "value_per_100", regime, "backstop", shock)
        for regime in cases.REGIMES
        for shock in cases.SHOCKS
    }
    slow = {r: at(findings, "value_per_100", r, "lasting") for r in cases.PAIRS}
    late = (
        ": what outlives the dislocation pushes prices above fundamental value"
        if slow["risky"] < 0
        else ""
    )
    return (
        f"{judged['value_backstop'].supported()} for a backstop that is unwound within "
        "quarters: per 100 "
        f"bought, taxpayers gain {four['safe', cases.CAPACITY]:+.2f} after a loss of "
        f"capacity and {four['risky', cases.SPENDING]:+.2f} after unfunded spending "
        "when debt is risky. What decides is the shock, not the regime: with the "
        f"pairs exchanged the numbers are {four['risky', cases.CAPACITY]:+.2f} and "
        f"{four['safe', cases.SPENDING]:+.2f}. The regime decides whether spending "
        "moves yields at all, and so whether anybody is asked to buy. Purchases that "
        f"stay for years earn {slow['safe']:+.2f} and {slow['risky']:+.2f} in the same "
        f"pairs{late}."
    )


def _how(findings: Findings) -> str:
    """How the numbers come about."""
    scenario, size = findings.extra["scenario"], findings.extra["size"]
    lost, spent = (at(findings, "yield_10y_bp", r, cases.NONE) for r in cases.PAIRS)
    ten = 400 * findings.extra["plumbing"].loadings((cases.TENORS["10y"],))[0]
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


def _fragility(findings: Findings) -> str:
    """What the same shock does by who holds the debt, and by how short it is."""
    record, table = findings.extra["record"], findings["lsap_fragility"]
    own, more, most_bills = table["bill_share"].to_numpy().tolist()
    today = table.sel(bill_share=own)
    priced = today["yield_10y_bp"].dropna("hedge_fund_share")
    most = float(priced["hedge_fund_share"].max())
    later = {"hedge_fund_share": record.hedge_funds_later}
    times = float(today["multiplier"].sel(later, method="nearest"))

    def yields(hedge_funds: float, share: float) -> str:
        found = fragile(findings, hedge_funds, share)
        return "no price" if found is None else f"{found:.0f} bp"

    risky = findings["lsap_bills"]["yield_10y_bp"].sel(regime="risky")
    ends = len(priced) < today.sizes["hedge_fund_share"]
    bound = f"; beyond {100 * most:.1f}% of the debt no price clears the market"
    bound = bound if ends else ""
    forced = f", where sales multiply it by {times:.2f}" if np.isfinite(times) else ""
    return (
        "Fragility: the same loss of capacity moves the ten-year yield by "
        f"{yields(record.hedge_funds_earlier, own)} with hedge funds as of 2023 and by "
        f"{yields(record.hedge_funds_later, own)} as of 2025{forced}{bound}. More "
        "bills make that milder "
        f"({yields(record.hedge_funds_later, more)} at {100 * more:.0f}% of the debt): "
        "they carry no duration. They make risky debt answer more to unfunded "
        f"spending: {float(risky.sel(bill_share=own)):.0f} bp become "
        f"{float(risky.sel(bill_share=more)):.0f} at {100 * more:.0f}% and "
        f"{float(risky.sel(bill_share=most_bills)):.0f} at {100 * most_bills:.0f}%, as "
        "inflation has to come sooner."
    )


def _switched(findings: Findings) -> str:
    """What is left when intermediaries mind no risk."""
    off = findings["lsap_switch"]
    far = float(abs(off["distance_10y_bp"]).max())
    worth = float(abs(off["value_bp_gdp"].drop_sel(policy=cases.NONE)).max())
    return (
        f"Without a price of risk at intermediaries (`{SWITCH}`) purchases do "
        f"nothing: the largest distance to fundamental value is {far:.2f} bp, the "
        f"largest value {worth:.2f} bp of GDP."
    )


def _sizes(findings: Findings) -> str:
    """The record of 2022 beside the table, and what R squared does not see."""
    uk, varied = findings.extra["record"], findings["lsap_varied"]
    amounts = varied.where(varied["varied"] == "amount", drop=True)
    alike = amounts.where(amounts["amount_pct_gdp"] == 100 * uk.amount, drop=True)
    alike_gain = float(alike["safe_value_per_100"].item())
    gaining = amounts.where(amounts["safe_value_per_100"] > 0.05, drop=True)
    most = (
        f"up to {float(gaining['amount_pct_gdp'].max()):.0f}% of GDP"
        if gaining.sizes["row"]
        else "at no amount tried"
    )

    def safe(name: str) -> float:
        return at(findings, name, "safe", "backstop")

    def risky(name: str, policy: str = "lasting") -> float:
        return at(findings, name, "risky", policy)

    return (
        f"The Bank of England gained {uk.per_100:.1f} per 100 in 2022. Here the buyer "
        "pays the price that its own purchase makes, after which "
        f"{safe('distance_10y_bp'):.1f} of {safe('spike_bp'):.0f} bp are left; at the "
        f"price before, bonds are {safe('value_before_impact_per_100'):.1f} per 100 "
        "cheap, and gilts of thirty years had fallen by more. An amount like the "
        f"Bank's ({100 * uk.amount:.1f}% of GDP) gains {alike_gain:.1f} per 100; a "
        f"backstop gains {most}, beyond it prices overshoot. Expected profits are no "
        "guide: in the risky economy long bonds earn enough that purchases of "
        "overpriced ones are expected to earn "
        f"{risky('expected_profit_per_100', 'backstop'):+.2f} (backstop) and "
        f"{risky('expected_profit_per_100'):+.2f} (lasting) per 100 while they lose "
        "value. R squared hardly falls with purchases on fiscal news (from "
        f"{risky('discovery_r_squared', cases.NONE):.3f} to "
        f"{risky('discovery_r_squared'):.3f}): yields still rise with the news, by "
        f"{100 * risky('share_of_news_in_yield'):.0f}% of what it is worth, and it is "
        "the size that is hidden."
    )


def _limits(findings: Findings) -> str:
    """What is left out, with the size of it where it is known."""
    inflation = findings.extra["shorter_debt"]
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
