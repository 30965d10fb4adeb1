"""Bills of the record: what they cost year by year, and when they were likely to pass.

CBO publishes a bill's primary cost and its cost of interest over ten years. How early
the money is spent follows from the two: costs are shares of GDP that decay
geometrically, and the decay is solved for so that interest at the baseline's rates is
the published one. What debt does by the end is then a check, not an input.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ...models.markets.learning import (
    FiscalLearning,
    chance,
    ordinary_premium,
    score_gain,
)
from ..parameters.numbers import NumbersError, described, read_numbers, values_of
from .projections import Projection, read_projection

FILE = "bills.toml"
_BASELINE = "cbo_baseline"
# Decay of a bill's cost from one year to the next: bounds of the search.
_DECAYS = (0.3, 1.2)
_SCORES = {
    "prior_mean": (0.0, 1e5),
    "prior_deviation": (1e-6, 1e5),
    "noise": (1e-6, 1e5),
}

_LEARNING = {
    "backing": (0.0, 1.0),
    "backing_deviation": (0.0, 0.5),
    "drift": (0.0, 0.2),
    "bill_deviation": (1e-6, 20.0),
    "score_noise": (0.0, 20.0),
    "funding_noise": (1e-6, 20.0),
    "passage": (0.001, 1.0),
    "emergency_passage": (0.001, 1.0),
    "emergency_share": (0.0, 0.9),
    "emergency_backing": (0.0, 1.0),
    "delay": (1.0, 40.0),
}


@dataclass(frozen=True, eq=False)
class Bill:
    """A bill over the years of its estimate.

    Attributes
    ----------
    years : (Y,). cost, gdp : (Y,) billion dollars. rate : (Y,) on debt, per year.
    published : primary cost and interest (billion dollars) and the rise of debt by the
        last year (percent of GDP), as CBO gave them.
    decay : of the cost's share of GDP from one year to the next.
    """

    name: str
    label: str
    years: np.ndarray
    cost: np.ndarray
    gdp: np.ndarray
    rate: np.ndarray
    published: Mapping[str, float]
    decay: float

    @property
    def share(self) -> np.ndarray:
        """Cost in percent of the year's GDP, (Y,)."""
        return 100 * self.cost / self.gdp

    @property
    def flow(self) -> float:
        """Mean cost over the years, percent of GDP."""
        return float(self.share.mean())

    @property
    def interest(self) -> float:
        """Interest on the cost at the baseline's rates, billion dollars."""
        return float(accumulated(self.cost, self.rate)[0].sum())

    @property
    def rise_of_debt(self) -> float:
        """Debt that the bill adds by the last year, percent of that year's GDP."""
        debt = accumulated(self.cost, self.rate)[1]
        return float(100 * debt[-1] / self.gdp[-1])

    @property
    def present_value(self) -> float:
        """Value at the start of the first year, percent of the GDP of a year before.

        Discounted at the baseline's rates from the middle of each year.
        """
        discount = np.cumprod(1 / (1 + self.rate)) * np.sqrt(1 + self.rate)
        return float(100 * discount @ self.cost / self.gdp_before)

    @property
    def gdp_before(self) -> float:
        """GDP of the year before the first, billion dollars."""
        return float(base_gdp(read_projection(_BASELINE))[int(self.years[0]) - 1])


@dataclass(frozen=True)
class Day:
    """The close of a day: chance that the bill becomes law, and what was scored."""

    date: str
    probability: float
    words: str
    score: str | None = None


def base_gdp(projection: Projection) -> dict[int, float]:
    """GDP by fiscal year, billion dollars: the level of one year and CBO's growth."""
    fact = read_numbers(FILE)["gdp"]
    levels = fact["value"] * np.cumprod(1 + np.asarray(projection.flows.growth))
    years = projection.years.tolist()
    if fact["year"] != years[0] - 1:
        raise NumbersError(f"{FILE}: gdp has to be that of {years[0] - 1}")
    found = dict(zip(years, levels.tolist(), strict=True))
    return {int(fact["year"]): float(fact["value"]), **found}


def accumulated(cost: np.ndarray, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Interest in each year and debt at its end, (Y,) each, in the unit of ``cost``.

    The year's own cost bears interest for half a year: debt is a linear recursion
    d' = (1 + r) d + (1 + r/2) cost, solved in closed form.
    """
    factor = np.cumprod(1 + rate)
    debt = factor * np.cumsum((1 + rate / 2) * cost / factor)
    before = np.concatenate([[0.0], debt[:-1]])
    return debt - before - cost, debt


@lru_cache(maxsize=4)
def load_bill(name: str) -> Bill:
    """The bill of that name, its front-loading solved for.

    Raises
    ------
    NumbersError
        No such bill, or no decay in the bounds gives the published interest.
    """
    bills = read_numbers(FILE)["bills"]
    if name not in bills:
        raise NumbersError(f"{FILE} has no bill '{name}'; there are {', '.join(bills)}")
    fact = bills[name]
    projection = read_projection(_BASELINE)
    levels = base_gdp(projection)
    years = np.arange(fact["first_year"], fact["last_year"] + 1)
    gdp = np.array([levels[int(y)] for y in years])
    every = dict(
        zip(projection.years.tolist(), np.asarray(projection.flows.rate), strict=True)
    )
    rate = np.array([every[int(y)] for y in years])
    total, interest = fact["primary_cost"], fact["interest"]

    def cost(decay: float) -> np.ndarray:
        weight = gdp * decay ** np.arange(len(years))
        return total * weight / weight.sum()

    def gap(decay: float) -> float:
        return float(accumulated(cost(decay), rate)[0].sum()) - interest

    if gap(_DECAYS[0]) * gap(_DECAYS[1]) > 0:
        raise NumbersError(
            f"{FILE}: no decay in {_DECAYS} makes bill '{name}' cost {interest} of "
            "interest"
        )
    from scipy.optimize import brentq

    root: Any = brentq(gap, _DECAYS[0], _DECAYS[1], xtol=1e-12)
    decay = float(root)
    published = {
        "primary_cost": float(total),
        "interest": float(interest),
        "rise_of_debt": float(fact["debt_after"] - fact["debt_before"]),
    }
    return Bill(name, fact["label"], years, cost(decay), gdp, rate, published, decay)


def passage_days() -> tuple[Day, ...]:
    """Days of the bill with the chosen chances of passage, in order.

    Raises
    ------
    NumbersError
        Days do not rise, or a probability is not in (0, 1].
    """
    days = tuple(
        Day(d["date"], float(d["probability"]), d["words"], d.get("score"))
        for d in read_numbers(FILE)["passage"]["days"]
    )
    if any(a.date >= b.date for a, b in itertools.pairwise(days)):
        raise NumbersError(f"{FILE}: days of passage have to rise")
    wrong = [d.date for d in days if not 0 < d.probability <= 1]
    if wrong:
        raise NumbersError(f"{FILE}: probability not in (0, 1] on {', '.join(wrong)}")
    return days


def expected_cost(
    days: Sequence[Day], overrides: Mapping[str, Any] | None = None
) -> np.ndarray:
    """Cost that investors expect if the bill passes (D,), billion dollars.

    A normal prior, and scores with normal errors; the last score is that of the law and
    is taken at its word, because the size of a law is known.
    """
    table = read_numbers(FILE)["scores"]
    given = values_of(table, f"{FILE}: scores", _SCORES, overrides)
    mean, variance = given["prior_mean"], given["prior_deviation"] ** 2
    found = []
    for day in days:
        if day.score is not None:
            cost = load_bill(day.score).published["primary_cost"]
            gain = variance / (variance + given["noise"] ** 2)
            gain = 1.0 if day.score == "enacted" else gain
            mean, variance = mean + gain * (cost - mean), (1 - gain) * variance
        found.append(mean)
    return np.array(found)


def sources() -> list[dict[str, Any]]:
    """Every number of the file that is not a path, with unit and source."""
    file = read_numbers(FILE)
    return described(file["scores"], "scores") + described(file["learning"], "learning")


def recorded(name: str) -> float:
    """A number of the record that is compared with, not used."""
    return float(read_numbers(FILE)["record"][name]["value"])


def load_learning(
    overrides: Mapping[str, Any] | None = None,
) -> tuple[FiscalLearning, int]:
    """Parameters of the learning block and the delay of funding in quarters.

    Raises
    ------
    NumbersError
        An entry is absent, unknown or out of range.
    """
    table = read_numbers(FILE)["learning"]
    found = values_of(table, f"{FILE}: learning", _LEARNING, overrides)
    delay = found.pop("delay")
    if delay != int(delay):
        raise NumbersError(f"{FILE}: learning.delay has to be whole, not {delay}")
    given = FiscalLearning(**found)
    if bills_backing(given)["ordinary"] > 1:
        raise NumbersError(
            f"{FILE}: learning.emergency_share = {given.emergency_share} makes taxes "
            "repay more than all of an ordinary bill; choose a smaller share"
        )
    return given, int(delay)


def bills_backing(given: FiscalLearning) -> dict[str, float]:
    """Expected backing of an ordinary and of an emergency bill at the prior."""
    ordinary = float(given.backing + ordinary_premium(given))
    return {"ordinary": ordinary, "emergency": float(given.emergency_backing)}


class Announced(NamedTuple):
    """Share of a certain law's effect that the score of such a bill has."""

    ordinary: float
    emergency: float


@lru_cache(maxsize=1)
def announced() -> Announced:
    """What prices learn on the day of a score: chance of passage times gain.

    A score is not a law: the bill may fail, and the score may err.
    """
    given, _ = load_learning()
    gain = float(score_gain(given))
    return Announced(*(gain * float(chance(given, kind)) for kind in (0, 1)))
