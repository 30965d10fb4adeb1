"""Ways of funding that studies compare: core economies, and cases of them by name.

What makes a case is part of its name, so the store refuses a user's change against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core import CoreEconomy
    from .store import EconomyStore

# The share of deficit news that investors do not expect taxes to repay is 57%
# (Gomez-Cram, Kung and Lustig 2025). Spending is calmer than calibrated, else debt is
# worthless in some states; no promise is breached, and news is no stress.
UNBACKED: Mapping[str, float] = {
    "theta": 0.43,
    "breach": 0.0,
    "stress_news": 0.0,
    "sigma_z": 0.005,
    "zeta": 0.05,
}
UNBACKED_SHARE = 1 - UNBACKED["theta"]


@dataclass(frozen=True)
class Funding:
    """Who sets funding costs.

    Attributes
    ----------
    label : in sentences and legends.
    economy : name of the calibration.
    case : parameters that make it what the label says.
    """

    label: str
    economy: str
    case: Mapping[str, float] = field(default_factory=dict)


FUNDING: Mapping[str, Funding] = {
    "safe": Funding("safe debt", "safe"),
    "risky": Funding("risky debt", "risky"),
    "unbacked": Funding(
        f"risky debt, {100 * UNBACKED_SHARE:.0f}% unbacked", "risky", UNBACKED
    ),
    "switching": Funding("switching", "switching"),
}


def funded_economy(store: EconomyStore, key: str, grid: str = "coarse") -> CoreEconomy:
    """The economy of a way of funding, a key of ``FUNDING``.

    Raises
    ------
    OverrideError
        The user's change contradicts the case.
    CalibrationError, SolutionError, DeterminacyError
        As of ``solve_economy``.
    """
    funding = FUNDING[key]
    return store.core(funding.economy, funding.case, grid=grid)
