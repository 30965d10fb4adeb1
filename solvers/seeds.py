"""Directions along which Taylor series determine all mixed partial derivatives.

A quadratic form in n variables follows from its values at e_a and e_a + e_b, a cubic
form from those at e_a, e_a + e_b, e_a - e_b and e_a + e_b + e_c: as many directions as
distinct monomials (Griewank, Utke and Walther 2000, with directions of our choice).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np


class Seeds:
    """Directions in n variables and the way back to partial derivatives.

    Attributes
    ----------
    pairs : directions (n, N2) of the quadratic form; triples : (n, N3) of the cubic.
    members_2 : two index arrays (N2,) of the distinct second derivatives.
    squares : (N2, N3); a quadratic form at the directions ``triples`` is its distinct
        second derivatives times this.
    position_2, position_3 : where (n, n) and (n, n, n) find their distinct value.
    """

    def __init__(self, n: int):
        pairs, triples = (list(combinations(range(n), k)) for k in (2, 3))
        eye = np.eye(n)
        a, b = np.array(pairs, int).reshape(-1, 2).T
        i, j, k = np.array(triples, int).reshape(-1, 3).T
        self.first, self.other = a, b
        self.three = (i, j, k)
        self.pairs = np.concatenate([eye, eye[a] + eye[b]]).T
        self.triples = np.concatenate(
            [eye, eye[a] + eye[b], eye[a] - eye[b], eye[i] + eye[j] + eye[k]]
        ).T
        every = np.arange(n)
        self.members_2 = (np.concatenate([every, a]), np.concatenate([every, b]))
        twice = np.where(self.members_2[0] == self.members_2[1], 1.0, 2.0)
        left, right = (self.triples[m] for m in self.members_2)
        self.squares = twice[:, None] * left * right
        number = {p: m for m, p in enumerate(pairs)}
        self.in_pairs = tuple(
            np.array([number[p] for p in zip(*two, strict=True)], int)
            for two in ((i, j), (i, k), (j, k))
        )
        self.position_2 = _positions(n, [(m, m) for m in range(n)] + pairs)
        self.position_3 = _positions(
            n,
            [(m, m, m) for m in range(n)]
            + [(p, p, q) for p, q in pairs]
            + [(p, q, q) for p, q in pairs]
            + triples,
        )

    def second(self, values):
        """Distinct second derivatives (N2, m) from the form at ``pairs`` (N2, m)."""
        n = len(self.pairs)
        squares, sums = values[:n], values[n:]
        mixed = (sums - squares[self.first] - squares[self.other]) / 2
        return _stack(values, [squares, mixed])

    def third(self, values):
        """Distinct third derivatives (N3, m) from the form at ``triples`` (N3, m)."""
        n, p = len(self.pairs), len(self.first)
        cubes, plus, minus, sums = (
            values[:n],
            values[n : n + p],
            values[n + p : n + 2 * p],
            values[n + 2 * p :],
        )
        one_two = ((plus + minus) - 2 * cubes[self.first]) / 6
        two_one = ((plus - minus) - 2 * cubes[self.other]) / 6
        both = one_two + two_one
        i, j, k = self.three
        by_pairs = sum(both[q] for q in self.in_pairs)
        mixed = (sums - cubes[i] - cubes[j] - cubes[k] - 3 * by_pairs) / 6
        return _stack(values, [cubes, two_one, one_two, mixed])


def _stack(like, parts):
    """Concatenate with the library of ``like`` (NumPy or JAX)."""
    if isinstance(like, np.ndarray):
        return np.concatenate(parts)
    import jax.numpy as jnp

    return jnp.concatenate(parts)


def _positions(n: int, members: list[tuple[int, ...]]) -> np.ndarray:
    number = {m: i for i, m in enumerate(members)}
    position = np.zeros((n,) * len(members[0]), int)
    for index in np.ndindex(position.shape):
        position[index] = number[tuple(sorted(index))]
    return position
