"""Equations and their exact sparse derivatives along a path.

Derivatives come from the Taylor series of the perturbation engine: columns of the
Jacobian that share no equation are moved together (Curtis, Powell and Reid 1974), so
that a sparse model takes few directions. One program serves all periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse

from ...models.general.functions import entries
from ...models.general.model import DynamicModel, dated
from ..compiled import compiled
from ..perturbation.first_order import Layout, layout, taylor_program
from ..perturbation.taylor import expand


@dataclass(frozen=True)
class Conditions:
    """The equations of a model as functions of z = (y_f(t+1), y(t), y_s(t-1), u(t)).

    Attributes
    ----------
    rows, columns : of the derivatives by variables that are not zero by structure,
        (m,) each; columns are places in z.
    dates, owners : of the columns: -1, 0 or 1 and the variable.
    program : compiled ``(z (T, n_z), parameters (p,)) -> ((T, n), (T, m))``.
    """

    where: Layout
    rows: np.ndarray
    columns: np.ndarray
    dates: np.ndarray
    owners: np.ndarray
    program: Any

    def points(
        self, values: np.ndarray, shocks: np.ndarray, first: int = 1
    ) -> np.ndarray:
        """Points z (T, n_z) of the periods from ``first`` on.

        Parameters
        ----------
        values : (T + first + 1, n), variables at dates 0 to T + first.
        shocks : (T, k).
        """
        forward, states = list(self.where.forward), list(self.where.states)
        now = values[first:-1]
        ahead, before = values[first + 1 :, forward], values[first - 1 : -2, states]
        return np.concatenate([ahead, now, before, shocks], axis=1)

    def evaluate(
        self, points: np.ndarray, parameters, size: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Residuals (T, n) and derivatives (T, m) at points (T, n_z).

        ``size`` is the number of periods that the program is compiled for.
        """
        count = len(points)
        missing = 0 if size is None else size - count
        padded = np.concatenate([points, np.repeat(points[-1:], missing, axis=0)])
        residuals, slopes = self.program(padded, parameters)
        return np.asarray(residuals)[:count], np.asarray(slopes)[:count]

    def linear(self, values: np.ndarray, parameters) -> tuple[np.ndarray, ...]:
        """``ahead``, ``now`` and ``before`` of a ``LinearSystem`` at rest at (n,)."""
        still = np.repeat(values[None], 3, axis=0)
        shocks = np.zeros((1, len(self.where.shocks)))
        _, slopes = self.evaluate(self.points(still, shocks), parameters)
        full = np.zeros((self.where.n, len(self.dates)))
        full[self.rows, self.columns] = slopes[0]
        ends = np.cumsum([len(self.where.forward), self.where.n])
        return tuple(np.split(full, ends, axis=1))


@lru_cache(maxsize=16)
def conditions(model: DynamicModel) -> Conditions:
    """Derive the conditions of a model; bounds count as part of their equations."""
    where = layout(model)
    groups = ((1, where.forward), (0, range(where.n)), (-1, where.states))
    symbols = [dated(where.variables[i], date) for date, group in groups for i in group]
    place: dict[object, int] = {symbol: i for i, symbol in enumerate(symbols)}
    pairs = {
        (row, place[symbol])
        for row, residual in enumerate(model.residuals)
        for symbol in residual.free_symbols
        if symbol in place
    }
    pairs |= {
        (row, len(where.forward) + column) for row, column in bounded_places(model)
    }
    rows, columns = np.array(sorted(pairs), int).reshape(-1, 2).T
    colours = _colours(rows, columns, len(symbols))
    seeds = np.zeros((len(symbols), colours.max(initial=0) + 1))
    seeds[np.arange(len(symbols)), colours] = 1.0
    program, chosen = taylor_program(model), colours[columns]

    def at(z, parameters):
        found, by = expand(program, entries(z), [jnp.asarray(seeds)], parameters)
        return found, by[chosen, rows]

    def every(points, parameters):
        given = entries(parameters)
        return jax.vmap(lambda z: at(z, given))(points)

    dates = [date for date, group in groups for _ in group]
    owners = [i for _, group in groups for i in group]
    return Conditions(
        where,
        rows,
        columns,
        np.array(dates, int),
        np.array(owners, int),
        compiled(every, name="path_conditions"),
    )


def bounded_places(model: DynamicModel) -> list[tuple[int, int]]:
    """Row of the equation and column of the variable of every bound."""
    if model.scenario is None:
        return []
    labels = [e.name for e in model.equations]
    return [
        (labels.index(b.equation), model.names.index(b.variable))
        for b in model.scenario.bounds
    ]


def _colours(rows: np.ndarray, columns: np.ndarray, count: int) -> np.ndarray:
    """Colours (count,) of columns; those of one colour have no row in common."""
    own: list[list[int]] = [[] for _ in range(count)]
    for row, column in zip(rows, columns, strict=True):
        own[column].append(int(row))
    found, taken = np.zeros(count, int), []
    for column in sorted(range(count), key=lambda c: -len(own[c])):
        mine = set(own[column])
        colour = next((k for k, t in enumerate(taken) if not t & mine), len(taken))
        if colour == len(taken):
            taken.append(set())
        taken[colour] |= mine
        found[column] = colour
    return found


class Stack:
    """The Jacobian of all periods as a sparse matrix; its structure is found once."""

    def __init__(self, own: Conditions, periods: int):
        n = own.where.n
        dates, owners = own.dates[own.columns], own.owners[own.columns]
        at = np.arange(periods)[:, None]
        inside = (at + dates >= 0) & (at + dates < periods)
        row = (at * n + own.rows)[inside]
        column = ((at + dates) * n + owners)[inside]
        self.inside, self.size = inside, periods * n
        self.order = np.lexsort((row, column))
        self.rows = row[self.order]
        counts = np.bincount(column, minlength=self.size)
        self.starts = np.concatenate([[0], np.cumsum(counts)])

    def matrix(self, slopes: np.ndarray) -> scipy.sparse.csc_matrix:
        """The matrix (T n, T n) from derivatives (T, m)."""
        data = slopes[self.inside][self.order]
        shape = (self.size, self.size)
        return scipy.sparse.csc_matrix((data, self.rows, self.starts), shape=shape)
