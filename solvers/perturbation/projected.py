"""A local solution with the interface of the global one.

Policies of a perturbation are polynomials of today's states. Put on a sparse grid over
the ergodic set of the pruned economy they are what the global solver returns, so that
simulation, responses, Euler-equation errors, prices and the valuation ledger are the
same code, and an experiment does not know which solver it got.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...models.declaration import DeclarationError, Model
from ...models.general.form import PUSH, dynamic_form
from ..projection.conditions import Solved, SolvedBlocks
from ..projection.ergodic import covering
from ..projection.grid import SmolyakGrid, smolyak
from ..projection.linear import Determinacy
from ..projection.simulate import Grids
from ..projection.solution import GlobalSolution
from ..projection.solve import BlockEvidence, SolverOptions
from .solution import LocalSolution, solve_local


class Policies:
    """Unknowns as polynomials of today's states, from a solution with pushes.

    ``local`` solves ``dynamic_form(model, pushes=True)``: the shocks of variance zero
    move the states themselves, so derivatives by them are those by states.
    """

    def __init__(self, model: Model, local: LocalSolution):
        self.states = [s.name for s in model.states]
        self.unknowns = [u.name for u in model.unknowns]
        self.rest = np.array([local.steady_state[s] for s in self.states])
        names = [*local.states, *local.shocks]
        x = [names.index(PUSH + s) for s in self.states]
        y = [local.variables.index(u) for u in self.unknowns]
        rule = local.rule
        self.level, self.by_state = rule.steady[y], rule.x[np.ix_(y, x)]
        self.twice = self.thrice = None
        if rule.xx is not None:
            self.level = self.level + rule.ss[y] / 2
            self.twice = rule.xx[np.ix_(y, x, x)]
        if rule.xxx is not None:
            self.by_state = self.by_state + rule.ssx[np.ix_(y, x)] / 2
            self.thrice = rule.xxx[np.ix_(y, x, x, x)]

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Unknowns (P, K) at states (P, d) in the order of the declaration."""
        gap = points - self.rest[None, :]
        values = self.level[None, :] + gap @ self.by_state.T
        if self.twice is not None:
            bent = np.einsum("kij,pi->pkj", self.twice, gap, optimize=True)
            values = values + np.einsum("pkj,pj->pk", bent, gap) / 2
        if self.thrice is not None:
            cubic = np.einsum("kijl,pi->pkjl", self.thrice, gap, optimize=True)
            cubic = np.einsum("pkjl,pj->pkl", cubic, gap, optimize=True)
            values = values + np.einsum("pkl,pl->pk", cubic, gap) / 6
        return np.asarray(values)


def project(
    model: Model,
    parameters: Mapping[str, Any],
    order: int = 3,
    options: SolverOptions | None = None,
) -> GlobalSolution:
    """Solve a smooth model with one regime by perturbation; a ``Solution`` results.

    Parameters
    ----------
    parameters : one value per declared parameter; regime-specific ones of shape (1,).
    options : levels of grids (level 2 by default), quadrature and ergodic sample, which
        later simulations and prices use.

    Raises
    ------
    DeclarationError
        The model has rare events or several regimes.
    SolutionError
        And its kinds: as of ``solve_local``.
    """
    regime, *others = model.regimes.names
    if others:
        raise DeclarationError(
            f"model '{model.name}' has several regimes; perturb each as a permanent "
            "one, or all of them with 'switching_rules.unique_solution'"
        )
    options = SolverOptions() if options is None else options
    values = {k: float(np.ravel(v)[0]) for k, v in parameters.items()}
    form = dynamic_form(model, pushes=True)
    local = solve_local(form, order, values)
    policies = Policies(model, local)
    ergodic = options.ergodic
    paths = local.simulate(
        ergodic.periods - ergodic.burn, ergodic.paths, ergodic.seed, burn=ergodic.burn
    )
    visited = np.stack([paths[s].values.ravel() for s in policies.states], axis=1)
    spread = np.maximum(visited.std(axis=0), 1e-6)
    grids: Grids = ()
    solved: SolvedBlocks = {}
    evidence = {}
    for block in model.blocks:
        columns = [policies.states.index(s) for s in block.states]
        levels = options.levels.get(block.name, ((2,) * len(columns),))[-1]
        grid = smolyak(levels)
        domain = covering(visited[:, columns], spread[columns], ergodic.margin)
        points = np.tile(policies.rest, (grid.size, 1))
        points[:, columns] = np.asarray(domain.from_cube(grid.nodes, np))
        wanted = [policies.unknowns.index(u.name) for u in block.unknowns]
        coefficients = _fitted(grid, policies(points)[:, wanted])
        grids = (*grids, (block.name, grid))
        solved[block.name] = Solved(coefficients, domain)
        evidence[block.name] = BlockEvidence(
            block.name, grid.size, local.evidence["first_order_residual"], 0, 0.0, 0.0
        )
    determinacy = Determinacy(
        regime,
        local.determinacy.stable,
        local.determinacy.predetermined,
        local.determinacy.eigenvalues,
    )
    return GlobalSolution(
        model=model,
        parameters={k: jnp.asarray(v, float) for k, v in parameters.items()},
        grids=grids,
        solved=solved,
        quadrature=options.quadrature,
        ergodic=replace(ergodic),
        determinacy=(determinacy,),
        evidence=evidence,
        origin=visited.mean(axis=0),
    )


def _fitted(grid: SmolyakGrid, values: np.ndarray):
    """Coefficients (1, K, N) of functions with values (N, K) at the nodes."""
    return jnp.asarray((grid.inverse @ values).T[None])
