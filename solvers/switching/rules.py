"""The one stable first-order solution of a large model with Markov switching.

A list of all solutions is out of reach when there are many states. One solution is
followed instead from permanent regimes, each determinate by itself, and then judged by
radii that need no list: below one they say that it is mean-square stable and that no
other solution is (Cho 2016, 2021). What radii do not decide is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import DeterminacyError, SolutionError
from ..perturbation.curves import COMBINATION, bases
from ..perturbation.expansion import Rule
from ..perturbation.first_order import layout
from ..perturbation.pricing import yields_and_parts
from ..perturbation.solution import LocalSolution, solve_local
from .reduction import SwitchingSystem, states_of
from .solutions import SwitchingSolution, judged
from .system import SwitchingModel, linear_switching_system

_STEPS = 20_000
# Largest residual of an equation, relative to its terms.
TOLERANCE = 1e-10


def unique_solution(
    problem: SwitchingModel,
) -> tuple[SwitchingSolution, tuple[LocalSolution, ...]]:
    """The only mean-square stable solution, and the rules of its regimes.

    Returns
    -------
    The solution with its radii, and per regime a first-order ``LocalSolution``: what
    holds while the regime lasts, knowing that it may end. Its ``determinacy`` is that
    of the regime taken as permanent.

    Raises
    ------
    DeterminacyError
        A regime has no unique solution by itself, or radii do not rule out others.
    SolutionError
        The iteration does not settle.
    """
    names = [p.name for p in problem.model.parameters]
    permanent = []
    for label, own in zip(problem.regimes, problem.parameters, strict=True):
        values = dict(zip(names, own.tolist(), strict=True))
        try:
            permanent.append(solve_local(problem.model, 1, values))
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
    rules = tuple(
        replace(
            solution,
            rule=Rule(
                problem.steady_state,
                np.concatenate([moved[i][:, where.states], found.impact[i]], axis=1),
            ),
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


def with_switching_curves(
    rules: Sequence[LocalSolution],
    transition: np.ndarray,
    maturities: tuple[int, ...],
) -> tuple[LocalSolution, ...]:
    """Add yields and their parts to first-order rules by regime of a ``priced_model``.

    Rows are named as by ``local_pricing.price_curves``. ``transition`` (R, R) holds
    the probabilities of the regime at t+1; maturities are in periods.
    """
    where = rules[0].layout
    names, kinds = list(where.variables), bases(where)
    n_s, count = len(where.states), len(rules)
    x = np.stack([np.asarray(rule.rule.x) for rule in rules])
    rest = np.asarray(rules[0].rule.steady)

    def row(name: str) -> tuple[np.ndarray, float]:
        if name not in names:
            return np.zeros((count, x.shape[-1])), 0.0
        return x[:, names.index(name)], float(rest[names.index(name)])

    now, ahead = row("log_kernel_now"), row("log_kernel_ahead")
    inflation, bill, longer = (
        row(f"price_{n}") for n in ("inflation", "convenience_bill", "convenience_long")
    )
    nothing = np.zeros_like(now[0])
    first = np.stack([ahead[0], inflation[0], nothing], axis=1)[:, kinds]
    moved = first + np.stack([now[0], nothing, nothing], axis=1)[:, kinds]
    second, later = (
        moved + np.stack([nothing, nothing, kept[0]], axis=1)[:, kinds]
        for kept in (bill, longer)
    )
    law = x[:, list(where.states)]
    # A recursion of small arrays: milliseconds here, seconds to compile elsewhere.
    every, sums = [], np.zeros_like(first[..., :n_s])
    for n in range(max(maturities)):
        added = (first, second)[n] if n < 2 else later
        inside = added[..., :n_s] + sums @ law[..., :n_s]
        sums = np.einsum("ij,jbs->ibs", transition, inside)
        every.append(sums)
    prices = np.array(every)[np.array(maturities) - 1] @ law
    n = np.array(maturities, float)
    today = [
        np.stack([now[0], nothing, kept[0]], axis=1)[:, kinds]
        for kept in (bill, longer)
    ]
    prices = prices + np.where((n == 1).reshape(-1, 1, 1, 1), *today)
    levels = [
        n * (now[1] + ahead[1]),
        n * inflation[1],
        bill[1] + (n - 1) * longer[1],
    ]
    level = np.stack(levels, axis=1)[:, kinds] / n[:, None]
    parts = yields_and_parts()
    weights = np.stack(list(parts.values())) @ COMBINATION[:, kinds]
    steady = np.einsum("pb,mb->pm", weights, level).ravel()
    slopes = np.einsum("pb,mibx->ipmx", weights, prices / n.reshape(-1, 1, 1, 1))
    labels = tuple(f"{part}_{m}" for part in parts for m in maturities)
    return tuple(
        replace(
            rule,
            rule=Rule(
                np.concatenate([rest, steady]),
                np.concatenate([x[i], slopes[i].reshape(-1, x.shape[-1])]),
            ),
            extra=(*rule.extra, *labels),
            steady_state={
                **rule.steady_state,
                **dict(zip(labels, steady.tolist(), strict=True)),
            },
        )
        for i, rule in enumerate(rules)
    )
