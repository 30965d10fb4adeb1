"""What backs the debt, in words: figures, sentences with numbers, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...calibration.valuation.facts import by_period
from ...solvers.tasks import HERE, Tasks
from .. import tables
from ..claims import Claim
from ..report import labels
from ..report.cells import Named, Number
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from . import STUDY
from .figure import draw_backing, draw_compared, draw_strips
from .model import ECONOMIES, PUBLISHED
from .study import DRAWS, measure_file

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, Any]
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


def result(findings: Findings, _: Sequence[Claim]) -> ExperimentResult:
    """What the study writes and draws."""
    notes = [_lead(findings), HOW, _strips_note(findings)]
    found = _written(findings)
    if "strips_by_source" in findings.data:
        compared = found.records["strips_by_source"]
        found.figures["strips_by_source"] = draw_compared(compared)
        notes.append(_structural_note(compared))
    found.notes = notes
    return found


def value_file(
    path: Path,
    changes: Mapping[str, Any],
    draws: int = DRAWS,
    seed: int = 0,
    start: int | None = None,
    end: int | None = None,
    risk_prices: bool = False,
    folder: Path | None = None,
    tasks: Tasks = HERE,
) -> ExperimentResult:
    """What ``fiscax value FILE`` writes and draws; arguments as of ``measure_file``.

    Raises
    ------
    FiscaxError
        For a wrong file (with row and column) or assumption, or a value that is not
        finite.
    """
    findings = measure_file(
        path, changes, draws, seed, start, end, risk_prices, folder, tasks
    )
    found = _written(findings)
    found.datasets |= {name: findings.extra[name] for name in ("var", "bootstrap")}
    found.notes = [_lead(findings), HOW]
    unused = findings.extra["unused"]
    if unused:
        found.notes.append(f"Columns that nothing reads: {', '.join(unused)}.")
    if "pricing_errors" in findings.data:
        found.notes.append(_search_note(findings))
    return found


def _written(findings: Findings) -> ExperimentResult:
    """Files and figures that both have."""
    written = {name: tables.records(data) for name, data in findings.data.items()}
    frames = {name: tables.frame(data) for name, data in findings.data.items()}
    series = written.get("by_period", ())
    figures = {
        "valuation": draw_backing(frames["valuation_facts"], written["puzzle"], series)
    }
    if "strip_premia" in written:
        figures["strip_premia"] = draw_strips(written["strip_premia"])
    return ExperimentResult(
        tables=frames,
        records=written,
        figures=figures,
        parameters=findings.parameters,
        quantities=dict(findings.quantities),
        data_vintage=findings.data_vintage,
    )


def section(result: ExperimentResult) -> Section:
    """Section of the report: figures, the puzzle taken apart, strips, claims."""
    lead, how, strips, *structural = result.notes
    captions = _captions(result)
    figures = {
        name: Figure(figure, *captions[name]) for name, figure in result.figures.items()
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
        *_economies(result, figures, structural),
        _facts(result.records["valuation_facts"]),
    ]
    return Section(STUDY.question, lead, blocks, short="Valuation")


def _captions(result: ExperimentResult) -> dict[str, tuple[str, str]]:
    """Caption and description of every figure."""
    premia = {
        (r["claim"], r["horizon_years"]): r["premium"]
        for r in result.records["strip_premia"]
    }
    years = sorted({y for _, y in premia})

    def listed(at: int) -> str:
        return ", ".join(
            f"{name} {premia[claim, at]:+.1f}"
            for claim, name in (
                ("tax", "taxes"),
                ("spending", "spending"),
                ("output", "output"),
            )
        )

    near, far = listed(years[0]), listed(years[-1])
    return {
        "valuation": (
            "Market value of government debt and the upper bound on the value of "
            "future surpluses, discounted like output; right, debt as the sum of its "
            "parts.",
            _debt_and_backing(result.tables["valuation_facts"]),
        ),
        "strip_premia": (
            "Average premia of strips at the mean state, with the published "
            f"parameters, percent a year: in year {years[0]} {near}; over {years[-1]} "
            f"years {far}. Taxes, spending and output are cointegrated.",
            f"Lines by horizon: {near} percent at {years[0]} year, {far} at "
            f"{years[-1]} years.",
        ),
        "strips_by_source": (
            "Average premia of strips over nominal short rates: published affine "
            "discount factor at its mean state, safe and risky economy averaged over "
            "their ergodic samples.",
            "Six panels, one per claim, each with one line per source by horizon.",
        ),
    }


def _debt_and_backing(facts: pd.DataFrame) -> str:
    """In how many decades debt lies above its backing, and when most."""
    found = by_period(facts)
    decades = [p for p in list(found)[1:] if "-" in p]
    gaps = {p: found[p]["debt"] - found[p]["backing"] for p in decades}
    above = sum(g > 0 for g in gaps.values())
    most = max(gaps, key=lambda p: gaps[p])
    return (
        f"Debt lies above its backing in {above} of {len(gaps)} decades, most in "
        f"{most}, by {100 * gaps[most]:.0f}% of GDP; on the right stacked bars of its "
        "parts."
    )


def _economies(
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
    below = sum(r["surpluses"] < 0 for r in records)
    frame = pd.DataFrame(columns, index=_index(years, "Year"), dtype=object)
    return Table(
        frame,
        "Claims at published states with the published discount factor, multiples of "
        "annual GDP",
        note=f"Surpluses are worth less than nothing in {below} of {len(records)} "
        "years: taxes are then worth less than spending.",
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


HOW = (
    "A VAR of taxes, spending, growth, inflation, yields and the stock market says "
    "what surpluses to expect; taxes and spending are both discounted at the rate of a "
    "claim to output. That is an upper bound: taxes are no safer than output, spending "
    "is no riskier. Standard errors come from a bootstrap of residuals; slopes of a "
    "VAR are biased in short samples, so that draws need not centre on the estimate. "
    "Seigniorage is a convenience yield on debt that grows with output; the change of "
    "regime is a cut of spending for good that the record has not seen, at an assumed "
    "probability; what is left is the remainder. All are discounted like output, and "
    "add up to debt."
)


def _strips_note(findings: Findings) -> str:
    """What strips are priced with, and how fragile that is."""
    root = float(findings["claim_values"]["risk_neutral_root"][0])
    return (
        "Strips are priced with the published discount factor. Its values are exact "
        "and fragile: loadings of risk prices reach "
        f"{findings.extra['largest_loading']:.0f} and the risk-neutral root is "
        f"{root:.4f}, so that the sums run over thousands of years; the bound needs no "
        "such estimate. An average premium is expected growth less the log price less "
        "expected short rates, per year of the strip's life. The surplus has a price "
        "and no premium: nothing makes its price positive."
    )


def _search_note(findings: Findings) -> str:
    """How well an estimated discount factor prices what it was fitted to."""
    errors = {r["kind"]: r["error"] for r in tables.rows(findings["pricing_errors"])}
    return (
        "Risk prices: the search met its tolerance after "
        f"{findings.extra['evaluations']} evaluations; root mean square error of "
        f"yields {errors['yields']:.2f} percent a year, of the log price/dividend "
        f"ratio {errors['price_dividend']:.2f}; Sharpe ratios exceed their bound by "
        f"{errors['sharpe_ratio']:.2f}. Values under an estimated discount factor are "
        "fragile; the bound needs none."
    )


_STRUCTURAL = (
    "The solved economies price the same claims with their own operator. Every premium "
    "has the one definition above, an expected log return less expected nominal short "
    "rates; it is averaged over the ergodic sample, disasters included. The short rate "
    "is the policy rate, which carries no convenience, and a period is a quarter; the "
    "published short rate is a Treasury yield, and a period is a year. An expected log "
    "return is lower than the log of the expected return by about half a variance, "
    "most for equity. The file has premia over real short rates too, larger by what "
    "nominal bills pay over expected inflation and the real rate; a claim whose real "
    "payoff no policy moves has the same one in both economies."
)


def _structural_note(found: Sequence[Record], near: int = 1, far: int = 20) -> str:
    """How premia are computed, and the rows that tell the sources apart, in words."""
    premia = {
        (r["claim"], r["source"], r["horizon_years"]): r["premium"] for r in found
    }

    def listed(first: str, second: str | None, years: int) -> str:
        parts = []
        for source in (PUBLISHED, *ECONOMIES):
            value = premia[first, source, years]
            if second is not None:
                value -= premia[second, source, years]
            parts.append(f"{labels.fixed(value, 'percent', 2)} ({source})")
        return ", ".join(parts)

    return (
        f"{_STRUCTURAL} Output earns, at {far} years: {listed('output', None, far)} "
        f"percent a year; nominal bonds: {listed('nominal_bond', None, far)}. Taxes "
        f"earn more than spending by, at {near} year: "
        f"{listed('tax', 'spending', near)}; at {far} years: "
        f"{listed('tax', 'spending', far)}."
    )


def _lead(findings: Findings) -> str:
    """Debt, its backing and the gap, with what the bootstrap says."""
    found = by_period(tables.frame(findings["valuation_facts"]))
    sample, last = next(iter(found)), list(found)[-1]
    whole, end = found[sample], found[last]
    return (
        f"Debt was {100 * whole['debt']:.1f}% of GDP on average, {sample}; future "
        f"surpluses, discounted like output with a premium of "
        f"{100 * whole['premium']:.3g}%, were worth at most "
        f"{100 * whole['backing']:.1f}%. The gap of {100 * whole['wedge']:.1f}% has a "
        f"standard error of {100 * whole['wedge_error_given_means']:.1f}; when mean "
        "rates and growth are estimated anew as well, nine in ten draws lie between "
        f"{100 * whole['wedge_low']:.0f}% and {100 * whole['wedge_high']:.0f}%. At the "
        f"end, in {last}, debt was {100 * end['debt']:.1f}% and the bound "
        f"{100 * end['backing']:.1f}%."
    )
