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
# Shares of purchases kept from quarter to quarter.
KEPT = (0.0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95)
BILLS = (0.212, 0.4, 0.6)


@dataclass(frozen=True)
class Backstop:
    """Billions of pounds; ``amount`` bought over annual output."""

    bought: float
    gained: float
    amount: float

    @property
    def per_100(self) -> float:
        """Gain in percent of purchases."""
        return 100 * self.gained / self.bought


# Bank of England, 28 September 2022 to 12 January 2023; output of 2022 was about 2,500
# billion pounds (recalled).
UK = Backstop(19.3, 3.5, 0.0077)
# Amounts of ten-year zeros that are tried, over annual output.
AMOUNTS = (0.005, UK.amount, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07)
