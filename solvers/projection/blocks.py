"""One block: its compiled programs, its Newton solve, and what to say when it fails."""

from __future__ import annotations

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from ...models.declaration import Model
from ...models.functions import Evaluation, block_functions
from ..compiled import compiled
from ..errors import SolutionError
from .conditions import Conditions, Parameters, Solved, SolvedBlocks
from .grid import Domain, SmolyakGrid
from .linear import reference
from .newton import Newton, newton, residuals_at_nodes, start_from
from .quadrature import Quadrature
from .simulate import Grids


@lru_cache(maxsize=256)
def conditions(model: Model, block: str, grids: Grids, rule: Quadrature) -> Conditions:
    """Conditions of a block, one object per combination so that jit caches hold."""
    return Conditions(model, block, grids, rule)


@lru_cache(maxsize=256)
def jitted_newton(problem: Conditions, options: Newton):
    """Newton on (parameters, earlier blocks, domain, guess), compiled once."""
    return compiled(
        lambda p, e, domain, guess: newton(problem, options, p, e, domain, guess),
        name=f"newton_{problem.block}_{problem.grid.size}",
    )


def transferred(problem: Conditions, domain: Domain, old: SmolyakGrid, known: Solved):
    """Coefficients (R, K, N) on a new grid and domain of policies known on old ones."""
    held, coefficients = known.domain.on_host(), np.asarray(known.coefficients)

    def policy(regime: int, points: np.ndarray) -> np.ndarray:
        return old.basis(held.to_cube(points), np) @ coefficients[regime].T

    return start_from(problem, policy, domain)


def solve_block(
    problem: Conditions,
    options: Newton,
    parameters: Parameters,
    earlier: SolvedBlocks,
    domain: Domain,
    guess: jax.Array,
) -> tuple[jax.Array, float, int]:
    """Newton on the host's behalf: coefficients, residual, steps; raises on failure.

    Raises
    ------
    SolutionError
        Naming the equation with the largest residual.
    """
    solver = jitted_newton(problem, options)
    result = solver(parameters, earlier, domain, guess)
    residual = float(result.residual)
    if not residual < options.accepted:
        raise SolutionError(_failure(problem, parameters, earlier, domain, result))
    return result.coefficients, residual, int(result.iterations)


def _failure(problem, parameters, earlier, domain, result) -> str:
    values = np.abs(
        np.asarray(
            residuals_at_nodes(
                problem, parameters, earlier, domain, result.coefficients, 8
            )
        )
    )
    where = (
        f"block '{problem.block}' did not converge in {int(result.iterations)} steps"
    )
    if not np.all(np.isfinite(values)):
        bad = np.argwhere(~np.isfinite(values))[0]
        node = np.asarray(domain.from_cube(jnp.asarray(problem.grid.nodes)))[bad[1]]
        at = ", ".join(
            f"{n} = {v:.4g}"
            for n, v in zip(problem.functions.states, node, strict=True)
        )
        advice = problem.model.advice
        what = f" ({advice.positive})" if advice.positive else ""
        remedy = f": {advice.not_positive}" if advice.not_positive else ""
        return (
            f"{where}: equation '{problem.functions.equations[bad[2]]}' is not finite "
            f"in regime '{problem.model.regimes.names[bad[0]]}' at {at}. A value that "
            f"must be positive{what} is not{remedy}."
        )
    worst = np.unravel_index(np.argmax(values), values.shape)
    return (
        f"{where}: equation '{problem.functions.equations[worst[2]]}' in regime "
        f"'{problem.model.regimes.names[worst[0]]}' is off by {values.max():.1e}."
    )


def moves_by_itself(model: Model, block: str) -> bool:
    """Whether the block's states move without its own unknowns."""
    steps = block_functions(model, block).transitions
    current = block_functions(model, block).current
    own = {u.name for u in model.block(block).unknowns}
    used = {a for s in steps if not isinstance(s, Evaluation) for a in s.arguments}
    # Definitions dated t carry unknowns into transitions.
    for step in reversed(current):
        if not isinstance(step, Evaluation) and step.name in used:
            used |= set(step.arguments)
    return not used & own


def guess_constant(
    problem: Conditions, parameters: Parameters, earlier: SolvedBlocks
) -> jax.Array:
    """Coefficients of constant policies at the declared guesses."""
    levels = [
        reference(problem, parameters, earlier, r).guesses
        for r in range(problem.regimes)
    ]
    coefficients = np.zeros((len(levels), len(levels[0]), problem.grid.size))
    coefficients[:, :, 0] = np.array(levels)
    return jnp.asarray(coefficients)
