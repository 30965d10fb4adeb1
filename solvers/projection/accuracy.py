"""Euler-equation errors on the ergodic set, with a finer rule than the solver's."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial

import jax
import numpy as np

from ..chunks import join, split
from ..compiled import compiled
from ..errors import SolutionError
from .conditions import Conditions, Parameters, SolvedBlocks, evaluate_block
from .grid import outside
from .policy import GlobalPolicy
from .quadrature import Quadrature
from .simulate import filled, flat

# Quadrature nodes in a chunk: their polynomials fit into a processor's cache.
WIDTH = 1024
# Chunks that one call of the compiled program works through: one shape for all.
CHUNKS = 16
FINER = Quadrature(level=3)


@lru_cache(maxsize=64)
def _residuals_at(problem: Conditions):
    """Jitted residuals of a regime at many points, in chunks of constant memory."""

    def at(parameters, earlier, own_solved, regime, points):
        own = partial(evaluate_block, problem.grid, own_solved)

        def chunk(where):
            here = own(regime, where)
            at = regime, where, here, own
            return problem.residuals(parameters, earlier, *at, every_node=False)

        return jax.lax.map(chunk, points)

    return compiled(at, name=f"residuals_{problem.block}")


def euler_errors(
    problem: Conditions,
    parameters: Parameters,
    solved: SolvedBlocks,
    regime: int,
    points: np.ndarray,
) -> np.ndarray:
    """Absolute relative residuals (P, n_equation) of a block's equations at points.

    Parameters
    ----------
    points : states of the block, shape (P, d).
    regime : today's; next period's regimes are integrated over.
    """
    size = max(1, WIDTH // problem.nodes_per_point)
    earlier = {n: solved[n] for n, _ in problem.grids if n != problem.block}
    chunks = split(np.asarray(points), size)
    program = _residuals_at(problem)

    def piece(first: int) -> np.ndarray:
        some = filled(chunks[first : first + CHUNKS], CHUNKS, 0)
        found = program(parameters, earlier, solved[problem.block], regime, some)
        return np.asarray(found)[: len(chunks) - first]

    # Pieces of one shape release the interpreter while they run.
    with ThreadPoolExecutor() as pool:
        values = np.concatenate(list(pool.map(piece, range(0, len(chunks), CHUNKS))))
    return np.abs(join(values, len(points)))


def node_residuals(solution: GlobalPolicy) -> dict[str, float]:
    """Largest relative residual at the nodes of each block's grid, evaluated again.

    With the solver's own rule: what Newton left, whoever kept the policies since.
    """
    found = {}
    for name, grid in solution.grids:
        problem, domain = solution.problem(name), solution.solved[name].domain
        nodes = domain.on_host().from_cube(grid.nodes, np)
        at = (problem, solution.parameters, solution.solved)
        errors = [euler_errors(*at, r, nodes) for r in range(problem.regimes)]
        found[name] = float(np.max(errors))
    return found


def summary(errors: np.ndarray) -> dict[str, float]:
    """Mean and quantiles of log10 errors of one equation, shape (P,).

    Errors are relative (Judd 1992): -4 is one dollar in ten thousand.
    """
    logs = np.log10(np.maximum(errors, 1e-17))
    return {
        "mean_log10": float(np.mean(logs)),
        "p99_log10": float(np.quantile(logs, 0.99)),
        "p99_9_log10": float(np.quantile(logs, 0.999)),
    }


def error_table(solution: GlobalPolicy, points: int, seed: int) -> list[dict]:
    """Rows of ``Solution.accuracy``: one per equation and regime."""
    states, which = _fresh_points(solution, points, seed)
    rows = []
    for name, _ in solution.grids:
        problem = solution.problem(name, FINER)
        own = solution.model.block(name).states
        columns = [solution.states.index(s) for s in own]
        domain = solution.solved[name].domain
        for regime, label in enumerate(solution.model.regimes.names):
            here = states[which == regime][:, columns]
            errors = euler_errors(
                problem, solution.parameters, solution.solved, regime, here
            )
            away = outside(domain.on_host().to_cube(here))
            for k, equation in enumerate(problem.functions.equations):
                rows.append(
                    {
                        "regime": label,
                        "block": name,
                        "equation": equation,
                        **summary(errors[:, k]),
                        "share_outside_domain": float(np.mean(away)),
                    }
                )
    return rows


def _fresh_points(
    solution: GlobalPolicy, points: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """States and regimes, ``points`` per regime, of new paths in the ergodic set.

    Raises
    ------
    SolutionError
        A regime is never visited.
    """
    sample, which = solution.ergodic_sample
    paths = 200
    shares = [float(np.mean(which == r)) for r in range(solution.regimes)]
    if min(shares) == 0.0:
        name = solution.model.regimes.names[shares.index(0.0)]
        raise SolutionError(f"regime '{name}' is never visited: it has no errors")
    # Long enough that the rarest regime has its points too.
    spare = 1.3 if solution.regimes > 1 else 1.0
    periods = math.ceil(spare * points / paths / min(shares))
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(sample), paths)
    states, regimes, _ = solution.walk(
        (), periods + 40, paths, seed, sample[chosen], which[chosen]
    )
    states, regimes = np.asarray(flat(states, 40)), np.asarray(flat(regimes, 40))
    keep = np.concatenate(
        [np.flatnonzero(regimes == r)[:points] for r in range(solution.regimes)]
    )
    return states[keep], regimes[keep]
