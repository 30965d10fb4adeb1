"""Epstein-Zin preferences: two unknowns and the pricing kernel (Epstein-Zin 1989)."""

from __future__ import annotations

import sympy as sp

from ..declaration import (
    Dated,
    Definition,
    Equation,
    Parameter,
    Unknown,
    expected,
    lead,
)

PARAMETERS = (
    Parameter("beta", r"\beta", "ratio", 0.9, 1.0, "discount factor"),
    Parameter("gamma", r"\gamma", "ratio", 0.0, 60.0, "relative risk aversion"),
    Parameter(
        "psi", r"\psi", "ratio", 0.05, 20.0, "elasticity of intertemporal substitution"
    ),
)

log_value = Dated("log_value")
certainty_equivalent = Dated("certainty_equivalent")
real_rate = Dated("real_rate")
consumption_growth_next = Dated("consumption_growth_next")
stochastic_discount_factor_next = Dated("stochastic_discount_factor_next")

_beta, _gamma, _psi = (p.symbol for p in PARAMETERS)


def unknowns(mean_growth: sp.Expr, unit_ies: bool = False) -> tuple[Unknown, ...]:
    """Log value of wealth per consumption, its certainty equivalent, the real rate.

    ``mean_growth`` (log, per quarter) gives the riskless starting guess.
    """
    if unit_ies:
        value = _beta * mean_growth / (1 - _beta)
    else:
        rho = 1 - 1 / _psi
        value = sp.log((1 - _beta) / (1 - _beta * sp.exp(rho * mean_growth))) / rho
    return (
        Unknown("log_value", "v", "log", "lifetime utility per consumption", value),
        Unknown(
            "certainty_equivalent",
            r"\kappa",
            "log",
            "certainty equivalent of next period's utility per consumption",
            value + mean_growth,
        ),
        Unknown(
            "real_rate",
            "r",
            "log per quarter",
            "one-period real riskless rate",
            -sp.log(_beta) + mean_growth / (1 if unit_ies else _psi),
        ),
    )


def definitions(
    unit_ies: bool = False, bundle_growth_next: sp.Expr = consumption_growth_next
) -> tuple[Definition, ...]:
    """The pricing kernel between t and t+1 (Epstein and Zin 1989).

    M' = beta (X'/X)^(-1/psi) (V'/CE)^(1/psi - gamma) (X'/X) / (C'/C), in terms of
    utility per bundle X = C h(N), whose log growth is ``bundle_growth_next``. Without
    leisure the bundle is consumption and the last two factors cancel.
    """
    inverse = sp.Integer(1) if unit_ies else 1 / _psi
    kernel = _beta * sp.exp(
        -inverse * bundle_growth_next
        + (inverse - _gamma)
        * (lead(log_value) + bundle_growth_next - certainty_equivalent)
        + (bundle_growth_next - consumption_growth_next)
    )
    return (
        Definition(
            "stochastic_discount_factor_next",
            "M'",
            "ratio",
            "real pricing kernel from t to t+1",
            kernel,
        ),
    )


def equations(
    unit_ies: bool = False, bundle_growth_next: sp.Expr = consumption_growth_next
) -> tuple[Equation, ...]:
    """Aggregator, certainty equivalent and riskless rate (Epstein and Zin 1989).

    Utility is counted per unit of a bundle whose log growth is ``bundle_growth_next``.
    """
    if unit_ies:
        aggregator = sp.exp(_beta * certainty_equivalent)
    else:
        rho = 1 - 1 / _psi
        aggregator = (1 - _beta + _beta * sp.exp(rho * certainty_equivalent)) ** (
            1 / rho
        )
    return (
        Equation(
            "aggregator",
            sp.exp(log_value),
            aggregator,
            "utility is a CES aggregate of consumption and its certainty equivalent",
            "Epstein and Zin 1989, eq. 3.5",
        ),
        Equation(
            "certainty_equivalent_condition",
            sp.exp((1 - _gamma) * certainty_equivalent),
            expected(sp.exp((1 - _gamma) * (lead(log_value) + bundle_growth_next))),
            "power certainty equivalent over next period's utility",
            "Epstein and Zin 1989, eq. 3.6",
        ),
        Equation(
            "real_riskless_rate",
            sp.exp(-real_rate),
            expected(stochastic_discount_factor_next),
            "price of one unit of consumption next period",
        ),
    )
