"""One verb for every kind of model: ``solve``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..models.declaration import Model
from ..models.general.model import DynamicModel
from .perturbation.projected import project
from .perturbation.solution import LocalSolution, solve_local
from .projection.solution import GlobalSolution
from .projection.solution import solve as solve_global
from .projection.solve import SolverOptions


def solve(
    model: Model | DynamicModel,
    parameters: Mapping[str, Any] | None = None,
    order: int | None = None,
    options: SolverOptions | None = None,
) -> GlobalSolution | LocalSolution:
    """Solve a model: globally by projection, or locally by perturbation.

    Parameters
    ----------
    model : in the general form (``DynamicModel``, such as ``load_mod`` returns) or
        declared with states and blocks (``Model``).
    parameters : changes of the default values, or all values of a ``Model``.
    order : 1 (default), 2 or 3 of a perturbation; a ``Model`` without an order is
        solved globally, and both of its solutions have the same interface.
    options : of the global solver, or of the grid that a ``Model``'s perturbation is
        put on.

    Raises
    ------
    SolutionError
        And its kinds ``SteadyStateError`` and ``DeterminacyError``: what failed, in
        which equation or parameter, and what to do.
    """
    if isinstance(model, DynamicModel):
        return solve_local(model, 1 if order is None else order, parameters)
    if order is not None:
        return project(model, parameters or {}, order, options)
    return solve_global(model, parameters or {}, options)
