"""Solve the grids of every world and write what the page looks up.

Every node is an economy of its own, solved on the coarse grid with its own domain and
intercepts. What interpolation between nodes and the coarse grid leave open is measured,
at random points and against fine solutions, and shipped beside the numbers. Solutions
lie in the user's cache: who was interrupted goes on from those that are there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...calibration.economies.core import CoreEconomy
from ...calibration.economies.core_solution import load
from ...calibration.economies.determinacy_map import WORDS, verdict_map
from ...calibration.economies.protocol import Economy
from ...calibration.economies.store import EconomyStore
from ...calibration.economies.trade_off import trade_off
from ...errors import FiscaxError
from ...solvers.errors import SolutionError
from ..progress import Progress
from ..registry import ExperimentContext
from .game import game_data
from .measures import NUMBERS, measure
from .presets import PRESETS
from .replay import replay_data
from .worlds import WORLDS, World

Say = Callable[[str], None]
BASE = "risky"
# Random points at which interpolation is held against economies solved there, and those
# of them that are solved on the fine grid as well.
TESTED, FINE = 12, 2
SEED = 20
# Nodes that a grid may lack.
LEFT_OUT = 2
# Responses of the map, and those for which the closed form is drawn.
PHIS = tuple(round(0.05 + 0.1 * k, 2) for k in range(20))
TAX_RESPONSES = tuple(round(0.0025 * k, 4) for k in range(21))
CLOSED_PHIS = tuple(round(0.02 * k, 2) for k in range(46))
# Relative size of what is rounded away, against the error that a number has anyway.
ROUNDED = 0.02
# A number that interpolation misses by more than this share of its spread over random
# points is not looked up between nodes.
MISSED = 0.25
# Numbers that do not move are kept, whatever rounding does to them.
TINY = 1e-9


class DatasetError(FiscaxError):
    """Something that the page looks up cannot be computed."""


def solved(
    store: EconomyStore, world: World, cube: np.ndarray, grid: str, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Economies at coordinates (P, d) of a world, as many as have a solution.

    Returns
    -------
    Numbers (n, quantities) in the order of ``NUMBERS``, and which of the P points they
    are of, (n,): a coarse grid misses some corners.
    """
    rows, places = [], []
    points = progress.track(world.at(cube), f"{world.label}, {grid} grid", len(cube))
    for k, point in enumerate(points):
        try:
            economy = _alone(store).core(BASE, {**world.changes, **point}, grid=grid)
            found = measure(economy)
        except SolutionError as error:
            progress.say(f"left out: {error}")
            continue
        rows.append([found[q.name] for q in NUMBERS])
        places.append(k)
    return np.array(rows), np.array(places)


def _alone(store: EconomyStore) -> EconomyStore:
    """A store that remembers nothing: there are hundreds of economies."""
    return replace(store, memory={})


def world_data(store: EconomyStore, world: World, progress: Progress) -> dict[str, Any]:
    """Coefficients of a world's numbers, and what bounds their errors.

    Raises
    ------
    DatasetError
        No solution is near a node: the region has to be smaller.
    """
    grid = world.grid
    nodes, there = solved(store, world, grid.nodes, "coarse", progress)
    if len(there) < grid.size - LEFT_OUT:
        raise DatasetError(
            f"world '{world.name}': {grid.size - len(there)} nodes have no solution; "
            "raise its floor or narrow an axis"
        )
    # A node that is left out takes the polynomial along that it adds to the grid.
    terms = grid.basis(grid.nodes[there], np)[:, there]
    coefficients = np.zeros((len(NUMBERS), grid.size))
    coefficients[:, there] = np.linalg.solve(terms, nodes).T
    drawn = np.random.default_rng(SEED).uniform(-1, 1, (TESTED, grid.dimension))
    exact, own = solved(store, world, drawn, "coarse", progress)
    off = np.abs(grid.basis(drawn[own], np) @ coefficients.T - exact)
    fine, seen = solved(store, world, drawn[own[:FINE]], "fine", progress)
    if len(seen) < FINE:
        raise DatasetError(f"world '{world.name}': a test has no fine solution")
    apart = np.abs(fine - exact[:FINE]).max(axis=0)
    bound = off.max(axis=0) + apart
    kept = off.max(axis=0) <= MISSED * np.ptp(exact, axis=0) + TINY
    return {
        "name": world.name,
        "coefficients": [
            rounded(row, size) if good else None
            for row, size, good in zip(coefficients, bound, kept, strict=True)
        ],
        "median_off": [significant(v) for v in np.median(off, axis=0)],
        "most_off": [significant(v) for v in off.max(axis=0)],
        "coarse_off": [significant(v) for v in apart],
        "nodes": grid.size,
        "left_out": grid.size - len(there),
        "tested": len(own),
        "fine": FINE,
    }


def rounded(row: np.ndarray, bound: float) -> list[float]:
    """Coefficients with the digits that the bound of their sum's error warrants."""
    unit = max(ROUNDED * bound / np.sqrt(len(row)), 1e-9)
    places = int(np.ceil(-np.log10(unit)))
    return [float(round(float(v), places)) + 0.0 for v in row]


def significant(value: float, digits: int = 2) -> float:
    """A number with so many digits."""
    return float(f"{value:.{digits - 1}e}")


def refusal(store: EconomyStore, world: World) -> dict[str, Any] | None:
    """What the solver says where nothing backs debt; None where a world has no floor.

    At half of the lowest backing share, where that is highest.

    Raises
    ------
    DatasetError
        It has a solution: the floor is too high.
    """
    if world.floor == 0:
        return None
    point = {
        axis.name: axis.high if world.slopes.get(axis.name, 0) > 0 else axis.low
        for axis in world.axes
    }
    first = world.axes[0].name
    point = {**point, first: world.lowest(point) / 2}
    try:
        _alone(store).core(BASE, {**world.changes, **point}, grid="coarse")
    except SolutionError as error:
        reason, _, _ = str(error).partition(" block ")
        return {"point": point, "reason": reason}
    raise DatasetError(
        f"world '{world.name}' has a solution at {point}: lower its floor"
    )


def preset_data(store: EconomyStore, say: Say) -> list[dict[str, Any]]:
    """Numbers of presets that are solved on their own, and bounds of their errors."""
    found = []
    for preset in PRESETS:
        if preset.solve is None:
            continue
        say(f"preset: {preset.label}")
        fine, coarser = preset.solve(store)
        values, rough = measure(fine), measure(coarser)
        bounds = {k: significant(abs(v - rough[k])) for k, v in values.items()}
        found.append(
            {
                "name": preset.name,
                # None where prices are sticky and the closed form says nothing.
                "values": [_six(values.get(q.name)) for q in NUMBERS],
                "bounds": [bounds.get(q.name) for q in NUMBERS],
                "place": _place(fine),
            }
        )
    return found


def _place(economy: Economy) -> dict[str, float] | None:
    """Where an economy stands on the map; None where prices are sticky."""
    if not isinstance(economy, CoreEconomy):
        return None
    return {n: economy.parameters[n] for n in ("phi", "tax_response")}


def _six(value: float | None) -> float | None:
    return None if value is None else significant(value, 6)


def map_data() -> dict[str, Any]:
    """Verdicts by monetary and fiscal response, row by row."""
    found = verdict_map(PHIS, TAX_RESPONSES)
    return {
        "phi": list(PHIS),
        "tax_response": list(TAX_RESPONSES),
        "verdicts": [record["verdict"] for record in found],
        "words": WORDS,
    }


def trade_off_data() -> list[dict[str, float]]:
    """The closed form for a loss of one percent, by response of the policy rate."""
    given = load(BASE)[1].values
    rho, omega, rate = (
        float(np.ravel(given[n])[0]) for n in ("rho_i", "omega", "rate_mean")
    )
    return [
        {"phi": phi}
        | {
            k: significant(v, 5)
            for k, v in trade_off(1.0, phi, rho, omega * np.exp(-rate))
            ._asdict()
            .items()
        }
        for phi in CLOSED_PHIS
    ]


def dataset(context: ExperimentContext) -> dict[str, Any]:
    """Everything that the page looks up.

    Raises
    ------
    DatasetError
        A world's region is too large or its floor too high.
    FiscaxError
        From the studies of episodes and purchases.
    """
    store, progress = context.store, context.progress
    return {
        "numbers": [q.name for q in NUMBERS],
        "presets": preset_data(store, progress.say),
        "worlds": [
            {**world_data(store, world, progress), "refusal": refusal(store, world)}
            for world in WORLDS
        ],
        "map": map_data(),
        "trade_off": trade_off_data(),
        "replay": replay_data(context),
        "game": game_data(store, progress.say),
    }


def write(data: Mapping[str, Any], path: Path) -> None:
    """Write a dataset, compact and with its keys in order."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
