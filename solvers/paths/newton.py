"""Newton's method on all periods at once (Laffargue 1990, Juillard 1996).

A sparse LU factorisation of the whole system takes the place of elimination by blocks,
which is slower here. Bounds make conditions of the kind min(x - l, f) = 0, solved by
semismooth steps (Qi and Sun 1993): where a bound binds, it replaces the equation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse.linalg

from .conditions import Conditions, Stack

STEPS = 60
# Residuals relative to the terms of their equation, as for steady states.
TOLERANCE = 1e-9
_SMALLEST_STEP = 2.0**-12


class Limits(NamedTuple):
    """Bounds: rows of equations, columns of variables (b,), and lower, upper (b,)."""

    rows: np.ndarray
    columns: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


@dataclass
class Problem:
    """Periods ``first`` to T, given what is before and after them.

    Attributes
    ----------
    values : (T + 2, n) at dates 0 to T + 1; those solved for are starting values.
    shocks : (T, k) deviations from the levels in ``parameters`` (p,).
    limits : None where nothing is bounded.
    """

    conditions: Conditions
    parameters: Any
    values: np.ndarray
    shocks: np.ndarray
    first: int = 1
    limits: Limits | None = None
    stacks: dict[int, Stack] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of periods that are solved for."""
        return len(self.shocks) - self.first + 1

    def with_inner(self, inner: np.ndarray) -> np.ndarray:
        """Values at all dates with ``inner`` (count, n) in the places solved for."""
        found = self.values.copy()
        found[self.first : -1] = inner
        return found

    def evaluate(self, inner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Residuals (count, n) and derivatives (count, m)."""
        every = self.with_inner(inner)
        points = self.conditions.points(
            every, self.shocks[self.first - 1 :], self.first
        )
        return self.conditions.evaluate(points, self.parameters, len(self.shocks))

    def conditions_at(self, inner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Residuals and derivatives with bounds in the places of equations."""
        residuals, slopes = self.evaluate(inner)
        if self.limits is None:
            return residuals, slopes
        residuals, slopes = residuals.copy(), slopes.copy()
        own, bind = self.conditions, self.binding(inner, residuals, slopes)
        for k, (row, column) in enumerate(
            zip(self.limits.rows, self.limits.columns, strict=True)
        ):
            at = bind[:, k] != 0
            lower, upper = self.limits.lower[k], self.limits.upper[k]
            target = np.where(bind[:, k] > 0, lower, upper)
            residuals[at, row] = (inner[:, column] - target)[at]
            mine = np.flatnonzero(own.rows == row)
            slopes[np.ix_(at, mine)] = 0.0
            slopes[at, self._own_entry(row, column)] = 1.0
        return residuals, slopes

    def binding(self, inner, residuals, slopes) -> np.ndarray:
        """Of (count, b), 1 where the lower bound binds, -1 where the upper one."""
        assert self.limits is not None
        found = np.zeros((len(inner), len(self.limits.rows)), int)
        for k, (row, column) in enumerate(
            zip(self.limits.rows, self.limits.columns, strict=True)
        ):
            own = np.abs(slopes[:, self._own_entry(row, column)])
            pull = residuals[:, row] / np.where(own > 0, own, 1.0)
            low = inner[:, column] - self.limits.lower[k] < pull
            high = self.limits.upper[k] - inner[:, column] < -pull
            found[:, k] = np.where(low, 1, np.where(high, -1, 0))
        return found

    def _own_entry(self, row: int, column: int) -> int:
        own = self.conditions
        place = len(own.where.forward) + column
        return int(np.flatnonzero((own.rows == row) & (own.columns == place))[0])

    def factors(self, slopes: np.ndarray):
        """Sparse LU factors of the Jacobian; None where it is not finite.

        Where it is singular, steps are of least length.
        """
        count = len(slopes)
        if count not in self.stacks:
            self.stacks[count] = Stack(self.conditions, count)
        matrix = self.stacks[count].matrix(slopes)
        if not np.all(np.isfinite(matrix.data)):
            return None
        try:
            return scipy.sparse.linalg.splu(matrix)
        except RuntimeError:
            return LeastSteps(matrix)


class LeastSteps:
    """Steps of least length where equations leave variables open (Levenberg 1944)."""

    def __init__(self, matrix: scipy.sparse.csc_matrix):
        size = np.zeros(len(matrix.indptr) - 1)
        np.maximum.at(size, matrix.indices, np.abs(matrix.data))
        scale = 1 / np.where(size > 0, size, 1.0)
        parts = (matrix.data * scale[matrix.indices], matrix.indices, matrix.indptr)
        scaled = scipy.sparse.csc_array(parts, shape=(len(size), len(size)))
        damping = 1e-12 * scipy.sparse.eye_array(len(size))
        self.right, self.scale = scaled.T, scale
        square = scipy.sparse.csc_array(scaled.T @ scaled + damping)
        self.factors = scipy.sparse.linalg.splu(square)

    def solve(self, residuals: np.ndarray) -> np.ndarray:
        """The shortest correction of residuals (T n,)."""
        return self.factors.solve(self.right @ (self.scale * residuals))


class Found(NamedTuple):
    """Values (count, n), Newton steps, relative residuals (count, n), and success.

    ``open_steps`` of the steps were of least length. Without success values are those
    of the last trial.
    """

    values: np.ndarray
    steps: int
    shortfalls: np.ndarray
    solved: bool
    open_steps: int = 0


def newton(problem: Problem, start: np.ndarray) -> Found:
    """Newton's method from ``start`` (count, n), steps halved where they do not help.

    Corrections of variables measure what is left (natural level function, Deuflhard
    2011, section 3.3). Nothing is raised: ``shortfalls`` above one are unsolved.
    """
    values = np.array(start, float)
    residuals, slopes = problem.conditions_at(values)
    steps, last, move, open_steps = 0, np.inf, None, 0
    while steps < STEPS:
        factors = problem.factors(slopes) if np.all(np.isfinite(residuals)) else None
        if factors is None:
            break
        move = -factors.solve(residuals.ravel()).reshape(values.shape)
        size = _size(move, values)
        # Rounding: steps no longer shrink.
        if size < 1e-13 or (size < 1e-10 and size > last / 2) or not np.isfinite(size):
            break
        last = size
        found = _shortened(problem, factors, values, move, size)
        if found is None:
            break
        values, residuals, slopes = found
        steps += 1
        open_steps += isinstance(factors, LeastSteps)
    left = shortfalls(problem, values)
    solved = bool(np.all(left <= 1))
    if not solved and move is not None:
        values = _beyond(problem, values, move)
        left = shortfalls(problem, values)
    return Found(values, steps, left, solved, open_steps)


def stepped(problem: Problem) -> np.ndarray | None:
    """A path (count, n) period by period; None where an equation has no value.

    Every period starts from the one before, so that nothing has to be guessed; leads
    are what they are in the problem's values, where there are any.
    """
    inner = problem.values[problem.first : -1].copy()
    last = problem.values[problem.first - 1]
    known = [*problem.conditions.where.states]
    inner[0, known] = last[known]
    n = inner.shape[1]
    for t in range(len(inner)):
        if t:
            inner[t] = inner[t - 1]
        for _ in range(STEPS):
            residuals, slopes = (part[t] for part in problem.conditions_at(inner))
            jacobian = np.zeros((n, n))
            own = problem.conditions
            now = own.dates[own.columns] == 0
            jacobian[own.rows[now], own.owners[own.columns[now]]] = slopes[now]
            if not (np.all(np.isfinite(residuals)) and np.all(np.isfinite(jacobian))):
                return None
            move = np.linalg.lstsq(jacobian, -residuals, rcond=1e-13)[0]
            inner[t] += move
            if _size(move, inner[t]) < 1e-12:
                break
    return inner


def _beyond(problem: Problem, values, move) -> np.ndarray:
    """The longest step that can be evaluated: it solves what is linear.

    What is left there is what has no solution, where shortened steps leave some of all.
    """
    share = 1.0
    while share >= _SMALLEST_STEP:
        residuals, _ = problem.conditions_at(values + share * move)
        if np.all(np.isfinite(residuals)):
            return values + share * move
        share /= 2
    return values


def _size(move: np.ndarray, values: np.ndarray) -> float:
    return float(np.max(np.abs(move) / (1 + np.abs(values)), initial=0.0))


def _shortened(problem: Problem, factors, values, move, size: float):
    """The longest share of a step that lowers the correction left, or None."""
    share = 1.0
    while share >= _SMALLEST_STEP:
        trial = values + share * move
        residuals, slopes = problem.conditions_at(trial)
        if np.all(np.isfinite(residuals)) and np.all(np.isfinite(slopes)):
            left = factors.solve(residuals.ravel()).reshape(values.shape)
            if _size(left, values) < size or size < 1e-10:
                return trial, residuals, slopes
            # A bound that starts or ceases to bind may raise what is left once.
            if problem.limits is not None and share == 1.0 and size > 1e-10:
                again = newton_correction(problem, trial, residuals, slopes)
                if again < size:
                    return trial, residuals, slopes
        share /= 2
    return None


def newton_correction(problem: Problem, values, residuals, slopes) -> float:
    """Size of the next full step from ``values``; infinite where there is none."""
    factors = problem.factors(slopes)
    if factors is None:
        return np.inf
    return _size(factors.solve(residuals.ravel()).reshape(values.shape), values)


def shortfalls(problem: Problem, inner: np.ndarray) -> np.ndarray:
    """Residuals (count, n) over what rounding explains; above one they are none."""
    residuals, slopes = problem.conditions_at(inner)
    own = problem.conditions
    every = problem.with_inner(inner)
    points = own.points(every, problem.shocks[problem.first - 1 :], problem.first)
    # What is not finite counts as unsolved below.
    with np.errstate(invalid="ignore"):
        sizes = np.abs(slopes) * np.abs(points[:, own.columns])
    terms, largest = np.zeros_like(residuals), np.zeros_like(residuals)
    # Derivatives are listed by equation.
    starts = np.flatnonzero(np.diff(own.rows, prepend=-1))
    terms[:, own.rows[starts]] = np.add.reduceat(sizes, starts, axis=1)
    largest[:, own.rows[starts]] = np.maximum.reduceat(np.abs(slopes), starts, axis=1)
    limit = np.maximum(TOLERANCE * terms, 1e-11 * largest)
    left = np.abs(residuals) / np.maximum(limit, 1e-300)
    return np.where(np.isfinite(left), left, np.inf)
