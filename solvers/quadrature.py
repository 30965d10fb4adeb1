"""Quadrature over independent standard normal shocks and rare events."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np


@dataclass(frozen=True)
class Quadrature:
    """Rule for Gaussian shocks.

    ``level`` is the level of the sparse rule (polynomials of total degree
    2 level + 1 are exact); up to ``product_up_to`` shocks a full tensor rule with
    2 level + 1 points per shock is used.
    """

    level: int = 2
    product_up_to: int = 2

    def nodes(self, shocks: int) -> tuple[np.ndarray, np.ndarray]:
        """Nodes (Q, shocks) and weights (Q,), which sum to one."""
        if shocks <= self.product_up_to:
            return _product(shocks, 2 * self.level + 1)
        return _sparse(shocks, self.level)


def _gauss_hermite(points: int) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    return nodes, weights / weights.sum()


def _tensor(rules) -> tuple[np.ndarray, np.ndarray]:
    nodes = np.array(list(itertools.product(*(r[0] for r in rules))))
    weights = np.array([np.prod(w) for w in itertools.product(*(r[1] for r in rules))])
    return nodes.reshape(len(weights), len(rules)), weights


@cache
def _product(shocks: int, points: int) -> tuple[np.ndarray, np.ndarray]:
    return _tensor([_gauss_hermite(points)] * shocks)


@cache
def _sparse(shocks: int, level: int) -> tuple[np.ndarray, np.ndarray]:
    """Smolyak combination of Gauss-Hermite rules with 1, 3, 5, ... points."""
    total: dict[tuple[float, ...], float] = {}
    for levels in itertools.product(range(level + 1), repeat=shocks):
        missing = level - sum(levels)
        if not 0 <= missing <= shocks - 1:
            continue
        sign = (-1) ** missing * comb(shocks - 1, missing)
        nodes, weights = _tensor([_gauss_hermite(2 * i + 1) for i in levels])
        for node, weight in zip(nodes, weights, strict=True):
            key = tuple(np.round(node, 12) + 0.0)
            total[key] = total.get(key, 0.0) + sign * weight
    kept = {k: w for k, w in total.items() if abs(w) > 1e-14}
    return np.array(list(kept)), np.array(list(kept.values()))


def event_outcomes(events: int) -> np.ndarray:
    """All combinations of indicators (zero or one), shape (2**events, events)."""
    combinations = list(itertools.product((0.0, 1.0), repeat=events))
    return np.array(combinations).reshape(2**events, events)
