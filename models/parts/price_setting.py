"""Sticky prices: quadratic costs of changing them (Rotemberg) or lotteries (Calvo).

Both are written in terms of one stickiness, the share of prices that stay put in a
quarter: the cost of Rotemberg is the one that gives the same Phillips curve at first
order. Prices that are not reset move with the inflation target, so that none is
distorted where the economy rests.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from ..declaration import (
    Dated,
    Definition,
    Equation,
    Parameter,
    Shock,
    State,
    Unknown,
    expected,
    lead,
)
from .endowment import output_growth_next
from .fiscal import inflation
from .labour import real_wage
from .preferences import stochastic_discount_factor_next

PARAMETERS = (
    Parameter(
        "demand_elasticity",
        r"\varepsilon",
        "elasticity",
        1.0,
        100.0,
        "price elasticity of demand for a variety",
    ),
    Parameter(
        "price_stickiness",
        r"\vartheta",
        "share",
        -0.001,
        0.999,
        "share of prices that are not reset in a quarter",
    ),
    Parameter("rho_u", r"\rho_u", "ratio", 0.0, 0.999, "persistence of cost push"),
    Parameter("sigma_u", r"\sigma_u", "log", 0.0, 0.5, "cost-push shock"),
)
SHOCKS = (Shock("e_c", r"\varepsilon_c", "cost push"),)

elasticity, stickiness, _rho_u, _sigma_u = (p.symbol for p in PARAMETERS)
cost_push = Dated("cost_push")
marginal_cost = Dated("marginal_cost")
price_gap = Dated("price_gap")
resting_wage = (elasticity - 1) / elasticity


@dataclass(frozen=True)
class PriceSetting:
    """Records of one kind of price setting.

    ``resources`` is the share of output that is left after the costs of changing
    prices, ``dispersion`` hours per unit of output and technology.
    """

    states: tuple[State, ...]
    definitions: tuple[Definition, ...]
    unknowns: tuple[Unknown, ...]
    equations: tuple[Equation, ...]
    resources: sp.Expr
    dispersion: sp.Expr


def cost_push_state() -> State:
    """Log rise of the costs that firms set prices on, not of their resource cost."""
    return State(
        "cost_push",
        "u",
        "log",
        "cost push: desired markups, a supply shock without a change of technology",
        _rho_u * cost_push + _sigma_u * SHOCKS[0].symbol,
        sp.Integer(0),
        _sigma_u / sp.sqrt(1 - _rho_u**2),
    )


def definitions(pi_bar: sp.Expr) -> tuple[Definition, ...]:
    """Inflation over its target ``pi_bar`` (log per quarter), and marginal cost."""
    return (
        Definition(
            "price_gap",
            r"\hat\Pi",
            "ratio",
            "gross inflation over its target",
            sp.exp(inflation - pi_bar),
        ),
        Definition(
            "marginal_cost",
            "mc",
            "ratio",
            "real marginal cost with cost push",
            real_wage * sp.exp(cost_push),
        ),
    )


def slope(discount: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Numerator and denominator of the Phillips curve's slope on log marginal cost.

    ``discount`` is the resting value of the growth-adjusted discount factor. The
    denominator is zero when prices are flexible (Gali 2015, chapter 3).
    """
    return (1 - stickiness) * (1 - stickiness * discount), stickiness


def price_setting(kind: str, discount: sp.Expr) -> PriceSetting:
    """Price setting of ``kind``, ``"rotemberg"`` or ``"calvo"``.

    Raises
    ------
    ValueError
        Another kind.
    """
    kinds = {"rotemberg": _rotemberg, "calvo": _calvo}
    if kind not in kinds:
        raise ValueError(f"prices are {' or '.join(kinds)}, not '{kind}'")
    return kinds[kind](discount)


def _discounted(payoff: sp.Expr) -> sp.Expr:
    """Price today of ``payoff`` next period per unit of output."""
    growth = stochastic_discount_factor_next * sp.exp(output_growth_next)
    return expected(growth * payoff)


def _rotemberg(discount: sp.Expr) -> PriceSetting:
    numerator, denominator = slope(discount)
    cost = (elasticity - 1) * denominator / numerator
    moved = (price_gap - 1) * price_gap
    return PriceSetting(
        states=(),
        definitions=(),
        unknowns=(),
        equations=(
            Equation(
                "phillips_curve",
                elasticity - 1 + cost * moved,
                elasticity * marginal_cost + cost * _discounted(lead(moved)),
                "firms weigh the cost of a change now against one later",
                "Rotemberg 1982",
            ),
        ),
        resources=1 - cost / 2 * (price_gap - 1) ** 2,
        dispersion=sp.Integer(1),
    )


def _calvo(discount: sp.Expr) -> PriceSetting:
    dispersion, lagged = Dated("price_dispersion"), Dated("price_dispersion_lag")
    reset, sales = Dated("reset_price"), sp.exp(Dated("log_sales_value"))
    return PriceSetting(
        states=(
            State(
                "price_dispersion_lag",
                r"\log \Delta_{-1}",
                "log",
                "last period's log dispersion of prices",
                sp.log(dispersion),
                sp.Integer(0),
                sp.Rational(1, 1000),
            ),
        ),
        definitions=(
            Definition(
                "reset_price",
                "p^*",
                "ratio to price level",
                "price that firms set when they may",
                ((1 - stickiness * price_gap ** (elasticity - 1)) / (1 - stickiness))
                ** (1 / (1 - elasticity)),
            ),
            Definition(
                "price_dispersion",
                r"\Delta",
                "ratio",
                "hours per unit of output over technology",
                (1 - stickiness) * reset ** (-elasticity)
                + stickiness * price_gap**elasticity * sp.exp(lagged),
            ),
        ),
        unknowns=(
            Unknown(
                "log_sales_value",
                r"\log F",
                "log of quarters of output",
                "log value of sales at a price that is set today",
                -sp.log(1 - stickiness * discount),
            ),
        ),
        equations=(
            Equation(
                "sales_value",
                sales,
                1
                + stickiness * _discounted(lead(price_gap ** (elasticity - 1) * sales)),
                "sales while the price stays put",
                "Calvo 1983",
            ),
            Equation(
                "phillips_curve",
                reset * sales,
                marginal_cost / resting_wage
                + stickiness * _discounted(lead(price_gap**elasticity * reset * sales)),
                "the reset price is a markup over costs while it stays put",
                "Calvo 1983",
            ),
        ),
        resources=sp.Integer(1),
        dispersion=dispersion,
    )
