"""Risk-adjusted linear solution of a block, with its determinacy verdict.

The conditions are linearised around the point where the economy rests *given its risk*:
expectations are taken with the full quadrature (disasters included) over the linear
policy itself, so growth-adjusted returns contain their premia. A riskless linearisation
wrongly rejects fiscally led economies whose riskless rate lies below growth. The
generalised eigenvalues of the resulting pencil are counted after Blanchard and Kahn
(1980); the ordered QZ decomposition (SciPy, on the host) gives the policy (Klein 2000).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

from ...models.declaration import NO_ADVICE, Advice, names_in
from ...models.functions import value_on_host
from ..compiled import compiled
from ..errors import DeterminacyError, SolutionError
from .conditions import (
    Conditions,
    Parameters,
    SolvedBlocks,
    evaluate_on_host,
    in_regime,
)
from .grid import smolyak

# A root within this distance of one is a unit root.
UNIT = 1e-6


@dataclass(frozen=True)
class Determinacy:
    """Blanchard-Kahn count of one regime taken as permanent.

    ``eigenvalues`` are sorted by modulus; ``exists`` and ``unique`` are the verdict.
    ``carriers`` says which variables, equations and parameters the roots in excess
    belong to, where somebody has looked.
    """

    regime: str
    stable: int
    predetermined: int
    eigenvalues: np.ndarray = field(repr=False)
    carriers: str = ""
    advice: Advice = field(default=NO_ADVICE, repr=False)

    @property
    def unit_roots(self) -> int:
        """Roots whose modulus is one to six digits; they count as stable."""
        return int(np.sum(np.abs(np.abs(self.eigenvalues) - 1) < UNIT))

    @property
    def exists(self) -> bool:
        """Whether a stable solution exists."""
        return self.stable >= self.predetermined

    @property
    def unique(self) -> bool:
        """Whether there is at most one stable solution."""
        return self.stable <= self.predetermined

    @property
    def verdict(self) -> str:
        """``"determinate"``, ``"indeterminate"`` or ``"explosive"``."""
        if not self.exists:
            return "explosive"
        return "determinate" if self.unique else "indeterminate"

    def require(self) -> None:
        """Refuse what is not determinate.

        Raises
        ------
        DeterminacyError
            Naming the regime, the roots nearest one, and what to change.
        """
        if self.verdict == "determinate":
            return
        if self.carriers:
            raise DeterminacyError(self.carriers)
        near = sorted(np.abs(self.eigenvalues), key=lambda v: abs(np.log(v + 1e-300)))
        roots = ", ".join(f"{v:.4f}" for v in near[:4])
        what, why = {
            "explosive": ("no stable solution", self.advice.explosive),
            "indeterminate": ("many stable solutions", self.advice.indeterminate),
        }[self.verdict]
        what = f"{what}: {why}" if why else what
        raise DeterminacyError(
            f"regime '{self.regime}' is {self.verdict}: {self.stable} stable roots "
            f"for {self.predetermined} predetermined states (moduli nearest one: "
            f"{roots}); {what}."
        )


@dataclass(frozen=True)
class LinearPolicy:
    """``unknowns = level + slope @ (state - point)``; shapes (K,), (K, d), (d,)."""

    point: np.ndarray
    level: np.ndarray
    slope: np.ndarray
    determinacy: Determinacy

    def __call__(self, points):
        """Unknowns (P, K) at points (P, d)."""
        return self.level[None, :] + (points - self.point[None, :]) @ self.slope.T


class Pencil(NamedTuple):
    """A block around a point (d,), risk in place: values and derivatives there.

    Attributes
    ----------
    drift : mean next states less the point (d,); gap : residuals (n,).
    s_s, s_u : mean next states by states (d, d) and unknowns (d, K).
    r_s, r_u, r_next : residuals by states (n, d), by unknowns (n, K) now and next.
    chances : probabilities of next period's regimes (R,).
    """

    drift: Any
    gap: Any
    s_s: Any
    s_u: Any
    r_s: Any
    r_u: Any
    r_next: Any
    chances: Any


class Reference(NamedTuple):
    """Declared starting point: states (d,), scales (d,), guesses (K,), coordinates."""

    point: np.ndarray
    scale: np.ndarray
    guesses: np.ndarray
    coordinates: dict[str, float]


def reference(
    problem: Conditions, parameters: Parameters, earlier: SolvedBlocks, regime: int
) -> Reference:
    """Declared reference point, scales, guesses and coordinates of a block.

    Scales are at least 1e-4, so that no domain is a point.
    """
    model = problem.model
    held = {name: np.asarray(value) for name, value in parameters.items()}
    env: dict[str, Any] = dict(in_regime(model, held, regime))
    point, scale = [], []
    wanted = [c for c in model.coordinates if c.block == problem.block]
    coordinates: dict[str, float] = {}
    for name in problem.functions.states:
        for coordinate in wanted:
            if names_in(coordinate.expression) <= env.keys():
                found = value_on_host(coordinate.expression, env)
                coordinates[coordinate.parameter] = found
                env |= coordinates
        state = model.state(name)
        env[name] = value_on_host(state.reference, env)
        point.append(env[name])
        scale.append(max(value_on_host(state.scale, env), 1e-4))
        _add_known_blocks(problem, earlier, regime, env)
    guesses = [value_on_host(u.guess, env) for u in model.block(problem.block).unknowns]
    return Reference(np.array(point), np.array(scale), np.array(guesses), coordinates)


def _add_known_blocks(problem, earlier, regime, env: dict[str, Any]) -> None:
    """Add the unknowns of earlier blocks whose states are all placed."""
    model = problem.model
    for block in model.blocks[: model.blocks.index(model.block(problem.block))]:
        known = all(s in env for s in block.states)
        if known and block.unknowns[0].name not in env:
            at = np.array([[env[s] for s in block.states]])
            values = evaluate_on_host(
                problem.grid_of[block.name], earlier[block.name], regime, at
            )[0]
            names = [u.name for u in block.unknowns]
            env |= dict(zip(names, values, strict=True))


def linear_policy(
    problem: Conditions,
    parameters: Parameters,
    earlier: SolvedBlocks,
    regime: int,
    max_iterations: int = 60,
    tolerance: float = 1e-9,
) -> LinearPolicy:
    """Linear policy of ``regime`` taken as permanent.

    Raises
    ------
    DeterminacyError
        No stable solution, or more than one.
    SolutionError
        The resting point does not converge; names the equation furthest off.
    """
    start = reference(problem, parameters, earlier, regime)
    point, level = start.point, start.guesses
    slope = np.zeros((len(level), len(point)))
    determinacy = parts = None
    for _ in range(max_iterations):
        parts = derivatives_at(
            problem, regime, parameters, earlier, point, level, slope
        )
        if not all(np.all(np.isfinite(p)) for p in parts):
            break
        move = _resting_step(parts, len(point))
        new_slope, determinacy = stable_slope(
            problem.model.regimes.names[regime], parts, problem.model.advice
        )
        change = max(np.max(np.abs(move)), np.max(np.abs(new_slope - slope)))
        point, level = point + move[: len(point)], level + move[len(point) :]
        slope = new_slope
        if change < tolerance:
            determinacy.require()
            return LinearPolicy(point, level, slope, determinacy)
        if determinacy.verdict != "determinate" and change > 1e3:
            break
    if determinacy is not None:
        determinacy.require()
    assert parts is not None
    worst = problem.functions.equations[int(np.argmax(np.abs(parts.gap)))]
    raise SolutionError(
        f"block '{problem.block}', regime '{problem.model.regimes.names[regime]}': no "
        f"resting point found; equation '{worst}' is furthest off (relative residual "
        f"{np.max(np.abs(parts.gap)):.1e}). Check the intercepts and reference values."
    )


def _resting_step(parts: Pencil, states: int) -> np.ndarray:
    """Newton step for states that stay and conditions that hold."""
    drift, gap, s_s, s_u, r_s, r_u, r_next, _ = parts
    top = np.hstack([s_s - np.eye(states), s_u])
    bottom = np.hstack([r_s, r_u + r_next])
    matrix = np.vstack([top, bottom])
    step = -np.linalg.lstsq(matrix, np.concatenate([drift, gap]), rcond=None)[0]
    largest = np.max(np.abs(step))
    return step * min(1.0, 0.5 / largest) if largest > 0 else step


def stable_slope(
    regime: str, pencil: Pencil, advice: Advice = NO_ADVICE
) -> tuple[np.ndarray, Determinacy]:
    """Slope (K, d) of the stable policy, and how many stable roots there are.

    ``pencil`` holds finite host arrays; ``regime`` is named in the verdict.
    """
    _, _, s_s, s_u, r_s, r_u, r_next, _ = pencil
    states, unknowns = s_s.shape[0], r_u.shape[1]
    ahead = np.block(
        [
            [np.eye(states), np.zeros((states, unknowns))],
            [np.zeros((unknowns, states)), r_next],
        ]
    )
    now = np.block([[s_s, s_u], [-r_s, -r_u]])
    _, _, alpha, beta, _, z = scipy.linalg.ordqz(now, ahead, sort="iuc")
    # A singular lead matrix has infinite roots; they count as unstable.
    with np.errstate(divide="ignore"):
        moduli = np.abs(alpha) / np.abs(beta)
    stable = int(np.sum(moduli < 1.0))
    determinacy = Determinacy(regime, stable, states, np.sort(moduli), advice=advice)
    z11, z21 = z[:states, :states], z[states:, :states]
    return np.real(z21 @ np.linalg.pinv(z11)), determinacy


def derivatives_at(
    problem: Conditions,
    regime: int,
    parameters: Parameters,
    earlier: SolvedBlocks,
    point: np.ndarray,
    level: np.ndarray,
    slope: np.ndarray,
) -> Pencil:
    """Linearise a block around a point (d,) with unknowns ``level`` (K,) there.

    ``slope`` (K, d) is the linear policy that expectations are taken over.
    """
    compiled = _compiled(
        problem.model,
        problem.block,
        problem.grids[:-1],
        problem.quadrature,
        regime,
    )
    known = {name: earlier[name] for name, _ in problem.grids[:-1]}
    parts = compiled(parameters, known, point, level, slope)
    return Pencil(*(np.asarray(p) for p in parts))


@lru_cache(maxsize=64)
def _compiled(model, block, earlier_grids, quadrature, regime):
    """Derivatives of a block, compiled once for all of its own grids."""
    trivial = smolyak((0,) * len(model.block(block).states))
    problem = Conditions(model, block, (*earlier_grids, (block, trivial)), quadrature)
    return compiled(partial(derivatives, problem, regime), name=f"derivatives_{block}")


def derivatives(
    problem: Conditions,
    regime: int,
    parameters: Parameters,
    earlier: SolvedBlocks,
    point: jax.Array,
    level: jax.Array,
    slope: jax.Array,
) -> Pencil:
    """Drift of states, conditions, and their derivatives with risk in place.

    Expectations are over the linear policy with ``level`` (K,) and ``slope`` (K, d) at
    ``point`` (d,), in ``regime`` taken as permanent.
    """

    def environment(state, unknown):
        return problem.current(
            parameters, earlier, regime, state[None, :], unknown[None, :]
        )

    def reached(state, unknown):
        env = environment(state, unknown)
        ahead = problem.next_points(env, parameters, earlier, regime)[0]
        return ahead, problem.weights(env)[0]

    ahead, _ = reached(point, level)
    frozen = level[None, :] + (ahead - point[None, :]) @ slope.T
    states, unknowns = point.shape[0], level.shape[0]

    def moved(at):
        """States on average one period on, and residuals, from one stacked point."""
        state, unknown, bump = jnp.split(at, [states, states + unknowns])

        def own(_, where):
            del where
            return frozen + bump[None, :]

        where, weight = reached(state, unknown)
        mean = weight @ where
        residuals = problem.residuals(
            parameters, earlier, regime, state[None, :], unknown[None, :], own
        )[0]
        both = jnp.concatenate([mean, residuals])
        return both, both

    at = jnp.concatenate([point, level, jnp.zeros(unknowns)])
    # One derivative of everything: programs compile in half the time.
    slopes, value = jax.jacfwd(moved, has_aux=True)(at)
    drift, gap = value[:states] - point, value[states:]
    s_s, s_u, _ = jnp.split(slopes[:states], [states, states + unknowns], axis=1)
    r_s, r_u, r_next = jnp.split(slopes[states:], [states, states + unknowns], axis=1)
    chances = problem.regime_weights(environment(point, level), regime)
    chances = jnp.stack([c.reshape(()) for c in chances])
    return Pencil(drift, gap, s_s, s_u, r_s, r_u, r_next, chances)
