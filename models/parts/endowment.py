"""Growth: a slow expected part, rare disasters and a time-varying stress."""

from __future__ import annotations

import sympy as sp

from ..declaration import Dated, Definition, Event, Parameter, Shock, State, fixed

GROWTH_PARAMETERS = (
    Parameter("mu", r"\mu", "log per quarter", -0.02, 0.03, "mean growth"),
    Parameter("sigma_y", r"\sigma_y", "log per quarter", 0.0, 0.1, "growth shock"),
    Parameter("rho_x", r"\rho_x", "ratio", 0.0, 0.999, "persistence, expected growth"),
    Parameter("sigma_x", r"\sigma_x", "log per quarter", 0.0, 0.02, "its shock"),
)
DISASTER_PARAMETERS = (
    Parameter("xi", r"\xi", "log", 0.0, 1.0, "fall of output in a disaster"),
    Parameter("p_bar", r"\bar p", "probability", 1e-8, 0.1, "median disaster risk"),
)
STRESS_PARAMETERS = (
    Parameter("rho_p", r"\rho_p", "ratio", 0.0, 0.999, "persistence of stress"),
    Parameter("sigma_p", r"\sigma_p", "logit", 0.0, 1.0, "stress shock"),
)
PARAMETERS = GROWTH_PARAMETERS + DISASTER_PARAMETERS + STRESS_PARAMETERS
SHOCKS = (
    Shock("e_y", r"\varepsilon_y", "growth"),
    Shock("e_x", r"\varepsilon_x", "expected growth"),
    Shock("e_p", r"\varepsilon_p", "stress"),
)

_mu, _sigma_y, _rho_x, _sigma_x, _xi, _p_bar, _rho_p, _sigma_p = (
    p.symbol for p in PARAMETERS
)
e_y, e_x, e_p = (s.symbol for s in SHOCKS)
disaster = fixed("disaster")
expected_growth = Dated("expected_growth")
stress = Dated("stress")
output_growth_next = Dated("output_growth_next")
disaster_probability = 1 / (1 + sp.exp(-stress))
mean_stress = sp.log(_p_bar / (1 - _p_bar))
mean_growth = _mu

EVENTS = (Event("disaster", r"\iota'", "a fall of output by xi", disaster_probability),)


def expected_growth_state(feedback: sp.Expr = sp.S.Zero) -> State:
    """Predictable part of growth: an AR(1).

    ``feedback`` (log per quarter) is added to its value at t+1.
    """
    return State(
        "expected_growth",
        "x",
        "log per quarter",
        "predictable part of growth",
        _rho_x * expected_growth + _sigma_x * e_x + feedback,
        sp.Integer(0),
        _sigma_x / sp.sqrt(1 - _rho_x**2),
    )


def stress_state(mean: sp.Expr, description: str, news: sp.Expr = sp.S.Zero) -> State:
    """Stress (logit): an AR(1) around ``mean``; ``news`` adds to its innovation."""
    return State(
        "stress",
        r"\ell",
        "logit",
        description,
        (1 - _rho_p) * mean + _rho_p * stress + _sigma_p * e_p + news,
        mean,
        _sigma_p / sp.sqrt(1 - _rho_p**2),
    )


# Growth without disasters, log per quarter.
smooth_growth_next = _mu + expected_growth + _sigma_y * e_y
DEFINITIONS = (
    Definition(
        "output_growth_next",
        r"\Delta y'",
        "log per quarter",
        "output growth from t to t+1",
        smooth_growth_next - _xi * disaster,
    ),
)
