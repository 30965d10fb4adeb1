"""Many points a few at a time: memory stays constant, compiled shapes repeat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

Points = TypeVar("Points", np.ndarray, jax.Array)


def split(points: Points, size: int) -> Points:
    """Reshape (P, d) to (n, size, d), repeating the last point; host arrays stay so."""
    xp: Any = jnp if isinstance(points, jax.Array) else np
    count = -(-points.shape[0] // size)
    pad = xp.repeat(points[-1:], count * size - points.shape[0], axis=0)
    return xp.concatenate([points, pad]).reshape(count, size, points.shape[1])


def join(chunks: Points, count: int) -> Points:
    """Undo ``split``: (n, size, ...) to (count, ...)."""
    return chunks.reshape(-1, *chunks.shape[2:])[:count]


def over_chunks(function: Callable, points: jax.Array, size: int):
    """Map ``function`` from (size, d) to arrays (size, ...) over points (P, d).

    Returns what ``function`` returns, an array or a tuple of them, of length P.
    """
    values = jax.lax.map(function, split(points, size))
    return jax.tree.map(lambda v: join(v, points.shape[0]), values)
