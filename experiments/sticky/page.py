"""The regime table with sticky prices on a page: responses, table, evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...solvers.pricing.curves import PARTS
from ..claims import Claim
from ..predictions import tally_sentences, wide
from ..report import labels
from ..report.cells import Named, Number
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
    "of spending that fades slowly, all of it funded or none of it. Lines add up to "
    "the black one; note the scale of unfunded news where debt is risky."
)
_ALT = (
    "Four panels over ten years, safe debt above risky debt, funded beside unfunded "
    "news: the ten-year yield, and lines for its parts that add up to it."
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
        },
        records={**rows, "sticky_evidence": checks},
        figures={"sticky": draw(moves)},
        notes=[_lead(findings), NET],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
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
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
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
    by_order = pd.DataFrame(columns, dtype=object)
    by_order.columns = pd.MultiIndex.from_tuples(list(columns))
    index = [Named(labels.quantity(n), n) for n in names]
    by_order.index = pd.Index(index, name="Quantity", dtype=object)
    return [
        Table(shown, "Evidence that the economies are solved", collapsed=True),
        Table(
            by_order,
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
