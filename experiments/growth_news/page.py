"""What faster growth does to debt and yields: sentences, a figure, the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..claims import Claim
from ..report import labels
from ..report.cells import Named, Number
from ..report.figures import house_style, line, new_figure, zero_line
from ..report.page import Figure, Section, Table, Text
from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, pick, records, rows
from . import STUDY
from .study import DURATION, ECONOMIES, PUBLISHED, UNITS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_SOURCE = "Kung, Lustig and Paron (2026)"
_NAMES = {
    "debt_value": "real value of debt",
    "price_level": "of it: fall of the price level at once",
    "market": "of it: prices of bonds",
    "taxes": "value of taxes, over debt",
    "spending": "value of spending that no promise repays, over debt",
    "promises": "value of promised taxes, over debt",
    "rest": "convenience and answers of taxes, over debt",
    "spending_behind": "spending that stays behind for 30 years, over debt",
    "ledger_gap": "what the ledger says of it, less it, over debt",
    "output_value": "value of output",
    "pass_through": "pass-through of growth to the real rate",
    "policy_rate": "policy rate",
    "real_rate": "real rate",
    "yield_10y": "10-year yield",
    "yield_30y": "30-year yield",
    "real_10y": "10-year real yield",
    "expected_inflation_10y": "10-year expected inflation",
    "term_premium_10y": "10-year term premium",
    "value_over_duration": "yield by value over duration",
    "published_value": f"{_SOURCE}: value of debt",
    "published_yield": f"{_SOURCE}: yields",
}


def result(findings: Findings, _: Sequence[Claim]) -> ExperimentResult:
    """What is written and drawn."""
    names = ("growth_news", "growth_news_curve")
    return ExperimentResult(
        tables={n: frame(findings[n]) for n in names},
        records={names[0]: records(findings[names[0]])},
        figures={"growth_news": draw(findings)},
        notes=notes(findings),
        quantities=dict(findings.quantities),
    )


def _number(findings: Findings, economy: str, points: float, name: str) -> float:
    return pick(findings["growth_news"], name, economy=economy, points=points)


def notes(findings: Findings) -> list[str]:
    """What each economy says, what is published, and what differs between them."""

    def says(points: float) -> str:
        parts = []
        for economy in ECONOMIES:
            value, long = (
                _number(findings, economy, points, n)
                for n in ("debt_value", "yield_10y")
            )
            parts.append(
                f"with {economy} debt the value of debt changes by {value:+.1f}% and "
                f"the ten-year yield by {long:+.0f} bp"
            )
        published, yields = PUBLISHED[points]
        return (
            f"growth faster by {points:g} points a year for good: {'; '.join(parts)} "
            f"({_SOURCE}: {published:+.1f}% and {yields:+.0f} bp)"
        )

    lead = "News of " + ". News of ".join(says(p) for p in PUBLISHED) + "."
    gap = max(abs(r["ledger_gap"]) for r in records(findings["growth_news"]))
    accuracy = (
        "Budget and ledger, which value debt by different methods, agree on every "
        f"change to {gap:.2f}% of debt."
    )
    return [lead, _channels(findings), _differs(findings), accuracy]


def _channels(findings: Findings) -> str:
    """What moves yields, and by which arithmetic they move less than is published."""
    points = min(PUBLISHED)

    def own(name: str, economy: str = "risky") -> float:
        return _number(findings, economy, points, name)

    share = own("price_level") / own("debt_value")
    return (
        f"Where the price level has to make debt worth what backs it, {share:.0%} of "
        "the gain comes at once through prices of goods, the rest through prices of "
        f"bonds. The ten-year yield moves by {own('yield_10y'):+.0f} bp, of it "
        f"{own('expected_inflation_10y'):+.0f} bp expected inflation, "
        f"{own('term_premium_10y'):+.1f} bp term premium and {own('real_10y'):+.0f} bp "
        "the real yield. Dividing the gain by the duration of debt, as is published, "
        f"would give {own('value_over_duration'):+.0f} bp: it puts all of the gain "
        "into yields. With safe debt the rule of the policy rate keeps its intercept "
        f"and answers the real rate: {own('real_10y', 'safe'):+.0f} bp of the ten-year "
        f"yield are real, {own('expected_inflation_10y', 'safe'):+.0f} bp expected "
        "inflation."
    )


def _differs(findings: Findings) -> str:
    points = min(PUBLISHED)
    through = _number(findings, "risky", points, "pass_through")
    behind = _number(findings, "risky", points, "spending_behind")
    return (
        "What is asked is the same: growth that is faster for good, which nobody "
        "expected, with rules and what is owed as they were. What differs is why debt "
        "gains. There, taxes follow growth and most spending does not, over CBO's "
        "thirty years, and in the long run the real rate rises as much as growth. "
        "Here, taxes and spending are shares of output, and the value of both rises "
        f"because the real rate rises by {through:.2f} of growth, one over the "
        f"elasticity of intertemporal substitution of {findings.extra['psi']:g}: with "
        "an elasticity of one both would keep their value. Spending that stayed on its "
        f"old path for thirty years would add {behind:.1f}% of debt; in the published "
        "number pensions and health follow growth in part. Mean growth is a parameter: "
        "the economy is solved again, and put where the old one rests."
    )


@house_style()
def draw(findings: Findings) -> Drawing:
    """Changes of yields by maturity, a panel per size of the news."""
    figure, panels = new_figure(1, 2, width=8.8, height=3.8)
    for axes, points in zip(panels, PUBLISHED, strict=True):
        for economy in ECONOMIES:
            own = rows(findings["growth_news_curve"], economy=economy, points=points)
            axes.plot(
                [r["quarters"] / 4 for r in own],
                [r["change"] for r in own],
                **line(economy, label=f"{economy} debt"),
            )
        _, yields = PUBLISHED[points]
        axes.axhline(
            yields, **line("data", linestyle=(0, (2, 2)), marker=""), label="published"
        )
        zero_line(axes)
        axes.set(xlabel="maturity (years)", title=f"Growth faster by {points:g} points")
    panels[0].set_ylabel("change of the yield (basis points)")
    panels[0].legend(fontsize=10)
    return figure


def section(result: ExperimentResult) -> Section:
    """Section of the report: figure, numbers, what differs."""
    lead, *more = result.notes
    figures = [
        Figure(
            figure,
            "Changes of nominal yields on news of growth that is faster for good. "
            f"Published: the gain of debt over a duration of {DURATION:g} years.",
            "Two panels of changes of yields by maturity, of safe and risky debt, for "
            "news of a tenth and of half a point of growth.",
        )
        for figure in result.figures.values()
    ]
    blocks = [*figures, _table(result.records["growth_news"]), *map(Text, more)]
    return Section(STUDY.question, lead, blocks, short="Growth news")


def _table(found: Sequence[dict[str, Any]]) -> Table:
    import pandas as pd

    columns = {
        (labels.column(r["economy"]), f"{r['points']:+g} pp a year"): [
            Number(labels.number(r[n], UNITS[n], plus=True)) for n in _NAMES
        ]
        for r in found
    }
    units = [labels.unit(UNITS[n]).short for n in _NAMES]
    index = [
        Named(labels.capital(text), code, unit)
        for (code, text), unit in zip(_NAMES.items(), units, strict=True)
    ]
    shown = pd.DataFrame(
        columns, index=pd.Index(index, name="Change", dtype=object), dtype=object
    )
    return Table(
        shown,
        "What news of faster growth changes",
        note="Taxes at their intercept. Spending that stays behind is no part of the "
        "value of debt above it.",
    )
