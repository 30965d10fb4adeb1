"""Sparse (Smolyak) Chebyshev grids, anisotropic, on an affine image of the cube.

Reference: Judd, Maliar, Maliar and Valero (2014), "Smolyak method for solving dynamic
economic models", JEDC 44. A grid holds the nodes of all tensor products whose levels
satisfy sum_d level_d / max_level_d <= 1 (a weighted simplex), and as many polynomials.
Beyond the cube every one-dimensional polynomial continues along its tangent: that is
smooth and cannot explode; who evaluates there can see it with ``outside``.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache, cached_property
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
    def _groups(self) -> tuple[tuple[np.ndarray, np.ndarray, slice], ...]:
        """Split of the dimensions in two: distinct degree rows and their positions."""
        half = (self.dimension + 1) // 2
        groups = []
        for part in (slice(0, half), slice(half, self.dimension)):
            unique, position = np.unique(
                self.degrees[:, part], axis=0, return_inverse=True
            )
            groups.append((unique, position.reshape(-1), part))
        return tuple(groups)

    @cached_property
    def inverse(self) -> np.ndarray:
        """Map from values at the nodes to coefficients, shape (N, N)."""
        return np.linalg.inv(self.basis(self.nodes, np))

    @cached_property
    def _rows(self) -> tuple[np.ndarray, ...]:
        """Per half of the dimensions: where ``_chebyshev`` has the factors' rows."""
        top = int(self.degrees.max()) + 1
        return tuple(
            unique + top * np.arange(*part.indices(self.dimension))[None, :]
            for unique, _, part in self._groups
        )

    def _factors(self, cube, xp: Any = jnp) -> list:
        """Products of polynomials over each half of the dimensions, (n_group, P).

        Points come last: picking polynomials then copies contiguous rows.
        """
        values = _chebyshev(cube.T, int(self.degrees.max()), xp)
        values = values.swapaxes(0, 1).reshape(-1, cube.shape[0])
        return [xp.prod(values[rows], axis=1) for rows in self._rows]

    def basis(self, cube, xp: Any = jnp):
        """All polynomials at cube coordinates (P, d): shape (P, N).

        ``xp`` is ``numpy`` for work on the host, which compiles nothing.
        """
        first, second = self._factors(cube, xp)
        return (first[self._groups[0][1]] * second[self._groups[1][1]]).T

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
        count = coefficients.shape[0]
        rows, columns = self._groups[0][1], self._groups[1][1]
        dense = jnp.zeros((count, second.shape[0], first.shape[0]))
        dense = dense.at[:, columns, rows].set(coefficients)
        partial = dense.reshape(-1, first.shape[0]) @ first
        partial = partial.reshape(count, second.shape[0], -1)
        return jnp.sum(partial * second[None, :, :], axis=1).T


def _chebyshev(cube, degree: int, xp: Any = jnp):
    """Polynomials 0..degree, continued along tangents beyond [-1, 1].

    From coordinates of any shape to (degree + 1, *shape).
    """
    inside = xp.clip(cube, -1.0, 1.0)
    values = xp.stack([xp.ones_like(inside), inside])
    # T_{k+j} = 2 T_k T_j - T_{k-j} doubles the degree at a stroke: programs stay short.
    while len(values) <= degree:
        last = len(values) - 1
        more = 2 * values[last][None] * values[1:] - values[:last][::-1]
        values = xp.concatenate([values, more])
    order = np.arange(degree + 1).reshape(-1, *[1] * cube.ndim)
    slope = xp.where(inside[None] > 0, 1.0, (-1.0) ** (order + 1)) * order**2
    return values[: degree + 1] + (cube - inside)[None] * slope


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
