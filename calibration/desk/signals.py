"""A heat map against thresholds, and what a rise of yields costs a household."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .accounts import Array

# From the best to the worst.
SIGNALS = ("below", "above under stress", "above")


def signal(baseline: Array, tests: Sequence[Array], threshold: float) -> str:
    """Word of the heat map (IMF 2013), one of ``SIGNALS``; all are shares of GDP.

    Above where the baseline crosses the threshold in any year, above under stress where
    only a test does.
    """
    if np.max(baseline) > threshold:
        return SIGNALS[2]
    return SIGNALS[1] if any(np.max(t) > threshold for t in tests) else SIGNALS[0]


def instalment(loan: float, rate: float | Array, years: float) -> Array:
    """Monthly instalment that pays a loan off; ``rate`` is a decimal, not zero."""
    monthly = np.asarray(rate) / 12
    return loan * monthly / (1 - (1 + monthly) ** (-12 * years))


def dearer_mortgage(rise: float | Array, household: Mapping[str, float]) -> Array:
    """Rise of a new mortgage's payments, currency per year.

    Parameters
    ----------
    rise : of the ten-year yield, decimals a year.
    household : ``loan``, ``years``, ``rate`` (percent a year) and ``pass_through``.
    """
    loan, years, rate = (household[n] for n in ("loan", "years", "rate"))
    after = rate / 100 + household["pass_through"] * np.asarray(rise)
    change = instalment(loan, after, years) - instalment(loan, rate / 100, years)
    return 12 * change
