"""Log prices of zero-coupon bonds of all maturities, to third order, by recursion.

The price of n periods is ``p_n(x) = today(x) + r_n(s)``: x holds what is given in a
period (lagged states, shocks), s the states that it leaves, and

    r_n(s) = log E exp(inside(s, u') + p_{n-1}(s, u')),

so that derivatives of r_n by s follow from those of r_(n-1) by the chain rule. Risk
enters derivatives by sigma alone. All others are linear in what is priced: seven curves
share the tensors of three, the real curve, inflation and convenience.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.outputs import AHEAD, NOW
from .expansion import Rule
from .first_order import Layout

BASES = ("real", "inflation", "convenience")
# Rows: what of the bases a curve is made of. Prices with and without services, of the
# risk-neutral twin, the real curve and its twin; sums of real short rates (negative)
# and of inflation that are expected.
CURVES = {
    "with_services": (1.0, -1.0, 1.0),
    "without": (1.0, -1.0, 0.0),
    "twin": (1.0, -1.0, 0.0),
    "real": (1.0, 0.0, 0.0),
    "real_twin": (1.0, 0.0, 0.0),
    "real_rates": (1.0, 0.0, 0.0),
    "inflation": (0.0, 1.0, 0.0),
}
COMBINATION = np.array(list(CURVES.values()))
# The long recursion of twins and of sums starts from the first price, risk-neutral.
STARTED = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0])
RISK = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
FIRST_RISK = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0])


class Curves(NamedTuple):
    """Derivatives of log prices of m maturities by x, as ``Rule`` defines them.

    ``level`` (m, b), ``x`` (m, b, n_x), ``xx``, ``xxx`` are of the ``bases``, ``ss``
    (m, 7) and ``ssx`` (m, 7, n_x) of ``CURVES``. Orders that the rule lacks are None.
    """

    level: jax.Array
    x: jax.Array
    xx: Any = None
    ss: Any = None
    xxx: Any = None
    ssx: Any = None


class _Flow(NamedTuple):
    """What a period adds inside the expectation, as a function of (s, u').

    ``level``, ``x``, ``xx``, ``xxx`` by s, of bases; of curves: ``u`` (7, n_u), ``us``,
    and ``ss``, ``ssx`` with the variance of u' in them.
    """

    level: Any
    x: Any
    xx: Any
    xxx: Any
    u: Any
    us: Any
    ss: Any
    ssx: Any


def bases(where: Layout) -> list[int]:
    """Positions in ``BASES`` of what a ``priced_model`` has, the real curve first."""
    found = [0]
    if "price_inflation" in where.variables:
        found.append(1)
    if any(v.startswith("price_convenience") for v in where.variables):
        found.append(2)
    return found


@lru_cache(maxsize=64)
def curve_function(where: Layout, order: int, maturities: tuple[int, ...]):
    """Traceable ``(rule, covariance (k, k)) -> Curves`` of a ``priced_model``.

    ``maturities`` in periods; ``order`` is that of the rule.
    """
    names = list(where.variables)
    longest, chosen = max(maturities), np.array(maturities) - 1

    def evaluate(rule: Rule, covariance: jax.Array) -> Curves:
        rule = jax.tree.map(jnp.asarray, rule)
        chain = _Chain(where, rule, covariance, order)

        def row(name: str) -> Rule:
            if name in names:
                return jax.tree.map(lambda a: a[names.index(name)], rule)
            return jax.tree.map(lambda a: jnp.zeros_like(a[0]), rule)

        now, ahead = (row(name.format("log_kernel")) for name in (NOW, AHEAD))
        inflation = row("price_inflation")
        bill, longer = (row(f"price_convenience_{k}") for k in ("bill", "long"))
        nothing = jax.tree.map(jnp.zeros_like, now)
        nominal = _plus(ahead, _minus(inflation))

        def of_bases(rows: list[Rule]) -> Rule:
            return _stack([rows[k] for k in bases(where)])

        def flow(rows: list[Rule], curves: list[Rule]) -> _Flow:
            return chain.flow(of_bases(rows), _stack(curves))

        first = flow(
            [ahead, inflation, nothing],
            [nominal, nominal, nominal, ahead, ahead, ahead, inflation],
        )
        real, both = _plus(now, ahead), _plus(now, nominal)
        later = [
            flow(
                [real, inflation, services],
                [_plus(both, services), both, now, real, now, now, inflation],
            )
            for services in (bill, longer)
        ]
        start = chain.step(chain.nothing(), first, 0.0, FIRST_RISK)

        def one_more(sums: Curves, index):
            added = jax.tree.map(
                lambda a, b: jnp.where(index == 0, a, b), later[0], later[1]
            )
            found = chain.step(sums, added, start, RISK)
            return found, found

        _, rest = jax.lax.scan(one_more, start, jnp.arange(longest - 1))
        every = jax.tree.map(
            lambda a, b: jnp.concatenate([a[None], b])[chosen], start, rest
        )
        today = [of_bases([now, nothing, services]) for services in (bill, longer)]
        short = jnp.asarray(chosen == 0)
        return chain.prices(every, today, short)

    return evaluate


def _stack(rules: list[Rule]) -> Rule:
    return jax.tree.map(lambda *a: jnp.stack(a), *rules)


def _plus(a: Rule, b: Rule) -> Rule:
    return jax.tree.map(jnp.add, a, b)


def _minus(a: Rule) -> Rule:
    return jax.tree.map(jnp.negative, a)


class _Chain:
    """The chain rule through the states' rule h, and the variance of u'."""

    def __init__(self, where: Layout, rule: Rule, covariance: jax.Array, order: int):
        states = jnp.asarray(where.states, int)
        self.h: Rule = jax.tree.map(lambda a: a[states], rule)
        self.order, self.covariance = order, covariance
        n_s = self.n_s = len(where.states)
        self.combination = jnp.asarray(COMBINATION[:, bases(where)])
        s, u = self.s, self.u = slice(0, n_s), slice(n_s, None)
        h = self.h
        self.h_s, self.h_u = h.x[:, s], h.x[:, u]
        if order == 1:
            return
        self.h_ss, self.h_us = h.xx[:, s, s], h.xx[:, u, s]
        self.drift = h.ss + jnp.tensordot(h.xx[:, u, u], covariance, axes=2)
        self.spread = self.h_u @ covariance @ self.h_u.T
        if order == 2:
            return
        self.h_sss = h.xxx[:, s, s, s]
        self.drift_s = h.ssx[:, s] + jnp.einsum(
            "ikms,km->is", h.xxx[:, u, u, s], covariance
        )
        mixed = jnp.einsum("ik,jks->ijs", self.h_u @ covariance, self.h_us)
        self.bent_s = 2 * mixed + self.drift[:, None, None] * self.h_s[None]

    def nothing(self) -> Curves:
        """Prices of no maturity, as functions of s."""
        size = [self.combination.shape[1], *[self.n_s] * 3]
        zeros = [jnp.zeros(size[: k + 1]) for k in range(4)]
        second = self.order > 1
        third = self.order > 2
        return Curves(
            zeros[0],
            zeros[1],
            zeros[2] if second else None,
            jnp.zeros(len(CURVES)) if second else None,
            zeros[3] if third else None,
            jnp.zeros((len(CURVES), self.n_s)) if third else None,
        )

    def flow(self, bases: Rule, curves: Rule) -> _Flow:
        """What rows of a rule add inside the expectation."""
        s, u, sigma = self.s, self.u, self.covariance
        found = dict.fromkeys(_Flow._fields)
        found["level"], found["x"] = bases.steady, bases.x[:, s]
        if self.order > 1:
            found["xx"] = bases.xx[:, s, s]
            found["u"] = curves.x[:, u]
            found["ss"] = curves.ss + jnp.tensordot(curves.xx[:, u, u], sigma, axes=2)
        if self.order > 2:
            found["xxx"] = bases.xxx[:, s, s, s]
            found["us"] = curves.xx[:, u, s]
            found["ssx"] = curves.ssx[:, s] + jnp.einsum(
                "ckms,km->cs", curves.xxx[:, u, u, s], sigma
            )
        return _Flow(**found)

    def step(self, sums: Curves, added: _Flow, start: Any, risk: np.ndarray) -> Curves:
        """``r_n`` from ``r_(n-1)``; ``start`` is ``r_1`` (curves that add it)."""
        h_s, c = self.h_s, self.combination
        level = sums.level + added.level
        x = added.x + sums.x @ h_s
        if self.order == 1:
            return Curves(level, x)
        by = sums.xx @ h_s
        xx = added.xx + jnp.tensordot(sums.x, self.h_ss, axes=1)
        xx = xx + jnp.einsum("ia,kib->kab", h_s, by)
        drift = sums.x @ self.drift + jnp.tensordot(sums.xx, self.spread, axes=2)
        exposure = added.u + c @ (sums.x @ self.h_u)
        priced = exposure @ self.covariance
        ss = sums.ss + added.ss + c @ drift
        ss = ss + jnp.asarray(risk) * jnp.sum(priced * exposure, axis=1)
        begun = jnp.asarray(STARTED)
        if isinstance(start, Curves):
            ss = ss + begun * start.ss
        if self.order == 2:
            return Curves(level, x, xx, ss)
        xxx = added.xxx + _cubic(sums.xxx, h_s) + _symmetric(_bent(by, self.h_ss))
        xxx = xxx + jnp.tensordot(sums.x, self.h_sss, axes=1)
        twist = jnp.einsum("kijl,ij->kl", sums.xxx, self.spread)
        drift_s = sums.x @ self.drift_s + twist @ h_s
        drift_s = drift_s + jnp.tensordot(sums.xx, self.bent_s, axes=2)
        moved = jnp.tensordot(sums.x, self.h_us, axes=1)
        moved = moved + jnp.einsum("im,kis->kms", self.h_u, by)
        turned = added.us + jnp.tensordot(c, moved, axes=1)
        ssx = sums.ssx @ h_s + added.ssx + c @ drift_s
        both = jnp.sum(priced[:, :, None] * turned, axis=1)
        ssx = ssx + 2 * jnp.asarray(risk)[:, None] * both
        if isinstance(start, Curves):
            ssx = ssx + begun[:, None] * start.ssx
        return Curves(level, x, xx, ss, xxx, ssx)

    def prices(self, sums: Curves, today: list[Rule], short: jax.Array) -> Curves:
        """``p_n`` as functions of x; ``today`` of one period and of more."""
        h, c = self.h, self.combination

        def added(name: str) -> jax.Array:
            one, more = (getattr(t, name) for t in today)
            pick = short.reshape(-1, *[1] * one.ndim)
            return jnp.where(pick, one[None], more[None])

        def of_curves(name: str) -> jax.Array:
            # Nothing is added today by the rows of inflation.
            return jnp.einsum("ck,mk...->mc...", c, added(name))

        level = sums.level + added("steady")
        x = added("x") + sums.x @ h.x
        if self.order == 1:
            return Curves(level, x)
        by = sums.xx @ h.x
        xx = added("xx") + jnp.tensordot(sums.x, h.xx, axes=1)
        xx = xx + jnp.einsum("ia,mkib->mkab", h.x, by)
        ss = sums.ss + of_curves("ss") + (sums.x @ h.ss) @ c.T
        if self.order == 2:
            return Curves(level, x, xx, ss)
        xxx = added("xxx") + jnp.tensordot(sums.x, h.xxx, axes=1)
        xxx = xxx + _cubic(sums.xxx, h.x) + _symmetric(_bent(by, h.xx))
        ssx = sums.x @ h.ssx + jnp.einsum("i,mkia->mka", h.ss, by)
        ssx = of_curves("ssx") + sums.ssx @ h.x + jnp.einsum("ck,mka->mca", c, ssx)
        return Curves(level, x, xx, ss, xxx, ssx)


def _cubic(tensor: jax.Array, h: jax.Array) -> jax.Array:
    """A cubic form (..., n, n, n) of h times its arguments; h is (n, m)."""
    for _ in range(3):
        tensor = jnp.moveaxis(tensor, -3, -1) @ h
    return tensor


def _bent(by: jax.Array, h_xx: jax.Array) -> jax.Array:
    """``sum_i by[..., i, a] h_xx[i, b, c]``."""
    return jnp.tensordot(jnp.swapaxes(by, -1, -2), h_xx, axes=1)


def _symmetric(bent: jax.Array) -> jax.Array:
    """Sum over which of the last three directions is the one apart."""
    return bent + jnp.swapaxes(bent, -3, -2) + jnp.moveaxis(bent, -3, -1)
