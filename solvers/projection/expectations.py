"""Conditional means of functions of next period's variables, at any states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import jax.numpy as jnp
import numpy as np

from ...models.declaration import NEXT
from ...models.functions import program
from .conditions import evaluate_block
from .quadrature import Quadrature
from .solution import GlobalSolution

# Values by name, arrays (P, Q) at the quadrature's nodes -> outcome (P, Q).
Outcome = Callable[[dict[str, jnp.ndarray]], jnp.ndarray]


def conditional_mean(
    solution: GlobalSolution,
    names: Sequence[str],
    outcome: Outcome,
    points: np.ndarray,
    regime: int = 0,
    rule: Quadrature | None = None,
) -> np.ndarray:
    """E_t of ``outcome`` of named variables at t+1: shape (P,).

    Parameters
    ----------
    names : variables of the last block dated t+1, or definitions that link two dates.
    points : states (P, d) at t, in ``regime``; rare events and regimes count with their
        probabilities.
    rule : quadrature; the solver's by default.
    """
    problem = solution.problem(solution.block, rule)
    steps = program(
        solution.model, solution.block, [_dated(solution, n) for n in names]
    )
    own = partial(evaluate_block, problem.grid, solution.solved[solution.block])
    where = jnp.atleast_2d(jnp.asarray(points))
    parameters, solved = solution.parameters, solution.solved
    env = problem.current(parameters, solved, regime, where, own(regime, where))
    total = jnp.zeros(where.shape[0])
    for share, after in problem.outlook(
        env, parameters, solved, regime, own, steps.forward
    ):
        values = {n: after[_dated(solution, n)] for n in names}
        weights = problem.weights(env) * share
        total = total + jnp.sum(weights * outcome(values), axis=1)
    return np.asarray(total)


def _dated(solution: GlobalSolution, name: str) -> str:
    """The name at t+1; links already reach it."""
    links = {d.name for d in solution.model.definitions if d.name.endswith("_next")}
    return name if name in links else name + NEXT
