"""The one stable first-order solution of a large model with Markov switching.

A list of all solutions is out of reach when there are many states. One solution is
followed instead from permanent regimes, from the smallest roots of those that are not
determinate by themselves, and then judged by radii that need no list: below one they
say that it is mean-square stable and that no other solution is (Cho 2016, 2021). What
radii do not decide is refused.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import DeterminacyError, SolutionError
from ..perturbation.expansion import Rule
from ..perturbation.first_order import layout
from ..perturbation.solution import LocalSolution, solve_local
from .perturbation import switching_perturbation
from .reduction import SwitchingSystem, states_of
from .solutions import SwitchingSolution, judged
from .system import SwitchingModel, linear_switching_system

_STEPS = 20_000
# Largest residual of an equation, relative to its terms.
TOLERANCE = 1e-10


def unique_solution(
    problem: SwitchingModel, order: int = 1
) -> tuple[SwitchingSolution, tuple[LocalSolution, ...]]:
    """The only mean-square stable solution, and the rules of its regimes.

    Parameters
    ----------
    order : of the rules, 1 or 2.

    Returns
    -------
    The solution with its radii, and per regime a ``LocalSolution``: what
    holds while the regime lasts, knowing that it may end. Its ``determinacy`` is that
    of the regime taken as permanent.

    Raises
    ------
    DeterminacyError
        A regime has no solution to start from, or radii do not rule out others.
    SolutionError
        The iteration does not settle.
    """
    names = [p.name for p in problem.model.parameters]
    permanent = []
    for label, own in zip(problem.regimes, problem.parameters, strict=True):
        values = dict(zip(names, own.tolist(), strict=True))
        try:
            permanent.append(solve_local(problem.model, 1, values, unique=False))
        except DeterminacyError as error:
            raise DeterminacyError(
                f"regime '{label}' is no start, taken as permanent: {error}"
            ) from error
    where = layout(problem.model)
    system = linear_switching_system(problem)
    start = np.zeros((problem.count, where.n, where.n))
    n_s = len(where.states)
    for i, solution in enumerate(permanent):
        start[i][:, where.states] = np.asarray(solution.rule.x)[:, :n_s]
    moved, residual = _settled(system, start)
    found = judged(system, states_of(system), moved, True)
    if not found.determinate:
        raise DeterminacyError(
            "the solution that continues the permanent regimes is not the only "
            f"mean-square stable one by its radii: {found.describe()}. Make a policy "
            "more active, or its regime rarer or shorter."
        )
    evidence = {
        "first_order_residual": residual,
        "ms_radius": found.ms_radius,
        "sunspot_radius": found.sunspot_radius,
        "state_radius": found.mean_radius,
    }
    x = np.concatenate([moved[:, :, where.states], found.impact], axis=2)
    higher: list[dict[str, np.ndarray]] = [{} for _ in permanent]
    if order > 1:
        # Effects of sigma alone come twice: shocks are symmetric.
        second = switching_perturbation(problem, found, order).derivatives[1]
        higher = [{"xx": d[:, :-1, :-1], "ss": d[:, -1, -1]} for d in second]
    rules = tuple(
        replace(
            solution,
            order=order,
            rule=Rule(problem.steady_state, x[i], **higher[i]),
            evidence=evidence,
        )
        for i, solution in enumerate(permanent)
    )
    return found, rules


def _settled(system: SwitchingSystem, start: np.ndarray) -> tuple[np.ndarray, float]:
    """P_i (R, n, n) from ``start``, and the relative residual of its equations."""
    weighted, moved, best = system.weighted, start, np.inf
    kept, since = start, 0
    for step in range(_STEPS):
        ahead = np.einsum("ijab,jbc->iac", weighted, moved)
        gap = np.abs((ahead + system.now) @ moved + system.before).max(axis=2)
        # What rounding of the terms of an equation may leave.
        parts = np.einsum("ijab,jbc->iac", abs(weighted), abs(moved)) + abs(system.now)
        size = (parts @ abs(moved) + abs(system.before)).max(axis=2)
        residual = float((gap / size.clip(1e-300)).max())
        if residual < best:
            best, kept, since = residual, moved, step
        # Rounding moves the residual when nothing else does any more.
        if best < TOLERANCE and step > since + 20:
            return kept, best
        moved = -np.linalg.solve(system.now + ahead, system.before)
    raise SolutionError(
        f"the rules of regimes have not settled after {_STEPS} steps (relative "
        f"residual {best:.1e}): roots of the regimes are too close to one"
    )
