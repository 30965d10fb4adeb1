"""What solved economies say a regression of legislation on projected debt should find.

Under current law taxes keep today's share of output, spending goes where it is expected
to go, and debt earns its mean return over growth. *Projected* is the change of debt a
year over five years that follows, *enacted* what a half-year's laws take from the mean
deficit: the rise of taxes, less what news adds to expected spending. Percent of output,
as in ``record.legislation_response``; the rule of taxes is the regime's,

    taxes = intercept + tax_response (debt - account - target) + repayment account,

so that both what taxes answer to debt and what they owe to the account is legislation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .core import CoreEconomy
from .samples import USUAL, Size, sample
from .statistics import Array, beta

HORIZON = 20  # quarters of a projection
HALF_YEAR = 2  # quarters
OBSERVATIONS = 38  # half-years of the first published era
OUTPUTS = (
    "tax_ratio",
    "spending_ratio",
    "spending",
    "debt_value",
    "end_of_period_debt",
)
# What laws do, in the order of tables; the first is the sum of the others.
PARTS = ("enacted", "taxes", "spending_news")


class Sides(NamedTuple):
    """Both sides of the regression (T, paths), percent of output, and parts of one."""

    projected: Array
    enacted: Array
    taxes: Array
    spending_news: Array


def sides(series: Mapping[str, Array], rho: float, mean: float) -> Sides:
    """Both sides from quarterly series (T, paths) of ``OUTPUTS``.

    Parameters
    ----------
    rho, mean : persistence of log spending, and spending over output at its median.

    Notes
    -----
    Uncertainty about later spending is left out of its expectation: the same for both
    dates of a half-year, it cancels in what is enacted.
    """
    gap, taxes = series["spending"], series["tax_ratio"]
    debt = series["end_of_period_debt"]
    earned = np.mean(series["debt_value"][1:] / debt[:-1]) - 1

    def expected(z: Array, ahead: int) -> Array:
        powers = rho ** np.arange(1 + ahead, HORIZON + 1 + ahead)
        return mean * np.mean([np.exp(p * z) for p in powers], axis=0)

    now, later = slice(None, -HALF_YEAR), slice(HALF_YEAR, None)
    projected = expected(gap, 0) - taxes + earned * debt
    rise = taxes[later] - taxes[now]
    news = expected(gap[now], HALF_YEAR) - expected(gap[later], 0)
    return Sides(*(100 * v for v in (projected[now], rise + news, rise, news)))


def legislated(
    economy: CoreEconomy, disasters: bool = False, size: Size = USUAL
) -> list[dict[str, Any]]:
    """Responses of what is enacted, and of its parts, in every regime.

    Returns
    -------
    One record per regime and part. ``value`` is the slope in the whole simulation with
    its simulation error; ``short_mean`` and ``short_deviation`` are those of slopes in
    samples as long as the record's first era, whatever regimes they see.
    """
    run = sample(economy, OUTPUTS, disasters=disasters, size=size)
    given = economy.parameters
    found = sides(run.series, given["rho_z"], given["g_bar"])
    dates = len(found.projected)
    records = []
    for part in PARTS:
        outcome = getattr(found, part)
        short = _short_slopes(outcome, found.projected)
        for k, member in enumerate(economy.members):
            own = run.mask(k)
            lasting = own[:dates] * own[HALF_YEAR:]
            slope = beta(lasting, outcome, found.projected)
            records.append(
                {
                    "economy": economy.name,
                    "regime": member.regime,
                    "part": part,
                    "value": slope.value,
                    "simulation_error": slope.error,
                    "short_mean": float(short.mean()),
                    "short_deviation": float(short.std(ddof=1)),
                }
            )
    return records


def _short_slopes(outcome: Array, factor: Array) -> Array:
    """Slopes in samples of ``OBSERVATIONS`` half-years that do not overlap."""
    length = OBSERVATIONS * HALF_YEAR
    count = len(factor) // length

    def cut(x: Array) -> Array:
        kept = x[: count * length].reshape(count, length, -1)[:, ::HALF_YEAR]
        return kept - kept.mean(axis=1, keepdims=True)

    y, x = cut(outcome), cut(factor)
    return (np.sum(x * y, axis=1) / np.sum(x * x, axis=1)).ravel()
