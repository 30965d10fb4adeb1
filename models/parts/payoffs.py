"""How payoffs are counted, and the claims behind the debt, in every economy."""

from __future__ import annotations

import sympy as sp

from ..declaration import Claim, Dated, Numeraire
from . import fiscal, preferences


def numeraires(
    growth_next: sp.Expr, nominal_kernel: sp.Expr, counted: str = "output"
) -> tuple[Numeraire, ...]:
    """Pricing operators.

    Parameters
    ----------
    growth_next : log growth of what ratios are taken to, which ``counted`` names.
    nominal_kernel : prices nominal payoffs without convenience.
    """
    kernel = preferences.stochastic_discount_factor_next
    return (
        Numeraire("physical", sp.Integer(1), "expectations", "as they come"),
        Numeraire("real", kernel, "real payoffs", "goods"),
        Numeraire(
            "growth",
            kernel * sp.exp(growth_next),
            f"payoffs as ratios to {counted}",
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


def claims(output: sp.Expr, latex: str) -> tuple[Claim, ...]:
    """Claims to the government's flows, to ``output`` (a ratio) and to dividends."""
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
        Claim("output", latex, output, "growth", "output"),
        Claim("dividends", "1", sp.Integer(1), "equity", "dividends"),
    )
