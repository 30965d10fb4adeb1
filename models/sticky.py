"""The sticky-price economy: New Keynesian, with the core economy's policy and debt.

Labour, sticky prices and a demand effect of spending are added to the blocks of the
core economy; rare disasters are left out, so that the economy is smooth and its
deterministic resting point has a closed form. Everything real is counted per unit of
technology, whose level grows for good. Stress is a demand for safe nominal assets here.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from .declaration import Anchor, Block, Dated, Model, Parameter, State, Unknown
from .parts import (
    convenience,
    endowment,
    equity,
    fiscal,
    labour,
    monetary,
    nominal,
    payoffs,
    preferences,
    price_setting,
    resting_point,
    shadow,
    switching,
)
from .parts.price_setting import PriceSetting
from .parts.resting_point import rest, resting
from .parts.sticky_definitions import (
    CHI,
    PARAMETERS,
    definitions,
    log_face_value,
    natural_rate,
    natural_rate_gap,
    nominal_kernel,
    safety_demand,
    symbols,
    technology_growth_next,
)

_SPENDING = ("g_bar", "rho_z", "sigma_z", "b_y", "b_p")
_POLICY = ("tax_response", "debt_target", "theta", "omega", "pi_bar")


@lru_cache(maxsize=16)
def sticky_price_economy(
    prices: str = "rotemberg",
    regimes: tuple[str, ...] = ("permanent",),
    purchases: bool = True,
    taxes: str = "lump_sum",
    dividends: str = "consumption",
) -> Model:
    """Declare the sticky-price economy.

    Parameters
    ----------
    prices : ``"rotemberg"`` or ``"calvo"``.
    regimes : names of the regimes; a permanent one, safe or risky, is the default.
    purchases : whether changes of spending may buy output, in the share ``chi``; else
        they are transfers and ``chi`` is not declared.
    taxes : ``"lump_sum"``, or ``"distortionary"`` on labour income.
    dividends : what equity pays, ``"consumption"`` or ``"output"`` with leverage, or
        ``"profits"`` without.

    Raises
    ------
    ValueError
        Another kind of prices, taxes or dividends.
    """
    setting = price_setting.price_setting(prices, resting_point.discount)
    if taxes not in ("lump_sum", "distortionary"):
        raise ValueError(f"taxes are lump_sum or distortionary, not '{taxes}'")
    distortionary = taxes == "distortionary"
    bought = CHI.symbol if purchases else sp.Integer(0)
    weight = labour.hours_weight(price_setting.resting_wage, resting.tax, distortionary)
    own = _states(setting)
    names = tuple(s.name for s in own)
    return Model(
        name="sticky_prices",
        description="Sticky prices, labour, Epstein-Zin, funded and unfunded spending.",
        parameters=(
            *preferences.PARAMETERS,
            *endowment.GROWTH_PARAMETERS,
            *endowment.STRESS_PARAMETERS,
            *labour.PARAMETERS,
            *price_setting.PARAMETERS,
            *_chosen(fiscal.PARAMETERS, *_SPENDING, *_POLICY),
            *monetary.RULE_PARAMETERS,
            *shadow.PARAMETERS,
            *PARAMETERS,
            *convenience.PARAMETERS,
            *equity.PARAMETERS,
            *((CHI,) if purchases else ()),
            *(switching.PARAMETERS if len(regimes) > 1 else ()),
        ),
        shocks=(
            *endowment.SHOCKS,
            *fiscal.SHOCKS,
            *shadow.SHOCKS,
            *monetary.SHOCKS,
            *price_setting.SHOCKS,
            *equity.SHOCKS,
        ),
        events=(),
        states=own,
        definitions=definitions(setting, bought, weight, distortionary, dividends),
        blocks=(
            _economy_block(names, setting, weight),
            Block(
                "equity", names, equity.unknowns(rest.price_dividend), equity.EQUATIONS
            ),
        ),
        regimes=switching.markov_chain(
            regimes, log_face_value - sp.log(rest.face_value)
        ),
        numeraires=payoffs.numeraires(
            technology_growth_next, nominal_kernel, "trend output"
        ),
        claims=payoffs.claims(Dated("output"), "y"),
        anchors=(
            Anchor(
                "tax_offset", "end_of_period_debt", 4 * symbols["debt_target"], 0.02
            ),
            Anchor("rate_offset", "inflation", symbols["pi_bar"], 5e-5),
        ),
    )


def _chosen(parameters, *names: str) -> tuple[Parameter, ...]:
    by_name = {p.name: p for p in parameters}
    return tuple(by_name[n] for n in names)


def _states(setting: PriceSetting) -> tuple[State, ...]:
    news = symbols["growth_reversal"] * symbols["sigma_y"] * endowment.e_y
    drag = symbols["inflation_drag"] * (fiscal.inflation - symbols["pi_bar"])
    return (
        endowment.expected_growth_state(-news - drag),
        endowment.stress_state(sp.Integer(0), "demand for safe nominal assets"),
        price_setting.cost_push_state(),
        *shadow.spending_states(),
        State(
            "log_face_value",
            r"\log\tilde b",
            "log of quarters of output",
            "log real face value of debt over technology at last period's prices",
            fiscal.next_log_face_value(technology_growth_next),
            sp.log(rest.face_value),
            sp.Rational(1, 20),
        ),
        *monetary.states(
            rest.policy_rate - symbols["phi_natural"] * rest.real_rate,
            symbols["sigma_x"],
            natural_rate,
        ),
        *shadow.states(natural_rate_gap),
        *setting.states,
    )


def _economy_block(
    names: tuple[str, ...], setting: PriceSetting, weight: sp.Expr
) -> Block:
    return Block(
        "economy",
        names,
        (
            *shadow.UNKNOWNS,
            *preferences.unknowns(endowment.mean_growth),
            Unknown(
                "log_output",
                r"\hat y",
                "log",
                "log output per unit of technology",
                sp.Integer(0),
            ),
            nominal.INFLATION,
            nominal.bond_price_unknown(rest.bond_price),
            *setting.unknowns,
        ),
        (
            *shadow.equations(weight, safety_demand),
            *preferences.equations(bundle_growth_next=labour.bundle_growth_next),
            *nominal.equations(nominal_kernel),
            *setting.equations,
        ),
    )
