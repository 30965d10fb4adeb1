"""Pricing operators of a solution: node values in, node values out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..compiled import on_host, traced
from . import pricing
from .grid import Domain, smolyak
from .policy import GlobalPolicy
from .simulate import observe, observe_many


@dataclass(frozen=True, eq=False)
class Operators:
    """Pricing operators of a solution on one grid.

    Vectors are values at the nodes, regimes slowest: shape (R*N,). They are the host's,
    within a program that is being made its own.

    Attributes
    ----------
    build : makes tables, matrices and expectations once more.
    matrices : (R*N, R*N) by numeraire.
    expected : exact expectations (R*N,) that the tables came with.
    priced : what has been priced with the tables, by what it is; of one solution only.
    """

    solution: GlobalPolicy
    block: str
    levels: tuple[int, ...]
    domain: Domain
    regimes: int
    build: Callable[[], pricing.Built]
    matrices: dict[str, jax.Array]
    expected: dict[pricing.Expected, Any]
    priced: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def made(
        cls,
        solution: GlobalPolicy,
        block: str,
        levels: tuple[int, ...],
        domain: Domain,
        regimes: int,
        build: Callable[[], pricing.Built],
    ) -> Operators:
        """Operators that are built now."""
        tables, matrices, expected = build()
        own = solution, block, levels, domain, regimes
        found = cls(*own, build, matrices, expected)
        found.__dict__["tables"] = tables
        return found

    @cached_property
    def tables(self) -> pricing.Tables:
        """One step ahead of every node; made again where they were forgotten."""
        return self.build()[0]

    def forget_tables(self) -> None:
        """Let go of the tables, hundreds of megabytes where regimes switch."""
        self.__dict__.pop("tables", None)

    @cached_property
    def nodes(self) -> np.ndarray:
        """Nodes of the grid, shape (N, d)."""
        return self.domain.on_host().from_cube(smolyak(self.levels).nodes, np)

    def at_nodes(self, names: Sequence[str]) -> Any:
        """Variables dated t at the nodes, shape (n, R*N)."""
        solution, grid = self.solution, smolyak(self.levels)
        grids = solution.problem(self.block).grids
        held = solution.parameters, solution.solved
        if traced((held, self.domain)):
            nodes = self.domain.from_cube(jnp.asarray(grid.nodes))
            rows = [
                observe(solution.model, grids, *held, names, regime, nodes)
                for regime in range(self.regimes)
            ]
            return jnp.concatenate(rows, axis=0).T
        points = np.tile(self.nodes, (self.regimes, 1))
        which = np.repeat(np.arange(self.regimes), grid.size)
        return observe_many(solution.model, grids, *held, names, points, which).T

    def exact_step(self, numeraire: str, names: Sequence[str]) -> Any:
        """E[weight f(s')] of declared variables at the nodes, shape (n, R*N).

        The variables are evaluated at next states themselves, not interpolated. What
        the operators were not asked to expect costs a program of its own.
        """
        keys = [(numeraire, name) for name in names]
        if keys and all(key in self.expected for key in keys):
            rows = [self.expected[key] for key in keys]
            return jnp.stack(rows) if traced(rows) else np.stack(rows)
        solution = self.solution
        problem = solution.problem(self.block)
        grid = smolyak(self.levels)
        step = pricing.exact_step(problem, grid, numeraire, tuple(names))
        return on_host(step(solution.parameters, solution.solved, self.domain))

    def functions(self, names: Sequence[str], values: Any) -> pricing.NodeFunctions:
        """Functions with node values (n, R*N), to be evaluated at any states."""
        grid, values = smolyak(self.levels), on_host(values)
        return pricing.NodeFunctions(
            grid, self.domain, self.regimes, tuple(names), values
        )

    def radius(self, numeraire: str) -> float:
        """Spectral radius of a numeraire's operator, per quarter."""
        return pricing.spectral_radius(self.matrices[numeraire])
