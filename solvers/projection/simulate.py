"""Simulation of solved models: many paths in one scan."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax.core import Tracer

from ...models.declaration import NEXT, DeclarationError, Model, names_in
from ...models.functions import (
    Assignment,
    Evaluation,
    Program,
    assignment,
    block_functions,
    event_probability,
    program,
    run,
)
from ..compiled import compiled
from ..errors import SolutionError
from .conditions import (
    Parameters,
    Regime,
    SolvedBlocks,
    block_at,
    chances,
    evaluate_block,
    following,
    in_regime,
    unknowns_at,
)
from .grid import SmolyakGrid

Grids = tuple[tuple[str, SmolyakGrid], ...]
# Paths and dates that one compiled program walks: every simulation is made of these.
# Paths that are resampled, or told what others were, come twice as many at a time.
PATHS, DATES = 50, 100
# Numbers of states that one compiled program observes.
OBSERVED = (32, 2048)


class Draws(NamedTuple):
    """Innovations: shocks (..., n), uniforms of events (..., m), of regimes (...).

    Arrays of JAX or of the host. Shocks are in standard deviations; an event happens
    when its uniform lies below its probability.

    Attributes
    ----------
    given : values (..., k) of what a simulator is told, if it is.
    kept : positions (...) of the paths that go on, where paths are resampled.
    """

    shocks: Any
    events: Any
    regime: Any
    given: Any = None
    kept: Any = None


def staying(regime: int, count: int) -> float:
    """The uniform draw at which a regime lasts, whatever the chances of leaving it.

    Raises
    ------
    SolutionError
        The regime is neither the first nor the last: no one draw keeps it.
    """
    if 0 < regime < count - 1:
        raise SolutionError(
            f"regime {regime} of {count} lasts at no one draw: only the first and the "
            "last do; use generalised_impulse_response, which draws regimes"
        )
    return 0.0 if regime == 0 else 1.0


def draw(model: Model, seed: int, shape: tuple[int, ...]) -> Draws:
    """Innovations of the given leading shape, drawn on the host."""
    generator = np.random.default_rng(seed)
    return Draws(
        generator.standard_normal((*shape, len(model.shocks))),
        generator.random((*shape, len(model.events))),
        generator.random(shape),
    )


def without_events(draws: Draws) -> Draws:
    """The same innovations with no rare event in the sample."""
    return draws._replace(events=np.ones_like(draws.events))


def lookup(model: Model, grids: Grids, solved: SolvedBlocks, regime: Regime):
    """Evaluation of solved blocks in one regime, on environments of arrays (P,)."""
    grid_of = dict(grids)

    def evaluate(label: str, env: Parameters) -> Parameters:
        block, columns = block_at(model, label, env)
        grid, policy = grid_of[block.name], solved[block.name]
        return unknowns_at(
            block, columns, partial(evaluate_block, grid, policy, regime)
        )

    return evaluate


@dataclass(frozen=True, eq=False)
class Observer:
    """Evaluates variables and definitions dated t, the ``outputs``, at given states."""

    model: Model
    grids: Grids
    outputs: tuple[str, ...]

    @cached_property
    def _program(self) -> Program:
        return program(self.model, self.grids[-1][0], self.outputs)

    def __call__(
        self,
        parameters: Parameters,
        solved: SolvedBlocks,
        regime: Regime,
        points: jax.Array,
    ) -> jax.Array:
        """Outputs (P, n) at points (P, d) of the last block in ``regime``.

        A regime that is an array is the program's argument: one serves all of them.
        """
        states = self.model.block(self.grids[-1][0]).states
        env = in_regime(self.model, parameters, regime)
        env |= {n: points[:, k] for k, n in enumerate(states)}
        env = run(
            self._program.current, env, lookup(self.model, self.grids, solved, regime)
        )
        columns = [jnp.broadcast_to(env[o], points[:, 0].shape) for o in self.outputs]
        return jnp.stack(columns, axis=-1)


@dataclass(frozen=True, eq=False)
class Simulator:
    """Walks a model forward; ``outputs`` are recorded at every date.

    Names dated t are recorded at t, links and names dated t+1 at the date they reach.
    With ``weighted_by`` a numeraire, paths are resampled in proportion to its weight at
    every date when asked to: the sample then follows the operator's left eigenvector,
    not physical probabilities (in pricing, bad states count for more).

    Attributes
    ----------
    given : names dated t or t+1 that are not evaluated but read off the draws.
    traced : whether a last output says from which position each path goes on.
    """

    model: Model
    grids: Grids
    outputs: tuple[str, ...]
    weighted_by: str | None = None
    given: tuple[str, ...] = ()
    traced: bool = False

    @property
    def block(self) -> str:
        """The last solved block; its states are those of the simulation."""
        return self.grids[-1][0]

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the continuous states."""
        return self.model.block(self.block).states

    @cached_property
    def regimes(self) -> int:
        """Number of regimes that the block distinguishes."""
        free = block_functions(self.model, self.block).regime_free
        return 1 if free else len(self.model.regimes.names)

    @property
    def together(self) -> int:
        """Number of paths that one call of the compiled program walks."""
        return 2 * PATHS if self.weighted_by or self.given else PATHS

    @cached_property
    def _weight(self) -> Assignment | None:
        if self.weighted_by is None:
            return None
        named = {n.name: n for n in self.model.numeraires}
        return assignment(f"weight_{self.weighted_by}", named[self.weighted_by].weight)

    @cached_property
    def _program(self) -> Program:
        wanted = [s + NEXT for s in self.states] + list(self.outputs)
        random = [sp.sympify(e.probability) for e in self.model.events]
        if self.regimes > 1:
            random += [sp.sympify(e) for r in self.model.regimes.transition for e in r]
        if self._weight is not None:
            wanted += self._weight.arguments
        given = {*self.states, *(p.name for p in self.model.parameters)}
        for expression in random:
            wanted += sorted(names_in(expression) - given)
        return program(self.model, self.block, wanted, self.given)

    def told(self, blocks: Collection[str]) -> tuple[str, ...]:
        """What the simulator evaluates of the named blocks at t and t+1: names."""
        steps = (*self._program.current, *self._program.forward)
        used = set(self.outputs)
        used |= {a for s in steps if isinstance(s, Assignment) for a in s.arguments}
        names = (
            u + s.suffix
            for s in steps
            if isinstance(s, Evaluation) and s.block in blocks
            for u in s.unknowns
        )
        return tuple(n for n in names if n in used)

    def step(
        self,
        parameters: Parameters,
        solved: SolvedBlocks,
        regime: Regime,
        states: jax.Array,
        draws: Draws,
    ) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
        """One period from ``regime``: next states, outputs, chances, weights.

        Shapes (P, d), (P, n), (P, R) and (P,).
        """
        env = in_regime(self.model, parameters, regime)
        env |= following(self.model, parameters, regime)
        env |= {n: states[:, k] for k, n in enumerate(self.states)}
        env |= {s.name: draws.shocks[:, k] for k, s in enumerate(self.model.shocks)}
        env |= {n: draws.given[:, k] for k, n in enumerate(self.given)}
        evaluate = lookup(self.model, self.grids, solved, regime)
        env = run(self._program.current, env, evaluate)
        for k, event in enumerate(self.model.events):
            probability = event_probability(self.model, event.name).value(env)
            env[event.name] = (draws.events[:, k] < probability).astype(float)
        env = run(self._program.forward, env, evaluate)
        ahead = jnp.stack(
            [jnp.broadcast_to(env[s + NEXT], states[:, 0].shape) for s in self.states],
            axis=-1,
        )
        values = [jnp.broadcast_to(env[o], states[:, 0].shape) for o in self.outputs]
        outputs = jnp.stack(values, axis=-1) if values else jnp.zeros((len(states), 0))
        weight = jnp.ones(states.shape[0])
        if self._weight is not None:
            weight = jnp.broadcast_to(self._weight.value(env), weight.shape)
        return ahead, outputs, self._chain(env, regime, states.shape[0]), weight

    def _chain(self, env: Parameters, regime: Regime, paths: int) -> jax.Array:
        if self.regimes == 1:
            return jnp.ones((paths, 1))
        row = chances(self.model, env, regime)
        return jnp.stack([jnp.broadcast_to(c, (paths,)) for c in row], axis=-1)

    def __call__(
        self,
        parameters: Parameters,
        solved: SolvedBlocks,
        states: jax.Array,
        regimes: jax.Array,
        draws: Draws,
        weigh: jax.Array | bool = False,
    ) -> tuple[tuple[jax.Array, jax.Array], tuple[jax.Array, jax.Array, jax.Array]]:
        """Simulate.

        Parameters
        ----------
        states : (paths, d), regimes : (paths,) int; draws : leading shape (T, paths).
        weigh : whether to resample by the numeraire; without one it is ignored.

        Returns
        -------
        states (paths, d) and regimes (paths,) that follow the last date; and states
        (T, paths, d), regimes (T, paths), outputs (T, paths, n): what holds at the
        beginning of each period. Links recorded at t are those of t to t+1, with t+1
        unknowns of the same regime.
        """
        count = self.regimes

        def forward(carry, draws_t):
            now, regime = carry
            walked = [
                self.step(parameters, solved, r, now, draws_t) for r in range(count)
            ]
            ahead, outputs, chance, weight = walked[0]
            for r in range(1, count):
                here = (regime == r)[:, None]
                ahead = jnp.where(here, walked[r][0], ahead)
                outputs = jnp.where(here, walked[r][1], outputs)
                chance = jnp.where(here, walked[r][2], chance)
                weight = jnp.where(here[:, 0], walked[r][3], weight)
            after = regime
            if count > 1:
                passed = draws_t.regime[:, None] > jnp.cumsum(chance, axis=1)
                after = jnp.minimum(jnp.sum(passed, axis=1), count - 1)
            kept = draws_t.kept
            if self.weighted_by is not None:
                kept = _resample(weight, draws_t.regime[0])
                kept = jnp.where(weigh, kept, jnp.arange(len(kept)))
            if kept is not None:
                ahead, after = ahead[kept], after[kept]
            if self.traced:
                assert kept is not None, "only resampled paths are traced"
                outputs = jnp.column_stack([outputs, kept])
            return (ahead, after), (now, regime, outputs)

        return jax.lax.scan(forward, (states, regimes), draws)


class Walk(NamedTuple):
    """Simulated paths: states (T, paths, d), regimes (T, paths), outputs (T, paths, n).

    Host arrays of what holds at the beginning of each period.
    """

    states: np.ndarray
    regimes: np.ndarray
    outputs: np.ndarray


@lru_cache(maxsize=256)
def simulator(model: Model, grids: Grids, outputs: tuple[str, ...], **others):
    """Compiled simulator of the solved blocks, safe to call from several threads.

    ``others`` are the attributes of ``Simulator`` that are not usual.
    """
    walk = Simulator(model, grids, outputs, **others)
    return compiled(walk, name=f"simulate_{walk.block}")


@dataclass(frozen=True)
class Start:
    """Where simulated paths begin: states (paths, d), regimes (paths,), innovations.

    ``weigh``: resample in proportion to the simulator's numeraire, among the paths that
    the simulator walks together.
    """

    states: np.ndarray
    regimes: np.ndarray
    draws: Draws
    weigh: bool = False


def walk(
    program,
    parameters: Parameters,
    solved: SolvedBlocks,
    starts: Sequence[Start],
) -> list[Walk]:
    """Walk many paths from every start, in pieces of one shape on all cores.

    ``program`` comes from ``simulator``. Pieces are compiled once, whatever the number
    of dates and paths; missing paths and dates are filled up and left out again.
    """
    together = program.function.together
    tasks = [
        (index, first)
        for index, start in enumerate(starts)
        for first in range(0, len(start.states), together)
    ]

    def run_piece(task):
        index, first = task
        return _walk_piece(program, parameters, solved, starts[index], first)

    # Pieces release the interpreter while they run.
    with ThreadPoolExecutor() as pool:
        pieces = list(pool.map(run_piece, tasks))
    walks = []
    for index in range(len(starts)):
        own = [p for t, p in zip(tasks, pieces, strict=True) if t[0] == index]
        walks.append(Walk(*(np.concatenate(a, axis=1) for a in zip(*own, strict=True))))
    return walks


def _walk_piece(program, parameters, solved, start: Start, first: int) -> Walk:
    """Paths from ``first`` on that are walked together, ``DATES`` dates at a time."""
    count = program.function.together
    paths = min(count, len(start.states) - first)
    if start.weigh and paths < count:
        raise ValueError(f"weighted paths come in multiples of {count}, not {paths}")
    here = filled(start.states[first : first + paths], count, 0)
    regimes = filled(start.regimes[first : first + paths], count, 0)
    draws = jax.tree.map(
        lambda d: filled(d[:, first : first + paths], count, 1), start.draws
    )
    dates = len(draws.shocks)
    recorded = []
    for begin in range(0, dates, DATES):
        now = slice(begin, begin + DATES)
        some = jax.tree.map(partial(_dates, now), draws)
        (here, regimes), found = program(
            parameters, solved, here, regimes, some, start.weigh
        )
        recorded.append([np.asarray(f)[:, :paths] for f in found])
    return Walk(*(np.concatenate(r)[:dates] for r in zip(*recorded, strict=True)))


def _dates(now: slice, array: np.ndarray) -> np.ndarray:
    return filled(array[now], DATES, 0)


def filled(array, size: int, axis: int) -> np.ndarray:
    """Repeat the last entry along an axis up to ``size``."""
    array = np.asarray(array)
    missing = size - array.shape[axis]
    if missing == 0:
        return array
    last = np.take(array, [-1], axis=axis)
    return np.concatenate([array, np.repeat(last, missing, axis=axis)], axis=axis)


@lru_cache(maxsize=64)
def observable(model: Model, block: str) -> tuple[str, ...]:
    """Every unknown and definition dated t that a block's states determine."""
    found = []
    for name in (
        *(u.name for u in model.unknowns),
        *(d.name for d in model.definitions),
    ):
        try:
            forward = program(model, block, (name,)).forward
        except DeclarationError:
            continue
        if not forward:
            found.append(name)
    return tuple(found)


@lru_cache(maxsize=64)
def observer(model: Model, grids: Grids):
    """Compiled observer of any one regime: all observables (P, n) at points (P, d)."""
    observe = Observer(model, grids, observable(model, grids[-1][0]))
    return compiled(observe, name=f"observe_{grids[-1][0]}")


def observe(
    model: Model,
    grids: Grids,
    parameters: Parameters,
    solved: SolvedBlocks,
    names: Sequence[str],
    regime: int,
    points,
) -> Any:
    """Named quantities dated t (P, n) at states (P, d) of one regime; traceable.

    Raises
    ------
    DeclarationError
        A name that the last block cannot provide.
    """
    block = grids[-1][0]
    known = observable(model, block)
    for name in names:
        if name not in known:
            program(model, block, (name,))
            raise DeclarationError(f"'{name}' is not known at t in block '{block}'")
    columns = np.array([known.index(name) for name in names], int)
    found = observer(model, grids)(parameters, solved, regime, points)
    # Host arrays are sliced there: every choice of names would compile otherwise.
    return (found if isinstance(found, Tracer) else np.asarray(found))[:, columns]


def observe_many(
    model: Model,
    grids: Grids,
    parameters: Parameters,
    solved: SolvedBlocks,
    names: Sequence[str],
    points: np.ndarray,
    regimes: np.ndarray,
) -> np.ndarray:
    """Named quantities dated t (P, n) at states (P, d) in regimes (P,).

    Arguments and errors as of ``observe``.
    """
    size = next(s for s in OBSERVED if s >= len(points) or s == OBSERVED[-1])
    result = np.zeros((len(points), len(names)))

    def piece(task: tuple[int, np.ndarray]) -> None:
        regime, rows = task
        some = filled(points[rows], size, 0)
        found = observe(model, grids, parameters, solved, names, regime, some)
        result[rows] = found[: len(rows)]

    tasks = []
    for regime in np.unique(regimes):
        here = np.flatnonzero(regimes == regime)
        pieces = range(0, len(here), size)
        tasks += [(int(regime), here[first : first + size]) for first in pieces]
    with ThreadPoolExecutor() as pool:
        list(pool.map(piece, tasks))
    return result


@lru_cache(maxsize=64)
def stepper(model: Model, grids: Grids):
    """Compiled step of any one regime from states (P, d) and draws (P, ...): (P, d)."""
    walk = Simulator(model, grids, ())

    def step(parameters, solved, regime, states, draws):
        return walk.step(parameters, solved, regime, states, draws)[0]

    return compiled(step, name=f"step_{walk.block}")


def step(
    model: Model,
    grids: Grids,
    parameters: Parameters,
    solved: SolvedBlocks,
    regime: int,
    states: np.ndarray,
    draws: Draws,
) -> np.ndarray:
    """States (P, d) one period after states (P, d) of one regime, on the host.

    ``draws`` have the leading shape (P,).
    """
    program, count = stepper(model, grids), len(states)
    size = next((s for s in OBSERVED if s >= count), count)
    some = jax.tree.map(lambda d: filled(d, size, 0), draws)
    ahead = program(parameters, solved, regime, filled(states, size, 0), some)
    return np.asarray(ahead)[:count]


def _resample(weight: jax.Array, uniform: jax.Array) -> jax.Array:
    """Systematic resampling: indices (P,) drawn in proportion to weights (P,)."""
    count = weight.shape[0]
    cumulative = jnp.cumsum(weight) / jnp.sum(weight)
    positions = (jnp.arange(count) + uniform) / count
    return jnp.minimum(jnp.searchsorted(cumulative, positions), count - 1)


def flat(array, burn: int = 0):
    """Stack dates and paths of (T, paths, ...) after ``burn`` dates: (P, ...)."""
    kept = array[burn:]
    return kept.reshape(kept.shape[0] * kept.shape[1], *kept.shape[2:])
