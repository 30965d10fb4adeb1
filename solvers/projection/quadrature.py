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


# Nested: 0, then 3 nodes exact to degree 5, then 7 exact to degree 9 (weights 4/9,
# 3/16, 1/12, 1/144). A sparse rule needs degree 2 level + 1 from each, and shares nodes
# between levels: with five shocks, 51 nodes instead of 71 at level 2.
_NESTED = (
    ((0.0,), (1.0,)),
    ((0.0, 3**0.5), (2 / 3, 1 / 6)),
    ((0.0, 3**0.5), (2 / 3, 1 / 6)),
    ((0.0, 1.0, 3**0.5, 3.0), (4 / 9, 3 / 16, 1 / 12, 1 / 144)),
    ((0.0, 1.0, 3**0.5, 3.0), (4 / 9, 3 / 16, 1 / 12, 1 / 144)),
)


def _nested(level: int) -> tuple[np.ndarray, np.ndarray]:
    """Rule of one shock in the sparse rule, exact to degree 2 level + 1."""
    if level >= len(_NESTED):
        return _gauss_hermite(2 * level + 1)
    nodes, weights = (np.array(v) for v in _NESTED[level])
    return np.concatenate([-nodes[:0:-1], nodes]), np.concatenate(
        [weights[:0:-1], weights]
    )


def _tensor(rules) -> tuple[np.ndarray, np.ndarray]:
    nodes = np.array(list(itertools.product(*(r[0] for r in rules))))
    weights = np.array([np.prod(w) for w in itertools.product(*(r[1] for r in rules))])
    return nodes.reshape(len(weights), len(rules)), weights


@cache
def _product(shocks: int, points: int) -> tuple[np.ndarray, np.ndarray]:
    return _tensor([_gauss_hermite(points)] * shocks)


@cache
def _sparse(shocks: int, level: int) -> tuple[np.ndarray, np.ndarray]:
    """Smolyak combination of the nested rules (delayed, as Petras 2003)."""
    total: dict[tuple[float, ...], float] = {}
    for levels in itertools.product(range(level + 1), repeat=shocks):
        missing = level - sum(levels)
        if not 0 <= missing <= shocks - 1:
            continue
        sign = (-1) ** missing * comb(shocks - 1, missing)
        nodes, weights = _tensor([_nested(i) for i in levels])
        for node, weight in zip(nodes, weights, strict=True):
            key = tuple(np.round(node, 12) + 0.0)
            total[key] = total.get(key, 0.0) + sign * weight
    kept = {k: w for k, w in total.items() if abs(w) > 1e-14}
    return np.array(list(kept)), np.array(list(kept.values()))


def event_outcomes(events: int) -> np.ndarray:
    """All combinations of indicators (zero or one), shape (2**events, events)."""
    combinations = list(itertools.product((0.0, 1.0), repeat=events))
    return np.array(combinations).reshape(2**events, events)
