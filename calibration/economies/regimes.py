"""Regimes of several economies: their names, as every study prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core import CoreEconomy


def regime_name(economy: str, regime: str) -> str:
    """Name of a regime among all of them: ``safe``, or ``switching: safe``.

    An economy that is named after its kind and regime, ``sticky_safe``, is
    ``sticky: safe``.
    """
    if economy.endswith(f"_{regime}"):
        economy = economy.removesuffix(f"_{regime}")
    return regime if economy == regime else f"{economy}: {regime}"


def regimes_of(economies: Mapping[str, CoreEconomy]) -> list[tuple[str, int, str]]:
    """Economy, position and name of every regime: ``("switching", 1, ...)``."""
    return [
        (name, k, regime_name(name, regime))
        for name, economy in economies.items()
        for k, regime in enumerate(economy.regimes)
    ]
