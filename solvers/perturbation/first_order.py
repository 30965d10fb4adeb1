"""First-order solution of a model in the general form.

The system is solved by structure-preserving doubling (Huber, Meyer-Gohde and Saecker
2023) and Newton steps, of which the last carries the derivatives (implicit function
theorem). Convergence says nothing about uniqueness: the verdict is the Blanchard-Kahn
count of the remaining roots, here as two spectral radii (traceable) and, on the host,
by the ordered QZ decomposition (SciPy).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
import scipy.sparse.csgraph

from ...models.general.functions import entries, residual_program
from ...models.general.model import DynamicModel, dated
from ..errors import DeterminacyError
from ..matrix_equations import (
    generalised_sylvester,
    moved_doubling,
    nudged,
    spectral_radius,
    structured_doubling,
)
from ..projection.linear import UNIT
from .taylor import FUNCTIONS, expand

# Most steps of Newton's method after the doubling.
_POLISHING = 6


@dataclass(frozen=True)
class Layout:
    """Where variables stand: indices into the list of all ``variables``.

    ``states`` appear with a lag, ``forward`` with a lead, ``static`` with neither;
    ``leads`` are the equations in which a lead appears, all where it is None. ``moved``
    says that the matrix of the variables at t is singular whatever the numbers.
    """

    variables: tuple[str, ...]
    shocks: tuple[str, ...]
    states: tuple[int, ...]
    forward: tuple[int, ...]
    leads: tuple[int, ...] | None = None
    moved: bool = False

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
    later = {dated(n, 1) for n in names}
    place: dict[object, int] = {dated(n, 0): i for i, n in enumerate(names)}
    today = scipy.sparse.lil_array((len(names), len(names)))
    for i, residual in enumerate(model.residuals):
        today[i, [place[s] for s in residual.free_symbols if s in place]] = 1
    states, forward = (
        tuple(i for i, n in enumerate(names) if n in found)
        for found in (set(model.appearing(-1)), set(model.appearing(1)))
    )
    return Layout(
        names,
        tuple(s.name for s in model.shocks),
        states,
        forward,
        tuple(i for i, r in enumerate(model.residuals) if r.free_symbols & later),
        scipy.sparse.csgraph.structural_rank(today.tocsr()) < len(names),
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
    """Traceable ``(y (n,), parameters (p,)) -> (residuals (n,), LinearSystem)``."""
    where = layout(model)
    program = taylor_program(model)
    edges = np.cumsum([len(where.forward), where.n, len(where.states)])

    def evaluate(y, parameters):
        base = entries(at_rest(where, y))
        eye = jnp.eye(len(base))
        at_y, by_z = expand(program, base, [eye], entries(parameters))
        return at_y, LinearSystem(*jnp.split(by_z.T, edges, axis=1))

    return evaluate


class FirstOrder(NamedTuple):
    """Linear rule ``y = g_s s + g_u u`` with what higher orders need.

    Attributes
    ----------
    by_state : (n, n_states); by_shock : (n, n_shocks).
    inverse : of ``now + ahead g_s`` (n, n).
    pull, reach : (n, r) and (r, n_forward), ``pull @ reach = inverse @ ahead``; r is
        the number of equations with a lead or of variables with one, the smaller.
    residual : largest residual of the matrix equation, relative to its terms.
    state_radius, forward_radius : spectral radii of the states' transition and of the
        forward rows of ``pull @ reach``. The solution is the only stable one iff both
        are below one (the second is the inverse of the smallest root left out).
    """

    by_state: jax.Array
    by_shock: jax.Array
    inverse: jax.Array
    pull: jax.Array
    reach: jax.Array
    residual: jax.Array
    state_radius: jax.Array
    forward_radius: jax.Array


def solve_first_order(
    where: Layout, system: LinearSystem, start: jax.Array | None = None
) -> FirstOrder:
    """Solve the linear system; traceable, vmap and gradients pass through.

    ``start`` (n, n_states) is refined in place of the result of doubling. Nothing is
    raised: what failed is not finite, or has a radius of one or more.
    """
    system, scale = _equilibrated(system)
    fixed = LinearSystem(*jax.lax.stop_gradient(tuple(system)))
    forward = jnp.asarray(where.forward, int)

    def unfinished(carry):
        _, residual, steps = carry
        return (residual > 1e-12) & (steps < _POLISHING)

    def polish(carry):
        jumps, _, steps = carry
        found = _polished(where, fixed, jumps)
        return found.by_state[forward], found.residual, steps + 1

    # Roots close to one and sizes far apart cost digits: Newton steps return them.
    first = _by_doubling(where, fixed) if start is None else start[forward]
    begin = (first, jnp.asarray(jnp.inf), jnp.asarray(0))
    jumps, _, _ = jax.lax.while_loop(unfinished, polish, begin)
    found = _polished(where, system, jax.lax.stop_gradient(jumps))
    return found._replace(inverse=found.inverse * scale[None, :])


def _equilibrated(system: LinearSystem) -> tuple[LinearSystem, jax.Array]:
    """Equations divided by their largest coefficient, and the factors (n,)."""
    parts = jax.lax.stop_gradient(tuple(system))[:3]
    largest = jnp.max(jnp.abs(jnp.concatenate(parts, axis=1)), axis=1)
    scale = 1 / jnp.where(largest > 0, largest, 1.0)
    return LinearSystem(*(part * scale[:, None] for part in system)), scale


def _by_doubling(where: Layout, system: LinearSystem) -> jax.Array:
    """Rows (n_forward, n_states) of the rule with a lead; no derivatives."""
    states, forward = jnp.asarray(where.states, int), jnp.asarray(where.forward, int)
    count = len(where.states)
    if not (count and where.forward):
        return jnp.zeros((len(where.forward), count))
    if where.moved:
        return _by_moved_roots(where, system)
    ahead, now, before, _ = system
    solved = -jnp.linalg.solve(
        nudged(ahead, now, before), jnp.concatenate([before, ahead], axis=1)
    )
    onward, back = solved[states, :count], solved[states, count:]
    stay, later = solved[forward, :count], solved[forward, count:]
    return structured_doubling(onward, back, stay, later)


def _by_moved_roots(where: Layout, system: LinearSystem) -> jax.Array:
    """As ``_by_doubling``, where the matrix of the variables at t is singular."""
    dynamic = list(where.dynamic)
    size, count = len(dynamic), len(where.static)
    states, forward = (
        jnp.asarray([dynamic.index(i) for i in own], int)
        for own in (where.states, where.forward)
    )
    rows = len(system.now)
    ahead = jnp.zeros((rows, size)).at[:, forward].set(system.ahead)
    before = jnp.zeros((rows, size)).at[:, states].set(system.before)
    now = system.now[:, jnp.asarray(dynamic)]
    if count:
        static = system.now[:, jnp.asarray(where.static)]
        others = jnp.linalg.qr(static, mode="complete")[0][:, count:].T
        ahead, now, before = others @ ahead, others @ now, others @ before
    return moved_doubling(ahead, now, before)[forward][:, states]


def _polished(where: Layout, system: LinearSystem, jumps: jax.Array) -> FirstOrder:
    """One Newton step from rows with a lead that are held; it carries the derivatives.

    ``jumps`` (n_forward, n_states) alone enter the equations with another unknown.
    """
    forward, states = jnp.asarray(where.forward, int), jnp.asarray(where.states, int)
    ahead, now, before, impact = system
    held, eye, count = jax.lax.stop_gradient, jnp.eye(where.n), len(where.states)
    ends = np.cumsum([count, len(where.shocks)])

    def slope(jumps):
        return now.at[:, states].add(ahead @ jumps)

    rows = _lead_rows(where)
    columns, reach = (
        (ahead, jnp.eye(len(where.forward)))
        if rows is None
        else (eye[:, rows], ahead[rows])
    )
    solved = jnp.linalg.solve(
        slope(jumps), jnp.concatenate([before, impact, columns], axis=1)
    )
    by_state, by_shock, pull = jnp.split(solved, ends, axis=1)
    moved = generalised_sylvester(
        held(reach @ pull[forward]),
        held(-by_state[states]),
        reach @ (-by_state[forward] - jumps),
    )
    by_state, by_shock = (
        pull @ moved @ rule[states] - rule for rule in (by_state, by_shock)
    )
    found = LinearSystem(*held(tuple(system))), held(by_state)
    # What higher orders need; programs of first order leave it out.
    inverse = jnp.linalg.solve(slope(by_state[forward]), eye)
    return FirstOrder(
        by_state,
        by_shock,
        inverse,
        inverse @ ahead if rows is None else inverse[:, rows],
        reach,
        _relative(*found, forward, states),
        spectral_radius(held(by_state[states])),
        spectral_radius(held(reach @ pull[forward])),
    )


def _lead_rows(where: Layout) -> jax.Array | None:
    """Equations with a lead where they are fewer than variables with one."""
    if where.leads is None or len(where.leads) >= len(where.forward):
        return None
    return jnp.asarray(where.leads, int)


def _relative(system: LinearSystem, rule, forward, states) -> jax.Array:
    """Largest residual relative to its equation's largest term or coefficient (one)."""
    ahead, now, before, _ = system
    gap = ahead @ rule[forward] @ rule[states] + now @ rule + before
    ahead, now, before, size = (jnp.abs(m) for m in (ahead, now, before, rule))
    terms = ahead @ size[forward] @ size[states] + now @ size + before
    largest = jnp.max(terms, axis=1, initial=1.0, keepdims=True)
    return jnp.max(jnp.abs(gap) / largest, initial=0.0)


class Roots(NamedTuple):
    """Ordered QZ of the pencil: eigenvalues by modulus, stable count, and the rule.

    ``rule`` (n, n_states) is the policy of the stable roots in the rows of dynamic
    variables, None if their number is not that of the states or if their paths do not
    start from every state (the rank condition). Then ``free`` (n,) is a move of the
    variables that no state calls for, ``bound`` (n,) the states that cannot be chosen.
    """

    eigenvalues: np.ndarray
    stable: int
    rule: np.ndarray | None
    free: np.ndarray | None = None
    bound: np.ndarray | None = None


def roots_by_qz(where: Layout, system: LinearSystem) -> Roots:
    """Generalised eigenvalues of the system (Klein 2000), on the host.

    A root within ``UNIT`` of one counts as stable (a unit root).

    Raises
    ------
    DeterminacyError
        The pencil is singular: equations do not determine the variables.
    """
    balanced, units = balanced_system(where, system)
    ahead, now, before, _ = balanced
    static, states, forward = where.static, list(where.states), list(where.forward)
    if not where.dynamic:
        found = Roots(np.zeros(0, complex), 0, np.zeros((where.n, 0)))
        return _checked(where, balanced, found)
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
    found = _checked(where, balanced, _ordered(where, left, right, n_s))
    if found.rule is not None:
        rule = found.rule * units[:, None] / units[states][None, :]
        found = found._replace(rule=rule)
    return found


def balanced_system(
    where: Layout, system: LinearSystem
) -> tuple[LinearSystem, np.ndarray]:
    """The system in units that make its coefficients alike, on the host.

    Returns
    -------
    The system in variables ``y / units`` and equations divided by their largest
    coefficient, and ``units`` (n,), powers of two.
    """
    ahead, now, before, impact = (np.array(m, float) for m in system)
    forward, states = list(where.forward), list(where.states)
    units = np.ones(where.n)
    for _ in range(4):
        largest = np.abs(now).max(axis=0, initial=0.0)
        largest[forward] = np.maximum(
            largest[forward], np.abs(ahead).max(axis=0, initial=0.0)
        )
        largest[states] = np.maximum(
            largest[states], np.abs(before).max(axis=0, initial=0.0)
        )
        rescale = _power(largest)
        units, now = units / rescale, now / rescale
        ahead, before = ahead / rescale[forward], before / rescale[states]
        every = np.concatenate([ahead, now, before], axis=1)
        rows = _power(np.abs(every).max(axis=1, initial=0.0))[:, None]
        ahead, now, before, impact = (m / rows for m in (ahead, now, before, impact))
    # Arrays of NumPy do as well as those of JAX.
    found = LinearSystem(ahead, now, before, impact)  # pyright: ignore[reportArgumentType]
    return found, units


def _power(size: np.ndarray) -> np.ndarray:
    """Powers of two next to sizes; one where a size is zero or not finite."""
    usable = np.isfinite(size) & (size > 0)
    return np.where(usable, 2.0 ** np.round(np.log2(np.where(usable, size, 1.0))), 1.0)


def polynomial(where: Layout, system: LinearSystem, root: complex) -> np.ndarray:
    """``root^2 ahead + root now + before`` (n, n), the conditions along a root."""
    total = np.asarray(system.now) * complex(root)
    total[:, list(where.forward)] += root**2 * np.asarray(system.ahead)
    total[:, list(where.states)] += np.asarray(system.before)
    return total


# Roots at which a system that determines its variables is regular.
_GENERIC = (0.83 + 0.31j, -0.57 + 0.72j, 0.21 - 1.13j)


def _checked(where: Layout, balanced: LinearSystem, found: Roots) -> Roots:
    """The roots, if the system has any.

    Raises
    ------
    DeterminacyError
        The conditions are singular at every root, so that roots mean nothing.
    """
    if found.rule is not None and np.all(np.isfinite(found.rule)) and where.dynamic:
        return found
    if not all(np.all(np.isfinite(m)) for m in balanced):
        return found
    for root in _GENERIC:
        sizes = np.linalg.svd(polynomial(where, balanced, root), compute_uv=False)
        if sizes[-1] > 1e-13 * sizes[0]:
            return found
    raise DeterminacyError(
        "the linearised system is singular: its equations do not determine its "
        "variables"
    )


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
    lost = np.any((np.abs(alpha) <= tiny) & (np.abs(beta) <= tiny))
    with np.errstate(divide="ignore", invalid="ignore"):
        # Infinite roots belong to equations without a lead: they are explosive.
        eigenvalues = np.where(
            np.abs(beta) > 1e-14 * np.abs(b).max(), alpha / beta, np.inf
        )
    count = int(np.sum(stable(alpha, beta)))
    rule = free = bound = None
    upper = z[:n_s, :n_s]
    if count == n_s and not lost:
        to_left, sizes, to_right = np.linalg.svd(upper)
        if n_s and sizes[-1] <= 1e-13:
            free, bound = np.zeros(where.n), np.zeros(where.n)
            free[list(where.forward)] = np.abs(z[n_s:, :n_s] @ to_right[-1].conj())
            bound[list(where.states)] = np.abs(to_left[:, -1])
        else:
            rule = np.zeros((where.n, n_s))
            inverse = np.linalg.inv(upper)
            rule[list(where.forward)] = (z[n_s:, :n_s] @ inverse).real
            next_states = np.linalg.solve(b[:n_s, :n_s], a[:n_s, :n_s])
            rule[list(where.states)] = (upper @ next_states @ inverse).real
    order = np.argsort(np.abs(eigenvalues))
    return Roots(eigenvalues[order], count, rule, free, bound)
