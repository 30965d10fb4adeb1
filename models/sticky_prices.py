"""The sticky-price economy: New Keynesian, with the core economy's policy and debt.

Labour, sticky prices and a demand effect of spending are added to the blocks of the
core economy; rare disasters are left out, so that the economy is smooth and its
deterministic resting point has a closed form. Everything real is counted per unit of
technology, whose level grows for good. Stress is a demand for safe nominal assets here.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from . import (
    convenience,
    endowment,
    equity,
    fiscal,
    labour,
    monetary,
    nominal,
    preferences,
    price_setting,
    resting_point,
    shadow,
    switching,
)
from .declaration import (
    Anchor,
    Block,
    Claim,
    Dated,
    Definition,
    Model,
    Numeraire,
    Parameter,
    State,
    Unknown,
    lead,
)
from .price_setting import PriceSetting
from .resting_point import rest, resting

_SPENDING = ("g_bar", "rho_z", "sigma_z", "b_y", "b_p")
_POLICY = ("tax_response", "debt_target", "theta", "omega", "pi_bar")
PARAMETERS = (
    Parameter(
        "rate_offset",
        r"\Delta\bar\imath",
        "log per quarter",
        -0.1,
        0.1,
        "rule intercept over its riskless value, solved for so that mean inflation "
        "hits its target",
        regime_specific=True,
        role="intercept",
    ),
    Parameter(
        "tax_offset",
        r"\Delta\bar\tau",
        "ratio to output",
        -0.5,
        0.5,
        "tax intercept over its riskless value, solved for so that mean debt hits its "
        "target",
        regime_specific=True,
        role="intercept",
    ),
    Parameter(
        "safety_demand",
        r"\alpha_f",
        "log per quarter / logit",
        -0.1,
        0.1,
        "wedge on the rate of safe nominal assets per unit of stress",
        source="Fisher 2015",
    ),
    Parameter(
        "growth_reversal",
        r"\kappa_x",
        "1 / quarter",
        -1.0,
        1.0,
        "fall of expected growth after a growth shock; at 1 - rho_x technology is "
        "stationary",
    ),
    Parameter(
        "inflation_drag",
        r"\kappa_\pi",
        "1 / quarter",
        -1.0,
        1.0,
        "fall of expected growth per unit of inflation over its target",
        source="Bansal and Shaliastovich 2013",
    ),
)
CHI = Parameter(
    "chi", r"\chi", "ratio", -0.001, 1.001, "share of purchases in spending"
)
_S = {
    p.name: p.symbol
    for p in (
        *PARAMETERS,
        *preferences.PARAMETERS,
        *endowment.PARAMETERS,
        *fiscal.PARAMETERS,
        *monetary.PARAMETERS,
        *shadow.PARAMETERS,
    )
}
log_output = Dated("log_output")
log_face_value = Dated("log_face_value")
technology_growth_next = Dated("technology_growth_next")
safety_demand = _S["safety_demand"] * endowment.stress
natural_rate_gap = endowment.expected_growth / _S["psi"]
natural_rate = resting.real_rate + natural_rate_gap
nominal_kernel = preferences.stochastic_discount_factor_next * sp.exp(
    safety_demand - lead(fiscal.inflation)
)


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
    outside = ("log_face_value", "policy_rate_lag", "funded_spending")
    apart = {*outside, *(s.name for s in setting.states)}
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
        definitions=_definitions(setting, bought, weight, distortionary, dividends),
        blocks=(
            shadow.block(
                tuple(n for n in names if n not in apart), weight, safety_demand
            ),
            _economy_block(names, setting),
            Block(
                "equity", names, equity.unknowns(rest.price_dividend), equity.EQUATIONS
            ),
        ),
        regimes=switching.markov_chain(
            regimes, log_face_value - sp.log(rest.face_value)
        ),
        numeraires=_numeraires(),
        claims=_claims(),
        anchors=(
            Anchor("tax_offset", "end_of_period_debt", 4 * _S["debt_target"], 0.02),
            Anchor("rate_offset", "inflation", _S["pi_bar"], 5e-5),
        ),
    )


def _chosen(parameters, *names: str) -> tuple[Parameter, ...]:
    by_name = {p.name: p for p in parameters}
    return tuple(by_name[n] for n in names)


def _states(setting: PriceSetting) -> tuple[State, ...]:
    feedback = -_S["growth_reversal"] * _S["sigma_y"] * endowment.e_y - _S[
        "inflation_drag"
    ] * (fiscal.inflation - _S["pi_bar"])
    return (
        endowment.expected_growth_state(feedback),
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
            rest.policy_rate - _S["phi_natural"] * rest.real_rate,
            _S["sigma_x"],
            natural_rate,
        ),
        *shadow.states(natural_rate_gap),
        *setting.states,
    )


def _economy_block(names: tuple[str, ...], setting: PriceSetting) -> Block:
    return Block(
        "economy",
        names,
        (
            *_preference_unknowns(),
            Unknown(
                "log_output",
                r"\log y",
                "log",
                "log output per unit of technology",
                sp.Integer(0),
            ),
            nominal.INFLATION,
            nominal.bond_price_unknown(rest.bond_price),
            *setting.unknowns,
        ),
        (
            *preferences.equations(bundle_growth_next=labour.bundle_growth_next),
            *nominal.equations(nominal_kernel),
            *setting.equations,
        ),
    )


def _preference_unknowns() -> tuple[Unknown, ...]:
    return preferences.unknowns(endowment.mean_growth)


def _definitions(
    setting: PriceSetting,
    chi: sp.Expr,
    weight: sp.Expr,
    distortionary: bool,
    dividends: str,
) -> tuple[Definition, ...]:
    return (
        *resting_point.DEFINITIONS,
        *_real_definitions(setting, chi),
        *labour.definitions(Dated("output"), setting.dispersion, weight, distortionary),
        *price_setting.definitions(_S["pi_bar"]),
        *setting.definitions,
        *preferences.definitions(bundle_growth_next=labour.bundle_growth_next),
        *_fiscal_definitions(),
        *monetary.taylor_rule(_wanted_rate(), natural_rate),
        *convenience.definitions(endowment.stress),
        *_equity_definitions(setting, dividends),
        *nominal.definitions(),
        *shadow.definitions(natural_rate_gap, chi, weight, distortionary),
    )


def _real_definitions(setting: PriceSetting, chi: sp.Expr) -> tuple[Definition, ...]:
    """Growth, output and consumption; links from t to t+1 are log per quarter."""
    output, consumption = Dated("output"), labour.consumption

    def grown(name: str, latex: str, level: sp.Expr) -> Definition:
        change = sp.log(lead(level)) - sp.log(level)
        return Definition(
            f"{name}_growth_next",
            latex,
            "log per quarter",
            f"{name} growth from t to t+1",
            technology_growth_next + change,
        )

    return (
        Definition(
            "technology_growth_next",
            r"\Delta a'",
            "log per quarter",
            "technology growth from t to t+1",
            endowment.smooth_growth_next,
        ),
        Definition("output", "y", "ratio to technology", "output", sp.exp(log_output)),
        Definition(
            "consumption",
            "c",
            "ratio to technology",
            "consumption",
            output * setting.resources - chi * (fiscal.spending_ratio - _S["g_bar"]),
        ),
        grown("output", r"\Delta y'", output),
        grown("consumption", r"\Delta c'", consumption),
    )


def _fiscal_definitions() -> tuple[Definition, ...]:
    """Spending, taxes and the budget; ratios are to output on its trend."""
    debt = (1 + _S["omega"] * resting.bond_price) * fiscal.face_value * sp.exp(
        -_S["pi_bar"]
    ) - resting.debt_value
    return (
        Definition(
            "spending",
            "z",
            "log",
            "log of spending over trend output, relative to its median",
            shadow.funded_spending + shadow.unfunded_spending,
        ),
        fiscal.SPENDING_RATIO,
        Definition(
            "face_value",
            r"\tilde b",
            "quarters of output",
            "real face value of debt over trend output at last period's prices",
            sp.exp(log_face_value),
        ),
        fiscal.DEBT_VALUE,
        Definition(
            "tax_ratio",
            "T/Y",
            "ratio to output",
            "taxes over trend output: they grow with output and respond to debt that "
            "unfunded spending did not bring",
            resting.tax * Dated("output")
            + _S["tax_offset"]
            + _S["tax_response"] * (debt - shadow.debt_gap)
            + _S["tax_response_shadow"] * shadow.debt_gap,
        ),
        fiscal.SURPLUS,
        fiscal.END_OF_PERIOD_DEBT,
    )


def _wanted_rate() -> sp.Expr:
    """Policy rate net of the natural rate that the rule would set without smoothing."""
    intercept = (1 - _S["phi_natural"]) * resting.real_rate + _S["pi_bar"]
    gap = fiscal.inflation - _S["pi_bar"] - shadow.inflation
    return (
        intercept
        + _S["rate_offset"]
        + _S["phi"] * gap
        + _S["phi_shadow"] * shadow.inflation
        + _S["phi_output"] * log_output
    )


def _equity_definitions(
    setting: PriceSetting, dividends: str
) -> tuple[Definition, ...]:
    levered = {
        "consumption": preferences.consumption_growth_next,
        "output": endowment.output_growth_next,
    }
    if dividends in levered:
        return equity.definitions(levered[dividends])
    if dividends != "profits":
        raise ValueError(
            f"dividends are {', '.join(levered)} or profits, not '{dividends}'"
        )
    profits = Dated("profits")
    income = Dated("output") * setting.resources - labour.real_wage * labour.hours
    growth = technology_growth_next + sp.log(lead(profits)) - sp.log(profits)
    leverage = next(p.symbol for p in equity.PARAMETERS if p.name == "leverage")
    mean = endowment.mean_growth
    return (
        Definition("profits", "d", "ratio to technology", "profits of firms", income),
        *equity.definitions(mean + (growth - mean) / leverage),
    )


def _numeraires() -> tuple[Numeraire, ...]:
    kernel = preferences.stochastic_discount_factor_next
    return (
        Numeraire("physical", sp.Integer(1), "expectations", "as they come"),
        Numeraire("real", kernel, "real payoffs", "goods"),
        Numeraire(
            "growth",
            kernel * sp.exp(technology_growth_next),
            "payoffs as ratios to trend output",
            "ratio to output",
        ),
        Numeraire("nominal", nominal_kernel, "nominal payoffs", "dollars"),
        Numeraire(
            "equity",
            kernel * sp.exp(Dated("dividend_growth_next")),
            "payoffs as ratios to dividends",
            "ratio to dividends",
        ),
    )


def _claims() -> tuple[Claim, ...]:
    return (
        Claim("tax", "T/Y", fiscal.tax_ratio, "growth", "taxes"),
        Claim("spending", "G/Y", fiscal.spending_ratio, "growth", "primary spending"),
        Claim("surplus", "s", fiscal.surplus, "growth", "primary surplus"),
        Claim(
            "convenience",
            "C",
            Dated("convenience_flow"),
            "growth",
            "convenience services of debt",
        ),
        Claim("output", "y", Dated("output"), "growth", "output"),
        Claim("dividends", "1", sp.Integer(1), "equity", "dividends"),
    )
