"""What is asked of an economy solved by perturbation, and the regimes it may change to.

Its ledger and its simulated paths are written against this, so that they need not know
the economy that offers them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from ...solvers.perturbation.solution import LocalSolution
from .protocol import Surprises


@dataclass(frozen=True, eq=False)
class RegimeChain:
    """Regimes by name with their first-order rules, and which one holds.

    ``chances`` (R, R) are probabilities of the regime at t+1 at the resting point.
    """

    rules: Mapping[str, LocalSolution]
    chances: np.ndarray
    position: int

    @cached_property
    def before(self) -> np.ndarray:
        """Probabilities (R, R) of the regime before (columns) given today's (rows)."""
        count = len(self.chances)
        square = np.vstack([self.chances.T - np.eye(count), np.ones(count)])
        ergodic = np.linalg.lstsq(square, np.eye(count + 1)[-1], rcond=None)[0]
        return (ergodic[:, None] * self.chances / ergodic).T


class Perturbed(Protocol):
    """A solved sticky-price economy in one of its regimes."""

    @property
    def solution(self) -> LocalSolution:
        """The rule, in the form of the solver."""
        ...

    @property
    def parameters(self) -> Mapping[str, float]:
        """Values by name."""
        ...

    @property
    def chain(self) -> RegimeChain | None:
        """The regimes that it may change to; None where there is one."""
        ...

    @property
    def members(self) -> Sequence[Perturbed]:
        """The economy in each of its regimes."""
        ...

    @property
    def surprises(self) -> Surprises:
        """Unexpected returns by shock."""
        ...

    def slope(self, name: str) -> np.ndarray:
        """First derivatives of a variable by lagged states and shocks."""
        ...

    def first_order_push(self, push: Mapping[str, float]) -> np.ndarray:
        """A push as lagged states and shocks in their own units."""
        ...
