"""Sparse (Smolyak) Chebyshev grids, anisotropic, on an affine image of the cube.

Reference: Judd, Maliar, Maliar and Valero (2014), "Smolyak method for solving dynamic
economic models", JEDC 44. A grid holds the nodes of all tensor products whose levels
satisfy sum_d level_d / max_level_d <= 1 (a weighted simplex), and as many polynomials.
Beyond the cube every one-dimensional polynomial continues along its tangent: that is
smooth and cannot explode; who evaluates there can see it with ``outside``.
"""

from __future__ import annotations

import itertools
import operator
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.polynomial import chebyshev


class Domain(NamedTuple):
    """Affine map to the cube: ``(shear @ (s - center)) / scale``.

    center, scale : shape (d,); shear : shape (d, d), unit lower triangular; arrays of
    the host, or of JAX within programs.
    """

    center: Any
    scale: Any
    shear: Any

    def to_cube(self, points):
        """Map points (P, d) in the states' units to cube coordinates (P, d)."""
        return (points - self.center[None, :]) @ self.shear.T / self.scale[None, :]

    def from_cube(self, cube, xp: Any = jnp):
        """Map cube coordinates (P, d) to states."""
        inverse = xp.linalg.inv(self.shear)
        return (cube * self.scale[None, :]) @ inverse.T + self.center[None, :]

    def on_host(self) -> Domain:
        """The same map with host arrays: what it maps stays on the host."""
        return Domain(*(np.asarray(part) for part in self))


def _new_nodes(level: int) -> tuple[np.ndarray, np.ndarray]:
    """Extrema and degrees that ``level`` adds to the nested one-dimensional rule."""
    if level == 0:
        return np.array([0.0]), np.array([0])
    if level == 1:
        return np.array([-1.0, 1.0]), np.array([1, 2])
    count = 2**level
    odd = np.arange(1, count, 2)
    return -np.cos(np.pi * odd / count), np.arange(count // 2 + 1, count + 1)


@dataclass(frozen=True)
class SmolyakGrid:
    """A sparse grid with ``levels[d]`` the highest level in dimension d.

    Level l has 2^l + 1 nodes in one dimension (one at level 0), nested.
    """

    levels: tuple[int, ...]

    @property
    def dimension(self) -> int:
        """Number of continuous states."""
        return len(self.levels)

    @cached_property
    def _multi_levels(self) -> list[tuple[int, ...]]:
        chosen = []

        def extend(prefix: tuple[int, ...], budget: float) -> None:
            if len(prefix) == self.dimension:
                chosen.append(prefix)
                return
            top = self.levels[len(prefix)]
            for level in range(top + 1):
                cost = level / top if top else 0.0
                if cost <= budget + 1e-9:
                    extend((*prefix, level), budget - cost)

        extend((), 1.0)
        return chosen

    @cached_property
    def nodes(self) -> np.ndarray:
        """Extrema of Chebyshev polynomials in the cube, shape (N, d)."""
        rows = [
            row
            for levels in self._multi_levels
            for row in itertools.product(*(_new_nodes(i)[0] for i in levels))
        ]
        return np.array(rows)

    @cached_property
    def degrees(self) -> np.ndarray:
        """Degrees of the polynomials, shape (N, d)."""
        rows = [
            row
            for levels in self._multi_levels
            for row in itertools.product(*(_new_nodes(i)[1] for i in levels))
        ]
        return np.array(rows, dtype=int)

    @property
    def size(self) -> int:
        """Number of nodes and of polynomials."""
        return len(self.nodes)

    @cached_property
    def _halves(self) -> tuple[_Half, _Half]:
        """Split of the dimensions in two; the half with more distinct rows is first."""
        half = (self.dimension + 1) // 2
        parts = (range(half), range(half, self.dimension))
        found = [_Half.of(self.degrees, list(part)) for part in parts]
        first, second = sorted(found, key=lambda one: -len(one.degrees))
        return first, second

    @cached_property
    def _stairs(self) -> tuple[tuple[slice, int, np.ndarray], ...]:
        """Polynomials as products of the halves' rows: stairs, exact and dense.

        A row of the second half meets the cheapest rows of the first up to a budget, so
        that rows of one budget make a matrix. Per stair: rows of the second half, the
        number of rows of the first, and the polynomials' positions, row by row.
        """
        first, second = self._halves
        place = np.full((len(second.degrees), len(first.degrees)), -1)
        place[second.position, first.position] = np.arange(self.size)
        widths = (place >= 0).sum(axis=1)
        stairs = []
        for width in np.unique(widths)[::-1].tolist():
            rows = np.flatnonzero(widths == width)
            stair = slice(int(rows[0]), int(rows[-1]) + 1)
            stairs.append((stair, width, place[stair, :width].reshape(-1)))
        return tuple(stairs)

    @cached_property
    def inverse(self) -> np.ndarray:
        """Map from values at the nodes to coefficients, shape (N, N)."""
        return np.linalg.inv(self.basis(self.nodes, np))

    @cached_property
    def _tops(self) -> np.ndarray:
        """Highest degree by dimension, (d,)."""
        return self.degrees.max(axis=0)

    @cached_property
    def _row(self) -> np.ndarray:
        """Row of ``_chebyshev`` by dimension and degree, (d, highest degree + 1)."""
        order = np.argsort(-self._tops, kind="stable")
        found, count = np.full((self.dimension, max(2, self._tops.max() + 1)), -1), 0
        for first, degrees, own in _stages(self._tops):
            rows = count + np.arange(degrees * own).reshape(degrees, own)
            found[order[:own], first : first + degrees] = rows.T
            count += rows.size
        return found

    def _factors(self, cube, xp: Any = jnp) -> list:
        """Products of polynomials over each half of the dimensions, (n_half, P).

        Points come last: picking polynomials then copies contiguous rows.
        """
        values = _made(_chebyshev(cube.T, self._tops, xp), xp)
        factors = []
        for half in self._halves:
            columns = zip(half.dimensions, half.degrees.T, strict=True)
            chosen = [values[self._row[k, degrees]] for k, degrees in columns]
            # A half without dimensions is the constant.
            found = reduce(operator.mul, chosen) if chosen else xp.ones_like(values[:1])
            factors.append(_made(found, xp))
        return factors

    def basis(self, cube, xp: Any = jnp):
        """All polynomials at cube coordinates (P, d): shape (P, N).

        ``xp`` is ``numpy`` for work on the host, which compiles nothing.
        """
        (first, second), halves = self._factors(cube, xp), self._halves
        return (first[halves[0].position] * second[halves[1].position]).T

    def slope(self, cube: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Derivatives (K, d) in the cube's coordinates at one point (d,), on the host.

        The point has to lie inside the cube.
        """
        values, slopes = [], []
        for x, degrees in zip(cube, self.degrees.T, strict=True):
            unit = np.eye(degrees.max() + 1)
            values.append(chebyshev.chebval(x, unit)[degrees])
            slopes.append(chebyshev.chebval(x, chebyshev.chebder(unit))[degrees])
        columns = []
        for k in range(self.dimension):
            rows = [*values[:k], slopes[k], *values[k + 1 :]]
            columns.append(coefficients @ np.prod(rows, axis=0))
        return np.stack(columns, axis=1)

    def evaluate(self, cube: jax.Array, coefficients: jax.Array) -> jax.Array:
        """Functions with ``coefficients`` (K, N) at (P, d): shape (P, K)."""
        first, second = self._factors(cube)
        count, points = coefficients.shape[0], cube.shape[0]
        total = jnp.zeros((count, points))
        for rows, width, places in self._stairs:
            stair = coefficients[:, places].reshape(-1, width)
            partial = (stair @ first[:width]).reshape(count, -1, points)
            total = total + jnp.sum(_made(partial) * second[None, rows], axis=1)
        return total.T


@dataclass(frozen=True)
class _Half:
    """Products of polynomials over some of the dimensions, cheapest first.

    Attributes
    ----------
    dimensions : whose polynomials are multiplied.
    degrees : (n, len(dimensions)), distinct rows; those that are part of more of the
        grid's polynomials come first.
    position : (N,), which row every polynomial of the grid has.
    """

    dimensions: list[int]
    degrees: np.ndarray
    position: np.ndarray

    @classmethod
    def of(cls, degrees: np.ndarray, dimensions: list[int]) -> _Half:
        """The half of a grid whose polynomials have ``degrees`` (N, d)."""
        rows, position, count = np.unique(
            degrees[:, dimensions], axis=0, return_inverse=True, return_counts=True
        )
        order = np.argsort(-count, kind="stable")
        return cls(dimensions, rows[order], np.argsort(order)[position.reshape(-1)])


def _made(values: Any, xp: Any = jnp) -> Any:
    """``values``, which a program computes once before it goes on.

    Fused with what follows, pieces that are put together would be told apart again for
    every number: evaluation would take four times as long.
    """
    return values if xp is np else jax.lax.optimization_barrier(values)


def _stages(tops: np.ndarray) -> list[tuple[int, int, int]]:
    """First degree, number of degrees and of dimensions that are computed together.

    ``tops`` are the highest degrees by dimension: none, or powers of two. Dimensions
    with the highest ones come first.
    """
    stages, last = [(0, 2, len(tops))], 1
    while count := int(np.sum(tops > last)):
        stages.append((last + 1, last, count))
        last *= 2
    return stages


def _chebyshev(cube, tops: np.ndarray, xp: Any = jnp):
    """Polynomials of every dimension, continued along tangents beyond [-1, 1].

    From coordinates (d, P) to rows (n, P), those of ``SmolyakGrid._row``: up to the
    highest degree ``tops`` of each dimension, and the first at least.
    """
    cube = cube[np.argsort(-tops, kind="stable")]
    inside = xp.clip(cube, -1.0, 1.0)
    above, below = xp.maximum(cube - 1.0, 0.0), xp.minimum(cube + 1.0, 0.0)
    values, rows = xp.stack([xp.ones_like(inside), inside]), []
    for first, degrees, count in _stages(tops):
        new = values
        if first:
            # T_{k+j} = 2 T_k T_j - T_{k-j} doubles the degree at a stroke: programs
            # stay short.
            values = values[:, :count]
            new = 2 * values[-1][None] * values[1:] - values[:-1][::-1]
            values = _made(xp.concatenate([values, new]), xp)
        # Beyond 1 the slope of T_k is k^2, below -1 it alternates.
        degree = np.arange(first, first + degrees)[:, None, None]
        slope, other = degree**2.0, -(degree**2.0) * (-1.0) ** degree
        tangents = slope * above[None, :count] + other * below[None, :count]
        rows.append((new + tangents).reshape(-1, cube.shape[1]))
    return xp.concatenate(rows)


def outside(cube: Any, tolerance: float = 1e-9) -> Any:
    """Which of the cube coordinates (P, d) lie outside the cube: (P,), bool."""
    return (abs(cube) > 1.0 + tolerance).any(axis=-1)


@cache
def smolyak(levels: tuple[int, ...]) -> SmolyakGrid:
    """The grid with these levels, built once."""
    return SmolyakGrid(levels)


def box(low: np.ndarray, high: np.ndarray) -> Domain:
    """Axis-aligned domain from bounds, each of shape (d,)."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    return Domain((low + high) / 2, (high - low) / 2, np.eye(len(low)))
