"""The sticky-price economies with the quarterly series that they are held against.

First-order solutions have no risk premia, hence no means of yields and returns: what
is observed is a variable's deviation from rest plus a mean, a parameter of its own, so
that both economies have the same means to choose from and differ in how they move.

The ten-year yield is that of a bond whose coupons decay, so that one recursion gives
it: to first order a yield is a mean of expected one-quarter rates, here with weights
that decay. The rates lie as far ahead, on average, as those of a ten-year zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from ...models.declaration import Dated, Equation, Parameter, fixed
from ...models.general.model import DynamicModel, Variable, dated, rested
from ...models.general.switching import SwitchingDynamics
from ...models.sticky import sticky_price_economy
from ..parameters.calibration import load_calibration
from .sticky import sticky_dynamics
from .sticky_switching import REGIMES, in_regimes

# What is observed, in percent a quarter; the balance in percent of quarterly output.
SERIES = (
    "growth",
    "inflation",
    "policy_rate",
    "yield_10y",
    "equity_return",
    "primary_balance",
)
# Series that carry measurement errors: a maturity that is met on average, and a balance
# that books at other dates than the model's.
MEASURED = ("yield_10y", "primary_balance")
PERCENT = 100
# Mean distance of the one-quarter rates in a ten-year zero-coupon yield, quarters.
AHEAD = sp.Rational(39, 2)


def seen(series: str) -> str:
    """Variable that is observed as a series."""
    return f"seen_{series}"


def mean_of(series: str) -> str:
    """Parameter that is the mean of a series, percent."""
    return f"mean_{series}"


def error_of(series: str) -> str:
    """Parameter that is the standard deviation of a measurement error, percent."""
    return f"error_{series}"


def _levels() -> dict[str, sp.Expr]:
    """What is observed, per quarter; constants do not matter."""
    technology = dated("expected_growth", -1) + fixed("sigma_y") * Dated("AUX_SHOCK_1")
    consumption = sp.log(Dated("consumption") / dated("consumption", -1))
    payout = fixed("leverage") * (technology + consumption)
    payout += fixed("sigma_d") * Dated("AUX_SHOCK_2")
    gain = sp.log(1 + Dated("price_dividend")) - dated("log_price_dividend", -1)
    return {
        "growth": technology + Dated("log_output") - dated("log_output", -1),
        "inflation": Dated("inflation"),
        "policy_rate": Dated("policy_rate"),
        "yield_10y": Dated("long_rate"),
        "equity_return": payout + gain + Dated("inflation"),
        "primary_balance": Dated("surplus") / Dated("output"),
    }


@lru_cache(maxsize=2)
def observed_dynamics(regimes: tuple[str, ...] = ("permanent",)) -> DynamicModel:
    """The sticky-price economy with observables ``seen(series)``, means and errors.

    Without default values: ``observed_economy`` and ``observed_switching`` give them.
    """
    form = sticky_dynamics(regimes=regimes)
    decay = AHEAD / (1 + AHEAD)
    short = Dated("policy_rate") - Dated("convenience_yield_long")
    long = (1 - decay) * short + decay * dated("long_rate", 1)
    equations = [Equation("define_long_rate", Dated("long_rate"), long, "")]
    guesses = {"long_rate": rested(short, form)}
    resting: dict[str, str] = {}
    for series, level in _levels().items():
        own, at_rest = f"level_{series}", f"rest_{series}"
        resting[at_rest] = own
        guesses[own] = rested(level, form)
        guesses[seen(series)] = fixed(mean_of(series))
        moved = fixed(mean_of(series)) + PERCENT * (Dated(own) - fixed(at_rest))
        equations += [
            Equation(f"define_{own}", Dated(own), level, ""),
            Equation(f"define_{seen(series)}", Dated(seen(series)), moved, ""),
        ]
    parameters = [
        *(_parameter(mean_of(s), -np.inf, f"mean of {s}") for s in SERIES),
        *(_parameter(error_of(s), 0.0, f"measurement error of {s}") for s in MEASURED),
        *(_parameter(n, -np.inf, f"steady state of {v}") for n, v in resting.items()),
    ]
    return replace(
        form,
        name="sticky_prices_observed",
        parameters=(*form.parameters, *parameters),
        variables=(*form.variables, *(Variable(n) for n in guesses)),
        equations=(*form.equations, *equations),
        guesses={**form.guesses, **guesses},
        resting=resting,
        measurement={(seen(s), seen(s)): fixed(error_of(s)) ** 2 for s in MEASURED},
    )


def _parameter(name: str, low: float, description: str) -> Parameter:
    return Parameter(name, name, "percent", low, np.inf, description)


def observed_economy(
    name: str, means: Mapping[str, float], errors: Mapping[str, float]
) -> DynamicModel:
    """A calibration of the sticky-price economy as estimations take it.

    Parameters
    ----------
    name : of the calibration.
    means, errors : by series, percent; those of ``SERIES`` and of ``MEASURED``.
    """
    calibration = load_calibration(name, sticky_price_economy())
    given: dict[str, Any] = {
        n: float(np.ravel(v)[0]) for n, v in calibration.as_arrays().items()
    }
    given |= {mean_of(s): v for s, v in means.items()}
    given |= {error_of(s): v for s, v in errors.items()}
    return observed_dynamics().with_values(**given)


def observed_switching(
    name: str, means: Mapping[str, float], errors: Mapping[str, float]
) -> SwitchingDynamics:
    """As ``observed_economy`` for a calibration that switches; regimes are hidden.

    Means and errors of the observation are the same in all regimes.
    """
    others = {mean_of(s): v for s, v in means.items()}
    others |= {error_of(s): v for s, v in errors.items()}
    return in_regimes(observed_dynamics(REGIMES), name, others=others)
