"""Likelihood of a model that switches as a function of its parameters.

The first-order rules and Kim's filter in one program, for estimations; on the host
``switching.switching_likelihood`` says the same of a solution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp

from ...models.general.functions import covariance_function
from ...models.general.parameters import derived_parameters
from ...models.general.switching import SwitchingDynamics
from ..perturbation.steady_state import Known
from ..switching.program import SwitchingRules, switching_rules
from ..switching.second_moments import fixed_moments
from .likelihood import VERDICTS, Likelihood, semidefinite
from .observables import PIVOT, Errors, Observables
from .regimes import ergodic, kim_smoother
from .switching import SwitchingSpace, chances_of_histories, kim_filter, remembered

# What the checks say, in their order.
_REASONS = tuple(
    VERDICTS.index(reason)
    for reason in (
        "no steady state that regimes share",
        "not determinate",
        "covariance of shocks is not positive semidefinite",
        "observables satisfy an exact relation",
        "not finite",
    )
)


def judged_switching_function(
    dynamics: SwitchingDynamics,
    observables: Sequence[str],
    measurement_error: Errors | None = None,
    initial_variance: float | None = None,
    memory: int = 1,
) -> Callable[..., Likelihood]:
    """Traceable ``f(parameters (P,), data (T, m)) -> Likelihood``, regimes unobserved.

    Parameters are those of ``dynamics`` in its order. Passes through jit, vmap and
    reverse-mode gradients, of first order only. The value is minus infinity where the
    verdict is not "ok". A third argument is a steady state nearby, as in
    ``judged_likelihood_function``.

    Parameters
    ----------
    observables, measurement_error, initial_variance : as in
        ``log_likelihood_function``.
    memory : how many regimes are kept apart, one: the filter of Kim (1994). Each more
        takes as many times as long as there are regimes.

    Raises
    ------
    DeclarationError
        An unknown name, or an observable named twice.
    """
    errors = (
        None if measurement_error is None else tuple(sorted(measurement_error.items()))
    )
    return _judged(dynamics, tuple(observables), errors, initial_variance, memory)


# One function per model and data layout: jit compiles it once.
@lru_cache(maxsize=16)
def _judged(dynamics: SwitchingDynamics, observables, errors, initial_variance, memory):
    dynamics = dynamics.condensed(observables)
    space_at = _space(dynamics, observables, errors, initial_variance)
    rows = jnp.asarray([dynamics.names.index(n) for n in observables])

    def evaluate(parameters, data, known: Known | None = None):
        rules, covariances, space = space_at(parameters, known)
        found = kim_filter(remembered(space, memory), data - rules.rest[rows][None, :])
        value = found.regimes.log_likelihood
        regular = jnp.stack([semidefinite(dynamics.model, c) for c in covariances])
        fine = jax.lax.stop_gradient(
            jnp.stack(
                [
                    rules.rests,
                    rules.determinate & (rules.residual < 1e-8),
                    jnp.all(regular),
                    found.pivot > PIVOT,
                    jnp.isfinite(value),
                ]
            )
        )
        # The first check that fails is the reason.
        reason = jnp.asarray(_REASONS)[jnp.argmin(fine)]
        verdict = jnp.where(jnp.all(fine), 0, reason)
        value = jnp.where(verdict == 0, value, -jnp.inf)
        return Likelihood(value, verdict, rules.rest)

    return evaluate


class Probabilities(NamedTuple):
    """Of regimes (T, R) given data up to each date, and given all data."""

    filtered: jax.Array
    smoothed: jax.Array


def hidden_regimes_function(
    dynamics: SwitchingDynamics,
    observables: Sequence[str],
    memory: int,
    initial_variance: float | None = None,
) -> Callable[[jax.Array, jax.Array], Probabilities]:
    """Traceable ``f(parameters (P,), data (T, m)) -> Probabilities``.

    Arguments as in ``judged_switching_function``, with the measurement errors that the
    model declares. It is not judged: ask for the likelihood first.
    """
    dynamics = dynamics.condensed(observables)
    space_at = _space(dynamics, tuple(observables), None, initial_variance)
    rows = jnp.asarray([dynamics.names.index(n) for n in observables])

    def evaluate(parameters, data):
        rules, _, space = space_at(parameters)
        deviations = data - rules.rest[rows][None, :]
        found = kim_filter(remembered(space, memory), deviations).regimes
        smooth = kim_smoother(found, chances_of_histories(rules.chances, memory))

        def today(logs):
            by_history = jnp.exp(logs).reshape(len(data), -1, len(space.start))
            return by_history.sum(axis=1)

        return Probabilities(today(found.filtered), today(smooth))

    return evaluate


def _space(dynamics: SwitchingDynamics, observables, errors, initial_variance):
    """``parameters (P,) -> (rules, covariances of shocks (R, k, k), space)``."""
    model = dynamics.model
    observed = Observables(model, observables, errors, initial_variance)
    solve = switching_rules(model, dynamics.transition)
    covariance_at, renew = covariance_function(model), derived_parameters(model)
    states = list(observed.where.states)
    moving, n = jnp.asarray([*states, *observed.rows], int), len(states)

    def space(
        parameters, known: Known | None = None
    ) -> tuple[SwitchingRules, jax.Array, SwitchingSpace]:
        if known is not None:
            first = dynamics.by_regime(jnp.asarray(known.parameters))[0]
            known = known._replace(parameters=first)
        own = dynamics.by_regime(parameters)
        if renew is not None:
            own = jax.vmap(renew)(own)
        rules = solve(own, known=known)
        covariances = jax.vmap(covariance_at)(own)
        both, impact = rules.by_state[:, moving], rules.by_shock[:, moving]
        noise = impact @ covariances @ impact.swapaxes(1, 2)
        noise = noise.at[:, n:, n:].add(jax.vmap(observed.noise)(own))
        start = ergodic(rules.chances)
        if initial_variance is None:
            weighted = start[:, None, None] * noise[:, :n, :n]
            second = fixed_moments(rules.moments, weighted)
            variance = second / start[:, None, None]
        else:
            same = initial_variance * jnp.eye(n)
            variance = jnp.broadcast_to(same, (len(own), n, n))
        quiet = jnp.zeros(both.shape[:2])
        mean = quiet[:, :n]
        found = SwitchingSpace(both, noise, quiet, rules.chances, start, mean, variance)
        return rules, covariances, found

    return space
