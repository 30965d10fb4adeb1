r"""The gap between debt and the value of surpluses, taken apart.

Debt less its backing has to be one of: services that bondholders pay for (convenience
seigniorage), a discount rate below that of output, a change of policy that investors
expect and the VAR has not seen, or nothing that is named here (the remainder). Every
flow is discounted like output, whose price over next period's expected payoff is
q/(1-q) with q = exp(-excess):

    seigniorage     kappa D q/(1-q): a convenience yield on debt that grows with output
    spending cut    c G [q/(1-q) - u/(1-u)], u = (1-p) q: with probability p a period
                    spending falls for good by the share c
    devaluation     p l D q/(1-q): with probability p a period debt loses the share l
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, expm1, isfinite
from typing import Any

from ...errors import FiscaxError


@dataclass(frozen=True)
class Assumptions:
    """What the data do not say; rates and probabilities a year, shares as they are.

    premium : of the output claim over the five-year yield (Jiang, Lustig, Van
        Nieuwerburgh and Xiaolan 2024). low_premium : a lower one, with which surpluses
        are valued before the output premium counts as a reason.
    convenience_yield : on all Treasurys, 1926-2008 (Krishnamurthy and Vissing-Jorgensen
        2012). spending_cut, cut_probability : share of spending cut for good, and its
        probability (chosen).
    """

    premium: float = 0.03
    low_premium: float = 0.02
    convenience_yield: float = 0.0073
    spending_cut: float = 0.2
    cut_probability: float = 0.001

    def changed(self, changes: dict[str, Any]) -> Assumptions:
        """These assumptions with changes.

        Raises
        ------
        FiscaxError
            For an unknown name, or a value that is not a number in its interval.
        """
        for name, value in changes.items():
            if name not in BOUNDS:
                raise FiscaxError(
                    f"no assumption '{name}'; there are {', '.join(BOUNDS)}"
                )
            low, high = BOUNDS[name]
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number and isfinite(value) and low <= value <= high):
                raise FiscaxError(
                    f"{name} is {value!r}, give a number from {low:g} to {high:g}"
                )
        found = replace(self, **{k: float(v) for k, v in changes.items()})
        if not found.low_premium <= found.premium:
            raise FiscaxError(
                f"low_premium is {found.low_premium:g}, above premium {found.premium:g}"
            )
        return found


BOUNDS = {
    "premium": (0.0, 0.2),
    "low_premium": (0.0, 0.2),
    "convenience_yield": (0.0, 0.1),
    "spending_cut": (0.0, 1.0),
    "cut_probability": (0.0, 1.0),
}
UNITS = {
    "premium": "log per year",
    "low_premium": "log per year",
    "convenience_yield": "log per year",
    "spending_cut": "share of spending",
    "cut_probability": "probability per year",
}
# Sizes of the regime changes whose closing probabilities are shown.
CUTS = (0.1, 0.2, 0.4)
DEVALUATIONS = (0.1, 0.3)


@dataclass(frozen=True)
class Position:
    """Debt and its backing over GDP, over some years or in one.

    backing, backing_low : value of surpluses with the premium and with the low one.
    spending : of a year. excess : return on output less growth, log per year.
    """

    debt: float
    backing: float
    backing_low: float
    spending: float
    excess: float

    @property
    def multiple(self) -> float:
        """Price of output over next year's expected output, q/(1-q)."""
        return 1 / expm1(self.excess)


PARTS = (
    "surpluses",
    "output_premium",
    "convenience_seigniorage",
    "expected_regime_change",
    "remainder",
)


def decompose(position: Position, assumed: Assumptions) -> dict[str, float]:
    """Parts of debt over GDP by name, which add up to ``debt``."""
    seigniorage = seigniorage_value(position, assumed.convenience_yield)
    change = cut_value(position, assumed.spending_cut, assumed.cut_probability)
    premium = position.backing - position.backing_low
    left = position.debt - position.backing - seigniorage - change
    values = (position.backing_low, premium, seigniorage, change, left)
    return dict(zip(PARTS, values, strict=True))


def gap(position: Position, assumed: Assumptions) -> float:
    """Debt less the value of surpluses and of seigniorage, over GDP."""
    services = seigniorage_value(position, assumed.convenience_yield)
    return position.debt - position.backing - services


def seigniorage_value(position: Position, rate: float) -> float:
    """Value over GDP of a convenience yield on debt that grows with output."""
    return rate * position.debt * position.multiple


def cut_value(position: Position, cut: float, probability: float) -> float:
    """Value over GDP of a cut of spending for good, by the share ``cut``."""
    still = (1 - probability) * exp(-position.excess)
    return cut * position.spending * (position.multiple - still / (1 - still))


def closing_cut_probability(
    position: Position, cut: float, missing: float
) -> float | None:
    """Annual probability of a cut that is worth ``missing`` over GDP.

    Zero if nothing is missing, None if not even a certain cut is worth so much.
    """
    if missing <= 0:
        return 0.0
    largest = cut * position.spending
    if largest == 0 or missing > largest * position.multiple:
        return None
    left = position.multiple - missing / largest
    return 1 - left / (1 + left) * exp(position.excess)


def closing_devaluation_probability(
    position: Position, loss: float, missing: float
) -> float | None:
    """Annual probability of losing the share ``loss`` that is worth ``missing``.

    Zero if nothing is missing, None if it had to be above one.
    """
    if missing <= 0:
        return 0.0
    certain = loss * position.debt * position.multiple
    return missing / certain if certain >= missing else None


def closing_records(
    period: str, position: Position, assumed: Assumptions
) -> list[dict[str, Any]]:
    """Probabilities that close the gap, by kind and size of the change of regime."""
    missing = gap(position, assumed)
    cuts = sorted({*CUTS, assumed.spending_cut})
    records = [
        {
            "period": period,
            "change": "spending_cut",
            "size": size,
            "annual_probability": closing_cut_probability(position, size, missing),
        }
        for size in cuts
        if size > 0
    ]
    # A devaluation of the gap's own size brings debt down to what backs it.
    whole = min(max(missing / position.debt, 0.0), 1.0)
    losses = sorted({*DEVALUATIONS, whole} - {0.0})
    records += [
        {
            "period": period,
            "change": "devaluation",
            "size": size,
            "annual_probability": closing_devaluation_probability(
                position, size, missing
            ),
        }
        for size in losses
    ]
    return [{**r, "gap_over_gdp": missing} for r in records]
