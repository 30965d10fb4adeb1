"""Where bonds' covariance with stocks comes from: convenience, or everything else.

A zero's surprise is that of its convenience yield, which swaps do not have, and of what
is left, as in Acharya and Laarits (NBER 31863): by tenor, over a quarter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .protocol import TENORS, Economy
from .surprises import odd


class Covariance(NamedTuple):
    """Covariance of a bond's quarterly surprise with equity's, percent squared.

    ``convenience`` and ``rest`` are its parts.
    """

    convenience: float
    rest: float

    @property
    def whole(self) -> float:
        """Of the bond."""
        return self.convenience + self.rest


def covariance_parts(
    economy: Economy, tenors: Sequence[str] = tuple(TENORS)
) -> dict[str, Covariance]:
    """Parts by tenor, at the resting point, the regime lasting.

    Losses of intermediaries' capacity move no stocks, and so no covariance.
    """
    kept = {tenor: TENORS[tenor] - 1 for tenor in tenors}
    after = economy.both_ways([f"convenience_{n}" for n in kept.values()])
    surprises = economy.surprises
    found = {}
    for tenor, n in kept.items():
        served = n * odd(after[f"convenience_{n}"])
        parts = (served, surprises[tenor] - served)
        found[tenor] = Covariance(
            *(10_000 * float(part @ surprises.equity) for part in parts)
        )
    return found
