"""The solution object: what one can ask a solved model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from ...models.declaration import Model
from ..errors import SolutionError
from . import responses, storage
from .accuracy import error_table
from .blocks import conditions
from .conditions import Conditions, Parameters, SolvedBlocks
from .ergodic import ErgodicOptions
from .grid import Domain, smolyak
from .linear import Determinacy
from .operators import Operators
from .pricing import operator_builder
from .quadrature import Quadrature
from .simulate import (
    Draws,
    Grids,
    Start,
    Walk,
    draw,
    flat,
    observe_many,
    simulator,
    stepper,
    walk,
    without_events,
)
from .solve import BlockEvidence, BlockSolver, SolverOptions

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Solution:
    """A solved model with its evidence.

    Attributes
    ----------
    parameters : as solved, intercepts included; regime-specific ones of shape (R,).
    determinacy : Blanchard-Kahn verdict of each regime taken as permanent.
    evidence : per block, residual at the nodes, Newton steps, domain move.
    origin : states (d,) at which ergodic samples begin; the domain's centre if None.
    visited : states (P, d) and regimes (P,) of the solver's own ergodic sample; drawn
        again when first asked for if None.
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

    def policies(self, points: np.ndarray, regime: int = 0) -> xr.Dataset:
        """Every unknown at states (P, d) of one regime, labelled with units."""
        import xarray as xr

        unknowns = self.model.unknowns
        values = self.observe([u.name for u in unknowns], points, regime)
        data = {
            u.name: (
                "point",
                values[:, k],
                {"units": u.unit, "long_name": u.description},
            )
            for k, u in enumerate(unknowns)
        }
        points = np.atleast_2d(points)
        data |= {s: ("point", points[:, k]) for k, s in enumerate(self.states)}
        return xr.Dataset(data, attrs={"regime": self.model.regimes.names[regime]})

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
            states, regimes, _ = self.simulate(
                (), ergodic.periods, ergodic.paths, ergodic.seed, self.origin
            )
            points, which = flat(states, ergodic.burn), flat(regimes, ergodic.burn)
        if not np.all(np.isfinite(points)):
            raise SolutionError("the simulated economy leaves the model's domain")
        return points, which

    def resting_point(self, regime: int = 0) -> np.ndarray:
        """Ergodic mean of the states in one regime, shape (d,)."""
        points, which = self.ergodic_sample
        return points[which == regime].mean(axis=0)

    def simulate(
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

        ``events=False`` gives samples in which no rare event happens.
        """
        program = simulator(self.model, self.grids, tuple(outputs))
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
        return walk(program, self.parameters, self.solved, [beginning])[0]

    def sample(
        self,
        outputs: Sequence[str],
        periods: int,
        paths: int,
        seed: int,
        burn: int = 200,
        events: bool = True,
    ) -> xr.Dataset:
        """Simulated outputs, states and regimes as labelled arrays (time, path).

        ``periods`` are quarters, after ``burn`` that are left out.
        """
        import xarray as xr

        states, regimes, values = self.simulate(
            outputs, periods + burn, paths, seed, events=events
        )
        dims = ("time", "path")
        data = {o: (dims, values[burn:, :, k]) for k, o in enumerate(outputs)}
        data |= {s: (dims, states[burn:, :, k]) for k, s in enumerate(self.states)}
        data["regime"] = (dims, regimes[burn:])
        return xr.Dataset(data, attrs={"seed": seed, "rare_events": str(events)})

    def shocked(
        self,
        points: np.ndarray,
        shocks: Mapping[str, float],
        regime: int = 0,
        event: str | None = None,
    ) -> np.ndarray:
        """States one period on when only the named innovations (in s.d.) are not zero.

        ``points`` has shape (P, d); no rare event happens unless named.
        """
        points = np.atleast_2d(points)
        sizes = np.zeros((len(points), len(self.model.shocks)))
        names = [s.name for s in self.model.shocks]
        for name, size in shocks.items():
            sizes[:, names.index(name)] = size
        happens = np.ones((len(points), len(self.model.events)))
        if event is not None:
            happens[:, [e.name for e in self.model.events].index(event)] = 0.0
        draws = Draws(jnp.asarray(sizes), jnp.asarray(happens), jnp.zeros(len(points)))
        step = stepper(self.model, self.grids)
        return np.asarray(
            step(self.parameters, self.solved, regime, jnp.asarray(points), draws)
        )

    def impulse_response(
        self,
        outputs: Sequence[str],
        shocks: Mapping[str, float],
        horizon: int,
        regime: int = 0,
        start: np.ndarray | None = None,
    ) -> xr.DataArray:
        """Response to an innovation at t = 0 along the path without further shocks.

        Parameters
        ----------
        shocks : size of every innovation that is not zero, in s.d.
        start : states (d,); the ergodic mean of ``regime`` by default.

        Returns
        -------
        Array (horizon, n_output) in the units of the outputs.
        """
        return responses.impulse_response(self, outputs, shocks, horizon, regime, start)

    def generalised_impulse_response(
        self,
        outputs: Sequence[str],
        shocks: Mapping[str, float],
        horizon: int,
        regime: int = 0,
        start: np.ndarray | None = None,
        paths: int = 500,
        seed: int = 1,
    ) -> xr.DataArray:
        """Mean difference of two sets of paths with common later innovations.

        Koop, Pesaran and Potter (1996); arguments as of ``impulse_response``.
        """
        return responses.generalised_impulse_response(
            self, outputs, shocks, horizon, regime, start, paths, seed
        )

    def accuracy(self, points: int = 20_000, seed: int = 11) -> list[dict]:
        """Euler-equation errors per equation and regime on fresh ergodic points.

        The points are a new draw, rare events included; the rule is finer than the
        solver's. ``share_outside_domain`` refers to the block's own domain.
        """
        return error_table(self, points, seed)

    def operators(
        self,
        numeraires: Sequence[str],
        block: str | None = None,
        levels: tuple[int, ...] | None = None,
    ) -> Operators:
        """Pricing operators on the grid of a block, or on another grid there.

        Parameters
        ----------
        numeraires : names declared by the model.
        block : the last one by default.
        levels : of a finer grid; the policies stay as they are.
        """
        block = self.block if block is None else block
        problem = self.problem(block)
        grid = problem.grid if levels is None else smolyak(levels)
        build = operator_builder(problem, grid, tuple(numeraires))
        domain = self.solved[block].domain
        tables, matrices = build(self.parameters, self.solved, domain)
        return Operators(
            self, block, grid.levels, domain, problem.regimes, tables, matrices
        )

    def save(self, path: Path | str) -> None:
        """Write the solution with its evidence to one file; ``path`` ends in npz."""
        storage.write(self, path)

    @classmethod
    def load(cls, path: Path | str, model: Model) -> Solution:
        """Read a saved solution of ``model``.

        Raises
        ------
        SolutionError
            The file is no saved solution, has another format, or is another model's.
        """
        return cls(**storage.read(path, model))


def as_solution(solver: BlockSolver, parameters: Mapping) -> Solution:
    """Freeze what a block solver holds."""
    return Solution(
        model=solver.model,
        parameters={k: jnp.asarray(v, float) for k, v in parameters.items()},
        grids=solver.grids,
        solved=dict(solver.solved),
        quadrature=solver.options.quadrature,
        ergodic=solver.options.ergodic,
        determinacy=solver.determinacy,
        evidence=dict(solver.evidence),
        origin=solver.origin,
        visited=(
            None
            if solver.sample is None
            else (solver.sample.states, solver.sample.regimes)
        ),
    )


def solve(
    model: Model,
    parameters: Mapping[str, np.ndarray],
    options: SolverOptions | None = None,
) -> Solution:
    """Solve a declared model globally.

    Parameters
    ----------
    parameters : one value per declared parameter; regime-specific ones of shape (R,).
    options : grids, quadrature, ergodic sample; defaults to isotropic level 3.

    Raises
    ------
    DeterminacyError
        A regime, taken as permanent, has no stable solution or several.
    SolutionError
        A block did not converge, or its domain did not settle.
    """
    missing = [p.name for p in model.parameters if p.name not in parameters]
    if missing:
        raise SolutionError(f"no value for {', '.join(missing)}")
    options = SolverOptions() if options is None else options
    solver = BlockSolver(model, options)
    return as_solution(solver, solver.solve_all(parameters))
