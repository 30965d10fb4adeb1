"""The ergodic set: where a solved model spends its time, and a domain around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .grid import Domain


@dataclass(frozen=True)
class ErgodicOptions:
    """Simulation that locates the ergodic set.

    paths, periods, burn : size of the sample (quarters); ``burn`` dates are left out.
    margin : share by which the sample's range is widened on both sides together.
    seed : of the sample's draws.
    tolerance : the domain has settled when no bound moves by more than this share of
        its width.
    left_out : share of the sample that each bound of the domain leaves beyond itself,
        before the margin. The corners of a domain lie far from all it is made of: where
        the model has no meaning there, leave out its rarest states.
    """

    paths: int = 200
    periods: int = 1500
    burn: int = 300
    margin: float = 0.12
    seed: int = 20260223
    tolerance: float = 0.02
    left_out: float = 0.0


def covering(
    points: np.ndarray, floor: np.ndarray, margin: float, left_out: float = 0.0
) -> Domain:
    """Domain that covers a sample: decorrelated coordinates, midrange and half-range.

    Parameters
    ----------
    points : sample of states, shape (P, d).
    floor : smallest half-width per state, shape (d,).
    left_out : share of the sample beyond each bound, before the margin.
    """
    points = np.asarray(points)
    covariance = np.cov(points.T).reshape(points.shape[1], -1)
    covariance = covariance + np.diag(floor**2) * 1e-6
    lower = np.linalg.cholesky(covariance)
    shear = np.linalg.inv(lower / np.diag(lower)[None, :])
    image = points @ shear.T
    low, high = _bounds(image, left_out)
    scale = np.maximum((high - low) / 2 * (1 + margin), floor)
    center = np.linalg.solve(shear, (low + high) / 2)
    return Domain(center, scale, shear)


def _bounds(points: np.ndarray, left_out: float) -> np.ndarray:
    """Lower and upper bounds (2, d) that leave a share of points beyond each."""
    return np.quantile(points, [left_out, 1 - left_out], axis=0)


def moved(old: Domain, points: np.ndarray, left_out: float = 0.0) -> float:
    """How far the sample's range is from the domain's, as a share of its width.

    Zero when the sample just fills the domain up to the margin; above it when the
    sample leaves the domain; below when the domain is too large.
    """
    cube = old.on_host().to_cube(points)
    return float(np.max(np.abs(_bounds(cube, left_out))) - 1.0)
