"""How core economies are solved: grids, sampling, intercepts.

The grids are part of the calibration layer because they belong to the model, not to the
solver. Intercepts are verified on every solve: the ergodic means of debt and inflation
have to hit their targets, and are solved for again when parameters were overridden.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ...models.core import core_economy
from ...models.declaration import Model
from ...solvers.projection.anchors import AnchorOptions, solve_anchors
from ...solvers.projection.ergodic import ErgodicOptions
from ...solvers.projection.solution import GlobalSolution, as_solution
from ...solvers.projection.solve import BlockSolver, SolverOptions
from ..parameters.calibration import Calibration, calibration_regimes, load_calibration

# Stress is the most curved direction; then the debt gap and the lagged rate.
COARSE = (2, 3, 2, 2, 2, 2, 2)
FINE = (2, 4, 4, 2, 3, 3, 2)
# Chances of switching move with debt: policies bend more in the debt gap.
FINE_SWITCHING = (2, 4, 4, 2, 4, 3, 2)
EARLIER = {"kernel": ((5, 6),), "output": ((5, 6),), "spending": ((3, 5, 5),)}
# Regimes that last for ten thousand quarters: their permanent policies nearly hold.
NEARLY_PERMANENT = {"switch_base": -9.2}
# A smaller sample serves a coarse grid: what it leaves open is below the grid's error.
QUICK = ErgodicOptions(periods=500, burn=150)
# Moves between regimes carry 1 of 20,000 points beyond the default margin.
WIDE = ErgodicOptions(margin=0.15)
INTERCEPTS = ("tax_mean", "rate_mean")


def solver_options(
    levels: Sequence[tuple[int, ...]] | None = None,
    report: Callable[[str], None] | None = None,
    switching: bool = False,
) -> SolverOptions:
    """Options for the core economy.

    ``levels`` of the nominal block, coarse to fine; None is the grid that meets the
    accuracy goals.
    """
    fine = FINE_SWITCHING if switching else FINE
    levels = tuple(levels or (COARSE, fine))
    return SolverOptions(
        levels={**EARLIER, "nominal": levels},
        cover=("growth",),
        homotopy=NEARLY_PERMANENT if switching else {},
        ergodic=_sampling(levels, switching),
        report=report,
    )


def _sampling(levels, switching: bool) -> ErgodicOptions:
    if levels == (COARSE,):
        return QUICK
    return WIDE if switching else ErgodicOptions()


def load(name_or_path: str | Path) -> tuple[Model, Calibration]:
    """Declaration and calibration of a shipped name or a file."""
    regimes = calibration_regimes(name_or_path)
    model = core_economy() if len(regimes) == 1 else core_economy(tuple(regimes))
    return model, load_calibration(name_or_path, model)


def solved(
    model: Model,
    calibration: Calibration,
    levels: Sequence[tuple[int, ...]] | None = None,
    report: Callable[[str], None] | None = None,
    intercepts: bool = True,
) -> tuple[Calibration, GlobalSolution]:
    """Solve a calibration; it is returned with the intercepts that were solved for.

    Arguments and errors as of ``core.solve_economy``.
    """
    switching = len(model.regimes.names) > 1
    options = solver_options(levels, report, switching)
    solver = BlockSolver(model, options)
    values = solver.solve_all(calibration.as_arrays())
    if intercepts:
        # Shipped intercepts belong to the fine grid; a coarse one misses by its error.
        slack = 3.0 if options.ergodic is QUICK else 1.0
        before = {k: np.asarray(values[k]) for k in INTERCEPTS}
        values, _ = solve_anchors(solver, values, AnchorOptions(slack=slack))
        if any(np.any(np.asarray(values[k]) != before[k]) for k in INTERCEPTS):
            found = {k: tuple(float(v) for v in values[k]) for k in INTERCEPTS}
            calibration = calibration.with_values(**found)
    return calibration, as_solution(solver, values)
