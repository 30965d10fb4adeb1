"""Functions of the macro language, and values as they are written into files."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..declaration import DeclarationError


class MacroError(DeclarationError):
    """A macro that has no value; the caller adds file and line."""


def shown(value: Any) -> str:
    """A value as ``@{...}`` writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e15
        return str(int(value)) if whole else f"{value:.17g}"
    if isinstance(value, list):
        return f"[{', '.join(_inner(v) for v in value)}]"
    if isinstance(value, tuple):
        return f"({', '.join(_inner(v) for v in value)})"
    return str(value)


def _inner(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else shown(value)


def number_function(function: Callable[..., float]) -> Callable[..., float]:
    """A function of numbers that refuses other values, and arguments outside it."""

    def applied(*values):
        for value in values:
            numeric(value)
        try:
            return float(function(*values))
        except (ValueError, OverflowError, ZeroDivisionError):
            raise MacroError("a function has no value at its argument") from None

    return applied


def numeric(value: Any) -> float:
    """The value, if it is a number.

    Raises
    ------
    MacroError
        It is a text, a truth, an array or a tuple.
    """
    if isinstance(value, bool) or not isinstance(value, float):
        raise MacroError(f"'{shown(value)}' is no number")
    return value


def _normal_cdf(x, mean=0.0, deviation=1.0):
    return (1 + math.erf((x - mean) / (deviation * math.sqrt(2)))) / 2


def _normal_pdf(x, mean=0.0, deviation=1.0):
    scaled = (x - mean) / deviation
    return math.exp(-(scaled**2) / 2) / (deviation * math.sqrt(2 * math.pi))


NUMERIC = {
    "exp": math.exp, "ln": math.log, "log": math.log, "log10": math.log10,
    "sqrt": math.sqrt, "cbrt": lambda x: math.copysign(abs(x) ** (1 / 3), x),
    "abs": abs, "sign": lambda x: float((x > 0) - (x < 0)), "floor": math.floor,
    "ceil": math.ceil, "trunc": math.trunc, "round": lambda x: math.floor(x + 0.5),
    "mod": math.fmod, "power": lambda x, y: x**y, "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan,
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "erf": math.erf,
    "erfc": math.erfc, "gamma": math.gamma, "lgamma": math.lgamma,
    "max": max, "min": min, "normcdf": _normal_cdf, "normpdf": _normal_pdf,
}  # fmt: skip
ANY: dict[str, Callable[[Any], Any]] = {
    "length": lambda v: float(len(v)),
    "isempty": lambda v: len(v) == 0,
    "isboolean": lambda v: isinstance(v, bool),
    "isreal": lambda v: isinstance(v, float) and not isinstance(v, bool),
    "isinteger": lambda v: isinstance(v, float) and v.is_integer(),
    "isstring": lambda v: isinstance(v, str),
    "istuple": lambda v: isinstance(v, tuple),
    "isarray": lambda v: isinstance(v, list),
    "sum": lambda v: float(sum(numeric(x) for x in v)),
}
CASTS: dict[str, Callable[[Any], Any]] = {
    "bool": lambda v: v.lower() == "true" if isinstance(v, str) else bool(v),
    "real": float,
    "string": shown,
    "array": lambda v: list(v) if isinstance(v, list | tuple) else [v],
    "tuple": lambda v: tuple(v) if isinstance(v, list | tuple) else (v,),
}
