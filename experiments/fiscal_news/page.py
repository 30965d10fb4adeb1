"""The report section of the experiment ``fiscal-news``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..report import labels
from ..report.cells import Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from .responses import LABELS

Record = Mapping[str, Any]
_CAPTION = (
    "The One Big Beautiful Bill from the committees' texts to the last vote, closes of "
    "9 May to 3 July 2025. Bars: one standard deviation of an ordinary spell as long."
)
_ALT = (
    "Above, expected cost rises in steps. Below left, the ten-year yield: the record "
    "rises by about twenty basis points and falls back, risky debt by a few. Below "
    "right, equity: the record moves by percents, models stay near zero."
)


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, days, bills, elasticities, learning."""
    from .study import QUESTION

    lead, *more = result.notes
    records = result.records
    blocks = [
        *(Figure(f, _CAPTION, _ALT) for f in result.figures.values()),
        _days(records["fiscal_news"]),
        Text(more[0]),
        _bills(records["fiscal_news_bills"]),
        _elasticities(records["fiscal_news_elasticities"]),
        Text(more[1]),
        _multiples(records["fiscal_news_multiples"]),
        _learning(records["fiscal_news_learning"]),
    ]
    return Section(QUESTION, lead, blocks, short="Fiscal news")


def _number(value: float | None, unit: str) -> Number | str:
    return "" if value is None else Number(labels.number(value + 0.0, unit))


def _days(records: Sequence[Record]) -> Table:
    import pandas as pd

    shown = {
        "safe": "Safe",
        "risky": "Risky",
        "unbacked": "57% unbacked",
        "sticky_risky": "Risky, sticky prices",
        "data": "Record",
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


def _elasticities(records: Sequence[Record]) -> Table:
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
    rows["Record (Gomez-Cram, Kung and Lustig 2025)"] = [
        "",
        "",
        Number("0.75"),
        Number("6.75"),
        Number("20.3"),
    ]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(columns))
    frame.index.name = "Basis points per 1% of GDP"
    return Table(
        frame.astype(object),
        "Ten-year yield without convenience: elasticities to a certain law and to a "
        "score",
        note="Scores: the economy's response, rescaled from its own backing share to "
        "what investors believe at .43, times chance of passage and gain.",
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
