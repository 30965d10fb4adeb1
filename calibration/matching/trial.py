"""Moments of an economy at parameters of a search, and near them on the same domain.

A search needs derivatives. A domain that is found anew at every step moves by a few
percent for no reason that matters, and with it the moments of a coarse grid; means that
miss their targets by a tolerance move them too. Differences between two such solutions
are noise. So the domain of one solution is kept for all parameters near it, innovations
are the same, and intercepts are solved for to a fiftieth of their tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np

from ...errors import FiscaxError
from ...solvers.projection.anchors import AnchorOptions, hold_anchors, solve_anchors
from ...solvers.projection.conditions import Parameters
from ...solvers.projection.solution import GlobalSolution, as_solution
from ...solvers.projection.solve import BlockSolver
from ..economies.core import COARSE, INTERCEPTS, CoreEconomy, load, solver_options
from ..economies.moments import model_moments
from ..economies.quantities import measured
from ..parameters.calibration import Calibration

PERIODS, PATHS = 200, 100


@dataclass
class Trial:
    """An economy on the coarse grid with one regime, solved at changing parameters.

    Attributes
    ----------
    name : shipped calibration or file, which gives all other values.
    seed : of the innovations of the moments.
    quantities : names of what is measured besides the moments.
    changes : parameters of the calibration that have other values.

    Raises
    ------
    CalibrationError
        A change is not admissible.
    FiscaxError
        The economy has several regimes.
    """

    name: str
    seed: int = 0
    quantities: tuple[str, ...] = ()
    changes: Mapping[str, float] = field(default_factory=dict)
    _kept: dict[tuple, tuple[BlockSolver, Parameters, np.ndarray]] = field(
        default_factory=dict
    )
    # Intercepts of the last solution are the next one's start.
    _last: Parameters = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.model, shipped = load(self.name)
        self.calibration = shipped.with_values(**self.changes)
        if len(self.calibration.economy) > 1:
            raise FiscaxError(
                f"moments are matched in economies with one regime; '{self.name}' has "
                f"{', '.join(self.calibration.economy)}"
            )

    def at(self, values: Mapping[str, float]) -> dict[str, float]:
        """Moments by name, in the units of the moment table, on the parameters' domain.

        Raises
        ------
        SolutionError, CalibrationError
            There is no solution, or the parameters are not admissible.
        """
        calibration = self.calibration.with_values(**values)
        given = calibration.as_arrays()
        breached = bool((given["breach"] > 0).any())
        options = solver_options((COARSE,), breached=breached)
        solver = BlockSolver(self.model, options)
        parameters = solver.solve_all(given | self._last)
        parameters, _ = solve_anchors(solver, parameters, AnchorOptions(slack=2.0))
        parameters, jacobian = hold_anchors(solver, parameters)
        self._last = {k: parameters[k] for k in INTERCEPTS}
        self._kept[tuple(values.items())] = solver, parameters, jacobian
        return self._moments(solver, parameters, calibration)

    def near(
        self, base: Mapping[str, float], values: Mapping[str, float]
    ) -> dict[str, float]:
        """Moments by name on the domain of ``base``, where ``at`` has been.

        Raises
        ------
        SolutionError, CalibrationError
            There is no solution, or the parameters are not admissible.
        """
        calibration = self.calibration.with_values(**values)
        first, known, jacobian = self._kept[tuple(base.items())]
        # Promises are priced where the reference policy breaches as the regime does.
        moved = {*values, *(("breach_reference",) if "breach" in values else ())}
        changed = {k: v for k, v in calibration.as_arrays().items() if k in moved}
        solver = first.copy()
        parameters = known | {
            k: jnp.broadcast_to(jnp.asarray(v, float), known[k].shape)
            for k, v in changed.items()
        }
        solver.resolve(parameters)
        parameters, _ = hold_anchors(solver, parameters, jacobian=jacobian)
        return self._moments(solver, parameters, calibration)

    def intercepts(self, values: Mapping[str, float]) -> dict[str, tuple[float, ...]]:
        """Intercepts that were found at parameters where ``at`` has been."""
        _, parameters, _ = self._kept[tuple(values.items())]
        return {k: tuple(np.asarray(parameters[k]).tolist()) for k in INTERCEPTS}

    def solution(self, values: Mapping[str, float]) -> GlobalSolution:
        """Solution at parameters where ``at`` has been."""
        solver, parameters, _ = self._kept[tuple(values.items())]
        return as_solution(solver, parameters)

    def _moments(
        self, solver: BlockSolver, parameters: Parameters, calibration: Calibration
    ) -> dict[str, float]:
        economy = CoreEconomy(self.name, calibration, as_solution(solver, parameters))
        table = model_moments(economy, periods=PERIODS, paths=PATHS, seed=self.seed)
        found = dict(zip(table["name"], table["value"], strict=True))
        return found | measured(economy, self.quantities)
