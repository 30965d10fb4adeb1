"""The report section of the experiment ``valuation``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult

Record = Mapping[str, Any]
_CAPTIONS = {
    "valuation": (
        "Market value of government debt and the upper bound on the value of future "
        "surpluses, discounted like output; right, debt as the sum of its parts.",
        "Debt lies above its backing in nearly every decade, most of all after the war "
        "and since 2007; on the right stacked bars of its parts.",
    ),
    "strip_premia": (
        "Average premia of strips at the mean state, with the published parameters: "
        "near term taxes are risky and spending is a hedge; far out both are priced "
        "like output, with which they are cointegrated.",
        "Lines by horizon: taxes start at nine percent, spending below zero, and all "
        "fiscal claims meet near four percent at a hundred years.",
    ),
    "strips_by_source": (
        "Average premia of strips over nominal short rates: published affine discount "
        "factor at its mean state, safe and risky economy averaged over their ergodic "
        "samples.",
        "Six panels, one per claim, each with one line per source by horizon.",
    ),
}
_SOURCES = {"published": "Published affine", "safe": "Safe", "risky": "Risky"}
_CLAIMS = {
    "tax": "Taxes",
    "spending": "Spending",
    "surplus": "Surplus",
    "output": "Output",
    "equity": "Equity",
    "nominal_bond": "Nominal bonds",
    "real_bond": "Indexed bonds",
}
_PARTS = {
    "surpluses": "Surpluses, with the low output premium",
    "output_premium": "Output premium",
    "convenience_seigniorage": "Convenience seigniorage",
    "expected_regime_change": "Expected regime change",
    "remainder": "Remainder",
    "debt": "Debt",
}
_CHANGES = {
    "spending_cut": ("cut of spending for good by {:.0f}%", "Spending cut"),
    "devaluation": ("loss of {:.0f}% of the value of debt", "Devaluation"),
}
_GDP = "percent of annual GDP"


def section(result: ExperimentResult) -> Section:
    """Section of the report: figures, the puzzle taken apart, strips, claims."""
    from .study import QUESTION

    lead, how, strips, *structural = result.notes
    figures = {
        name: Figure(figure, *_CAPTIONS[name])
        for name, figure in result.figures.items()
    }
    blocks = [
        figures["valuation"],
        _puzzle(result.records["puzzle"]),
        _closing(result.records["closing_probabilities"]),
        Text(how),
        figures["strip_premia"],
        _strips(result.records["strip_premia"]),
        _claims(result.records["claim_values"]),
        _dates(result.records["published_dates"]),
        Text(strips),
        *_structural(result, figures, structural),
        _facts(result.records["valuation_facts"]),
    ]
    return Section(QUESTION, lead, blocks, short="Valuation")


def _structural(
    result: ExperimentResult, figures: Mapping[str, Figure], notes: Sequence[str]
) -> list[Any]:
    """Blocks that set the economies beside the reduced form, if they were solved."""
    if "strips_by_source" not in result.records:
        return []
    return [
        figures["strips_by_source"],
        _compared(result.records["strips_by_source"]),
        *(Text(note) for note in notes),
        _sums(result.records["strip_sums"]),
    ]


def _compared(records: Sequence[Record]) -> Table:
    import pandas as pd

    horizons = sorted({r["horizon_years"] for r in records})
    found = {(r["claim"], r["source"], r["horizon_years"]): r for r in records}
    pairs = list(dict.fromkeys((r["claim"], r["source"]) for r in records))
    rows = [
        [
            Number(labels.fixed(found[claim, source, years]["premium"], "percent", 2))
            for years in horizons
        ]
        for claim, source in pairs
    ]
    frame = pd.DataFrame(
        rows,
        columns=[f"{years}" for years in horizons],
        index=_index([Named(_SOURCES[s], s) for _, s in pairs], "Source"),
        dtype=object,
    )
    return Table(
        frame,
        "Average premia of strips by horizon in years, percent a year: reduced form "
        "and solved economies",
        groups=[_CLAIMS[claim] for claim, _ in pairs],
    )


def _sums(records: Sequence[Record]) -> Table:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Claim": [_CLAIMS[r["claim"]] for r in records],
            "Sum of strips (years of payoffs)": [
                Number(f"{r['sum_years']:.2f}") for r in records
            ],
            "Solved value (years of payoffs)": [
                Number(f"{r['value_years']:.2f}") for r in records
            ],
            "Relative gap": [Number(f"{r['relative_gap']:.1e}") for r in records],
        },
        index=_index([Named(_SOURCES[r["source"]], r["source"]) for r in records], ""),
        dtype=object,
    )
    return Table(
        frame,
        "Do strips add up to the values that the solution and the ledger hold?",
        note="Means over the ergodic sample; the gap is the root mean square of the "
        "relative difference. Taxes have the error of the nominal grid, see the "
        "ledger's residual.",
        collapsed=True,
    )


def _share(value: float) -> Number:
    return Number(labels.fixed(100 * value, _GDP, 1))


def _puzzle(records: Sequence[Record]) -> Table:
    import pandas as pd

    columns = {
        r["period"].replace("-", "–"): [_share(r[part]) for part in _PARTS]
        for r in records
    }
    names = [Named(text, part) for part, text in _PARTS.items()]
    frame = pd.DataFrame(columns, index=_index(names, "Part"), dtype=object)
    return Table(
        frame,
        "Debt as the sum of its parts, percent of annual GDP",
        note="The output premium is what surpluses are worth with the premium less "
        "what they are worth with the low one; parts add up to debt.",
    )


def _closing(records: Sequence[Record]) -> Table:
    import pandas as pd

    rows = []
    for record in records:
        words, _ = _CHANGES[record["change"]]
        chance = record["annual_probability"]
        text = "none is enough" if chance is None else Number(f"{100 * chance:.2f}")
        rows.append((words.format(100 * record["size"]), text))
    frame = pd.DataFrame(
        {"Percent a year": [text for _, text in rows]},
        index=_index([labels.capital(name) for name, _ in rows], "Change of regime"),
        dtype=object,
    )
    return Table(
        frame,
        "Annual probability with which an expected change of regime closes the gap "
        "that seigniorage leaves",
        groups=[r["period"].replace("-", "–") for r in records],
        note="A devaluation's last row brings debt down to its backing.",
    )


def _strips(records: Sequence[Record]) -> Table:
    import pandas as pd

    horizons = sorted({r["horizon_years"] for r in records})
    found = {(r["claim"], r["horizon_years"]): r for r in records}
    claims = list(dict.fromkeys(r["claim"] for r in records))

    def cells(key: str, digits: int) -> list[tuple[str, list[Any]]]:
        rows = []
        for claim in claims:
            values = [found[claim, years][key] for years in horizons]
            if any(v is not None for v in values):
                rows.append((claim, [Number(f"{v:.{digits}f}") for v in values]))
        return rows

    groups, rows = [], []
    for title, key, digits in (
        ("Average premium over the strip's life, percent a year", "premium", 2),
        ("Premium of the first year, percent", "holding_premium", 2),
        ("Price over today's payoff (surplus: over GDP)", "price", 3),
    ):
        for row in cells(key, digits):
            groups.append(title)
            rows.append(row)
    frame = pd.DataFrame(
        [values for _, values in rows],
        columns=[f"{years}" for years in horizons],
        index=_index([Named(_CLAIMS[claim], claim) for claim, _ in rows], "Claim"),
        dtype=object,
    )
    return Table(
        frame,
        "Strips by horizon in years, at the mean state, published parameters",
        groups=groups,
    )


def _claims(records: Sequence[Record]) -> Table:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Value (years of payoffs)": [_two(r["value_years"]) for r in records],
            "Premium (% a year)": [_two(r["premium"]) for r in records],
            "Prices of distant strips grow by (% a year)": [
                Number(labels.fixed(r["limit_growth"], "percent", 2)) for r in records
            ],
        },
        index=_index(
            [Named(_CLAIMS[r["claim"]], r["claim"]) for r in records], "Claim"
        ),
        dtype=object,
    )
    root = records[0]["risk_neutral_root"]
    return Table(
        frame,
        "Whole claims: the sum of all strips",
        note=f"A sum is finite when the risk-neutral root, here {root:.4f}, is below "
        "one and prices of distant strips fall; otherwise it is refused.",
        collapsed=True,
    )


def _two(value: float | None) -> Number | None:
    """Two decimals; nothing where a value is not finite."""
    return None if value is None else Number(labels.fixed(value, "percent", 2))


def _dates(records: Sequence[Record]) -> Table:
    import pandas as pd

    columns = {
        labels.capital(k): [Number(labels.fixed(r[k], "ratio", 2)) for r in records]
        for k in ("taxes", "spending", "surpluses", "debt")
    }
    years = [str(r["year"]) for r in records]
    frame = pd.DataFrame(columns, index=_index(years, "Year"), dtype=object)
    return Table(
        frame,
        "Claims at published states with the published discount factor, multiples of "
        "annual GDP",
        note="With taxes riskier than spending, surpluses are worth less than nothing.",
        collapsed=True,
    )


def _facts(records: Sequence[Record]) -> Table:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Value": [Number(f"{r['value']:.4g}") for r in records],
            "Unit": [r["unit"] for r in records],
            "What it is": [r["definition"] for r in records],
        },
        index=_index(
            [
                Named(labels.capital(labels.words(r["quantity"])), r["quantity"])
                for r in records
            ],
            "Fact",
        ),
        dtype=object,
    )
    return Table(
        frame,
        "Facts behind the decomposition",
        groups=[r["period"].replace("-", "–") for r in records],
        note=f"Source: {records[0]['source']}.",
        collapsed=True,
    )


def _index(names: Sequence[Any], title: str) -> Any:
    import pandas as pd

    return pd.Index(list(names), name=title, dtype=object)
