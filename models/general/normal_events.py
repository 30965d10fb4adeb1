"""Rare events as normal shocks: what derivatives at a point can know of them.

An event of probability p(s) becomes p(s) + sqrt(p(s) (1 - p(s))) e with e standard
normal. Mean and variance, given today's states, are those of the event; its skewness
and all higher moments are lost. Fernandez-Villaverde and Levintal (2018, Quantitative
Economics 9, 903-944) show that third order can fail around rare disasters.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import sympy as sp

from ..declaration import Equation, Event, Model, Shock, fixed
from .form import as_expression

SHOCK = "e_"


@lru_cache(maxsize=8)
def normal_events(model: Model) -> Model:
    """The same declaration with every event a normal shock, ``e_EVENT``.

    Returns
    -------
    A smooth model without events, which ``dynamic_form`` takes.
    """
    put = {event.symbol: _moments_of(event) for event in model.events}

    def smooth(expression) -> sp.Expr:
        return as_expression(sp.sympify(expression).xreplace(put))

    def same(equation: Equation) -> Equation:
        sides = smooth(equation.left), smooth(equation.right)
        return replace(equation, left=sides[0], right=sides[1])

    return replace(
        model,
        shocks=(*model.shocks, *(_shock(event) for event in model.events)),
        events=(),
        states=tuple(replace(s, transition=smooth(s.transition)) for s in model.states),
        definitions=tuple(
            replace(d, expression=smooth(d.expression)) for d in model.definitions
        ),
        blocks=tuple(
            replace(block, equations=tuple(map(same, block.equations)))
            for block in model.blocks
        ),
    )


def _shock(event: Event) -> Shock:
    return Shock(SHOCK + event.name, event.latex, f"{event.description}, as normal")


def _moments_of(event: Event) -> sp.Expr:
    chance = event.probability
    return chance + sp.sqrt(chance * (1 - chance)) * fixed(SHOCK + event.name)
