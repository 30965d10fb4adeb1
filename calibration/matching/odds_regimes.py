"""What estimated sticky-price economies say: rows of the regime table with their bands.

At first order, over draws of the posterior: quantiles say how much of a number the data
settle. Premia, which are of higher order, are not in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...models.general.switching import in_regime
from ...models.sticky import sticky_price_economy
from ..economies.quantities import QUANTITIES, measured
from ..economies.sticky import StickyEconomy, estimated_sticky
from ..economies.sticky_switching import REGIMES, SWITCHING, estimated_switching

# Quantiles of a summary that readers of Bayesian tables expect.
BAND = (0.05, 0.5, 0.95)


def at_first_order(
    name: str, estimates: Mapping[str, float], quantities: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Quantities of a calibration with estimated parameters, by regime.

    Raises
    ------
    SolutionError, DeterminacyError
        As of ``estimated_sticky`` and ``estimated_switching``.
    """
    found: Mapping[str, StickyEconomy]
    if name == SWITCHING:
        found = estimated_switching(name, estimates)
    else:
        economy = estimated_sticky(name, estimates)
        found = {economy.regime: economy}
    return {regime: measured(one, quantities) for regime, one in found.items()}


def regime_bands(
    name: str, names: Sequence[str], values: np.ndarray, quantities: Sequence[str]
) -> list[dict[str, Any]]:
    """Quantiles of quantities over draws (n, k) of the parameters ``names``.

    What belongs to the observation alone (means, errors) plays no part. A row holds
    the number as the economy ships, and 5, 50 and 95% quantiles, by regime.
    """
    own = {p.name for p in sticky_price_economy().parameters}
    own |= {in_regime(p, regime) for p in own for regime in REGIMES}
    kept = [i for i, n in enumerate(names) if n in own]
    found = [
        at_first_order(name, {names[i]: float(draw[i]) for i in kept}, quantities)
        for draw in values
    ]
    rows = []
    for regime, shipped in at_first_order(name, {}, quantities).items():
        for quantity in quantities:
            low, middle, high = np.quantile([f[regime][quantity] for f in found], BAND)
            rows.append(
                {
                    "regime": regime,
                    "quantity": quantity,
                    "shipped": shipped[quantity],
                    "low": float(low),
                    "median": float(middle),
                    "high": float(high),
                    "unit": QUANTITIES[quantity].unit,
                }
            )
    return rows
