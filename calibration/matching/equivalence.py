"""Which explanations a record can tell apart, and how long it has to be.

A row of evidence is an estimate with a standard error from a sample of so many years;
an explanation says what the number should be. With equal odds beforehand and normal
errors the odds afterwards are closed forms. The standard error shrinks with the root
of the sample, which gives the years after which evidence of a given strength is
expected. Jointly, unexpected returns of a quarter are normal with the explanation's
covariance: the Kullback-Leibler divergence is the evidence expected per quarter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import FiscaxError
from ..record.moments import shipped_moments
from ..record.series import date_cell, number_cell
from ..shipped import FACTS

Array = NDArray[np.float64]

EVIDENCE = FACTS / "evidence.csv"
# Odds of twenty to one: "strong" on the scale of Kass and Raftery (1995, page 777).
STRONG = float(np.log(20.0))


@dataclass(frozen=True)
class Evidence:
    """One row: an estimate, its standard error and its sample.

    Attributes
    ----------
    quantity : name of the row in the regime table. era : of the sample.
    value, standard_error : in the quantity's unit. years : length of the sample.
    source : of the estimate. assumed : why the standard error is ours, or empty.
    """

    quantity: str
    era: str
    value: float
    standard_error: float
    years: float
    source: str
    assumed: str = ""


def load_evidence(path: str | Path = EVIDENCE) -> tuple[Evidence, ...]:
    """Rows of a file; a row with a moment's name takes its number from the moments.

    Raises
    ------
    SeriesError
        Naming row and column of a cell that is no number or no date.
    FiscaxError
        If a moment is not among the shipped ones, or a sample or an error is not
        positive.
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    moments = shipped_moments().set_index(["name", "era"])
    found = []
    for i, row in enumerate(table.to_dict("records")):
        place = f"{path}: row {i + 2}"
        if row["moment"]:
            key = (row["moment"], row["era"])
            if key not in moments.index:
                raise FiscaxError(f"{place}: no shipped moment {key[0]} for {key[1]}")
            moment = moments.loc[key]
            value, error = float(moment["value"]), float(moment["standard_error"])
            first, last = moment["sample_start"], moment["sample_end"]
        else:
            value = number_cell(row["value"], f"{place}, column value")
            error = number_cell(
                row["standard_error"], f"{place}, column standard_error"
            )
            first, last = row["sample_start"], row["sample_end"]
        days = date_cell(last, place) - date_cell(first, place)
        years = days.days / 365.25
        if not (error > 0 and years > 0):
            raise FiscaxError(f"{place}: standard error and sample have to be positive")
        found.append(
            Evidence(
                row["quantity"],
                row["era"],
                value,
                error,
                years,
                row["source"],
                row["assumed"],
            )
        )
    return tuple(found)


def published(quantity: str, era: str = "") -> Evidence:
    """The only shipped row of a quantity, of an era that begins when ``era`` does.

    Of any era where ``era`` is empty or the quantity has one row alone.

    Raises
    ------
    FiscaxError
        There is none, or there are several.
    """
    found = [row for row in load_evidence() if row.quantity == quantity]
    if era and len(found) > 1:
        found = [row for row in found if row.era[:4] == era[:4]]
    if len(found) != 1:
        raise FiscaxError(f"{EVIDENCE.name} has {len(found)} rows of '{quantity}'")
    return found[0]


def odds(evidence: Evidence, implied: Mapping[str, float]) -> dict[str, float]:
    """Probability of each explanation after one row; equal before. They add up to one.

    ``implied`` is what each explanation says the number should be, in its unit.
    """
    distance = np.array(list(implied.values())) - evidence.value
    logs = -0.5 * (distance / evidence.standard_error) ** 2
    weights = np.exp(logs - logs.max())
    shares = weights / weights.sum()
    return dict(zip(implied, shares.tolist(), strict=True))


def years_to_tell(
    evidence: Evidence, one: float, other: float, strength: float = STRONG
) -> float | None:
    """Years of sample after which a log Bayes factor of ``strength`` is expected.

    If ``one`` is true the expected log Bayes factor against ``other`` is half the
    squared distance in standard errors, which shrink with the root of the sample.
    None where both say the same number.
    """
    if one == other:
        return None
    scaled = (evidence.standard_error / (one - other)) ** 2
    return float(evidence.years * 2 * strength * scaled)


def divergence(truth: Array, other: Array) -> float:
    """Expected log-likelihood gain per observation of N(0, truth) over N(0, other).

    Kullback and Leibler (1951), for normal distributions of mean zero; covariances
    (n, n).
    """
    ratio = np.linalg.solve(other, truth)
    _, log_determinant = np.linalg.slogdet(ratio)
    return float(0.5 * (np.trace(ratio) - len(truth) - log_determinant))
