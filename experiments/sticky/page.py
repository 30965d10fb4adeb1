"""The regime table with sticky prices on a page: responses, table, evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...solvers.pricing.curves import PARTS
from ..claims import Claim
from ..predictions import tally_sentences, wide
from ..report import labels
from ..report.cells import Named, Number, cell_frame
from ..report.page import Figure, Section, Table, Text
from ..report.regime_table import regime_frame
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import pick, records
from . import STUDY
from .figure import draw

Record = Mapping[str, Any]
_CAPTION = (
    "Response of the ten-year yield and its parts to news of one more percent of GDP "
    "of spending that fades slowly, all of it funded or none of it, which makes no "
    "difference where debt is safe for good: one rule pays for all news. Lines add up "
    "to the black one; note the scale of unfunded news where debt is risky."
)
_ALT = (
    "Panels over ten years, safe debt with any news, risky debt with funded and with "
    "unfunded news: the ten-year yield, and lines for its parts that add up to it."
)
_NOTE = (
    "± is the distance to the solution of order two, missing where a number is "
    "first-order. Verdicts and bands are those of the regime table: ✓ delivered, ✕ "
    "contradicted, ○ zero, ? too imprecise, in brackets where the number does not "
    "count. *Stress* is a rise of the demand for safe nominal assets: there are no "
    "disasters here."
)
NET = (
    "Purchases move demand, hours and real rates, whoever pays for them. Rows on news "
    "are therefore net of demand: the response to news of which every economy is asked "
    "about the same share unfunded, less that to the same news fully funded. Where "
    "debt is safe for good the difference vanishes because one rule governs all news: "
    "the zeros check the solution, they are no finding. *As financed* is by the "
    "regime's own fiscal rule, gross of demand. Shares of "
    "who bears the news treat funded news as borne by taxpayers. Rows on convenience, "
    "stress and the real short rate as financed are gross. A transfer moves the face "
    "value of debt, not spending. Betas and correlations come from closed-form "
    "covariances of unexpected quarterly returns, slopes on debt from closed-form "
    "moments. Values, shares and betas of claims "
    "are first-order. Intercepts of the rules of taxes and of the policy rate are such "
    "that mean inflation and mean debt of the second-order solution hit their targets."
)


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn; the table judges its own rows."""
    import pandas as pd

    rows = {name: records(data) for name, data in findings.data.items()}
    moves = rows.pop("sticky_responses")
    checks = [_without_order(r) for r in rows.pop("sticky_evidence")]
    parts = pd.DataFrame(moves)
    parts.attrs["units"] = dict.fromkeys(("yield", *PARTS), "basis points")
    return ExperimentResult(
        tables={
            "sticky": wide(rows["sticky"]),
            "sticky_orders": pd.DataFrame(order_table(checks)),
            "sticky_responses": parts,
            **{name: pd.DataFrame(rows[name]) for name in _ASKED},
        },
        records={**rows, "sticky_evidence": checks},
        figures={"sticky": draw(moves)},
        notes=[
            _lead(findings),
            _rule_note(rows),
            _stress_note(rows),
            _premium_note(rows),
            NET,
        ],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
    )


_ASKED = ("sticky_news", "sticky_rule", "sticky_stress_spending", "sticky_premia")
_NEWS_ROWS = {
    "share_as_financed": "Share unfunded, as financed",
    "as_financed": "10-year yield, as financed",
    "share_asked": "Share unfunded, net of demand",
    "net": "10-year yield, net of demand",
    "funded": "10-year yield, all funded: the demand effect",
    "unfunded_net": "10-year yield, nothing funded, net of demand",
}
_RULES = {
    "trend": "output over its trend (Taylor 1993)",
    "gap": "output over its natural level",
}
_RULE_COLUMNS = {
    "funded": "all funded",
    "as_financed": "as financed",
    "net": "net of demand",
    "expected_inflation_5y5y": "5y5y expected inflation, as financed",
}
_SIZES = {
    "none": "none",
    "low": "the record less two s.e.",
    "record": "the record",
    "high": "the record plus two s.e.",
}


def _bp(value: float) -> Number:
    # Zero up to rounding: no sign.
    return Number(f"{round(value, 1) + 0.0:+.1f}")


def _news_table(rows: Sequence[Record]) -> Table:
    """The same news in every economy and regime, with the shares asked about."""

    def cell(name: str, value: float) -> Number:
        share = name.startswith("share")
        return Number(f"{100 * value:.0f}%") if share else _bp(value)

    columns = {_place(r): [cell(name, r[name]) for name in _NEWS_ROWS] for r in rows}
    named = [Named(text, name) for name, text in _NEWS_ROWS.items()]
    return Table(
        cell_frame(columns, named, ""),
        "News of 1% of GDP of spending in every economy, as financed and net",
        note="Basis points a year without convenience. *Net of demand*: the same share "
        "is unfunded in every economy, less the same news fully funded. *As financed*: "
        "by the regime's own fiscal rule, demand included.",
    )


def _place(row: Record) -> str:
    """Heading of an economy and its regime."""
    economy = row["economy"].removeprefix("sticky_")
    own = row["regime"]
    return labels.column(own if economy == own else f"{economy}: {own}")


def _rule_table(rows: Sequence[Record]) -> Table:

    economies = list(dict.fromkeys(r["economy"] for r in rows))
    rules = list(dict.fromkeys(r["rule"] for r in rows))
    found = {(r["economy"], r["rule"]): r for r in rows}
    columns = {
        (labels.column(e.removeprefix("sticky_")), words): [
            _bp(found[e, rule][name]) for rule in rules
        ]
        for e in economies
        for name, words in _RULE_COLUMNS.items()
    }
    names = [_RULES.get(rule, rule) for rule in rules]
    return Table(
        cell_frame(columns, names, "The policy rate answers"),
        "What the rule answers, and the same news",
        note="Basis points a year of the ten-year yield without convenience unless "
        "said otherwise. Natural output rises with purchases because people work "
        "more; it is that of flexible prices at first order.",
    )


def _stress_table(rows: Sequence[Record]) -> Table:

    economies = list(dict.fromkeys(r["economy"] for r in rows))
    sizes = list(dict.fromkeys(r["size"] for r in rows))
    found = {(r["economy"], r["size"]): r for r in rows}
    first = found[economies[0], sizes[0]]
    columns: dict[tuple[str, str], list[Any]] = {
        ("Spending", "% of GDP"): [
            Number(f"{found[first['economy'], s]['spending']:.2f}") for s in sizes
        ],
        ("Spending", "b_p"): [
            Number(f"{found[first['economy'], s]['b_p']:.3f}") for s in sizes
        ],
    }
    ways = {"promised": "promised as by the rule", "unpromised": "nothing promised"}
    for economy in economies:
        head = labels.column(economy.removeprefix("sticky_"))
        for way, words in ways.items():
            columns[head, words] = [_bp(found[economy, s][way]) for s in sizes]
    names = [_SIZES[s] for s in sizes]
    return Table(
        cell_frame(columns, names, "Spending that comes with stress"),
        "The ten-year yield in stress of one standard deviation",
        note="Basis points a year. Spending is the mean over five years per standard "
        "deviation of stress; the record's is what laws add in the year after a "
        "surprise in the VIX. Prices of risk are those of the shipped size.",
    )


_PREMIA = {
    "term_premium_40": "10-year term premium",
    "real_term_premium_40": "of it real",
    "inflation_risk_premium_40": "of it for inflation",
    "yield_40": "10-year yield",
    "yield_1": "3-month yield",
    "inflation": "inflation",
}


def _premium_table(rows: Sequence[Record]) -> Table:

    columns = {
        (labels.column(r["regime"]), labels.capital(r["economy"])): [
            Number(f"{r[name]:+.2f}") for name in _PREMIA
        ]
        for r in rows
    }
    return Table(
        cell_frame(columns, list(_PREMIA.values()), "At rest"),
        "Premia where regimes may change, to second order",
        note="Percent a year where the economy rests while its regime lasts, risk "
        "included. Permanent: the same parameters in a regime that never ends.",
    )


def _premium_note(rows: Mapping[str, Sequence[Record]]) -> str:
    """What the chance of the other regime does to premia, in words."""
    name = "term_premium_40"
    found = {(r["regime"], r["economy"]): r[name] for r in rows["sticky_premia"]}
    safe, risky = (
        f"{found[regime, 'permanent']:+.2f}% for good and "
        f"{found[regime, 'switching']:+.2f}% where it may end"
        for regime in ("safe", "risky")
    )
    return (
        "Regimes that may change bring premia towards each other: the ten-year premium "
        f"of safe debt is {safe}, that of risky debt {risky} (second order). How "
        "premia move with news is of the third order, to which this economy is not "
        "solved."
    )


def _rule_note(rows: Mapping[str, Sequence[Record]]) -> str:
    """What the rule makes of news as financed, in words."""
    found = {
        r["rule"]: r for r in rows["sticky_rule"] if r["economy"] == "sticky_risky"
    }
    if set(found) != set(_RULES):
        return "The rule of the policy rate is the one that was asked for."
    trend, gap = found["trend"], found["gap"]
    return (
        "The sign of the response as financed is the rule's. Where the policy rate "
        "answers output over its trend, as in Taylor (1993) and in the fiscal models "
        "of Leeper, Traum and Walker (2017), it fights the output that purchases "
        "bring, whoever pays: risky debt moves by "
        f"{trend['as_financed']:+.1f} bp as financed and {trend['net']:+.1f} net. "
        "Where it answers the gap to natural output, as in Smets and Wouters (2007), "
        f"by {gap['as_financed']:+.1f} and {gap['net']:+.1f}. The first ships, for "
        "its `phi_output` is Taylor's; `--set gap_share=1` is the second."
    )


def _stress_note(rows: Mapping[str, Sequence[Record]]) -> str:
    """What spending in stress does for the stress rows, in words."""
    risky = {
        r["size"]: r
        for r in rows["sticky_stress_spending"]
        if r["economy"] == "sticky_risky"
    }
    none, record, high = (risky[k] for k in ("none", "record", "high"))
    turned = [
        words
        for way, words in (("promised", "as promised"), ("unpromised", "unpromised"))
        if none["promised"] < 0 < record[way]
    ]
    turns = f"The row turns {' and '.join(turned)}." if turned else "No row turns."
    return (
        "Spending that comes with stress is that of the record: laws add "
        f"{record['spending']:.2f}% of GDP per standard deviation. Risky ten-year "
        f"yields then move by {record['promised']:+.1f} bp in stress "
        f"({none['promised']:+.1f} without such spending), and by "
        f"{record['unpromised']:+.1f} if nobody promises to repay it "
        f"({high['unpromised']:+.1f} two standard errors above). {turns}"
    )


def _without_order(row: Record) -> dict[str, Any]:
    """Checks of a whole solution have no order."""
    return {k: v for k, v in row.items() if k != "order" or v is not None}


def order_table(rows: Sequence[Record]) -> list[dict[str, Any]]:
    """Numbers by order side by side, one line per economy and number."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if row.get("order") is not None:
            key = (row["economy"], row["check"])
            line = lines.setdefault(key, {"economy": key[0], "quantity": key[1]})
            line[f"order {row['order']}"] = row["value"]
    return list(lines.values())


def section(result: ExperimentResult) -> Section:
    """Section of the report: the figure, the table, the evidence."""
    # Columns are named after the regime, as everywhere.
    frame, groups = regime_frame(
        [
            {**r, "economy": r["economy"].removeprefix("sticky_")}
            for r in result.records["sticky"]
        ]
    )
    lead, *more = result.notes
    blocks = [
        _news_table(result.records["sticky_news"]),
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _rule_table(result.records["sticky_rule"]),
        _stress_table(result.records["sticky_stress_spending"]),
        _premium_table(result.records["sticky_premia"]),
        Table(
            frame,
            "The regime table with sticky prices, net of demand",
            groups=groups,
            note=_NOTE,
        ),
        *(Text(note) for note in more),
        *_evidence(result.records["sticky_evidence"]),
    ]
    return Section(STUDY.question, lead, blocks, short="Sticky prices")


def _lead(findings: Findings) -> str:
    """What is delivered, and what the demand effect is."""
    rows = findings["sticky"]
    bare = "yield_10y_ex_convenience"

    def value(economy: str, quantity: str) -> float:
        return pick(rows, "value", economy=economy, quantity=quantity)

    gross = value("sticky_safe", f"persistent_funded_{bare}")
    net = value("sticky_risky", f"persistent_{bare}")
    # Zero up to rounding: no sign.
    none = round(value("sticky_safe", f"persistent_{bare}"), 1) + 0.0
    return (
        f"{tally_sentences(records(rows))} Funded spending news of 1% of GDP moves the "
        f"ten-year yield without convenience by {gross:+.1f} bp in the safe economy: "
        "the demand effect. Net of it, the news moves the yield by "
        f"{none:+.1f} bp where debt is safe and by {net:+.1f} bp where it is risky."
    )


def _evidence(rows: Sequence[Record]) -> list[Table]:
    import pandas as pd

    economies = list(dict.fromkeys(r["economy"] for r in rows))
    checks = list(dict.fromkeys(r["check"] for r in rows if r.get("order") is None))
    found = {(r["economy"], r["check"], r.get("order")): r["value"] for r in rows}

    def heading(economy: str) -> str:
        return labels.column(economy.removeprefix("sticky_"))

    shown = pd.DataFrame(
        {
            heading(e): [_value(found.get((e, c, None))) for c in checks]
            for e in economies
        },
        index=pd.Index([labels.words(c) for c in checks], name="Check", dtype=object),
        dtype=object,
    )
    followed = [r for r in rows if r.get("order") is not None]
    orders = sorted({r["order"] for r in followed})
    names = list(dict.fromkeys(r["check"] for r in followed))
    ordered = list(dict.fromkeys(r["economy"] for r in followed))
    columns = {
        (heading(e), f"order {o}"): [_value(found.get((e, n, o))) for n in names]
        for e in ordered
        for o in orders
    }
    left = [Named(labels.quantity(n), n) for n in names]
    return [
        Table(shown, "Evidence that the economies are solved", collapsed=True),
        Table(
            cell_frame(columns, left, "Quantity"),
            "How the order of the solution changes the numbers",
            note="Means in percent a year, responses in basis points. At first order "
            "premia are zero and means are those of the riskless economy, whose "
            "inflation is higher: intercepts make up for what risk takes from it.",
            collapsed=True,
        ),
    ]


def _value(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    small = 0 < abs(value) < 1e-4
    return Number(f"{value:.1e}" if small else f"{value + 0.0:.4g}")
