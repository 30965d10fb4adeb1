"""A bill is scored, becomes likelier, passes: what bonds and stocks do on the way.

The bill is the One Big Beautiful Bill with CBO's scores as input. Investors expect
chance times size; what changes it is news, and news moves prices by what the solved
economies say. The second part is about investors who learn the backing share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.record.bills import Bill, load_bill, passage_days, sources
from ...calibration.record.dated_moves import shipped_moves
from ...models.markets.learning import FiscalLearning, score_effect, score_gain
from ..registry import ExperimentContext, experiment
from ..report.results import ExperimentResult, filled
from ..slide_claims import slide_records
from .days import TEN, data_moves, moves_of, news_path, path_records, window_of
from .funding import load_learning, outstanding, score_slopes, simulate_news
from .responses import UnitNews, every_response

if TYPE_CHECKING:
    from ..report.page import Section

QUESTION = "What do bonds and stocks do while an unfunded bill makes its way?"
# Elasticities of the record: ten-year yield, basis points per 1% of GDP.
RECORD = {"one_time": 0.75, "persistent": 6.75, "emergency": 3.0}
# From the vote that failed to the one that passed.
WINDOW = ("2025-05-16", "2025-05-22")
PERIODS, DRAWS = 40, 4000


def bill_records(bills: list[Bill]) -> list[dict[str, Any]]:
    """What CBO published and what follows from it."""
    return [
        {
            "bill": bill.name,
            "primary_cost_billion": bill.published["primary_cost"],
            "interest_billion_published": bill.published["interest"],
            "interest_billion_path": bill.interest,
            "debt_rise_published_percent_of_gdp": bill.published["rise_of_debt"],
            "debt_rise_path_percent_of_gdp": bill.rise_of_debt,
            "decay_per_year": bill.decay,
            "mean_flow_percent_of_gdp": bill.flow,
            "first_flow_percent_of_gdp": float(bill.share[0]),
            "present_value_percent_of_gdp": bill.present_value,
        }
        for bill in bills
    ]


def elasticity_records(
    found: Mapping[str, UnitNews], given: FiscalLearning
) -> list[dict[str, Any]]:
    """Ten-year elasticities: to a law for certain, and to a score as investors read it.

    A score moves yields by chance, gain and expected unbacked share of what a certain
    law would do if nobody repaid it: ``per_score`` rescales the economy's response from
    its own backing share to that of an ordinary bill.
    """
    records = []
    for key, unit in found.items():
        for kind in ("one_time", "persistent"):
            certain = unit.bare[kind]
            own = 1 - unit.backing
            fully = certain / own if own > 1e-6 else None
            ordinary, urgent = (
                None if fully is None else fully * float(score_effect(given, e))
                for e in (0, 1)
            )
            records.append(
                {
                    "economy": key,
                    "news": kind,
                    "certain_law": certain,
                    "score_ordinary": ordinary,
                    "score_emergency": urgent,
                    "record": RECORD[kind],
                    "unit": "basis points per 1% of GDP",
                }
            )
    return records


def multiples(given: FiscalLearning) -> list[dict[str, Any]]:
    """How much more an emergency bill moves yields, by what removes which part."""
    cases = {
        "as declared": {},
        "same chance of passage": {"emergency_passage": given.passage},
        "same backing": {"emergency_backing": given.backing},
        "neither": {
            "emergency_passage": given.passage,
            "emergency_backing": given.backing,
        },
        "ordinary bills pass with 0.4": {"passage": 0.4},
        "ordinary bills pass with 0.8": {"passage": 0.8},
        "backing 0.91 as yields ask for, emergencies 1 in 20": {
            "backing": 0.91,
            "emergency_share": 0.05,
        },
    }
    found = []
    for case, changes in cases.items():
        changed = given._replace(**changes)
        ratio = score_effect(changed, 1) / score_effect(changed, 0)
        found.append({"case": case, "multiple": float(ratio), "record": 3.0})
    return found


def learning_records(given: FiscalLearning, sample: Any) -> list[dict[str, Any]]:
    """Means of price changes under investors' beliefs, and errors of the estimate."""
    found = []
    for name in ("at_score", "at_vote", "at_funding"):
        values = getattr(sample, name)
        found.append(
            {
                "stage": name,
                "mean": float(values.mean()),
                "standard_error": float(values.std() / np.sqrt(values.size)),
                "deviation": float(values.std()),
                "unit": "percent of annual GDP",
            }
        )
    slopes = score_slopes(given, sample)
    error = float(np.sqrt(((sample.belief - sample.policy)[-1] ** 2).mean()))
    found += [
        {
            "stage": f"fall per unit of score, {kind}",
            "mean": slopes[kind],
            "standard_error": None,
            "deviation": float(score_effect(given, k)),
            "unit": "ratio (deviation: the declared effect)",
        }
        for k, kind in enumerate(("ordinary", "emergency"))
    ]
    found.append(
        {
            "stage": f"error of the backing share after {len(sample.belief)} quarters",
            "mean": error,
            "standard_error": None,
            "deviation": float(np.sqrt(sample.variance[-1].mean())),
            "unit": "share (deviation: as investors believe)",
        }
    )
    return found


def _section(result: ExperimentResult) -> Section:
    from .page import section

    return section(result)


@experiment("fiscal-news", question=QUESTION, order=5.64, section=_section)
def fiscal_news(context: ExperimentContext) -> ExperimentResult:
    """Follow the bill day by day, then let investors learn the backing share."""
    from .claims import claims
    from .figure import draw

    days = passage_days()
    moves = shipped_moves("US")
    if moves.dates != tuple(d.date for d in days):
        raise ValueError("days of passage and closes of the record differ")
    path = news_path(days)
    found = every_response(context)
    data = data_moves(moves)
    given, delay = load_learning()
    context.progress.say("investors learn from scores")
    sample = simulate_news(given, delay, PERIODS, DRAWS, context.seed)
    bills = [load_bill(name) for name in ("house", "enacted")]
    records: dict[str, list[dict[str, Any]]] = {
        "fiscal_news": path_records(days, path, found, data),
        "fiscal_news_bills": bill_records(bills),
        "fiscal_news_elasticities": elasticity_records(found, given),
        "fiscal_news_multiples": multiples(given),
        "fiscal_news_learning": learning_records(given, sample),
        "fiscal_news_numbers": sources(),
    }
    judged = claims(days, path, found, data, given)
    return ExperimentResult(
        tables={name: filled(rows) for name, rows in records.items()},
        records={**records, **slide_records("fiscal-news", judged)},
        figures={"fiscal_news": draw(records["fiscal_news"], data)},
        notes=[_lead(days, path, found, data), *_how(given, path, found)],
        quantities=_quantities(days, path, found, data),
    )


def _quantities(days, path, found, data) -> dict[str, tuple[float, str]]:
    news = path["expected"] - path["expected"][0]
    result = {}
    for key, unit in found.items():
        moves = moves_of(unit, news, "persistent")
        bp = float(window_of(days, moves["yields"], *WINDOW)[TEN])
        stocks = float(window_of(days, moves["equity"], *WINDOW))
        result[f"{key}_yield_10y"] = (bp, "basis points")
        result[f"{key}_equity"] = (stocks, "percent")
    bp = float(window_of(days, data["yields"], *WINDOW)[TEN])
    return result | {"data_yield_10y": (bp, "basis points")}


def _lead(days, path, found, data) -> str:
    numbers = _quantities(days, path, found, data)
    news = float(window_of(days, path["expected"], *WINDOW))
    stocks = float(window_of(days, data["equity"], *WINDOW))
    bp = {k: numbers[f"{k}_yield_10y"][0] for k in (*found, "data")}
    supported = bp["risky"] > 1 and bp["data"] > 0 and abs(bp["safe"]) < 0.5
    opening = (
        "Supported for bonds, not for stocks: bonds fell as the bill neared passage, "
        "as risky debt says and safe debt does not; by the record's size only if most "
        "of the bill is unbacked."
        if supported
        else "Not supported: the models do not put bonds where the record has them."
    )
    return (
        f"{opening} From the vote that failed (16 May 2025) to the vote that passed "
        f"(22 May) the chosen chances add news worth {news:.1f}% of GDP. The ten-year "
        f"yield moves by {bp['safe']:+.1f} bp with safe debt, {bp['risky']:+.1f} with "
        f"risky debt, {bp['unbacked']:+.1f} with 57% unbacked and {bp['backed']:+.1f} "
        f"when every bill is backed; in the record by {bp['data']:+.0f} bp, with "
        f"equity at {stocks:+.1f}%. Real equity moves by "
        f"{numbers['risky_equity'][0] + 0.0:+.2f}% in the flexible-price economy and "
        f"{numbers['sticky_risky_equity'][0]:+.2f}% with sticky prices: the joint fall "
        "of bonds and stocks is not there."
    )


def _how(given: FiscalLearning, path, found) -> list[str]:
    value = path["value"][0]
    flow = value / found["risky"].worth
    once = value * found["risky"].bare["one_time"]
    flowing = flow * found["risky"].bare["persistent"]
    gain = float(score_gain(given))
    return [
        "A bill's news is chance times present value. Chances are a scenario (chosen, "
        "from the public record of votes), moved by normal signals about the outcome, "
        "under which they are a martingale; sizes are CBO's. A bill counts as the flow "
        "of spending that decays by 3% a quarter and has the same present value: the "
        f"House text is a flow of {flow:.2f}% of GDP and moves the ten-year yield "
        f"without convenience by {flowing:.1f} bp in the risky economy, by {once:.1f} "
        "as one transfer of the same value, so that the shape matters little. Bond "
        "returns of models and record use the same durations.",
        "Learning: investors hold a normal belief about the backing share, see scores "
        "with errors and, a year after a law, how much of it is funded. News moves "
        "prices by the unbacked share of what a score adds to expected size, and by "
        "what is learnt times what is outstanding (ten years of projected primary "
        f"deficits, {outstanding():.0f}% of GDP). A score of an ordinary bill moves "
        f"prices by chance {float(given.passage):.2f} times gain {gain:.2f} times the "
        "unbacked share: that is why an elasticity to scores is below that to laws.",
    ]
