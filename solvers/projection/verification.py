"""Whether the solution that Newton found is the stable one.

Equilibrium conditions hold on other roots too: a policy that keeps an explosive root in
and throws a stable one out has residuals of zero. Around the resting point it shows in
the closed loop, F = S_s + S_u P, where S are derivatives of mean next states and P is
the slope of the policy: the eigenvalues of F are a selection from those of the linear
pencil (Klein 2000), and only the stable selection has all of them inside the circle.
With several regimes the means of the states follow m_j' = sum_i p_ij F_i m_i; that they
stay bounded is necessary for a stationary solution, not sufficient. Where the chances
of switching move with the states, they may hold together what explodes locally: then
the radius is recorded and decides nothing.

Projections have roots of their own on top, which lean on how polynomials continue
beyond the domain: there the economy does not rest where it should, and leaves at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp

from ...models.declaration import names_in
from ..errors import SolutionError
from .conditions import Conditions, Parameters, SolvedBlocks
from .linear import Determinacy, derivatives_at

ADVICE = "Start from the linear solution or from that of a nearby parameter set."


@dataclass(frozen=True)
class Stability:
    """Closed loop of a block's policy at its resting point.

    Attributes
    ----------
    radius : spectral radius of the closed loop.
    linear_radius : largest stable root that the linear solution found.
    stable, predetermined : stable roots of the closed loop, and states (over regimes).
    reach : largest coordinate, in half-widths of the domain, of mean states one period
        after the resting point; at most one in a solution.
    mean_square_radius : spectral radius of the map of second moments, with the chances
        of switching at the resting point; below one the economy is mean-square stable
        there (Costa, Fragoso and Marques 2005). The square of ``radius`` where there is
        one regime.
    """

    block: str
    radius: float
    linear_radius: float
    stable: int
    predetermined: int
    reach: float
    mean_square_radius: float = float("nan")


def closed_loop(
    problem: Conditions,
    parameters: Parameters,
    solved: SolvedBlocks,
    point: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean next states (R, d), maps of first (R*d, R*d) and second moments (R*d*d, ).

    Columns are the regime i that moments come from, rows the regime j where they go:
    blocks are p_ij F_i and p_ij F_i x F_i (Kronecker).

    Parameters
    ----------
    solved : the block and the earlier ones.
    point : states (d,) inside the domain at which to differentiate.
    """
    grid, own = problem.grid, solved[problem.block]
    domain, point = own.domain.on_host(), np.asarray(point)
    cube = domain.to_cube(point[None, :])
    into = domain.shear / domain.scale[:, None]
    means, columns, squares = [], [], []
    for regime in range(problem.regimes):
        coefficients = np.asarray(own.coefficients)[regime]
        level = (grid.basis(cube, np) @ coefficients.T)[0]
        policy = grid.slope(cube[0], coefficients) @ into
        parts = derivatives_at(
            problem, regime, parameters, solved, point, level, policy
        )
        slope, chances = parts.s_s + parts.s_u @ policy, parts.chances[:, None]
        means.append(point + parts.drift)
        columns.append(np.kron(chances, slope))
        squares.append(np.kron(chances, np.kron(slope, slope)))
    first, second = (np.concatenate(c, axis=1) for c in (columns, squares))
    return np.array(means), first, second


def _chances_move(problem: Conditions) -> bool:
    """Whether the chances of switching depend on more than parameters."""
    if problem.regimes == 1:
        return False
    rows = problem.model.regimes.transition
    names = set().union(*(names_in(sp.sympify(e)) for row in rows for e in row))
    return not names <= {p.name for p in problem.model.parameters}


def check_stability(
    problem: Conditions,
    parameters: Parameters,
    solved: SolvedBlocks,
    point: np.ndarray,
    determinacy: Sequence[Determinacy],
) -> Stability:
    """Check that a solved endogenous block stands on the stable root.

    Parameters
    ----------
    solved : the block and the earlier ones.
    point : where the economy rests (d,), e.g. its ergodic mean.
    determinacy : verdicts of the linear solution, which must be determinate; one per
        regime that the block distinguishes.

    Raises
    ------
    SolutionError
        The closed loop has fewer stable roots than states (unless chances of switching
        move), or leaves the domain from the resting point; names the block and how far
        off it is.
    """
    means, matrix, squares = closed_loop(problem, parameters, solved, point)
    cube = solved[problem.block].domain.on_host().to_cube(means)
    finite = np.all(np.isfinite(matrix))
    roots = np.abs(np.linalg.eigvals(matrix)) if finite else np.array([np.inf])
    found = Stability(
        block=problem.block,
        radius=float(np.max(roots)),
        linear_radius=max(
            float(np.sort(d.eigenvalues)[d.predetermined - 1]) for d in determinacy
        ),
        stable=int(np.sum(roots < 1.0)),
        predetermined=sum(d.predetermined for d in determinacy),
        reach=float(np.max(np.abs(cube))),
        mean_square_radius=(
            float(np.max(np.abs(np.linalg.eigvals(squares)))) if finite else np.inf
        ),
    )
    stable = found.stable == found.predetermined and found.mean_square_radius < 1.0
    if not stable and not _chances_move(problem):
        raise SolutionError(
            f"block '{found.block}' converged to an unstable solution: its closed loop "
            f"has spectral radius {found.radius:.5f} (second moments: "
            f"{found.mean_square_radius:.5f}) and {found.stable} stable roots for "
            f"{found.predetermined} states, while the linear solution has radius "
            f"{found.linear_radius:.5f}. {ADVICE}"
        )
    if not found.reach <= 1.0:
        raise SolutionError(
            f"block '{found.block}' converged to another solution: from the resting "
            f"point the states move {found.reach:.2f} half-widths of the domain away "
            f"from its centre in one period. {ADVICE}"
        )
    return found
