"""Zero-coupon curves of a model with Markov switching, to second order.

Log prices of n periods in regime i are ``today_i(x) + r_n^i(x)``: x holds what is given
in a period, lagged states and shocks, h_i(x) are the states that it leaves, and

    r_n^i(x) = log sum_j p_ij(x) E exp(inside_j(x') + r_(n-1)^j(x')),  x' = (h_i(x), u')

Prices know that regimes differ: where states are off their resting point, the change of
regime is itself a risk, of the second order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ...models.outputs import AHEAD, NOW
from ..errors import SolutionError
from ..perturbation.curves import FIRST_RISK, RISK, STARTED
from ..perturbation.expansion import Rule
from ..perturbation.pricing import yields_and_parts
from ..perturbation.solution import LocalSolution
from .system import SwitchingModel

Array = np.ndarray


class _Rows(NamedTuple):
    """Derivatives of some rows by regime: (R, c), (R, c, q), (R, c, q, q), (R, c)."""

    level: Array
    x: Array
    xx: Array
    ss: Array

    def __add__(self, other):  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Rows(*(a + b for a, b in zip(self, other, strict=True)))


def with_switching_curves(
    rules: Sequence[LocalSolution],
    problem: SwitchingModel,
    maturities: tuple[int, ...],
) -> tuple[LocalSolution, ...]:
    """Add yields and their parts to rules by regime of a ``priced_model``.

    Rows are named as by ``perturbation.pricing.price_curves``. Maturities are in
    periods; rules are of order 1 or 2.

    Raises
    ------
    SolutionError
        Chances of regimes depend on what is no state.
    """
    order, where = rules[0].order, rules[0].layout
    law = _rows_of(rules, list(where.states))
    slopes = slopes_of_chances(problem, rules)
    spread = np.stack([np.asarray(rule.covariance) for rule in rules])
    expect = _Expectation(problem.chances, slopes, spread, law)
    first, later, today = _flows(rules)
    start = expect(first, np.asarray(FIRST_RISK))
    every, sums = [start], start
    begun = np.asarray(STARTED)
    for n in range(1, max(maturities)):
        sums = expect(later[min(n - 1, 1)] + sums, np.asarray(RISK))
        sums = sums + _Rows(*(_weighted(begun, part) for part in start))
        every.append(sums)
    prices = [today[min(n - 1, 1)] + every[n - 1] for n in maturities]
    parts = yields_and_parts()
    weights = np.stack(list(parts.values()))
    labels = tuple(f"{part}_{n}" for part in parts for n in maturities)

    def rows(name: str, regime: int) -> Array:
        stacked = np.stack(
            [
                getattr(p, name)[regime] / n
                for p, n in zip(prices, maturities, strict=True)
            ]
        )
        found = np.einsum("pc,mc...->pm...", weights, stacked)
        return found.reshape(-1, *found.shape[2:])

    found = []
    for i, rule in enumerate(rules):
        own = {name: rows(name, i) for name in ("level", "x", "xx", "ss")}
        kept = rule.rule
        higher = {}
        if order > 1:
            higher = {
                name: np.concatenate([np.asarray(getattr(kept, name)), own[name]])
                for name in ("xx", "ss")
            }
        found.append(
            replace(
                rule,
                rule=Rule(
                    np.concatenate([np.asarray(kept.steady), own["level"]]),
                    np.concatenate([np.asarray(kept.x), own["x"]]),
                    **higher,
                ),
                extra=(*rule.extra, *labels),
                steady_state={
                    **rule.steady_state,
                    **dict(zip(labels, own["level"].tolist(), strict=True)),
                },
            )
        )
    return tuple(found)


def slopes_of_chances(problem: SwitchingModel, rules: Sequence[LocalSolution]) -> Array:
    """Derivatives of p_ij by what is given in a period (R, R, q) at rest."""
    width = np.asarray(rules[0].rule.x).shape[1]
    if not callable(problem.transition):
        return np.zeros((problem.count, problem.count, width))
    rest, states = problem.steady_state, list(rules[0].layout.states)
    found = []
    slopes = problem.chance_slopes(rest)
    for rule, now, before in zip(rules, *slopes, strict=True):
        if np.any(np.delete(before, states, axis=1) != 0):
            raise SolutionError(
                "curves need chances of regimes that depend on lags of states alone: "
                "write today's value in their place"
            )
        total = now @ np.asarray(rule.rule.x)[: len(rest)]
        total[:, : len(states)] += before[:, states]
        found.append(total)
    return np.stack(found)


def _rows_of(rules: Sequence[LocalSolution], places: list[int | None]) -> _Rows:
    """Derivatives of variables by place; None is a row of zeros."""
    chosen = [0 if k is None else k for k in places]
    real = np.array([k is not None for k in places], float)

    def of(rule: LocalSolution, name: str, rank: int) -> Array:
        value = getattr(rule.rule, name)
        width = np.asarray(rule.rule.x).shape[1]
        if value is None:
            return np.zeros((len(places), *[width] * rank))
        found = np.asarray(value)[chosen]
        return found * real.reshape(-1, *[1] * (found.ndim - 1))

    ranks = {"steady": 0, "x": 1, "xx": 2, "ss": 0}
    return _Rows(*(np.stack([of(r, n, k) for r in rules]) for n, k in ranks.items()))


def _flows(rules: Sequence[LocalSolution]) -> tuple[_Rows, list[_Rows], list[_Rows]]:
    """What curves add inside the expectation first and later, and today's price."""
    names = list(rules[0].layout.variables)
    wanted = (
        *(name.format("log_kernel") for name in (NOW, AHEAD)),
        *("price_inflation", "price_convenience_bill", "price_convenience_long"),
    )
    rows = _rows_of(rules, [names.index(n) if n in names else None for n in wanted])
    # Columns: kernel now and ahead, inflation, convenience of bills and of bonds.
    now, ahead, inflation, bill, longer = np.eye(len(wanted))
    nothing = np.zeros(len(wanted))
    nominal, real = ahead - inflation, now + ahead
    both = now + nominal

    def combined(curves: list[Array]) -> _Rows:
        weights = np.stack(curves)
        return _Rows(*(np.einsum("ck,ik...->ic...", weights, part) for part in rows))

    first = combined([nominal, nominal, nominal, ahead, ahead, ahead, inflation])
    later = [
        combined([both + kept, both, now, real, now, now, inflation])
        for kept in (bill, longer)
    ]
    today = [
        combined([now + kept, now, now, now, now, now, nothing])
        for kept in (bill, longer)
    ]
    return first, later, today


def _weighted(weight: Array, part: Array) -> Array:
    """Rows (R, c, ...) times weights (c,)."""
    return part * weight.reshape(1, -1, *[1] * (part.ndim - 2))


def _through(sums: _Rows, law: _Rows) -> _Rows:
    """Functions of s as functions of what s follows from."""
    bent = np.einsum("icab,iax,iby->icxy", sums.xx, law.x, law.x, optimize=True)
    return _Rows(
        sums.level,
        sums.x @ law.x,
        np.einsum("ica,iaxy->icxy", sums.x, law.xx) + bent,
        np.einsum("ica,ia->ic", sums.x, law.ss) + sums.ss,
    )


class _Expectation:
    """Log of the expected exponential over shocks and regimes, to second order.

    Attributes
    ----------
    chances (R, R) with ``slopes`` (R, R, q); ``spread`` (R, m, m) of shocks; ``law``
    of states.
    """

    def __init__(self, chances: Array, slopes: Array, spread: Array, law: _Rows):
        self.chances, self.slopes, self.spread, self.law = chances, slopes, spread, law

    def __call__(self, inside: _Rows, risk: Array) -> _Rows:
        """From functions of (s, u') by arriving regime to functions of x by regime.

        ``risk`` (c,) is one where variances count, zero where means alone do.
        """
        chances, n_s = self.chances, self.law.x.shape[1]
        by_state, by_shock = inside.x[..., :n_s], inside.x[..., n_s:]
        x = np.einsum("ij,jcs->ics", chances, by_state)
        xx = np.einsum("ij,jcst->icst", chances, inside.xx[..., :n_s, :n_s])
        squares = np.einsum("ij,jcs,jct->icst", chances, by_state, by_state)
        between = squares - np.einsum("ics,ict->icst", x, x)
        xx = xx + _weighted(risk, between)
        within = np.einsum("jcu,juv,jcv->jc", by_shock, self.spread, by_shock)
        bent = np.einsum("jcuv,juv->jc", inside.xx[..., n_s:, n_s:], self.spread)
        ss = chances @ (inside.ss + bent + risk * within)
        found = _through(_Rows(chances @ inside.level, x, xx, ss), self.law)
        # Chances that move with what is given, times what arrives with each regime.
        turned = np.einsum("ijx,jcs,isy->icxy", self.slopes, by_state, self.law.x)
        return found._replace(xx=found.xx + turned + turned.swapaxes(-1, -2))
