"""Where a smooth economy rests without risk, in closed form.

Inflation and debt are at their targets, output, hours and consumption at one (per unit
of technology). ``DEFINITIONS`` names the values that equations use; ``rest`` holds
them in parameters alone, for starting values.
"""

from __future__ import annotations

from types import SimpleNamespace

import sympy as sp

from ..declaration import Dated, Definition
from . import convenience, endowment, fiscal, preferences

_S = {
    p.name: p.symbol
    for module in (preferences, endowment, fiscal, convenience)
    for p in module.PARAMETERS
}

# Growth-adjusted discount factor of the economy at rest.
discount = _S["beta"] * sp.exp((1 - 1 / _S["psi"]) * _S["mu"])


def _rest() -> SimpleNamespace:
    real_rate = -sp.log(_S["beta"]) + _S["mu"] / _S["psi"]
    policy_rate = real_rate + _S["pi_bar"]
    debt = 4 * _S["debt_target"]
    safety = _S["safety_price"] * _S["debt_target"] ** -_S["safety_supply"]
    liquidity = (
        _S["liquidity_price"]
        * sp.exp(_S["liquidity_rate"] * policy_rate)
        * _S["debt_target"] ** -_S["liquidity_supply"]
    )
    cy = {
        k: _S[f"safety_{k}"] * safety + _S[f"liquidity_{k}"] * liquidity
        for k in ("bill", "long")
    }
    bill_price = sp.exp(cy["bill"] - policy_rate)
    bond_price = bill_price / (1 - _S["omega"] * sp.exp(cy["long"] - policy_rate))
    face_value = debt / (bond_price * sp.exp(_S["mu"]))
    debt_value = (1 + _S["omega"] * bond_price) * face_value * sp.exp(-_S["pi_bar"])
    growing = sp.exp(_S["mu"] - real_rate)
    return SimpleNamespace(
        real_rate=real_rate,
        policy_rate=policy_rate,
        debt=debt,
        safety=safety,
        liquidity=liquidity,
        bill_price=bill_price,
        bond_price=bond_price,
        face_value=face_value,
        debt_value=debt_value,
        tax=_S["g_bar"] + debt_value - debt,
        price_dividend=growing / (1 - growing),
    )


rest = _rest()

_NAMED = (
    ("real_rate", r"\bar r", "log per quarter", "real rate"),
    ("safety", r"\bar p^S", "log per quarter", "price of safety"),
    ("liquidity", r"\bar p^L", "log per quarter", "price of liquidity"),
    ("bill_price", r"\bar P_1", "ratio", "price of the bill"),
    ("bond_price", r"\bar Q", "ratio", "price of the debt portfolio"),
    ("debt_value", r"\bar W", "quarters of output", "debt with its payments"),
    ("tax", r"\bar T", "ratio to output", "taxes that keep debt at its target"),
)
DEFINITIONS = tuple(
    Definition(f"resting_{n}", latex, unit, f"{text} at rest", getattr(rest, n))
    for n, latex, unit, text in _NAMED
)
resting = SimpleNamespace(**{n: Dated(f"resting_{n}") for n, *_ in _NAMED})
