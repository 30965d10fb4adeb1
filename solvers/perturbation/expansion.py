"""Perturbation to third order of a model in the general form.

The rule ``y(t) = g(s(t-1), u(t), sigma)`` is expanded at the steady state
(Schmitt-Grohe and Uribe 2004). Derivatives of the conditions along the rules found so
far come from Taylor series along one direction per distinct monomial; what is left of
each order is linear in its unknown tensor, a generalised Sylvester equation in the
state block and a product everywhere else. Everything traces, vmaps and
differentiates.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ...models.general.functions import covariance_function, entries
from ...models.general.model import DynamicModel
from ...models.general.parameters import at_rest_parameters
from ..matrix_equations import apply_right, generalised_sylvester
from .first_order import (
    FirstOrder,
    Layout,
    LinearSystem,
    at_rest,
    layout,
    linear_system,
    solve_first_order,
    taylor_program,
)
from .seeds import Seeds
from .steady_state import TOLERANCE, Known, Rest, steady_state_solver
from .taylor import along


class Rule(NamedTuple):
    """Plain partial derivatives of the rule at rest; x = (states lagged, shocks).

    Attributes
    ----------
    steady : (n,). x : (n, n_x). xx : (n, n_x, n_x), ss : (n,) by sigma twice.
    xxx : (n, n_x, n_x, n_x), ssx : (n, n_x) by sigma twice and x.
    Orders that were not asked for are None. Shocks count in their own units. Arrays of
    JAX or of the host.
    """

    steady: Any
    x: Any
    xx: Any = None
    ss: Any = None
    xxx: Any = None
    ssx: Any = None


class Perturbation(NamedTuple):
    """A rule with the evidence that a batch can be judged by."""

    rule: Rule
    rest: Rest
    first: FirstOrder
    system: LinearSystem


@lru_cache(maxsize=64)
def perturbation(model: DynamicModel, order: int):
    """Traceable ``parameters (p,) -> Perturbation`` of the given order (1, 2 or 3).

    A second argument, a rule (n, n_states), is refined in place of the result of
    doubling. ``known`` is a steady state nearby, as ``steady_state_solver`` takes it.

    First derivatives by parameters are exact, forward and reverse. Second ones are not:
    first order carries derivatives by one Newton step from a rule that is held fixed.
    Difference the gradient for a Hessian.
    """
    where = layout(model)
    rest_at, linear_at = steady_state_solver(model), linear_system(model)
    put = at_rest_parameters(model)
    higher = higher_orders(model, order) if order >= 2 else None

    def solve(parameters, start=None, known: Known | None = None):
        rest = rest_at(parameters, known)
        parameters = put(rest.values, parameters)
        residuals, system = linear_at(rest.values, parameters)
        # The same numbers as in ``rest``, whose own are then never computed.
        rest = rest._replace(residuals=residuals)
        first = solve_first_order(where, system, start)
        by_x = jnp.concatenate([first.by_state, first.by_shock], axis=1)
        rule = Rule(rest.values, by_x)
        if higher is not None:
            rule = higher(rule, first, parameters)
        return Perturbation(rule, rest, first, system)

    return solve


@lru_cache(maxsize=64)
def higher_orders(model: DynamicModel, order: int):
    """Traceable ``(rule of order one, FirstOrder, parameters (p,)) -> Rule``.

    Of order 2 or 3; parameters as they were given, steady states are put in.
    """
    higher, put = _Higher(model, order), at_rest_parameters(model)

    def extend(rule, first, parameters):
        parameters = put(rule.steady, parameters)
        rule = higher.second(rule, first, parameters)
        if order >= 3:
            rule = higher.third(rule, first, parameters)
        return rule

    return extend


def rest_holds(where: Layout, found: Perturbation) -> jax.Array:
    """Whether all equations hold at rest, relative to what they are made of.

    Traceable; ``steady_state.accepted`` judges by the terms as they are written.
    """
    ahead, now, before, _ = (jnp.abs(jax.lax.stop_gradient(m)) for m in found.system)
    y, residuals = jnp.abs(found.rest.values), jnp.abs(found.rest.residuals)
    total = now @ y
    largest = jnp.max(now, axis=1, initial=0.0)
    for part, rows in ((ahead, where.forward), (before, where.states)):
        total = total + part @ y[jnp.asarray(rows, int)]
        largest = jnp.maximum(largest, jnp.max(part, axis=1, initial=0.0))
    limit = jnp.maximum(TOLERANCE * total, 1e-12 * largest)
    return jnp.all(jnp.isfinite(y)) & jnp.all(residuals <= limit)


class _Higher:
    """Orders two and three of one model, on its incidence.

    Directions of x are scaled so that no variable moves by more than one along any of
    them; tensors are scaled back at the end.
    """

    def __init__(self, model: DynamicModel, order: int):
        self.where: Layout = layout(model)
        self.program = taylor_program(model)
        self.covariance = covariance_function(model)
        self.pairs = _correlated(model)
        self.states = np.asarray(self.where.states, int)
        self.forward = np.asarray(self.where.forward, int)
        self.n_s, self.n_u = len(self.where.states), len(self.where.shocks)
        self.n_x = self.n_s + self.n_u
        self.x = Seeds(self.n_x, order)
        # Directions of the next shocks: each alone, and sums of correlated ones.
        sums = [(k, m) for k, m in self.pairs if k != m]
        self.e = np.concatenate(
            [
                np.eye(self.n_u),
                *(np.eye(self.n_u)[[k]] + np.eye(self.n_u)[[m]] for k, m in sums),
            ]
        ).T

    def _curve(self, rule: Rule, parameters, *directions):
        """Taylor coefficients of the conditions along directions (n_z, count)."""
        base = at_rest(self.where, rule.steady)
        return along(self.program, entries(base), directions, entries(parameters))

    def _weights(self, parameters) -> jax.Array:
        """Weights of the directions ``e`` whose squares add up to the covariance."""
        sigma = self.covariance(parameters)
        single, sums = jnp.diagonal(sigma), []
        for k, m in self.pairs:
            if k != m:
                # 2 a b = (a + b)^2 - a^2 - b^2.
                single = single.at[jnp.array([k, m])].add(-sigma[k, m])
                sums.append(sigma[k, m])
        return jnp.concatenate([single, jnp.stack(sums)]) if sums else single

    def second(self, rule: Rule, first: FirstOrder, parameters) -> Rule:
        """Add ``xx`` and ``ss`` to a rule of order one."""
        if not self.n_x:
            n = self.where.n
            return rule._replace(xx=jnp.zeros((n, 0, 0)), ss=jnp.zeros(n))
        move = Move(self, rule)
        by_x = move.z_x @ self.x.pairs
        _, bend = self._curve(
            rule, parameters, jnp.concatenate([by_x, move.z_e], axis=1), None
        )
        count = by_x.shape[1]
        found = self.x.second(2 * bend[:count])
        xx = self._close(first, found, self.x.members_2, self.x.position_2, move)
        rule = rule._replace(xx=xx)
        shocks = rule.xx[self.forward][:, self.n_s :, self.n_s :]
        ahead = first.reach @ jnp.einsum("fkm,kd,md->fd", shocks, self.e, self.e)
        curved = 2 * first.inverse @ bend[count:].T + first.pull @ ahead
        constant = curved @ self._weights(parameters)
        small = jnp.eye(len(ahead)) + first.reach @ first.pull[self.forward]
        met = jnp.linalg.solve(small, first.reach @ constant[self.forward])
        return rule._replace(ss=first.pull @ met - constant)

    def third(self, rule: Rule, first: FirstOrder, parameters) -> Rule:
        """Add ``xxx`` and ``ssx`` to a rule of order two."""
        if not self.n_x:
            n = self.where.n
            return rule._replace(xxx=jnp.zeros((n, 0, 0, 0)), ssx=jnp.zeros((n, 0)))
        move = Move(self, rule)
        parts = self._third_directions(move)
        ends = np.cumsum([p[0].shape[1] for p in parts])[:-1]
        z = [jnp.concatenate(column, axis=1) for column in zip(*parts, strict=True)]
        _, c_2, c_3 = self._curve(rule, parameters, *z, None)
        free, plus, minus, alone, _ = jnp.split(c_3, ends)
        found = self.x.third(6 * free)
        seeds, bent = self.x, first.reach @ move.bent_ahead(self.x)
        xxx = self._close(first, found, seeds.members_3, seeds.position_3, move, bent)
        rule = rule._replace(xxx=xxx)
        size = (len(self.e.T), self.n_x, self.where.n)
        curved = (plus + minus).reshape(size) - 2 * alone[None]
        weights = self._weights(parameters)
        constant = jnp.tensordot(weights, curved, axes=1)
        *_, straight, shifted = jnp.split(c_2, ends)
        once = jnp.broadcast_to(shifted[:1], straight.shape)
        shift = (shifted[1:] - once - straight) * move.size_ss
        block = xxx[self.forward][:, : self.n_s, self.n_s :, self.n_s :]
        cubic = jnp.einsum("fikm,kd,md,d->fi", block, self.e, self.e, weights)
        moved = rule.xx[self.forward][:, : self.n_s, : self.n_s] @ rule.ss[self.states]
        ahead = first.reach @ (cubic + moved) @ rule.x[self.states]
        every = np.arange(self.n_x)
        ssx = self._close(first, constant + shift, (every,), every, move, ahead)
        return rule._replace(ssx=ssx)

    def _third_directions(self, move: Move):
        """(z1, z2) of the monomials of x, x with +e and -e, x alone, and sigma."""
        monomials = move.along_x(self.x)
        plus = move.with_shocks(self.e, 1.0)
        minus = move.with_shocks(self.e, -1.0)
        alone = (move.z_x, jnp.zeros_like(move.z_x))
        z_ss = move.z_ss[:, None]
        shifted = jnp.concatenate([z_ss, z_ss + move.z_x], axis=1)
        return monomials, plus, minus, alone, (shifted, jnp.zeros_like(shifted))

    def _close(
        self, first: FirstOrder, known, members, position, move: Move, ahead=None
    ):
        """Solve for the tensor, given the other terms of the conditions.

        ``known`` (count, n) holds the distinct derivatives by scaled x; ``ahead``
        (r, count) what reaches the conditions through leads, by x; ``members`` and
        ``position`` lead from the tensor to its distinct entries and back.
        """
        scale = jnp.ones(len(members[0]))
        for axis in members:
            scale = scale * move.scale[axis]
        small = first.reach @ first.pull[self.forward]
        constant = -first.inverse @ (known / scale[:, None]).T
        if ahead is not None:
            constant = constant - first.pull @ ahead
        degree = position.ndim
        of_states = position[(slice(0, self.n_s),) * degree]
        to_states = move.rule.x[self.states]
        block = generalised_sylvester(
            small,
            to_states[:, : self.n_s],
            (first.reach @ constant[self.forward])[:, of_states],
        )
        later = apply_right(block, to_states)[:, *members]
        return (constant - first.pull @ later)[:, position]


class Move:
    """How z = (y_f(t+1), y, s, u) moves along scaled x, next shocks e and sigma."""

    def __init__(self, higher: _Higher, rule: Rule):
        self.rule, self.higher = rule, higher
        n_s, n_x, n = higher.n_s, higher.n_x, higher.where.n
        forward, states = higher.forward, higher.states
        ahead = rule.x[forward]
        z_x = jnp.concatenate([ahead[:, :n_s] @ rule.x[states], rule.x, jnp.eye(n_x)])
        self.scale = 1 / jax.lax.stop_gradient(jnp.max(jnp.abs(z_x), axis=0))
        self.z_x = z_x * self.scale[None, :]
        self.to_states = rule.x[states] * self.scale[None, :]
        rest = n + n_x
        shocks = ahead[:, n_s:] @ jnp.asarray(higher.e)
        self.z_e = jnp.concatenate([shocks, jnp.zeros((rest, shocks.shape[1]))])
        if rule.xx is None:
            return
        self.ahead_s, self.ahead_xx = ahead[:, :n_s], rule.xx[forward]
        ss = rule.ss
        moved = jnp.concatenate(
            [self.ahead_s @ ss[states] + ss[forward], ss, jnp.zeros(n_x)]
        )
        size = jax.lax.stop_gradient(jnp.max(jnp.abs(moved)))
        # Along a direction of length one, so that differences keep their digits.
        self.size_ss = jnp.where(size > 0, size, 1.0)
        self.z_ss = moved / self.size_ss

    def _stack(self, ahead, y):
        own = jnp.zeros((self.higher.n_x, ahead.shape[1]))
        return jnp.concatenate([ahead, y, own])

    def along_x(self, seeds: Seeds):
        """Curves along the monomials of x to the second power of t.

        What is known of the third enters linearly, see ``bent_ahead``.
        """
        a, b = seeds.members_2
        bent = self._bent() @ self.rule.x[self.higher.states]
        xx = self.rule.xx[:, a, b]
        ahead = bent[:, a, b] + self.ahead_s @ xx[self.higher.states]
        scale = self.scale[a] * self.scale[b] / 2
        own = jnp.zeros((self.higher.n_x, len(a)))
        distinct = jnp.concatenate([ahead, xx, own]) * scale[None, :]
        return seeds.linear(self.z_x), seeds.quadratic(distinct)

    def _bent(self):
        """Second derivatives of the variables ahead by x and by states."""
        n_s = self.higher.n_s
        by_states = self.ahead_xx[:, :n_s, :n_s]
        to_states = self.rule.x[self.higher.states]
        return jnp.einsum("fij,ia->faj", by_states, to_states)

    def bent_ahead(self, seeds: Seeds):
        """Distinct third derivatives (f, N3) of variables ahead by known terms."""
        a, b = seeds.members_2
        curved = self._bent() @ self.rule.xx[self.higher.states][:, a, b]
        i, j, k = seeds.members_3
        pair = seeds.position_2
        return (
            curved[:, i, pair[j, k]]
            + curved[:, j, pair[i, k]]
            + curved[:, k, pair[i, j]]
        )

    def with_shocks(self, e: np.ndarray, sign: float):
        """Curves along x plus or minus a next shock: what moves with both."""
        n_s, count = self.higher.n_s, e.shape[1] * self.higher.n_x
        shocks = self.ahead_xx[:, n_s:, n_s:]
        square = jnp.einsum("fkm,kd,md->fd", shocks, e, e) / 2
        mixed = jnp.einsum(
            "fik,ix,kd->fdx", self.ahead_xx[:, :n_s, n_s:], self.to_states, e
        )
        ahead = (square[:, :, None] + sign * mixed).reshape(len(square), count)
        z_1 = self.z_e[:, :, None] * sign + self.z_x[:, None, :]
        y = jnp.zeros((self.higher.where.n, count))
        z_2 = self._stack(ahead, y)
        return z_1.reshape(len(self.z_x), count), z_2


def _correlated(model: DynamicModel) -> tuple[tuple[int, int], ...]:
    """Pairs of shocks whose covariance is not zero whatever the parameters."""
    size = len(model.shocks)
    if not model.covariance:
        return tuple((k, k) for k in range(size))
    return tuple(
        (k, m)
        for k in range(size)
        for m in range(k, size)
        if k == m or sp.sympify(model.covariance[k][m]) != 0
    )
