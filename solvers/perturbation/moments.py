"""Closed-form moments of pruned perturbation solutions.

Pruning (Andreasen, Fernandez-Villaverde and Rubio-Ramirez 2018) keeps the effects of
first, second and third order apart: s1, s2, s3. Stacked with their products they follow
a linear system v' = c + A v + xi, in which the innovation xi is a sum of orthogonal
Hermite polynomials of the Gaussian shocks whose coefficients are linear in the part of
v of lower order. So the variance of each order follows from that of the order below.
Products that are equal by symmetry are kept once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from ..errors import SolutionError
from .diagnosis import listed
from .pruning import unit_roots_last
from .stationary import reduced, stationary_part

# Gigabytes that products of states and shocks may take, and how often they are held:
# two to four times, measured with 10 to 34 states and 4 to 30 shocks.
_MEMORY, _COPIES = 8.0, 3
# Kinds of products of the pruned states, by the order at which they enter.
_KINDS = {1: ("s1",), 2: ("s1", "s2", "s1s1")}
_KINDS[3] = (*_KINDS[2], "s3", "s1s2", "s1s1s1")
_LOWER = {1: ("1",), 2: ("1", "s1"), 3: ("1", "s1", "s2", "s1s1")}
_PRODUCT = {("s1", "s1"): "s1s1", ("s1", "s2"): "s1s2"}
_PRODUCT |= {("s1", "s1s1"): "s1s1s1", ("s1s1", "s1"): "s1s1s1"}
# What a rule of an order holds.
_FIELDS = {1: ("steady", "x"), 2: ("steady", "x", "xx", "ss")}
_FIELDS[3] = (*_FIELDS[2], "xxx", "ssx")
# (kind of products of states, degree in shocks) -> (rows, products, shocks ** degree)
Polynomial = dict[tuple[str, int], np.ndarray]


@dataclass(frozen=True)
class Moments:
    """Unconditional moments; ``autocovariance[j - 1]`` is Cov(y(t+j), y(t)).

    Shapes (n,), (n, n), (lags, n, n), in the units of the variables. ``exist`` (n,) is
    False for what a unit root moves: its moments are missing (NaN); None: all exist.
    """

    mean: np.ndarray
    covariance: np.ndarray
    autocovariance: np.ndarray
    exist: np.ndarray | None = None

    def require(self, names: Sequence[str]) -> None:
        """Refuse variables without moments; ``names`` are those of the rows.

        Raises
        ------
        SolutionError
            Naming the variables that a unit root moves.
        """
        if self.exist is not None and not np.all(self.exist):
            lost = [n for n, e in zip(names, self.exist, strict=True) if not e]
            raise SolutionError(
                f"a root of modulus 1 moves {listed(lost)}, which therefore have no "
                "moments; ask for other variables, or for their differences"
            )


def pruned_moments(
    rule: Mapping[str, np.ndarray],
    states: tuple[int, ...],
    covariance: np.ndarray,
    order: int,
    lags: int = 5,
) -> Moments:
    """Mean, covariance and autocovariances of the variables that have them.

    Parameters
    ----------
    rule : arrays of ``perturbation.Rule`` by field name.
    states : rows of the rule that are the states.
    covariance : of the shocks (k, k).
    order : of the rule, 1 to 3.

    Returns
    -------
    Moments whose rows are all variables. Those that a unit root moves have none: they
    are missing (NaN), and ``Moments.exist`` says so.
    """
    n_s = len(states)
    kept = {k: np.asarray(v) for k, v in rule.items() if v is not None}
    kept = {k: kept[k] for k in _FIELDS[order]}
    exist = np.ones(len(kept["steady"]), bool)
    rows = list(states)
    if unit_roots_last(kept["x"][rows][:, :n_s])[1]:
        inner, exist = stationary_part(kept, rows)
        kept, rows = reduced(kept, rows, inner, exist)
    _check_size(len(rows), len(covariance), order)
    parts = _parts(kept, len(rows), square_root(covariance), order)
    second = np.ones((1, 1))
    system = _System(parts, rows, 1)
    for level in range(1, order + 1):
        system = _System(parts, rows, level)
        mean, variance = system.moments(second)
        second = system.second_moments(mean, variance, level)
    found = system.observed(kept["steady"], lags)
    if np.all(exist):
        return found
    own = np.flatnonzero(exist)
    size = len(exist)
    every = Moments(
        np.full(size, np.nan),
        np.full((size, size), np.nan),
        np.full((lags, size, size), np.nan),
        exist,
    )
    every.mean[own] = found.mean[len(rows) :]
    every.covariance[np.ix_(own, own)] = found.covariance[len(rows) :, len(rows) :]
    later = found.autocovariance.reshape(lags, *found.covariance.shape)
    every.autocovariance[np.ix_(np.arange(lags), own, own)] = later[
        :, len(rows) :, len(rows) :
    ]
    return every


def _check_size(n_s: int, n_u: int, order: int) -> None:
    """Refuse products of states and shocks that would not fit into memory.

    Raises
    ------
    SolutionError
        With the memory that they would take.
    """
    products = math.comb(n_s + order - 1, order)
    columns = sum(n_s ** (order - d) * n_u**d for d in range(order + 1))
    needed = 8e-9 * _COPIES * products * max(columns, products)
    if needed > _MEMORY:
        raise SolutionError(
            f"{n_s} states and {n_u} shocks have too many products: moments at order "
            f"{order} would take about {needed:.0f} GB of memory; ask for them at a "
            "lower order, or simulate"
        )


# Shocks from which on responses are added up, and periods after which that is given up.
_MANY, _LONG = 20, 4000


def shares_by_shock(
    rule: Mapping[str, np.ndarray], states: tuple[int, ...], covariance: np.ndarray
) -> np.ndarray:
    """First-order variances (n, k) that each shock alone causes; NaN with a unit root.

    Parameters
    ----------
    rule : ``steady`` and ``x``. covariance : of the shocks, its diagonal counts.
    """
    n_s, sizes = len(states), np.sqrt(np.maximum(np.diag(covariance), 0.0))
    x = rule["x"]
    transition, impact = x[list(states), :n_s], x[:, n_s:] * sizes
    lasting = unit_roots_last(transition)[1]
    if len(sizes) >= _MANY and not lasting:
        total, moved = impact**2, impact
        for _ in range(_LONG):
            moved = x[:, :n_s] @ moved[list(states)]
            total = total + moved**2
            if np.all(moved**2 <= 1e-17 * total):
                return total
    parts = []
    for k, size in enumerate(sizes):
        alone = np.zeros_like(covariance)
        alone[k, k] = size**2
        parts.append(np.diag(pruned_moments(rule, states, alone, 1, 1).covariance))
    return np.array(parts).T


def square_root(covariance: np.ndarray) -> np.ndarray:
    """Matrix whose product with its transpose is a covariance (k, k).

    Raises
    ------
    SolutionError
        The covariance has a negative eigenvalue.
    """
    values, vectors = np.linalg.eigh(covariance)
    if values.min(initial=0.0) < -1e-12 * max(values.max(initial=0.0), 1e-300):
        raise SolutionError("the covariance of the shocks is not positive semidefinite")
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _parts(rule, n_s: int, root: np.ndarray, order: int) -> list[Polynomial]:
    """First-, second- and third-order parts of all variables as polynomials."""
    n, n_u = len(rule["steady"]), len(root)

    def shape(array, degree):
        """Split x into states and whitened shocks; ``degree`` shocks come last."""
        products = math.prod(array.shape[1 : array.ndim - degree])
        array = array.reshape(n, products, *([n_u] * degree))
        for axis in range(2, 2 + degree):
            array = np.moveaxis(np.tensordot(array, root, axes=(axis, 0)), -1, axis)
        return array.reshape(n, products, n_u**degree)

    s, u = slice(0, n_s), slice(n_s, None)
    x = rule["x"]
    first: Polynomial = {("s1", 0): shape(x[:, s], 0), ("1", 1): shape(x[:, u], 1)}
    parts = [first]
    if order >= 2:
        xx = rule["xx"]
        parts.append(
            {
                ("s2", 0): shape(x[:, s], 0),
                ("s1s1", 0): shape(xx[:, s, s], 0) / 2,
                ("s1", 1): shape(xx[:, s, u], 1),
                ("1", 2): shape(xx[:, u, u], 2) / 2,
                ("1", 0): rule["ss"].reshape(n, 1, 1) / 2,
            }
        )
    if order >= 3:
        xx, xxx, ssx = rule["xx"], rule["xxx"], rule["ssx"]
        parts.append(
            {
                ("s3", 0): shape(x[:, s], 0),
                ("s1s2", 0): shape(xx[:, s, s], 0),
                ("s2", 1): shape(xx[:, s, u], 1),
                ("s1s1s1", 0): shape(xxx[:, s, s, s], 0) / 6,
                ("s1s1", 1): shape(xxx[:, s, s, u], 1) / 2,
                ("s1", 2): shape(xxx[:, s, u, u], 2) / 2,
                ("1", 3): shape(xxx[:, u, u, u], 3) / 6,
                ("s1", 0): shape(ssx[:, s], 0) / 2,
                ("1", 1): shape(ssx[:, u], 1) / 2,
            }
        )
    return parts


def _rows(polynomial: Polynomial, rows) -> Polynomial:
    return {key: array[rows] for key, array in polynomial.items()}


def _add(left: Polynomial, right: Polynomial) -> Polynomial:
    total = dict(left)
    for key, array in right.items():
        total[key] = total[key] + array if key in total else array
    return total


def _multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    """Product row by row."""
    total: Polynomial = {}
    for (kind_a, degree_a), a in left.items():
        for (kind_b, degree_b), b in right.items():
            if "1" in (kind_a, kind_b):
                kind = kind_b if kind_a == "1" else kind_a
            else:
                kind = _PRODUCT[kind_a, kind_b]
            product = np.einsum("rku,rlv->rkluv", a, b)
            rows = len(product)
            sizes = (a.shape[1] * b.shape[1], a.shape[2] * b.shape[2])
            key = (kind, degree_a + degree_b)
            total = _add(total, {key: product.reshape(rows, *sizes)})
    return total


class _System:
    """Linear system of the pruned states up to one order, and all variables."""

    def __init__(self, parts: list[Polynomial], states: list[int], order: int):
        self.order, self.n_s = order, len(states)
        self.n_u = next(a.shape[2] for (_, d), a in parts[0].items() if d == 1)
        s = [_rows(part, states) for part in parts[:order]]
        pieces = {"s1": s[0]}
        if order >= 2:
            pieces["s2"] = s[1]
            pieces["s1s1"] = self._products(s[0], s[0], self._members(2))
        if order >= 3:
            pieces["s3"] = s[2]
            every = [(i, j) for i in range(self.n_s) for j in range(self.n_s)]
            pieces["s1s2"] = self._products(s[0], s[1], every)
            members = self._members(3)
            pairs = self._products(s[0], s[0], [(i, j) for i, j, _ in members])
            third = _rows(s[0], [k for _, _, k in members])
            pieces["s1s1s1"] = _multiply(pairs, third)
        total: Polynomial = {}
        for part in parts[:order]:
            total = _add(total, part)
        self.kinds = _KINDS[order]
        self.sizes = {k: self._size(k) for k in ("1", *self.kinds)}
        forms = [self._hermite(pieces[k]) for k in self.kinds]
        self.transition = np.concatenate([self._linear(f) for f in forms])
        self.constant = np.concatenate([self._fixed(f) for f in forms])
        rises = [self._innovations(f) for f in forms]
        degrees = range(1, order + 1)
        self.impact = {d: np.concatenate([r[d] for r in rises]) for d in degrees}
        form = self._hermite(total)
        self.loading, self.level = self._linear(form), self._fixed(form)
        self.noise = self._innovations(form)

    def _members(self, degree: int):
        return list(combinations_with_replacement(range(self.n_s), degree))

    def _products(self, left, right, pairs) -> Polynomial:
        i, j = (list(t) for t in zip(*pairs, strict=True)) if pairs else ([], [])
        return _multiply(_rows(left, i), _rows(right, j))

    def _size(self, kind: str) -> int:
        n = self.n_s
        sizes = {"1": 1, "s1s1": n * (n + 1) // 2, "s1s2": n * n}
        sizes["s1s1s1"] = n * (n + 1) * (n + 2) // 6
        return sizes.get(kind, n)

    def _hermite(self, polynomial: Polynomial) -> Polynomial:
        """Coefficients on distinct products and on Hermite polynomials of shocks."""
        n_u, out = self.n_u, {}
        for (kind, degree), every in polynomial.items():
            array = self._distinct(every, kind)
            rows, columns = array.shape[:2]
            full = _symmetric(array.reshape(rows, columns, *([n_u] * degree)), degree)
            found = {(kind, degree): full.reshape(rows, columns, n_u**degree)}
            if degree >= 2:
                # u u = He2 + I; u u u = He3 + three times the trace.
                times = 1 if degree == 2 else 3
                lower = times * np.trace(full, axis1=2, axis2=3)
                found[kind, degree - 2] = lower.reshape(
                    rows, columns, n_u ** (degree - 2)
                )
            out = _add(out, found)
        return out

    def _distinct(self, array: np.ndarray, kind: str) -> np.ndarray:
        """Add up the columns of products that are the same by symmetry."""
        degree = {"s1s1": 2, "s1s1s1": 3}.get(kind)
        if degree is None:
            return array
        number = {m: i for i, m in enumerate(self._members(degree))}
        index = [number[tuple(sorted(i))] for i in np.ndindex(*([self.n_s] * degree))]
        out = np.zeros((array.shape[0], len(number), array.shape[2]))
        np.add.at(out.swapaxes(0, 1), index, array.swapaxes(0, 1))
        return out

    def _linear(self, form: Polynomial) -> np.ndarray:
        rows = len(next(iter(form.values())))
        blocks = [
            form[k, 0][:, :, 0] if (k, 0) in form else np.zeros((rows, self.sizes[k]))
            for k in self.kinds
        ]
        return np.concatenate(blocks, axis=1)

    def _fixed(self, form: Polynomial) -> np.ndarray:
        rows = len(next(iter(form.values())))
        return form["1", 0][:, 0, 0] if ("1", 0) in form else np.zeros(rows)

    def _innovations(self, form: Polynomial) -> dict[int, np.ndarray]:
        """By degree: coefficients (rows, lower products, shocks ** degree).

        Products and shocks together are of the system's order at most, so that few
        products meet many shocks: those that come first in ``second``.
        """
        rows = len(next(iter(form.values())))
        found = {}
        for degree in range(1, self.order + 1):
            width = self.n_u**degree
            blocks = [
                form.get((k, degree), np.zeros((rows, self._size(k), width)))
                for k in _LOWER[self.order - degree + 1]
            ]
            found[degree] = np.concatenate(blocks, axis=1)
        return found

    def moments(self, second: np.ndarray):
        """Mean and variance of v, given second moments of the lower products."""
        self.second = second
        size = len(self.constant)
        self.mean = np.linalg.solve(np.eye(size) - self.transition, self.constant)
        noise = self._covariance(self.impact, self.impact)
        self.variance = _lyapunov(self.transition, noise)
        return self.mean, self.variance

    def _covariance(self, left, right) -> np.ndarray:
        factorial = {1: 1, 2: 2, 3: 6}
        total = np.zeros((len(left[1]), len(right[1])))
        for d in left:
            count = left[d].shape[1]
            scaled = np.tensordot(left[d], self.second[:count, :count], axes=(1, 0))
            total += factorial[d] * np.tensordot(
                scaled, right[d], axes=((2, 1), (1, 2))
            )
        return total

    def second_moments(self, mean, variance, level: int) -> np.ndarray:
        """E[w w'] of the products that scale the innovations of the next order."""
        if level == 3:
            return np.ones((1, 1))
        kept = [i for i, k in enumerate(self._labels()) if k in _LOWER[level + 1]]
        first = np.concatenate([[1.0], mean[kept]])
        second = np.outer(first, first)
        second[1:, 1:] += variance[np.ix_(kept, kept)]
        return second

    def _labels(self) -> list[str]:
        return [k for k in self.kinds for _ in range(self.sizes[k])]

    def observed(self, steady: np.ndarray, lags: int) -> Moments:
        """Moments of all variables."""
        mean = steady + self.level + self.loading @ self.mean
        covariance = self.loading @ self.variance @ self.loading.T
        covariance = covariance + self._covariance(self.noise, self.noise)
        # Covariance of today's v with today's variables.
        joint = self.transition @ self.variance @ self.loading.T
        joint = joint + self._covariance(self.impact, self.noise)
        later = []
        for _ in range(lags):
            later.append(self.loading @ joint)
            joint = self.transition @ joint
        size = (lags, *covariance.shape)
        return Moments(mean, covariance, np.array(later).reshape(size))


def _symmetric(array: np.ndarray, degree: int) -> np.ndarray:
    if degree == 2:
        return (array + np.swapaxes(array, 2, 3)) / 2
    if degree == 3:
        orders = ((2, 3, 4), (2, 4, 3), (3, 2, 4), (3, 4, 2), (4, 2, 3), (4, 3, 2))
        return np.mean([np.transpose(array, (0, 1, *o)) for o in orders], axis=0)
    return array


def _lyapunov(transition: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Variance by doubling; the spectral radius was checked to be below one.

    On the host, as nothing is compiled then for sizes that change from model to model.
    """
    variance, power = noise, transition
    for _ in range(60):
        step = power @ variance @ power.T
        variance = variance + step
        power = power @ power
        largest = np.max(np.abs(variance), initial=0.0)
        if np.max(np.abs(step), initial=0.0) <= 1e-17 * largest:
            return (variance + variance.T) / 2
    raise SolutionError("the variance of the pruned states did not converge")
