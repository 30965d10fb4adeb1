"""Taylor-mode differentiation: truncated series along many directions at once.

A model's residuals are run on numbers of a kind that carries the first coefficients of
``z(t) = z0 + z1 t + z2 t^2 + z3 t^3`` (Griewank, Utke and Walther 2000). The base value
is shared by all directions, so that functions are evaluated once and the rest is
multiplication; coefficients that are zero by structure are left out (None).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import erf

Coefficient = Any


class Series:
    """``coefficients[k]`` belongs to t^k; [0] is a scalar, the others (directions,)."""

    # Arrays leave arithmetic with a series to the series.
    __array_priority__ = 1000
    __slots__ = ("coefficients",)

    def __init__(self, coefficients: Sequence[Coefficient]):
        self.coefficients = tuple(coefficients)

    @property
    def degree(self) -> int:
        """Highest power that is kept."""
        return len(self.coefficients) - 1

    def _like(self, value) -> Series:
        if isinstance(value, Series):
            return value
        return Series((value, *([None] * self.degree)))

    def __add__(self, other):
        """Sum, coefficient by coefficient."""
        other = self._like(other)
        pairs = zip(self.coefficients, other.coefficients, strict=True)
        return Series([_plus(a, b) for a, b in pairs])

    __radd__ = __add__

    def __neg__(self):
        """Negative of every coefficient."""
        return Series([None if c is None else -c for c in self.coefficients])

    def __sub__(self, other):
        """Difference."""
        return self + (-self._like(other))

    def __rsub__(self, other):
        """Difference from a number."""
        return self._like(other) + (-self)

    def __mul__(self, other):
        """Product: the convolution of the coefficients."""
        if not isinstance(other, Series):
            return Series([None if c is None else c * other for c in self.coefficients])
        a, b = self.coefficients, other.coefficients
        return Series(
            [_sum(_times(a[j], b[k - j]) for j in range(k + 1)) for k in range(len(a))]
        )

    __rmul__ = __mul__

    def __truediv__(self, other):
        """Quotient."""
        if not isinstance(other, Series):
            return self * (1 / other)
        return self * unary(_inverse)(other)

    def __rtruediv__(self, other):
        """Number over a series."""
        return unary(_inverse)(self) * other

    def __pow__(self, exponent):
        """Power; a whole number or anything else, a series too."""
        if isinstance(exponent, Series):
            if any(c is not None for c in exponent.coefficients[1:]):
                return FUNCTIONS["exp"](exponent * FUNCTIONS["log"](self))
            exponent = exponent.coefficients[0]
        if isinstance(exponent, int) and exponent == 2:
            return self * self
        return unary(lambda x: x**exponent)(self)

    def __rpow__(self, base):
        """Number to the power of a series."""
        return FUNCTIONS["exp"](self * jnp.log(base))

    def __abs__(self):
        """Absolute value, smooth away from zero."""
        return unary(jnp.abs)(self)


def _plus(a, b):
    if a is None:
        return b
    return a if b is None else a + b


def _times(a, b):
    return None if a is None or b is None else a * b


def _sum(terms):
    total = None
    for term in terms:
        total = _plus(total, term)
    return total


def _inverse(x):
    return 1 / x


def unary(function: Callable[[jax.Array], jax.Array]):
    """Lift a smooth function of one number to series of degree three at most."""

    def slope(f):
        return lambda x: jax.jvp(f, (x,), (jnp.ones_like(x),))[1]

    def lifted(x):
        if not isinstance(x, Series):
            return function(x)
        base, *rest = x.coefficients
        base = jnp.asarray(base, float)
        if all(c is None for c in rest):
            return Series((function(base), *rest))
        first, second = slope(function), slope(slope(function))
        by = first(base)
        found = [function(base), _times(by, rest[0])]
        square = _times(rest[0], rest[0])
        bend = second(base) / 2 if len(rest) > 1 else None
        if len(rest) > 1:
            found.append(_plus(_times(by, rest[1]), _times(bend, square)))
        if len(rest) > 2:
            mixed, cube = _times(rest[0], rest[1]), _times(rest[0], square)
            twist = slope(second)(base) / 6
            inner = _plus(_times(_times(bend, 2.0), mixed), _times(twist, cube))
            found.append(_plus(_times(by, rest[2]), inner))
        return Series(found)

    return lifted


FUNCTIONS: dict[str, Any] = {
    name: unary(function)
    for name, function in {
        "exp": jnp.exp,
        "log": jnp.log,
        "sqrt": jnp.sqrt,
        "sin": jnp.sin,
        "cos": jnp.cos,
        "tan": jnp.tan,
        "asin": jnp.arcsin,
        "acos": jnp.arccos,
        "atan": jnp.arctan,
        "sinh": jnp.sinh,
        "cosh": jnp.cosh,
        "tanh": jnp.tanh,
        "asinh": jnp.arcsinh,
        "acosh": jnp.arccosh,
        "atanh": jnp.arctanh,
        "erf": erf,
        "Abs": jnp.abs,
    }.items()
} | {"pi": jnp.pi, "E": jnp.e}


def along(
    residuals: Callable[..., Sequence[Any]],
    base: Sequence[Any],
    directions: Sequence[jax.Array | None],
    fixed: Sequence[Any],
) -> tuple[jax.Array, ...]:
    """Coefficients of residuals along curves from ``base``.

    Parameters
    ----------
    residuals : takes a list of numbers (the curve) and ``fixed`` as they are.
    base : numbers of length m.
    directions : per power of t from the first on, (m, count) or None.

    Returns
    -------
    Per power of t from the first on, (count, n).
    """
    return expand(residuals, base, directions, fixed)[1:]


def expand(
    residuals: Callable[..., Sequence[Any]],
    base: Sequence[Any],
    directions: Sequence[jax.Array | None],
    fixed: Sequence[Any],
) -> tuple[jax.Array, ...]:
    """The values (n,) of residuals at ``base``, then what ``along`` returns.

    Numbers of ``base`` behind those that directions move stay what they are.
    """
    moving = next(len(d) for d in directions if d is not None)
    curve = [
        Series((b, *(None if d is None else d[i] for d in directions)))
        for i, b in enumerate(base[:moving])
    ]
    curve += base[moving:]
    count = next(d.shape[1] for d in directions if d is not None)
    nothing = jnp.zeros(count)
    rest = [None] * len(directions)
    found = [
        r.coefficients if isinstance(r, Series) else (r, *rest)
        for r in residuals(curve, fixed)
    ]
    powers = [jnp.stack([jnp.asarray(r[0], float) for r in found])]
    for k in range(1, len(directions) + 1):
        column = [r[k] for r in found]
        powers.append(jnp.stack([nothing if c is None else c for c in column], axis=1))
    return tuple(powers)
