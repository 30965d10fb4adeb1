"""Marginal likelihood of data from draws of a posterior, or around its mode."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats
from scipy.special import logsumexp

from ..compiled import compiled
from ..errors import SolutionError
from .mode import Mode
from .posterior import Given, Posterior

# Shares of the draws' ellipsoid that the weighting density covers.
COVERAGE = (0.1, 0.3, 0.5, 0.7, 0.9)


# Tails of the proposal: heavier than those of a posterior that is nearly normal.
_FREEDOM = 5
# Proposals that are judged together.
_BLOCK = 250


class Weighted(NamedTuple):
    """Log marginal likelihood, its Monte Carlo error, and proposals that count."""

    value: float
    standard_error: float
    effective: float


def importance_sampling(
    posterior: Posterior, mode: Mode, draws: int, seed: int = 0
) -> Weighted:
    """Marginal likelihood by proposals around the mode (Geweke 1989).

    Proposals are independent, Student with five degrees of freedom in coordinates
    without bounds, with the mode's covariance. The error is that of the mean weight, in
    logs; ``effective`` is the number of draws of the posterior that weights are worth.

    Parameters
    ----------
    draws : how many proposals, at least two.

    Raises
    ------
    SolutionError
        No proposal has a density, or there are fewer than two.
    """
    if draws < 2:
        raise SolutionError(f"{draws} proposals have no error; take two at least")
    bounds, k = posterior.bounds, len(mode.values)
    middle = jnp.asarray(bounds.free(mode.values))
    slope = np.diagonal(np.asarray(jax.jacfwd(bounds.inside)(middle)))
    student: Any = stats.multivariate_t
    proposal = student(
        np.asarray(middle), mode.covariance / np.outer(slope, slope), _FREEDOM
    )
    free = np.asarray(proposal.rvs(draws, random_state=np.random.default_rng(seed)))
    free = free.reshape(draws, k)
    short = -draws % _BLOCK
    padded = np.concatenate([free, np.repeat(free[:1], short, axis=0)])

    def each(block, given: Given):
        return jax.vmap(lambda one: posterior.free_value(one, given))(block)

    program = compiled(each, name="proposals")
    heights = [
        np.asarray(program(jnp.asarray(block), posterior.given))
        for block in padded.reshape(-1, _BLOCK, k)
    ]
    logs = np.concatenate(heights)[:draws] - proposal.logpdf(free)
    top = float(logs.max())
    if not math.isfinite(top):
        raise SolutionError("no proposal around the mode has a posterior density")
    weights = np.exp(logs - top)
    mean = float(weights.mean())
    error = float(weights.std(ddof=1)) / math.sqrt(draws) / mean
    effective = float(weights.sum() ** 2 / np.sum(weights**2))
    return Weighted(top + math.log(mean), error, effective)


def harmonic_mean(values: np.ndarray, log_posterior: np.ndarray) -> tuple[float, float]:
    """Modified harmonic mean (Geweke 1999): log marginal likelihood, and its spread.

    Parameters
    ----------
    values : draws (n, k); log_posterior : (n,), log prior and log likelihood.

    Returns
    -------
    Mean over ``COVERAGE`` of the estimate, and the distance between its ends: both
    would be the same if the draws filled the posterior.
    """
    n, k = values.shape
    centre, covariance = (
        values.mean(axis=0),
        np.atleast_2d(np.cov(values, rowvar=False)),
    )
    root = np.linalg.cholesky(covariance)
    apart = np.linalg.solve(root, (values - centre).T)
    distance = np.sum(apart**2, axis=0)
    log_volume = np.sum(np.log(np.diagonal(root))) + 0.5 * k * math.log(2 * math.pi)
    found = []
    for share in COVERAGE:
        inside = distance <= stats.chi2.ppf(share, k)
        weight = -0.5 * distance - log_volume - math.log(share) - log_posterior
        found.append(math.log(n) - log_sum(weight[inside]))
    return float(np.mean(found)), float(max(found) - min(found))


def log_sum(logs: np.ndarray) -> float:
    """Log of the sum of exponentials."""
    found: Any = logsumexp(logs)
    return float(found)
