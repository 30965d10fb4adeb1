"""Solved economies: a calibration, its solution and its prices in one object.

The grids are part of the calibration layer because they belong to the model, not to the
solver. Intercepts are verified on every solve: the ergodic means of debt and inflation
have to hit their targets, and are solved for again when parameters were overridden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...models.core import core_economy
from ...models.declaration import Model
from ...solvers.errors import SolutionError
from ...solvers.pricing.curves import TermStructure, term_structure
from ...solvers.pricing.ledger import Ledger, ledger
from ...solvers.projection.anchors import AnchorOptions, solve_anchors
from ...solvers.projection.ergodic import ErgodicOptions
from ...solvers.projection.operators import Operators
from ...solvers.projection.simulate import Walk
from ...solvers.projection.solution import Solution, as_solution
from ...solvers.projection.solve import BlockSolver, SolverOptions
from ..parameters.calibration import Calibration, calibration_regimes, load_calibration

# Stress is the most curved direction; then the debt gap and the lagged rate.
COARSE = (2, 3, 2, 2, 2, 2, 2)
FINE = (2, 4, 4, 2, 3, 3, 2)
# Chances of switching move with debt: policies bend more in the debt gap.
FINE_SWITCHING = (2, 4, 4, 2, 4, 3, 2)
EARLIER = {"kernel": ((5, 6),), "output": ((5, 6),), "spending": ((3, 5, 5),)}
MATURITIES = (1, 4, 8, 20, 40, 80, 120)
TENOR = {1: "3m", 4: "1y", 8: "2y", 20: "5y", 40: "10y", 80: "20y", 120: "30y"}
NUMERAIRES = ("physical", "real", "growth", "nominal")
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


# What samples record: one program serves every moment, beta and regression.
RECORDED = (
    "inflation",
    "inflation_next",
    "output_growth_next",
    "consumption_growth_next",
    "equity_return_next",
    "real_rate",
    "end_of_period_debt",
    "tax_ratio",
    "spending_ratio",
    "surplus",
    "convenience_flow",
    "output_value",
    "log_bond_price",
    "log_bond_price_next",
    "convenience_yield_bill",
    "convenience_yield_aaa",
    "convenience_yield_foreign",
)


@dataclass(frozen=True, eq=False)
class Economy:
    """A solved core economy. Prices are computed when first asked for.

    ``pricing`` are the levels of the grid on which prices live; None is the solution's
    own grid.
    """

    name: str
    calibration: Calibration
    solution: Solution
    pricing: tuple[int, ...] | None = None

    @property
    def model(self) -> Model:
        """The declaration."""
        return self.solution.model

    @property
    def regimes(self) -> tuple[str, ...]:
        """Names of the regimes as the calibration calls them."""
        return self.calibration.economy

    @cached_property
    def operators(self) -> Operators:
        """Pricing operators on the pricing grid."""
        return self.solution.operators(NUMERAIRES, levels=self.pricing)

    @cached_property
    def curves(self) -> TermStructure:
        """Nominal and real curves at ``MATURITIES`` (quarters), with their parts."""
        return term_structure(self.operators, MATURITIES)

    @cached_property
    def ledger(self) -> Ledger:
        """The valuation ledger."""
        return ledger(self.operators)

    def simulate(
        self,
        outputs: Sequence[str],
        periods: int,
        paths: int,
        seed: int,
        events: bool = False,
    ) -> Walk:
        """Simulate from the centre of the domain.

        Parameters
        ----------
        outputs : those among ``RECORDED`` share one compiled program.
        periods, paths : quarters, from the start, and number of paths.

        Returns
        -------
        states (T, paths, d), regimes (T, paths) and outputs (T, paths, n), per quarter;
        without rare events unless ``events``.
        """
        if not set(outputs) <= set(RECORDED):
            return self.solution.simulate(outputs, periods, paths, seed, events=events)
        columns = [RECORDED.index(name) for name in outputs]
        walk = self.solution.simulate(RECORDED, periods, paths, seed, events=events)
        return walk._replace(outputs=walk.outputs[..., columns])

    def rest(self, regime: int = 0) -> np.ndarray:
        """Ergodic mean of the states in a regime, shape (d,)."""
        return self.solution.resting_point(regime)


def load(name_or_path: str | Path) -> tuple[Model, Calibration]:
    """Declaration and calibration of a shipped name or a file."""
    regimes = calibration_regimes(name_or_path)
    model = core_economy() if len(regimes) == 1 else core_economy(tuple(regimes))
    return model, load_calibration(name_or_path, model)


def solve_economy(
    name: str,
    overrides: Mapping[str, Any] | None = None,
    levels: Sequence[tuple[int, ...]] | None = None,
    report: Callable[[str], None] | None = None,
    intercepts: bool = True,
) -> Economy:
    """Solve a shipped calibration, or a file, with overrides.

    Parameters
    ----------
    overrides : parameter -> value (or one value per regime).
    levels : of the nominal block, coarse to fine; see ``solver_options``.
    intercepts : solve for them when their means miss the targets; ``False`` keeps the
        given values, as derivatives and fast sweeps do.

    Raises
    ------
    CalibrationError
        Naming every inadmissible override.
    SolutionError, DeterminacyError
        From the solver, naming equation or parameter.
    """
    model, calibration = load(name)
    if overrides:
        calibration = calibration.with_values(**dict(overrides))
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
    return Economy(name, calibration, as_solution(solver, values))


def again(economy: Economy, overrides: Mapping[str, Any], **options: Any) -> Economy:
    """The same economy with some parameters changed."""
    changed = {**economy.calibration.values, **overrides}
    kept = {k: v for k, v in changed.items() if k in overrides}
    return solve_economy(economy.name, kept, **options)


__all__ = [
    "COARSE",
    "FINE",
    "MATURITIES",
    "TENOR",
    "Economy",
    "SolutionError",
    "again",
    "load",
    "solve_economy",
    "solver_options",
]
