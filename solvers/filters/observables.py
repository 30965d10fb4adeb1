"""Observed variables of a model: names, data, measurement errors, and their start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...models.declaration import DeclarationError, not_found
from ...models.general.functions import measurement_function
from ...models.general.model import DynamicModel
from ..errors import SolutionError
from ..matrix_equations import lyapunov
from ..perturbation.first_order import Layout, layout
from .gaussian import StateSpace, Steps

# Standard deviation of a measurement error, or the parameter that holds it.
Errors = Mapping[str, float | str]
# Roots this near one leave no digits in the ergodic variance.
_ERGODIC = 1 - 1e-9
# A measurement error of a millionth of a forecast error's size leaves a share of 1e-12.
PIVOT = 1e-13


class Observables:
    """Which variables are observed, with what error and start; names are checked."""

    def __init__(
        self,
        model: DynamicModel,
        observables: tuple[str, ...],
        errors: tuple[tuple[str, float | str], ...] | None,
        initial_variance: float | None,
    ):
        if not observables:
            raise DeclarationError("no observable was named; give at least one")
        known = [p.name for p in model.parameters]
        for name in observables:
            if name not in model.names:
                raise DeclarationError(not_found("variable", name, model.names))
            if observables.count(name) > 1:
                raise DeclarationError(f"observable '{name}' is named twice")
        for name, size in errors or ():
            if name not in observables:
                raise DeclarationError(
                    f"measurement error: {not_found('observable', name, observables)}"
                )
            if isinstance(size, str) and size not in known:
                raise DeclarationError(
                    f"measurement error: {not_found('parameter', size, known)}"
                )
        if initial_variance is not None and not 0 <= initial_variance < np.inf:
            raise SolutionError(
                f"initial_variance must be finite and not negative, not "
                f"{initial_variance}"
            )
        self.where: Layout = layout(model)
        self.names, self.errors = observables, dict(errors or ())
        # Without errors that are given, those that the model declares.
        self.declared = measurement_function(model, observables)
        self.own = errors is None
        self.places = {n: i for i, n in enumerate(known)}
        self.rows = [model.names.index(n) for n in observables]
        self.initial_variance = initial_variance

    def has_start(self, state_radius):
        """Whether the states have a distribution before the first observation."""
        if self.initial_variance is None:
            return state_radius < _ERGODIC
        return jnp.asarray(True)

    def state_space(self, x, covariance, parameters, scale=None) -> StateSpace:
        """State space of a rule ``x`` (n, n_states + n_shocks); traceable.

        ``scale`` (m,) multiplies what is observed, measurement errors left out.
        """
        n_s = len(self.where.states)
        moving = jnp.asarray([*self.where.states, *self.rows], int)
        rule = x[moving]
        if scale is not None:
            rule = rule.at[n_s:].multiply(scale[:, None])
        by_shock = rule[:, n_s:]
        shocks = by_shock @ covariance @ by_shock.T
        noise = shocks.at[n_s:, n_s:].add(self.noise(parameters))
        both = rule[:, :n_s]
        if self.initial_variance is None:
            start = lyapunov(both[:n_s], shocks[:n_s, :n_s])
        else:
            start = self.initial_variance * jnp.eye(n_s)
        return StateSpace(both, noise, start)

    def noise(self, parameters) -> jax.Array:
        """Covariance (m, m) of the measurement errors."""
        if self.own:
            return self.declared(parameters)
        return jnp.diag(
            jnp.stack([self._error(n, parameters) for n in self.names]) ** 2
        )

    def _error(self, name: str, parameters) -> jax.Array:
        size = self.errors.get(name, 0.0)
        if isinstance(size, str):
            return parameters[self.places[size]]
        return jnp.asarray(size, float)


def exact_relation(names, space: StateSpace, steps: Steps, values: np.ndarray) -> str:
    """Name the observables that are exactly linked, and when that shows first."""
    own, noise = (np.asarray(a)[-len(names) :] for a in (space.both, space.noise))
    for t, variance in enumerate(np.asarray(steps.variance)):
        seen = np.flatnonzero(~np.isnan(values[t]))
        forecast = (own @ variance @ own.T + noise[:, -len(names) :])[seen][:, seen]
        size = np.sqrt(np.maximum(np.diag(forecast), 0.0))
        still = [names[i] for i, s in zip(seen, size, strict=True) if not s > 0]
        if still:
            return (
                f"observable '{still[0]}' is known for certain before observation "
                f"{t}; leave it out, or give it a measurement error"
            )
        roots, vectors = np.linalg.eigh(forecast / np.outer(size, size))
        if roots[0] < 10 * PIVOT * len(roots):
            share = np.abs(vectors[:, 0])
            linked = [names[seen[i]] for i in np.flatnonzero(share > 0.1 * max(share))]
            return (
                f"observables {', '.join(linked)} satisfy an exact relation (seen at "
                f"observation {t}); leave one out, or give one a measurement error"
            )
    return (
        f"observables {', '.join(names)}: the variance of their forecast errors is "
        "not positive definite; leave one out, or give one a measurement error"
    )


def series_by_name(data: Any) -> tuple[tuple[str, ...], np.ndarray, Any]:
    """Names, values (T, m) and dates of data in any of the accepted forms."""
    if hasattr(data, "to_dataset") and hasattr(data, "dims"):
        data = data.to_dataset(dim="variable")
    names = tuple(str(n) for n in data)
    columns = [np.asarray(data[n], float) for n in data]
    for name, column in zip(names, columns, strict=True):
        if column.ndim != 1:
            raise DeclarationError(
                f"series '{name}' has {column.ndim} dimensions; give one path of "
                "numbers over time"
            )
        if len(column) != len(columns[0]) or len(column) == 0:
            raise DeclarationError(
                f"series '{name}' has {len(column)} dates, '{names[0]}' has "
                f"{len(columns[0])}; give one value per date, NaN where missing"
            )
        if np.any(np.isinf(column)):
            raise DeclarationError(f"series '{name}' has infinite values; NaN: missing")
    if not columns:
        raise DeclarationError("no series was given; name at least one observable")
    return names, np.stack(columns, axis=1), _dates(data, len(columns[0]))


def _dates(data: Any, count: int) -> Any:
    if hasattr(data, "columns"):
        return data.index
    coords = getattr(data, "coords", {})
    return coords["time"].values if "time" in coords else np.arange(count)
