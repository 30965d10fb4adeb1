"""Convenience yields: a safety and a liquidity service, each with its price.

The price of safety rises with stress and falls with the supply of debt
(Krishnamurthy and Vissing-Jorgensen 2012); the price of liquidity falls with supply and
rises with the short rate, the opportunity cost of money (Nagel 2016).
"""

from __future__ import annotations

import sympy as sp

from ..declaration import Dated, Definition, Parameter
from .fiscal import end_of_period_debt
from .monetary import policy_rate

ASSETS = {
    "bill": "Treasury bills",
    "long": "long Treasurys",
    "aaa": "AAA corporate bonds",
    "foreign": "hedged foreign sovereigns",
}

_prices = (
    Parameter(
        "safety_price",
        r"\alpha_S",
        "log per quarter",
        0.0,
        0.02,
        "price of safety at median stress and debt of one annual output",
    ),
    Parameter("safety_stress", r"\eta_S", "1 / logit", 0.0, 3.0, "its rise in stress"),
    Parameter("safety_supply", r"\nu_S", "elasticity", 0.0, 5.0, "its fall in supply"),
    Parameter(
        "liquidity_price",
        r"\alpha_L",
        "log per quarter",
        0.0,
        0.02,
        "price of liquidity at a zero policy rate and debt of one annual output",
    ),
    Parameter(
        "liquidity_rate",
        r"\eta_L",
        "quarters",
        0.0,
        200.0,
        "its rise with the policy rate (opportunity cost)",
    ),
    Parameter(
        "liquidity_supply", r"\nu_L", "elasticity", 0.0, 5.0, "its fall in supply"
    ),
)


# Debt that bondholders insure is less safe: the regime changes this and nothing else.
REGIME_SPECIFIC = ("safety_bill", "safety_long")


def _service(service: str, asset: str) -> Parameter:
    name = f"{service}_{asset}"
    specific = name in REGIME_SPECIFIC
    return Parameter(
        name,
        rf"{service[0]}_{{{asset}}}",
        "ratio",
        -1.0,
        5.0,
        f"{service} service of {ASSETS[asset]}",
        regime_specific=specific,
        role="policy" if specific else "structure",
    )


_services = tuple(
    _service(service, asset) for service in ("safety", "liquidity") for asset in ASSETS
)
PARAMETERS = _prices + _services
_S = {p.name: p.symbol for p in PARAMETERS}
safety = Dated("price_of_safety")
liquidity = Dated("price_of_liquidity")
convenience_yield = {asset: Dated(f"convenience_yield_{asset}") for asset in ASSETS}

_supply = end_of_period_debt / 4


def definitions(stress_gap: sp.Expr) -> tuple[Definition, ...]:
    """Prices of the services and convenience yields; ``stress_gap`` is in logit."""
    return (
        Definition(
            "price_of_safety",
            "p^S",
            "log per quarter",
            "price of one unit of safety",
            _S["safety_price"]
            * sp.exp(_S["safety_stress"] * stress_gap)
            * _supply ** (-_S["safety_supply"]),
        ),
        Definition(
            "price_of_liquidity",
            "p^L",
            "log per quarter",
            "price of one unit of liquidity",
            _S["liquidity_price"]
            * sp.exp(_S["liquidity_rate"] * policy_rate)
            * _supply ** (-_S["liquidity_supply"]),
        ),
        *(
            Definition(
                f"convenience_yield_{asset}",
                rf"cy_{{{asset}}}",
                "log per quarter",
                f"convenience yield of {name}",
                _S[f"safety_{asset}"] * safety + _S[f"liquidity_{asset}"] * liquidity,
            )
            for asset, name in ASSETS.items()
        ),
    )
