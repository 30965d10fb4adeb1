"""Observables that are seen once in several periods, as annual series of quarters.

What is seen is a sum, a mean or the last value. Sums and means become variables of the
model, made of its lags, which the state then holds (the augmented state of Harvey 1989,
section 6.3): filters stay exact, and dates between are missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sympy as sp

from ..declaration import Dated, DeclarationError, Equation, not_found
from .model import DynamicModel, Variable, dated, rested

KINDS = ("sum", "mean", "end")


@dataclass(frozen=True)
class Aggregate:
    """How an observable is seen: the kind, over so many periods.

    Raises
    ------
    DeclarationError
        No such kind, or less than two periods.
    """

    kind: str
    periods: int

    def __post_init__(self) -> None:
        """Refuse what is no aggregate."""
        if self.kind not in KINDS:
            raise DeclarationError(not_found("aggregate", self.kind, KINDS))
        if self.periods < 2:
            raise DeclarationError(f"an aggregate of {self.periods} periods")


def with_aggregates(
    model: DynamicModel, aggregates: Mapping[str, Aggregate]
) -> DynamicModel:
    """The model in which observables are seen as aggregates, by name.

    A sum or mean of ``y`` is the variable ``y_sum_4``, in the place of ``y`` among the
    observables and measurement errors; a last value is ``y`` itself.

    Raises
    ------
    DeclarationError
        A name that is not observed; a trend of a sum or mean.
    """
    renamed: dict[str, str] = {}
    variables, equations, rests = [], [], []
    for name, seen in aggregates.items():
        if name not in model.observed:
            raise DeclarationError(not_found("observable", name, model.observed))
        if seen.kind == "end":
            continue
        if model.estimation is not None and model.estimation.trends.get(name, 0) != 0:
            raise DeclarationError(
                f"'{name}' has a trend, and is seen as a {seen.kind} of {seen.periods} "
                "periods; take the trend out of the data"
            )
        own = f"{name}_{seen.kind}_{seen.periods}"
        whole = sp.Add(*(dated(name, -lag) for lag in range(seen.periods)))
        value = whole / seen.periods if seen.kind == "mean" else whole
        text = f"{seen.kind} of {name} over {seen.periods} periods"
        renamed[name] = own
        unit = next(v.unit for v in model.variables if v.name == name)
        variables.append(Variable(own, "", unit, text))
        equations.append(Equation(text, Dated(own), value, text))
        rests.append((own, rested(value, model)))
    guesses = {n: r for n, r in rests if all(f in model.guesses for f in _names(r))}
    return replace(
        model,
        variables=(*model.variables, *variables),
        equations=(*model.equations, *equations),
        steady_state=(*model.steady_state, *rests) if model.steady_state else (),
        guesses={**model.guesses, **guesses},
        observed=tuple(renamed.get(n, n) for n in model.observed),
        measurement={
            (renamed.get(one, one), renamed.get(two, two)): size
            for (one, two), size in model.measurement.items()
        },
    )


def _names(expression: sp.Expr) -> set[str]:
    return {str(s) for s in expression.free_symbols}
