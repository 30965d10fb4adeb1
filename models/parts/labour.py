"""Labour: hours, wages and the bundle of consumption and leisure.

Utility is Epstein-Zin over the bundle X = C exp(-chi N^(1+nu) / (1+nu)), which keeps
hours stationary under permanent growth (King, Plosser and Rebelo 1988). Output is
technology times hours, and everything real is counted per unit of technology. The
weight on hours is such that hours, output and consumption rest at one.
"""

from __future__ import annotations

import sympy as sp

from ..declaration import Dated, Definition, Parameter, lead
from .fiscal import tax_ratio
from .preferences import consumption_growth_next

PARAMETERS = (
    Parameter(
        "frisch_inverse",
        r"\nu",
        "elasticity",
        0.0,
        20.0,
        "response of the wage that workers ask to hours, at given consumption",
    ),
)
_nu = PARAMETERS[0].symbol
consumption = Dated("consumption")
hours = Dated("hours")
real_wage = Dated("real_wage")
leisure = Dated("leisure")
bundle_growth_next = Dated("bundle_growth_next")


def hours_weight(
    resting_wage: sp.Expr, resting_tax: sp.Expr, distortionary: bool
) -> sp.Expr:
    """Weight on hours in utility with which they rest at one.

    ``resting_wage`` is per unit of technology, ``resting_tax`` a ratio to output.
    """
    return resting_wage - resting_tax if distortionary else resting_wage


def wage(weight: sp.Expr, distortionary: bool) -> sp.Expr:
    """Wage before tax per unit of technology, at which workers supply ``hours``.

    After tax it is the marginal rate of substitution chi C N^nu. With labour taxes the
    revenue T = tax rate times W N is what the tax rule asks for, so that W = chi C N^nu
    + T/N: taxes raise costs.
    """
    asked = weight * consumption * hours**_nu
    return asked + tax_ratio / hours if distortionary else asked


def definitions(
    output: sp.Expr, dispersion: sp.Expr, weight: sp.Expr, distortionary: bool
) -> tuple[Definition, ...]:
    """Hours, the wage, leisure in the bundle and growth of the bundle."""
    taxed = Definition(
        "labour_tax_rate",
        r"\tau^w",
        "ratio",
        "tax rate on labour income that raises what the tax rule asks for",
        tax_ratio / (real_wage * hours),
    )
    return (
        Definition(
            "hours",
            "N",
            "ratio to resting point",
            "hours worked; dispersed prices waste some",
            output * dispersion,
        ),
        Definition(
            "real_wage",
            "w",
            "ratio to technology",
            "real wage before tax",
            wage(weight, distortionary),
        ),
        *((taxed,) if distortionary else ()),
        Definition(
            "leisure",
            r"\log h",
            "log",
            "log of what leisure adds to the bundle of consumption and leisure",
            -weight * hours ** (1 + _nu) / (1 + _nu),
        ),
        Definition(
            "bundle_growth_next",
            r"\Delta x'",
            "log per quarter",
            "growth of the bundle of consumption and leisure",
            consumption_growth_next + lead(leisure) - leisure,
        ),
    )
