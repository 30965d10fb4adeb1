"""First-order solution of a model in the general form.

Static variables are eliminated by an orthogonal transformation, the rest is solved by
cyclic reduction (Bini, Latouche and Meini 2002) and two Newton steps, of which the last
carries the derivatives (implicit function theorem). Convergence says nothing about
uniqueness: the verdict is the Blanchard-Kahn count of the remaining roots, here as two
spectral radii (traceable) and, on the host, by the ordered QZ decomposition (SciPy).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

from ..models.dynamic import DynamicModel
from ..models.dynamic_functions import residual_program
from .errors import DeterminacyError
from .linear import UNIT
from .matrix_equations import (
    cyclic_reduction,
    generalised_sylvester,
    spectral_radius,
)
from .taylor import FUNCTIONS, along


@dataclass(frozen=True)
class Layout:
    """Where variables stand: indices into the list of all ``variables``.

    ``states`` appear with a lag, ``forward`` with a lead, ``static`` with neither.
    """

    variables: tuple[str, ...]
    shocks: tuple[str, ...]
    states: tuple[int, ...]
    forward: tuple[int, ...]

    @cached_property
    def dynamic(self) -> tuple[int, ...]:
        """Variables that appear with a lead or a lag."""
        return tuple(sorted({*self.states, *self.forward}))

    @cached_property
    def static(self) -> tuple[int, ...]:
        """Variables that appear at t only."""
        return tuple(i for i in range(self.n) if i not in self.dynamic)

    @property
    def n(self) -> int:
        """Number of variables."""
        return len(self.variables)

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the states."""
        return tuple(self.variables[i] for i in self.states)

    def __hash__(self) -> int:
        """Hash of the incidence."""
        return hash((self.variables, self.shocks, self.states, self.forward))


@lru_cache(maxsize=64)
def layout(model: DynamicModel) -> Layout:
    """Incidence of leads and lags in a model."""
    names = model.names
    return Layout(
        names,
        tuple(s.name for s in model.shocks),
        tuple(names.index(n) for n in model.appearing(-1)),
        tuple(names.index(n) for n in model.appearing(1)),
    )


class LinearSystem(NamedTuple):
    """``ahead E y_f(t+1) + now y(t) + before y_s(t-1) + impact u(t) = 0``.

    Shapes (n, n_forward), (n, n), (n, n_states), (n, n_shocks), deviations from rest.
    """

    ahead: jax.Array
    now: jax.Array
    before: jax.Array
    impact: jax.Array


@lru_cache(maxsize=64)
def taylor_program(model: DynamicModel):
    """Residuals on series: ``f([z ...], [parameters ...]) -> list``.

    z = (y_f(t+1), y(t), y_s(t-1), u(t)).
    """
    return residual_program(model, tuple(FUNCTIONS.items()))


def at_rest(where: Layout, y: jax.Array) -> jax.Array:
    """The point z of ``taylor_program`` at the steady state y (n,)."""
    forward, states = jnp.asarray(where.forward, int), jnp.asarray(where.states, int)
    return jnp.concatenate([y[forward], y, y[states], jnp.zeros(len(where.shocks))])


@lru_cache(maxsize=64)
def linear_system(model: DynamicModel):
    """Traceable ``(y (n,), parameters (p,)) -> LinearSystem``."""
    where = layout(model)
    program = taylor_program(model)
    edges = np.cumsum([len(where.forward), where.n, len(where.states)])

    def evaluate(y, parameters):
        base = list(at_rest(where, y))
        (by_z,) = along(program, base, [jnp.eye(len(base))], list(parameters))
        return LinearSystem(*jnp.split(by_z.T, edges, axis=1))

    return evaluate


class FirstOrder(NamedTuple):
    """Linear rule ``y = g_s s + g_u u`` with what higher orders need.

    Attributes
    ----------
    by_state : (n, n_states); by_shock : (n, n_shocks).
    inverse : of ``now + ahead g_s`` (n, n); pull : ``inverse @ ahead`` (n, n_forward).
    residual : largest absolute residual of the matrix equation.
    state_radius, forward_radius : spectral radii of the states' transition and of the
        forward rows of ``pull``. The solution is the only stable one iff both are
        below one (the second is the inverse of the smallest root left out).
    """

    by_state: jax.Array
    by_shock: jax.Array
    inverse: jax.Array
    pull: jax.Array
    residual: jax.Array
    state_radius: jax.Array
    forward_radius: jax.Array


def solve_first_order(where: Layout, system: LinearSystem) -> FirstOrder:
    """Solve the linear system; traceable, vmap and gradients pass through.

    Nothing is raised: what failed is not finite, or has a radius of one or more.
    """
    fixed = LinearSystem(*jax.lax.stop_gradient(tuple(system)))
    start = _by_reduction(where, fixed)
    # Roots close to one cost the reduction digits: a second Newton step returns them.
    start = jax.lax.stop_gradient(_polished(where, fixed, start).by_state)
    return _polished(where, system, start)


def _by_reduction(where: Layout, system: LinearSystem) -> jax.Array:
    """All rows of the rule (n, n_states), without derivatives."""
    static, dynamic = list(where.static), list(where.dynamic)
    place = {v: i for i, v in enumerate(dynamic)}
    forward = tuple(place[i] for i in where.forward)
    states = tuple(place[i] for i in where.states)
    ahead, now, before, _ = system
    count = len(static)
    r = now
    if count:
        q, r = jnp.linalg.qr(now[:, jnp.asarray(static)], mode="complete")
        ahead, now, before = q.T @ ahead, q.T @ now, q.T @ before
    middle = now[:, jnp.asarray(dynamic, int)]
    solvent = cyclic_reduction(
        ahead[count:], middle[count:], before[count:], forward, states
    ).solvent
    rule = jnp.zeros((where.n, len(states))).at[jnp.asarray(dynamic, int)].set(solvent)
    if count:
        transition = solvent[jnp.asarray(states, int)]
        known = (
            ahead[:count] @ solvent[jnp.asarray(forward, int)] @ transition
            + middle[:count] @ solvent
            + before[:count]
        )
        above = -jnp.linalg.solve(r[:count], known)
        rule = rule.at[jnp.asarray(static)].set(above)
    return rule


def _polished(where: Layout, system: LinearSystem, rule: jax.Array) -> FirstOrder:
    """One Newton step from a rule that is held fixed; it carries the derivatives."""
    forward, states = jnp.asarray(where.forward, int), jnp.asarray(where.states, int)
    ahead, now, before, impact = system

    def gap(rule):
        return ahead @ rule[forward] @ rule[states] + now @ rule + before

    held = jax.lax.stop_gradient
    inverse = _inverse(held(ahead), held(now), rule, forward, states)
    pull = inverse @ held(ahead)
    constant = -inverse @ gap(rule)
    moved = generalised_sylvester(pull[forward], rule[states], constant[forward])
    rule = rule + constant - pull @ moved @ rule[states]
    inverse = _inverse(ahead, now, rule, forward, states)
    pull = inverse @ ahead
    return FirstOrder(
        rule,
        -inverse @ impact,
        inverse,
        pull,
        jnp.max(jnp.abs(held(gap(rule))), initial=0.0),
        spectral_radius(held(rule[states])),
        spectral_radius(held(pull[forward])),
    )


def _inverse(ahead, now, rule, forward, states):
    matrix = now.at[:, states].add(ahead @ rule[forward])
    return jnp.linalg.solve(matrix, jnp.eye(len(now)))


class Roots(NamedTuple):
    """Ordered QZ of the pencil: eigenvalues by modulus, stable count, and the rule.

    ``rule`` (n, n_states) is the policy of the stable roots in the rows of dynamic
    variables, None if their number is
    not that of the states.
    """

    eigenvalues: np.ndarray
    stable: int
    rule: np.ndarray | None


def roots_by_qz(where: Layout, system: LinearSystem) -> Roots:
    """Generalised eigenvalues of the system (Klein 2000), on the host.

    A root within ``UNIT`` of one counts as stable (a unit root).

    Raises
    ------
    DeterminacyError
        The pencil is singular: an equation repeats what the others say.
    """
    ahead, now, before, _ = (np.asarray(m) for m in system)
    static, states, forward = where.static, list(where.states), list(where.forward)
    q, _ = (
        np.linalg.qr(now[:, static], mode="complete")
        if static
        else (np.eye(where.n), 0)
    )
    ahead, now, before = ((q.T @ m)[len(static) :] for m in (ahead, now, before))
    both = [i for i in forward if i in states]
    only_forward = [k for k, i in enumerate(forward) if i not in states]
    n_s, n_f = len(states), len(forward)
    rows = len(now)
    left = np.zeros((rows + len(both), n_s + n_f))
    right = np.zeros_like(left)
    left[:rows, :n_s] = now[:, states]
    left[:rows, n_s:] = ahead
    right[:rows, :n_s] = -before
    for k in only_forward:
        right[:rows, n_s + k] = -now[:, forward[k]]
    # A variable with both a lead and a lag is the same number on both sides.
    for row, i in enumerate(both, start=rows):
        left[row, states.index(i)] = 1.0
        right[row, n_s + forward.index(i)] = 1.0
    return _ordered(where, left, right, n_s)


def _ordered(where: Layout, left, right, n_s: int) -> Roots:
    def stable(alpha, beta):
        return np.abs(alpha) <= (1 + UNIT) * np.abs(beta)

    a, b, alpha, beta, _, z = scipy.linalg.ordqz(
        right,
        left,
        sort=stable,  # pyright: ignore[reportArgumentType]
        output="complex",
    )
    tiny = 1e-13 * max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    if np.any((np.abs(alpha) < tiny) & (np.abs(beta) < tiny)):
        raise DeterminacyError(
            "the linearised system is singular: one equation follows from the others "
            "near the steady state; look for an identity that is written twice"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        # Infinite roots belong to equations without a lead: they are explosive.
        eigenvalues = np.where(
            np.abs(beta) > 1e-14 * np.abs(b).max(), alpha / beta, np.inf
        )
    count = int(np.sum(stable(alpha, beta)))
    rule = None
    upper = z[:n_s, :n_s]
    if count == n_s and (n_s == 0 or np.linalg.cond(upper) < 1e14):
        rule = np.zeros((where.n, n_s))
        inverse = np.linalg.inv(upper)
        rule[list(where.forward)] = (z[n_s:, :n_s] @ inverse).real
        transition = upper @ np.linalg.solve(b[:n_s, :n_s], a[:n_s, :n_s]) @ inverse
        rule[list(where.states)] = transition.real
    order = np.argsort(np.abs(eigenvalues))
    return Roots(eigenvalues[order], count, rule)
