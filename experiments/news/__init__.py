"""Responses to news for many draws at once."""

from collections.abc import Mapping
from typing import Any

from ..study import Output, Sweepable

QUARTERS = {"3m": 1, "5y": 20, "10y": 40}
_CURVE = {"maturity": list(QUARTERS)}
OUTPUTS = {
    "yield": Output("percent per year", ("maturity",), _CURVE),
    "yield_change": Output("basis points", ("maturity",), _CURVE),
    "yield_ex_convenience_change": Output("basis points", ("maturity",), _CURVE),
    "expected_inflation_10y_change": Output("basis points"),
    "term_premium_10y_change": Output("basis points"),
    "residual": Output("relative"),
    "share_outside": Output("probability"),
    "rest_reach": Output("half-widths of the domain"),
}


def _evaluate(parameters: dict[str, Any], base: str | None) -> Mapping[str, Any]:
    """Import what solves when it is asked to."""
    from .study import news

    return news(parameters, base)


SWEEPABLE = Sweepable("news", _evaluate, OUTPUTS)
