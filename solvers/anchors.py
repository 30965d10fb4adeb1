"""Intercepts that make ergodic means hit their targets, regime by regime."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax.numpy as jnp
import numpy as np

from ..models.declaration import Model
from ..models.functions import assignment
from .conditions import in_regime
from .errors import SolutionError
from .simulate import flat
from .solve import BlockSolver, SolverOptions, _draws, _start_regimes, simulator


def ergodic_means(
    solver: BlockSolver, parameters: Mapping, outputs: tuple[str, ...]
) -> np.ndarray:
    """Means (R, n_output) of outputs over the ergodic sample, disasters included."""
    options = solver.options.ergodic
    walk = simulator(solver.model, solver.grids, outputs)
    block = solver.grids[-1][0]
    center = solver.solved[block].domain.center
    start = jnp.tile(center[None, :], (options.paths, 1))
    regimes = _start_regimes(solver.model, options.paths)
    draws = _draws(solver.model, options)
    _, visited, values = walk(parameters, solver.solved, start, regimes, draws)
    values = np.asarray(flat(values, options.burn))
    visited = np.asarray(flat(visited, options.burn))
    rows = []
    for regime in range(len(solver.model.regimes.names)):
        here = values[visited == regime]
        if len(here) < 1000:
            raise SolutionError(
                f"regime '{solver.model.regimes.names[regime]}' is visited in fewer "
                "than 1000 quarters of the ergodic sample; raise switch_base of the "
                "other regime"
            )
        rows.append(here.mean(axis=0))
    return np.array(rows)


def targets(model: Model, parameters: Mapping) -> np.ndarray:
    """Targets (R, n_anchor) of the model's anchors."""
    rows = []
    for regime in range(len(model.regimes.names)):
        env = in_regime(model, dict(parameters), regime)
        rows.append(
            [float(assignment(a.parameter, a.target).value(env)) for a in model.anchors]
        )
    return np.array(rows)


def solve_anchors(
    model: Model,
    parameters: Mapping[str, np.ndarray],
    options: SolverOptions,
    derive: Callable[[dict], dict] = dict,
    max_steps: int = 12,
    shift: np.ndarray | None = None,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Solve for the intercepts; starting values are those in ``parameters``.

    Broyden's method on the gaps between ergodic means (fixed draws, disasters included)
    and targets; the first derivative comes from one bump per intercept.

    Parameters
    ----------
    derive : recomputes parameters that follow from intercepts (coordinates).
    shift : added to the targets, shape (R, n_anchor): minus the gap that a finer grid
        is known to have over this one.

    Returns
    -------
    parameters with the intercepts solved for, and the gaps left, shape (R, n_anchor).

    Raises
    ------
    SolutionError
        Naming the anchor that is not met.
    """
    names = [a.parameter for a in model.anchors]
    tolerance = np.array([a.tolerance for a in model.anchors])
    outputs = tuple(a.variable for a in model.anchors)
    count = len(model.regimes.names)
    goal = targets(model, parameters) + (0.0 if shift is None else shift)

    def insert(vector: np.ndarray) -> dict[str, np.ndarray]:
        shaped = vector.reshape(count, len(names))
        changed = {n: shaped[:, k].copy() for k, n in enumerate(names)}
        return derive({**parameters, **changed})

    def gap(vector: np.ndarray) -> np.ndarray:
        solver = BlockSolver(model, options)
        values = solver.solve_all(insert(vector))
        return (ergodic_means(solver, values, outputs) - goal).reshape(-1)

    vector = np.array([parameters[n] for n in names], float).T.reshape(-1)
    scale = np.tile(tolerance, count)
    current = gap(vector)
    jacobian = None
    for _ in range(max_steps):
        options.say(
            f"intercepts: largest gap {np.max(np.abs(current) / scale):.2f} tol"
        )
        if np.all(np.abs(current) <= scale):
            return insert(vector), current.reshape(count, -1)
        if jacobian is None:
            jacobian = _bumped(gap, vector, current)
        step = -np.linalg.solve(jacobian, current)
        new = gap(vector + step)
        change = new - current - jacobian @ step
        jacobian = jacobian + np.outer(change, step) / (step @ step)
        vector, current = vector + step, new
    worst = int(np.argmax(np.abs(current) / scale))
    raise SolutionError(
        f"intercept '{names[worst % len(names)]}' of regime "
        f"'{model.regimes.names[worst // len(names)]}': the mean of "
        f"'{outputs[worst % len(names)]}' stays {current[worst]:+.2e} off its target "
        f"after {max_steps} steps; give a better starting value."
    )


def _bumped(gap, vector: np.ndarray, current: np.ndarray) -> np.ndarray:
    columns = []
    for k in range(len(vector)):
        bump = np.zeros_like(vector)
        bump[k] = 2e-4
        columns.append((gap(vector + bump) - current) / 2e-4)
    return np.array(columns).T
