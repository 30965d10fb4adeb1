"""Models whose parameters follow a Markov chain, with every parameter in one list.

A parameter that has the same value in all regimes is one parameter under its own name;
one that has a value per regime is as many parameters, ``theta[safe]`` and
``theta[risky]``. Which ones are apart is said once: values that happen to meet later
stay apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ..declaration import DeclarationError, Parameter, names_in, not_found
from .condensed import condensed
from .functions import Residuals, parameter_vector, transition_function
from .model import DynamicModel


def in_regime(parameter: str, regime: str) -> str:
    """Name of a parameter in one regime, where regimes have values of their own."""
    return f"{parameter}[{regime}]"


# Identity is equality: caches of compiled programs are keyed on the object.
@dataclass(frozen=True, eq=False)
class SwitchingDynamics:
    """A model in the general form, its regimes and default values.

    Attributes
    ----------
    probabilities : expressions, rows of regimes at t, columns of regimes at t+1, in
        variables dated t and t-1 and parameters of the row's regime.
    apart : parameters with a value per regime.
    values : by name as in ``parameters``; steady states that equations hold have none.
    """

    model: DynamicModel
    regimes: tuple[str, ...]
    probabilities: tuple[tuple[sp.Expr, ...], ...]
    apart: tuple[str, ...]
    values: Mapping[str, float]

    @property
    def name(self) -> str:
        """That of the model."""
        return self.model.name

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all variables."""
        return self.model.names

    @property
    def settled(self) -> frozenset[str]:
        """Parameters that follow from the steady state."""
        return self.model.settled

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """In the model's order; those that are apart regime by regime."""
        found = []
        for parameter in self.model.parameters:
            if parameter.name in self.apart:
                found += [
                    replace(parameter, name=in_regime(parameter.name, r))
                    for r in self.regimes
                ]
            else:
                found.append(parameter)
        return tuple(found)

    @cached_property
    def transition(self) -> Residuals:
        """Traceable ``(now (n,), before (n,), parameters (p,)) -> (R, R)``."""
        return transition_function(self.model, self.probabilities)

    @cached_property
    def places(self) -> np.ndarray:
        """Where the parameters of each regime stand in the list (R, p)."""
        known = {p.name: i for i, p in enumerate(self.parameters)}
        own = [p.name for p in self.model.parameters]
        return np.array(
            [
                [known[in_regime(n, r) if n in self.apart else n] for n in own]
                for r in self.regimes
            ]
        )

    def condensed(self, kept: Sequence[str]) -> SwitchingDynamics:
        """The same regimes in fewer variables, as ``condensed`` has them."""
        told = {n for row in self.probabilities for p in row for n in names_in(p)}
        also = [n for n in self.names if n in told]
        return replace(self, model=condensed(self.model, (*kept, *also)))

    def by_regime(self, parameters: jax.Array) -> jax.Array:
        """Parameters (R, p) of the model from the list (P,); traceable."""
        return parameters[self.places]

    def vector(self, changes: Mapping[str, float] | None = None) -> jax.Array:
        """Values (P,) in the order of ``parameters``, changed where ``changes`` says.

        Raises
        ------
        DeclarationError
            A name that is no parameter.
        """
        changes = {} if changes is None else changes
        known = [p.name for p in self.parameters]
        for name in changes:
            if name not in known:
                raise DeclarationError(not_found("parameter", name, known))
        values = {**self.values, **changes}
        return jnp.asarray(np.array([values.get(n, np.nan) for n in known], float))


def switching_dynamics(
    model: DynamicModel,
    regimes: Sequence[str],
    probabilities: Sequence[Sequence[sp.Expr]],
    given: Mapping[str, float | Mapping[str, float]],
) -> SwitchingDynamics:
    """A model whose parameters follow a Markov chain.

    Parameters
    ----------
    given : changes of the model's values: a number, or one by regime. The latter are
        apart.

    Raises
    ------
    DeclarationError
        A parameter or a regime that does not exist, a parameter without a value.
    """
    apart = tuple(n for n, v in given.items() if isinstance(v, Mapping))
    values: dict[str, float] = {}
    for regime in regimes:
        own = {}
        for name, value in given.items():
            if isinstance(value, Mapping):
                if set(value) != set(regimes):
                    raise DeclarationError(
                        f"'{name}' has values in {', '.join(value) or 'no regime'}; "
                        f"the regimes are {', '.join(regimes)}"
                    )
                own[name] = value[regime]
            else:
                own[name] = value
        found = np.asarray(parameter_vector(model, own)).tolist()
        for parameter, number in zip(model.parameters, found, strict=True):
            if parameter.name in apart:
                values[in_regime(parameter.name, regime)] = number
            elif parameter.name not in model.resting:
                values[parameter.name] = number
    return SwitchingDynamics(
        model,
        tuple(regimes),
        tuple(tuple(sp.sympify(p) for p in row) for row in probabilities),
        apart,
        values,
    )
