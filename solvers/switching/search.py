"""Search for all solutions of the polynomials of a switching system.

Paths start from the solutions of regimes that never change, which are known: choices of
as many generalised eigenvalues as there are states, regime by regime.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import scipy.linalg

from ..errors import SolutionError
from .quadratic_systems import Quadratics, Roots, homotopy_roots, total_degree_roots
from .reduction import ReducedSystem


@dataclass(frozen=True)
class Search:
    """Unknowns found (P, N), which of them are singular, and counts of paths."""

    points: np.ndarray
    singular: np.ndarray
    method: str
    complete: bool
    paths: int
    infinite: int
    failed: int


def all_roots(small: ReducedSystem, max_paths: int, seed: int) -> Search:
    """Every solution found; ``max_paths`` bounds the paths from permanent regimes.

    Raises
    ------
    SolutionError
        A system linear in its unknowns and singular.
    """
    target = small.polynomials()
    size = target.size
    if not np.any(target.form[:, 1:, 1:]):
        points = np.zeros((1, size), complex)
        if size:
            matrix = 2 * target.form[:, 0, 1:]
            if np.linalg.cond(matrix) > 1e13:
                raise SolutionError(
                    "the switching system is linear in its unknown responses but "
                    "singular: its solutions form a continuum. Check for a unit root."
                )
            points = np.linalg.solve(matrix, -target.form[:, 0, 0])[None, :]
        return Search(points, np.zeros(1, bool), "linear system", True, 1, 0, 0)
    start = separated(small, seed)
    roots, count = solvents(start, max_paths)
    first = homotopy_roots(start.polynomials(), roots, target, seed)
    if small.states == 1:
        # No solution comes from infinity as probabilities of change rise from zero:
        # the regime with the largest response would solve its own equations there.
        complete = len(roots) == count and first.complete
        method = "homotopy from permanent regimes"
        return Search(
            first.points, first.singular, method, complete, first.paths,
            first.infinite, first.failed,
        )  # fmt: skip
    return _searched(target, first, seed)


def _searched(target: Quadratics, first: Roots, seed: int) -> Search:
    """Search on where the number of roots is not known."""
    method = "homotopy from permanent regimes, random loops and starts"
    points = first.points[~first.singular]
    odd = first.points[first.singular]
    counts = np.array([first.paths, first.infinite, first.failed])
    complete = False
    if target.size <= 10:
        full = total_degree_roots(target, seed)
        method += ", total degree"
        counts = np.array([full.paths, full.infinite, full.failed])
        complete = full.complete
        points = _joined(points, full.points[~full.singular])
        odd = _joined(odd, full.points[full.singular], 1e-4)
    points = _joined(points, _looped(target, points, seed))
    points = _joined(points, _random_newton(target, seed))
    return Search(
        np.concatenate([points, odd]),
        np.concatenate([np.zeros(len(points), bool), np.ones(len(odd), bool)]),
        method, complete, *(int(c) for c in counts),
    )  # fmt: skip


def _looped(target: Quadratics, points: np.ndarray, seed: int, loops: int = 4):
    """Follow known roots around loops of coefficients: monodromy permutes them."""
    generator = np.random.default_rng(seed + 7)
    pattern = target.form != 0
    for number in range(loops):
        if not len(points):
            break
        noise = generator.normal(size=(2, *target.form.shape))
        noise = (noise + np.swapaxes(noise, -1, -2)) * pattern
        away = Quadratics(target.form + 0.5 * (noise[0] + 1j * noise[1]))
        there = homotopy_roots(target, points, away, seed + 10 * number)
        back = homotopy_roots(away, there.points, target, seed + 10 * number + 5)
        points = _joined(points, back.points[~back.singular])
    return points


def _random_newton(target: Quadratics, seed: int, starts: int = 400) -> np.ndarray:
    """Regular roots that Newton's method reaches from random points."""
    generator = np.random.default_rng(seed + 3)
    scale = 10.0 ** generator.uniform(-1.5, 1.5, size=(starts, 1))
    begin = scale * generator.normal(size=(starts, target.size))
    ends = target.polish(begin)
    full = np.concatenate([np.ones((starts, 1)), ends], axis=1)
    jacobian = 2 * np.einsum("abc,pc->pab", target.form, full)[:, :, 1:]
    values = np.linalg.svd(jacobian, compute_uv=False)
    size = 1 + np.abs(ends).max(axis=1)
    good = np.abs(target.residuals(ends)).max(axis=1) < 1e-11 * size**2
    return ends[good & (values[:, -1] > 1e-9 * values[:, 0])]


def _joined(known: np.ndarray, more: np.ndarray, tolerance: float = 1e-7):
    """Union of two lists of points."""
    points = list(known)
    for point in more:
        close = tolerance * (1 + np.abs(point).max())
        if not any(np.abs(point - p).max() < close for p in points):
            points.append(point)
    return np.array(points, complex).reshape(len(points), known.shape[1])


def separated(system: ReducedSystem, seed: int, spread: float = 0.2) -> ReducedSystem:
    """A generic system near this one whose regimes never change.

    Complex perturbations make all choices of roots distinct and regular. ``load`` and
    ``drift`` stay as they are: the polynomials are linear in the rest, so that systems
    between this one and the original have the same form and number of solutions.
    """
    generator = np.random.default_rng(seed)

    def near(matrix: np.ndarray) -> np.ndarray:
        size = spread * (np.abs(matrix).max(initial=0.0) + 0.1)
        noise = generator.normal(size=(2, *matrix.shape))
        return matrix + size * (noise[0] + 1j * noise[1])

    def own_only(blocks: list[list[np.ndarray]]) -> list[list[np.ndarray]]:
        return [
            [near(b) if i == j else 0 * b for j, b in enumerate(row)]
            for i, row in enumerate(blocks)
        ]

    return replace(
        system,
        lead=own_only(system.lead),
        lead0=own_only(system.lead0),
        own=[near(m) for m in system.own],
        rest=[near(m) for m in system.rest],
    )


def solvents(system: ReducedSystem, most: int) -> tuple[np.ndarray, int]:
    """Solutions of regimes that never change: all choices of k roots per regime.

    Returns unknowns (P, N), at most ``most`` of them with stable choices first, and how
    many there are. Choices whose roots leave a state out are none.
    """
    found, total = [(0.0, np.zeros(0, complex))], 1
    for i, rank in enumerate(system.ranks):
        options = _options(system, i, rank)
        total *= len(options)
        found = [
            (w + v, np.concatenate([z, part])) for w, z in found for v, part in options
        ]
        found.sort(key=lambda pair: pair[0])
        found = found[:most]
    return np.array([z for _, z in found]), total


def _options(system: ReducedSystem, i: int, rank: int):
    """Solutions of regime i alone with the logarithm of their roots' product."""
    lead, lead0 = system.lead[i][i], system.lead0[i][i]
    load, drift, k = system.load[i], system.drift[i], system.states
    ahead = scipy.linalg.block_diag(lead, np.eye(k))
    own = system.own[i] + lead0 @ load
    rest = system.rest[i] + lead0 @ drift
    now = np.block([[-own, -rest], [load, drift]])
    roots, vectors = scipy.linalg.eig(now, ahead)[:2]
    options = []
    for chosen in combinations(np.argsort(np.abs(roots)), k):
        basis = vectors[:, list(chosen)]
        if np.linalg.cond(basis[rank:]) > 1e10:
            continue
        part = np.linalg.solve(basis[rank:].T, basis[:rank].T).T
        size = np.prod(np.maximum(np.abs(roots[list(chosen)]), 1e-8))
        options.append((float(np.log(size)), part.ravel()))
    return options
