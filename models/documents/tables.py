"""Numeraires and claims of a declared model as tables: symbol, definition, unit."""

from __future__ import annotations

import sympy as sp

from ..declaration import Claim, Model, Numeraire
from .latex import expression_latex, text_latex

Row = dict[str, str]


def numeraire_table(model: Model) -> list[Row]:
    r"""Pricing operators of the model, one row each.

    Returns
    -------
    Rows with ``name``, ``symbol`` and ``definition`` (LaTeX: the operator on a payoff
    f), ``unit`` of the payoffs and ``description``.
    """
    return [
        {
            "name": numeraire.name,
            "symbol": operator_latex(numeraire),
            "definition": (
                rf"{operator_latex(numeraire)} \, f = {_priced(numeraire, 'f', model)}"
            ),
            "unit": numeraire.unit,
            "description": numeraire.description,
        }
        for numeraire in model.numeraires
    ]


def claim_table(model: Model) -> list[Row]:
    """Claims of the model, one row each.

    Returns
    -------
    Rows with ``name``, ``symbol`` of the claim's value, ``definition`` (LaTeX: today's
    payoff and the value of those to come), ``unit`` (that of the payoff),
    ``numeraire`` and ``description``.
    """
    numeraires = {n.name: n for n in model.numeraires}
    rows = []
    for claim in model.claims:
        numeraire, value = numeraires[claim.numeraire], value_latex(claim)
        rows.append(
            {
                "name": claim.name,
                "symbol": value,
                "definition": (
                    f"{value} = {claim.latex} + {_priced(numeraire, value, model)}"
                ),
                "unit": numeraire.unit,
                "numeraire": claim.numeraire,
                "description": f"value of {claim.description}",
            }
        )
    return rows


def operator_latex(numeraire: Numeraire) -> str:
    """Symbol of the pricing operator of a numeraire."""
    return rf"K_{{{text_latex(numeraire.name)}}}"


def value_latex(claim: Claim) -> str:
    """Symbol of a claim's value; payoffs may share one, names do not."""
    return rf"V_{{{text_latex(claim.name)}}}"


def _priced(numeraire: Numeraire, symbol: str, model: Model) -> str:
    """Price today of ``symbol`` next period."""
    weight = sp.sympify(numeraire.weight)
    printed = "" if weight == 1 else expression_latex(weight, model)
    if weight.is_Add:
        printed = rf"\left({printed}\right)"
    return rf"\mathbb{{E}}_t\left[{printed} {symbol}'\right]".replace("[ ", "[")
