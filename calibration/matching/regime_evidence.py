"""What an estimate of the regime index says: bands, evidence, simulated worlds."""

from __future__ import annotations

from math import comb
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...solvers.compiled import compiled
from ...solvers.filters.regimes import Panel, panel
from ..economies.statistics import GROUPS, Simulated, mean
from ..record.observables import OBSERVABLES
from .regime_index import (
    NOTHING,
    RISKY,
    SAFE,
    Estimate,
    IndexModel,
    Reading,
    probabilities,
    settings,
)

BAND = (0.05, 0.95)
MONTHS = 5000  # of a simulated world


class Band(NamedTuple):
    """Quantiles (2, T) over parameters, and the effective number of draws."""

    filtered: np.ndarray
    smoothed: np.ndarray
    effective: float


def parameter_band(
    model: IndexModel,
    found: Estimate,
    data: Panel,
    reading: Reading,
    seed: int = 0,
) -> Band:
    """5th and 95th percentile of the probabilities over the posterior.

    Importance draws around the mode from a multivariate t (Geweke 1989).
    """
    thetas, proposal = posterior_draws(found, seed)
    posterior, filtered, smoothed = _many(model, jnp.asarray(thetas), data, reading)
    return weighted_band(found, proposal, posterior, filtered, smoothed)


def posterior_draws(found: Estimate, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draws (N, n) of parameters from a t around the mode, and their log density (N,).

    Without its constant.
    """
    options = settings()["draws"]
    count, freedom = int(options["value"]), float(options["proposal_freedom"])
    generator = np.random.default_rng(seed)
    size = len(found.theta)
    normal = generator.standard_normal((count, size))
    mixing = generator.chisquare(freedom, count) / freedom
    unit = normal / np.sqrt(mixing)[:, None]
    thetas = found.theta + unit @ np.linalg.cholesky(found.covariance).T
    return thetas, -(freedom + size) / 2 * np.log1p((unit**2).sum(-1) / freedom)


def weighted_band(
    found: Estimate,
    proposal: np.ndarray,
    posterior: Any,
    filtered: Any,
    smoothed: Any,
) -> Band:
    """Quantiles of probabilities (N, T) over draws with log posteriors (N,)."""
    weights = np.exp(np.asarray(posterior) - proposal - found.log_posterior)
    weights /= weights.sum()
    return Band(
        _quantiles(np.asarray(filtered), weights),
        _quantiles(np.asarray(smoothed), weights),
        float(1 / (weights**2).sum()),
    )


@compiled
def _many(model, thetas, data, reading):
    def one(theta):
        posterior = model.log_posterior(theta, data, *reading)
        return posterior, *probabilities(model, theta, data, reading)

    return jax.lax.map(one, thetas, batch_size=50)


def _quantiles(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted quantiles (2, T) of values (N, T)."""
    order = np.argsort(values, axis=0)
    cumulated = np.cumsum(weights[order], axis=0)
    places = [np.argmax(cumulated >= q * cumulated[-1], axis=0) for q in BAND]
    ranked = np.take_along_axis(values, order, axis=0)
    return np.stack([ranked[p, np.arange(values.shape[1])] for p in places])


@compiled
def log_bayes_factors(
    model: IndexModel, theta: jax.Array, data: Panel, kept: jax.Array
) -> jax.Array:
    """Log density of risky less safe (T,), month by month."""
    found = model.densities(theta, data, kept, NOTHING)
    return found[:, RISKY] - found[:, SAFE]


def evidence_shares(
    model: IndexModel, theta: np.ndarray, data: Panel, months: np.ndarray
) -> np.ndarray:
    """What each observable adds to the log Bayes factor of some months, (m, G).

    The chain rule's term of an observable, averaged over all orders in which the
    observables may be added (Shapley 1953); adds up to the factor. ``months`` (G, T)
    are groups of months.
    """
    m = len(OBSERVABLES)
    subsets = (np.arange(2**m)[:, None] >> np.arange(m)) & 1
    totals = np.asarray(
        _subset_factors(
            model,
            jnp.asarray(theta),
            data,
            jnp.asarray(subsets, bool),
            jnp.asarray(months, float),
        )
    )
    size = subsets.sum(1)
    with_it = [np.flatnonzero(subsets[:, i]) for i in range(m)]
    weights = 1 / (m * np.array([comb(m - 1, k) for k in range(m)]))
    return np.stack(
        [
            weights[size[w] - 1] @ (totals[w] - totals[w - 2**i])
            for i, w in enumerate(with_it)
        ]
    )


@compiled
def _subset_factors(model, theta, data, subsets, months):
    def one(kept):
        return months @ log_bayes_factors(model, theta, data, kept)

    return jax.lax.map(one, subsets, batch_size=16)


def simulated_moves(
    model: IndexModel, theta: np.ndarray, months: int, seed: int, chain: str
) -> tuple[np.ndarray, np.ndarray]:
    """Scaled moves (T, m) and regimes (T,) of the index's own world.

    ``chain`` is ``"switching"``, or the regime that always holds.
    """
    generator = np.random.default_rng(seed)
    parts = model.split(jnp.asarray(theta))
    stay = np.asarray(parts.stay)
    if chain == "switching":
        regimes = np.zeros(months, int)
        leave = generator.random(months)
        for t in range(1, months):
            before = regimes[t - 1]
            regimes[t] = before if leave[t] < stay[before] else 1 - before
    else:
        regimes = np.full(months, ("safe", "risky").index(chain))
    return _drawn(model, theta, regimes, generator), regimes


def _drawn(model, theta, regimes, generator):
    freedom = float(model.split(jnp.asarray(theta)).freedom)
    roots = np.linalg.cholesky(np.asarray(model.covariances(jnp.asarray(theta))))
    normal = generator.standard_normal((len(regimes), len(OBSERVABLES)))
    mixing = generator.chisquare(freedom, len(regimes)) / (freedom - 2)
    return np.einsum("tij,tj->ti", roots[regimes], normal / np.sqrt(mixing)[:, None])


def called_risky(
    model: IndexModel,
    theta: np.ndarray,
    world: IndexModel,
    chain: str,
    reading: Reading,
    seed: int = 3,
) -> Simulated:
    """Mean filtered probability of risky in a world of one regime, fully observed.

    Over ``MONTHS``. ``world`` has the parameters ``theta`` too; another one than
    ``model`` is a rival.
    The error is that of means of spells, which are long against what is remembered.
    """
    moves, _ = simulated_moves(world, theta, MONTHS, seed, chain)
    found = probabilities(model, jnp.asarray(theta), panel(moves), reading)[0]
    # Dates of a spell, spells: a path each.
    spells = np.asarray(found[: MONTHS - MONTHS % GROUPS]).reshape(GROUPS, -1).T
    error = mean(np.ones(spells.shape, bool), spells).error
    return Simulated(float(jnp.mean(found)), error)
