"""Directions along which Taylor series determine all mixed partial derivatives.

A quadratic form in n variables follows from its values at e_a and e_a + e_b, a cubic
form from those at e_a, e_a + e_b, e_a - e_b and e_a + e_b + e_c: as many directions as
distinct monomials (Griewank, Utke and Walther 2000, with directions of our choice).
"""

from __future__ import annotations

from itertools import combinations, permutations

import jax.numpy as jnp
import numpy as np


class Seeds:
    """Directions in n variables and the way back to partial derivatives.

    What belongs to third derivatives is made for order three only.

    Attributes
    ----------
    pairs : directions (n, N2) of the quadratic form; triples : (n, N3) of the cubic.
    members_2, members_3 : two index arrays (N2,) of the distinct second derivatives,
        three (N3,) of the distinct third ones.
    position_2, position_3 : where (n, n) and (n, n, n) find their distinct value.
    """

    def __init__(self, n: int, order: int = 3):
        pairs = list(combinations(range(n), 2))
        eye = np.eye(n)
        a, b = np.array(pairs, int).reshape(-1, 2).T
        self.first, self.other = a, b
        self.pairs = np.concatenate([eye, eye[a] + eye[b]]).T
        every = np.arange(n)
        self.members_2 = (np.concatenate([every, a]), np.concatenate([every, b]))
        self.position_2 = _positions(n, np.stack(self.members_2))
        if order < 3:
            return
        triples = list(combinations(range(n), 3))
        i, j, k = np.array(triples, int).reshape(-1, 3).T
        self.three = (i, j, k)
        self.triples = np.concatenate(
            [eye, eye[a] + eye[b], eye[a] - eye[b], eye[i] + eye[j] + eye[k]]
        ).T
        self.in_pairs = tuple(
            self.position_2[two] - n for two in ((i, j), (i, k), (j, k))
        )
        cubic = [
            *((m, m, m) for m in range(n)),
            *((p, p, q) for p, q in pairs),
            *((p, q, q) for p, q in pairs),
            *triples,
        ]
        self.members_3 = tuple(np.array(cubic, int).reshape(-1, 3).T)
        self.position_3 = _positions(n, np.stack(self.members_3))

    def linear(self, columns):
        """Columns (m, n) at the directions ``triples``: (m, N3), sums of columns."""
        one, two = columns[:, self.first], columns[:, self.other]
        i, j, k = (columns[:, m] for m in self.three)
        return jnp.concatenate([columns, one + two, one - two, i + j + k], axis=1)

    def quadratic(self, distinct):
        """Quadratic forms (m, N3) at ``triples`` from distinct derivatives (m, N2)."""
        n = len(self.pairs)
        squares, twice = distinct[:, :n], 2 * distinct[:, n:]
        both = squares[:, self.first] + squares[:, self.other]
        three = sum(squares[:, m] for m in self.three)
        three += sum(twice[:, q] for q in self.in_pairs)
        return jnp.concatenate([squares, both + twice, both - twice, three], axis=1)

    def second(self, values):
        """Distinct second derivatives (N2, m) from the form at ``pairs`` (N2, m)."""
        n = len(self.pairs)
        squares, sums = values[:n], values[n:]
        mixed = (sums - squares[self.first] - squares[self.other]) / 2
        return jnp.concatenate([squares, mixed])

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
        return jnp.concatenate([cubes, two_one, one_two, mixed])


def _positions(n: int, members: np.ndarray) -> np.ndarray:
    """Where every index finds its distinct monomial; members (degree, count)."""
    degree, count = members.shape
    position = np.zeros((n,) * degree, int)
    for axes in permutations(range(degree)):
        position[tuple(members[list(axes)])] = np.arange(count)
    return position
