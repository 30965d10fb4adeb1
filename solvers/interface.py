"""One verb for every kind of model: ``solve``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from ..models.declaration import DeclarationError, Model
from ..models.general.model import DynamicModel
from .perturbation.projected import project
from .perturbation.solution import LocalSolution, solve_local
from .projection.solution import GlobalSolution
from .projection.solution import solve as solve_global
from .projection.solve import SolverOptions
from .switching import solutions
from .switching.markov import Chain, MarkovSolution, markov_model, solve_switching
from .switching.solutions import SwitchingSolution, SwitchingSolutions
from .switching.system import linear_switching_system


@overload
def solve(
    model: DynamicModel,
    parameters: Mapping[str, Any] | None = None,
    order: int | None = None,
    options: SolverOptions | None = None,
) -> LocalSolution: ...


@overload
def solve(
    model: Model,
    parameters: Mapping[str, Any] | None = None,
    order: int | None = None,
    options: SolverOptions | None = None,
) -> GlobalSolution: ...


@overload
def solve(
    model: DynamicModel,
    parameters: Mapping[str, Any] | None = None,
    order: int | None = None,
    options: SolverOptions | None = None,
    *,
    regimes: Chain,
    solution: SwitchingSolution | None = None,
) -> MarkovSolution: ...


def solve(
    model: Model | DynamicModel,
    parameters: Mapping[str, Any] | None = None,
    order: int | None = None,
    options: SolverOptions | None = None,
    *,
    regimes: Chain | None = None,
    solution: SwitchingSolution | None = None,
) -> GlobalSolution | LocalSolution | MarkovSolution:
    """Solve a model: globally by projection, or locally by perturbation.

    Parameters
    ----------
    model : in the general form (``DynamicModel``, such as ``load_mod`` returns) or
        declared with states and blocks (``Model``).
    parameters : changes of the default values, or all values of a ``Model``. With
        ``regimes`` a value may be a mapping by regime.
    order : 1 (default), 2 or 3 of a perturbation; a ``Model`` without an order is
        solved globally, and both of its solutions have the same interface.
    options : of the global solver, or of the grid that a ``Model``'s perturbation is
        put on.
    regimes : of a ``DynamicModel`` whose parameters follow a Markov chain:
        probabilities ``regimes[today][tomorrow]``. A ``Model`` declares its own.
    solution : with ``regimes``, one of ``switching_solutions``; the only stable one by
        default.

    Returns
    -------
    What ``base.Solution`` can be asked, whichever solver made it.

    Raises
    ------
    DeclarationError
        Regimes of a ``Model``, or a chain or parameters that do not fit.
    SolutionError
        And its kinds ``SteadyStateError`` and ``DeterminacyError``: what failed, in
        which equation or parameter, and what to do.

    Examples
    --------
    A central bank that fights inflation in one regime and follows it in the other. The
    second would leave prices undetermined if it lasted (Davig and Leeper 2007):

    >>> from pathlib import Path
    >>> import fiscax
    >>> text = '''var i p r; varexo e; parameters phi rho;
    ... phi = 1.5; rho = 0.9;
    ... model; i = phi*p; i = p(+1) + r; r = rho*r(-1) + e; end;
    ... shocks; var e; stderr 0.01; end;'''
    >>> _ = Path("fisher.mod").write_text(text)
    >>> model = fiscax.load_mod("fisher.mod")
    >>> chain = {"active": {"active": 0.9, "passive": 0.1},
    ...          "passive": {"active": 0.5, "passive": 0.5}}
    >>> phi = {"phi": {"active": 1.5, "passive": 0.95}}
    >>> solution = fiscax.solve(model, phi, regimes=chain)
    >>> response = solution.impulse_response({"e": 1.0}, 3, ["p"])
    >>> response.sel(variable="p").round(4).values.tolist()
    [0.0194, 0.0174, 0.0157]
    """
    if isinstance(model, DynamicModel):
        first = 1 if order is None else order
        if regimes is None:
            return solve_local(model, first, parameters)
        return solve_switching(
            markov_model(model, regimes, parameters), first, solution
        )
    if regimes is not None:
        raise DeclarationError(
            f"model '{model.name}' declares its own regimes; 'regimes' is for models "
            "in the general form, such as load_mod returns"
        )
    if order is not None:
        return project(model, parameters or {}, order, options)
    return solve_global(model, parameters or {}, options)


def switching_solutions(
    model: DynamicModel,
    regimes: Chain,
    parameters: Mapping[str, Any] | None = None,
    max_paths: int = 4096,
    seed: int = 0,
) -> SwitchingSolutions:
    """Every first-order solution of a model whose parameters follow a Markov chain.

    Parameters
    ----------
    regimes, parameters : as of ``solve``.
    max_paths, seed : of the search.

    Returns
    -------
    Solutions with the radii that decide stability and sunspots, the verdict, and
    whether the list is complete; ``solve(..., solution=...)`` goes on from one.

    Raises
    ------
    DeclarationError
        A chain or parameters that do not fit.
    SolutionError
        No steady state, or a system that leaves responses undetermined.

    Examples
    --------
    >>> from pathlib import Path
    >>> import fiscax
    >>> text = '''var i p r; varexo e; parameters phi rho;
    ... phi = 1.5; rho = 0.9;
    ... model; i = phi*p; i = p(+1) + r; r = rho*r(-1) + e; end;
    ... shocks; var e; stderr 0.01; end;'''
    >>> _ = Path("fisher.mod").write_text(text)
    >>> model = fiscax.load_mod("fisher.mod")
    >>> chain = {"active": {"active": 0.9, "passive": 0.1},
    ...          "passive": {"active": 0.5, "passive": 0.5}}
    >>> mild = {"phi": {"active": 1.5, "passive": 0.95}}
    >>> fiscax.switching_solutions(model, chain, mild).verdict
    'determinate'
    >>> weak = {"phi": {"active": 1.05, "passive": 0.5}}
    >>> fiscax.switching_solutions(model, chain, weak).verdict
    'indeterminate'
    """
    problem = markov_model(model, regimes, parameters)
    system = linear_switching_system(problem)
    return solutions.switching_solutions(system, max_paths, seed)
