"""Probability that laws do not answer projected debt, from legislation alone.

In a half-year laws reduce the deficit by

    enacted = drift + response (projected - its mean) + noise,

with the response that keeps debt sustainable in one regime and none in the other. Both
regimes enact the same at the mean projection, and noise has the same Student tails in
both: nothing but the answer to projections tells them apart. Drift, noise, tails and
the chain are estimated; the response is a published number, none of this record's.
Filter and smoother are those of the index from prices, with its prior of the chain.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

from ...errors import FiscaxError
from ...solvers.compiled import compiled
from ...solvers.filters.regimes import (
    ergodic,
    hamilton_filter,
    kim_smoother,
    log_densities,
    panel,
)
from ..record.legislation_response import HalfYears
from .equivalence import STRONG
from .regime_evidence import Band, posterior_draws, weighted_band
from .regime_index import Estimate, Prior, settings

STATES = ("answers", "none")
ANSWERS, NONE = range(2)
PARAMETERS = ("drift", "noise", "freedom", "stay_answers", "stay_none")
REPLICAS = 400  # simulated records of a world
_FLAT = 1e-4  # largest slope of the log posterior at a mode


class Record(NamedTuple):
    """Both sides (T,), zero and not ``seen`` (T,) where a half-year has no baseline.

    ``projected`` is less its mean, ``answers`` the response where laws answer.
    """

    enacted: jax.Array
    projected: jax.Array
    seen: jax.Array
    answers: jax.Array


def record_of(data: HalfYears, answers: float | None = None) -> Record:
    """What the filter is given; the published response by default."""
    if answers is None:
        answers = float(settings()["answers"]["value"])
    seen = ~np.isnan(data.enacted + data.projected)
    away = data.projected - data.projected[seen].mean()
    return Record(
        jnp.asarray(np.where(seen, data.enacted, 0.0)),
        jnp.asarray(np.where(seen, away, 0.0)),
        jnp.asarray(seen),
        jnp.asarray(answers),
    )


@lru_cache(maxsize=1)
def prior() -> Prior:
    """Normal priors of drift, log noise, log excess freedom and logits of staying."""
    given = settings()
    noise, freedom, stay = (given[k] for k in ("noise", "freedom", "stay"))
    stays = stay["median"] ** given["months_of_a_half_year"]["value"]
    logit = np.log(stays / (1 - stays))
    means = [0.0, np.log(noise["median"]), np.log(freedom["median"] - 2), logit, logit]
    deviations = [
        given["drift"]["deviation"],
        noise["log_deviation"],
        freedom["log_deviation"],
        stay["logit_deviation"],
        stay["logit_deviation"],
    ]
    return Prior(np.array(means), np.array(deviations))


def natural(theta: np.ndarray) -> dict[str, float]:
    """Parameters in their own units by name."""
    drift, noise, freedom, *stays = np.asarray(theta, float)
    stay = 1 / (1 + np.exp(-np.array(stays)))
    values = (drift, np.exp(noise), 2 + np.exp(freedom), *stay)
    return {n: float(v) for n, v in zip(PARAMETERS, values, strict=True)}


def densities(theta: jax.Array, record: Record) -> jax.Array:
    """Log densities (T, 2) of what is enacted; zero where nothing is seen."""
    answer = jnp.stack([record.answers, jnp.zeros_like(record.answers)])
    expected = theta[0] + answer[None, :] * record.projected[:, None]
    left = record.enacted[:, None] - expected
    covariance = jnp.exp(2 * theta[1])[None, None, None]
    both = _observed(left.reshape(-1, 1))
    found = log_densities(both, covariance, 2 + jnp.exp(theta[2]), jnp.ones(1, bool))
    return jnp.where(record.seen[:, None], found.reshape(-1, 2), 0.0)


def _observed(values: jax.Array):
    """A panel (T, 1) in which everything is seen."""
    whole = panel(np.zeros((1, 1)))
    return whole._replace(values=values, which=jnp.zeros(len(values), int))


def chances(theta: jax.Array) -> jax.Array:
    """Probabilities (2, 2) of the next half-year's regime (columns)."""
    stay = jax.nn.sigmoid(theta[3:])
    return jnp.array([[stay[0], 1 - stay[0]], [1 - stay[1], stay[1]]])


def log_likelihood(theta: jax.Array, record: Record) -> jax.Array:
    """Of the switching chain, from its stationary probabilities."""
    own = chances(theta)
    return hamilton_filter(densities(theta, record), own, ergodic(own)).log_likelihood


def log_posterior(theta: jax.Array, record: Record) -> jax.Array:
    """Log likelihood plus log prior without its constant."""
    gap = (theta - prior().mean) / prior().deviation
    return log_likelihood(theta, record) - 0.5 * jnp.sum(gap**2)


def _loss(theta: jax.Array, record: Record) -> jax.Array:
    return -log_posterior(theta, record)


_value_and_gradient = compiled(jax.value_and_grad(_loss), name="legislation_loss")
_hessian = compiled(jax.hessian(_loss), name="legislation_hessian")
_likelihood = compiled(log_likelihood, name="legislation_likelihood")


def estimate(record: Record) -> Estimate:
    """Mode of the posterior, by Newton in a trust region from the prior's mean.

    Raises
    ------
    FiscaxError
        No maximum is found.
    """

    def objective(theta):
        value, gradient = _value_and_gradient(jnp.asarray(theta), record)
        return float(value), np.asarray(gradient)

    def curved(theta):
        return np.asarray(_hessian(jnp.asarray(theta), record))

    found = minimize(
        objective, prior().mean, jac=True, hess=curved, method="trust-exact"
    )
    curvature = curved(found.x)
    steep = np.abs(objective(found.x)[1]).max()
    if not steep < _FLAT or np.linalg.eigvalsh(curvature)[0] <= 0:
        raise FiscaxError(
            f"the mode of the index from legislation was not found (gradient "
            f"{steep:.2g}); use a longer sample"
        )
    value = float(_likelihood(jnp.asarray(found.x), record))
    return Estimate(found.x, np.linalg.inv(curvature), value, -float(found.fun))


@compiled
def probabilities(theta: jax.Array, record: Record) -> tuple[jax.Array, jax.Array]:
    """Filtered and smoothed probability (T,) that laws do not answer."""
    own = chances(theta)
    found = hamilton_filter(densities(theta, record), own, ergodic(own))
    smoothed = kim_smoother(found, own)
    return jnp.exp(found.filtered[:, NONE]), jnp.exp(smoothed[:, NONE])


@compiled
def _many(thetas: jax.Array, record: Record):
    def one(theta):
        return log_posterior(theta, record), *probabilities(theta, record)

    return jax.lax.map(one, thetas, batch_size=50)


def band(found: Estimate, record: Record, seed: int = 0) -> Band:
    """5th and 95th percentile of the probabilities (2, T) over the posterior."""
    thetas, proposal = posterior_draws(found, seed)
    return weighted_band(found, proposal, *_many(jnp.asarray(thetas), record))


@compiled
def log_bayes_factors(theta: jax.Array, record: Record) -> jax.Array:
    """Log density of no answer less that of an answer (T,)."""
    found = densities(theta, record)
    return found[:, NONE] - found[:, ANSWERS]


class World(NamedTuple):
    """What the index says where the truth is known.

    Attributes
    ----------
    probability : mean filtered probability that laws do not answer; ``error`` is that
        of its simulation.
    right : share of half-years with more than even odds on the truth.
    evidence : log points for the truth that a half-year brings on average.
    years : until strong evidence is expected, at the record's two half-years a year.
    """

    probability: float
    error: float
    right: float
    evidence: float
    years: float


def world(found: Estimate, record: Record, truth: int, seed: int = 1) -> World:
    """Records simulated with the estimates, the record's projections and one regime."""
    generator = np.random.default_rng(seed)
    given = natural(found.theta)
    shape = (REPLICAS, len(record.enacted))
    freedom = given["freedom"]
    noise = generator.standard_t(freedom, shape) * np.sqrt((freedom - 2) / freedom)
    response = float(record.answers) if truth == ANSWERS else 0.0
    enacted = given["drift"] + response * np.asarray(record.projected)
    enacted = enacted + given["noise"] * noise
    live, factors = _replicas(jnp.asarray(found.theta), jnp.asarray(enacted), record)
    seen = np.asarray(record.seen)
    live = np.asarray(live)[:, seen]
    sign = 1.0 if truth == NONE else -1.0
    evidence = sign * float(np.asarray(factors)[:, seen].mean())
    return World(
        float(live.mean()),
        float(live.mean(axis=1).std(ddof=1) / np.sqrt(REPLICAS)),
        float(np.mean((live > 0.5) == (truth == NONE))),
        evidence,
        STRONG / evidence / 2,
    )


@compiled
def _replicas(theta: jax.Array, enacted: jax.Array, record: Record):
    def one(own):
        drawn = record._replace(enacted=own)
        return probabilities(theta, drawn)[0], log_bayes_factors(theta, drawn)

    return jax.lax.map(one, enacted, batch_size=50)
