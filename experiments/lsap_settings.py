"""Settings and the record that the experiment ``lsap`` is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ORDER = 3
PATHS = 10_000
# Quarters of paths that are kept.
QUARTERS = 24
OFF = {"intermediary_risk_aversion": 0.0}
SWITCH = "fiscax run lsap --set intermediary_risk_aversion=0"
# Share of outstanding debt, regulatory filings; the grid holds both.
HEDGE_FUNDS_2023, HEDGE_FUNDS_2025 = 0.045, 0.085
HEDGE_FUNDS = tuple(np.round(np.linspace(0.0, 0.16, 65), 4).tolist())
BILLS = (0.212, 0.4, 0.6)


@dataclass(frozen=True)
class Backstop:
    """Billions of pounds."""

    bought: float
    gained: float

    @property
    def per_100(self) -> float:
        """Gain in percent of purchases."""
        return 100 * self.gained / self.bought


# Bank of England, 28 September 2022 to 12 January 2023.
UK = Backstop(19.3, 3.5)
