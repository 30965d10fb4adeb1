"""Nominal assets: the bill, the portfolio of decaying coupons and the Fisher relation.

The policy rate is the rate of a nominal asset without convenience; Treasurys are priced
with the same kernel and earn less by their convenience yields.
"""

from __future__ import annotations

import sympy as sp

from ..declaration import Dated, Definition, Equation, Unknown, expected, lead
from . import convenience, fiscal, monetary

bill_price = Dated("bill_price")
_symbols = {p.name: p.symbol for p in fiscal.PARAMETERS}
INFLATION = Unknown(
    "inflation", r"\pi", "log per quarter", "inflation", _symbols["pi_bar"]
)


def bond_price_unknown(guess: sp.Expr) -> Unknown:
    """Log price of the debt portfolio; ``guess`` is a price, not its log."""
    return Unknown(
        "log_bond_price",
        r"\log Q",
        "log",
        "log price of the debt portfolio per unit of face value",
        sp.log(guess),
    )


def definitions() -> tuple[Definition, ...]:
    """Price of the bill and the convenience services of the debt outstanding."""
    cy = convenience.convenience_yield
    bill = sp.exp(cy["bill"] - monetary.policy_rate)
    held = fiscal.end_of_period_debt * sp.exp(-fiscal.log_bond_price)
    flow = (1 - sp.exp(-cy["bill"])) * bill_price * held + (1 - sp.exp(-cy["long"])) * (
        fiscal.bond_price - bill_price
    ) * held
    return (
        Definition("bill_price", "P_1", "ratio", "price of the one-period bill", bill),
        Definition(
            "convenience_flow",
            "C",
            "ratio to output",
            "convenience services of the debt outstanding",
            flow,
        ),
    )


def equations(nominal_kernel: sp.Expr) -> tuple[Equation, ...]:
    """Fisher relation and price of the portfolio.

    ``nominal_kernel`` prices nominal payoffs without convenience, from t to t+1.
    """
    long = convenience.convenience_yield["long"]
    return (
        Equation(
            "fisher",
            sp.exp(-monetary.policy_rate),
            expected(nominal_kernel),
            "the rule sets the convenience-free one-period rate",
        ),
        Equation(
            "portfolio",
            fiscal.bond_price,
            bill_price
            + _symbols["omega"]
            * sp.exp(long)
            * expected(nominal_kernel * lead(fiscal.bond_price)),
            "price of coupons that decay at omega",
        ),
    )
