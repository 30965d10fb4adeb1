"""Simulation of solved models: many paths in one scan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import sympy as sp

from ..models.declaration import NEXT, Model, names_in
from ..models.functions import (
    Assignment,
    Program,
    assignment,
    block_functions,
    event_probability,
    program,
    run,
)
from ..models.functions import regime_probabilities as compiled_chain
from .conditions import (
    Parameters,
    SolvedBlocks,
    block_at,
    evaluate_block,
    following,
    in_regime,
    unknowns_at,
)
from .grid import SmolyakGrid

Grids = tuple[tuple[str, SmolyakGrid], ...]


class Draws(NamedTuple):
    """Innovations: shocks (..., n), uniforms of events (..., m), of regimes (...).

    Shocks are in standard deviations; an event happens when its uniform lies below its
    probability.
    """

    shocks: jax.Array
    events: jax.Array
    regime: jax.Array


def draw(model: Model, key: jax.Array, shape: tuple[int, ...]) -> Draws:
    """Innovations of the given leading shape."""
    first, second, third = jax.random.split(key, 3)
    return Draws(
        jax.random.normal(first, (*shape, len(model.shocks))),
        jax.random.uniform(second, (*shape, len(model.events))),
        jax.random.uniform(third, shape),
    )


def without_events(draws: Draws) -> Draws:
    """The same innovations with no rare event in the sample."""
    return draws._replace(events=jnp.ones_like(draws.events))


def lookup(model: Model, grids: Grids, solved: SolvedBlocks, regime: int):
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
        regime: int,
        points: jax.Array,
    ) -> jax.Array:
        """Outputs (P, n) at points (P, d) of the last block in ``regime``."""
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
    every date: the sample then follows the operator's left eigenvector, not physical
    probabilities (in pricing, bad states count for more).
    """

    model: Model
    grids: Grids
    outputs: tuple[str, ...]
    weighted_by: str | None = None

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
        return program(self.model, self.block, wanted)

    def step(
        self,
        parameters: Parameters,
        solved: SolvedBlocks,
        regime: int,
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

    def _chain(self, env: Parameters, regime: int, paths: int) -> jax.Array:
        if self.regimes == 1:
            return jnp.ones((paths, 1))
        row = compiled_chain(self.model)[regime]
        columns = [jnp.broadcast_to(entry.value(env), (paths,)) for entry in row]
        return jnp.stack(columns, axis=-1)

    def __call__(
        self,
        parameters: Parameters,
        solved: SolvedBlocks,
        states: jax.Array,
        regimes: jax.Array,
        draws: Draws,
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Simulate.

        Parameters
        ----------
        states : (paths, d), regimes : (paths,) int; draws : leading shape (T, paths).

        Returns
        -------
        states (T, paths, d), regimes (T, paths), outputs (T, paths, n): what holds at
        the beginning of each period. Links recorded at t are those of t to t+1, with
        t+1 unknowns of the same regime.
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
            if self.weighted_by is not None:
                kept = _resample(weight, draws_t.regime[0])
                ahead, after = ahead[kept], after[kept]
            return (ahead, after), (now, regime, outputs)

        _, recorded = jax.lax.scan(forward, (states, regimes), draws)
        return recorded


@lru_cache(maxsize=256)
def observer(model: Model, grids: Grids, outputs: tuple[str, ...]):
    """Jitted observer of one regime at chunks of points (n, P, d): (n, P, n_output)."""
    observe = Observer(model, grids, outputs)

    def chunked(parameters, solved, regime, chunks):
        return jax.lax.map(lambda p: observe(parameters, solved, regime, p), chunks)

    return jax.jit(chunked, static_argnums=2)


@lru_cache(maxsize=64)
def stepper(model: Model, grids: Grids):
    """Jitted step of one regime from states (P, d) and draws (P, ...): (P, d)."""
    walk = Simulator(model, grids, ())

    def step(parameters, solved, regime, states, draws):
        return walk.step(parameters, solved, regime, states, draws)[0]

    return jax.jit(step, static_argnums=2)


def _resample(weight: jax.Array, uniform: jax.Array) -> jax.Array:
    """Systematic resampling: indices (P,) drawn in proportion to weights (P,)."""
    count = weight.shape[0]
    cumulative = jnp.cumsum(weight) / jnp.sum(weight)
    positions = (jnp.arange(count) + uniform) / count
    return jnp.minimum(jnp.searchsorted(cumulative, positions), count - 1)


def flat(array: jax.Array, burn: int = 0) -> jax.Array:
    """Stack dates and paths of (T, paths, ...) after ``burn`` dates: (P, ...)."""
    kept = array[burn:]
    return kept.reshape(-1, *kept.shape[2:])
