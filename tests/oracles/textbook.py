"""Small economies with known solutions: the yardsticks of solver and pricing.

Each is declared with the blocks of the core economy where they fit, so that a test of
the small economy against its closed form is a test of the same code.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import sympy as sp

from fiscax.models.declaration import (
    Advice,
    Block,
    Claim,
    Dated,
    Definition,
    E,
    Equation,
    Model,
    Numeraire,
    Parameter,
    Shock,
    State,
    Unknown,
    fixed,
    lead,
)
from fiscax.models.parts import endowment, equity, fiscal, preferences

_P = {
    p.name: p
    for p in (*preferences.PARAMETERS, *endowment.PARAMETERS, *equity.PARAMETERS)
}
_S = {name: p.symbol for name, p in _P.items()}
_GROWTH_SHOCK, _EXPECTED_GROWTH_SHOCK, _ = endowment.SHOCKS
growth = Dated("growth")
_RHO = Parameter("rho_g", r"\rho", "ratio", -0.999, 0.999, "persistence of growth")
_MEAN_GROWTH = (1 - _RHO.symbol) * _S["mu"] + _RHO.symbol * growth
_GROWTH_SCALE = _S["sigma_y"] / sp.sqrt(1 - _RHO.symbol**2)


def _choose(*names: str) -> tuple[Parameter, ...]:
    return tuple(_P[n] for n in names)


def _growth_state(transition: sp.Expr, scale: sp.Expr) -> State:
    return State(
        "growth",
        r"\Delta y",
        "log per quarter",
        "growth of output since last period",
        transition,
        _S["mu"],
        scale,
    )


def _link(name: str, latex: str, description: str, expression: sp.Expr) -> Definition:
    return Definition(name, latex, "log per quarter", description, expression)


def _numeraires() -> tuple[Numeraire, ...]:
    kernel = preferences.stochastic_discount_factor_next
    return (
        Numeraire("physical", sp.Integer(1), "expectations", "as they come"),
        Numeraire("real", kernel, "real payoffs", "goods"),
        Numeraire(
            "growth",
            kernel * sp.exp(endowment.output_growth_next),
            "payoffs as ratios to output",
            "ratio to output",
        ),
    )


_OUTPUT_CLAIM = Claim("output", "1", sp.Integer(1), "growth", "output")


@lru_cache(maxsize=1)
def lucas_tree() -> Model:
    """Lucas tree with power utility and autoregressive growth (Burnside 1998, eq. 4).

    One period is a quarter; ``price_dividend`` excludes the current dividend.
    """
    shock = Shock("e_y", r"\varepsilon_y", "growth")
    kernel = _S["beta"] * sp.exp(-_S["gamma"] * endowment.output_growth_next)
    ratio = equity.price_dividend
    return Model(
        name="lucas_tree",
        description="Power utility over an endowment whose growth is an AR(1).",
        parameters=(*_choose("beta", "gamma", "mu", "sigma_y"), _RHO),
        shocks=(shock,),
        events=(),
        states=(
            _growth_state(_MEAN_GROWTH + _S["sigma_y"] * shock.symbol, _GROWTH_SCALE),
        ),
        definitions=(
            _link("output_growth_next", r"\Delta y'", "output growth", lead(growth)),
            Definition(
                "stochastic_discount_factor_next",
                "M'",
                "ratio",
                "real pricing kernel of power utility",
                kernel,
            ),
        ),
        blocks=(
            Block(
                "tree",
                ("growth",),
                (
                    Unknown(
                        "price_dividend",
                        "P/D",
                        "quarters of dividends",
                        "price of the tree over its dividend",
                        _S["beta"] / (1 - _S["beta"]),
                    ),
                ),
                (
                    Equation(
                        "tree_price",
                        ratio,
                        E(  # pyright: ignore[reportArgumentType]
                            preferences.stochastic_discount_factor_next
                            * sp.exp(endowment.output_growth_next)
                            * (1 + lead(ratio))
                        ),
                        "price of the tree after this period's dividend",
                        "Burnside 1998, eq. 4",
                    ),
                ),
            ),
        ),
        numeraires=_numeraires(),
        claims=(_OUTPUT_CLAIM,),
    )


def _preference_parameters(unit_ies: bool) -> tuple[Parameter, ...]:
    names = ("beta", "gamma") if unit_ies else ("beta", "gamma", "psi")
    return _choose(*names)


def _consumption_is_output() -> Definition:
    return _link(
        "consumption_growth_next",
        r"\Delta c'",
        "consumption growth",
        endowment.output_growth_next,
    )


@lru_cache(maxsize=2)
def gaussian_endowment(unit_ies: bool = False) -> Model:
    """Expected growth and Gaussian shocks under Epstein-Zin preferences.

    Power utility is the case psi = 1 / gamma; ``unit_ies`` declares an elasticity of
    intertemporal substitution of one. The real curve is exponential-affine in both.
    """
    return Model(
        name="gaussian_endowment_unit_ies" if unit_ies else "gaussian_endowment",
        description="Endowment with a persistent expected growth rate, no disasters.",
        parameters=(
            *_preference_parameters(unit_ies),
            *_choose("mu", "sigma_y", "rho_x", "sigma_x"),
        ),
        shocks=(_GROWTH_SHOCK, _EXPECTED_GROWTH_SHOCK),
        events=(),
        states=(endowment.expected_growth_state(),),
        definitions=(
            _link(
                "output_growth_next",
                r"\Delta y'",
                "output growth",
                _S["mu"]
                + endowment.expected_growth
                + _S["sigma_y"] * _GROWTH_SHOCK.symbol,
            ),
            _consumption_is_output(),
            *preferences.definitions(unit_ies),
        ),
        blocks=(
            Block(
                "kernel",
                ("expected_growth",),
                preferences.unknowns(_S["mu"], unit_ies),
                preferences.equations(unit_ies),
            ),
        ),
        numeraires=_numeraires(),
        claims=(_OUTPUT_CLAIM,),
    )


@lru_cache(maxsize=2)
def iid_disasters(unit_ies: bool = False) -> Model:
    """Growth with rare disasters of constant probability (Barro 2009).

    Growth is the state. With ``rho_g`` at zero it is independent over time, no price
    depends on it, and every price has a closed form.
    """
    constant = replace(endowment.EVENTS[0], probability=_S["p_bar"])
    return Model(
        name="iid_disasters_unit_ies" if unit_ies else "iid_disasters",
        description="Epstein-Zin preferences over independent growth with disasters.",
        parameters=(
            *_preference_parameters(unit_ies),
            *_choose("mu", "sigma_y", "xi", "p_bar", "leverage", "sigma_d"),
            _RHO,
        ),
        shocks=(_GROWTH_SHOCK, *equity.SHOCKS),
        events=(constant,),
        states=(
            _growth_state(
                _MEAN_GROWTH
                + _S["sigma_y"] * _GROWTH_SHOCK.symbol
                - _S["xi"] * endowment.disaster,
                _GROWTH_SCALE,
            ),
        ),
        definitions=(
            _link("output_growth_next", r"\Delta y'", "output growth", lead(growth)),
            _consumption_is_output(),
            *preferences.definitions(unit_ies),
            *equity.DEFINITIONS,
        ),
        blocks=(
            Block(
                "kernel",
                ("growth",),
                preferences.unknowns(_S["mu"], unit_ies),
                preferences.equations(unit_ies),
            ),
            Block("equity", ("growth",), equity.UNKNOWNS, equity.EQUATIONS),
        ),
        numeraires=_numeraires(),
        claims=(_OUTPUT_CLAIM,),
    )


FISHERIAN_PARAMETERS = (
    _P["beta"],
    Parameter("phi", r"\phi", "ratio", -10.0, 10.0, "policy rate on inflation"),
    Parameter(
        "tax_response", r"\gamma_b", "ratio", -1.0, 3.0, "taxes on debt outstanding"
    ),
    Parameter("omega", r"\omega", "ratio", -0.001, 1.001, "decay of coupons"),
    Parameter("rho_f", r"\rho", "ratio", -0.999, 0.999, "persistence of transfers"),
    Parameter("sigma_f", r"\sigma", "ratio to debt", 0.0, 0.1, "transfer shock"),
)


@lru_cache(maxsize=1)
def fisherian() -> Model:
    """Constant real rate, nominal debt with decaying coupons, a transfer (Leeper 1991).

    Everything is a ratio to the steady value of debt after payments, which is one. The
    face value of debt is the state, so that every decay of coupons from zero (bills)
    to one (consols) is admissible. The roots are phi and 1/beta - tax_response.
    """
    s = {p.name: p.symbol for p in FISHERIAN_PARAMETERS}
    inflation, log_price = Dated("inflation"), Dated("log_bond_price")
    log_face, transfer = Dated("log_face_value"), Dated("transfer")
    end_debt, value = Dated("end_of_period_debt"), Dated("debt_value")
    surplus, rate = Dated("surplus"), Dated("policy_rate")
    e_f = fixed("e_f")
    steady_price = s["beta"] / (1 - s["beta"] * s["omega"])
    nominal = s["beta"] * sp.exp(-lead(inflation))
    return Model(
        advice=Advice(explosive=fiscal.BOTH_ACTIVE, indeterminate=fiscal.BOTH_PASSIVE),
        name="fisherian",
        description="Constant real rate, a rate rule, geometric debt, a transfer.",
        parameters=FISHERIAN_PARAMETERS,
        shocks=(Shock("e_f", r"\varepsilon_f", "transfer"),),
        events=(),
        states=(
            State(
                "log_face_value",
                r"\log \tilde b",
                "log",
                "log real face value of debt at last period's prices",
                sp.log(end_debt) - log_price,
                -sp.log(steady_price),
                20 * s["sigma_f"],
            ),
            State(
                "transfer",
                "z",
                "ratio to debt",
                "unfunded transfer",
                s["rho_f"] * transfer + s["sigma_f"] * e_f,
                sp.Integer(0),
                s["sigma_f"] / sp.sqrt(1 - s["rho_f"] ** 2),
            ),
        ),
        definitions=(
            _link(
                "policy_rate",
                "i",
                "short rate",
                -sp.log(s["beta"]) + s["phi"] * inflation,
            ),
            Definition(
                "surplus",
                "s",
                "ratio to debt",
                "primary surplus",
                1 / s["beta"]
                - 1
                + s["tax_response"] * (steady_price * sp.exp(log_face) - 1)
                - transfer,
            ),
            Definition(
                "debt_value",
                "W",
                "ratio to debt",
                "real value of debt with this period's payments",
                (1 + s["omega"] * sp.exp(log_price)) * sp.exp(log_face - inflation),
            ),
            Definition(
                "end_of_period_debt",
                "D",
                "ratio to debt",
                "real value of debt after this period's surplus",
                value - surplus,
            ),
        ),
        blocks=(
            Block(
                "nominal",
                ("log_face_value", "transfer"),
                (
                    Unknown(
                        "inflation",
                        r"\pi",
                        "log per quarter",
                        "inflation",
                        sp.Integer(0),
                    ),
                    Unknown(
                        "log_bond_price",
                        r"\log Q",
                        "log",
                        "log price of the debt portfolio per unit of face value",
                        sp.log(steady_price),
                    ),
                ),
                (
                    Equation(
                        "fisher",
                        sp.exp(-rate),
                        E(nominal),  # pyright: ignore[reportArgumentType]
                        "the real rate is constant",
                    ),
                    Equation(
                        "portfolio",
                        sp.exp(log_price),
                        sp.exp(-rate)
                        + s["omega"] * E(nominal * sp.exp(lead(log_price))),
                        "price of coupons that decay at omega",
                    ),
                ),
            ),
        ),
        numeraires=(
            Numeraire("physical", sp.Integer(1), "expectations", "as they come"),
            Numeraire("real", s["beta"], "real payoffs", "ratio to debt"),
            Numeraire("nominal", nominal, "nominal payoffs", "dollars"),
        ),
        claims=(Claim("surplus", "s", surplus, "real", "primary surplus"),),
    )
