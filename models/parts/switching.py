"""Regimes: permanent, or a Markov chain that debt may move (a fiscal limit)."""

from __future__ import annotations

import sympy as sp

from ..declaration import Parameter, Regimes

PARAMETERS = (
    Parameter(
        "switch_base",
        "h_0",
        "logit",
        -20.0,
        5.0,
        "logit of the quarterly probability of leaving a regime",
        regime_specific=True,
        role="policy",
    ),
    Parameter(
        "switch_debt",
        "h_d",
        "1 / log",
        -50.0,
        50.0,
        "its response to the log of face value of debt over target (fiscal limit)",
        regime_specific=True,
        role="policy",
    ),
)


def markov_chain(regimes: tuple[str, ...], log_debt_gap: sp.Expr) -> Regimes:
    """One permanent regime, or two that are left with a probability that debt moves.

    ``log_debt_gap`` is the log of the face value of debt over its target.

    Raises
    ------
    ValueError
        More than two regimes.
    """
    if len(regimes) == 1:
        return Regimes(regimes, ((sp.Integer(1),),))
    if len(regimes) != 2:
        raise ValueError(
            f"the economy switches between two regimes, not {len(regimes)}"
        )
    base, slope = (p.symbol for p in PARAMETERS)
    leave = 1 / (1 + sp.exp(-(base + slope * log_debt_gap)))
    return Regimes(regimes, ((1 - leave, leave), (leave, 1 - leave)))
