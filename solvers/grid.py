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
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


class Domain(NamedTuple):
    """Affine map to the cube: ``(shear @ (s - center)) / scale``.

    center, scale : shape (d,); shear : shape (d, d), unit lower triangular.
    """

    center: jax.Array
    scale: jax.Array
    shear: jax.Array

    def to_cube(self, points: jax.Array) -> jax.Array:
        """Map points (P, d) in the states' units to cube coordinates (P, d)."""
        return (points - self.center[None, :]) @ self.shear.T / self.scale[None, :]

    def from_cube(self, cube: jax.Array) -> jax.Array:
        """Map cube coordinates (P, d) to states."""
        inverse = jnp.linalg.inv(self.shear)
        return (cube * self.scale[None, :]) @ inverse.T + self.center[None, :]


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
        with jax.ensure_compile_time_eval():
            matrix = np.asarray(self.basis(jnp.asarray(self.nodes)))
        return np.linalg.inv(matrix)

    def _factors(self, cube: jax.Array) -> list[jax.Array]:
        """Products of polynomials over each half of the dimensions, (n_group, P).

        Points come last: picking polynomials then copies contiguous rows.
        """
        factors = []
        for unique, _, part in self._groups:
            product = jnp.ones((len(unique), cube.shape[0]))
            for column, dimension in enumerate(range(*part.indices(self.dimension))):
                rows = unique[:, column]
                if rows.any():
                    values = _chebyshev(cube[:, dimension], int(rows.max()))
                    product *= values[rows]
            factors.append(product)
        return factors

    def basis(self, cube: jax.Array) -> jax.Array:
        """All polynomials at cube coordinates (P, d): shape (P, N)."""
        first, second = self._factors(cube)
        return (first[self._groups[0][1]] * second[self._groups[1][1]]).T

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


def _chebyshev(cube: jax.Array, degree: int) -> jax.Array:
    """Polynomials 0..degree, continued along tangents beyond [-1, 1]: (n, P)."""
    inside = jnp.clip(cube, -1.0, 1.0)
    values = jnp.stack([jnp.ones_like(inside), inside])
    # T_{k+j} = 2 T_k T_j - T_{k-j} doubles the degree at a stroke: programs stay short.
    while len(values) <= degree:
        last = len(values) - 1
        more = 2 * values[last][None, :] * values[1:] - values[:last][::-1]
        values = jnp.concatenate([values, more])
    stacked = values[: degree + 1]
    order = np.arange(degree + 1)
    left = jnp.asarray((-1.0) ** (order + 1))[:, None]
    side = jnp.where(inside[None, :] > 0, 1.0, left)
    return stacked + (cube - inside)[None, :] * side * jnp.asarray(order**2)[:, None]


def outside(cube: jax.Array, tolerance: float = 1e-9) -> jax.Array:
    """Which of the cube coordinates (P, d) lie outside the cube: (P,), bool."""
    return jnp.any(jnp.abs(cube) > 1.0 + tolerance, axis=-1)


@cache
def smolyak(levels: tuple[int, ...]) -> SmolyakGrid:
    """The grid with these levels, built once."""
    return SmolyakGrid(levels)


def box(low: np.ndarray, high: np.ndarray) -> Domain:
    """Axis-aligned domain from bounds, each of shape (d,)."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    return Domain(
        jnp.asarray((low + high) / 2),
        jnp.asarray((high - low) / 2),
        jnp.eye(len(low)),
    )
