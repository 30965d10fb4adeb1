"""Equity: a levered claim on growth with a dividend shock of its own."""

from __future__ import annotations

import sympy as sp

from ..declaration import (
    Dated,
    Definition,
    Equation,
    Parameter,
    Shock,
    Unknown,
    expected,
    lead,
)
from .endowment import mean_growth, output_growth_next
from .preferences import stochastic_discount_factor_next

PARAMETERS = (
    Parameter("leverage", r"\lambda", "ratio", 0.5, 6.0, "dividends on growth"),
    Parameter("sigma_d", r"\sigma_d", "log per quarter", 0.0, 0.3, "dividend shock"),
)
SHOCKS = (Shock("e_d", r"\varepsilon_d", "dividends"),)
_leverage, _sigma_d = (p.symbol for p in PARAMETERS)
log_price_dividend = Dated("log_price_dividend")
price_dividend = Dated("price_dividend")
dividend_growth_next = Dated("dividend_growth_next")


def unknowns(guess: sp.Expr) -> tuple[Unknown, ...]:
    """Log price over dividends; ``guess`` is the ratio in quarters, not its log."""
    # In logs the condition is nearly linear: Newton finds it from far away.
    return (
        Unknown(
            "log_price_dividend",
            r"\log(P/D)",
            "log of quarters of dividends",
            "log price of equity over its quarterly dividend",
            sp.log(guess),
        ),
    )


def definitions(growth_next: sp.Expr = output_growth_next) -> tuple[Definition, ...]:
    """Dividends and returns; ``growth_next`` (log) is what dividends are levered on."""
    return (
        Definition(
            "price_dividend",
            "P/D",
            "quarters of dividends",
            "price of equity over its quarterly dividend",
            sp.exp(log_price_dividend),
        ),
        Definition(
            "dividend_growth_next",
            r"\Delta d'",
            "log per quarter",
            "growth of dividends",
            mean_growth
            + _leverage * (growth_next - mean_growth)
            + _sigma_d * SHOCKS[0].symbol,
        ),
        Definition(
            "equity_return_next",
            "r^e{}'",
            "log per quarter",
            "real log return on equity",
            dividend_growth_next
            + sp.log(1 + lead(price_dividend))
            - sp.log(price_dividend),
        ),
    )


UNKNOWNS = unknowns(sp.Integer(100))
DEFINITIONS = definitions()
EQUATIONS = (
    Equation(
        "equity_price",
        price_dividend,
        expected(
            stochastic_discount_factor_next
            * sp.exp(dividend_growth_next)
            * (1 + lead(price_dividend))
        ),
        "price of the dividend claim after this period's dividend",
    ),
)
