"""Impulse responses of a solution: two sets of paths that differ in one innovation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .simulate import Draws, draw

if TYPE_CHECKING:
    import xarray as xr

    from .solution import Solution


def impulse_response(
    solution: Solution,
    outputs: Sequence[str],
    shocks: Mapping[str, float],
    horizon: int,
    regime: int,
    start: np.ndarray | None,
) -> xr.DataArray:
    """Response (horizon, n_output) along the path without further shocks.

    ``shocks`` are in standard deviations; ``start`` has shape (d,).
    """
    first = np.concatenate(_hit_and_still(solution, shocks, regime, start))
    model = solution.model
    draws = Draws(
        np.zeros((horizon, 2, len(model.shocks))),
        np.ones((horizon, 2, len(model.events))),
        np.zeros((horizon, 2)),
    )
    return _difference(solution, outputs, first, regime, draws, "impulse_response")


def generalised_impulse_response(
    solution: Solution,
    outputs: Sequence[str],
    shocks: Mapping[str, float],
    horizon: int,
    regime: int,
    start: np.ndarray | None,
    paths: int,
    seed: int,
) -> xr.DataArray:
    """Mean response (horizon, n_output) over ``paths`` common later innovations."""
    first = np.repeat(
        np.concatenate(_hit_and_still(solution, shocks, regime, start)), paths, axis=0
    )
    half = draw(solution.model, seed, (horizon, paths))
    draws = Draws(*(np.concatenate([d, d], axis=1) for d in half))
    name = "generalised_impulse_response"
    return _difference(solution, outputs, first, regime, draws, name)


def _hit_and_still(solution, shocks, regime, start) -> tuple[np.ndarray, np.ndarray]:
    """States (1, d) one period after the innovation, and without it."""
    start = solution.resting_point(regime) if start is None else np.asarray(start)
    hit = solution.shocked(start, shocks, regime)
    return hit, solution.shocked(start, {}, regime)


def _difference(solution, outputs, first, regime, draws, name) -> xr.DataArray:
    """Mean of the first half of the paths less that of the second."""
    import xarray as xr

    _, _, values = solution.simulate(
        outputs,
        0,
        len(first),
        0,
        start=first,
        start_regimes=np.full(len(first), regime),
        draws=draws,
    )
    hit, still = np.split(np.asarray(values), 2, axis=1)
    gap = hit.mean(axis=1) - still.mean(axis=1)
    return xr.DataArray(
        gap,
        dims=("horizon", "variable"),
        coords={"horizon": np.arange(len(gap)), "variable": list(outputs)},
        name=name,
        attrs={"units": "see the variable table", "horizon": "quarters"},
    )
