"""A perturbation solution in arrays: its rule, pruned paths and closed-form moments.

All paths and moments are pruned: effects of first, second and third order are kept
apart, so that nothing explodes that the linear rule keeps stable (Andreasen,
Fernandez-Villaverde and Rubio-Ramirez 2018). ``solution.LocalSolution`` adds what a
user asks for, labelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import jax
import numpy as np

from ...models.declaration import DeclarationError, not_found
from ...models.general.functions import covariance_function
from ...models.general.model import DynamicModel
from ..compiled import compiled
from ..errors import SolutionError
from ..projection.linear import Determinacy
from .expansion import Rule
from .first_order import Layout, layout
from .moments import Moments, pruned_moments, square_root
from .pruning import Pruned, pruned_paths, resting_effects


@dataclass(frozen=True, eq=False)
class LocalPolicy:
    """A perturbation solution with its evidence.

    Attributes
    ----------
    parameters : values by name, as solved.
    order : 1, 2 or 3.
    rule : plain partial derivatives at the steady state.
    steady_state : values by variable name; ``steady_residuals`` by equation name.
    determinacy : Blanchard-Kahn count with all roots.
    evidence : ``first_order_residual`` of the matrix equation, relative to its terms;
        ``qz_difference`` between doubling and the ordered QZ decomposition,
        relative (large where roots repeat); ``state_radius``, modulus of the largest
        root kept, and ``forward_radius``, inverse of that of the smallest left out.
    extra : names of rows that were added to the rule, such as yields.
    rounding : of the first derivatives, rounding errors that they may hold (n, n_x).
    """

    model: DynamicModel
    parameters: Mapping[str, float]
    order: int
    rule: Rule
    steady_state: Mapping[str, float]
    steady_residuals: Mapping[str, float]
    determinacy: Determinacy
    evidence: Mapping[str, float] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    rounding: np.ndarray | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of all variables, auxiliary ones last."""
        return self.layout.variables

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the variables whose lags matter."""
        return self.layout.state_names

    @property
    def shocks(self) -> tuple[str, ...]:
        """Names of the shocks."""
        return self.layout.shocks

    @property
    def layout(self) -> Layout:
        """Where states, forward-looking and static variables stand."""
        own = layout(self.model)
        return replace(own, variables=(*own.variables, *self.extra))

    @cached_property
    def covariance(self) -> np.ndarray:
        """Covariance (k, k) of the shocks."""
        values = [self.parameters[p.name] for p in self.model.parameters]
        return covariance_function(self.model, True)(values)

    def places(self, names: Sequence[str]) -> list[int]:
        """Where the named variables stand among all.

        Raises
        ------
        DeclarationError
            An unknown variable.
        """
        every = list(self.variables)
        for name in names:
            if name not in every:
                raise DeclarationError(not_found("variable", name, every))
        return [every.index(name) for name in names]

    def observe(
        self,
        names: Sequence[str],
        points: np.ndarray,
        regimes: np.ndarray | int = 0,
    ) -> np.ndarray:
        """Variables dated t (P, n) where no shock happens at t.

        The rule as it is, not pruned, with risk.

        Parameters
        ----------
        points : levels (P, d) at t-1 in the order of ``states``.
        regimes : there is one, so that only 0 means something.

        Raises
        ------
        DeclarationError
            An unknown variable, or another regime.
        """
        if np.any(np.asarray(regimes) != 0):
            raise DeclarationError(f"model '{self.model.name}' has one regime, 0")
        rows = self.places(names)
        gap = np.atleast_2d(np.asarray(points, float))
        gap = gap - np.asarray(self.rule.steady)[list(self.layout.states)]
        rule, d = self.rule, gap.shape[1]
        total = np.asarray(rule.steady)[rows] + gap @ np.asarray(rule.x)[rows, :d].T
        if rule.xx is not None:
            bent = np.asarray(rule.xx)[rows][:, :d, :d]
            total = total + np.einsum("nij,pi,pj->pn", bent, gap, gap) / 2
            total = total + np.asarray(rule.ss)[rows] / 2
        if rule.xxx is not None:
            bent = np.asarray(rule.xxx)[rows][:, :d, :d, :d]
            cubic = np.einsum("nijk,pi,pj,pk->pn", bent, gap, gap, gap, optimize=True)
            total = total + cubic / 6 + gap @ np.asarray(rule.ssx)[rows, :d].T / 2
        return total

    def all_moments(self, lags: int) -> Moments:
        """Closed-form moments of all variables; some may not exist (``Moments``).

        Raises
        ------
        SolutionError
            The model has no shocks.
        """
        if not self.shocks:
            raise SolutionError("the model has no shocks, so that nothing moves")
        return pruned_moments(
            self._arrays(), self.layout.states, self.covariance, self.order, lags
        )

    def _arrays(self) -> dict[str, np.ndarray]:
        """The rule by name; what rounding leaves in place of zeros is zero."""
        found = {
            k: np.asarray(v) for k, v in self.rule._asdict().items() if v is not None
        }
        if self.rounding is not None:
            x, rows = np.array(found["x"]), len(self.rounding)
            x[:rows][np.abs(x[:rows]) <= self.rounding] = 0.0
            found["x"] = x
        return found

    def moments_of(
        self,
        names: Sequence[str],
        order: int | None = None,
        covariance: np.ndarray | None = None,
    ) -> Moments:
        """Closed-form moments of a few variables, much faster than those of all.

        Parameters
        ----------
        order : at most the solution's, which is the default.
        covariance : of the shocks (k, k) instead of their own.

        Raises
        ------
        DeclarationError
            An unknown variable.
        SolutionError
            A unit root moves one of them: its moments do not exist.
        """
        rows = [*self.layout.states, *self.places(names)]
        arrays = {k: v[rows] for k, v in self._arrays().items()}
        own = self.covariance if covariance is None else covariance
        size = len(self.states)
        found = pruned_moments(arrays, tuple(range(size)), own, order or self.order, 1)
        later = found.autocovariance[:, size:, size:]
        exist = None if found.exist is None else found.exist[size:]
        own_rows = Moments(
            found.mean[size:], found.covariance[size:, size:], later, exist
        )
        own_rows.require(names)
        return own_rows

    def walk(
        self,
        names: Sequence[str],
        periods: int,
        paths: int,
        seed: int = 0,
        burn: int = 200,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Pruned simulation of a few variables, much faster than that of all.

        Returns
        -------
        values (periods, paths, len(names)) and shocks (periods, paths, k) of the same
        dates, in their own units.

        Raises
        ------
        DeclarationError
            An unknown variable.
        """
        every = self.variables
        rows = np.array([*self.layout.states, *self.places(names)])
        size = len(self.states)
        where = Layout(
            tuple(every[i] for i in rows), self.shocks, tuple(range(size)), ()
        )
        rule: Rule = jax.tree.map(lambda a: np.asarray(a)[rows], self.rule)
        root = square_root(self.covariance)
        hit = _drawn(seed, root, periods + burn, paths)
        start = resting_effects(where, self.order, rule, paths)
        values = pruned_paths(where, self.order, rule, hit, start)
        return np.asarray(values)[burn:, :, size:], np.asarray(hit)[burn:]

    def resting(self, paths: int) -> Pruned:
        """Effects at which so many paths without shocks stay."""
        return resting_effects(self.layout, self.order, self.rule, paths)

    def innovation(
        self, shocks: Mapping[str, float], orthogonal: bool = False
    ) -> np.ndarray:
        """Shocks (k,) in their own units, given in standard deviations by name.

        With ``orthogonal`` a name stands for what is new in its shock given those
        declared before it, a column of the Cholesky factor of the covariance.

        Raises
        ------
        DeclarationError
            An unknown shock.
        """
        for name in shocks:
            if name not in self.shocks:
                raise DeclarationError(not_found("shock", name, self.shocks))
        given = np.array([shocks.get(n, 0.0) for n in self.shocks])
        if not orthogonal:
            return given * np.sqrt(np.diag(self.covariance))
        # By QR, as a covariance may be singular.
        factor = np.linalg.qr(square_root(self.covariance).T)[1].T
        signs = np.where(np.diag(factor) < 0, -1.0, 1.0)
        return (factor * signs[None, :]) @ given


@compiled(name="shocks", static_argnames=("periods", "paths"))
def _drawn(seed: int, root: np.ndarray, periods: int, paths: int) -> jax.Array:
    """Shocks (periods, paths, k) with covariance ``root root'``."""
    normal = jax.random.normal(jax.random.key(seed), (periods, paths, len(root)))
    return normal @ root.T
