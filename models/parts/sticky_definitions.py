"""What the sticky-price economy adds to the shared blocks: parameters, definitions.

Ratios of the government are to output on its trend, which is technology: hours and
output per unit of technology rest at one.
"""

from __future__ import annotations

import sympy as sp

from ..declaration import Dated, Definition, Parameter, lead
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
)
from .price_setting import PriceSetting
from .resting_point import resting

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
symbols = {
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
safety_demand = symbols["safety_demand"] * endowment.stress
natural_rate_gap = endowment.expected_growth / symbols["psi"]
natural_rate = resting.real_rate + natural_rate_gap
nominal_kernel = preferences.stochastic_discount_factor_next * sp.exp(
    safety_demand - lead(fiscal.inflation)
)


def definitions(
    setting: PriceSetting,
    chi: sp.Expr,
    weight: sp.Expr,
    distortionary: bool,
    dividends: str,
) -> tuple[Definition, ...]:
    """All definitions of the economy.

    Parameters
    ----------
    setting : of prices.
    chi : share of purchases in spending.
    weight : of hours in utility.
    distortionary : whether taxes are on labour income.
    dividends : ``"consumption"``, ``"output"`` or ``"profits"``.

    Raises
    ------
    ValueError
        Other dividends.
    """
    return (
        *resting_point.DEFINITIONS,
        *_real_definitions(setting, chi),
        *labour.definitions(Dated("output"), setting.dispersion, weight, distortionary),
        *price_setting.definitions(symbols["pi_bar"]),
        *setting.definitions,
        *preferences.definitions(bundle_growth_next=labour.bundle_growth_next),
        *_fiscal_definitions(),
        *monetary.taylor_rule(_wanted_rate(chi), natural_rate),
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
            output * setting.resources
            - chi * (fiscal.spending_ratio - symbols["g_bar"]),
        ),
        grown("output", r"\Delta y'", output),
        grown("consumption", r"\Delta c'", consumption),
    )


def _fiscal_definitions() -> tuple[Definition, ...]:
    """Spending, taxes and the budget; ratios are to output on its trend."""
    debt = (1 + symbols["omega"] * resting.bond_price) * fiscal.face_value * sp.exp(
        -symbols["pi_bar"]
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
            + symbols["tax_offset"]
            + symbols["tax_response"] * (debt - shadow.debt_gap)
            + symbols["tax_response_shadow"] * shadow.debt_gap,
        ),
        fiscal.SURPLUS,
        fiscal.END_OF_PERIOD_DEBT,
    )


def _wanted_rate(chi: sp.Expr) -> sp.Expr:
    """Policy rate net of the natural rate that the rule would set without smoothing."""
    intercept = (1 - symbols["phi_natural"]) * resting.real_rate + symbols["pi_bar"]
    gap = fiscal.inflation - symbols["pi_bar"] - shadow.inflation
    spending = shadow.funded_spending + shadow.unfunded_spending
    natural = shadow.natural_output(chi, spending)
    return (
        intercept
        + symbols["rate_offset"]
        + symbols["phi"] * gap
        + symbols["phi_shadow"] * shadow.inflation
        + symbols["phi_output"] * (log_output - symbols["gap_share"] * natural)
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
