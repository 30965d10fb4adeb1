"""Funded and unfunded spending through the rules of a shadow economy.

The shadow economy is hit by unfunded spending (and by a share ``shadow_exposure`` of
every disturbance that is not fiscal) and obeys rules of its own; the rules of the
actual economy respond to deviations from it (Bianchi, Faccini and Melosi 2023):

    i = phi (pi - pi_F) + phi_F pi_F,     T = gamma (B - B_F) + gamma_F B_F.

With phi_F < 1 and gamma_F = 0 unfunded spending is paid by inflation while everything
else is led by monetary policy. Here the shadow economy is the actual one at first order
around the resting point: for unfunded spending alone the two move together exactly.
Its variables are deviations from rest, logs where their originals are positive.
"""

from __future__ import annotations

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
from . import endowment, fiscal, labour, monetary, price_setting
from .convenience import PARAMETERS as CONVENIENCE
from .preferences import PARAMETERS as PREFERENCES
from .resting_point import discount, resting


def _policy(name, latex, unit, low, high, text) -> Parameter:
    return Parameter(
        name, latex, unit, low, high, text, regime_specific=True, role="policy"
    )


PARAMETERS = (
    _policy(
        "phi_shadow",
        r"\phi_F",
        "ratio",
        -1.0,
        10.0,
        "response of the policy rate to inflation that unfunded spending brings",
    ),
    _policy(
        "tax_response_shadow",
        r"\gamma_F",
        "ratio",
        -0.01,
        2.5,
        "response of taxes to debt that unfunded spending brings",
    ),
    _policy(
        "shadow_exposure",
        r"\iota",
        "share",
        -0.001,
        1.001,
        "share of the disturbances other than spending that shadow rules govern",
    ),
    _policy(
        "phi_output",
        r"\phi_y",
        "ratio",
        -1.0,
        5.0,
        "response of the policy rate to log output over its trend",
    ),
    Parameter(
        "gap_share",
        r"\lambda_y",
        "share",
        -0.001,
        1.001,
        "share of natural output that the rule takes out of the output it answers: "
        "at 0 output over trend, at 1 its gap",
    ),
    Parameter(
        "unfunded_volatility",
        r"\eta_F",
        "1 / log",
        -20.0,
        20.0,
        "rise of the log volatility of unfunded spending with its level",
    ),
)
SHOCKS = (Shock("e_u", r"\varepsilon_u", "unfunded spending"),)

_S = {
    p.name: p.symbol
    for p in (
        *PARAMETERS,
        *PREFERENCES,
        *CONVENIENCE,
        *endowment.PARAMETERS,
        *fiscal.PARAMETERS,
        *labour.PARAMETERS,
        *monetary.PARAMETERS,
    )
}
exposure = _S["shadow_exposure"]
funded_spending = Dated("funded_spending")
unfunded_spending = Dated("unfunded_spending")
face_value_gap = Dated("shadow_face_value")
rate_lag = Dated("shadow_rate_lag")
inflation = Dated("shadow_inflation")
output = Dated("shadow_output")
bond_price = Dated("shadow_bond_price")
consumption = Dated("shadow_consumption")
marginal_cost = Dated("shadow_marginal_cost")
policy_rate = Dated("shadow_policy_rate")
debt_growth = Dated("shadow_debt")
convenience = Dated("shadow_convenience")


def natural_output(chi: sp.Expr, spending: sp.Expr) -> sp.Expr:
    """Log output over trend with flexible prices, at first order in ``spending``.

    ``spending`` is its log deviation: what purchases leave of output makes people
    work more, y (1 + nu) = chi gbar z. Taxes on labour, and cost push, do not count.
    """
    return chi * _S["g_bar"] * spending / (1 + _S["frisch_inverse"])


# Debt that taxes would respond to, quarters of output over the resting point.
debt_gap = resting.debt_value * face_value_gap


def spending_states() -> tuple[State, ...]:
    """Funded and unfunded parts of log spending; together they are its deviation.

    Spending that comes with growth and stress is funded in the share ``theta``; the
    shocks of the two parts have standard deviations theta and 1 - theta times sigma_z.
    """
    theta, rho, sigma = _S["theta"], _S["rho_z"], _S["sigma_z"]
    # The regime in which spending comes says who bears it.
    arriving = lead(theta)
    spread = sigma / sp.sqrt(1 - rho**2)
    volatility = sp.exp(_S["unfunded_volatility"] * unfunded_spending)
    return (
        State(
            "funded_spending",
            "z^A",
            "log",
            "spending over its median that later taxes repay",
            rho * funded_spending
            + arriving * (sigma * fiscal.e_z + fiscal.cyclical_news()),
            sp.Integer(0),
            theta * spread,
        ),
        State(
            "unfunded_spending",
            "z^F",
            "log",
            "spending over its median that nobody has promised to repay",
            rho * unfunded_spending
            + (1 - arriving)
            * (sigma * volatility * SHOCKS[0].symbol + fiscal.cyclical_news()),
            sp.Integer(0),
            (1 - theta) * spread,
        ),
    )


def states(natural_rate_gap: sp.Expr) -> tuple[State, ...]:
    """Face value of the shadow economy's debt and its lagged policy rate.

    ``natural_rate_gap`` (log per quarter) is what the actual rule follows.
    """
    growth = endowment.smooth_growth_next - endowment.mean_growth
    return (
        State(
            "shadow_face_value",
            "n_F",
            "log",
            "face value of debt in the shadow economy",
            debt_growth - bond_price - lead(exposure) * growth,
            sp.Integer(0),
            sp.Rational(1, 20),
        ),
        State(
            "shadow_rate_lag",
            "i_{F,-1}",
            "log per quarter",
            "last period's policy rate in the shadow economy, net of the natural rate",
            policy_rate - _S["phi_natural"] * exposure * natural_rate_gap,
            sp.Integer(0),
            sp.Rational(1, 500),
        ),
    )


def definitions(
    natural_rate_gap: sp.Expr,
    chi: sp.Expr,
    weight: sp.Expr,
    distortionary: bool,
) -> tuple[Definition, ...]:
    """Consumption, costs, rates, debt and convenience of the shadow economy.

    ``chi`` is the share of purchases in spending, ``weight`` that of hours in utility.
    """
    wedge = _S["tax_response_shadow"] * debt_gap if distortionary else sp.Integer(0)
    asked = weight * (consumption + _S["frisch_inverse"] * output)
    bill_share = resting.bill_price / resting.bond_price
    surplus = (
        resting.tax * output
        + _S["tax_response_shadow"] * debt_gap
        - _S["g_bar"] * unfunded_spending
    )
    revalued = _S["omega"] * resting.bond_price / (1 + _S["omega"] * resting.bond_price)
    value = face_value_gap - inflation + revalued * bond_price
    return (
        Definition(
            "shadow_consumption",
            "c_F",
            "log",
            "consumption in the shadow economy",
            output - chi * _S["g_bar"] * unfunded_spending,
        ),
        Definition(
            "shadow_marginal_cost",
            "mc_F",
            "log",
            "marginal cost in the shadow economy",
            (asked + wedge) / price_setting.resting_wage
            + exposure * price_setting.cost_push,
        ),
        Definition(
            "shadow_policy_rate",
            "i_F",
            "log per quarter",
            "policy rate that the shadow rule sets",
            _S["phi_natural"] * exposure * natural_rate_gap
            + _S["rho_i"] * rate_lag
            + (1 - _S["rho_i"])
            * (
                _S["phi_shadow"] * inflation
                + _S["phi_output"]
                * (output - _S["gap_share"] * natural_output(chi, unfunded_spending))
            )
            + exposure * monetary.monetary_deviation,
        ),
        Definition(
            "shadow_debt",
            "d_F",
            "log",
            "market value of the shadow economy's debt at the end of the period",
            (resting.debt_value * value - surplus) / (4 * _S["debt_target"]),
        ),
        Definition(
            "shadow_convenience",
            "cy_F",
            "log per quarter",
            "convenience yield of the shadow economy's debt portfolio",
            bill_share * _convenience("bill") + (1 - bill_share) * _convenience("long"),
        ),
    )


def _convenience(asset: str) -> sp.Expr:
    """Convenience yield of an asset over its resting value."""
    safety = _S["safety_stress"] * exposure * endowment.stress
    safety -= _S["safety_supply"] * debt_growth
    liquidity = _S["liquidity_rate"] * policy_rate
    liquidity -= _S["liquidity_supply"] * debt_growth
    return (
        _S[f"safety_{asset}"] * resting.safety * safety
        + _S[f"liquidity_{asset}"] * resting.liquidity * liquidity
    )


UNKNOWNS = (
    Unknown(
        "shadow_inflation",
        r"\pi_F",
        "log per quarter",
        "inflation over its target in the shadow economy",
        sp.Integer(0),
    ),
    Unknown(
        "shadow_output",
        "y_F",
        "log",
        "output over its trend in the shadow economy",
        sp.Integer(0),
    ),
    Unknown(
        "shadow_bond_price",
        "q_F",
        "log",
        "price of the shadow economy's debt portfolio",
        sp.Integer(0),
    ),
)


def equations(weight: sp.Expr, demand: sp.Expr) -> tuple[Equation, ...]:
    """The log-linear economy: Phillips curve, demand and the price of debt.

    Parameters
    ----------
    weight : of hours in utility.
    demand : of safe nominal assets, a wedge on their rate (log per quarter).
    """
    up, down = price_setting.slope(discount)
    inverse = 1 / _S["psi"]
    growth = lead(consumption) - consumption + exposure * endowment.expected_growth
    bill_share = resting.bill_price / resting.bond_price
    return (
        Equation(
            "shadow_phillips_curve",
            1 + down * inflation,
            1 + down * discount * expected(lead(inflation)) + up * marginal_cost,
            "inflation is the discounted sum of future real costs",
            "Gali 2015, eq. 3.22",
        ),
        Equation(
            "shadow_demand",
            1 + policy_rate,
            1
            - exposure * demand
            + expected(
                lead(inflation)
                + inverse * growth
                + (1 - inverse) * weight * (lead(output) - output)
            ),
            "the real rate pays for growth of consumption and hours",
        ),
        Equation(
            "shadow_portfolio",
            1 + bond_price,
            1
            + convenience
            - policy_rate
            + (1 - bill_share) * expected(lead(bond_price)),
            "price of coupons that decay at omega",
        ),
    )
