"""Simulated samples of an economy: variables and curves on many independent paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...solvers.pricing.curves import TermStructure
from ...solvers.projection.simulate import Walk
from .ledger import Ledger
from .statistics import Array

BURN = 100


@dataclass(frozen=True)
class Size:
    """Quarters on every path, number of paths, and the seed of their draws."""

    periods: int = 240
    paths: int = 100
    seed: int = 5


USUAL = Size()


class Simulating(Protocol):
    """An economy that was solved globally, as far as samples ask."""

    @property
    def name(self) -> str:
        """As a user calls it."""
        ...

    @property
    def regimes(self) -> tuple[str, ...]:
        """Names of the regimes."""
        ...

    @property
    def curves(self) -> TermStructure:
        """Curves at states."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The valuation ledger at states."""
        ...

    def simulate(
        self,
        outputs: Sequence[str],
        periods: int,
        paths: int,
        seed: int,
        events: bool = False,
    ) -> Walk:
        """States (T, paths, d), regimes (T, paths), outputs (T, paths, n)."""
        ...


@dataclass(frozen=True, eq=False)
class Sample:
    """Named series (T, paths), states (T, paths, d) and regimes (T, paths).

    Row t is date t; links, such as growth from t to t+1, are recorded at t.
    """

    series: Mapping[str, Array]
    states: Array
    regimes: NDArray[np.int64]

    def mask(self, regime: int) -> Array:
        """Dates (T, paths) in the regime."""
        return (self.regimes == regime).astype(float)


def sample(
    economy: Simulating,
    outputs: Sequence[str],
    curves: Sequence[str] = (),
    disasters: bool = False,
    size: Size = USUAL,
) -> Sample:
    """Simulate after a burn-in.

    ``outputs`` are variables of the model, ``curves`` functions of the term structure.
    """
    walk = economy.simulate(
        outputs, size.periods + BURN, size.paths, size.seed, events=disasters
    )
    states, which, recorded = (part[BURN:] for part in walk)
    columns = [recorded]
    if curves:
        flat = states.reshape(-1, states.shape[-1])
        found = economy.curves(list(curves), flat, which.reshape(-1))
        columns.append(found.reshape(*which.shape, len(curves)))
    rows = np.moveaxis(np.concatenate(columns, axis=-1), -1, 0)
    return Sample(dict(zip((*outputs, *curves), rows, strict=True)), states, which)
