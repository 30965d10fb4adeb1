"""The solution object: what one can ask a solved model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...models.declaration import NEXT, Model
from ..base import labelled_moments
from ..errors import SolutionError
from . import responses, storage
from .accuracy import error_table
from .grid import smolyak
from .operators import Operators
from .policy import GlobalPolicy
from .pricing import Expected, operator_builder
from .solve import BlockSolver, SolverOptions

if TYPE_CHECKING:
    import xarray as xr


class GlobalSolution(GlobalPolicy):
    """A solved model with its evidence, and what one can ask it.

    Fields are those of ``GlobalPolicy``. ``observe`` and ``walk`` give arrays; what
    follows is labelled and carries units.
    """

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

    def simulate(
        self,
        periods: int,
        paths: int = 1,
        seed: int = 0,
        outputs: Sequence[str] | None = None,
        burn: int = 200,
        events: bool = True,
    ) -> xr.Dataset:
        """Simulated outputs, states and regimes as labelled arrays (time, path).

        Parameters
        ----------
        periods : quarters, after ``burn`` that are left out.
        outputs : all that can be observed by default; links to t+1 may be named too.
        events : ``False`` gives samples in which no rare event happens.
        """
        import xarray as xr

        names = self.outputs if outputs is None else tuple(outputs)
        states, regimes, values = self.walk(
            names, periods + burn, paths, seed, events=events
        )
        dims, units = ("time", "path"), self._units((*names, *self.states))
        columns = [*np.moveaxis(values, -1, 0), *np.moveaxis(states, -1, 0)]
        data = {
            name: (dims, column[burn:], {"units": unit})
            for name, column, unit in zip(
                (*names, *self.states), columns, units, strict=True
            )
        }
        data["regime"] = (dims, regimes[burn:], {})
        return xr.Dataset(data, attrs={"seed": seed, "rare_events": str(events)})

    def impulse_response(
        self,
        shocks: Mapping[str, float],
        horizon: int,
        outputs: Sequence[str] | None = None,
        regime: int = 0,
        start: np.ndarray | None = None,
    ) -> xr.DataArray:
        """Response to an innovation at t = 0 along the path without further shocks.

        Parameters
        ----------
        shocks : size of every innovation that is not zero, in s.d.
        horizon : quarters.
        outputs : all that can be observed by default.
        start : states (d,); the ergodic mean of ``regime`` by default.

        Returns
        -------
        Array (horizon, variable) in the units of the outputs.

        Raises
        ------
        DeclarationError
            An unknown shock or output.
        """
        names = self.outputs if outputs is None else tuple(outputs)
        values = responses.impulse_response(self, shocks, horizon, names, regime, start)
        return self._response(values, names, "impulse_response")

    def generalised_impulse_response(
        self,
        shocks: Mapping[str, float],
        horizon: int,
        outputs: Sequence[str] | None = None,
        *,
        paths: int = 500,
        seed: int = 1,
        regime: int = 0,
        start: np.ndarray | None = None,
    ) -> xr.DataArray:
        """Mean difference of two sets of paths with common later innovations.

        Koop, Pesaran and Potter (1996); arguments as of ``impulse_response``.
        """
        names = self.outputs if outputs is None else tuple(outputs)
        values = responses.generalised_impulse_response(
            self, shocks, horizon, names, paths, seed, regime, start
        )
        return self._response(values, names, "generalised_impulse_response")

    def moments(
        self, outputs: Sequence[str] | None = None, lags: int = 5
    ) -> xr.Dataset:
        """Moments over the ergodic sample, all regimes and rare events included.

        Parameters
        ----------
        outputs : all that can be observed by default.

        Returns
        -------
        As ``base.labelled_moments``, and ``mean_error`` (variable), the Monte Carlo
        standard error of the mean from paths that are independent of each other.

        Raises
        ------
        DeclarationError
            An unknown output.
        SolutionError
            A path leaves the region where the model has meaning.
        """
        names = self.outputs if outputs is None else tuple(outputs)
        points, which = self.ergodic_sample
        paths = self.ergodic.paths
        # The sample stacks dates, within them paths.
        seen = self.observe(names, points, which).reshape(-1, paths, len(names))
        mean = seen.mean(axis=(0, 1))
        gap = seen - mean
        flat = gap.reshape(-1, len(names))
        later = [np.mean(gap[k:] * gap[:-k], axis=(0, 1)) for k in range(1, lags + 1)]
        found = labelled_moments(
            names,
            mean,
            flat.T @ flat / len(flat),
            np.reshape(later, (lags, len(names))),
            {"model": self.model.name},
            self._units(names),
        )
        error = seen.mean(axis=0).std(axis=0, ddof=1) / np.sqrt(paths)
        return found.assign(mean_error=("variable", error))

    def _units(self, names: Sequence[str]) -> list[str]:
        model = self.model
        records = (*model.states, *model.unknowns, *model.definitions)
        declared = {r.name: r.unit for r in records}
        # A link has a record of its own; other names at t+1 have that of date t.
        found = (n if n in declared else n.removesuffix(NEXT) for n in names)
        return [declared.get(n, "") for n in found]

    def _response(self, values, names, name: str) -> xr.DataArray:
        import xarray as xr

        return xr.DataArray(
            values,
            dims=("horizon", "variable"),
            coords={
                "horizon": np.arange(len(values)),
                "variable": list(names),
                "unit": ("variable", self._units(names)),
            },
            name=name,
            attrs={"horizon": "quarters"},
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
        expected: Sequence[Expected] = (),
    ) -> Operators:
        """Pricing operators on the grid of a block, or on another grid there.

        Parameters
        ----------
        numeraires : names declared by the model.
        block : the last one by default.
        levels : of a finer grid; the policies stay as they are.
        expected : (numeraire, variable) whose exact expectations are asked for later:
            together with the operators they cost next to nothing.
        """
        block = self.block if block is None else block
        problem = self.problem(block)
        grid = problem.grid if levels is None else smolyak(levels)
        builder = operator_builder(problem, grid, tuple(numeraires), tuple(expected))
        domain = self.solved[block].domain
        build = partial(builder, self.parameters, self.solved, domain)
        own = self, block, grid.levels, domain, problem.regimes
        return Operators.made(*own, build)

    def save(self, path: Path | str) -> None:
        """Write the solution with its evidence to one file; ``path`` ends in npz."""
        storage.write(self, path)

    @classmethod
    def load(cls, path: Path | str, model: Model) -> GlobalSolution:
        """Read a saved solution of ``model``.

        Raises
        ------
        SolutionError
            The file is no saved solution, has another format, or is another model's.
        """
        return cls(**storage.read(path, model))


def as_solution(solver: BlockSolver, parameters: Mapping) -> GlobalSolution:
    """Freeze what a block solver holds."""
    return GlobalSolution(
        model=solver.model,
        parameters={k: np.asarray(v, float) for k, v in parameters.items()},
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
) -> GlobalSolution:
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
