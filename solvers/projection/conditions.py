"""Equilibrium conditions of one block at arbitrary states, with explicit expectations.

Everything here is a pure function of arrays: parameters, the solved earlier blocks, the
block's own coefficients and the points where the conditions are wanted. The projection
solver, the linear starting solution, Euler-equation errors and the pricing operator all
evaluate the same step from t to t+1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.declaration import NEXT, Block, Model
from ...models.functions import (
    Assignment,
    BlockFunctions,
    Evaluation,
    block_functions,
    drivers,
    event_probability,
    regime_probabilities,
    run,
)
from .grid import Domain, SmolyakGrid
from .quadrature import Quadrature, event_outcomes

# Arrays of the host, or of JAX within programs.
Parameters = dict[str, Any]
# Position of a regime: known when a program is made, or its argument.
Regime = int | jax.Array


class Solved(NamedTuple):
    """Coefficients (R, K, N) of a block's unknowns and the domain they live on.

    R is one when the block is the same in every regime.
    """

    coefficients: Any
    domain: Domain


SolvedBlocks = dict[str, Solved]


def in_regime(model: Model, parameters: Parameters, regime: Regime) -> Parameters:
    """Parameters as scalars; regime-specific ones, of shape (R,), at ``regime``."""
    return {
        p.name: parameters[p.name][regime] if p.regime_specific else parameters[p.name]
        for p in model.parameters
    }


def following(model: Model, parameters: Parameters, regime: Regime) -> Parameters:
    """Regime-specific parameters at t+1, by their names at t+1."""
    return {
        p.name + NEXT: parameters[p.name][regime]
        for p in model.parameters
        if p.regime_specific
    }


def evaluate_block(
    grid: SmolyakGrid, solved: Solved, regime: Regime, points: jax.Array
) -> jax.Array:
    """Unknowns (P, K) of a solved block at points (P, d) in one regime.

    Beyond the domain polynomials continue along their tangents.
    """
    index = regime if solved.coefficients.shape[0] > 1 else 0
    return grid.evaluate(solved.domain.to_cube(points), solved.coefficients[index])


def chances(model: Model, env: Parameters, regime: Regime) -> list[jax.Array]:
    """Probabilities of each regime at t+1, from ``regime`` at t."""
    rows = regime_probabilities(model)
    if isinstance(regime, int):
        return [entry.value(env) for entry in rows[regime]]
    # The regime is the program's argument: its row is picked there.
    columns = (
        jnp.broadcast_arrays(*(e.value(env) for e in c))
        for c in zip(*rows, strict=True)
    )
    return [jnp.stack(column)[regime] for column in columns]


def evaluate_on_host(
    grid: SmolyakGrid, solved: Solved, regime: int, points: np.ndarray
) -> np.ndarray:
    """As ``evaluate_block``, for a few points on the host: nothing is compiled."""
    index = regime if solved.coefficients.shape[0] > 1 else 0
    cube = solved.domain.on_host().to_cube(np.asarray(points))
    return grid.basis(cube, np) @ np.asarray(solved.coefficients)[index].T


def block_at(
    model: Model, label: str, env: Parameters
) -> tuple[Block, list[jax.Array]]:
    """Block of an ``Evaluation``'s label, and its states in ``env`` at that date."""
    suffix = NEXT if label.endswith(NEXT) else ""
    block = model.block(label.removesuffix(NEXT))
    return block, [env[s + suffix] for s in block.states]


def unknowns_at(
    block: Block, columns: Sequence[jax.Array], evaluate: Callable, shape=()
) -> Parameters:
    """Unknowns of a block by name, at states that broadcast (together with ``shape``).

    ``evaluate`` takes points (P, d) to unknowns (P, K).
    """
    shape = np.broadcast_shapes(shape, *(c.shape for c in columns))
    points = jnp.stack(
        [jnp.broadcast_to(c, shape).reshape(-1) for c in columns], axis=-1
    )
    values = evaluate(points)
    return {u.name: values[:, k].reshape(shape) for k, u in enumerate(block.unknowns)}


@dataclass(frozen=True, eq=False)
class Conditions:
    """One block of one model on given grids, ready to be evaluated.

    Shapes: P points, d states, K unknowns, Q quadrature nodes (``nodes_per_point``), R
    regimes, N polynomials. Environments map names to arrays (P, 1) at t and (P, Q) at
    t+1, or to what broadcasts to these.

    Attributes
    ----------
    grids : of the earlier blocks in their order, and of this one, which comes last.
    """

    model: Model
    block: str
    grids: tuple[tuple[str, SmolyakGrid], ...]
    quadrature: Quadrature

    @cached_property
    def functions(self) -> BlockFunctions:
        """Programs of the block."""
        return block_functions(self.model, self.block)

    @cached_property
    def grid_of(self) -> dict[str, SmolyakGrid]:
        """Grid of each block."""
        return dict(self.grids)

    @property
    def grid(self) -> SmolyakGrid:
        """The block's own grid."""
        return self.grid_of[self.block]

    @property
    def regimes(self) -> int:
        """Number of regimes that the block distinguishes."""
        return 1 if self.functions.regime_free else len(self.model.regimes.names)

    @cached_property
    def _rule(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Shocks (Q, n), events (Q, m) and Gaussian weights (Q,)."""
        gaussian, weights = self.quadrature.nodes(len(self.functions.shocks))
        outcomes = event_outcomes(len(self.functions.events))
        count = len(outcomes)
        return (
            np.tile(gaussian, (count, 1)),
            np.repeat(outcomes, len(weights), axis=0),
            np.tile(weights, count),
        )

    @property
    def nodes_per_point(self) -> int:
        """Number of quadrature nodes, events included."""
        return len(self._rule[2])

    def current(
        self,
        parameters: Parameters,
        earlier: SolvedBlocks,
        regime: Regime,
        points: jax.Array,
        unknowns: jax.Array,
    ) -> Parameters:
        """Environment dated t at points (P, d) with unknowns (P, K): arrays (P, 1).

        ``regime`` is today's.
        """
        env = in_regime(self.model, parameters, regime)
        columns = zip(self.functions.states, points.T, strict=True)
        env |= {name: column[:, None] for name, column in columns}
        columns = zip(self.functions.unknowns, unknowns.T, strict=True)
        env |= {name: column[:, None] for name, column in columns}
        return run(self.functions.current, env, self._evaluator(earlier, regime, None))

    def weights(self, env: Parameters) -> jax.Array:
        """Probabilities of the quadrature nodes at each point, (P, Q) or (1, Q)."""
        _, events, gaussian = self._rule
        weights = jnp.asarray(gaussian)[None, :]
        for column, name in enumerate(self.functions.events):
            probability = event_probability(self.model, name).value(env)
            happens = jnp.asarray(events[:, column])[None, :]
            weights = weights * jnp.where(happens > 0.5, probability, 1 - probability)
        return weights

    def regime_weights(self, env: Parameters, regime: Regime) -> list[jax.Array]:
        """Probability of each regime at t+1, shape (P, 1) or what broadcasts to it."""
        return [jnp.ones(())] if self.regimes == 1 else chances(self.model, env, regime)

    def step(
        self,
        env: Parameters,
        parameters: Parameters,
        earlier: SolvedBlocks,
        regime: int,
        own,
        steps=None,
        every_node: bool = True,
    ) -> Parameters:
        """Environment dated t+1: arrays (P, Q).

        ``regime`` is next period's; ``own(points)`` gives the block's own unknowns at
        next period's states; ``steps`` replaces the block's own program. ``own`` is
        asked for one row per point and node, or, without ``every_node``, once for nodes
        that lead to the same states where these are few.
        """
        env = self._with_nodes(env, parameters, regime)
        steps = self.functions.forward if steps is None else steps
        return run(steps, env, self._evaluator(earlier, regime, own, every_node))

    def outlook(
        self,
        env: Parameters,
        parameters: Parameters,
        earlier: SolvedBlocks,
        regime: Regime,
        own,
        every_node: bool = True,
    ) -> Iterator[tuple[jax.Array, Parameters]]:
        """Every regime at t+1: its probability (P, 1) and the environment there.

        ``own(regime, points)`` gives the block's own unknowns at t+1.
        """
        ahead = partial(self.step, env, parameters, earlier, every_node=every_node)
        for index, share in enumerate(self.regime_weights(env, regime)):
            yield share, ahead(index, partial(own, index))

    def _with_nodes(self, env: Parameters, parameters: Parameters, regime: int):
        """``env`` with what is known about t+1 at each quadrature node."""
        shocks, events, _ = self._rule
        env = env | following(self.model, parameters, regime)
        for column, name in enumerate(self.functions.shocks):
            env[name] = jnp.asarray(shocks[:, column])[None, :]
        for column, name in enumerate(self.functions.events):
            env[name] = jnp.asarray(events[:, column])[None, :]
        return env

    def _shape(self, env: Parameters) -> tuple[int, int]:
        """(P, Q): points of the environment and quadrature nodes."""
        return env[self.functions.states[0]].shape[0], self.nodes_per_point

    def _evaluator(
        self, earlier: SolvedBlocks, regime: Regime, own, every_node: bool = True
    ):
        def evaluate(label: str, env: Parameters) -> Parameters:
            block, columns = block_at(self.model, label, env)
            if block.name != self.block:
                solved = earlier[block.name]
                grid = self.grid_of[block.name]
                policy = partial(evaluate_block, grid, solved, regime)
            elif every_node or not self._few(block.name):
                return unknowns_at(block, columns, own, self._shape(env))
            else:
                policy = own
            shape = np.broadcast_shapes((1, 1), *(c.shape for c in columns))
            if shape[1] == 1:
                return unknowns_at(block, columns, policy, shape)
            # Only a few distinct next states: evaluate each of them once.
            first, back = self._distinct(block.name)
            columns = [jnp.broadcast_to(c, shape)[:, first] for c in columns]
            values = unknowns_at(block, columns, policy)
            return {name: value[:, back] for name, value in values.items()}

        return evaluate

    def _few(self, block: str) -> bool:
        """Whether next states are so few that picking them out costs less."""
        return 3 * len(self._distinct(block)[0]) <= self.nodes_per_point

    def _distinct(self, block: str) -> tuple[np.ndarray, np.ndarray]:
        """Quadrature nodes that give distinct next states of ``block``, and back."""
        shocks, events, _ = self._rule
        names = [s + NEXT for s in self.model.block(block).states]
        moved = drivers(self.model, names)
        keys = np.concatenate(
            [
                shocks[:, [s in moved for s in self.functions.shocks]],
                events[:, [e in moved for e in self.functions.events]],
            ],
            axis=1,
        )
        _, first, back = np.unique(
            np.round(keys, 10), axis=0, return_index=True, return_inverse=True
        )
        return first, back.reshape(-1)

    def residuals(
        self,
        parameters: Parameters,
        earlier: SolvedBlocks,
        regime: Regime,
        points: jax.Array,
        unknowns: jax.Array,
        own,
        every_node: bool = True,
    ) -> jax.Array:
        """Relative residuals (P, n_equation) of every equation at the points.

        ``own(regime, points)`` gives the block's own unknowns at t+1, row by row or as
        ``step`` says of ``every_node``.
        """
        env = self.current(parameters, earlier, regime, points, unknowns)
        weights = self.weights(env)
        expectations = [jnp.zeros(())] * len(self.functions.integrands)
        ahead = self.outlook(env, parameters, earlier, regime, own, every_node)
        for chance, after in ahead:
            for k, integrand in enumerate(self.functions.integrands):
                value = jnp.sum(weights * integrand.value(after), axis=1, keepdims=True)
                expectations[k] = expectations[k] + chance * value
        names = [a.name for a in self.functions.integrands]
        env = env | dict(zip(names, expectations, strict=True))
        columns = [
            jnp.broadcast_to(r.value(env), (points.shape[0], 1))
            for r in self.functions.residuals
        ]
        return jnp.concatenate(columns, axis=1)

    def next_points(
        self,
        env: Parameters,
        parameters: Parameters,
        earlier: SolvedBlocks,
        regime: int,
    ) -> jax.Array:
        """States at t+1 on every quadrature node, shape (P, Q, d).

        ``env`` comes from ``current``; ``regime`` is next period's.
        """
        env = self._with_nodes(env, parameters, regime)
        env = run(
            self.functions.transitions, env, self._evaluator(earlier, regime, None)
        )
        shape = self._shape(env)
        columns = (env[s + NEXT] for s in self.functions.states)
        return jnp.stack([jnp.broadcast_to(c, shape) for c in columns], axis=-1)


__all__ = [
    "Assignment",
    "Conditions",
    "Evaluation",
    "Parameters",
    "Regime",
    "Solved",
    "SolvedBlocks",
    "evaluate_block",
    "following",
    "in_regime",
]
