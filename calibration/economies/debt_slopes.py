"""Name by which topics know slopes on debt until they are moved to the protocol."""

from __future__ import annotations

from typing import Any

from .responses import slopes_on_debt


def debt_slopes(economy: Any, regime: int) -> Any:
    """Slopes on debt over annual output, with their errors."""
    return slopes_on_debt(economy.members[regime])
