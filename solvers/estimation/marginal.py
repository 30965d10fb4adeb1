"""Marginal likelihood of data from draws of a posterior."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

# Shares of the draws' ellipsoid that the weighting density covers.
COVERAGE = (0.1, 0.3, 0.5, 0.7, 0.9)


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
        found.append(math.log(n) - _log_sum(weight[inside]))
    return float(np.mean(found)), float(max(found) - min(found))


def _log_sum(logs: np.ndarray) -> float:
    top = float(logs.max())
    return top + math.log(float(np.sum(np.exp(logs - top))))
