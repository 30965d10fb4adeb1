"""The solution object: policies, simulation, responses, errors, prices, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from ..models.declaration import Model
from . import pricing, storage
from .accuracy import FINER, euler_errors, summary
from .conditions import Parameters, SolvedBlocks
from .ergodic import ErgodicOptions
from .errors import SolutionError
from .grid import Domain, smolyak
from .linear import Determinacy
from .quadrature import Quadrature
from .simulate import Draws, Grids, Observer, Simulator, draw, flat, without_events
from .solve import BlockEvidence, BlockSolver, SolverOptions, conditions, simulator

if TYPE_CHECKING:
    import xarray as xr


@lru_cache(maxsize=256)
def _observer(model: Model, grids: Grids, outputs: tuple[str, ...]):
    observe = Observer(model, grids, outputs)

    def chunked(parameters, solved, regime, chunks):
        return jax.lax.map(lambda p: observe(parameters, solved, regime, p), chunks)

    return jax.jit(chunked, static_argnums=2)


@lru_cache(maxsize=64)
def _stepper(model: Model, grids: Grids):
    walk = Simulator(model, grids, ())

    def step(parameters, solved, regime, states, draws):
        return walk.step(parameters, solved, regime, states, draws)[0]

    return jax.jit(step, static_argnums=2)


@dataclass(frozen=True, eq=False)
class Solution:
    """A solved model with its evidence.

    Attributes
    ----------
    parameters : as solved, intercepts included; regime-specific ones of shape (R,).
    determinacy : Blanchard-Kahn verdict of each regime taken as permanent.
    evidence : per block, residual at the nodes, Newton steps, domain move.
    """

    model: Model
    parameters: Parameters
    grids: Grids
    solved: SolvedBlocks
    quadrature: Quadrature
    ergodic: ErgodicOptions
    determinacy: tuple[Determinacy, ...] = ()
    evidence: Mapping[str, BlockEvidence] = field(default_factory=dict)

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

    def observe(
        self,
        names: Sequence[str],
        points: np.ndarray,
        regimes: np.ndarray | int = 0,
    ) -> np.ndarray:
        """Variables or definitions dated t at states (P, d): shape (P, n)."""
        points = np.atleast_2d(np.asarray(points, float))
        which = np.broadcast_to(np.asarray(regimes), (len(points),))
        size = min(2048, len(points))
        count = -(-len(points) // size)
        pad = np.repeat(points[-1:], count * size - len(points), axis=0)
        chunks = jnp.asarray(np.concatenate([points, pad]).reshape(count, size, -1))
        observe = _observer(self.model, self.grids, tuple(names))
        result = np.zeros((len(points), len(names)))
        for regime in np.unique(which):
            got = observe(self.parameters, self.solved, int(regime), chunks)
            got = np.asarray(got).reshape(count * size, -1)[: len(points)]
            result[which == regime] = got[which == regime]
        return result

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
        """States (P, d) and regimes (P,) of the ergodic sample, disasters included."""
        states, regimes, _ = self.simulate(
            (), self.ergodic.periods, self.ergodic.paths, self.ergodic.seed
        )
        burn = self.ergodic.burn
        points, which = np.asarray(flat(states, burn)), np.asarray(flat(regimes, burn))
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
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        """States (T, paths, d), regimes (T, paths), outputs (T, paths, n).

        ``events=False`` gives samples in which no rare event happens.
        """
        walk = simulator(self.model, self.grids, tuple(outputs))
        if draws is None:
            draws = draw(self.model, jax.random.PRNGKey(seed), (periods, paths))
        if not events:
            draws = without_events(draws)
        if start is None:
            start = np.asarray(self.domain.center)
        begin = jnp.broadcast_to(jnp.asarray(start), (paths, len(self.states)))
        if start_regimes is None:
            start_regimes = np.arange(paths) % self.regimes
        return walk(
            self.parameters, self.solved, begin, jnp.asarray(start_regimes), draws
        )

    def sample(
        self,
        outputs: Sequence[str],
        periods: int,
        paths: int,
        seed: int,
        burn: int = 200,
        events: bool = True,
    ) -> xr.Dataset:
        """Simulated outputs, states and regimes as labelled arrays (time, path)."""
        import xarray as xr

        states, regimes, values = self.simulate(
            outputs, periods + burn, paths, seed, events=events
        )
        dims = ("time", "path")
        data = {
            o: (dims, np.asarray(values[burn:, :, k])) for k, o in enumerate(outputs)
        }
        data |= {
            s: (dims, np.asarray(states[burn:, :, k]))
            for k, s in enumerate(self.states)
        }
        data["regime"] = (dims, np.asarray(regimes[burn:]))
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
        step = _stepper(self.model, self.grids)
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
        """Response to an innovation at t = 0 along the path without further shocks."""
        start = self.resting_point(regime) if start is None else np.asarray(start)
        first = np.concatenate(
            [self.shocked(start, shocks, regime), self.shocked(start, {}, regime)]
        )
        draws = Draws(
            jnp.zeros((horizon, 2, len(self.model.shocks))),
            jnp.ones((horizon, 2, len(self.model.events))),
            jnp.zeros((horizon, 2)),
        )
        return self._difference(outputs, first, regime, draws, 1, "impulse_response")

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
        """Mean difference of two sets of paths with common later innovations."""
        start = self.resting_point(regime) if start is None else np.asarray(start)
        hit = np.repeat(self.shocked(start, shocks, regime), paths, axis=0)
        still = np.repeat(self.shocked(start, {}, regime), paths, axis=0)
        half = draw(self.model, jax.random.PRNGKey(seed), (horizon, paths))
        draws = Draws(*(jnp.concatenate([d, d], axis=1) for d in half))
        first = np.concatenate([hit, still])
        return self._difference(
            outputs, first, regime, draws, paths, "generalised_impulse_response"
        )

    def _difference(self, outputs, first, regime, draws, paths, name) -> xr.DataArray:
        import xarray as xr

        _, _, values = self.simulate(
            outputs,
            0,
            len(first),
            0,
            start=first,
            start_regimes=np.full(len(first), regime),
            draws=draws,
        )
        values = np.asarray(values)
        gap = values[:, :paths].mean(axis=1) - values[:, paths:].mean(axis=1)
        return xr.DataArray(
            gap,
            dims=("horizon", "variable"),
            coords={"horizon": np.arange(len(gap)), "variable": list(outputs)},
            name=name,
            attrs={"units": "see the variable table", "horizon": "quarters"},
        )

    def accuracy(self, points: int = 20_000, seed: int = 11) -> list[dict]:
        """Euler-equation errors per equation and regime on fresh ergodic points.

        The points are a new draw, rare events included; the rule is finer than the
        solver's. ``share_outside_domain`` refers to the block's own domain.
        """
        states, which = self._fresh_points(points, seed)
        rows = []
        for position, (name, _) in enumerate(self.grids):
            grids = self.grids[: position + 1]
            problem = conditions(self.model, name, grids, FINER)
            columns = [self.states.index(s) for s in self.model.block(name).states]
            domain = self.solved[name].domain
            for regime in range(self.regimes):
                here = states[which == regime][:, columns]
                errors = euler_errors(
                    problem, self.parameters, self.solved, regime, here
                )
                cube = np.abs(np.asarray(domain.to_cube(jnp.asarray(here))))
                outside = float(np.mean(np.any(cube > 1 + 1e-9, axis=1)))
                for k, equation in enumerate(problem.functions.equations):
                    rows.append(
                        {
                            "regime": self.model.regimes.names[regime],
                            "block": name,
                            "equation": equation,
                            **summary(errors[:, k]),
                            "share_outside_domain": outside,
                        }
                    )
        return rows

    def _fresh_points(self, points: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        sample, which = self.ergodic_sample
        paths = 200
        periods = -(-points // paths) * self.regimes
        rng = np.random.default_rng(seed)
        chosen = rng.choice(len(sample), paths)
        states, regimes, _ = self.simulate(
            (), periods + 40, paths, seed, sample[chosen], which[chosen]
        )
        states, regimes = np.asarray(flat(states, 40)), np.asarray(flat(regimes, 40))
        keep = np.concatenate(
            [np.flatnonzero(regimes == r)[:points] for r in range(self.regimes)]
        )
        return states[keep], regimes[keep]

    def operators(
        self,
        numeraires: Sequence[str],
        block: str | None = None,
        levels: tuple[int, ...] | None = None,
    ) -> Operators:
        """Pricing operators on the grid of a block, or on another grid there."""
        block = self.block if block is None else block
        position = [n for n, _ in self.grids].index(block)
        problem = conditions(
            self.model, block, self.grids[: position + 1], self.quadrature
        )
        grid = self.grids[position][1] if levels is None else smolyak(levels)
        build = pricing.operator_builder(problem, grid, tuple(numeraires))
        domain = self.solved[block].domain
        tables, matrices = build(self.parameters, self.solved, domain)
        return Operators(
            self, block, grid.levels, domain, problem.regimes, tables, matrices
        )

    def save(self, path: Path | str) -> None:
        """Write the solution with its evidence to one ``.npz`` file."""
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


@dataclass(frozen=True, eq=False)
class Operators:
    """Pricing operators of a solution on one grid; vectors are node values (R*N,)."""

    solution: Solution
    block: str
    levels: tuple[int, ...]
    domain: Domain
    regimes: int
    tables: pricing.Tables
    matrices: dict[str, jax.Array]

    @cached_property
    def nodes(self) -> np.ndarray:
        """Nodes of the grid, shape (N, d)."""
        cube = jnp.asarray(smolyak(self.levels).nodes)
        return np.asarray(self.domain.from_cube(cube))

    def at_nodes(self, names: Sequence[str]) -> jax.Array:
        """Variables dated t at the nodes, shape (n, R*N)."""
        solution = self.solution
        position = [n for n, _ in solution.grids].index(self.block)
        observe = _observer(
            solution.model, solution.grids[: position + 1], tuple(names)
        )
        rows = [
            observe(
                solution.parameters, solution.solved, r, jnp.asarray(self.nodes)[None]
            )[0]
            for r in range(self.regimes)
        ]
        return jnp.concatenate(rows, axis=0).T

    def exact_step(self, numeraire: str, names: Sequence[str]) -> jax.Array:
        """E[weight f(s')] of declared variables at the nodes, shape (n, R*N)."""
        solution = self.solution
        position = [n for n, _ in solution.grids].index(self.block)
        problem = conditions(
            solution.model,
            self.block,
            solution.grids[: position + 1],
            solution.quadrature,
        )
        step = pricing.exact_step(
            problem, smolyak(self.levels), numeraire, tuple(names)
        )
        return step(solution.parameters, solution.solved, self.domain)

    def functions(
        self, names: Sequence[str], values: jax.Array
    ) -> pricing.NodeFunctions:
        """Functions with node values (n, R*N), to be evaluated anywhere."""
        return pricing.NodeFunctions(
            smolyak(self.levels), self.domain, self.regimes, tuple(names), values
        )

    def radius(self, numeraire: str) -> float:
        """Spectral radius."""
        return pricing.spectral_radius(self.matrices[numeraire])


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
