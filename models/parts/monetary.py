"""The Taylor rule with smoothing and a persistent deviation.

The rule is the same in every economy; what differs is the natural rate that it follows
and the rate that it would set without smoothing.
"""

from __future__ import annotations

import sympy as sp

from ..declaration import Dated, Definition, Parameter, Shock, State
from .endowment import e_x
from .preferences import real_rate

INTERCEPT_PARAMETERS = (
    Parameter(
        "rate_mean",
        r"\bar\imath",
        "log per quarter",
        -0.1,
        0.1,
        "rule intercept, solved for so that mean inflation hits its target",
        regime_specific=True,
        role="intercept",
    ),
)
RULE_PARAMETERS = (
    Parameter(
        "phi",
        r"\phi",
        "ratio",
        -1.0,
        10.0,
        "response of the policy rate to inflation",
        regime_specific=True,
        role="policy",
    ),
    Parameter(
        "rho_i",
        r"\rho_i",
        "ratio",
        0.0,
        0.99,
        "interest-rate smoothing",
        regime_specific=True,
        role="policy",
    ),
    Parameter(
        "phi_natural",
        r"\phi_n",
        "ratio",
        0.0,
        1.0,
        "response of the policy rate to the natural (real riskless) rate",
        regime_specific=True,
        role="policy",
    ),
    Parameter("rho_m", r"\rho_m", "ratio", 0.0, 0.999, "persistence of the deviation"),
    Parameter("sigma_m", r"\sigma_m", "log per quarter", 0.0, 0.02, "monetary shock"),
    Parameter(
        "b_x",
        "b_x",
        "ratio",
        -5.0,
        5.0,
        "the deviation moves with news about growth (accommodated supply shocks)",
        regime_specific=True,
        role="policy",
    ),
)
PARAMETERS = INTERCEPT_PARAMETERS + RULE_PARAMETERS
SHOCKS = (Shock("e_m", r"\varepsilon_m", "monetary policy"),)
e_m = SHOCKS[0].symbol

_S = {p.name: p.symbol for p in PARAMETERS}
policy_rate = Dated("policy_rate")
policy_rate_lag = Dated("policy_rate_lag")
monetary_deviation = Dated("monetary_deviation")


def states(
    reference_rate: sp.Expr, sigma_x: sp.Symbol, natural_rate: sp.Expr = real_rate
) -> tuple[State, ...]:
    """Lagged rate net of its natural-rate part, and the deviation (log per quarter).

    ``reference_rate`` is where the search for the lagged rate starts; ``sigma_x`` is
    the size of the growth news that the deviation accommodates, ``natural_rate`` what
    the rule follows one to one without smoothing (log per quarter).
    """
    return (
        State(
            "policy_rate_lag",
            "i_{-1}",
            "log per quarter",
            "last period's policy rate net of its response to the natural rate",
            policy_rate - _S["phi_natural"] * natural_rate,
            reference_rate,
            sp.Rational(1, 500),
        ),
        State(
            "monetary_deviation",
            "m",
            "log per quarter",
            "deviation from the rule",
            _S["rho_m"] * monetary_deviation
            + _S["sigma_m"] * e_m
            + _S["b_x"] * sigma_x * e_x,
            sp.Integer(0),
            (_S["sigma_m"] + sp.Abs(_S["b_x"]) * sigma_x)
            / sp.sqrt(1 - _S["rho_m"] ** 2),
        ),
    )


def response_to_inflation(inflation: sp.Expr, pi_bar: sp.Expr) -> sp.Expr:
    """Intercept and response of the rule without smoothing (log per quarter)."""
    return _S["rate_mean"] + _S["phi"] * (inflation - pi_bar)


def taylor_rule(
    wanted_rate: sp.Expr, natural_rate: sp.Expr = real_rate
) -> tuple[Definition, ...]:
    """The policy rate (log per quarter): a rule with smoothing (Taylor 1993).

    ``wanted_rate`` is where the rate net of its natural-rate part would settle.
    """
    return (
        Definition(
            "policy_rate",
            "i",
            "log per quarter",
            "convenience-free short rate set by the central bank",
            _S["phi_natural"] * natural_rate
            + _S["rho_i"] * policy_rate_lag
            + (1 - _S["rho_i"]) * wanted_rate
            + monetary_deviation,
        ),
    )
