"""The claim type of topics that are not yet moved to ``claims``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One claim: ``"zero"``, ``"positive"``, ``"negative"`` or ``"high"`` (above .5).

    ``tolerance`` separates zero from not zero, in the quantity's unit; the band is that
    of the design's judgement of the record, None where there is none.
    """

    claim: str | None
    tolerance: float
    band: tuple[float, float] | None = None
