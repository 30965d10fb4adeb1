"""What the bill's way says: figure, sentences with its numbers, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...calibration.record.bills import load_learning, recorded
from ...models.markets.learning import FiscalLearning, score_gain
from ..claims import Claim, by_key, slide_records
from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, pick, records
from . import STUDY, figure
from .responses import LABELS, UnitNews
from .study import DATA, DECLARED, EQUITY, EXPECTED, YIELD, moved

Record = Mapping[str, Any]
_CAPTION = (
    "The One Big Beautiful Bill from the committees' texts to the last vote, closes of "
    "9 May to 3 July 2025. Bars: one standard deviation of an ordinary spell as long."
)
_ALT = (
    "Above, expected cost by day. Below, the ten-year yield and equity by day: lines "
    "of the models, points with bars of the record."
)


def result(findings: Findings, judged: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    rows = {name: records(data) for name, data in findings.data.items()}
    return ExperimentResult(
        tables={name: frame(data) for name, data in findings.data.items()},
        records={**rows, **slide_records(STUDY.name, judged)},
        figures={"fiscal_news": figure.draw(findings)},
        notes=[_lead(findings, by_key(judged)), *_how(findings)],
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, days, bills, elasticities, learning."""
    lead, *more = result.notes
    rows = result.records
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _days(rows["fiscal_news"]),
        _cumulated(rows["fiscal_news_cumulated"]),
        Text(more[0]),
        _bills(rows["fiscal_news_bills"]),
        _elasticities(rows["fiscal_news_elasticities"], rows["fiscal_news_multiples"]),
        _scores(rows["fiscal_news_scores"]),
        _pandemic(rows["fiscal_news_pandemic"]),
        Text(more[1]),
        _multiples(rows["fiscal_news_multiples"]),
        _learning(rows["fiscal_news_learning"]),
    ]
    return Section(STUDY.question, lead, blocks, short="Fiscal news")


def _number(value: float | None, unit: str) -> Number | str:
    return "" if value is None else Number(labels.number(value + 0.0, unit))


def _days(records: Sequence[Record]) -> Table:
    import pandas as pd

    shown = {
        **{
            key: labels.capital(LABELS[key])
            for key in ("safe", "risky", "unbacked", "sticky_risky")
        },
        DATA: "Record",
    }
    cells = {(r["source"], r["date"]): r for r in records}
    dates = [r["date"] for r in records if r["source"] == "data"]
    bp = "yield_10y_basis_points"
    frame = pd.DataFrame(
        {
            "Day": [cells["data", d]["words"] for d in dates],
            "Chance": [Number(f"{cells['data', d]['chance']:.2f}") for d in dates],
            "Expected, % of GDP": [
                _number(cells["data", d]["expected_percent_of_gdp"], "percent")
                for d in dates
            ],
            **{
                f"{name}, bp": [_number(cells[k, d][bp], "basis points") for d in dates]
                for k, name in shown.items()
            },
            "Equity, record, %": [
                _number(cells["data", d]["equity_percent"], "percent") for d in dates
            ],
        },
        index=pd.Index(dates, name="Close", dtype=object),
        dtype=object,
    )
    return Table(
        frame,
        "Ten-year yield, cumulative from the first close",
        note="Chances are chosen; other tenors and returns are in fiscal_news.csv.",
    )


def _cumulated(records: Sequence[Record]) -> Table:
    """The whole bill in every economy, certain and as scores, beside the record."""
    import pandas as pd

    def cell(row: Record, name: str, unit: str) -> Number | str:
        error = row[f"{name}_error"]
        small = "" if error is None else f"({labels.number(error, unit)})"
        if row[name] is None:
            return ""
        return Number(labels.number(row[name] + 0.0, unit, plus=True), small)

    frame = pd.DataFrame(
        {
            "10-year yield, bp": [
                cell(r, "yield_10y", "basis points") for r in records
            ],
            "As scores, bp": [
                _number(r["yield_10y_as_score"], "basis points") for r in records
            ],
            "Equity, %": [cell(r, "equity", "percent") for r in records],
            "Equity as scores, %": [
                _number(r["equity_as_score"], "percent") for r in records
            ],
        },
        index=pd.Index(
            [
                "Record, 1 May to 3 July 2025"
                if r["source"] == DATA
                else labels.capital(LABELS[r["source"]])
                for r in records
            ],
            name="Who says so",
            dtype=object,
        ),
        dtype=object,
    )
    return Table(
        frame,
        "The whole bill, cumulated",
        note="Economies: what the chosen chances and CBO's sizes add from the first "
        "close to the last, as news that is certain and as scores, of which prices "
        "learn a part. In brackets: what an ordinary spell as long shows. All else "
        "that happened in two months is in the record too.",
    )


def _bills(records: Sequence[Record]) -> Table:
    import pandas as pd

    rows = {
        "Primary cost 2025-34, billion dollars": "primary_cost_billion",
        "Interest, billion dollars, published and met": "interest_billion_path",
        "Debt in 2034, published, pp of GDP": "debt_rise_published_percent_of_gdp",
        "Debt in 2034, from the path, pp of GDP": "debt_rise_path_percent_of_gdp",
        "Decay of the cost's share of GDP, per year": "decay_per_year",
        "Cost in the first year, % of GDP": "first_flow_percent_of_gdp",
        "Present value, % of GDP": "present_value_percent_of_gdp",
    }
    names = {"house": "As the House passed it", "enacted": "As enacted"}
    frame = pd.DataFrame(
        {
            names[r["bill"]]: [Number(f"{r[c]:.4g}") for c in rows.values()]
            for r in records
        },
        index=pd.Index(list(rows), name="Quantity", dtype=object),
        dtype=object,
    )
    return Table(
        frame,
        "The bill in CBO's numbers",
        note="The decay is solved for so that interest is the published one; the rise "
        "of debt is then a check.",
    )


def _elasticities(records: Sequence[Record], multiples: Sequence[Record]) -> Table:
    import pandas as pd

    economies = list(dict.fromkeys(r["economy"] for r in records))
    cells = {(r["economy"], r["news"]): r for r in records}
    columns = {
        "One-time, law": ("one_time", "certain_law"),
        "Persistent, law": ("persistent", "certain_law"),
        "One-time, score": ("one_time", "score_ordinary"),
        "Persistent, score": ("persistent", "score_ordinary"),
        "Persistent, emergency score": ("persistent", "score_emergency"),
    }
    rows = {
        labels.capital(LABELS[e]): [
            _number(cells[e, news][c], "basis points") for news, c in columns.values()
        ]
        for e in economies
    }
    # The record is of scores.
    record = {news: cells["risky", news]["record"] for news, _ in columns.values()}
    times = {r["case"]: r["record"] for r in multiples}[DECLARED]
    by_score = {"score_ordinary": 1.0, "score_emergency": times}
    rows["Record (Gomez-Cram, Kung and Lustig 2025)"] = [
        Number(f"{record[news] * by_score[column]:.4g}") if column in by_score else ""
        for news, column in columns.values()
    ]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(columns))
    frame.index.name = "Basis points per 1% of GDP"
    return Table(
        frame.astype(object),
        "Ten-year yield without convenience: elasticities to a certain law and to a "
        "score",
        note="Scores: what a certain law does, times chance of passage and gain; of an "
        "emergency, what a law does that nobody promises to repay.",
    )


def _scores(records: Sequence[Record]) -> Table:
    import pandas as pd

    cells = {(r["economy"], r["chance_of_passage"]): r for r in records}
    chances = list(dict.fromkeys(r["chance_of_passage"] for r in records))
    columns = {
        "Safe, 10-year yield": ("safe", "yield_10y", "basis points"),
        "Risky, 10-year yield": ("risky", "yield_10y", "basis points"),
        "Of it term premium": ("risky", "term_premium_10y", "basis points"),
        "Risky, equity": ("risky", "equity", "percent"),
    }
    shown = pd.DataFrame(
        {
            head: [_number(cells[economy, c][name], unit) for c in chances]
            for head, (economy, name, unit) in columns.items()
        },
        index=pd.Index([f"{c:.2f}" for c in chances], name="Chance of passage"),
        dtype=object,
    )
    return Table(
        shown,
        "A score of persistent spending of 1% of GDP, by its chance of passage",
        note="No market quotes the chance; investors take the declared one, "
        f"{float(load_learning()[0].passage):.2f}. Of House bills that got beyond "
        f"committee in 1973-2008 {recorded('enacted_share'):.2f} became law "
        "(Volden and Wiseman).",
        collapsed=True,
    )


def _pandemic(records: Sequence[Record]) -> Table:
    import pandas as pd

    def cell(value: float | None) -> Number | str:
        return "" if value is None else Number(f"{round(100 * value)}%")

    models = {key: labels.capital(text) for key, text in LABELS.items()}
    names = {DATA: "Record, 2021-23", **models}
    shown = pd.DataFrame(
        {
            "Bondholders": [cell(r["share_bondholders"]) for r in records],
            "Standard error": [cell(r["standard_error"]) for r in records],
        },
        index=pd.Index([names[r["source"]] for r in records], name="Who says so"),
        dtype=object,
    )
    return Table(
        shown,
        "Who paid for the emergency laws of 2020-21",
        note="Record: real loss on the debt of the end of 2020 beyond what real yields "
        "promised, over what the laws cost (pandemic.csv). Models: a law for certain "
        "that nobody promises to repay.",
    )


def _multiples(records: Sequence[Record]) -> Table:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Emergency over ordinary": [
                Number(f"{r['multiple']:.2f}") for r in records
            ],
            "Record": [Number(f"{r['record']:.1f}") for r in records],
        },
        index=pd.Index(
            [labels.capital(r["case"]) for r in records], name="Case", dtype=object
        ),
        dtype=object,
    )
    return Table(
        frame, "How much more a score moves yields when the bill is an emergency"
    )


def _learning(records: Sequence[Record]) -> Table:
    import pandas as pd

    names = {
        "at_score": "Mean price change at scores",
        "at_vote": "Mean price change at votes",
        "at_funding": "Mean price change when funding is seen",
    }
    frame = pd.DataFrame(
        {
            "Simulated": [Number(f"{r['mean']:.4f}") for r in records],
            "Standard error": [
                ""
                if r["standard_error"] is None
                else Number(f"{r['standard_error']:.4f}")
                for r in records
            ],
            "Deviation, or as declared": [
                Number(f"{r['deviation']:.4f}") for r in records
            ],
            "Unit": [r["unit"] for r in records],
        },
        index=pd.Index(
            [names.get(r["stage"], labels.capital(r["stage"])) for r in records],
            name="Stage",
            dtype=object,
        ),
        dtype=object,
    )
    return Table(
        frame,
        "Investors who learn the backing share, simulated",
        note="Under investors' own beliefs prices have no expected return.",
        collapsed=True,
    )


def _lead(findings: Findings, judged: Mapping[str, Claim]) -> str:
    """The verdicts on bonds and stocks, and the sizes."""

    def verdict(key: str) -> str:
        claim = judged[key]
        return f"{claim.supported()} ({claim.overall().split('; ')[1]})"

    economies = ("safe", "risky", "unbacked", "backed")
    bp = {k: moved(findings, k, YIELD) for k in (*economies, DATA)}
    near = min(economies, key=lambda k: abs(bp[k] - bp[DATA]))
    value = moved(findings, DATA, EXPECTED)
    stocks = {k: moved(findings, k, EQUITY) for k in ("risky", "sticky_risky", DATA)}
    return (
        f"{verdict('bill_bonds_fall')}: that bonds fell as the bill neared passage, as "
        "risky debt says and safe debt does not. "
        f"{verdict('bill_auction_day_equity')}: that stocks fell with bonds on the day "
        "of the auction. From the vote that failed (16 May 2025) to the vote that "
        f"passed (22 May) the chosen chances add news worth {value:.1f}% of GDP. The "
        "ten-year yield moves by "
        f"{bp['safe']:+.1f} bp with safe debt, {bp['risky']:+.1f} with risky debt, "
        f"{bp['unbacked']:+.1f} with {LABELS['unbacked']} and {bp['backed']:+.1f} when "
        f"every bill is backed; in the record by {bp[DATA]:+.0f} bp, to which "
        f"{LABELS[near]} comes nearest, with equity at {stocks[DATA]:+.1f}%. Real "
        f"equity moves by {stocks['risky'] + 0.0:+.2f}% in the flexible-price economy "
        f"and {stocks['sticky_risky']:+.2f}% with sticky prices."
    )


def _how(findings: Findings) -> list[str]:
    """How the numbers come about: sizes and chances; learning."""
    given: FiscalLearning = findings.extra["learning"]
    risky: UnitNews = findings.extra["responses"]["risky"]
    value = findings.extra["value"]
    flow, once = value / risky.worth, value * risky.bare["one_time"]
    flowing = flow * pick(
        findings["fiscal_news_elasticities"],
        "certain_law",
        economy="risky",
        news="persistent",
    )
    return [
        "A bill's news is chance times present value. Chances are a scenario (chosen, "
        "from the public record of votes), moved by normal signals about the outcome, "
        "under which they are a martingale; sizes are CBO's. A bill counts as the flow "
        "of spending that decays by 3% a quarter and has the same present value: the "
        f"House text is a flow of {flow:.2f}% of GDP and moves the ten-year yield "
        f"without convenience by {flowing:.1f} bp in the risky economy, by {once:.1f} "
        "as one transfer of the same value. Bond returns of models and record use the "
        "same durations.",
        "Learning: investors hold a normal belief about the backing share, see scores "
        "with errors and, a year after a law, how much of it is funded. News moves "
        "prices by the unbacked share of what a score adds to expected size, and by "
        "what is learnt times what is outstanding (ten years of projected primary "
        f"deficits, {findings.extra['outstanding']:.0f}% of GDP). A score of an "
        f"ordinary bill moves prices by chance {float(given.passage):.2f} times gain "
        f"{float(score_gain(given)):.2f} times the unbacked share: that is why an "
        "elasticity to scores is below that to laws.",
    ]
