"""One block: its compiled programs, its Newton solve, and what to say when it fails."""

from __future__ import annotations

from functools import cache, lru_cache, partial

import jax
import numpy as np
import sympy as sp

from ...models.declaration import NEXT, Model, names_in
from ...models.functions import Assignment, Evaluation, block_functions
from ..compiled import compiled
from ..errors import SolutionError
from .conditions import (
    Conditions,
    Parameters,
    Solved,
    SolvedBlocks,
    evaluate_on_host,
)
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


@lru_cache(maxsize=256)
def _jitted_residuals(problem: Conditions, chunk: int):
    """Residuals at the nodes, compiled when a solve has failed for the first time."""
    return compiled(
        lambda p, e, domain, c: residuals_at_nodes(problem, p, e, domain, c, chunk),
        name=f"failed_{problem.block}",
    )


def transferred(problem: Conditions, domain: Domain, old: SmolyakGrid, known: Solved):
    """Coefficients (R, K, N) on a new grid and domain of policies known on old ones."""
    return start_from(problem, partial(evaluate_on_host, old, known), domain)


def solve_block(
    problem: Conditions,
    options: Newton,
    parameters: Parameters,
    earlier: SolvedBlocks,
    domain: Domain,
    guess: jax.Array | np.ndarray,
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
    residuals = _jitted_residuals(problem, Newton().chunk(problem))
    values = residuals(parameters, earlier, domain, result.coefficients)
    values = np.abs(np.asarray(values))
    where = (
        f"block '{problem.block}' did not converge in {int(result.iterations)} steps"
    )
    if not np.all(np.isfinite(values)):
        bad = np.argwhere(~np.isfinite(values))[0]
        node = domain.on_host().from_cube(problem.grid.nodes, np)[bad[1]]
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


@cache
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


@cache
def parameters_of(
    model: Model, block: str, numeraires: tuple[str, ...]
) -> tuple[str, ...]:
    """Names of the parameters on which the solution of ``block`` depends, in order.

    Those of its conditions, of the sample that places its domain (of the ``numeraires``
    too), of its reference point, and of all earlier blocks.
    """
    names: set[str] = set()
    for earlier in model.blocks:
        functions = block_functions(model, earlier.name)
        steps = (
            *functions.current,
            *functions.forward,
            *functions.integrands,
            *functions.residuals,
        )
        names |= {a for s in steps if isinstance(s, Assignment) for a in s.arguments}
        states = [model.state(s) for s in earlier.states]
        stated = [e for s in states for e in (s.reference, s.scale, s.transition)]
        stated += [u.guess for u in earlier.unknowns]
        stated += [c.expression for c in model.coordinates if c.block == earlier.name]
        names |= set().union(*(names_in(sp.sympify(e)) for e in stated))
        if earlier.name == block:
            break
    weights = [n.weight for n in model.numeraires if n.name in numeraires]
    chances = [e.probability for e in model.events]
    if not block_functions(model, block).regime_free:
        chances += [e for row in model.regimes.transition for e in row]
    for expression in (*weights, *chances):
        names |= _beneath(model, names_in(sp.sympify(expression)))
    return tuple(p.name for p in model.parameters if names & {p.name, p.name + NEXT})


def _beneath(model: Model, names: set[str]) -> set[str]:
    """Names, and those that their definitions and transitions lead to."""
    found: set[str] = set()
    while names:
        name = names.pop()
        if name in found:
            continue
        found.add(name)
        base = name.removesuffix(NEXT)
        stated = [d.expression for d in model.definitions if d.name in (name, base)]
        stated += [s.transition for s in model.states if s.name == base]
        for expression in stated:
            names |= names_in(sp.sympify(expression))
    return found


def guess_constant(
    problem: Conditions, parameters: Parameters, earlier: SolvedBlocks
) -> np.ndarray:
    """Coefficients of constant policies at the declared guesses."""
    levels = [
        reference(problem, parameters, earlier, r).guesses
        for r in range(problem.regimes)
    ]
    coefficients = np.zeros((len(levels), len(levels[0]), problem.grid.size))
    coefficients[:, :, 0] = np.array(levels)
    return coefficients
