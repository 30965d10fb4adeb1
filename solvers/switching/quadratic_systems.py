"""All isolated complex roots of a square system of quadratic polynomials.

A linear homotopy in coefficients, gamma (1 - s) start + s target, is followed from
every root of the start by predictor and corrector. A random complex ``gamma`` keeps
paths apart with probability one, so that the end points contain every isolated root of
the target whenever the start has as many roots as a generic member of its family: the
total-degree start has 2^N (Sommese and Wampler 2005, theorem 8.4.1; coefficients:
theorem 7.1.4). Paths live in projective space, where roots at infinity have coordinates
like any other. The count is numerical: tolerances stand where a proof would have
intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Distance from the target's coefficients at which end points are looked for.
_NEAR = 1e-5
_END = 1e-11
# A first coordinate this small (unit vectors) is a root at infinity.
_INFINITE = 1e-9


@dataclass(frozen=True)
class Quadratics:
    """N polynomials in N unknowns: ``form[a] (1, z) (1, z)``, (N, N+1, N+1) symmetric.

    The first coordinate is the homogenising one.
    """

    form: np.ndarray

    @staticmethod
    def of(
        quadratic: np.ndarray, linear: np.ndarray, constant: np.ndarray
    ) -> Quadratics:
        """From coefficients (N, N, N), (N, N) and (N,); rows are scaled to norm one."""
        size = len(constant)
        form = np.zeros((size, size + 1, size + 1), complex)
        form[:, 1:, 1:] = 0.5 * (quadratic + np.swapaxes(quadratic, 1, 2))
        form[:, 0, 1:] = form[:, 1:, 0] = 0.5 * linear
        form[:, 0, 0] = constant
        norm = np.sqrt(np.sum(np.abs(form) ** 2, axis=(1, 2)))
        return Quadratics(form / np.where(norm > 0, norm, 1.0)[:, None, None])

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return len(self.form)

    def residuals(self, points: np.ndarray) -> np.ndarray:
        """Values (P, N) at points (P, N)."""
        full = np.concatenate([np.ones((len(points), 1)), points], axis=1)
        return np.einsum("abc,pb,pc->pa", self.form, full, full, optimize=True)

    def polish(self, points: np.ndarray, steps: int = 40) -> np.ndarray:
        """Newton's method from points (P, N), kept wherever residuals fall."""
        points = np.array(points, complex)
        size = np.abs(self.residuals(points)).max(axis=1, initial=0.0)
        for _ in range(steps):
            full = np.concatenate([np.ones((len(points), 1)), points], axis=1)
            jacobian = 2 * np.einsum("abc,pc->pab", self.form, full)[:, :, 1:]
            move = _solve(jacobian, self.residuals(points))
            tried = points - move
            after = np.abs(self.residuals(tried)).max(axis=1, initial=0.0)
            better = after < size
            if not np.any(better):
                break
            points = np.where(better[:, None], tried, points)
            size = np.where(better, after, size)
        return points


@dataclass(frozen=True)
class Roots:
    """End points of all paths.

    Attributes
    ----------
    points : distinct finite roots (M, N), complex.
    paths_to : number of paths that end at each (M,); above one at multiple roots.
    singular : whether the Jacobian is singular there (M,): multiple or not isolated.
    paths, infinite, failed : number of paths followed, those that end at infinity and
        those whose end was not found.
    """

    points: np.ndarray
    paths_to: np.ndarray
    singular: np.ndarray
    paths: int
    infinite: int
    failed: int

    @property
    def complete(self) -> bool:
        """Whether the end of every path is known."""
        return self.failed == 0


def total_degree_roots(target: Quadratics, seed: int = 0) -> Roots:
    """Every isolated root: 2^N paths from z_a^2 = c_a."""
    size = target.size
    generator = np.random.default_rng(seed)
    turn = np.exp(2j * np.pi * generator.random(size))
    start = Quadratics.of(
        np.einsum("ab,ac->abc", np.eye(size), np.eye(size)),
        np.zeros((size, size)),
        -turn,
    )
    signs = np.indices((2,) * size).reshape(size, -1).T * 2.0 - 1.0
    return homotopy_roots(start, signs * np.sqrt(turn)[None, :], target, seed)


def homotopy_roots(
    start: Quadratics, roots: np.ndarray, target: Quadratics, seed: int = 0
) -> Roots:
    """End points of the paths from ``roots`` (P, N) of ``start``.

    Paths that arrive at one regular root have jumped: they are followed again with
    smaller steps.
    """
    generator = np.random.default_rng(seed + 1)
    gamma = np.exp(2j * np.pi * generator.random())
    first = np.concatenate([np.ones((len(roots), 1)), roots], axis=1).astype(complex)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    ends = _follow(start.form * gamma, target.form, first, 0.05)
    for caution in (0.005, 0.0005):
        again = _jumped(ends)
        if not np.any(again):
            break
        redone = _follow(start.form * gamma, target.form, first[again], caution)
        for name in ("where", "kind", "regular"):
            getattr(ends, name)[again] = getattr(redone, name)
    return _collected(ends, target)


@dataclass
class _Ends:
    """Ends of paths: unit vectors (P, N+1); ``kind`` 1 finite, 0 infinite, -1 lost."""

    where: np.ndarray
    kind: np.ndarray
    regular: np.ndarray


def _follow(start, target, first, caution) -> _Ends:
    """Follow paths; ``caution`` bounds the corrector's first move."""
    near, arrived = _track(start, target, first, 1.0, _NEAR, caution)
    count = len(first)
    ends = _Ends(near.copy(), np.full(count, -1), np.zeros(count, bool))
    where, move, regular = _land(target, near)
    good = arrived & regular & (move < 1e-2)
    far = np.abs(where[:, 0]) < _INFINITE
    ends.where[good] = where[good]
    ends.kind[good] = np.where(far[good], 0, 1)
    ends.regular[good] = True
    rest = np.flatnonzero(arrived & ~good)
    if len(rest):
        _end_game(start, target, near, rest, caution, ends)
    return ends


def _end_game(start, target, near, rest, caution, ends: _Ends) -> None:
    """Ends at singular points: the first coordinate decays like a power, or stays."""
    last, level = near[rest], _NEAR
    sizes = [np.log(np.abs(last[:, 0]) + 1e-300)]
    alive = np.ones(len(rest), bool)
    levels = np.full(len(rest), level)
    while level > _END:
        nearer, arrived = _track(
            start, target, last[alive], level, level / 10, min(caution, 0.01)
        )
        moved = np.flatnonzero(alive)[arrived]
        last[moved] = nearer[arrived]
        level /= 10
        levels[moved] = level
        alive[:] = False
        alive[moved] = True
        if not np.any(alive):
            break
    sizes.append(np.log(np.abs(last[:, 0]) + 1e-300))
    decades = np.log(_NEAR / levels)
    known = decades > 2.0
    power = (sizes[1] - sizes[0]) / np.where(known, decades, 1.0)
    infinite = (known & (power > 0.08)) | (np.abs(last[:, 0]) < _INFINITE)
    finite = known & ~infinite & (np.abs(power) < 0.03)
    ends.where[rest] = last
    ends.kind[rest] = np.where(infinite, 0, np.where(finite, 1, -1))


def _track(start, target, first, begin, end, caution):
    """Follow unit vectors from distance ``begin`` of the target to ``end``.

    Returns points (P, N+1) and which of them arrived (P,).
    """
    where = first.copy()
    distance = np.full(len(first), begin)
    step = np.full(len(first), 0.05 * begin)
    streak = np.zeros(len(first), int)
    while True:
        active = np.flatnonzero((distance > end) & (step > 0))
        if not len(active):
            return where, distance <= end
        now, at = where[active], distance[active]
        # Near the target distances shrink geometrically: singular ends need it.
        length = np.minimum(np.minimum(step[active], at - end), 0.6 * at)
        nearer = np.where(length >= at - end, end, at - length)
        length = at - nearer
        tried = _predicted(start, target, now, at, length)
        tried, good = _corrected(start, target, tried, nearer, caution)
        where[active[good]] = tried[good]
        distance[active[good]] = nearer[good]
        streak[active] = np.where(good, streak[active] + 1, 0)
        bigger = streak[active] >= 3
        streak[active[bigger]] = 0
        grown = np.where(bigger, 2.0 * step[active], step[active])
        step[active] = np.where(good, np.minimum(grown, 0.2), 0.4 * length)
        lost = step[active] < 1e-7 * distance[active]
        step[active[lost]] = 0.0


def _forms(start, target, where, distance):
    """H, its Jacobian with the patch's row, and -dH/d(distance), at each point."""
    by_start = np.einsum("abc,pc->pab", start, where)
    by_target = np.einsum("abc,pc->pab", target, where)
    mixed = (
        distance[:, None, None] * by_start + (1 - distance)[:, None, None] * by_target
    )
    value = np.einsum("pab,pb->pa", mixed, where)
    slope = np.einsum("pab,pb->pa", by_start - by_target, where)
    jacobian = np.concatenate([2 * mixed, where.conj()[:, None, :]], axis=1)
    return value, jacobian, slope


def _tangent(start, target, where, distance):
    _, jacobian, slope = _forms(start, target, where, distance)
    return _solve(jacobian, np.concatenate([slope, 0 * slope[:, :1]], axis=1))


def _predicted(start, target, where, distance, length):
    """Runge-Kutta step of the path towards the target."""
    h = length[:, None]
    k1 = _tangent(start, target, where, distance)
    k2 = _tangent(start, target, where + 0.5 * h * k1, distance - 0.5 * length)
    k3 = _tangent(start, target, where + 0.5 * h * k2, distance - 0.5 * length)
    k4 = _tangent(start, target, where + h * k3, distance - length)
    moved = where + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6
    return _unit(moved)


def _corrected(start, target, where, distance, caution):
    """Newton's method at given coefficients; whether it converged quickly."""
    first = last = np.zeros(len(where))
    for number in range(3):
        value, jacobian, _ = _forms(start, target, where, distance)
        move = _solve(jacobian, np.concatenate([value, 0 * value[:, :1]], axis=1))
        where = _unit(where - move)
        last = np.linalg.norm(move, axis=1)
        first = last if number == 0 else first
    return where, (first < caution) & (last < 1e-8)


def _land(target, near):
    """Newton's method at the target; distance moved and whether the end is regular."""
    where = near
    nothing = np.zeros(len(near))
    last = np.full(len(near), np.inf)
    for _ in range(6):
        value, jacobian, _ = _forms(target, target, where, nothing)
        move = _solve(jacobian, np.concatenate([value, 0 * value[:, :1]], axis=1))
        where = _unit(where - move)
        last = np.linalg.norm(move, axis=1)
    _, jacobian, _ = _forms(target, target, where, nothing)
    finite = np.all(np.isfinite(jacobian), axis=(1, 2))
    safe = np.where(finite[:, None, None], jacobian, 0.0)
    values = np.linalg.svd(safe, compute_uv=False)
    regular = finite & (values[:, -1] > 1e-10 * values[:, 0]) & (last < 1e-12)
    # A unit vector has a free phase: compare directions.
    overlap = np.abs(np.sum(near.conj() * where, axis=1))
    move = np.sqrt(np.maximum(0.0, 2 - 2 * np.minimum(overlap, 1.0)))
    return where, np.where(finite, move, np.inf), regular


def _solve(matrices, right):
    """Batched solution; singular matrices give a move that is refused later."""
    try:
        return np.linalg.solve(matrices, right[..., None])[..., 0]
    except np.linalg.LinAlgError:
        moves = np.full(right.shape, 1e30, complex)
        for i, matrix in enumerate(matrices):
            try:
                moves[i] = np.linalg.solve(matrix, right[i])
            except np.linalg.LinAlgError:
                continue
        return moves


def _unit(where):
    return where / np.linalg.norm(where, axis=1, keepdims=True)


def _jumped(ends: _Ends) -> np.ndarray:
    """Paths that are lost, or share a regular finite end with another."""
    again = ends.kind < 0
    chosen = np.flatnonzero((ends.kind == 1) & ends.regular)
    points = ends.where[chosen, 1:] / ends.where[chosen, :1]
    for place, point in zip(chosen, points, strict=True):
        close = np.abs(points - point).max(axis=1, initial=0.0)
        if np.sum(close < 1e-8 * (1 + np.abs(point).max())) > 1:
            again[place] = True
    return again


def _collected(ends: _Ends, target: Quadratics) -> Roots:
    """Distinct finite roots with the number of paths to each."""
    finite = np.flatnonzero(ends.kind == 1)
    affine = ends.where[finite, 1:] / ends.where[finite, :1]
    polished = target.polish(affine)
    points: list[np.ndarray] = []
    counts: list[int] = []
    singular: list[bool] = []
    for point, regular in zip(polished, ends.regular[finite], strict=True):
        # Multiple roots are found to the square root of rounding only.
        tolerance = (1e-8 if regular else 1e-4) * (1 + np.abs(point).max())
        for k, known in enumerate(points):
            if np.abs(point - known).max() < tolerance:
                counts[k] += 1
                break
        else:
            points.append(point)
            counts.append(1)
            singular.append(not regular)
    jumped = sum(
        c - 1 for c, s in zip(counts, singular, strict=True) if not s and c > 1
    )
    return Roots(
        np.array(points, complex).reshape(len(points), target.size),
        np.array(counts, int),
        np.array(singular, bool),
        len(ends.kind),
        int(np.sum(ends.kind == 0)),
        int(np.sum(ends.kind < 0)) + jumped,
    )
