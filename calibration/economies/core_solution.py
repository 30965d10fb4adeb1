"""How core economies are solved: grids, sampling, intercepts.

The grids are part of the calibration layer because they belong to the model, not to the
solver. Intercepts are verified on every solve: the ergodic means of debt and inflation
have to hit their targets, and are solved for again when parameters were overridden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from ...models.core import REDISTRIBUTION, core_economy
from ...models.declaration import Model
from ...solvers.errors import SolutionError
from ...solvers.projection.anchors import AnchorOptions, solve_anchors
from ...solvers.projection.conditions import evaluate_block
from ...solvers.projection.ergodic import ErgodicOptions
from ...solvers.projection.solution import GlobalSolution, as_solution
from ...solvers.projection.solve import BlockSolver, SolverOptions
from ..parameters.calibration import Calibration, calibration_regimes, load_calibration

# A coarse grid for chances of switching that move fast with debt.
BENT = (2, 3, 2, 2, 4, 2, 2)
# Stress is the most curved direction; then the debt gap and the lagged rate.
COARSE = (2, 3, 2, 2, 2, 2, 2)
FINE = (2, 4, 4, 2, 3, 3, 2)
# Chances of switching move with debt: policies bend more in the debt gap, and in the
# rate that the other regime's rule starts from.
FINE_SWITCHING = (2, 4, 3, 2, 5, 4, 2)
# Promises are worth less in stress. The ledger adds up the errors of claims between its
# nodes, which lie closer in stress and spending; other directions bend little.
FINE_BREACH = (2, 5, 5, 2, 2, 2, 2)
EARLIER = {"kernel": ((5, 6),), "output": ((5, 6),), "spending": ((3, 5, 5),)}
# Spending that moves the kernel: all blocks have the states of the spending block.
MOVING = dict.fromkeys(EARLIER, EARLIER["spending"])
# Regimes that last for ten thousand quarters: their permanent policies nearly hold.
NEARLY_PERMANENT = {"switch_base": -9.2, "switch_debt": 0.0}
# A smaller sample serves a coarse grid: what it leaves open is below the grid's error.
QUICK = ErgodicOptions(periods=500, burn=150)
# Moves between regimes carry 1 of 20,000 points beyond the default margin.
WIDE = ErgodicOptions(margin=0.15)
INTERCEPTS = ("tax_mean", "rate_mean")
# Breach makes backing fall fast in stress: a domain that reached as far as the rarest
# states in every direction would have corners at which debt is worthless.
RAREST = 3e-4
# Standard deviations of stress and of spending, together, that a domain has to reach: a
# fiscally led debt that is worthless nearer than that has no solution. Chosen: those
# that solve keep a value 4.5 to 5 out, the least breach that does not is gone at 4.1.
REACH = 4.25
# Share of output within which a given tax intercept is near enough to start from.
NEAR = 1e-3


def solver_options(
    levels: Sequence[tuple[int, ...]] | None = None,
    report: Callable[[str], None] | None = None,
    switching: bool = False,
    breached: bool = False,
    redistribution: bool = False,
) -> SolverOptions:
    """Options for the core economy.

    ``levels`` of the nominal block, coarse to fine; None is the grid that meets the
    accuracy goals. ``breached`` where a disaster voids promises, ``redistribution``
    where spending moves the kernel.
    """
    fine = FINE_BREACH if breached else FINE
    fine = FINE_SWITCHING if switching else fine
    levels = tuple(levels or (COARSE, fine))
    return SolverOptions(
        levels={**(MOVING if redistribution else EARLIER), "nominal": levels},
        cover=("growth",),
        homotopy=NEARLY_PERMANENT if switching else {},
        ergodic=replace(
            _sampling(levels, switching), left_out=RAREST if breached else 0.0
        ),
        report=report,
    )


def _sampling(levels, switching: bool) -> ErgodicOptions:
    if levels == (COARSE,):
        return QUICK
    return WIDE if switching else ErgodicOptions()


def load(
    name_or_path: str | Path, changes: Iterable[str] = ()
) -> tuple[Model, Calibration]:
    """Declaration and calibration of a shipped name or a file.

    With redistribution, zero as yet, where ``changes`` name it.
    """
    regimes = calibration_regimes(name_or_path)
    names = ("permanent",) if len(regimes) == 1 else tuple(regimes)
    plain = core_economy(names)
    calibration = load_calibration(name_or_path, plain)
    if REDISTRIBUTION.name not in changes:
        return plain, calibration
    return core_economy(names, redistribution=True), calibration.with_parameter(
        REDISTRIBUTION, 0.0, "off"
    )


def kind_of(model: Model, calibration: Calibration) -> tuple[bool, bool, bool]:
    """Whether regimes switch, disasters void promises, and spending moves the kernel.

    The last three arguments of ``solver_options``.
    """
    breached = any(np.ravel(calibration.values["breach"]) > 0)
    moving = REDISTRIBUTION.name in calibration.values
    return len(model.regimes.names) > 1, bool(breached), moving


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
    given: Mapping[str, np.ndarray] = calibration.as_arrays()
    kind = switching, _, _ = kind_of(model, calibration)
    options = solver_options(levels, report, *kind)
    solver = BlockSolver(model, options)
    try:
        if intercepts and not switching:
            given = _with_first_taxes(solver, given)
        values = solver.solve_all(given)
        if intercepts:
            # Shipped intercepts belong to the fine grid; a coarse one misses by its
            # error.
            slack = 3.0 if options.ergodic.periods == QUICK.periods else 1.0
            values, _ = solve_anchors(solver, values, AnchorOptions(slack=slack))
    except SolutionError as error:
        reason = _worthless(solver, given)
        if reason is None:
            raise
        raise SolutionError(f"{reason} {error}") from error
    before = calibration.as_arrays()
    if any(np.any(np.asarray(values[k]) != before[k]) for k in INTERCEPTS):
        found = {k: tuple(float(v) for v in values[k]) for k in INTERCEPTS}
        calibration = calibration.with_values(**found)
    return calibration, as_solution(solver, values)


def _with_first_taxes(solver: BlockSolver, given: Mapping) -> Mapping[str, np.ndarray]:
    """Parameters with a tax intercept from which the search for it can start.

    Fiscally led debt is worth its surpluses and services: where taxes do not respond to
    debt, an intercept far from what debt at its target asks for leaves too little
    backing, or too much, for the domain that is being looked for.
    """
    if np.any(given["tax_response"] != 0):
        return given
    last = solver.model.blocks[-1].name
    for block in solver.model.blocks[:-1]:
        solver.solve(block.name, dict(given))
    # The reference policy's tax backs debt at its target without services.
    asked = solver.with_coordinates(last, dict(given))["tax_reference"]
    service = given["safety_long"] * given["safety_price"]
    service = service + given["liquidity_long"] * given["liquidity_price"]
    wanted = np.asarray(asked) - 4 * given["debt_target"] * service
    near = np.all(np.abs(wanted - given["tax_mean"]) < NEAR)
    return given if near else {**given, "tax_mean": wanted}


def _worthless(solver: BlockSolver, given: Mapping) -> str | None:
    """Where nothing that is promised yet leaves debt without value, in a sentence.

    None where taxes respond to debt itself, where backing keeps a value ``REACH``
    standard deviations out in stress and spending, or where that value is not known.
    """
    one = {k: float(np.ravel(v)[-1]) for k, v in given.items()}
    if "spending" not in solver.solved or one["tax_response"] != 0:
        return None
    out = np.linspace(0.0, REACH, 81)
    news = one["stress_news"] * one["sigma_z"]
    spread = np.hypot(one["sigma_p"], news) / np.sqrt(1 - one["rho_p"] ** 2)
    apart = np.hypot(one["sigma_z"], one["b_p"] * one["sigma_p"])
    stress = np.log(one["p_bar"] / (1 - one["p_bar"])) + out * spread
    high = out * apart / np.sqrt(1 - one["rho_z"] ** 2)

    def seen(block: str, unknown: str) -> np.ndarray:
        grid, solved = dict(solver.grids)[block], solver.solved[block]
        states = (np.zeros_like(out), stress, high)[: len(grid.levels)]
        points = jnp.asarray(np.stack(states, axis=1))
        values = evaluate_block(grid, solved, -1, points)
        names = [u.name for u in solver.model.block(block).unknowns]
        return np.asarray(values)[:, names.index(unknown)]

    output = seen("output", "output_value")
    unfunded = seen("spending", "unfunded_value")
    backing = one["tax_mean"] * output - unfunded
    if np.all(backing > 0):
        return None
    first = int(np.argmax(backing <= 0))
    where = float(stress[first])
    return (
        f"the value of backing reaches zero in stress, at stress = {where:.2f} (a "
        f"disaster with a chance of {100 / (1 + np.exp(-where)):.0f}% a quarter) with "
        f"spending = {high[first]:.2f}, both {out[first]:.1f} standard deviations from "
        "their means: raise theta or tax_mean, or lower breach, zeta or sigma_z."
    )
