"""What drives a number of the risky economy: the number without one piece of policy.

Each piece is switched to what safe debt has, the economy is solved again with the
intercepts that belong to it, on the coarse grid, and every quantity measured anew. The
table comes with fiscax (``make solutions``), because four economies are solved for it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..shipped import SOLUTIONS
from .quantities import measured
from .store import EconomyStore

# Piece of policy -> the parameter that safe debt has otherwise.
PIECES: Mapping[str, str] = {
    "promises broken in disasters": "breach",
    "stress on fiscal news": "stress_news",
    "accommodated supply shocks": "b_x",
    "a rule without the natural rate": "phi_natural",
}
FILE = "drivers.csv"
ALL = "all of risky policy"
# A piece that changes a number by as much as this drives it. Where all of risky policy
# does and no piece alone, it is that the government leads.
MOST = 0.5
LEAD = "fiscal lead"
SAME = "as with safe debt"


class Driver(NamedTuple):
    """A number with all of risky policy, and without one piece of it."""

    quantity: str
    piece: str
    value: float
    without: float

    @property
    def change(self) -> float:
        """What the piece changes, over the larger of both numbers: at most two."""
        larger = max(abs(self.value), abs(self.without))
        return abs(self.value - self.without) / larger if larger else 0.0


def drivers(store: EconomyStore, names: Iterable[str]) -> list[Driver]:
    """Every quantity without every piece of policy.

    Raises
    ------
    CalibrationError, SolutionError
        As of ``EconomyStore.core``.
    """
    wanted = tuple(names)
    safe = store.core("safe", grid="coarse")
    other, apart = safe.calibration.values, measured(safe, wanted)
    whole = measured(store.core("risky", grid="coarse"), wanted)
    found = [Driver(n, ALL, whole[n], apart[n]) for n in wanted]
    for piece, parameter in PIECES.items():
        changes = {parameter: float(np.ravel(other[parameter])[0])}
        less = measured(store.core("risky", changes, grid="coarse"), wanted)
        found += [Driver(n, piece, whole[n], less[n]) for n in wanted]
    return found


def leading(found: Iterable[Driver], tolerances: Mapping[str, float]) -> dict[str, str]:
    """What drives each quantity, in words; "" where it is zero within its tolerance.

    ``found`` has all of policy (``ALL``) and every piece of it.
    """
    by: dict[str, list[Driver]] = {}
    for driver in found:
        by.setdefault(driver.quantity, []).append(driver)
    words = {}
    for name, pieces in by.items():
        every = next(d for d in pieces if d.piece == ALL)
        most = max((d for d in pieces if d.piece != ALL), key=lambda d: d.change)
        if abs(every.value) <= tolerances.get(name, 0.0):
            words[name] = ""
        elif every.change < MOST:
            words[name] = SAME
        else:
            words[name] = most.piece if most.change >= MOST else LEAD
    return words


def write_drivers(folder: Path, names: Iterable[str]) -> None:
    """Write the table that fiscax ships."""
    with (folder / FILE).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(Driver._fields)
        for row in drivers(EconomyStore(shipped=folder), names):
            numbers = (f"{row.value:.6g}", f"{row.without:.6g}")
            writer.writerow((row.quantity, row.piece, *numbers))


def shipped_drivers() -> list[Driver]:
    """The table of the shipped parameters."""
    with (SOLUTIONS / FILE).open(encoding="utf-8") as stream:
        return [
            Driver(r["quantity"], r["piece"], float(r["value"]), float(r["without"]))
            for r in csv.DictReader(stream)
        ]
