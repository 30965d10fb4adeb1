"""A-posteriori bounds of values: local residual times resolvent norm.

A candidate V for the value of payments x solves V = x + K V up to the residual
e = x + K V - V, measured here away from the nodes, without interpolating what the step
reaches and with a finer quadrature than the solver's. The value of the payments is
V + (I - K)^{-1} e, so that (I - K)^{-1} |e| bounds the error of V. The resolvent is
taken along simulated paths that are weighted as prices weight them:
(I - K)^{-1} f = PV(1) times the mean of f over dates and states drawn with the shares
that they have in the value of one unit a period, PV(1) = (I - K)^{-1} 1; in the
numeraire of output that is the value of output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from ...models.declaration import NEXT
from ...models.functions import program
from ..compiled import compiled
from ..projection import pricing
from ..projection.conditions import Conditions
from ..projection.grid import SmolyakGrid
from ..projection.operators import Operators
from ..projection.policy import GlobalPolicy
from ..projection.pricing import WIDTH, NodeFunctions
from ..projection.simulate import Start, draw, simulator, walk
from .curves import TermStructure


class Certificate(NamedTuple):
    """Residuals of a claim, and the bound of its value at the resting point.

    Attributes
    ----------
    value : the candidate, in units of the numeraire as all but ``norm``.
    residual_mean, residual_p99 : of |residual| over the ergodic sample.
    norm : resolvent norm at the resting point, PV(1), in periods.
    estimate, bound : the error of the value, from residuals and from |residuals|.
    """

    value: float
    residual_mean: float
    residual_p99: float
    norm: float
    estimate: float
    bound: float


class Candidates(Protocol):
    """Candidate values of claims, all in one numeraire."""

    @property
    def solution(self) -> GlobalPolicy:
        """What they are functions of the states of."""
        ...

    def values(
        self, points: np.ndarray, regimes: np.ndarray | int = 0
    ) -> dict[str, np.ndarray]:
        """Values V (P,) by claim at states (P, d)."""
        ...

    def residuals(
        self, points: np.ndarray, regimes: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Residuals x + K V - V (P,) by claim at states (P, d)."""
        ...


@dataclass(frozen=True, eq=False)
class PointStep:
    """E[weight * f(s')] at arbitrary states: declared variables and node functions.

    With ``logs`` node functions are logs of what is expected.
    """

    problem: Conditions
    numeraire: str
    names: tuple[str, ...]
    grid: SmolyakGrid
    logs: bool = False

    @cached_property
    def _jitted(self):
        problem, model = self.problem, self.problem.model
        (weight,) = pricing.weights_of(problem, [self.numeraire])
        ahead = [n + NEXT for n in self.names]
        states = [s + NEXT for s in model.block(problem.block).states]
        names = sorted({*weight.arguments, *ahead, *states})
        forward = program(model, problem.block, names).forward

        def at(parameters, solved, known, regime, points):
            def measure(after, chance, index):
                columns = [jnp.broadcast_to(after[s], chance.shape) for s in states]
                reached = jnp.stack(columns, axis=-1).reshape(-1, len(states))
                cube = known.domain.to_cube(reached)
                found = self.grid.evaluate(cube, known.coefficients[index])
                found = jnp.exp(found) if self.logs else found
                rows = [jnp.broadcast_to(after[n], chance.shape) for n in ahead]
                rows += [f.reshape(chance.shape) for f in found.T]
                chance = chance * weight.value(after)
                return jnp.sum(chance[None] * jnp.stack(rows), axis=2)

            _, means = pricing.looks_ahead(
                problem, parameters, solved, regime, points, forward, measure
            )
            return means.sum(axis=0).T

        def many(parameters, solved, known, regime, chunks):
            return jax.lax.map(
                lambda p: at(parameters, solved, known, regime, p), chunks
            )

        return compiled(many, name="certificate")

    def __call__(
        self,
        solution: GlobalPolicy,
        functions: NodeFunctions,
        points: np.ndarray,
        regimes: np.ndarray,
    ) -> np.ndarray:
        """Expectations (P, n_name + n_function) at states (P, d)."""
        # Many functions at once take smaller chunks: memory stays the same.
        weight = self.problem.nodes_per_point * (1 + len(functions.names) // 32)
        size = max(1, WIDTH // weight)
        count = -(-len(points) // size)
        pad = np.repeat(points[-1:], count * size - len(points), axis=0)
        chunks = np.concatenate([points, pad]).reshape(count, size, -1)
        width = len(self.names) + len(functions.names)
        result = np.zeros((len(points), width))
        for regime in np.unique(regimes):
            got = self._jitted(
                solution.parameters,
                solution.solved,
                functions.solved,
                int(regime),
                chunks,
            )
            got = np.asarray(got).reshape(count * size, -1)[: len(points)]
            result[regimes == regime] = got[regimes == regime]
        return result


@lru_cache(maxsize=16)
def point_step(
    problem: Conditions,
    numeraire: str,
    names: tuple[str, ...],
    grid: SmolyakGrid,
    logs: bool = False,
) -> PointStep:
    """The step of this combination, made once so that compiled code is reused."""
    return PointStep(problem, numeraire, names, grid, logs)


def weighted_sample(
    operators: Operators,
    regime: int,
    points: int,
    horizon: int = 2000,
    seed: int = 3,
    numeraire: str = "growth",
) -> tuple[np.ndarray, np.ndarray, float]:
    """States and regimes drawn with their share in the value of one unit, and PV(1).

    Paths begin at the regime's resting point and are resampled by the numeraire; dates
    are drawn in proportion to the value of what is paid then.
    """
    solution = operators.solution
    rest, paths = solution.resting_point(regime), 400
    matrix = operators.matrices[numeraire]
    worth = pricing.strips(matrix, np.ones(matrix.shape[0]), horizon - 1)
    labels = tuple(f"strip_{k}" for k in range(horizon))
    strip = operators.functions(labels, worth)(rest[None], np.array([regime]))[0]
    start = Start(
        np.tile(rest[None], (paths, 1)),
        np.full(paths, regime),
        draw(solution.model, seed, (horizon, paths)),
        weigh=True,
    )
    program = simulator(solution.model, solution.grids, (), weighted_by=numeraire)
    [(states, regimes, _)] = walk(
        program, solution.parameters, solution.solved, [start]
    )
    rng = np.random.default_rng(seed)
    date = rng.choice(horizon, points, p=strip / strip.sum())
    path = rng.integers(paths, size=points)
    chosen = states[date, path], regimes[date, path]
    return *chosen, float(strip.sum())


def claim_certificates(
    operators: Operators, candidates: Candidates, regime: int = 0, points: int = 400
) -> dict[str, Certificate]:
    """Certificate of every candidate at the regime's resting point.

    Parameters
    ----------
    points : off-grid states, of the ergodic sample and of the price-weighted one each.
    """
    solution = candidates.solution
    sample, which = solution.ergodic_sample
    here = np.flatnonzero(which == regime)
    chosen = np.random.default_rng(7).choice(here, points)
    usual = candidates.residuals(sample[chosen], which[chosen])
    weighted, there, norm = weighted_sample(operators, regime, points)
    priced = candidates.residuals(weighted, there)
    value = candidates.values(solution.resting_point(regime), regime)
    return {
        claim: Certificate(
            float(value[claim][0]),
            float(np.mean(np.abs(usual[claim]))),
            float(np.quantile(np.abs(usual[claim]), 0.99)),
            norm,
            norm * float(np.mean(priced[claim])),
            norm * float(np.mean(np.abs(priced[claim]))),
        )
        for claim in usual
    }


def curve_differences(
    mine: TermStructure,
    other: TermStructure,
    names: Sequence[str],
    points: np.ndarray,
    regimes: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and 99% (n,) over states of |difference| of two term structures."""
    gap = np.abs(mine(names, points, regimes) - other(names, points, regimes))
    return gap.mean(axis=0), np.quantile(gap, 0.99, axis=0)
