"""The posterior density of parameters of a model that is solved to first order.

Samplers move in ``free`` coordinates, without bounds: a parameter with one bound is its
distance to it in logs, one with two the log odds of where it lies between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.general.condensed import condensed
from ...models.general.estimation import Estimated, check_estimated
from ...models.general.functions import expressions_function, parameter_vector
from ...models.general.model import DynamicModel
from ...models.general.switching import SwitchingDynamics
from ..compiled import Compiled, compiled
from ..errors import SolutionError
from ..filters.likelihood import VERDICTS, judged_likelihood_function
from ..filters.switching_program import judged_switching_function
from ..perturbation.steady_state import Known
from .priors import Density, density


class Value(NamedTuple):
    """Log prior and log likelihood, why there is none (0: there is one), rest (n,)."""

    prior: jax.Array
    likelihood: jax.Array
    verdict: jax.Array
    rest: jax.Array

    @property
    def posterior(self) -> jax.Array:
        """Log of the posterior density, up to the marginal likelihood."""
        return self.prior + self.likelihood


class Given(NamedTuple):
    """What programs are given beside the estimated parameters.

    All parameters (p,) at the start, data (T, m), and what rests at the start, from
    where searches for steady states begin: one program serves all data.
    """

    base: Any
    data: Any
    known: Known


class Bounds(NamedTuple):
    """Ends (k,) between which parameters lie, and the way to coordinates without."""

    low: np.ndarray
    high: np.ndarray

    def inside(self, free: jax.Array) -> jax.Array:
        """Parameters (k,) from free coordinates (k,); traceable."""
        odds = jax.nn.sigmoid(free)
        two = self._low + (self._high - self._low) * odds
        above = self._low + jnp.exp(free)
        below = self._high - jnp.exp(free)
        one = jnp.where(self._has_low, above, jnp.where(self._has_high, below, free))
        return jnp.where(self._has_low & self._has_high, two, one)

    def log_volume(self, free: jax.Array) -> jax.Array:
        """Log of the Jacobian of ``inside``; traceable."""
        wide = jnp.log(self._high - self._low) - jax.nn.softplus(free)
        both = wide - jax.nn.softplus(-free)
        one = jnp.where(self._has_low | self._has_high, free, 0.0)
        return jnp.sum(jnp.where(self._has_low & self._has_high, both, one))

    def free(self, values: np.ndarray) -> np.ndarray:
        """Free coordinates (..., k) of parameters (..., k) inside the bounds."""
        has_low, has_high = self._has_low, self._has_high
        low, high = self._low, self._high
        # Each coordinate uses one of the branches; the others may be outside logs.
        with np.errstate(invalid="ignore", divide="ignore"):
            two = np.log(values - low) - np.log(high - values)
            one = np.where(has_low, np.log(values - low), np.log(high - values))
        found = np.where(has_low & has_high, two, one)
        return np.where(has_low | has_high, found, values)

    @property
    def _has_low(self) -> np.ndarray:
        return np.isfinite(self.low)

    @property
    def _has_high(self) -> np.ndarray:
        return np.isfinite(self.high)

    # Stand-ins for ends that are not there: they keep unused branches finite.
    @property
    def _low(self) -> np.ndarray:
        return np.where(self._has_low, self.low, 0.0)

    @property
    def _high(self) -> np.ndarray:
        return np.where(self._has_high, self.high, self._low + 1.0)


@dataclass(frozen=True, eq=False)
class Posterior:
    """Prior and likelihood of the estimated parameters, given data.

    Attributes
    ----------
    model : the others keep its values.
    estimated : parameters (k), in order.
    observables, data : names (m), and levels (T, m), NaN where missing.
    initial_variance : as in ``log_likelihood_function``.
    logs : data are logarithms of the observables.
    presample : first dates that start the filter and are not judged.
    switching : regimes of the model, if it has several. They are not observed: the
        likelihood is that of Kim's filter. Parameters are then those of ``switching``;
        one that is apart is named with its regime, ``theta[risky]``.

    Raises
    ------
    DeclarationError
        A parameter that the model does not have; an unknown observable.
    SolutionError
        Nothing is estimated; a prior that does not exist; regimes of another model, or
        of one whose data are logarithms.
    """

    model: DynamicModel
    estimated: tuple[Estimated, ...]
    observables: tuple[str, ...]
    data: np.ndarray
    initial_variance: float | None = None
    logs: bool = False
    presample: int = 0
    switching: SwitchingDynamics | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be estimated."""
        if self.switching is not None and (
            self.logs or self.switching.model is not self.model
        ):
            raise SolutionError(
                "regimes are those of the model itself, with data in levels"
            )
        check_estimated(self.estimated, self._known, self.model.settled)
        if not self.estimated:
            raise SolutionError("no parameter is estimated")
        if not 0 <= self.presample < len(self.data):
            raise SolutionError(
                f"presample is {self.presample}, data have {len(self.data)} dates"
            )
        # Made before any program is: what is made inside of one belongs to it alone.
        for name in ("base", "densities", "bounds", "_judged", "_growth"):
            getattr(self, name)

    def __reduce__(self) -> tuple[type[Posterior], tuple]:
        """What makes it again in another process: no programs."""
        return Posterior, tuple(getattr(self, f.name) for f in fields(self))

    @property
    def _known(self) -> list[str]:
        """Names of all parameters (p)."""
        return [p.name for p in self._source.parameters]

    @property
    def _source(self) -> DynamicModel | SwitchingDynamics:
        """What has the parameters: the model, or its regimes."""
        return self.model if self.switching is None else self.switching

    @property
    def names(self) -> tuple[str, ...]:
        """Labels (k) of the estimated parameters."""
        return tuple(e.name for e in self.estimated)

    @cached_property
    def densities(self) -> tuple[Density | None, ...]:
        """Priors (k); None where there is none."""
        return tuple(
            None if e.prior is None else density(e.prior) for e in self.estimated
        )

    @cached_property
    def bounds(self) -> Bounds:
        """Ends between which parameters lie."""
        ends = np.array([e.interval for e in self.estimated], float)
        return Bounds(ends[:, 0], ends[:, 1])

    @cached_property
    def start(self) -> np.ndarray:
        """Where searches begin (k,): declared, the prior's mean, the model's value."""
        found = []
        for e in self.estimated:
            value = e.initial
            if value is None:
                value = None if e.prior is None else e.prior.mean
            if value is None:
                value = self._source.values.get(e.parameter)
            low, high = e.interval
            if value is None or not low < value < high:
                raise SolutionError(
                    f"'{e.name}' has no start between its bounds {low:g} and {high:g}; "
                    "give one"
                )
            found.append(value)
        return np.array(found, float)

    @cached_property
    def base(self) -> np.ndarray:
        """All parameters of the model (p,) at the start."""
        changes = dict(
            zip((e.parameter for e in self.estimated), self.start, strict=True)
        )
        if self.switching is not None:
            return np.asarray(self.switching.vector(changes))
        return np.asarray(parameter_vector(self.model, changes))

    @cached_property
    def places(self) -> np.ndarray:
        """Where the estimated parameters stand among all (k,)."""
        known = self._known
        return np.array([known.index(e.parameter) for e in self.estimated])

    def log_prior(self, values: jax.Array) -> jax.Array:
        """Log density of the prior at parameters (k,); traceable."""
        terms = [
            jnp.zeros(()) if d is None else d.log(values[i])
            for i, d in enumerate(self.densities)
        ]
        return jnp.sum(jnp.stack(terms))

    @cached_property
    def given(self) -> Given:
        """What every program takes beside the estimated parameters."""
        if self.switching is not None:
            left = self.switching.condensed(self.observables).names
        else:
            left = condensed(self.model, self.observables).names
        nothing = Known(np.full(len(left), np.nan), self.base)
        given = Given(self.base, np.asarray(self.data, float), nothing)
        return self._near(self.start, given)

    def near(self, values: np.ndarray) -> Given:
        """``given`` where searches begin at parameters (k,), if these have a rest."""
        return self._near(values, self.given)

    def _near(self, values: np.ndarray, given: Given) -> Given:
        if self.model.at_rest.steady_state:
            return given
        rest = np.asarray(self.program(jnp.asarray(values), given).rest)
        if not np.all(np.isfinite(rest)):
            return given
        parameters = np.array(self.base)
        parameters[self.places] = values
        return given._replace(known=Known(rest, parameters))

    def value(self, values: jax.Array, given: Given) -> Value:
        """Prior and likelihood at parameters (k,); traceable, with gradients."""
        parameters = jnp.asarray(given.base).at[self.places].set(values)
        data = jnp.asarray(given.data) - self._trend(parameters)
        found = self._judged(parameters, data, given.known)
        likelihood = found.value
        if self.presample:
            early = self._judged(parameters, data[: self.presample], given.known)
            likelihood = likelihood - jnp.where(found.verdict == 0, early.value, 0.0)
        return Value(self.log_prior(values), likelihood, found.verdict, found.rest)

    def free_value(self, free: jax.Array, given: Given) -> jax.Array:
        """Log posterior density of free coordinates (k,); traceable."""
        values = self.bounds.inside(free)
        found = self.value(values, given).posterior + self.bounds.log_volume(free)
        return jnp.where(jnp.isnan(found), -jnp.inf, found)

    @cached_property
    def _judged(self):
        if self.switching is not None:
            return judged_switching_function(
                self.switching, self.observables, None, self.initial_variance
            )
        return judged_likelihood_function(
            self.model, self.observables, None, self.initial_variance, self.logs
        )

    @cached_property
    def _growth(self) -> Callable[[jax.Array], jax.Array] | None:
        """``parameters (p,) -> (m,)``, trends of the data; None if there are none."""
        declared = self.model.estimation
        trends = {} if declared is None else declared.trends
        kept = [trends.get(n, 0) for n in self.observables]
        return expressions_function(self.model, kept) if any(kept) else None

    def _trend(self, parameters: jax.Array) -> jax.Array:
        """What the data's levels have and the model's observables have not (T, m)."""
        if self._growth is None:
            return jnp.zeros(self.data.shape)
        dates = jnp.arange(1.0, 1.0 + len(self.data))
        return dates[:, None] * self._growth(parameters)[None, :]

    @cached_property
    def program(self) -> Compiled:
        """``values (k,), given -> Value``."""
        return compiled(self.value, name="posterior")

    def refused(self, values: np.ndarray) -> str:
        """Why there is no posterior density at parameters (k,); empty if there is."""
        found = self.program(jnp.asarray(values), self.given)
        if not math.isfinite(float(found.prior)):
            return "outside the support of the prior"
        return "" if int(found.verdict) == 0 else VERDICTS[int(found.verdict)]


def of_model(
    model: DynamicModel, names: Sequence[str], data: Any, **options: Any
) -> Posterior:
    """The posterior that a model declares, given data (T, m) of observables ``names``.

    Raises
    ------
    SolutionError
        The model declares no estimation, or one that could not be read.
    """
    declared = model.estimation
    if declared is None or (not declared.estimated and not declared.missing):
        raise SolutionError(
            f"model '{model.name}' has no estimated_params; write the block, or give "
            "priors"
        )
    if declared.missing:
        raise SolutionError("; ".join(declared.missing))
    return Posterior(
        model, declared.estimated, tuple(names), np.asarray(data), **options
    )
