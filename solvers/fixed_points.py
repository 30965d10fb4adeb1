"""Smallest fixed points of convex feedback: x = start + g(x), g increasing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

Array = Any
STEPS = 60


class FixedPoint(NamedTuple):
    """Scalars: the point, the feedback's slope there and what is left of x - start - g.

    There is none where ``slope`` is not below one or ``residual`` is not small.
    """

    point: Array
    slope: Array
    residual: Array


def smallest_fixed_point(
    feedback: Callable[[Array], Array], start: Array
) -> FixedPoint:
    """Newton's method from the left, where it rises to the smallest one without jumps.

    A tangent of a convex ``feedback`` lies below it, so that no step passes the point.
    Steps are of one unit at most: where there is no point they go on rising.
    """
    slope_of = jax.grad(feedback)

    def step(x, _):
        gap = start + feedback(x) - x
        slope = slope_of(x)
        ahead = jnp.where(slope < 1.0, gap / (1.0 - jnp.minimum(slope, 0.999)), 1.0)
        return x + jnp.minimum(ahead, 1.0), None

    begin = jnp.asarray(start, float)
    point, _ = jax.lax.scan(step, begin, None, length=STEPS)
    residual = point - start - feedback(point)
    return FixedPoint(point, slope_of(point), residual)
