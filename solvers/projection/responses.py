"""Impulse responses of a solution: two sets of paths that differ in one innovation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax
import numpy as np

from .policy import GlobalPolicy
from .simulate import Draws, draw, staying


def impulse_response(
    solution: GlobalPolicy,
    shocks: Mapping[str, float],
    horizon: int,
    outputs: Sequence[str],
    regime: int,
    start: np.ndarray | None,
) -> np.ndarray:
    """Response (horizon, n_output) along the path without further shocks.

    ``shocks`` are in standard deviations; ``start`` has shape (d,). The regime lasts.

    Raises
    ------
    SolutionError
        The regime is neither the first nor the last one.
    """
    first = np.concatenate(_hit_and_still(solution, shocks, regime, start))
    model = solution.model
    draws = Draws(
        np.zeros((horizon, 2, len(model.shocks))),
        np.ones((horizon, 2, len(model.events))),
        np.full((horizon, 2), staying(regime, solution.regimes)),
    )
    return _difference(solution, outputs, first, regime, draws)


def generalised_impulse_response(
    solution: GlobalPolicy,
    shocks: Mapping[str, float],
    horizon: int,
    outputs: Sequence[str],
    paths: int,
    seed: int,
    regime: int,
    start: np.ndarray | None,
) -> np.ndarray:
    """Mean response (horizon, n_output) over ``paths`` common later innovations."""
    first = np.repeat(
        np.concatenate(_hit_and_still(solution, shocks, regime, start)), paths, axis=0
    )
    half = draw(solution.model, seed, (horizon, paths))
    draws = jax.tree.map(lambda d: np.concatenate([d, d], axis=1), half)
    return _difference(solution, outputs, first, regime, draws)


def _hit_and_still(solution, shocks, regime, start) -> tuple[np.ndarray, np.ndarray]:
    """States (1, d) one period after the innovation, and without it."""
    start = solution.resting_point(regime) if start is None else np.asarray(start)
    hit = solution.shocked(start, shocks, regime)
    return hit, solution.shocked(start, {}, regime)


def _difference(solution, outputs, first, regime, draws) -> np.ndarray:
    """Mean of the first half of the paths less that of the second."""
    _, _, values = solution.walk(
        outputs,
        0,
        len(first),
        0,
        start=first,
        start_regimes=np.full(len(first), regime),
        draws=draws,
    )
    hit, still = np.split(np.asarray(values), 2, axis=1)
    return hit.mean(axis=1) - still.mean(axis=1)
