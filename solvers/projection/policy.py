"""A solved model in arrays: policies, the states they reach, the paths they take.

What the other modules of this folder work with; ``solution.Solution`` adds to it what a
user asks for, labelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ...models.declaration import DeclarationError, Model, not_found
from ..errors import SolutionError
from .blocks import conditions
from .conditions import Conditions, Parameters, SolvedBlocks
from .ergodic import ErgodicOptions
from .grid import Domain
from .linear import Determinacy
from .quadrature import Quadrature
from .simulate import (
    Draws,
    Grids,
    Start,
    Walk,
    draw,
    flat,
    observable,
    observe_many,
    simulator,
    step,
    walk,
    without_events,
)
from .solve import BlockEvidence


@dataclass(frozen=True, eq=False)
class GlobalPolicy:
    """A solved model with its evidence.

    Attributes
    ----------
    parameters : as solved, intercepts included; regime-specific ones of shape (R,).
    determinacy : Blanchard-Kahn verdict of each regime taken as permanent.
    evidence : per block, residual at the nodes, Newton steps, domain move.
    origin : states (d,) at which ergodic samples begin; the domain's centre if None.
    visited : states (P, d) and regimes (P,) of the solver's own ergodic sample; drawn
        again when first asked for if None.
    rest : ergodic means (R, d) of the states; of the ergodic sample if None.
    """

    model: Model
    parameters: Parameters
    grids: Grids
    solved: SolvedBlocks
    quadrature: Quadrature
    ergodic: ErgodicOptions
    determinacy: tuple[Determinacy, ...] = ()
    evidence: Mapping[str, BlockEvidence] = field(default_factory=dict)
    origin: np.ndarray | None = field(default=None, repr=False)
    visited: tuple[np.ndarray, np.ndarray] | None = field(default=None, repr=False)
    rest: np.ndarray | None = field(default=None, repr=False)

    @property
    def block(self) -> str:
        """The last block, whose states are the economy's."""
        return self.grids[-1][0]

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the continuous states."""
        return self.model.block(self.block).states

    @property
    def regimes(self) -> int:
        """Number of regimes."""
        return len(self.model.regimes.names)

    @property
    def domain(self) -> Domain:
        """Domain of the last block."""
        return self.solved[self.block].domain

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Every unknown and definition dated t that can be observed."""
        return observable(self.model, self.block)

    def problem(self, block: str, rule: Quadrature | None = None) -> Conditions:
        """Equilibrium conditions of a block, on the solver's quadrature by default."""
        position = [n for n, _ in self.grids].index(block)
        return conditions(
            self.model,
            block,
            self.grids[: position + 1],
            self.quadrature if rule is None else rule,
        )

    def observe(
        self,
        names: Sequence[str],
        points: np.ndarray,
        regimes: np.ndarray | int = 0,
    ) -> np.ndarray:
        """Variables or definitions dated t at states (P, d): shape (P, n).

        Parameters
        ----------
        points : in the order of ``states``; regimes : one index, or (P,) of them.

        Returns
        -------
        Values in the units of the declaration, per quarter.

        Raises
        ------
        DeclarationError
            A name that the last block cannot provide.
        """
        points = np.atleast_2d(np.asarray(points, float))
        which = np.broadcast_to(np.asarray(regimes), (len(points),))
        return observe_many(
            self.model, self.grids, self.parameters, self.solved, names, points, which
        )

    @cached_property
    def ergodic_sample(self) -> tuple[np.ndarray, np.ndarray]:
        """States (P, d) and regimes (P,) of the ergodic sample, disasters included.

        Raises
        ------
        SolutionError
            A path leaves the region where the model has meaning.
        """
        if self.visited is not None:
            points, which = self.visited
        else:
            ergodic = self.ergodic
            states, regimes, _ = self.walk(
                (), ergodic.periods, ergodic.paths, ergodic.seed, self.origin
            )
            points, which = flat(states, ergodic.burn), flat(regimes, ergodic.burn)
        if not np.all(np.isfinite(points)):
            raise SolutionError("the simulated economy leaves the model's domain")
        return points, which

    def resting_point(self, regime: int = 0) -> np.ndarray:
        """Ergodic mean of the states in one regime, shape (d,).

        Raises
        ------
        SolutionError
            The ergodic sample never visits the regime.
        """
        return self.resting_points[regime]

    @cached_property
    def resting_points(self) -> np.ndarray:
        """Ergodic means of the states in every regime, (R, d).

        Raises
        ------
        SolutionError
            The ergodic sample never visits a regime.
        """
        if self.rest is not None:
            return self.rest
        points, which = self.ergodic_sample
        for regime, name in enumerate(self.model.regimes.names):
            if not np.any(which == regime):
                raise SolutionError(
                    f"regime '{name}' is never visited: it has no resting point"
                )
        regimes = range(self.regimes)
        return np.stack([points[which == r].mean(axis=0) for r in regimes])

    def walk(
        self,
        outputs: Sequence[str],
        periods: int,
        paths: int,
        seed: int,
        start: np.ndarray | None = None,
        start_regimes: np.ndarray | None = None,
        events: bool = True,
        draws: Draws | None = None,
    ) -> Walk:
        """States (T, paths, d), regimes (T, paths), outputs (T, paths, n).

        What is dated t follows from the states, so that only links and names dated t+1
        need a program of their own. ``events=False`` gives samples in which no rare
        event happens.
        """
        links = tuple(n for n in outputs if n not in self.outputs)
        program = simulator(self.model, self.grids, links)
        if draws is None:
            draws = draw(self.model, seed, (periods, paths))
        if not events:
            draws = without_events(draws)
        if start is None:
            start = np.asarray(self.domain.center)
        begin = np.broadcast_to(np.asarray(start), (paths, len(self.states)))
        if start_regimes is None:
            start_regimes = np.arange(paths) % self.regimes
        beginning = Start(begin, np.asarray(start_regimes), draws)
        walked = walk(program, self.parameters, self.solved, [beginning])[0]
        seen = tuple(n for n in outputs if n not in links)
        if not seen:
            return walked
        shape = walked.regimes.shape
        found = self.observe(seen, flat(walked.states), flat(walked.regimes))
        values = np.concatenate(
            [found.reshape(*shape, len(seen)), walked.outputs], axis=-1
        )
        order = [(*seen, *links).index(n) for n in outputs]
        return walked._replace(outputs=values[..., order])

    def shocked(
        self,
        points: np.ndarray,
        shocks: Mapping[str, float],
        regime: int = 0,
        event: str | None = None,
    ) -> np.ndarray:
        """States one period on when only the named innovations (in s.d.) are not zero.

        ``points`` has shape (P, d); no rare event happens unless named.

        Raises
        ------
        DeclarationError
            An unknown shock.
        """
        points = np.atleast_2d(points)
        sizes = np.zeros((len(points), len(self.model.shocks)))
        names = [s.name for s in self.model.shocks]
        for name, size in shocks.items():
            if name not in names:
                raise DeclarationError(not_found("shock", name, names))
            sizes[:, names.index(name)] = size
        happens = np.ones((len(points), len(self.model.events)))
        if event is not None:
            happens[:, [e.name for e in self.model.events].index(event)] = 0.0
        draws = Draws(sizes, happens, np.zeros(len(points)))
        held = self.parameters, self.solved
        return step(self.model, self.grids, *held, regime, points, draws)
