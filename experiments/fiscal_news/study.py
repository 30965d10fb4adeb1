"""Follow the bill day by day, then let investors learn the backing share.

The bill is the One Big Beautiful Bill with CBO's scores as input. Investors expect
chance times size; what changes it is news, and news moves prices by what the solved
economies say. The second part is about investors who learn the backing share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...calibration.matching.equivalence import published
from ...calibration.record.bills import (
    Bill,
    Day,
    load_bill,
    load_learning,
    passage_days,
    recorded,
    sources,
)
from ...calibration.record.dated_moves import TENORS, shipped_moves
from ...calibration.record.events import ERA as EVENT
from ...calibration.record.moments import shipped_moments
from ...calibration.record.pandemic import shipped_payment
from ...models.markets.learning import (
    FiscalLearning,
    chance,
    score_effect,
    score_gain,
)
from ..study import Findings, Setting
from ..tables import pick, table
from .days import data_moves, moves_of, news_path
from .learning import (
    NewsSample,
    options,
    outstanding,
    score_slopes,
    simulate_news,
)
from .responses import UnitNews, every_response

if TYPE_CHECKING:
    import xarray as xr

OPTIONS = (*options("scores"), *options("learning"))
_SCORES = {option.name for option in options("scores")}
# From the vote that failed to the one that passed; the auction; the vote.
WINDOW = ("2025-05-16", "2025-05-22")
AUCTION = ("2025-05-20", "2025-05-21")
VOTE = ("2025-05-21", "2025-05-22")
PERIODS, DRAWS = 40, 4000
# Of passage, on the day of a score.
CHANCES = (0.2, 0.4, 0.6, 0.8, 0.95)
# Two months of the bill in the record of moves between closes.
BILL = "obbb_2025_05_to_07"
CUMULATED = (
    "yield_10y",
    "yield_10y_as_score",
    "yield_10y_error",
    "equity",
    "equity_as_score",
    "equity_error",
)
YIELD, RETURN = "yield_10y_basis_points", "return_10y_percent"
EQUITY, EXPECTED = "equity_percent", "expected_percent_of_gdp"
DATA = "data"
DECLARED = "as declared"
PER_POINT = "basis points per 1% of GDP"
# Elasticities of the record by kind of news: rows of the shipped evidence.
_EVIDENCE = {
    "one_time": "one_time_yield_10y_ex_convenience",
    "persistent": "score_yield_10y_ex_convenience",
}
UNITS = {
    "chance": "probability",
    EXPECTED: "percent of GDP",
    **{f"yield_{t}y_basis_points": "basis points" for t in TENORS},
    **{f"return_{t}y_percent": "percent" for t in TENORS},
    EQUITY: "percent",
    "debt_percent": "percent",
    "certain_law": PER_POINT,
    "score_ordinary": PER_POINT,
    "score_emergency": PER_POINT,
    "record": PER_POINT,
    "multiple": "ratio",
}


def day_table(
    days: Sequence[Day],
    path: Mapping[str, np.ndarray],
    found: Mapping[str, UnitNews],
    data: Mapping[str, np.ndarray],
) -> xr.Dataset:
    """Yields, returns and equity by source and day, cumulative from the first close."""
    news = path["expected"] - path["expected"][0]
    moves_by = {k: moves_of(u, news, "persistent") for k, u in found.items()}
    lines = []
    for key, moves in {**moves_by, DATA: data}.items():
        for d, day in enumerate(days):
            line: dict[str, Any] = {
                "source": key,
                "date": day.date,
                "words": day.words,
                "chance": float(path["chance"][d]),
                EXPECTED: float(path["expected"][d]),
            }
            for t, tenor in enumerate(TENORS):
                line[f"yield_{tenor}y_basis_points"] = float(moves["yields"][d, t])
                line[f"return_{tenor}y_percent"] = float(moves["returns"][d, t])
            line[EQUITY] = float(moves["equity"][d])
            line["debt_percent"] = float(moves["debt"][d]) if "debt" in moves else None
            lines.append(line)
    return table(lines, ("source", "date"), UNITS)


def moved(
    findings: Findings, source: str, name: str, window: tuple[str, str] = WINDOW
) -> float:
    """Change of a column of the days between two closes."""
    first, last = (
        pick(findings["fiscal_news"], name, source=source, date=date) for date in window
    )
    return last - first


def bill_table(bills: Sequence[Bill]) -> xr.Dataset:
    """What CBO published and what follows from it, by bill."""
    lines = [
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
    units = {"billion": "billion dollars", "percent_of_gdp": "percent of GDP"}
    named = {n: u for n in lines[0] for k, u in units.items() if k in n}
    return table(lines, ("bill",), {**named, "decay_per_year": "ratio per year"})


def elasticity_table(
    found: Mapping[str, UnitNews], given: FiscalLearning
) -> xr.Dataset:
    """Ten-year elasticities: to a law for certain, and to its score.

    A score moves yields by chance and gain of what a certain law does; the score of an
    emergency bill by those of what a law does that nobody promises to repay. None where
    all news is repaid.
    """
    gain = float(score_gain(given))
    ordinary, urgent = (gain * float(chance(given, e)) for e in (0, 1))
    lines = []
    for key, unit in found.items():
        for kind, row in _EVIDENCE.items():
            repaid = unit.backing == 1
            lines.append(
                {
                    "economy": key,
                    "news": kind,
                    "certain_law": unit.bare[kind],
                    "score_ordinary": ordinary * unit.bare[kind],
                    "score_emergency": None if repaid else urgent * unit.sure[kind],
                    "record": published(row).value,
                    "unit": PER_POINT,
                }
            )
    return table(lines, ("economy", "news"), UNITS)


def cumulated_table(
    path: Mapping[str, np.ndarray],
    found: Mapping[str, UnitNews],
    given: FiscalLearning,
) -> xr.Dataset:
    """The whole bill, from the first close to the last, and the record of two months.

    *as_score*: prices learn the declared part of what is expected; the rest came
    before, or is not believed. The record's standard errors are of ordinary spells.
    """
    gain = float(score_gain(given))
    news = float(path["expected"][-1] - path["expected"][0])
    lines: list[dict[str, Any]] = []
    for key, unit in found.items():
        moved_by = moves_of(unit, np.array([news]), "persistent")
        ten = float(moved_by["yields"][0, TENORS.index(10)])
        stocks = float(moved_by["equity"][0])
        lines.append(
            {
                "source": key,
                EXPECTED: news,
                "yield_10y": ten,
                "yield_10y_as_score": gain * ten,
                "equity": stocks,
                "equity_as_score": gain * stocks,
            }
        )
    record = shipped_moments()
    record = record[record["era"] == EVENT].set_index("name")
    ten, stocks = (record.loc[f"event_{BILL}_{n}"] for n in ("10y", "equity"))
    lines.append(
        {
            "source": DATA,
            "yield_10y": float(ten["value"]),
            "yield_10y_error": float(ten["standard_error"]),
            "equity": float(stocks["value"]),
            "equity_error": float(stocks["standard_error"]),
        }
    )
    bp, percent = "basis points", "percent"
    units = {n: bp if "yield" in n else percent for n in CUMULATED}
    return table(lines, ("source",), {**units, EXPECTED: UNITS[EXPECTED]})


def score_table(found: Mapping[str, UnitNews], given: FiscalLearning) -> xr.Dataset:
    """What a score of persistent spending of 1% of GDP moves, by its chance of passage.

    The chance is chosen, nobody quotes it: the table says what another one would do,
    the share of bills beyond committee that became law among them.
    """
    gain = float(score_gain(given))
    chances = sorted({*CHANCES, float(given.passage), recorded("enacted_share")})
    lines = [
        {
            "economy": key,
            "chance_of_passage": likely,
            "yield_10y": likely * gain * unit.bare["persistent"],
            "term_premium_10y": likely * gain * unit.premium,
            "equity": likely * gain * unit.equity["persistent"],
        }
        for key, unit in found.items()
        for likely in chances
    ]
    units = {
        "yield_10y": PER_POINT,
        "term_premium_10y": PER_POINT,
        "equity": "percent per 1% of GDP",
    }
    return table(lines, ("economy", "chance_of_passage"), units)


def pandemic_table(found: Mapping[str, UnitNews]) -> xr.Dataset:
    """Who paid for the emergency laws of 2020-21: the record, and what economies say.

    Nobody promised to repay them. Shares are of the value of the news.
    """
    record, error = shipped_payment()["share_bondholders"]
    lines: list[dict[str, Any]] = [
        {"source": DATA, "share_bondholders": record, "standard_error": error}
    ]
    lines += [
        {
            "source": key,
            "share_bondholders": unit.borne if unit.backing == 1 else unit.unfunded,
            "standard_error": None,
        }
        for key, unit in found.items()
    ]
    unit = "share of the news"
    return table(
        lines, ("source",), {"share_bondholders": unit, "standard_error": unit}
    )


def multiple_table(given: FiscalLearning) -> xr.Dataset:
    """How much more an emergency bill moves yields, by what removes which part."""
    cases = {
        DECLARED: {},
        "same chance of passage": {"emergency_passage": given.passage},
        "same backing": {"emergency_backing": given.backing},
        "neither": {
            "emergency_passage": given.passage,
            "emergency_backing": given.backing,
        },
        "ordinary bills pass with 0.4": {"passage": 0.4},
        "ordinary bills pass with 0.8": {"passage": 0.8},
        "backing 0.91, emergencies 1 in 20": {
            "backing": 0.91,
            "emergency_share": 0.05,
        },
    }
    record = recorded("emergency_multiple")
    lines = []
    for case, changes in cases.items():
        changed = given._replace(**changes)
        ratio = score_effect(changed, 1) / score_effect(changed, 0)
        lines.append({"case": case, "multiple": float(ratio), "record": record})
    return table(lines, ("case",), {"multiple": "ratio", "record": "ratio"})


def learning_table(given: FiscalLearning, sample: NewsSample) -> xr.Dataset:
    """Means of price changes under investors' beliefs, and errors of the estimate."""
    lines = []
    for name in ("at_score", "at_vote", "at_funding"):
        values = getattr(sample, name)
        lines.append(
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
    lines += [
        {
            "stage": f"fall per unit of score, {kind}",
            "mean": slopes[kind],
            "standard_error": None,
            "deviation": float(score_effect(given, k)),
            "unit": "ratio (deviation: the declared effect)",
        }
        for k, kind in enumerate(("ordinary", "emergency"))
    ]
    lines.append(
        {
            "stage": f"error of the backing share after {len(sample.belief)} quarters",
            "mean": error,
            "standard_error": None,
            "deviation": float(np.sqrt(sample.variance[-1].mean())),
            "unit": "share (deviation: as investors believe)",
        }
    )
    return table(lines, ("stage",))


def measure(setting: Setting) -> Findings:
    """Measure everything that the section shows.

    Raises
    ------
    NumbersError
        An option is out of range.
    OverrideError
        A change of the economies contradicts a case.
    CalibrationError, SolutionError, DeterminacyError
        From the economies.
    """
    days = passage_days()
    moves = shipped_moves("US")
    if moves.dates != tuple(d.date for d in days):
        raise ValueError("days of passage and closes of the record differ")
    scores = {k: v for k, v in setting.options.items() if k in _SCORES}
    rest = {k: v for k, v in setting.options.items() if k not in _SCORES}
    path = news_path(days, scores)
    given, delay = load_learning(rest)
    found, calibrations = every_response(setting.store, setting.progress)
    data = data_moves(moves)
    setting.progress.say("investors learn from scores")
    sample = simulate_news(given, delay, PERIODS, DRAWS, setting.seed)
    tables = {
        "fiscal_news": day_table(days, path, found, data),
        "fiscal_news_cumulated": cumulated_table(path, found, given),
        "fiscal_news_bills": bill_table([load_bill(n) for n in ("house", "enacted")]),
        "fiscal_news_elasticities": elasticity_table(found, given),
        "fiscal_news_multiples": multiple_table(given),
        "fiscal_news_scores": score_table(found, given),
        "fiscal_news_pandemic": pandemic_table(found),
        "fiscal_news_learning": learning_table(given, sample),
        "fiscal_news_numbers": table(sources(), ("table", "name")),
    }
    whole = Findings(
        tables,
        parameters={k: c.by_name for k, c in calibrations.items()},
        extra={
            "responses": found,
            "learning": given,
            "value": float(path["value"][0]),
            "outstanding": outstanding(),
            # What an ordinary spell shows, cumulative like the record.
            "errors": {k: data[f"{k}_errors"] for k in ("yield", "equity")},
        },
    )
    return replace(whole, quantities=_quantities(whole))


def _quantities(findings: Findings) -> dict[str, tuple[float, str]]:
    result = {}
    for key in findings.extra["responses"]:
        result[f"{key}_yield_10y"] = (moved(findings, key, YIELD), "basis points")
        result[f"{key}_equity"] = (moved(findings, key, EQUITY), "percent")
    return {
        **result,
        "data_yield_10y": (moved(findings, DATA, YIELD), "basis points"),
    }
