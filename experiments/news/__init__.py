"""Responses to news for many draws at once."""

from collections.abc import Mapping
from typing import Any

from ..study import Sweepable
from .outputs import OUTPUTS


def _evaluate(parameters: dict[str, Any], base: str | None) -> Mapping[str, Any]:
    """Import what solves when it is asked to."""
    from .study import news

    return news(parameters, base)


SWEEPABLE = Sweepable("news", _evaluate, OUTPUTS)
