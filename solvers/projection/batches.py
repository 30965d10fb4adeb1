"""Many parameter draws on one domain: one program solves a whole batch.

Every draw is solved on the grids and domains of a base solution, by Newton from its
coefficients. That saves what makes a solve of its own slow, the search for the ergodic
set, and it has three consequences. Intercepts are not solved for again: ergodic means
of a draw drift away from their targets. Coordinates keep their base values, so that a
state means the same in every draw. And a draw whose own ergodic set leaves the base's
domain leans on polynomials that continue along tangents there: ``share_outside`` and
``rest_reach`` say how much. A draw that Newton does not reach, or that is not the one
stable solution, has the reason in ``status``; its numbers mean nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.declaration import Model
from ..chunks import over_chunks
from ..compiled import compiled
from ..errors import SolutionError
from .blocks import conditions, moves_by_itself
from .conditions import Conditions, Parameters, Solved, SolvedBlocks, evaluate_block
from .ergodic import ErgodicOptions
from .grid import Domain, outside
from .linear import Pencil, derivatives, stable_slope
from .newton import Newton, newton
from .quadrature import Quadrature
from .simulate import Grids
from .solution import GlobalSolution

# What a draw adds to its result in the same program: (solution, point) -> arrays.
Extra = Callable[[GlobalSolution, jax.Array], Any]


class BatchResult(NamedTuple):
    """B draws on one domain; rows whose ``status`` is not "ok" mean nothing.

    Attributes
    ----------
    coefficients : block -> (B, R, K, N), on the domains of the base.
    residuals : block -> largest relative residual at the nodes (B,).
    share_outside : probability that the next states leave the domain of the last
        block, averaged over its nodes (B,). The nodes reach to the domain's edge: it is
        not zero for the base, what counts is how far a draw lies above it.
    rest_reach : where the draw itself would rest, to first order around ``point``: the
        largest coordinate in half-widths of the domain (B,). Above one, it rests
        outside. NaN without a solution, and where all states move by themselves.
    extra : what was asked for, every array with a leading axis of length B.
    status : "ok", or why there is no solution.
    """

    coefficients: dict[str, Any]
    residuals: dict[str, Any]
    share_outside: Any
    rest_reach: np.ndarray
    extra: Any
    status: tuple[str, ...]


class _Draw(NamedTuple):
    """One draw as the program returns it; a pencil and a slope per endogenous block."""

    coefficients: dict[str, Any]
    residuals: dict[str, Any]
    share_outside: Any
    pencils: dict[str, tuple[Pencil, Any]]
    extra: Any


@dataclass(frozen=True)
class _Shape:
    """What the program of a batch is compiled for."""

    model: Model
    grids: Grids
    quadrature: Quadrature
    ergodic: ErgodicOptions
    options: Newton
    extra: Extra | None

    def problem(self, position: int) -> Conditions:
        """Conditions of the block at this position."""
        grids = self.grids[: position + 1]
        return conditions(self.model, grids[-1][0], grids, self.quadrature)

    def columns(self, block: str) -> np.ndarray:
        """Positions of a block's states among those of the last block."""
        last = self.model.block(self.grids[-1][0]).states
        return np.array([last.index(s) for s in self.model.block(block).states])

    def solution(self, parameters: Parameters, solved: SolvedBlocks) -> GlobalSolution:
        """A draw's (traced) solution."""
        return GlobalSolution(
            self.model, parameters, self.grids, solved, self.quadrature, self.ergodic
        )


def solve_batch(
    base: GlobalSolution,
    parameters: Mapping[str, np.ndarray],
    point: np.ndarray,
    extra: Extra | None = None,
    options: Newton | None = None,
) -> BatchResult:
    """Solve every draw on the grids and domains of ``base``, starting from it.

    Parameters
    ----------
    base : solution of a model with one regime.
    parameters : those that differ from the base, shape (B,), or (B, 1) when regime
        specific; coordinates stay as they are.
    point : states (d,) of the last block around which stability is judged.
    extra : gets a draw's solution and ``point`` inside the program, so it may use only
        what can be traced; a module's function, as the program is kept by its identity.
    options : of Newton, which starts from the base.

    Raises
    ------
    SolutionError
        Unknown parameters, coordinates, unequal lengths, or a base with several
        regimes. Failures of single draws are in ``status``.
    """
    shape = _Shape(
        base.model,
        base.grids,
        base.quadrature,
        base.ergodic,
        Newton() if options is None else options,
        extra,
    )
    draws = _complete(base, parameters)
    found = _program(shape)(draws, base.solved, jnp.asarray(point))
    found = jax.tree.map(np.asarray, found)
    rows = (jax.tree.map(lambda a, k=k: a[k], found) for k in range(_length(draws)))
    judged = [_judge(shape, row, base.solved, np.asarray(point)) for row in rows]
    return BatchResult(
        coefficients=found.coefficients,
        residuals=found.residuals,
        share_outside=found.share_outside,
        rest_reach=np.array([reach for _, reach in judged]),
        extra=found.extra,
        status=tuple(status for status, _ in judged),
    )


def _length(draws: Parameters) -> int:
    return len(next(iter(draws.values())))


def _complete(base: GlobalSolution, parameters: Mapping[str, np.ndarray]) -> Parameters:
    """Every parameter of every draw, (B,) or (B, R); one program serves all choices."""
    chosen = {p.name: p for p in base.model.parameters}
    if base.regimes > 1:
        raise SolutionError("a batch of draws needs a base with one regime")
    for name in parameters:
        if name not in chosen:
            raise SolutionError(f"the base has no parameter '{name}'")
        if chosen[name].role == "coordinate":
            raise SolutionError(
                f"'{name}' only chooses coordinates: on a fixed domain they are those "
                "of the base"
            )
    if len({len(column) for column in parameters.values()}) != 1:
        raise SolutionError("all parameters of a batch need one value per draw")
    count = len(next(iter(parameters.values())))
    given = {k: jnp.asarray(v, float) for k, v in parameters.items()}
    return {
        name: given.get(name, jnp.broadcast_to(value, (count, *value.shape)))
        for name, value in base.parameters.items()
    }


@lru_cache(maxsize=16)
def _program(shape: _Shape) -> Callable[..., _Draw]:
    """Jitted: all parameters of B draws, base's blocks, point -> B draws."""

    def batch(draws, start, point):
        # One draw after the other, inside the program: batched linear solves inside
        # loops have hung on machines with few cores, and a vmapped Newton runs both
        # branches of every step until the slowest draw is done.
        return jax.lax.map(lambda p: _solve_draw(shape, p, start, point), draws)

    return compiled(batch, name="batch_of_draws")


def _solve_draw(
    shape: _Shape, parameters: Parameters, start: SolvedBlocks, point: jax.Array
) -> _Draw:
    """Newton block by block on the base's domains, then what is known about it."""
    solved: SolvedBlocks = {}
    residuals, pencils = {}, {}
    for position, (block, _) in enumerate(shape.grids):
        problem = shape.problem(position)
        guess, domain = start[block]
        found = newton(problem, shape.options, parameters, solved, domain, guess)
        earlier = dict(solved)
        solved[block] = Solved(found.coefficients, domain)
        residuals[block] = found.residual
        if not moves_by_itself(shape.model, block):
            here = point[shape.columns(block)]
            pencils[block] = _linearise(
                problem, parameters, earlier, solved[block], here
            )
    problem = shape.problem(len(shape.grids) - 1)
    solution = shape.solution(parameters, solved)
    return _Draw(
        coefficients={n: s.coefficients for n, s in solved.items()},
        residuals=residuals,
        share_outside=_share_outside(shape, problem, parameters, solved),
        pencils=pencils,
        extra=None if shape.extra is None else shape.extra(solution, point),
    )


def _linearise(problem, parameters, earlier, own: Solved, point):
    """Pencil at a point (d,) around the block's own policy, and its slope (K, d)."""

    def policy(state):
        return evaluate_block(problem.grid, own, 0, state[None, :])[0]

    level, slope = policy(point), jax.jacfwd(policy)(point)
    return derivatives(problem, 0, parameters, earlier, point, level, slope), slope


def _share_outside(
    shape: _Shape, problem: Conditions, parameters: Parameters, solved: SolvedBlocks
) -> jax.Array:
    """Probability of leaving the domain in one period, mean over the grid's nodes."""
    domain = solved[problem.block].domain
    own = partial(evaluate_block, problem.grid, solved[problem.block], 0)

    def at(points):
        env = problem.current(parameters, solved, 0, points, own(points))
        ahead = problem.next_points(env, parameters, solved, 0)
        away = outside(domain.to_cube(ahead.reshape(-1, ahead.shape[-1])))
        return jnp.sum(problem.weights(env) * away.reshape(ahead.shape[:2]), axis=1)

    nodes = domain.from_cube(jnp.asarray(problem.grid.nodes))
    return jnp.mean(over_chunks(at, nodes, shape.options.chunk(problem)))


def _judge(
    shape: _Shape, draw: _Draw, start: SolvedBlocks, point: np.ndarray
) -> tuple[str, float]:
    """Status of one draw, and how far from the domain's centre it would rest."""
    last, reach = shape.grids[-1][0], np.nan
    for block, residual in draw.residuals.items():
        if not residual < shape.options.accepted:
            return (
                f"block '{block}' did not converge from the base on its domain: "
                f"largest relative residual {residual:.1e}",
                np.nan,
            )
    for block, (pencil, slope) in draw.pencils.items():
        try:
            loop = _stable_loop(shape, block, pencil, slope)
        except SolutionError as error:
            return str(error), np.nan
        domain = start[block].domain
        here = point[shape.columns(block)]
        ahead = _reach(domain, here + pencil.drift)
        # As where a block is solved alone: such roots are the projection's own.
        if not ahead <= 1.0:
            return (
                f"block '{block}' converged to another solution: from the base's "
                f"resting point the states move {ahead:.2f} half-widths of the domain "
                "away from its centre in one period",
                np.nan,
            )
        if block == last:
            away = np.linalg.solve(np.eye(len(loop)) - loop, pencil.drift)
            reach = _reach(domain, here + away)
    return "ok", reach


def _stable_loop(
    shape: _Shape, block: str, pencil: Pencil, slope: np.ndarray
) -> np.ndarray:
    """Closed loop (d, d) of a draw; SolutionError unless it is the one stable one."""
    if not all(np.all(np.isfinite(part)) for part in (*pencil, slope)):
        raise SolutionError(
            f"block '{block}' is not finite at the base's resting point"
        )
    model = shape.model
    _, determinacy = stable_slope(model.regimes.names[0], pencil, model.advice)
    determinacy.require()
    loop = pencil.s_s + pencil.s_u @ slope
    radius = float(np.max(np.abs(np.linalg.eigvals(loop))))
    if not radius < 1.0:
        raise SolutionError(
            f"block '{block}' converged to an unstable solution: its closed loop has "
            f"spectral radius {radius:.5f}"
        )
    return loop


def _reach(domain: Domain, point: np.ndarray) -> float:
    """Largest coordinate of a point (d,), in half-widths of the domain."""
    return float(np.max(np.abs(np.asarray(domain.to_cube(jnp.asarray(point)[None])))))
