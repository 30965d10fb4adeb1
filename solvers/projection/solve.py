"""From a declaration and parameters to a solution with its evidence.

Blocks are solved in the order of their declaration. A block whose states move by
themselves is solved on the range of a simulation. The others start from the linear
solution, which must be determinate, and alternate between solving and simulating until
the domain has settled on the model's own ergodic set; the finest grid comes last.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from ...models.declaration import Model, then
from ...models.functions import Evaluation, block_functions
from ..errors import SolutionError
from .blocks import (
    conditions,
    guess_constant,
    moves_by_itself,
    parameters_of,
    solve_block,
    transferred,
)
from .conditions import Conditions, Parameters, Solved, SolvedBlocks
from .ergodic import ErgodicOptions, covering, moved
from .grid import Domain, box, smolyak
from .linear import Determinacy, linear_policy, reference
from .newton import Newton, start_from
from .quadrature import Quadrature
from .simulate import (
    Draws,
    Grids,
    Simulator,
    Start,
    Walk,
    draw,
    flat,
    simulator,
    walk,
)
from .verification import Stability, check_stability


@dataclass(frozen=True)
class SolverOptions:
    """How to solve.

    Attributes
    ----------
    levels : per block, the sequence of anisotropic levels from coarse to fine; blocks
        that are not named get isotropic level 3.
    quadrature : the rule inside the solver.
    cover : numeraires whose operators the domain has to serve: it covers the physical
        ergodic set and the sets that these operators weight.
    homotopy : parameters that start at these values, where the linear policies of the
        single regimes are good, and are led to their own values on the coarsest grid.
    widen : factor on the range of states that move by themselves; it is applied once
        more for every later such block, so that the domains are nested.
    """

    levels: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    quadrature: Quadrature = field(default_factory=Quadrature)
    newton: Newton = field(default_factory=Newton)
    ergodic: ErgodicOptions = field(default_factory=ErgodicOptions)
    cover: tuple[str, ...] = ()
    homotopy: Mapping[str, float] = field(default_factory=dict)
    widen: float = 1.15
    max_rounds: int = 6
    report: Callable[[str], None] | None = None

    def say(self, text: str) -> None:
        """Pass a line on progress on, if somebody listens."""
        if self.report is not None:
            self.report(text)

    def sequence(self, model: Model, block: str) -> tuple[tuple[int, ...], ...]:
        """Levels of the block from coarse to fine."""
        default = ((3,) * len(model.block(block).states),)
        return self.levels.get(block, default)


@dataclass(frozen=True)
class BlockEvidence:
    """What the solver saw of one block.

    Attributes
    ----------
    nodes : size of the grid (per regime); residual : largest relative residual there.
    iterations : steps of the last Newton solve.
    domain_move : last move of the domain, as a share of its width.
    share_outside : share of the last simulated sample outside the domain.
    stability : closed loop at the resting point; None where states move by themselves.
    """

    block: str
    nodes: int
    residual: float
    iterations: int
    domain_move: float
    share_outside: float
    stability: Stability | None = None


class BlockSolver:
    """Solves one model block by block; keeps domains between calls (warm starts)."""

    def __init__(self, model: Model, options: SolverOptions):
        self.model = model
        self.options = options
        self.grids: Grids = ()
        self.solved: SolvedBlocks = {}
        self.evidence: dict[str, BlockEvidence] = {}
        self.determinacy: tuple[Determinacy, ...] = ()
        # The last physical sample; None once policies have changed without one.
        self.sample: Walk | None = None
        # Where samples begin: one place, or the domain would follow its own centre.
        self.origin: np.ndarray | None = None
        # Paths of what moves by itself, until one of its blocks is solved again.
        self._walked: tuple[Any, dict[bool, Start]] | None = None

    def copy(self) -> BlockSolver:
        """Another solver with what this one holds; solving it again leaves this one."""
        other = BlockSolver(self.model, self.options)
        vars(other).update(vars(self))
        other.solved, other.evidence = dict(self.solved), dict(self.evidence)
        return other

    def with_grid(self, block: str, levels: tuple[int, ...]) -> Grids:
        """Grids of all blocks up to ``block``, which gets these levels."""
        names = [b.name for b in self.model.blocks]
        before = names[: names.index(block)]
        kept = tuple((n, g) for n, g in self.grids if n in before)
        return (*kept, (block, smolyak(levels)))

    def problem(self, block: str, levels: tuple[int, ...]) -> Conditions:
        """Conditions of ``block`` on its grid at these levels."""
        grids = self.with_grid(block, levels)
        return conditions(self.model, block, grids, self.options.quadrature)

    def _earlier(self, problem: Conditions) -> SolvedBlocks:
        return {n: self.solved[n] for n, _ in problem.grids if n != problem.block}

    def with_coordinates(self, block: str, parameters: Parameters) -> Parameters:
        """Parameters with the coordinates of ``block`` set at its reference point."""
        if not any(c.block == block for c in self.model.coordinates):
            return parameters
        levels = self.options.sequence(self.model, block)[0]
        problem = self.problem(block, levels)
        last = len(self.model.regimes.names) - 1
        found = reference(problem, parameters, self._earlier(problem), last)
        chosen = {k: np.asarray(v, float) for k, v in found.coordinates.items()}
        return parameters | chosen

    def solve_all(self, parameters: Mapping) -> Parameters:
        """Solve every block in order; returns the parameters with their coordinates."""
        values = {k: np.asarray(v, float) for k, v in parameters.items()}
        for block in self.model.blocks:
            self.options.say(f"solving block '{block.name}'")
            values = self.with_coordinates(block.name, values)
            self.solve(block.name, values)
        return values

    def solve(self, block: str, parameters: Parameters) -> None:
        """Solve one block, given the earlier ones."""
        if moves_by_itself(self.model, block):
            self._solve_exogenous(block, parameters)
        else:
            self._solve_endogenous(block, parameters)

    def _solve_exogenous(self, block: str, parameters: Parameters) -> None:
        levels = self.options.sequence(self.model, block)[-1]
        problem = self.problem(block, levels)
        earlier = self._earlier(problem)
        known = self.solved.get(block)
        if known is not None and dict(self.grids).get(block) == problem.grid:
            guess, domain = known
            self._finish(problem, parameters, earlier, domain, guess, 0.0, 0.0)
            return
        key = self._key(problem, parameters)
        if key not in _KNOWN:
            domain = self._exogenous_domain(problem, parameters, earlier)
            guess = guess_constant(problem, parameters, earlier)
            self._finish(problem, parameters, earlier, domain, guess, 0.0, 0.0)
            _KNOWN.keep(key, (self.solved[block], self.evidence[block]))
        self.grids = problem.grids
        self.solved[block], self.evidence[block] = _KNOWN[key]

    def _key(self, problem: Conditions, parameters: Parameters) -> tuple:
        """Everything that the solution of a block that moves by itself depends on."""
        options = self.options
        names = parameters_of(self.model, problem.block, options.cover)
        values = tuple(np.asarray(parameters[n], float).tobytes() for n in names)
        method = options.newton, options.ergodic, options.cover, options.widen
        return problem, method, values

    def know(
        self,
        grids: Grids,
        parameters: Parameters,
        solved: SolvedBlocks,
        evidence: Mapping[str, BlockEvidence],
    ) -> None:
        """Let every solver with these options take blocks that move by themselves.

        What is given was solved with them before, and has been examined.
        """
        for place, (name, _) in enumerate(grids):
            if moves_by_itself(self.model, name) and name in evidence:
                problem = conditions(
                    self.model, name, grids[: place + 1], self.options.quadrature
                )
                found = solved[name], evidence[name]
                _KNOWN.keep(self._key(problem, parameters), found)

    def _exogenous_domain(self, problem, parameters, earlier) -> Domain:
        start_at = reference(problem, parameters, earlier, 0)
        point, scale = start_at.point, start_at.scale
        self.origin = point
        start = box(point - scale, point + scale)
        constant = guess_constant(problem, parameters, earlier)
        solved = earlier | {problem.block: Solved(constant, start)}
        points = self._sample(problem.grids, parameters, solved, point)
        names = [b.name for b in self.model.blocks]
        later = [
            b
            for b in names[names.index(problem.block) + 1 :]
            if moves_by_itself(self.model, b)
        ]
        return box_of(points, 0.05 * scale, self.options.widen ** (1 + len(later)))

    def _sample(
        self, grids, parameters, solved, point, physical: bool = False
    ) -> np.ndarray:
        """States (P, d) of the physical sample and of those that prices weight.

        The physical one stays in ``self.sample``.
        """
        ergodic, block = self.options.ergodic, grids[-1][0]
        begin = np.tile(np.asarray(point)[None, :], (ergodic.paths, 1))
        covered = self._covered(block)
        outputs = self.anchored if block == self.model.blocks[-1].name else ()
        walks: list[Walk] = []
        for numeraire in covered or (None,):
            kinds = ([] if walks else [False]) + ([True] if covered else [])
            kinds = [weigh for weigh in kinds if not (weigh and physical)]
            told = self._told(grids, outputs)
            if told:
                paths = self._paths(told, grids, parameters, solved, begin, numeraire)
                program = simulator(self.model, grids, outputs, given=told)
                starts = [replace(paths[weigh], states=begin) for weigh in kinds]
            else:
                # One program walks with and without weights.
                program = simulator(self.model, grids, outputs, weighted_by=numeraire)
                starts = self._starts(begin, kinds)
            walks += walk(program, parameters, solved, starts) if starts else []
        kept = [Walk(*(flat(a, ergodic.burn) for a in w)) for w in walks]
        self.sample = kept[0]
        return np.concatenate([w.states for w in kept])

    def _starts(self, begin: np.ndarray, kinds: Sequence[bool]) -> list[Start]:
        regimes = np.arange(len(begin)) % len(self.model.regimes.names)
        draws = _draws(self.model, self.options.ergodic)
        return [Start(begin, regimes, draws, weigh) for weigh in kinds]

    def _told(self, grids, outputs) -> tuple[str, ...]:
        """What blocks that move by themselves tell the last one along a path."""
        *earlier, _ = (name for name, _ in grids)
        if not earlier or not block_functions(self.model, earlier[-1]).regime_free:
            return ()
        if not all(moves_by_itself(self.model, name) for name in earlier):
            return ()
        return Simulator(self.model, grids, outputs).told(earlier)

    def _paths(
        self, told, grids, parameters, solved, begin, numeraire
    ) -> dict[bool, Start]:
        """Starts without and with weights, with what moves by itself walked already.

        It is the same for all policies and intercepts of the last block.
        """
        known = self._walked
        *before, (last, _) = grids
        states = self.model.block(before[-1][0]).states
        columns = [self.model.block(last).states.index(s) for s in states]
        key = (told, numeraire, begin[:, columns].tobytes())
        if known is None or known[0] != key:
            program = simulator(
                self.model,
                tuple(before),
                told,
                weighted_by=numeraire,
                traced=numeraire is not None,
            )
            kinds = [False] if numeraire is None else [False, True]
            starts = self._starts(begin[:, columns], kinds)
            found = {}
            for start, seen in zip(
                starts, walk(program, parameters, solved, starts), strict=True
            ):
                values, kept = seen.outputs, None
                if numeraire is not None:
                    values, kept = values[..., :-1], values[..., -1].astype(int)
                draws = start.draws._replace(given=values, kept=kept)
                found[start.weigh] = replace(start, draws=draws)
            self._walked = known = (key, found)
        return known[1]

    @property
    def anchored(self) -> tuple[str, ...]:
        """Variables whose means the anchors are about; every sample records them."""
        return tuple(a.variable for a in self.model.anchors)

    def physical_sample(self, parameters: Parameters) -> Walk:
        """States (P, d), regimes (P,) and anchored variables (P, n) of the ergodic set.

        Of the solved blocks as they are.
        """
        if self.sample is None:
            self._sample(
                self.grids, parameters, self.solved, self.origin, physical=True
            )
        assert self.sample is not None
        return self.sample

    def _covered(self, block: str) -> tuple[str, ...]:
        """Numeraires to cover whose weights the earlier blocks provide."""
        functions = block_functions(self.model, block)
        provided = {
            u
            for step in (*functions.current, *functions.forward)
            if isinstance(step, Evaluation) and step.block != block
            for u in step.unknowns
        }
        return self.options.cover if provided else ()

    def _solve_endogenous(self, block: str, parameters: Parameters) -> None:
        coarse, *finer = self.options.sequence(self.model, block)
        begin = self._easier(parameters)
        floor = self._start_endogenous(block, coarse, begin)
        warm = [coarse] * 2
        if not self.options.homotopy:
            self._move(block, parameters, [*warm, *finer], floor, linear=True)
            return
        self._move(block, begin, warm, floor, linear=True)
        self._follow(block, begin, parameters)
        self._move(block, parameters, finer or [coarse], floor)

    def _easier(self, parameters: Parameters) -> Parameters:
        """Parameters from which the homotopy starts."""
        start = {
            k: np.full_like(parameters[k], v) for k, v in self.options.homotopy.items()
        }
        return parameters | start

    def _follow(self, block, begin, parameters) -> None:
        """Lead a solved block from ``begin`` to ``parameters`` on its grid and domain.

        Raises
        ------
        SolutionError
            No solution was found beyond a point of the way, which it names.
        """
        done, step = 0.0, 0.5
        while done < 1.0:
            goal = min(1.0, done + step)
            between = parameters | {
                k: (1 - goal) * begin[k] + goal * parameters[k]
                for k in self.options.homotopy
            }
            known = self.solved[block]
            try:
                self.resolve(between, (block,))
            except SolutionError as error:
                self.solved[block] = known
                step /= 2
                if step < 1 / 128:
                    raise SolutionError(
                        f"block '{block}': no path to these parameters beyond "
                        f"{done:.0%} of the way from {dict(self.options.homotopy)}: "
                        f"{error}"
                    ) from error
            else:
                done, step = goal, 1.5 * step
            self.options.say(f"{block}: {done:.0%} of the way")

    def settle(self, block: str, parameters: Parameters) -> None:
        """Move the domain of a solved block until it covers the ergodic set again.

        Raises
        ------
        SolutionError
            The domain does not settle, or the block is not solved on it.
        """
        grid = dict(self.grids)[block]
        problem = self.problem(block, grid.levels)
        start = reference(problem, parameters, self._earlier(problem), 0)
        self._move(block, parameters, [], 0.02 * start.scale)

    def _move(self, block, parameters, rounds, floor, linear=False) -> None:
        """Alternate between sampling and solving, along ``rounds`` of levels first."""
        final = rounds[-1] if rounds else dict(self.grids)[block].levels
        total = self.options.max_rounds + len(rounds)
        for count in range(total):
            levels = rounds[count] if count < len(rounds) else final
            # Linear policies serve the physical set only: weights come a round later.
            points = self._sample(
                self.grids,
                parameters,
                self.solved,
                self.origin,
                physical=linear and count == 0,
            )
            if not np.all(np.isfinite(points)):
                raise SolutionError(
                    f"block '{block}': the simulated economy leaves the region where "
                    "its equations have meaning (a value that must be positive is "
                    f"not).{then(self.model.advice.not_positive)}"
                )
            left_out = self.options.ergodic.left_out
            shift = moved(self.solved[block].domain, points, left_out)
            settled = -3 * self.options.ergodic.margin < shift <= 0.0
            if count >= len(rounds) and settled:
                self._record_move(block, shift, points)
                problem = self.problem(block, levels)
                self._record_stability(problem, parameters, points)
                return
            self._refine(block, levels, parameters, points, floor)
            self.options.say(f"{block} {levels}: domain moved by {shift:+.3f}")
        raise SolutionError(
            f"block '{block}': the domain did not settle in {total} rounds; the "
            "ergodic set may be unbounded (a root near one)."
            f"{then(self.model.advice.unbounded)}"
        )

    def _start_endogenous(self, block, levels, parameters):
        problem = self.problem(block, levels)
        earlier = self._earlier(problem)
        policies = [
            linear_policy(problem, parameters, earlier, r)
            for r in range(problem.regimes)
        ]
        self.determinacy = tuple(p.determinacy for p in policies)
        scale = reference(problem, parameters, earlier, 0).scale
        point = self.origin = np.mean([p.point for p in policies], axis=0)
        if block not in self.solved:
            domain = box(point - 3 * scale, point + 3 * scale)
            guess = start_from(problem, lambda r, s: policies[r](s), domain)
            self.grids = problem.grids
            self.solved[block] = Solved(guess, domain)
        return 0.02 * scale

    def _refine(self, block, levels, parameters, points, floor) -> None:
        sampling = self.options.ergodic
        domain = covering(points, floor, sampling.margin, sampling.left_out)
        problem = self.problem(block, levels)
        old = dict(self.grids)[block]
        guess = transferred(problem, domain, old, self.solved[block])
        earlier = self._earlier(problem)
        self._finish(problem, parameters, earlier, domain, guess, np.nan, np.nan)

    def _finish(self, problem, parameters, earlier, domain, guess, move, out) -> None:
        coefficients, residual, steps = solve_block(
            problem, self.options.newton, parameters, earlier, domain, guess
        )
        self.grids = problem.grids
        self.solved[problem.block] = Solved(coefficients, domain)
        self._forget(problem.block)
        self.evidence[problem.block] = BlockEvidence(
            problem.block, problem.grid.size, residual, steps, move, out
        )

    def _record_move(self, block: str, shift: float, points: np.ndarray) -> None:
        cube = self.solved[block].domain.on_host().to_cube(points)
        share = float(np.mean(np.any(np.abs(cube) > 1.0, axis=1)))
        self.evidence[block] = replace(
            self.evidence[block], domain_move=shift, share_outside=share
        )

    def _record_stability(self, problem, parameters, points) -> None:
        found = check_stability(
            problem, parameters, self.solved, points.mean(axis=0), self.determinacy
        )
        evidence = self.evidence[problem.block]
        self.evidence[problem.block] = replace(evidence, stability=found)

    def resolve(
        self, parameters: Parameters, blocks: tuple[str, ...] | None = None
    ) -> None:
        """Solve all blocks, or the named ones, again on their grids and domains."""
        for block in self.model.blocks:
            if blocks is not None and block.name not in blocks:
                continue
            levels = dict(self.grids)[block.name].levels
            names = [b.name for b in self.model.blocks]
            kept = tuple(
                g for g in self.grids if names.index(g[0]) < names.index(block.name)
            )
            problem = conditions(
                self.model,
                block.name,
                (*kept, (block.name, smolyak(levels))),
                self.options.quadrature,
            )
            guess, domain = self.solved[block.name]
            earlier = {n: self.solved[n] for n, _ in kept}
            coefficients, _, _ = solve_block(
                problem, self.options.newton, parameters, earlier, domain, guess
            )
            self.solved[block.name] = Solved(coefficients, domain)
            self._forget(block.name)

    def _forget(self, block: str) -> None:
        """Drop the samples of policies that ``block`` had."""
        self.sample = None
        if block != self.model.blocks[-1].name:
            self._walked = None


def box_of(points: np.ndarray, floor: np.ndarray, widen: float) -> Domain:
    """Axis-aligned domain around a sample (P, d), its range widened by a factor."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2 * widen, floor)
    return box(middle - half, middle + half)


class _Known(OrderedDict):
    """Blocks that move by themselves and are the same in many economies.

    Only the latest are kept.
    """

    def keep(self, key: tuple, value: tuple[Solved, BlockEvidence]) -> None:
        """Remember one more, and forget the oldest beyond the size."""
        self[key] = value
        while len(self) > 64:
            self.popitem(last=False)


_KNOWN = _Known()


@lru_cache(maxsize=8)
def _draws(model: Model, ergodic: ErgodicOptions) -> Draws:
    return draw(model, ergodic.seed, (ergodic.periods, ergodic.paths))
