"""Likelihood, smoothed states and forecasts of the first-order solution.

Observables are variables of the model by name, in levels: the steady state is their
mean. They may carry independent measurement errors, those of the model or others.
Missing observations (NaN) are left out of the density, nothing is put in their place.
Before the first observation the states have their ergodic distribution, or a variance
that the user states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.general.condensed import condensed
from ...models.general.functions import covariance_function
from ...models.general.model import DynamicModel
from ...models.general.parameters import derived_parameters
from ..compiled import Compiled, compiled
from ..errors import SolutionError
from ..perturbation.expansion import Perturbation, perturbation, rest_holds
from ..perturbation.first_order import layout
from ..perturbation.solution import LocalSolution, solve_local
from ..perturbation.steady_state import Known
from ..projection.linear import UNIT
from .gaussian import StateSpace, Steps, filter_pass, log_density, posterior_weights
from .observables import PIVOT, Errors, Observables, exact_relation, series_by_name

if TYPE_CHECKING:
    import xarray as xr

VERDICTS = (
    "ok",
    "no steady state",
    "not determinate",
    "covariance of shocks is not positive semidefinite",
    "unit root, and no initial variance given",
    "observables satisfy an exact relation",
    "not finite",
    "no steady state that regimes share",
)


class Likelihood(NamedTuple):
    """Log-likelihood, the index of its verdict in ``VERDICTS``, and what rests (n,)."""

    value: jax.Array
    verdict: jax.Array
    rest: jax.Array


def log_likelihood_function(
    model: DynamicModel,
    observables: Sequence[str],
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
    logs: bool = False,
) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """Traceable ``f(parameters (p,), data (T, m)) -> log-likelihood``.

    Passes through jit, vmap and reverse-mode gradients, of first order only: the
    solution carries no second derivatives (difference the gradient for them). The
    value is minus infinity
    where ``judged_likelihood_function`` says anything but "ok"; the gradient there
    means nothing.

    Parameters that the model computes from others (``DynamicModel.assignments``) are
    computed again: their own entries play no part.

    Parameters
    ----------
    observables : names of variables, the columns of data (levels, NaN if missing).
    measurement_error : standard deviation by observable, or the name of the parameter
        that holds it; those that the model declares by default, ``{}`` for none.
    initial_variance : states start at the steady state with this variance each,
        uncorrelated (a diffuse prior if it is large); by default they have their
        ergodic distribution.
    logs : data are logarithms of the observables, whose logs the solution approximates;
        measurement errors are those of the logs.

    Raises
    ------
    DeclarationError
        An unknown name, or an observable named twice.
    """
    errors = _listed(measurement_error)
    return _valued(model, tuple(observables), errors, initial_variance, logs)


def judged_likelihood_function(
    model: DynamicModel,
    observables: Sequence[str],
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
    logs: bool = False,
) -> Callable[..., Likelihood]:
    """As ``log_likelihood_function``, with the verdict: ``f -> Likelihood``.

    A third argument, ``known=None``, is a steady state nearby (``Known``) of the
    variables that are left when the others are put in (``condensed``), as ``rest`` is.
    """
    errors = _listed(measurement_error)
    return _judged(model, tuple(observables), errors, initial_variance, logs)


def _listed(errors: Errors | None) -> tuple[tuple[str, float | str], ...] | None:
    """Measurement errors as a key of caches; None for those of the model."""
    return None if errors is None else tuple(sorted(errors.items()))


# One function per model and data layout: jit compiles it once.
@lru_cache(maxsize=64)
def _valued(model, observables, errors, initial_variance, logs):
    judged = _judged(model, observables, errors, initial_variance, logs)

    def value(parameters, data):
        return judged(parameters, data).value

    return value


@lru_cache(maxsize=64)
def _judged(model, observables, errors, initial_variance, logs):
    model = condensed(model, observables)
    observed = Observables(model, observables, errors, initial_variance)
    solve, covariance_at = perturbation(model, 1), covariance_function(model)

    renew = derived_parameters(model)

    def evaluate(parameters, data, known: Known | None = None):
        if renew is not None:
            parameters = renew(parameters)
        found = solve(parameters, known=known)
        covariance = covariance_at(parameters)
        rest = found.rule.steady[jnp.asarray(observed.rows)]
        # The log of what rests at r moves by 1/r of its deviation.
        scale = 1 / rest if logs else None
        space = observed.state_space(found.rule.x, covariance, parameters, scale)
        density = log_density(space, data - (jnp.log(rest) if logs else rest)[None, :])
        fine = jax.lax.stop_gradient(
            jnp.stack(
                [
                    *solution_checks(model, found),
                    semidefinite(model, covariance),
                    observed.has_start(found.first.state_radius),
                    density.pivot > PIVOT,
                    jnp.isfinite(density.value),
                ]
            )
        )
        # The first check that fails is the reason.
        verdict = jnp.where(jnp.all(fine), 0, 1 + jnp.argmin(fine))
        value = jnp.where(verdict == 0, density.value, -jnp.inf)
        return Likelihood(value, verdict, found.rule.steady)

    return evaluate


def solution_checks(model: DynamicModel, found: Perturbation) -> list[jax.Array]:
    """Whether there is a steady state, and one stable solution (traceable)."""
    first = found.first
    at_rest = rest_holds(layout(model), found)
    stable = (first.state_radius <= 1 + UNIT) & (first.forward_radius < 1)
    return [at_rest, stable & (first.residual < 1e-8)]


def semidefinite(model: DynamicModel, covariance: jax.Array) -> jax.Array:
    """Whether the covariance of the shocks is one (traceable)."""
    if not model.covariance:
        return jnp.asarray(True)
    return _none_negative(jnp.linalg.eigvalsh(jax.lax.stop_gradient(covariance)))


def _none_negative(roots):
    """Whether eigenvalues in ascending order are none below zero but for rounding."""
    return roots[0] >= -1e-12 * abs(roots[-1])


def log_likelihood(
    source: LocalSolution | DynamicModel,
    data: Any,
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
) -> float:
    """Gaussian log-likelihood of data by name.

    Parameters
    ----------
    source : solution of first order, or a model (solved at its default values).
    data : what yields a series of T numbers by name of variable (dict, xarray
        Dataset, pandas DataFrame), levels, NaN where missing; or an xarray DataArray
        with dimensions time and variable.
    measurement_error, initial_variance : as in ``log_likelihood_function``.

    Raises
    ------
    DeclarationError
        A name that is no variable, or series that do not fit together.
    SolutionError
        The model has no unique stable solution, a unit root without an initial
        variance, observables that satisfy an exact relation.
    """
    return _filtered(source, data, measurement_error, initial_variance).value


def smoothed(
    solution: LocalSolution,
    data: Any,
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
) -> xr.Dataset:
    """All variables and shocks given all data; arguments as in ``log_likelihood``.

    Returns
    -------
    ``mean``, ``standard_deviation`` (time, variable), levels; ``shock_mean``,
    ``shock_standard_deviation`` (time, shock), in the shocks' own units.
    """
    run = _filtered(solution, data, measurement_error, initial_variance)
    return run.labelled(posterior_weights(run.space.both, run.steps, True))


def filtered(
    solution: LocalSolution,
    data: Any,
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
) -> xr.Dataset:
    """All variables and shocks at t given data up to t; laid out as ``smoothed``."""
    run = _filtered(solution, data, measurement_error, initial_variance)
    return run.labelled(posterior_weights(run.space.both, run.steps, False))


def forecasts(
    solution: LocalSolution,
    data: Any,
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
) -> xr.Dataset:
    """All variables at t given data before t; arguments as in ``log_likelihood``.

    Returns
    -------
    ``mean``, ``standard_deviation`` (time, variable) without measurement error;
    ``error`` (time, observable): data less mean, NaN where data are missing, and
    ``error_standard_deviation``, measurement error included.
    """
    run = _filtered(solution, data, measurement_error, initial_variance)
    found = run.labelled(None)[["mean", "standard_deviation"]]
    names = list(run.observed.names)
    own = run.space.both[-len(names) :]
    spread = np.einsum("mi,tij,mj->tm", own, np.asarray(run.steps.variance), own)
    noise = np.diag(run.space.noise)[-len(names) :]
    error = run.data - found["mean"].sel(variable=names).values
    both = ("time", "observable")
    return found.assign_coords(observable=names).assign(
        error=(both, error),
        error_standard_deviation=(both, np.sqrt(spread + noise[None, :])),
    )


@compiled(static_argnums=2)
def _run(space: StateSpace, deviations: jax.Array, keep: bool):
    return filter_pass(space, deviations, keep)


class _Run(NamedTuple):
    """A filter pass with what labels it."""

    solution: LocalSolution
    observed: Observables
    space: StateSpace
    steps: Steps
    value: float
    data: np.ndarray
    time: Any

    def labelled(self, weights) -> xr.Dataset:
        """Moments of all variables and shocks given weights of the joint vector."""
        import xarray as xr

        solution, where = self.solution, self.solution.layout
        n_s, n_u = len(where.states), len(where.shocks)
        x = np.asarray(solution.rule.x)
        # v = (states before t, shocks at t); the joint vector is linear in it.
        mean = np.zeros((len(self.data), n_s + n_u))
        mean[:, :n_s] = self.steps.mean
        variance = np.zeros((len(self.data), n_s + n_u, n_s + n_u))
        variance[:, :n_s, :n_s] = self.steps.variance
        variance[:, n_s:, n_s:] = solution.covariance
        if weights is not None:
            slope, weight = (np.asarray(w) for w in weights)
            link = variance @ x[[*where.states, *self.observed.rows]].T
            mean = mean + np.einsum("tij,tj->ti", link, slope)
            variance = variance - link @ weight @ np.swapaxes(link, 1, 2)
        levels = np.asarray(solution.rule.steady) + mean @ x.T
        spread = np.einsum("ni,tij,nj->tn", x, variance, x, optimize=True)
        own = np.diagonal(variance, axis1=1, axis2=2)[:, n_s:]
        by_variable, by_shock = ("time", "variable"), ("time", "shock")
        return xr.Dataset(
            {
                "mean": (by_variable, levels),
                "standard_deviation": (by_variable, np.sqrt(np.maximum(spread, 0))),
                "shock_mean": (by_shock, mean[:, n_s:]),
                "shock_standard_deviation": (by_shock, np.sqrt(np.maximum(own, 0))),
            },
            coords={
                "time": self.time,
                "variable": list(where.variables),
                "shock": list(where.shocks),
            },
            attrs={"log_likelihood": self.value, "model": solution.model.name},
        )


@lru_cache(maxsize=64)
def _observed(model, names, errors, initial_variance) -> tuple[Observables, Compiled]:
    """What is observed, and the program of its state space."""
    observed = Observables(model, names, errors, initial_variance)
    return observed, compiled(observed.state_space, name="state_space")


def _filtered(source, data, measurement_error, initial_variance) -> _Run:
    solution = solve_local(source) if isinstance(source, DynamicModel) else source
    if solution.order != 1:
        raise SolutionError(
            "the Kalman filter is that of the first-order solution, this one is of "
            f"order {solution.order}; solve with order=1"
        )
    names, values, time = series_by_name(data)
    errors = _listed(measurement_error)
    observed, state_space = _observed(solution.model, names, errors, initial_variance)
    radius = solution.evidence["state_radius"]
    if not observed.has_start(radius):
        raise SolutionError(
            f"the states have a root of modulus {radius:.9f} and no ergodic "
            "distribution to start from; give initial_variance, the variance of each "
            "state before the first observation (large: a diffuse prior)"
        )
    if not _none_negative(np.linalg.eigvalsh(solution.covariance)):
        raise SolutionError("the covariance of the shocks is not positive semidefinite")
    parameters = jnp.asarray(
        [solution.parameters[p.name] for p in solution.model.parameters]
    )
    x = jnp.asarray(solution.rule.x)
    space = state_space(x, jnp.asarray(solution.covariance), parameters)
    mean = np.asarray(solution.rule.steady)[observed.rows]
    density, steps = _run(space, jnp.asarray(values - mean), True)
    assert steps is not None
    if not density.pivot > PIVOT:
        raise SolutionError(exact_relation(names, space, steps, values))
    return _Run(solution, observed, space, steps, float(density.value), values, time)
