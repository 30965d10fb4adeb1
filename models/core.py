"""The core economy: flexible prices, one declaration for safe, risky and switching.

Blocks are solved in order: the pricing kernel on (x, stress); the output and equity
claims on the same; spending claims on spending too; last inflation and the price of
the debt portfolio on all states. Equations and symbols: see the documentation table.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from .declaration import (
    Advice,
    Anchor,
    Block,
    Coordinate,
    Definition,
    Model,
    Parameter,
    lead,
)
from .parts import (
    convenience,
    endowment,
    equity,
    fiscal,
    monetary,
    nominal,
    payoffs,
    preferences,
    switching,
)

ADVICE = Advice(
    positive="debt, backing",
    not_positive="raise theta or tax_mean, or lower breach, zeta or sigma_z",
    unbounded="raise tax_response, or lower rho_z or rho_i",
    infinite_value="lower beta or mu, or raise gamma, xi or p_bar",
    unsettled="lower phi",
    explosive=fiscal.BOTH_ACTIVE,
    indeterminate=fiscal.BOTH_PASSIVE,
)

REDISTRIBUTION = Parameter(
    "redistribution",
    r"\kappa_s",
    "ratio",
    0.0,
    3.0,
    "fall of bond investors' log consumption with spending over output",
)


@lru_cache(maxsize=8)
def core_economy(
    regimes: tuple[str, ...] = ("permanent",), redistribution: bool = False
) -> Model:
    """Declare the core economy.

    Parameters
    ----------
    regimes : names of the regimes; a permanent regime, safe or risky, is the default:
        the two differ in parameters only and share compiled programs.
    redistribution : whether spending takes from those who price bonds: their log
        consumption is that of output less ``redistribution`` times the spending gap
        (Gomez-Cram, Kung, Lustig and Zeke, NBER 33769). Else transfers leave it as it
        was.
    """
    return Model(
        name="core",
        description="Flexible prices, Epstein-Zin, disasters, nominal debt.",
        parameters=(
            *preferences.PARAMETERS,
            *endowment.PARAMETERS,
            *fiscal.PARAMETERS,
            *fiscal.STRESS_PARAMETERS,
            *monetary.PARAMETERS,
            *convenience.PARAMETERS,
            *equity.PARAMETERS,
            *((REDISTRIBUTION,) if redistribution else ()),
            *(switching.PARAMETERS if len(regimes) > 1 else ()),
        ),
        shocks=(
            *endowment.SHOCKS,
            *fiscal.SHOCKS,
            *monetary.SHOCKS,
            *equity.SHOCKS,
        ),
        events=endowment.EVENTS,
        states=(
            endowment.expected_growth_state(),
            endowment.stress_state(
                endowment.mean_stress,
                "logit of the disaster probability",
                fiscal.stressful_news(),
            ),
            fiscal.spending_state(),
            *fiscal.debt_states(),
            *monetary.states(_reference_rate(), _symbol(endowment, "sigma_x")),
        ),
        definitions=_definitions(redistribution),
        blocks=_blocks(redistribution),
        regimes=switching.markov_chain(regimes, _log_debt_gap()),
        coordinates=(
            Coordinate(
                "tax_reference",
                "nominal",
                (4 * _symbol(fiscal, "debt_target") + fiscal.unfunded_value)
                / fiscal.output_value,
            ),
        ),
        numeraires=payoffs.numeraires(endowment.output_growth_next, _nominal_kernel()),
        claims=payoffs.claims(sp.Integer(1), "1"),
        anchors=(
            Anchor(
                "tax_mean",
                "end_of_period_debt",
                4 * _symbol(fiscal, "debt_target"),
                0.02,
            ),
            Anchor("rate_mean", "inflation", _symbol(fiscal, "pi_bar"), 5e-5),
        ),
        advice=ADVICE,
    )


def _symbol(module, name: str) -> sp.Symbol:
    return next(p.symbol for p in module.PARAMETERS if p.name == name)


def _reference_rate() -> sp.Expr:
    natural = _symbol(monetary, "phi_natural")
    return (1 - natural) * preferences.real_rate + _symbol(fiscal, "pi_bar")


def _definitions(redistribution: bool) -> tuple[Definition, ...]:
    growth = endowment.output_growth_next
    own: tuple[Definition, ...] = ()
    if redistribution:
        gap = fiscal.spending_ratio - _symbol(fiscal, "g_bar")
        own = (
            Definition(
                "consumption_share",
                "C_s/Y",
                "ratio",
                "consumption of bond investors over output",
                sp.exp(-REDISTRIBUTION.symbol * gap),
            ),
        )
        share = own[0].symbol
        growth = growth + sp.log(lead(share)) - sp.log(share)
    return (
        *endowment.DEFINITIONS,
        *own,
        Definition(
            "consumption_growth_next",
            r"\Delta c'",
            "log per quarter",
            "consumption growth",
            growth,
        ),
        *preferences.definitions(),
        *fiscal.DEFINITIONS,
        *monetary.taylor_rule(
            monetary.response_to_inflation(fiscal.inflation, _symbol(fiscal, "pi_bar"))
        ),
        *convenience.definitions(endowment.stress - endowment.mean_stress),
        *equity.DEFINITIONS,
        *nominal.definitions(),
    )


def _blocks(redistribution: bool) -> tuple[Block, ...]:
    own = ("spending",) if redistribution else ()
    kernel_states = ("expected_growth", "stress", *own)
    return (
        Block(
            "kernel",
            kernel_states,
            preferences.unknowns(endowment.mean_growth),
            preferences.equations(),
        ),
        Block(
            "output",
            kernel_states,
            (*fiscal.output_unknowns(), *equity.UNKNOWNS),
            (*fiscal.output_equations(), *equity.EQUATIONS),
        ),
        Block(
            "spending",
            ("expected_growth", "stress", "spending"),
            fiscal.spending_unknowns(),
            fiscal.spending_equations(),
        ),
        Block(
            "nominal",
            (
                "expected_growth",
                "stress",
                "spending",
                "backing",
                "debt_gap",
                "policy_rate_lag",
                "monetary_deviation",
            ),
            (
                nominal.INFLATION,
                nominal.bond_price_unknown(fiscal.bond_price_reference),
            ),
            nominal.equations(_nominal_kernel()),
        ),
    )


def _nominal_kernel() -> sp.Expr:
    price_level = sp.exp(-lead(fiscal.inflation))
    return preferences.stochastic_discount_factor_next * price_level


def _log_debt_gap() -> sp.Expr:
    scaled = (
        (1 + _symbol(fiscal, "omega") * fiscal.bond_price_reference)
        * fiscal.face_value
        * sp.exp(-_symbol(fiscal, "pi_bar"))
        / (4 * _symbol(fiscal, "debt_target"))
    )
    return sp.log(scaled)
