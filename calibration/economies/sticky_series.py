"""Names by which topics know simulated moments until they are moved to the protocol."""

from __future__ import annotations

from typing import Any

from .moments import model_moments
from .series import Panel, simulated_panel


def local_moments(
    economy: Any, periods: int = 400, paths: int = 200, seed: int = 0
) -> Any:
    """Simulated moments, with the columns of ``model_moments``."""
    return model_moments(economy, None, periods, paths, seed)


def local_panel(economy: Any, periods: int, paths: int, seed: int) -> Panel:
    """Simulated series in the record's units."""
    return simulated_panel(economy, periods, paths, seed)
