"""Which economies the page has solved: worlds, the axes of their grids, and presets.

A world is the risky economy with one size of spending risk. Its axes are policy
parameters; its nodes are those of a sparse Chebyshev grid. Debt that too little backs
is worthless in some states and has no solution: the lowest backing share of a world
depends on its other axes, so that every node of the grid exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...solvers.projection.grid import SmolyakGrid, smolyak

BACKING = "theta"
Point = Mapping[str, float]


@dataclass(frozen=True)
class Axis:
    """A parameter of the economy that a slider moves.

    Attributes
    ----------
    name : of the parameter. label : for people. scale, unit : of what is shown.
    low, high : range that is solved for. level : of the grid, 2^level + 1 nodes.
    step : of the slider, in the parameter's own unit.
    """

    name: str
    label: str
    scale: float
    unit: str
    low: float
    high: float
    level: int
    step: float


@dataclass(frozen=True)
class World:
    """One size of spending risk, and the region that is solved.

    Attributes
    ----------
    name : short. label : for people. words : what it is, a sentence.
    changes : of the risky economy's parameters.
    axes : the first one is the backing share.
    floor : the lowest backing share where the other axes are at their low ends.
    slopes : what one unit of another axis adds to it.
    """

    name: str
    label: str
    words: str
    changes: Mapping[str, float]
    axes: tuple[Axis, ...]
    floor: float = 0.0
    slopes: Mapping[str, float] = field(default_factory=dict)

    @property
    def grid(self) -> SmolyakGrid:
        """The sparse grid of its nodes."""
        return smolyak(tuple(axis.level for axis in self.axes))

    def lowest(self, others: Point) -> float:
        """The lowest backing share that is solved at values of the other axes."""
        more = (s * (others[n] - self._low(n)) for n, s in self.slopes.items())
        return max(0.0, self.floor + sum(more))

    def _low(self, name: str) -> float:
        return next(axis.low for axis in self.axes if axis.name == name)

    def at(self, cube: np.ndarray) -> list[dict[str, float]]:
        """Parameters at coordinates (P, d) of the cube [-1, 1]^d."""
        return [self._point(row) for row in np.asarray(cube, float)]

    def _point(self, row: np.ndarray) -> dict[str, float]:
        share = (row + 1) / 2
        first, *others = self.axes
        point = {
            axis.name: float(axis.low + s * (axis.high - axis.low))
            for axis, s in zip(others, share[1:], strict=True)
        }
        low = self.lowest(point)
        return {first.name: float(low + share[0] * (first.high - low)), **point}

    def cube(self, point: Point) -> np.ndarray:
        """Coordinates (d,) of parameters."""
        first, *others = self.axes
        low = self.lowest(point)
        found = [(point[first.name] - low) / (first.high - low)]
        found += [(point[a.name] - a.low) / (a.high - a.low) for a in others]
        return 2 * np.array(found) - 1


def _axes(breach: float, debt: float) -> tuple[Axis, ...]:
    return (
        Axis(BACKING, "backing share θ", 100.0, "% of new spending", 0.0, 1.0, 3, 0.01),
        Axis(
            "breach",
            "broken in a disaster",
            100.0,
            "% of promises",
            0.01,
            breach,
            3,
            breach / 60,
        ),
        Axis("phi", "policy rate on inflation φ", 1.0, "", 0.1, 0.7, 3, 0.01),
        Axis("debt_target", "debt", 100.0, "% of annual GDP", debt, 1.4, 2, 0.01),
    )


WORLDS = (
    World(
        "calm",
        "calm spending",
        "News of spending is a fifth as large as calibrated, and a disaster costs half "
        "as much: debt keeps a value at every backing share.",
        {"sigma_z": 0.005, "zeta": 0.05},
        _axes(0.6, 0.8),
    ),
    World(
        "calibrated",
        "spending as calibrated",
        "Spending risk is what the record since 2022 asks for: debt that too little "
        "backs is worthless in some states, and has no solution.",
        {},
        _axes(0.1, 0.9),
        floor=0.45,
        slopes={"breach": 4.7},
    ),
)
