"""Moments of simulated paths, and how they move with parameters.

Paths are those of the pruned solution, of any order, from shocks that are drawn once
and held fixed: moments are then smooth in the parameters, and their derivatives are
exact, through solution and paths (McFadden 1989; Duffie and Singleton 1993; Ruge-Murcia
2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ...models.general.functions import covariance_function
from ...models.general.parameters import derived_parameters
from ..compiled import Compiled, compiled
from ..errors import SolutionError
from ..filters.likelihood import semidefinite, solution_checks
from ..filters.observables import Observables
from ..perturbation.expansion import perturbation
from ..perturbation.first_order import Layout
from ..perturbation.pruning import Pruned, pruned_step
from .posterior import Posterior


@dataclass(frozen=True)
class Simulation:
    """How paths are drawn.

    Attributes
    ----------
    samples : paths of the data's length; moments are means over all of them, and their
        variance is 1 + 1/samples times that of the data's.
    burn_in : first dates of each path, from the steady state, that are left out.
    seed : of shocks and measurement errors.

    Raises
    ------
    SolutionError
        There are no paths, or a burn-in below zero.
    """

    samples: int = 10
    burn_in: int = 300
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no simulation."""
        if self.samples < 1 or self.burn_in < 0:
            raise SolutionError(
                f"{self.samples} simulated samples after {self.burn_in} dates: there "
                "has to be one, after none or more"
            )


class Layouts(NamedTuple):
    """What moments are: means, products (i, j, lag), and third moments."""

    means: bool
    products: tuple[tuple[int, int, int], ...]
    third: bool

    def contributions(self, gap: Any, xp: Any = np) -> Any:
        """What every date adds to moments (..., T - lags, q), from deviations.

        ``gap`` (..., T, m); ``xp`` is the library of the arrays.
        """
        late = max((0, *(k for _, _, k in self.products)))
        count, length = gap.shape[-1], gap.shape[-2]

        def at(i: int, lag: int) -> Any:
            return gap[..., late - lag : length - lag, i]

        columns = [at(i, 0) for i in range(count)] if self.means else []
        columns += [at(i, 0) * at(j, k) for i, j, k in self.products]
        columns += [at(i, 0) ** 3 for i in range(count)] if self.third else []
        return xp.stack(columns, axis=-1)


class Drawn(NamedTuple):
    """Standard normal draws: shocks (T, paths, k), errors (T, paths, m).

    Of the shocks and observables that have a variance.
    """

    shocks: np.ndarray
    errors: np.ndarray


def drawn(target: Posterior, plan: Simulation) -> Drawn:
    """Draws of a plan, the same for all parameters."""
    random = np.random.default_rng(plan.seed)
    model, dates = target.model, plan.burn_in + len(target.data)
    moving = sum(_moves(model))
    shape = (dates, plan.samples)
    shocks = random.standard_normal((*shape, moving))
    erring = len(_erring(model, target.observables))
    return Drawn(shocks, random.standard_normal((*shape, erring)))


def _moves(model) -> list[bool]:
    """Whether each shock has a variance that is not zero by declaration."""
    if not model.covariance:
        return [True] * len(model.shocks)
    return [sp.sympify(row[i]) != 0 for i, row in enumerate(model.covariance)]


def _erring(model, names) -> list[int]:
    """Places of the observables that are measured with error."""
    return [i for i, n in enumerate(names) if model.measurement.get((n, n), 0) != 0]


# One program per model and layout: data and draws enter as arguments.
@lru_cache(maxsize=16)
def moments_and_slopes(model, estimated, names, order, layouts, burn_in) -> Compiled:
    """``free (k,), base, centre (m,), Drawn -> moments (q,), whether fine, slopes``.

    Slopes (q, k) are exact, by derivatives in the direction of each coordinate.
    """
    observed = Observables(model, names, None, None)
    solve, covariance_at = perturbation(model, order), covariance_function(model)
    renew = derived_parameters(model)
    shell = Posterior(model, estimated, names, np.zeros((1, len(names))))
    places, bounds = shell.places, shell.bounds
    where, moving = observed.where, np.flatnonzero(_moves(model))
    erring = np.array(_erring(model, names), int)
    n_s = len(where.states)
    every = np.array([*where.states, *observed.rows], int)
    own = Layout(
        tuple(where.variables[i] for i in every),
        where.shocks,
        tuple(range(n_s)),
        where.forward,
    )

    def paths(rule, root, draws: Drawn):
        kept = jax.tree.map(lambda a: a[every], rule)
        nothing = jnp.zeros((draws.shocks.shape[1], n_s))
        move = pruned_step(own, order, kept)

        def step(effects, normal):
            shocks = jnp.zeros((len(normal), len(where.shocks)))
            shocks = shocks.at[:, moving].set(normal @ root.T)
            effects, values = move(effects, shocks)
            return effects, values[:, n_s:]

        start = Pruned(nothing, nothing, nothing)
        return jax.lax.scan(step, start, jnp.asarray(draws.shocks))[1][burn_in:]

    def moments(free, base, centre, draws: Drawn):
        parameters = jnp.asarray(base).at[places].set(bounds.inside(free))
        if renew is not None:
            parameters = renew(parameters)
        found = solve(parameters)
        covariance = covariance_at(parameters)
        root = jnp.linalg.cholesky(covariance[np.ix_(moving, moving)])
        values = paths(found.rule, root, draws)
        if len(erring):
            noise = observed.noise(parameters)[np.ix_(erring, erring)]
            error = draws.errors[burn_in:] @ jnp.linalg.cholesky(noise).T
            values = values.at[:, :, erring].add(error)
        gap = jnp.moveaxis(values, 0, 1) - jnp.asarray(centre)[None, None, :]
        told = layouts.contributions(gap, jnp).mean(axis=(0, 1))
        fine = jnp.stack(
            [
                *solution_checks(model, found),
                semidefinite(model, covariance),
                observed.has_start(found.first.state_radius),
                jnp.all(jnp.isfinite(told)),
            ]
        )
        return told, jnp.all(fine)

    def both(free, base, centre, draws: Drawn):
        told, fine = moments(free, base, centre, draws)
        slopes = jax.jacfwd(lambda f: moments(f, base, centre, draws)[0])(free)
        return told, fine, slopes

    return compiled(both, name="simulated_moments_and_slopes")
