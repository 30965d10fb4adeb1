"""Spending, the backing account, taxes and the budget.

The backing account holds the promised part of past spending that taxes have not yet
repaid. It earns the real riskless rate, and a disaster voids the share ``breach`` of
every promise, unpaid for: of what is owed, and of what is promised on the spending that
still follows from today's. Investors know it and value a promise accordingly, so of
spending news they count theta times the priced kept share; without breach that share is
one, whatever the speed of repayment. The account's state is carried as ``backing``, the
log present value of the surpluses that the *reference* policy delivers (constant tax
rate plus account): that is a smooth one-to-one transform of the account, positive by
construction where debt has a value at all, and with it prices are nearly linear in the
states. Debt is carried as ``debt_gap``, the log of its face value over backing.
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
from .endowment import (
    disaster,
    disaster_probability,
    e_p,
    e_y,
    expected_growth,
    output_growth_next,
)
from .preferences import real_rate, stochastic_discount_factor_next

# Leeper (1991): what to say of policies that do not fit each other.
BOTH_ACTIVE = (
    "both authorities are active. Lower the response of the policy rate to inflation "
    "(phi) below one, or raise the response of taxes to debt (tax_response) above "
    "debt's growth-adjusted return"
)
BOTH_PASSIVE = (
    "both authorities are passive. Raise phi above one, or lower tax_response below "
    "debt's growth-adjusted return"
)

SPENDING_PARAMETERS = (
    Parameter("g_bar", r"\bar g", "ratio to output", 0.0, 0.9, "median spending"),
    Parameter("rho_z", r"\rho_z", "ratio", 0.0, 0.999, "persistence of spending"),
    Parameter("sigma_z", r"\sigma_z", "log", 0.0, 0.2, "spending shock"),
    Parameter("b_y", "b_y", "ratio", -5.0, 5.0, "spending falls with growth shocks"),
    Parameter("b_p", "b_p", "ratio", -5.0, 5.0, "spending rises with stress shocks"),
    Parameter("zeta", r"\zeta", "log", 0.0, 1.0, "spending jump in a disaster"),
)
STRESS_PARAMETERS = (
    Parameter(
        "stress_news",
        "p_z",
        "logit / log",
        0.0,
        20.0,
        "stress rises with news of spending",
        role="policy",
    ),
)
POLICY_PARAMETERS = (
    Parameter(
        "tax_mean",
        r"\bar\tau",
        "ratio to output",
        0.0,
        0.9,
        "tax intercept, solved for so that mean debt hits its target",
        regime_specific=True,
        role="intercept",
    ),
    Parameter(
        "tax_response",
        r"\gamma_b",
        "ratio",
        -0.01,
        0.5,
        "response of taxes to the face value of debt",
        regime_specific=True,
        role="policy",
    ),
    Parameter(
        "debt_target",
        r"\bar d",
        "ratio to annual output",
        0.05,
        3.0,
        "target of debt, quoted against annual output",
        period="year",
        regime_specific=True,
        role="policy",
    ),
    Parameter(
        "theta",
        r"\theta",
        "ratio",
        0.0,
        1.0001,
        "backing share: part of a spending innovation that later taxes repay",
        regime_specific=True,
        role="policy",
    ),
    Parameter(
        "breach",
        r"\delta",
        "ratio",
        0.0,
        1.0,
        "share of all promised taxes that a disaster voids, unpaid for",
        regime_specific=True,
        role="policy",
    ),
    Parameter(
        "repayment",
        r"\gamma_F",
        "ratio",
        0.001,
        1.0,
        "share of the backing account repaid each quarter",
    ),
    Parameter(
        "tax_cyclicality", r"\tau_y", "ratio", -20.0, 20.0, "taxes on expected growth"
    ),
    Parameter("omega", r"\omega", "ratio", 0.0, 0.999, "decay of coupons per quarter"),
    Parameter(
        "pi_bar",
        r"\bar\pi",
        "log per quarter",
        -0.02,
        0.05,
        "inflation target",
    ),
)
REFERENCE_PARAMETERS = (
    Parameter(
        "tax_reference",
        r"\bar\tau^\ast",
        "ratio to output",
        0.0,
        0.9,
        "tax rate of the reference policy (a coordinate, not a policy)",
        role="coordinate",
    ),
    Parameter(
        "theta_reference",
        r"\theta^\ast",
        "ratio",
        0.0,
        1.0001,
        "backing share of the reference policy (a coordinate)",
        role="coordinate",
    ),
    Parameter(
        "breach_reference",
        r"\delta^\ast",
        "ratio",
        0.0,
        1.0,
        "share of promises voided in a disaster by the reference policy (a coordinate)",
        role="coordinate",
    ),
)
PARAMETERS = SPENDING_PARAMETERS + POLICY_PARAMETERS + REFERENCE_PARAMETERS
SHOCKS = (Shock("e_z", r"\varepsilon_z", "spending"),)
e_z = SHOCKS[0].symbol

_S = {p.name: p.symbol for p in PARAMETERS}
spending = Dated("spending")
backing = Dated("backing")
debt_gap = Dated("debt_gap")
spending_ratio = Dated("spending_ratio")
backing_account = Dated("backing_account")
backing_account_next = Dated("backing_account_next")
output_value = Dated("output_value")
promise_value = Dated("promise_value")
decaying_spending_value = Dated("decaying_spending_value")
spending_value = Dated("spending_value")
unfunded_value = Dated("unfunded_value")
face_value = Dated("face_value")
debt_value = Dated("debt_value")
end_of_period_debt = Dated("end_of_period_debt")
tax_ratio = Dated("tax_ratio")
surplus = Dated("surplus")
inflation = Dated("inflation")
log_bond_price = Dated("log_bond_price")
bond_price = sp.exp(log_bond_price)
# Portfolio price at which the tax rule counts face value: a zero real rate.
bond_price_reference = 1 / (sp.exp(_S["pi_bar"]) - _S["omega"])
# Value of the spending that follows from today's gap, quarters of output.
_following = decaying_spending_value * (spending_ratio - _S["g_bar"])


def funded(theta: sp.Expr) -> sp.Expr:
    """Part of the spending gap that enters the backing account (ratio to output)."""
    return theta * (spending_ratio - _S["g_bar"])


def kept(breach: sp.Expr) -> sp.Expr:
    """Part of all promises that is kept at t+1."""
    return 1 - breach * disaster


def cyclical_news() -> sp.Expr:
    """Innovation of log spending that comes with shocks to growth and stress."""
    from .endowment import PARAMETERS as ENDOWMENT

    own = {p.name: p.symbol for p in ENDOWMENT}
    return -_S["b_y"] * own["sigma_y"] * e_y + _S["b_p"] * own["sigma_p"] * e_p


def stressful_news() -> sp.Expr:
    """Innovation of stress (logit) that comes with news of spending."""
    (stress_news,) = (p.symbol for p in STRESS_PARAMETERS)
    return stress_news * _S["sigma_z"] * e_z


def next_log_face_value(growth_next: sp.Expr) -> sp.Expr:
    """Budget: log face value issued at t, over what grows at ``growth_next`` (log)."""
    return sp.log(end_of_period_debt) - log_bond_price - growth_next


def spending_state() -> State:
    """Log deviation of spending over output from its median: an AR(1) with jumps."""
    return State(
        "spending",
        "z",
        "log",
        "log of spending over output, relative to its median",
        _S["rho_z"] * spending
        + _S["sigma_z"] * e_z
        + cyclical_news()
        + _S["zeta"] * (disaster - disaster_probability),
        sp.Integer(0),
        _S["sigma_z"] / sp.sqrt(1 - _S["rho_z"] ** 2) + _S["zeta"] / 2,
    )


def debt_states() -> tuple[State, ...]:
    """Backing (log of quarters of output), and log face value of debt over it."""
    reference = _reference_backing(0)
    return (
        State(
            "backing",
            "f",
            "log of quarters of output",
            "log present value of surpluses under the reference policy",
            sp.log(_reference_backing(backing_account_next, lead)),
            sp.log(reference),
            sp.Rational(1, 20),
        ),
        State(
            "debt_gap",
            "n",
            "log",
            "log face value of debt over backing",
            next_log_face_value(output_growth_next) - lead(backing),
            sp.log(4 * _S["debt_target"])
            + _S["pi_bar"]
            - sp.log(1 + _S["omega"] * bond_price_reference)
            - sp.log(reference),
            sp.Rational(1, 20),
        ),
    )


def _reference_backing(account, date=lambda e: e):
    return (
        _S["tax_reference"] * date(output_value)
        + date(promise_value) * account
        - date(unfunded_value)
    )


# The budget, the same in every economy with this debt.
SPENDING_RATIO = Definition(
    "spending_ratio",
    "G/Y",
    "ratio to output",
    "spending over output",
    _S["g_bar"] * sp.exp(spending),
)
DEBT_VALUE = Definition(
    "debt_value",
    "W",
    "quarters of output",
    "real value of debt with this period's payments",
    (1 + _S["omega"] * bond_price) * face_value * sp.exp(-inflation),
)
SURPLUS = Definition(
    "surplus", "s", "ratio to output", "primary surplus", tax_ratio - spending_ratio
)
END_OF_PERIOD_DEBT = Definition(
    "end_of_period_debt",
    "D",
    "quarters of output",
    "real market value of debt at the end of the period",
    debt_value - surplus,
)
DEFINITIONS = (
    SPENDING_RATIO,
    Definition(
        "backing_account",
        "A",
        "quarters of output",
        "funded spending that taxes have still to repay",
        (sp.exp(backing) - _S["tax_reference"] * output_value + unfunded_value)
        / promise_value,
    ),
    Definition(
        "backing_account_next",
        "A'",
        "quarters of output",
        "the account earns the real riskless rate; a disaster voids a share of it, and "
        "of what is promised on the spending that follows",
        sp.exp(real_rate - output_growth_next)
        * ((1 - _S["repayment"]) * backing_account + funded(_S["theta"]))
        * kept(_S["breach"])
        - _S["breach"] * disaster * _S["theta"] * lead(_following),
    ),
    Definition(
        "face_value",
        r"\tilde b",
        "quarters of output",
        "real face value of debt over output at last period's prices",
        sp.exp(debt_gap + backing),
    ),
    DEBT_VALUE,
    Definition(
        "tax_ratio",
        "T/Y",
        "ratio to output",
        "taxes over output; they respond to debt that no promise repays already",
        _S["tax_mean"]
        + _S["tax_response"]
        * (
            (1 + _S["omega"] * bond_price_reference)
            * face_value
            * sp.exp(-_S["pi_bar"])
            - backing_account
            - 4 * _S["debt_target"]
        )
        + _S["repayment"] * backing_account
        + _S["tax_cyclicality"] * expected_growth,
    ),
    SURPLUS,
    END_OF_PERIOD_DEBT,
)


def output_unknowns() -> tuple[Unknown, ...]:
    """Values of all output, of a promise and of spending that decays."""
    return (
        Unknown(
            "output_value",
            r"PV(Y)",
            "quarters of output",
            "value of current and future output over output",
            sp.Integer(200),
        ),
        Unknown(
            "promise_value",
            "c_A",
            "ratio",
            "value of promised taxes per unit of the backing account",
            sp.Integer(1),
        ),
        Unknown(
            "decaying_spending_value",
            r"\kappa_G",
            "quarters",
            "value of spending that decays, per unit of its gap",
            1 / (1 - _S["rho_z"]),
        ),
    )


def output_equations() -> tuple[Equation, ...]:
    """Valuation of output, of a promise that breach may void, of decaying spending."""
    growth = stochastic_discount_factor_next * sp.exp(output_growth_next)
    return (
        Equation(
            "output_claim",
            output_value,
            1 + expected(growth * lead(output_value)),
            "value of the claim to output",
        ),
        Equation(
            "promise",
            promise_value,
            _S["repayment"] + (1 - _S["repayment"]) * _promise_value_ahead(),
            "what is repaid now and the value of what is still owed",
        ),
        Equation(
            "decaying_spending",
            decaying_spending_value,
            1 + _S["rho_z"] * expected(growth * lead(decaying_spending_value)),
            "value of the spending that follows from a gap, current flow included",
        ),
    )


def _promise_value_ahead() -> sp.Expr:
    """Value at t of a promise that is owed from t+1 on, one unit funded at t.

    The riskless rate enters as a ratio of two expectations: without breach the value is
    one on every grid.
    """
    kernel = stochastic_discount_factor_next
    owed = kept(_S["breach_reference"]) * lead(promise_value)
    return expected(kernel * owed) / expected(kernel)


def spending_unknowns() -> tuple[Unknown, ...]:
    """Values of spending and of its unfunded part, with the current flow."""
    return (
        Unknown(
            "spending_value",
            r"PV(G)",
            "quarters of output",
            "value of current and future spending over output",
            _S["g_bar"] * output_value,
        ),
        Unknown(
            "unfunded_value",
            r"PV(G - F)",
            "quarters of output",
            "value of spending that the reference policy does not fund",
            _S["g_bar"] * output_value,
        ),
    )


def spending_equations() -> tuple[Equation, ...]:
    """Valuation of the claims to spending and to its unfunded part.

    What breach takes from the account for spending still to come is not funded either.
    """
    growth = stochastic_discount_factor_next * sp.exp(output_growth_next)
    theta, breach = _S["theta_reference"], _S["breach_reference"]
    voided = breach * disaster * theta * lead(promise_value * _following)
    return (
        Equation(
            "spending_claim",
            spending_value,
            spending_ratio + expected(growth * lead(spending_value)),
            "value of the claim to spending",
        ),
        Equation(
            "unfunded_claim",
            unfunded_value,
            spending_ratio
            - funded(theta) * _promise_value_ahead()
            + expected(growth * (lead(unfunded_value) + voided)),
            "value of the part of spending that kept promises do not fund",
        ),
    )
