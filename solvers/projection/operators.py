"""Pricing operators of a solution: node values in, node values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np

from . import pricing
from .grid import Domain, smolyak
from .policy import GlobalPolicy
from .simulate import observe


@dataclass(frozen=True, eq=False)
class Operators:
    """Pricing operators of a solution on one grid.

    Vectors are values at the nodes, regimes slowest: shape (R*N,).

    Attributes
    ----------
    tables : one step ahead of every node; matrices : (R*N, R*N) by numeraire.
    """

    solution: GlobalPolicy
    block: str
    levels: tuple[int, ...]
    domain: Domain
    regimes: int
    tables: pricing.Tables
    matrices: dict[str, jax.Array]

    @cached_property
    def nodes(self) -> np.ndarray:
        """Nodes of the grid, shape (N, d)."""
        return self.domain.on_host().from_cube(smolyak(self.levels).nodes, np)

    def at_nodes(self, names: Sequence[str]) -> jax.Array:
        """Variables dated t at the nodes, shape (n, R*N)."""
        solution = self.solution
        grids = solution.problem(self.block).grids
        nodes = self.domain.from_cube(jnp.asarray(smolyak(self.levels).nodes))
        held = solution.parameters, solution.solved
        rows = [
            observe(solution.model, grids, *held, names, regime, nodes)
            for regime in range(self.regimes)
        ]
        return jnp.concatenate(rows, axis=0).T

    def exact_step(self, numeraire: str, names: Sequence[str]) -> jax.Array:
        """E[weight f(s')] of declared variables at the nodes, shape (n, R*N).

        The variables are evaluated at next states themselves, not interpolated.
        """
        solution = self.solution
        problem = solution.problem(self.block)
        grid = smolyak(self.levels)
        step = pricing.exact_step(problem, grid, numeraire, tuple(names))
        return step(solution.parameters, solution.solved, self.domain)

    def functions(
        self, names: Sequence[str], values: jax.Array
    ) -> pricing.NodeFunctions:
        """Functions with node values (n, R*N), to be evaluated at any states."""
        return pricing.NodeFunctions(
            smolyak(self.levels), self.domain, self.regimes, tuple(names), values
        )

    def radius(self, numeraire: str) -> float:
        """Spectral radius of a numeraire's operator, per quarter."""
        return pricing.spectral_radius(self.matrices[numeraire])
