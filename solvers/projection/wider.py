"""A solution on a wider domain: the ergodic set and given states beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .blocks import solve_block, transferred
from .conditions import Solved
from .ergodic import covering
from .grid import Domain, outside
from .newton import Newton
from .solution import GlobalSolution


def lies_outside(solution: GlobalSolution, points: np.ndarray) -> np.ndarray:
    """Whether states (P, d) lie outside the domain of the last block: (P,) of bool."""
    return outside(solution.domain.on_host().to_cube(np.asarray(points)))


def wider_domain(solution: GlobalSolution, points: np.ndarray) -> Domain:
    """Domain of the last block that covers its ergodic sample and ``points`` (P, d)."""
    sample, _ = solution.ergodic_sample
    floor = 0.01 * np.asarray(solution.domain.scale)
    every = np.concatenate([sample, points])
    return covering(every, floor, solution.ergodic.margin)


def on_domain(
    solution: GlobalSolution, domain: Domain, newton: Newton | None = None
) -> GlobalSolution:
    """Solve the last block again on another domain, from what is known of it.

    Earlier blocks keep their domains: their states must not leave these. Parameters are
    kept, intercepts included: the economy is the same, it is solved in more places.

    Raises
    ------
    SolutionError
        The block is not solved there: some equation has no meaning so far out.
    """
    block = solution.block
    problem = solution.problem(block)
    earlier = {n: s for n, s in solution.solved.items() if n != block}
    guess = transferred(problem, domain, problem.grid, solution.solved[block])
    coefficients, _, _ = solve_block(
        problem,
        Newton() if newton is None else newton,
        solution.parameters,
        earlier,
        domain,
        guess,
    )
    solved = {**earlier, block: Solved(coefficients, domain)}
    return replace(solution, solved=solved, visited=solution.ergodic_sample)
