"""Facts about what legislation answers: computed from a folder, shipped, read back.

Responses by measure and era; by half-year the rolling response and the probability that
laws do not answer; and a table of estimates, tests and checks. The series behind them
are not shipped.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..record.legislation_response import (
    BREAK,
    ERAS,
    MAIN,
    MEASURES,
    HalfYears,
    break_test,
    half_years,
    response,
    response_row,
    response_rows,
    rolling_responses,
)
from ..shipped import FACTS
from .legislation_index import (
    STATES,
    band,
    estimate,
    log_bayes_factors,
    natural,
    probabilities,
    record_of,
    world,
)

RESPONSES = FACTS / "legislation_response.csv"
HALVES = FACTS / "legislation_half_years.csv"
CHECKS = FACTS / "legislation_facts.csv"
# What laws do where they answer: what is published as sustainable, or what they did.
ANSWERS = ("sustainable", "as in the first era")
HALF_COLUMNS = (
    "half_year",
    "baseline",
    "response",
    "low",
    "high",
    "observations",
    "sample_start",
    "filtered",
    "filtered_low",
    "filtered_high",
    "smoothed",
)
_LOG, _P = "log points", "probability"


class LegislationFacts(NamedTuple):
    """Responses by measure and era, numbers by half-year, and a table of checks."""

    responses: pd.DataFrame
    halves: pd.DataFrame
    checks: pd.DataFrame


def shipped_legislation() -> LegislationFacts:
    """What the record of the package's authors gives."""
    paths = (RESPONSES, HALVES, CHECKS)
    return LegislationFacts(*(pd.read_csv(p, comment="#") for p in paths))


def computed_legislation(folder: Path | str) -> LegislationFacts:
    """All three tables from a folder of CBO's baselines.

    Raises
    ------
    FiscaxError
        A file is not there, or the index has no mode.
    """
    data = half_years(folder)
    first = response(data.inside(*ERAS[BREAK[0]])).estimate.value
    checks: list[dict[str, Any]] = []
    halves = pd.DataFrame()
    for answers, size in zip(ANSWERS, (None, first), strict=True):
        own, rows = _index(data, size)
        checks += [{"answers": answers, **row} for row in rows]
        if size is None:
            halves = own
    checks += [{"answers": "", **row} for row in _breaks(folder)]
    return LegislationFacts(
        pd.DataFrame(response_rows(folder)), halves, pd.DataFrame(checks)
    )


def _index(
    data: HalfYears, answers: float | None
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    record = record_of(data, answers)
    found = estimate(record)
    live, smoothed = map(np.asarray, probabilities(found.theta, record))
    ends = band(found, record).filtered
    rolling = {n: response_row(r) for n, r in rolling_responses(data).items()}
    rows = []
    for k, name in enumerate(data.names):
        own = rolling.get(name, {})
        rows.append(
            {
                "half_year": name,
                "baseline": data.baseline[k],
                "response": own.get("value"),
                **{c: own.get(c) for c in ("low", "high", "sample_start")},
                "observations": own.get("observations"),
                "filtered": live[k],
                "filtered_low": ends[0, k],
                "filtered_high": ends[1, k],
                "smoothed": smoothed[k],
            }
        )
    halves = pd.DataFrame(rows).reindex(columns=list(HALF_COLUMNS))
    halves["observations"] = halves["observations"].astype("Int64")
    checks = [
        _row("response", STATES[0], float(record.answers), "ratio"),
        _row("log_likelihood", "switching", found.log_likelihood, _LOG),
        *(_row("parameter", n, v, "") for n, v in natural(found.theta).items()),
    ]
    factors = np.asarray(log_bayes_factors(found.theta, record))
    for era in BREAK:
        first, last = ERAS[era]
        inside = np.array([first <= n <= last for n in data.names])
        checks += [
            _row("mean", era, live[inside].mean(), _P),
            _row("evidence", era, factors[inside].sum(), _LOG),
        ]
    for k, state in enumerate(STATES):
        known = world(found, record, k)
        checks += [
            _row("world", state, known.probability, _P),
            _row("world_error", state, known.error, _P),
            _row("world_right", state, known.right, "share of half-years"),
            _row("world_evidence", state, known.evidence, "log points a half-year"),
            _row("world_years", state, known.years, "years"),
        ]
    return halves, checks


def _breaks(folder: Path | str) -> list[dict[str, Any]]:
    """Tests of a break at an unknown date; the item says where it would be."""
    rows = []
    for name, measure in MEASURES.items():
        found = break_test(half_years(folder, measure))
        item = f"{name}:{found.at}"
        rows += [
            _row("break_wald", item, found.statistic, "Wald statistic"),
            _row("break_p_value", item, found.p_value, _P),
        ]
    return rows


def _row(quantity: str, item: str, value: Any, unit: str) -> dict[str, Any]:
    return {"quantity": quantity, "item": item, "value": float(value), "unit": unit}


def main_responses(facts: LegislationFacts) -> dict[str, dict[str, Any]]:
    """Responses of the published question by era."""
    own = facts.responses.to_dict("records")
    return {r["era"]: r for r in own if r["measure"] == MAIN}
