"""A model whose parameters follow a Markov chain, solved: what one can ask it.

The chain is a mapping of mappings, ``{"active": {"active": 0.95, "passive": 0.05},
...}``; a parameter that moves with it is a mapping by regime. Rules are polynomials of
yesterday's variables, today's shocks and sigma in each regime (Foerster, Rubio-Ramirez,
Waggoner and Zha 2016); paths are not pruned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from ...models.declaration import DeclarationError, not_found
from ...models.general.functions import parameter_vector, residual_function
from ...models.general.model import DynamicModel
from ...models.general.parameters import at_rest_parameters
from ..base import labelled_moments
from ..errors import DeterminacyError, SolutionError
from ..perturbation.steady_state import steady_state
from ..projection.accuracy import summary
from .perturbation import (
    SwitchingPolicy,
    simulate_switching,
    switching_perturbation,
    switching_residuals,
    switching_responses,
)
from .reduction import states_of
from .rules import unique_solution
from .solutions import SwitchingSolution, switching_solutions
from .system import SwitchingModel, linear_switching_system

if TYPE_CHECKING:
    import xarray as xr

Chain = Mapping[str, Mapping[str, float]]
# A residual at rest beyond this says that a parameter moves the steady state.
_MOVES = 1e-8
# Simulated sample that moments are taken over.
PATHS, PERIODS, BURN = 200, 500, 100


def markov_model(
    model: DynamicModel, regimes: Chain, parameters: Mapping | None = None
) -> SwitchingModel:
    """A model with parameters by regime, and the point it is expanded around.

    Parameters
    ----------
    regimes : probabilities of next period's regime, ``regimes[today][tomorrow]``;
        what is left out is zero.
    parameters : changes of default values: one number, or one per regime by name.

    Returns
    -------
    The steady state is that at the ergodic mean of the parameters; those that move it
    are scaled towards their mean by sigma, the others keep their regime's values.

    Raises
    ------
    DeclarationError
        A regime or parameter that does not exist, a row that does not sum to one, a
        regime without a value.
    SteadyStateError
        No steady state at the ergodic mean.
    """
    names = tuple(regimes)
    chances = _transition(regimes, names)
    given = dict(parameters or {})
    moving = {k: v for k, v in given.items() if isinstance(v, Mapping)}
    for parameter, values in moving.items():
        for name in (*values, *names):
            if name not in names:
                raise DeclarationError(not_found("regime", name, names))
            if name not in values:
                raise DeclarationError(
                    f"parameter '{parameter}' has no value in regime '{name}'"
                )
    by_regime = np.array(
        [
            parameter_vector(model, given | {k: v[r] for k, v in moving.items()})
            for r in names
        ]
    )
    weights = stationary(chances, names)
    at_mean = steady_state(model, jnp.asarray(weights @ by_regime))
    rest = np.array(list(at_mean.values.values()))
    # Steady states inside equations are this one, in every regime.
    put = at_rest_parameters(model)
    by_regime = np.array([put(jnp.asarray(rest), jnp.asarray(o)) for o in by_regime])
    mean = weights @ by_regime
    known = [p.name for p in model.parameters]
    averaged = [
        name
        for name in moving
        if _moves_rest(model, rest, mean, known.index(name), by_regime)
    ]
    return SwitchingModel(model, by_regime, chances, rest, averaged, names)


def _transition(regimes: Chain, names: tuple[str, ...]) -> np.ndarray:
    """Probabilities (R, R), checked."""
    for today, row in regimes.items():
        for name in row:
            if name not in names:
                raise DeclarationError(not_found("regime", name, names))
        total = sum(row.values())
        if min(row.values(), default=0.0) < 0 or not abs(total - 1) < 1e-10:
            raise DeclarationError(
                f"probabilities of what follows regime '{today}' are "
                f"{dict(row)}; they must not be negative, and sum to one"
            )
    return np.array([[regimes[i].get(j, 0.0) for j in names] for i in names])


def stationary(chances: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Ergodic probabilities (R,) of a chain with probabilities (R, R) of what follows.

    Raises
    ------
    DeclarationError
        Regimes, by name, that never reach each other.
    """
    count = len(chances)
    matrix = np.vstack([chances.T - np.eye(count), np.ones(count)])
    right = np.append(np.zeros(count), 1.0)
    weights, _, rank, _ = np.linalg.lstsq(matrix, right, rcond=1e-12)
    if rank < count:
        raise DeclarationError(
            f"regimes {', '.join(names)}: some never reach each other, so that the "
            "chain has no ergodic mean"
        )
    return weights


def _moves_rest(model, rest, mean, place: int, by_regime) -> bool:
    """Whether one parameter's values by regime leave residuals at rest."""
    f, still = residual_function(model), jnp.zeros(len(model.shocks))
    y = jnp.asarray(rest)
    for own in by_regime:
        changed = jnp.asarray(mean).at[place].set(own[place])
        gap = f(y, y, y, still, changed, changed)
        if not np.max(np.abs(np.asarray(gap))) < _MOVES:
            return True
    return False


def solve_switching(
    problem: SwitchingModel,
    order: int = 1,
    solution: SwitchingSolution | None = None,
) -> MarkovSolution:
    """Solve around the one stable first-order solution, or around a chosen one.

    Parameters
    ----------
    order : 1, 2 or 3.
    solution : one of ``switching_solutions``; the only stable one by default.

    Raises
    ------
    DeterminacyError
        There is no stable solution, or radii do not rule out others.
    SolutionError
        A linear system of some order is singular.
    """
    if solution is None:
        solution = _only_one(problem)
    policy = switching_perturbation(problem, solution, order)
    return MarkovSolution(policy, solution)


def _only_one(problem: SwitchingModel) -> SwitchingSolution:
    try:
        return unique_solution(problem)[0]
    except DeterminacyError:
        system = linear_switching_system(problem)
        # With more endogenous states the list may be long, or not complete.
        if len(states_of(system).endogenous) > 1:
            raise
        return switching_solutions(system).require_unique()


# Identity is equality: compiled programs are cached on the policy.
@dataclass(frozen=True, eq=False)
class MarkovSolution:
    """A solved model with regimes.

    Attributes
    ----------
    policy : polynomials by regime.
    first : the first-order solution with the radii it is judged by.
    """

    policy: SwitchingPolicy
    first: SwitchingSolution = field(repr=False)

    @property
    def problem(self) -> SwitchingModel:
        """Parameters by regime, chain and point of expansion."""
        return self.policy.problem

    @property
    def model(self) -> DynamicModel:
        """What was solved."""
        return self.problem.model

    @property
    def order(self) -> int:
        """1, 2 or 3."""
        return self.policy.order

    @property
    def regimes(self) -> tuple[str, ...]:
        """Names of the regimes."""
        return self.problem.regimes

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of all variables, auxiliary ones last."""
        return self.model.names

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the variables whose lags matter."""
        return tuple(self.variables[i] for i in self.policy.states)

    @property
    def shocks(self) -> tuple[str, ...]:
        """Names of the shocks."""
        return tuple(s.name for s in self.model.shocks)

    def observe(
        self,
        names: Sequence[str],
        points: np.ndarray,
        regimes: np.ndarray | int = 0,
    ) -> np.ndarray:
        """Variables dated t (P, n) where no shock happens at t.

        Parameters
        ----------
        points : levels (P, d) at t-1 in the order of ``states``; regimes : of t, one
            index or (P,) of them.

        Raises
        ------
        DeclarationError
            An unknown variable.
        """
        rows = self._places(names)
        rest = np.asarray(self.problem.steady_state)
        points = np.atleast_2d(np.asarray(points, float))
        which = np.broadcast_to(np.asarray(regimes), (len(points),))
        gap = points - rest[self.policy.states]
        still = np.zeros(len(self.shocks))
        values = [
            np.asarray(self.policy.polynomial(int(r), np.array([*g, *still, 1.0])))
            for g, r in zip(gap, which, strict=True)
        ]
        return (rest + np.array(values))[:, rows]

    def walk(
        self,
        periods: int,
        paths: int = 1,
        seed: int = 0,
        burn: int = 200,
    ) -> tuple[np.ndarray, np.ndarray]:
        """All variables (T, paths, n) and regimes (T, paths), as arrays.

        Raises
        ------
        SolutionError
            A path explodes, as polynomials of higher order can.
        """
        rng = np.random.default_rng(seed)
        total = periods + burn
        normal = rng.normal(size=(total, paths, len(self.shocks)))
        values, regimes = simulate_switching(
            self.policy, normal, rng.random((total, paths))
        )
        return values[burn:], regimes[burn:]

    def simulate(
        self,
        periods: int,
        paths: int = 1,
        seed: int = 0,
        outputs: Sequence[str] | None = None,
        burn: int = 200,
    ) -> xr.Dataset:
        """Simulated variables and ``regime``, by name, (time, path).

        Raises
        ------
        DeclarationError
            An unknown variable.
        SolutionError
            A path explodes, as polynomials of higher order can.
        """
        import xarray as xr

        names = self.variables if outputs is None else tuple(outputs)
        rows = self._places(names)
        values, regimes = self.walk(periods, paths, seed, burn)
        dims = ("time", "path")
        data = {n: (dims, values[..., k]) for n, k in zip(names, rows, strict=True)}
        data["regime"] = (dims, np.array(self.regimes)[regimes])
        return xr.Dataset(data, attrs={"seed": seed, "order": self.order})

    def impulse_response(
        self,
        shocks: Mapping[str, float],
        horizon: int,
        outputs: Sequence[str] | None = None,
        regime: int = 0,
    ) -> xr.DataArray:
        """Response (horizon, variable) while ``regime`` lasts, without further shocks.

        Agents know that it may end. ``shocks`` are in standard deviations.

        Raises
        ------
        DeclarationError
            An unknown shock or variable.
        """
        path = switching_responses(
            self.policy, [regime] * horizon, self._impulse(shocks, regime)
        )
        return self._response(path, outputs, "impulse_response")

    def generalised_impulse_response(
        self,
        shocks: Mapping[str, float],
        horizon: int,
        outputs: Sequence[str] | None = None,
        *,
        paths: int = 2000,
        seed: int = 1,
        regime: int = 0,
    ) -> xr.DataArray:
        """Mean difference (horizon, variable) of paths with common later innovations.

        Both start at rest in ``regime``; later regimes are drawn (Koop, Pesaran and
        Potter 1996).
        """
        rng = np.random.default_rng(seed)
        normal = rng.normal(size=(horizon, paths, len(self.shocks)))
        uniform = rng.random((horizon, paths))
        found = []
        for given in (self._impulse(shocks, regime), np.zeros(len(self.shocks))):
            normal[0] = given
            values, _ = simulate_switching(self.policy, normal, uniform, regime)
            found.append(values.mean(axis=1))
        gap = found[0] - found[1]
        return self._response(gap, outputs, "generalised_impulse_response")

    @cached_property
    def _sample(self) -> tuple[np.ndarray, np.ndarray]:
        return self.walk(PERIODS, PATHS, seed=20260223, burn=BURN)

    def moments(
        self, outputs: Sequence[str] | None = None, lags: int = 5
    ) -> xr.Dataset:
        """Moments over simulated paths, all regimes included.

        Returns
        -------
        As ``base.labelled_moments``, and ``mean_error`` (variable), the Monte Carlo
        standard error of the mean.

        Raises
        ------
        DeclarationError
            An unknown variable.
        SolutionError
            The solution is not mean-square stable, or a path explodes.
        """
        if not self.first.stable:
            raise SolutionError(
                f"no moments: the solution is {self.first.label}, with a mean-square "
                f"radius of {self.first.ms_radius:.6g}"
            )
        names = self.variables if outputs is None else tuple(outputs)
        values = self._sample[0][..., self._places(names)]
        mean = values.mean(axis=(0, 1))
        gap = values - mean
        flat = gap.reshape(-1, len(names))
        later = [np.mean(gap[k:] * gap[:-k], axis=(0, 1)) for k in range(1, lags + 1)]
        found = labelled_moments(
            names,
            mean,
            flat.T @ flat / len(flat),
            np.reshape(later, (lags, len(names))),
            {"order": self.order, "model": self.model.name},
        )
        error = values.mean(axis=0).std(axis=0, ddof=1) / np.sqrt(values.shape[1])
        return found.assign(mean_error=("variable", error))

    def accuracy(self, points: int = 2000, seed: int = 0) -> list[dict]:
        """Euler-equation errors by equation and regime on simulated points.

        Logs (base 10) of the absolute expected residual, left less right, in the units
        in which the equation is written.
        """
        rng = np.random.default_rng(seed)
        paths = 50
        periods = -(-points // paths)
        before, regimes = self.walk(periods + 1, paths, seed)
        size = len(self.variables)
        normal = rng.normal(size=(points, len(self.shocks)))
        at = before[:-1].reshape(-1, size)[:points]
        which = regimes[1:].reshape(-1)[:points]
        found = np.abs(switching_residuals(self.policy, at, normal, which))
        return [
            {"regime": label, "equation": equation.name} | summary(found[here, k])
            for r, label in enumerate(self.regimes)
            if np.any(here := which == r)
            for k, equation in enumerate(self.model.equations)
        ]

    def _places(self, names: Sequence[str]) -> list[int]:
        every = list(self.variables)
        for name in names:
            if name not in every:
                raise DeclarationError(not_found("variable", name, every))
        return [every.index(name) for name in names]

    def _impulse(self, shocks: Mapping[str, float], regime: int) -> np.ndarray:
        """Standard normal innovations (m,) that give the named shocks in s.d."""
        for name in shocks:
            if name not in self.shocks:
                raise DeclarationError(not_found("shock", name, self.shocks))
        root = self.problem.shock_roots[regime]
        sizes = np.sqrt(np.diag(root @ root.T))
        wanted = sizes * np.array([shocks.get(n, 0.0) for n in self.shocks])
        return np.linalg.lstsq(root, wanted, rcond=None)[0]

    def _response(self, values, outputs, name: str) -> xr.DataArray:
        import xarray as xr

        names = self.variables if outputs is None else tuple(outputs)
        return xr.DataArray(
            values[:, self._places(names)],
            dims=("horizon", "variable"),
            coords={"horizon": np.arange(len(values)), "variable": list(names)},
            name=name,
        )
