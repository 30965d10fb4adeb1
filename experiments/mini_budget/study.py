"""The British mini-budget: news, default and a wedge of capacity, day by day.

What a flow of unfunded spending does to gilts follows from the sticky-price economy
with British debt and backing, and from a model of default matched to swap premia.
Each day's curve is then read as so much of this news and so much of a wedge that
limited capacity puts on long yields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.record.dated_moves import TENORS
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult, filled
from ..slide_claims import slide_records
from .days import EVE, explained
from .findings import TEN, Findings, findings, shapes
from .model import PREMIA, solve_default, sources

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "Why did gilts react so much to the mini-budget, and what did the Bank earn?"
DAY, BANK, LAST = "2022-09-23", "2022-09-28", "2022-10-17"
# Ten-year Treasury, basis points per 1% of GDP of a persistent deficit.
US_RECORD = 6.75
# Spreads of the capacity at which premia are computed beside the matched one.
SPREADS = (3.0, 5.0)


def day_records(found: Findings) -> list[dict[str, Any]]:
    """One record per close and tenor: the move and its parts, basis points."""
    curve = np.cumsum(found.moves.yields, axis=0)
    return [
        {
            "date": date,
            "tenor_years": tenor,
            "move_basis_points": float(curve[d, t]),
            "news_basis_points": float(parts_news[d, t]),
            "wedge_basis_points": float(parts_wedge[d, t]),
            "left_basis_points": float(found.parts.left[d, t]),
            "news_percent_of_gdp": float(found.parts.news[d]),
            "wedge_30y_basis_points": float(found.parts.wedge[d]),
        }
        for parts_news, parts_wedge in [shapes(found)]
        for d, date in enumerate(found.moves.dates[1:])
        for t, tenor in enumerate(TENORS)
    ]


def premium_records(found: Findings) -> list[dict[str, Any]]:
    """Swap premia by tenor before and after the budget, bp per year."""
    given = found.given
    cases = {"matched": found.solved}
    cases |= {f"spread {s:g}": solve_default(given, s) for s in SPREADS}
    records = []
    for name, solved in cases.items():
        before, after = solved.premia(0.0), solved.premia(given.flow)
        for year, first, last in zip(PREMIA, before, after, strict=True):
            records.append(
                {
                    "case": name,
                    "tenor_years": year,
                    "before": float(first),
                    "after": float(last),
                    "spread_percent_of_gdp": float(solved.model.spread),
                    "slack_percent_of_gdp": float(solved.model.slack),
                    "default_within_5_years_before": solved.chance(0.0, 5),
                    "default_within_5_years_after": solved.chance(given.flow, 5),
                    "unit": "basis points per year",
                }
            )
    return records


def ladder_records(found: Findings) -> list[dict[str, Any]]:
    """Steps of the elasticity and the record's, bp of the ten-year yield per 1%."""
    flow = found.given.flow
    d = found.index(EVE)
    news, wedge = (part[d, TEN] / flow for part in shapes(found))
    rows = [(n, v, "model, step") for n, v in found.ladder.items()]
    rows += [(n, v, "model, change of the last step") for n, v in found.beside.items()]
    rows += [
        ("record, 23 September", float(found.on(DAY)[TEN]) / flow, "record"),
        ("record, to 27 September", float(found.on(EVE)[TEN]) / flow, "record"),
        ("of it news", float(news), "record, decomposed"),
        ("of it wedge", float(wedge), "record, decomposed"),
        ("record, US persistent", US_RECORD, "record"),
    ]
    unit = "basis points per 1% of GDP"
    return [{"step": n, "value": v, "kind": k, "unit": unit} for n, v, k in rows]


def gain_records(found: Findings) -> list[dict[str, Any]]:
    """What the Bank gained, in parts, beside what it booked (billion pounds)."""
    gains = found.gains
    rows = {
        "wedge that went": gains.wedge,
        "news that was taken back": gains.news,
        "unexplained by the two": gains.left,
        "all, at yields of the record": gains.total,
        "booked by the Bank": gains.record,
        "expected, if moves are plumbing (safe)": gains.plumbing,
        "expected, if moves are news that stays (risky)": gains.support,
    }
    return [{"row": n, "value": v, "unit": "billion pounds"} for n, v in rows.items()]


def fit_records(found: Findings) -> list[dict[str, Any]]:
    """Share of squared moves to 17 October that the shapes explain."""
    weight = found.parts.loadings
    cases = {
        "news and wedge": weight,
        "news alone": weight[:, :1],
        "wedge alone": weight[:, 1:],
    }
    return [
        {
            "shapes": name,
            "explained": explained(found.moves, columns, LAST),
            "unit": "share of squares",
        }
        for name, columns in cases.items()
    ]


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("mini-budget", question=QUESTION, order=5.65, section=_section)
def mini_budget(context: ExperimentContext) -> ExperimentResult:
    """Price the budget, take the days apart, book the Bank's purchases."""
    from .claims import claims
    from .figure import draw

    context.progress.say("pricing default and the budget")
    found = findings(context.overrides)
    records: dict[str, list[dict[str, Any]]] = {
        "mini_budget_days": day_records(found),
        "mini_budget_ladder": ladder_records(found),
        "mini_budget_premia": premium_records(found),
        "mini_budget_backstop": gain_records(found),
        "mini_budget_fit": fit_records(found),
        "mini_budget_numbers": sources(),
    }
    judged = slide_records("mini-budget", claims(found))
    return ExperimentResult(
        tables={name: filled(rows) for name, rows in records.items()},
        records={**records, **judged},
        figures={"mini_budget": draw(found)},
        notes=[_lead(found), _how(found)],
        quantities={
            "elasticity_10y": (found.ladder["default compensation"], "basis points"),
            "news_27_september": (
                float(found.parts.news[found.index(EVE)]),
                "percent of GDP",
            ),
            "backstop_gain": (found.gains.total, "billion pounds"),
        },
    )


def _lead(found: Findings) -> str:
    flow, ladder = found.given.flow, found.ladder
    eve, bank = found.index(EVE), found.index(BANK)
    larger = ladder["default compensation"] > 2 * ladder["risky US economy"]
    opening = (
        "Supported: the elasticity is larger than in the US, and the channel another."
        if larger
        else "Not supported: the British economy does not react more than the US one."
    )
    news, wedge = found.parts.news, found.parts.wedge
    gains = found.gains
    day = float(found.on(DAY)[TEN]) / flow
    return (
        f"{opening} Per 1% of GDP the ten-year gilt reacts by "
        f"{ladder['default compensation']:.0f} bp against "
        f"{ladder['risky US economy']:.0f} in the US economy: less backing takes it to "
        f"{ladder['British backing']:.0f}, longer debt back to "
        f"{ladder['British maturity of debt']:.0f}, default adds "
        f"{found.default[TEN]:.0f}. The record has {day:.0f} on the day. Read through "
        f"these shapes, gilts spoke of news of {news[eve]:.1f}% of GDP by 27 September "
        f"(the budget was {flow:.1f}%) and of a wedge of {wedge[eve]:.0f} bp at thirty "
        f"years, which the Bank's announcement took to {wedge[bank]:.0f}, leaving "
        f"news at {news[bank]:.1f}. At these yields the Bank gains "
        f"{gains.total:.1f} billion pounds, {gains.wedge:.1f} of it wedge; it booked "
        f"{gains.record:.1f}."
    )


def _how(found: Findings) -> str:
    model = found.solved.model
    return (
        "The backing share is chosen: three times the unbacked share of the risky US "
        "economy, the multiple of emergency bills. Default comes when required taxes "
        "exceed an uncertain capacity; its mean distance "
        f"({float(model.slack):.0f}% of GDP) and its spread "
        f"({float(model.spread):.1f}) are matched to five-year swap premia before and "
        "after, so that other tenors and the part of gilt yields are results; with a "
        "smaller spread premia would rise far more. Responses are net of the demand "
        "that funded spending brings too. Each close's five yields are fitted by least "
        "squares on two shapes that are not fitted to gilt yields. The gain uses one "
        "duration for all purchases and the yields of 20 and 30 years, spread evenly "
        "over the closes of 28 September to 7 October and of the week after."
    )
