"""Claims of the talk as numbers: what safe debt, risky debt and the record say.

A verdict is never written by hand: it follows from the numbers and from what the claim
says about them, by the rule of the regime table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .regime_rows import Cell

SUFFIX = "_slide_claims"


def verdict(cell: Cell, value: float) -> str | None:
    """``"delivered"``, ``"contradicted"`` or ``"zero"``; None without a claim.

    ``value`` is in the quantity's unit, as is the cell's tolerance. A claim of a sign
    about a value within it is ``"zero"``: neither delivered nor contradicted.
    """
    if cell.claim is None:
        return None
    small = abs(value) <= cell.tolerance
    if cell.claim == "zero":
        return "delivered" if small else "contradicted"
    if cell.claim in ("high", "low"):
        above = value > cell.tolerance
        return "delivered" if above == (cell.claim == "high") else "contradicted"
    if small:
        return "zero"
    right = (value > 0) == (cell.claim == "positive")
    return "delivered" if right else "contradicted"


@dataclass(frozen=True)
class Side:
    """A number, what the claim says about it, and where it comes from.

    Attributes
    ----------
    value
        In the claim's unit; None where there is no number, and ``note`` says why.
    cell
        What the claim says: zero, positive, negative, high or low with a tolerance in
        the claim's unit; None where it says nothing.
    note
        Sample, source, or the reason why there is no number.
    """

    value: float | None = None
    cell: Cell | None = None
    note: str = ""

    def verdict(self) -> str | None:
        """``delivered``, ``contradicted`` or ``zero``; None without claim or number."""
        if self.value is None or self.cell is None:
            return None
        return verdict(self.cell, self.value)


@dataclass(frozen=True)
class SlideClaim:
    """One sentence of the talk.

    Attributes
    ----------
    key
        Name of the claim, unique within its experiment.
    claim
        The sentence.
    unit
        Of all three numbers.
    safe, risky, data
        What each says.
    switch
        What removes the mechanism, as a user types it, and what is left without it.
    """

    key: str
    claim: str
    unit: str
    safe: Side
    risky: Side
    data: Side
    switch: str = ""

    def overall(self) -> str:
        """One verdict on the claim.

        ``not delivered`` names the models that fail it; a record that contradicts the
        claim is said first.
        """
        sides = {"safe": self.safe, "risky": self.risky}
        judged = {k: s.verdict() for k, s in sides.items()}
        failed = [k for k, v in judged.items() if v in ("contradicted", "zero")]
        data = self.data.verdict()
        models = "not judged in the models"
        if failed:
            models = f"not delivered ({', '.join(failed)})"
        elif any(judged.values()):
            models = "delivered"
        record = {
            "delivered": "data agree",
            "contradicted": "data disagree",
            "zero": "data cannot tell",
            None: "no data",
        }[data]
        return f"{models}; {record}"


def slide_records(
    experiment: str, claims: Sequence[SlideClaim]
) -> dict[str, list[dict[str, Any]]]:
    """Records of the claims, to be put among an experiment's ``records``.

    Raises
    ------
    ValueError
        Two claims of one name.
    """
    keys = [c.key for c in claims]
    if len(set(keys)) < len(keys):
        raise ValueError(f"claims of '{experiment}' have one name twice: {keys}")
    found = []
    for claim in claims:
        row: dict[str, Any] = {
            "experiment": experiment,
            "key": claim.key,
            "claim": claim.claim,
            "unit": claim.unit,
        }
        for name in ("safe", "risky", "data"):
            side: Side = getattr(claim, name)
            row |= {
                name: side.value,
                f"{name}_claim": side.cell.claim if side.cell else None,
                f"{name}_tolerance": side.cell.tolerance if side.cell else None,
                f"{name}_verdict": side.verdict(),
                f"{name}_note": side.note,
            }
        found.append(row | {"verdict": claim.overall(), "switch": claim.switch})
    return {f"{experiment.replace('-', '_')}{SUFFIX}": found}
