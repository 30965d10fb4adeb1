"""Second- and third-order perturbation of models with Markov switching.

y_t = g_i(y_{t-1}, eps_t, sigma) in regime i is expanded at sigma = 0, eps = 0 and the
steady state (Foerster, Rubio-Ramirez, Waggoner and Zha 2016, section 4). Given a
first-order solution, derivatives of order k solve one linear system across regimes,
B_i G_i + sum_j p_ij A_ij (G_j(H, ..., H) + G_j1 G_i) = -known: H maps (state, shock,
sigma) into next period's, where the shock is sigma times a node of a rule exact for
moments of order k, so that risk needs no terms of its own. All derivatives are
automatic. Transition probabilities may depend on variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import permutations
from math import factorial

import jax
import jax.numpy as jnp
import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

from ..compiled import compiled
from ..errors import SolutionError
from ..projection.quadrature import Quadrature
from .solutions import SwitchingSolution
from .system import SwitchingModel, linear_switching_system

# Above this many unknowns the linear system is solved iteratively.
_DENSE = 3000


# Identity is equality: compiled programs are cached on the object.
@dataclass(frozen=True, eq=False)
class SwitchingPolicy:
    """Taylor polynomials g_i in u = (y_{t-1} - rest, eps_t, sigma) per regime.

    Attributes
    ----------
    problem : the model and the point of expansion.
    states : places (s,) of the variables whose lags enter.
    derivatives : of order 1, 2, ... : (R, n, q), (R, n, q, q), ..., q = s + m + 1;
        symmetric in the last axes.
    """

    problem: SwitchingModel
    states: np.ndarray
    derivatives: tuple[np.ndarray, ...] = field(repr=False)

    @property
    def order(self) -> int:
        """Highest order of derivatives."""
        return len(self.derivatives)

    def deviation(self, regime, before, shocks, sigma) -> jax.Array:
        """y_t - rest (n,), from y_{t-1} - rest ``before`` (n,); traceable."""
        at = jnp.concatenate(
            [before[self.states], jnp.atleast_1d(shocks), jnp.atleast_1d(sigma)]
        )
        return self.polynomial(regime, at)

    def polynomial(self, regime, at) -> jax.Array:
        """The polynomial (n,) at u (q,); traceable, ``regime`` may be traced."""
        total = jnp.zeros(len(self.problem.model.names))
        for order, derivative in enumerate(self.derivatives, start=1):
            term = jnp.asarray(derivative)[regime]
            for _ in range(order):
                term = term @ at
            total = total + term / factorial(order)
        return total


def switching_perturbation(
    problem: SwitchingModel, solution: SwitchingSolution, order: int = 2
) -> SwitchingPolicy:
    """Expansion to ``order`` (1, 2 or 3) around a chosen first-order solution.

    Raises
    ------
    SolutionError
        The solution is complex; it does not solve the model's first-order conditions;
        a linear system of some order is singular.
    """
    if not 1 <= order <= 3:
        raise SolutionError(f"order {order} is not available: choose 1, 2 or 3")
    if not solution.real:
        raise SolutionError("the first-order solution is complex: choose a real one")
    states = lagged_places(problem)
    first = np.concatenate(
        [
            solution.transition[:, :, states],
            solution.impact,
            solution.constant[:, :, None],
        ],
        axis=2,
    )
    policy = SwitchingPolicy(problem, states, (first,))
    gap = _derivatives(policy, 1)
    if np.abs(gap).max() > 1e-8 * (1 + np.abs(first).max()):
        raise SolutionError(
            f"the solution violates first-order conditions by {np.abs(gap).max():.3g}: "
            "was it found for another model or steady state?"
        )
    system = linear_switching_system(problem)
    for number in range(2, order + 1):
        known = _derivatives(policy, number)
        new = _solved(policy, system, known, number)
        policy = SwitchingPolicy(problem, states, (*policy.derivatives, new))
    return policy


def lagged_places(problem: SwitchingModel) -> np.ndarray:
    """Places of variables that enter lagged, in equations or in probabilities."""
    model = problem.model
    appearing = set(model.appearing(-1))
    found = np.array([n in appearing for n in model.names])
    if callable(problem.transition):
        # A derivative that vanishes at rest does not at a random point nearby.
        generator = np.random.default_rng(0)
        rest = problem.steady_state
        near = rest + 1e-3 * generator.normal(size=len(rest)) * (1 + np.abs(rest))
        _, slopes = problem.chance_slopes(near)
        found |= np.any(slopes != 0, axis=(0, 1))
    return np.flatnonzero(found)


def _derivatives(policy: SwitchingPolicy, order: int) -> np.ndarray:
    """Derivatives (R, n, q, ...) of the conditions along the policy as it is."""
    problem = policy.problem
    rest = jnp.asarray(problem.steady_state)
    shocks = len(problem.model.shocks)
    size = policy.derivatives[0].shape[-1]
    nodes = _nodes(shocks)

    def conditions(regime, at):
        lagged = jnp.zeros(len(rest)).at[policy.states].set(at[: len(policy.states)])
        now, sigma = policy.polynomial(regime, at), at[-1]

        def later(j, arriving):
            return rest + policy.deviation(j, now, arriving, sigma)

        return problem.conditions(
            regime, later, rest + now, rest + lagged,
            at[len(policy.states) : -1], sigma, nodes,
        )  # fmt: skip

    def derivative(regime):
        differentiated = partial(conditions, regime)
        for _ in range(order):
            differentiated = jax.jacfwd(differentiated)
        return differentiated(jnp.zeros(size))

    result = np.array(
        compiled(jax.vmap(derivative), name="switching_derivatives")(
            jnp.arange(problem.count)
        )
    )
    if not np.all(np.isfinite(result)):
        place = np.argwhere(~np.isfinite(result))[0]
        name = problem.model.equations[int(place[1])].name
        raise SolutionError(
            f"{problem.regimes[int(place[0])]}: equation '{name}' has no finite "
            f"derivative of order {order} at the steady state"
        )
    return result


def _nodes(shocks: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights exact for polynomials of degree three in normal shocks."""
    if shocks == 0:
        return np.zeros((1, 0)), np.ones(1)
    eye = np.sqrt(shocks) * np.eye(shocks)
    return np.concatenate([eye, -eye]), np.full(2 * shocks, 0.5 / shocks)


def _solved(policy, system, known, order) -> np.ndarray:
    """Derivatives of the policy that set those of the conditions to zero.

    Blocks are solved for by how often sigma is among the directions. Ahead of today,
    those in lagged states and sigma alone depend on themselves; all others, in which a
    shock of today is among the directions, follow from them.
    """
    problem = policy.problem
    first = policy.derivatives[0]
    count, size, width = first.shape
    states = policy.states
    weighted = system.weighted
    points, weights = _nodes(len(problem.model.shocks))
    # From u to next period's u, per arriving regime and node.
    moves = np.zeros((count, count, len(weights), width, width))
    moves[:, :, :, : len(states)] = first[:, states][:, None, None]
    moves[..., len(states) : -1, -1] = np.einsum(
        "jab,vb->jva", problem.shock_roots, points
    )[None]
    moves[..., -1, -1] = 1.0
    own = np.array(system.now)
    own[:, :, states] += np.einsum(
        "ijab,jbc->iac", weighted, first[:, :, : len(states)]
    )
    letters, images = "uvw"[:order], "xyz"[:order]
    carry = ",".join(f"ijn{a}{b}" for a, b in zip(letters, images, strict=True))
    formula = f"n,{carry},ja{letters}->ija{images}"

    def ahead(candidate: np.ndarray, places: Sequence[np.ndarray]) -> np.ndarray:
        """What is expected of the conditions, in some directions (R, n, ...)."""
        # Nodes differ in the direction of sigma alone.
        apart = any(width - 1 in where for where in places)
        chances, at_nodes = (weights, moves) if apart else (np.ones(1), moves[:, :, :1])
        factors = [at_nodes[..., where] for where in places]
        found = np.einsum(formula, chances, *factors, candidate, optimize=True)
        return np.einsum("ijab,ijb...->ia...", weighted, found)

    inverse = np.linalg.inv(own)
    law = first[:, states, : len(states)]
    lagged, shocks = np.arange(len(states)), np.arange(len(states), width - 1)
    total = np.zeros_like(known)
    sigma = np.array([width - 1])
    for risk in range(order + 1):
        free = order - risk
        at = [lagged] * free + [sigma] * risk
        right = -(known[_block(at)] + ahead(total, at))
        right = right.reshape(count, size, *[len(states)] * free)
        found = _stable(weighted, own, inverse, law, right, order)
        _put(total, at, found.reshape(known[_block(at)].shape))
        # The same with shocks of today among the directions, at least one.
        for hit in range(1, free + 1):
            at = [lagged] * (free - hit) + [shocks] * hit + [sigma] * risk
            right = -(known[_block(at)] + ahead(total, at))
            _put(total, at, np.einsum("iab,ib...->ia...", inverse, right))
    everything = [np.arange(width)] * order
    gap = ahead(total, everything) + np.einsum("iab,ib...->ia...", own, total) + known
    worst = np.abs(gap).max()
    if not worst <= 1e-9 * (1 + np.abs(known).max()):
        raise SolutionError(
            f"derivatives of order {order} were not found: the linear system is left "
            f"with a residual of {worst:.3g}"
        )
    return total


def _block(places: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Index of a block of (R, n, ...) in the directions ``places``."""
    return (slice(None), slice(None), *np.ix_(*places))  # pyright: ignore[reportReturnType]


def _put(total: np.ndarray, places: Sequence[np.ndarray], block: np.ndarray) -> None:
    """Set a block in every order of its directions: derivatives are symmetric."""
    axes = range(len(places))
    for turn in permutations(axes):
        turned = block.transpose(0, 1, *(2 + k for k in turn))
        total[_block([places[k] for k in turn])] = turned


def _stable(weighted, own, inverse, law, right, order) -> np.ndarray:
    """X_i (R, n, s, ...) with own_i X_i + sum_j p_ij A_ij X_j(law_i, ...) = right_i.

    The number of directions is that of ``right``; without any the sum knows no law.
    """
    letters, images = "uvw"[: right.ndim - 2], "xyz"[: right.ndim - 2]
    carry = "".join(f",i{a}{b}" for a, b in zip(letters, images, strict=True))
    formula = f"jb{letters}{carry}->ijb{images}"
    factors = [law] * len(letters)

    def residual(flat):
        candidate = flat.reshape(right.shape)
        if factors:
            moved = np.einsum(formula, candidate, *factors, optimize=True)
        else:
            moved = np.broadcast_to(candidate, (len(law), *candidate.shape))
        both = np.einsum("ijab,ijb...->ia...", weighted, moved, optimize=True)
        return (both + np.einsum("iab,ib...->ia...", own, candidate)).ravel()

    def scaled(values):
        # The preconditioner is applied beforehand: the unknowns keep their scale.
        return np.einsum("iab,ib...->ia...", inverse, values.reshape(right.shape))

    total = right.size
    if total <= _DENSE:
        matrix = np.stack([scaled(residual(e)).ravel() for e in np.eye(total)], axis=1)
        if np.linalg.cond(matrix, 1) > 1e14:
            raise SolutionError(
                f"derivatives of order {order} are not determined: a product of roots "
                "of the first-order solution is one"
            )
        return np.linalg.solve(matrix, scaled(right).ravel()).reshape(right.shape)
    operator = LinearOperator(
        (total, total),
        lambda flat: scaled(residual(flat)).ravel(),  # pyright: ignore[reportCallIssue]
    )
    flat, failed = gmres(
        operator, scaled(right).ravel(), rtol=1e-13, atol=0.0, restart=100, maxiter=100
    )
    if failed:
        raise SolutionError(
            f"derivatives of order {order}: the iterative solver did not converge"
        )
    return flat.reshape(right.shape)


def simulate_switching(
    policy: SwitchingPolicy,
    shocks: np.ndarray,
    draws: np.ndarray,
    start_regime: int = 0,
    start: np.ndarray | None = None,
    sigma: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Variables (T, n) and regimes (T,); with many paths (T, paths, n), (T, paths).

    Parameters
    ----------
    shocks : standard normal (T, m) or (T, paths, m); ``sigma`` and the regime's
        covariance scale them.
    draws : uniform (T,) or (T, paths); the last are not used. They pick the next
        regime.
    start_regime, start : regime of the first period, variables (n,) before it (the
        steady state when left out).

    Raises
    ------
    SolutionError
        Probabilities outside [0, 1], or a path that explodes; says when.
    """
    problem = policy.problem
    shocks, draws = np.asarray(shocks, float), np.asarray(draws, float)
    alone = draws.ndim == 1
    if alone:
        shocks, draws = shocks[:, None], draws[:, None]
    before = problem.steady_state if start is None else np.asarray(start, float)
    found = _paths(policy)(jnp.asarray(start_regime), before, shocks, draws, sigma)
    path, regimes, chances = (np.asarray(v) for v in found)
    bad = np.any(~np.isfinite(path), axis=(1, 2))
    if np.any(bad):
        raise SolutionError(
            f"the simulated path explodes in period {int(np.argmax(bad))}: polynomials "
            "of higher order can; simulate order 1 or smaller shocks"
        )
    odd = np.any((chances < 0) | (chances > 1), axis=2)
    odd |= np.abs(chances.sum(axis=2) - 1) > 1e-8
    if np.any(odd):
        when, which = np.argwhere(odd)[0]
        raise SolutionError(
            f"probabilities in period {when} are {chances[when, which]}: the declared "
            "transition must stay within [0, 1] and sum to one"
        )
    return (path[:, 0], regimes[:, 0]) if alone else (path, regimes)


@lru_cache(maxsize=16)
def _paths(policy: SwitchingPolicy):
    """Paths, regimes and probabilities (T, paths, ...), compiled once per policy."""
    problem = policy.problem
    rest = jnp.asarray(problem.steady_state)
    roots = jnp.asarray(problem.shock_roots)

    def one(first, before, shocks, draws, sigma):
        def step(carry, inputs):
            regime, before = carry
            normal, uniform = inputs
            moved = policy.deviation(
                regime, before - rest, sigma * roots[regime] @ normal, sigma
            )
            now = rest + moved
            chances = jnp.stack(
                [problem.probabilities(i, now, before) for i in range(problem.count)]
            )[regime]
            later = jnp.sum(uniform > jnp.cumsum(chances)[:-1])
            return (later, now), (now, regime, chances)

        return jax.lax.scan(step, (first, before), (shocks, draws))[1]

    return compiled(
        jax.vmap(one, in_axes=(None, None, 1, 1, None), out_axes=1),
        name="switching_paths",
    )


def switching_responses(
    policy: SwitchingPolicy,
    regimes: Sequence[int],
    impulse: np.ndarray,
    sigma: float = 1.0,
) -> np.ndarray:
    """Responses (T, n) along regimes (T,) to standard shocks (m,) in the first period.

    The difference of two paths from rest, with and without the shock.
    """
    problem = policy.problem
    rest = jnp.asarray(problem.steady_state)
    paths = []
    for size in (1.0, 0.0):
        moved = jnp.zeros(len(rest))
        path = []
        for t, regime in enumerate(regimes):
            scale = sigma * size * (t == 0)
            shock = scale * problem.shock_roots[regime] @ np.asarray(impulse, float)
            moved = policy.deviation(regime, moved, shock, sigma)
            path.append(np.array(moved))
        paths.append(np.array(path))
    return paths[0] - paths[1]


def switching_residuals(
    policy: SwitchingPolicy,
    before: np.ndarray,
    shocks: np.ndarray,
    regimes: np.ndarray,
    sigma: float = 1.0,
    quadrature: Quadrature | None = None,
) -> np.ndarray:
    """Expected residuals (T, n) of the model's equations at points, regimes weighted.

    ``before`` (T, n) are variables at t-1, ``shocks`` (T, m) standard normal,
    ``regimes`` (T,) those of t. Expectations are by quadrature over shocks and exact
    over regimes; units are those of each equation.
    """
    rule = Quadrature() if quadrature is None else quadrature
    compiled = _residuals_at(policy, rule)
    return np.array(
        compiled(
            jnp.asarray(regimes, int),
            jnp.asarray(before, float),
            jnp.asarray(shocks, float),
            jnp.asarray(sigma, float),
        )
    )


@lru_cache(maxsize=16)
def _residuals_at(policy: SwitchingPolicy, rule: Quadrature):
    """Residuals at many points, compiled once per policy."""
    problem = policy.problem
    rest = jnp.asarray(problem.steady_state)
    count = len(problem.model.shocks)
    nodes = rule.nodes(count) if count else _nodes(0)
    roots = jnp.asarray(problem.shock_roots)

    def at(regime, before, normal, sigma):
        shock = sigma * roots[regime] @ normal
        moved = policy.deviation(regime, before - rest, shock, sigma)

        def later(j, arriving):
            return rest + policy.deviation(j, moved, arriving, sigma)

        return problem.conditions(
            regime, later, rest + moved, before, shock, sigma, nodes
        )

    return compiled(jax.vmap(at, in_axes=(0, 0, 0, None)), name="switching_residuals")
