"""Perturbation to third order of a model in the general form.

The rule ``y(t) = g(s(t-1), u(t), sigma)`` is expanded at the steady state
(Schmitt-Grohe and Uribe 2004). Derivatives of the conditions along the rules found so
far come from nested forward-mode differentiation, one direction per distinct monomial;
what is left of each order is linear in its unknown tensor, a generalised Sylvester
equation in the state block and a product everywhere else. Everything traces, vmaps and
differentiates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ..models.dynamic import DynamicModel
from ..models.dynamic_functions import covariance_function
from .first_order import (
    FirstOrder,
    Layout,
    at_rest,
    layout,
    linear_system,
    solve_first_order,
    stacked_residuals,
)
from .matrix_equations import apply_right, generalised_sylvester
from .steady_state import Rest, steady_state_solver


class Rule(NamedTuple):
    """Plain partial derivatives of the rule at rest; x = (states lagged, shocks).

    Attributes
    ----------
    steady : (n,). x : (n, n_x). xx : (n, n_x, n_x), ss : (n,) by sigma twice.
    xxx : (n, n_x, n_x, n_x), ssx : (n, n_x) by sigma twice and x.
    Orders that were not asked for are None. Shocks count in their own units.
    """

    steady: jax.Array
    x: jax.Array
    xx: Any = None
    ss: Any = None
    xxx: Any = None
    ssx: Any = None


class Perturbation(NamedTuple):
    """A rule with the evidence that a batch can be judged by."""

    rule: Rule
    rest: Rest
    first: FirstOrder


@lru_cache(maxsize=64)
def perturbation(model: DynamicModel, order: int):
    """Traceable ``parameters (p,) -> Perturbation`` of the given order (1, 2 or 3)."""
    where = layout(model)
    rest_at, linear_at = steady_state_solver(model), linear_system(model)
    higher = _Higher(model)

    def solve(parameters):
        rest = rest_at(parameters)
        first = solve_first_order(where, linear_at(rest.values, parameters))
        by_x = jnp.concatenate([first.by_state, first.by_shock], axis=1)
        rule = Rule(rest.values, by_x)
        if order >= 2:
            rule = higher.second(rule, first, parameters)
        if order >= 3:
            rule = higher.third(rule, first, parameters)
        return Perturbation(rule, rest, first)

    return solve


@dataclass(frozen=True)
class _Monomials:
    """Distinct monomials of a degree, and where each product of indices finds its own.

    ``members`` (count, degree) lists sorted indices; ``position`` (size, ..., size).
    """

    members: np.ndarray
    position: np.ndarray


@lru_cache(maxsize=64)
def _monomials(size: int, degree: int) -> _Monomials:
    members = list(combinations_with_replacement(range(size), degree))
    number = {m: i for i, m in enumerate(members)}
    position = np.zeros((size,) * degree, int)
    for index in np.ndindex(position.shape):
        position[index] = number[tuple(sorted(index))]
    return _Monomials(np.array(members, int).reshape(-1, degree), position)


class _Higher:
    """Orders two and three of one model, on its incidence."""

    def __init__(self, model: DynamicModel):
        self.where: Layout = layout(model)
        self.f = stacked_residuals(model)
        self.covariance = covariance_function(model)
        self.pairs = _correlated(model)
        self.states = jnp.asarray(self.where.states, int)
        self.forward = jnp.asarray(self.where.forward, int)
        self.n_s, self.n_u = len(self.where.states), len(self.where.shocks)
        self.n_x = self.n_s + self.n_u

    def second(self, rule: Rule, first: FirstOrder, parameters) -> Rule:
        """Add ``xx`` and ``ss`` to a rule of order one."""
        move = _Move(self, rule)
        along = self._twice(rule, parameters)
        pairs = _monomials(self.n_x, 2)
        a, b = pairs.members.T
        zero = self._point(jnp.zeros((len(a), self.where.n)), move.none(len(a)))
        found = along(move.z_x[a], move.z_x[b], zero)
        xx = self._close(first, found, pairs, move.by_x)
        rule = rule._replace(xx=xx)
        move = _Move(self, rule)
        weights, k, m = self._weights(parameters)
        curvature = along(move.z_e[k], move.z_e[m], move.z_ee(k, m))
        constant = weights @ curvature
        matrix = jnp.eye(self.where.n).at[:, self.forward].add(first.pull)
        return rule._replace(ss=-jnp.linalg.solve(matrix, first.inverse @ constant))

    def third(self, rule: Rule, first: FirstOrder, parameters) -> Rule:
        """Add ``xxx`` and ``ssx`` to a rule of order two."""
        move = _Move(self, rule)
        triples = _monomials(self.n_x, 3)
        a, b, c = triples.members.T
        along = self._thrice(rule, parameters)
        z_ab, z_ac, z_bc = (move.z_xx(*p) for p in ((a, b), (a, c), (b, c)))
        found = along(
            *(move.z_x[a], move.z_x[b], move.z_x[c]),
            *(z_ab, z_ac, z_bc, move.z_xxx(a, b, c)),
        )
        xxx = self._close(first, found, triples, move.by_x)
        rule = rule._replace(xxx=xxx)
        return rule._replace(ssx=self._uncertainty(rule, first, parameters))

    def _uncertainty(self, rule: Rule, first: FirstOrder, parameters) -> jax.Array:
        """Derivative by sigma twice and x: the constants move with the state."""
        move = _Move(self, rule)
        weights, k, m = self._weights(parameters)
        n_x, pairs = self.n_x, len(k)
        every = jnp.arange(n_x)
        k, m, x = jnp.repeat(k, n_x), jnp.repeat(m, n_x), jnp.tile(every, pairs)
        along = self._thrice(rule, parameters)
        curvature = along(
            *(move.z_e[k], move.z_e[m], move.z_x[x]),
            *(move.z_ee(k, m), move.z_ex(k, x), move.z_ex(m, x)),
            move.z_eex(k, m, x),
        )
        constant = jnp.einsum("p,pxn->xn", weights, curvature.reshape(pairs, n_x, -1))
        z_s = jnp.tile(move.z_ss(), (n_x, 1))
        shift = self._twice(rule, parameters)(z_s, move.z_x, move.z_ssx())
        return self._close(first, constant + shift, _monomials(n_x, 1), move.by_x)

    def _weights(self, parameters):
        """Covariances of the pairs of shocks (both orders) that are not always zero."""
        sigma = self.covariance(parameters)
        k, m = (np.array(i, int) for i in zip(*self.pairs, strict=True))
        twice = jnp.asarray(np.where(k == m, 1.0, 2.0))
        return twice * sigma[k, m], k, m

    def _close(self, first: FirstOrder, found, monomials: _Monomials, by_x):
        """Solve for the tensor whose known part is ``found`` (count, n)."""
        known = -(found @ first.inverse.T).T
        constant = known[:, monomials.position]
        degree = monomials.position.ndim
        state_block = (slice(None), *([slice(0, self.n_s)] * degree))
        to_states = by_x[self.states]
        pull = first.pull[self.forward]
        block = generalised_sylvester(
            pull, to_states[:, : self.n_s], constant[self.forward][state_block]
        )
        ahead = apply_right(block, to_states)
        return constant - jnp.tensordot(first.pull, ahead, axes=1)

    def _point(self, y, ahead, own=None):
        """Stack (y_f(t+1), y, s, u) of many directions: (count, n_z)."""
        own = jnp.zeros((len(y), self.n_x)) if own is None else own
        return jnp.concatenate([ahead, y, own], axis=1)

    def _twice(self, rule: Rule, parameters):
        """Mixed second derivatives of the conditions along directions (count, n_z)."""
        rest = at_rest(self.where, rule.steady)

        def along(z_a, z_b, z_ab):
            def path(alpha, beta):
                z = rest + alpha * z_a + beta * z_b + alpha * beta * z_ab
                return self.f(z, parameters)

            return _slope(lambda alpha: _slope(lambda beta: path(alpha, beta)))

        return jax.vmap(along)

    def _thrice(self, rule: Rule, parameters):
        """Mixed third derivatives of the conditions along directions (count, n_z)."""
        rest = at_rest(self.where, rule.steady)

        def along(z_a, z_b, z_c, z_ab, z_ac, z_bc, z_abc):
            def path(alpha, beta, gamma):
                straight = alpha * z_a + beta * z_b + gamma * z_c
                bent = alpha * beta * z_ab + gamma * (alpha * z_ac + beta * z_bc)
                z = rest + straight + bent + alpha * beta * gamma * z_abc
                return self.f(z, parameters)

            def by_c(alpha, beta):
                return _slope(lambda gamma: path(alpha, beta, gamma))

            return _slope(lambda alpha: _slope(lambda beta: by_c(alpha, beta)))

        return jax.vmap(along)


def _slope(function):
    return jax.jvp(function, (jnp.zeros(()),), (jnp.ones(()),))[1]


class _Move:
    """How z = (y_f(t+1), y, s, u) moves along x, next shocks e and sigma.

    ``z_a`` are derivatives along single directions, ``z_ab`` along two and so on; what
    the next order has to find enters as zero.
    """

    def __init__(self, higher: _Higher, rule: Rule):
        self.higher, self.rule = higher, rule
        n_s, n_x, n = higher.n_s, higher.n_x, higher.where.n
        self.by_x = rule.x
        self.ahead = rule.x[higher.forward]
        self.to_states = rule.x[higher.states]
        y_f = self.ahead[:, :n_s] @ self.to_states
        self.z_x = higher._point(rule.x.T, y_f.T, jnp.eye(n_x))
        shocks = self.ahead[:, n_s:].T
        self.z_e = higher._point(jnp.zeros((higher.n_u, n)), shocks)
        if rule.xx is not None:
            self.forward_xx = rule.xx[higher.forward]
            self.states_xx = rule.xx[higher.states]
            ss = self.forward_xx[:, :n_s, :n_s]
            # y_f(t+1) by two directions: states move twice, or curve once.
            self.ahead_xx = jnp.einsum(
                "fij,ia,jb->fab", ss, self.to_states, self.to_states
            ) + jnp.einsum("fi,iab->fab", self.ahead[:, :n_s], self.states_xx)
            self.ahead_ex = jnp.einsum(
                "fik,ia->kaf", self.forward_xx[:, :n_s, n_s:], self.to_states
            )
            self.ahead_ee = jnp.moveaxis(self.forward_xx[:, n_s:, n_s:], 0, -1)

    def none(self, count: int):
        return jnp.zeros((count, len(self.higher.where.forward)))

    def _only_ahead(self, ahead):
        return self.higher._point(jnp.zeros((len(ahead), self.higher.where.n)), ahead)

    def z_xx(self, a, b):
        y = jnp.moveaxis(self.rule.xx, 0, -1)[a, b]
        return self.higher._point(y, jnp.moveaxis(self.ahead_xx, 0, -1)[a, b])

    def z_xxx(self, a, b, c):
        ss = self.forward_xx[:, : self.higher.n_s, : self.higher.n_s]
        # One direction moves the states, the other two curve them.
        part = jnp.einsum("fij,ia,jbc->abcf", ss, self.to_states, self.states_xx)
        return self._only_ahead(part[a, b, c] + part[b, a, c] + part[c, a, b])

    def z_ee(self, k, m):
        return self._only_ahead(self.ahead_ee[k, m])

    def z_ex(self, k, x):
        return self._only_ahead(self.ahead_ex[k, x])

    def z_eex(self, k, m, x):
        n_s = self.higher.n_s
        block = self.rule.xxx[self.higher.forward][:, :n_s, n_s:, n_s:]
        part = jnp.einsum("fikm,ix->kmxf", block, self.to_states)
        return self._only_ahead(part[k, m, x])

    def z_ss(self):
        forward, states = self.higher.forward, self.higher.states
        ss = self.rule.ss
        ahead = self.ahead[:, : self.higher.n_s] @ ss[states] + ss[forward]
        return self.higher._point(ss[None], ahead[None])

    def z_ssx(self):
        n_s = self.higher.n_s
        part = jnp.einsum(
            "fij,i,jx->xf",
            self.forward_xx[:, :n_s, :n_s],
            self.rule.ss[self.higher.states],
            self.to_states,
        )
        return self._only_ahead(part)


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
