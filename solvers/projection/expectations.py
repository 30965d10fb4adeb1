"""Conditional means of functions of next period's variables, at any states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import jax.numpy as jnp
import numpy as np

from ...models.declaration import NEXT
from ...models.functions import program
from ..compiled import compiled, on_host
from .conditions import Conditions
from .pricing import looks_ahead
from .quadrature import Quadrature
from .solution import GlobalSolution

# Values by name, arrays (P, Q) at the quadrature's nodes -> outcome (P, Q).
Outcome = Callable[[dict[str, np.ndarray]], np.ndarray]


def conditional_means(
    solution: GlobalSolution,
    names: Sequence[str],
    outcomes: Mapping[str, Outcome],
    points: np.ndarray,
    regime: int = 0,
    rule: Quadrature | None = None,
) -> dict[str, np.ndarray]:
    """E_t of ``outcomes`` of named variables at t+1, by name: (P,) each.

    Parameters
    ----------
    names : variables of the last block dated t+1, or definitions that link two dates.
    outcomes : by name, with NumPy's functions.
    points : states (P, d) at t, in ``regime``; rare events and regimes count with their
        probabilities.
    rule : quadrature; the solver's by default.
    """
    problem = solution.problem(solution.block, rule)
    dated = tuple(_dated(solution, n) for n in names)
    where = np.atleast_2d(np.asarray(points))
    held = solution.parameters, solution.solved
    chances, values = on_host(_next(problem, dated)(*held, regime, where))
    reached = dict(zip(names, values, strict=True))
    return {
        name: np.sum(chances * outcome(reached), axis=(0, 2))
        for name, outcome in outcomes.items()
    }


@lru_cache(maxsize=16)
def _next(problem: Conditions, names: tuple[str, ...]):
    """Compiled: chances (R, P, Q) and named values (n, R, P, Q) at t+1."""
    forward = program(problem.model, problem.block, names).forward

    def measure(after, chance, _):
        return chance, [jnp.broadcast_to(after[n], chance.shape) for n in names]

    def ahead(parameters, solved, regime, points):
        _, (chances, values) = looks_ahead(
            problem, parameters, solved, regime, points, forward, measure
        )
        return chances, jnp.stack(values)

    return compiled(ahead, name=f"ahead_{problem.block}")


def _dated(solution: GlobalSolution, name: str) -> str:
    """The name at t+1; links already reach it."""
    links = {d.name for d in solution.model.definitions if d.name.endswith("_next")}
    return name if name in links else name + NEXT
