"""What of a solution with unit roots has moments: combinations that die out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import scipy.linalg

from .pruning import unit_roots_last

# Derivatives below this, relative to the largest of their variable, are rounding.
_NONE = 1e-9


def stationary_part(
    rule: Mapping[str, np.ndarray], states: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """What of the states dies out by itself, and the variables that need no more.

    Returns
    -------
    Orthonormal rows (m, n_s): combinations of the states that move, to the order of the
    rule, by themselves and shocks only and have no unit root; and whether each variable
    (n,) is a function of them and of shocks.
    """
    n_s = len(states)
    transition = rule["x"][states][:, :n_s]
    basis, lasting = unit_roots_last(transition)
    inner = _rows_spanned(np.linalg.inv(basis)[: n_s - lasting])
    while len(inner):
        outside = scipy.linalg.null_space(inner).T if len(inner) < n_s else inner[:0]
        moved = {
            k: np.tensordot(np.asarray(inner), np.asarray(v)[states], 1)
            for k, v in rule.items()
        }
        # Combinations of the rows that nothing outside moves.
        free = _null_rows(_along(moved, outside, n_s, False))
        if len(free) == len(inner):
            break
        inner = _rows_spanned(free @ inner)
    outside = scipy.linalg.null_space(inner).T if len(inner) else np.eye(n_s)
    hit = np.abs(_along(rule, outside, n_s, True))
    return inner, np.max(hit, axis=1, initial=0.0) <= _NONE


def _along(rule, outside: np.ndarray, n_s: int, by_row: bool) -> np.ndarray:
    """Derivatives in directions (m, n_s), flat by row, relative to the largest.

    That is the largest of the row, or of all rows, in every tensor.
    """
    rows = len(rule["x"])
    parts = []
    for name in ("x", "xx", "xxx", "ssx"):
        if name in rule:
            flat = np.abs(rule[name].reshape(rows, -1))
            size = flat.max(axis=1 if by_row else None, initial=0.0, keepdims=True)
            found = np.tensordot(rule[name][:, :n_s], outside, axes=(1, 1))
            parts.append(found.reshape(rows, -1) / np.where(size > 0, size, 1.0))
    return np.concatenate(parts, axis=1)


def _null_rows(matrix: np.ndarray) -> np.ndarray:
    """Orthonormal combinations (k, rows) of rows that vanish."""
    if not matrix.shape[1]:
        return np.eye(len(matrix))
    left, sizes, _ = np.linalg.svd(matrix)
    small = np.ones(len(matrix), bool)
    small[: len(sizes)] = sizes <= _NONE
    return left[:, small].T


def _rows_spanned(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.qr(matrix.T)[0].T if len(matrix) else matrix


def reduced(rule, states: list[int], inner: np.ndarray, exist: np.ndarray):
    """Rule of the stationary combinations of states, then of the variables that exist.

    Columns of states become those of the combinations.
    """
    n_s = len(states)
    found = {}
    for name, tensor in rule.items():
        own = np.tensordot(np.asarray(inner), np.asarray(tensor)[states], 1)
        rows = np.concatenate([own, tensor[exist]])
        if name not in ("steady", "ss"):
            n_u = tensor.shape[1] - n_s
            to = np.asarray(scipy.linalg.block_diag(inner, np.eye(n_u))).T
            for axis in range(1, rows.ndim):
                rows = np.moveaxis(np.tensordot(rows, to, axes=(axis, 0)), -1, axis)
        found[name] = rows
    return found, list(range(len(inner)))
