"""The local solution: what one can ask a model solved by perturbation.

All paths and moments are pruned: effects of first, second and third order are kept
apart, so that nothing explodes that the linear rule keeps stable (Andreasen,
Fernandez-Villaverde and Rubio-Ramirez 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from ...models.declaration import DeclarationError, not_found
from ...models.general.functions import covariance_function, parameter_vector
from ...models.general.model import DynamicModel
from ..errors import SolutionError
from ..projection.linear import UNIT, Determinacy
from .decision_rule import decision_rule
from .determinacy import verdict
from .expansion import Rule, perturbation
from .first_order import Layout, layout
from .moments import Moments, pruned_moments, square_root
from .pruning import Pruned, pruned_paths, resting_effects
from .steady_state import accepted

if TYPE_CHECKING:
    import xarray as xr


@lru_cache(maxsize=64)
def compiled_perturbation(model: DynamicModel, order: int):
    """Jitted ``parameters (p,) -> Perturbation``, one program per model and order."""
    return jax.jit(perturbation(model, order))


@dataclass(frozen=True, eq=False)
class LocalSolution:
    """A perturbation solution with its evidence.

    Attributes
    ----------
    parameters : values by name, as solved.
    order : 1, 2 or 3.
    rule : plain partial derivatives at the steady state.
    steady_state : values by variable name; ``steady_residuals`` by equation name.
    determinacy : Blanchard-Kahn count with all roots.
    evidence : ``first_order_residual`` of the matrix equation, relative to its terms;
        ``qz_difference`` between cyclic reduction and the ordered QZ decomposition,
        relative (large where roots repeat); ``state_radius``, modulus of the largest
        root kept, and ``forward_radius``, inverse of that of the smallest left out.
    extra : names of rows that were added to the rule, such as yields.
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
        values = jnp.asarray([self.parameters[p.name] for p in self.model.parameters])
        return np.asarray(covariance_function(self.model)(values))

    def decision_rule(self) -> xr.Dataset:
        """Derivatives of the rule under the names that users of Dynare know.

        Returns
        -------
        ``ys, ghx, ghu, ghxx, ghxu, ghuu, ghs2, ghxxx, ghxxu, ghxuu, ghuuu, ghxss,
        ghuss`` as far as the order goes: plain partial derivatives, rows all
        variables, columns lagged states and shocks; columns of products are labelled
        ``first|second``, the first factor slowest. Shocks count in their own units.
        """
        return decision_rule(self.rule, self.layout)

    def moments(self, lags: int = 5) -> xr.Dataset:
        """Unconditional moments of the pruned system, in closed form.

        Returns
        -------
        ``mean``, ``variance``, ``standard_deviation`` (variable), ``covariance``,
        ``correlation`` (variable, other) and ``autocorrelation`` (lag, variable), both
        missing for a variable that never moves.

        Raises
        ------
        SolutionError
            A unit root: moments do not exist.
        """
        import xarray as xr

        found = self._moments(lags)
        names = list(self.variables)
        variance = np.diag(found.covariance)
        deviation = np.sqrt(np.maximum(variance, 0.0))
        # A variable that never moves has no correlation with anything.
        scale = np.where(
            deviation > 1e-12 * deviation.max(initial=0), deviation, np.nan
        )
        later = found.autocovariance.reshape(lags, len(names), len(names))
        auto = np.diagonal(later, axis1=1, axis2=2) / scale**2
        both = ("variable", "other")
        return xr.Dataset(
            {
                "mean": ("variable", found.mean),
                "variance": ("variable", variance),
                "standard_deviation": ("variable", deviation),
                "covariance": (both, found.covariance),
                "correlation": (both, found.covariance / np.outer(scale, scale)),
                "autocorrelation": (("lag", "variable"), auto),
            },
            coords={"variable": names, "other": names, "lag": np.arange(1, lags + 1)},
            attrs={"order": self.order, "model": self.model.name},
        )

    def _moments(self, lags: int) -> Moments:
        arrays = {
            k: np.asarray(v) for k, v in self.rule._asdict().items() if v is not None
        }
        return pruned_moments(
            arrays, self.layout.states, self.covariance, self.order, lags
        )

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
            A unit root: moments do not exist.
        """
        every = list(self.variables)
        for name in names:
            if name not in every:
                raise DeclarationError(not_found("variable", name, every))
        rows = [*self.layout.states, *(every.index(n) for n in names)]
        arrays = {
            k: np.asarray(v)[rows]
            for k, v in self.rule._asdict().items()
            if v is not None
        }
        own = self.covariance if covariance is None else covariance
        size = len(self.states)
        found = pruned_moments(arrays, tuple(range(size)), own, order or self.order, 1)
        later = found.autocovariance[:, size:, size:]
        return Moments(found.mean[size:], found.covariance[size:, size:], later)

    def variance_decomposition(self) -> xr.DataArray:
        """Share of each shock in the variance of each variable (variable, shock).

        First-order shares add up to one; they are missing for a variable that never
        moves.

        Raises
        ------
        SolutionError
            Shocks are correlated, so that shares have no meaning, or a unit root.
        """
        import xarray as xr

        off = self.covariance - np.diag(np.diag(self.covariance))
        if np.max(np.abs(off), initial=0.0) > 0:
            raise SolutionError(
                "shares of correlated shocks in variances are not defined; declare "
                "the shocks as combinations of uncorrelated ones"
            )
        linear = {"steady": np.asarray(self.rule.steady), "x": np.asarray(self.rule.x)}
        parts = []
        for k in range(len(self.shocks)):
            alone = np.zeros_like(self.covariance)
            alone[k, k] = self.covariance[k, k]
            found = pruned_moments(linear, self.layout.states, alone, 1, 1)
            parts.append(np.diag(found.covariance))
        parts = np.array(parts).T
        total = parts.sum(axis=1, keepdims=True)
        moving = total > 1e-24 * total.max(initial=0)
        shares = np.where(moving, parts / np.where(moving, total, 1.0), np.nan)
        return xr.DataArray(
            shares,
            dims=("variable", "shock"),
            coords={"variable": list(self.variables), "shock": list(self.shocks)},
            name="variance_share",
        )

    def simulate(
        self, periods: int, paths: int = 1, seed: int = 0, burn: int = 200
    ) -> xr.Dataset:
        """Pruned simulation of all variables (time, path) after ``burn`` periods."""
        import xarray as xr

        root = square_root(self.covariance)
        key = jax.random.key(seed)
        normal = jax.random.normal(key, (periods + burn, paths, len(self.shocks)))
        values = pruned_paths(
            self.layout, self.order, self.rule, normal @ root.T, self._rest(paths)
        )
        kept = np.asarray(values)[burn:]
        return xr.Dataset(
            {
                n: (("time", "path"), kept[:, :, i])
                for i, n in enumerate(self.variables)
            },
            attrs={"seed": seed, "order": self.order},
        )

    def sample(
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
        every = list(self.variables)
        for name in names:
            if name not in every:
                raise DeclarationError(not_found("variable", name, every))
        rows = np.array([*self.layout.states, *(every.index(n) for n in names)])
        size = len(self.states)
        where = Layout(
            tuple(every[i] for i in rows), self.shocks, tuple(range(size)), ()
        )
        rule: Rule = jax.tree.map(lambda a: jnp.asarray(a)[rows], self.rule)
        root = square_root(self.covariance)
        key = jax.random.key(seed)
        hit = jax.random.normal(key, (periods + burn, paths, len(self.shocks))) @ root.T
        start = resting_effects(where, self.order, rule, paths)
        values = pruned_paths(where, self.order, rule, hit, start)
        return np.asarray(values)[burn:, :, size:], np.asarray(hit)[burn:]

    def impulse_response(
        self,
        shocks: Mapping[str, float],
        horizon: int,
        outputs: Sequence[str] | None = None,
    ) -> xr.DataArray:
        """Response along the path without further shocks (horizon, variable).

        The economy rests where it stays without shocks but with risk (the risky
        steady state of the pruned system).

        Parameters
        ----------
        shocks : innovation at the first date, in standard deviations.
        outputs : all variables by default.
        """
        hit = np.zeros((horizon, 2, len(self.shocks)))
        hit[0, 0] = self._innovation(shocks)
        paths = np.asarray(
            pruned_paths(self.layout, self.order, self.rule, hit, self._rest(2))
        )
        return self._response(paths[:, 0] - paths[:, 1], outputs, "impulse_response")

    def generalised_impulse_response(
        self,
        shocks: Mapping[str, float],
        horizon: int,
        outputs: Sequence[str] | None = None,
        paths: int = 2000,
        seed: int = 1,
        burn: int = 100,
    ) -> xr.DataArray:
        """Mean difference of paths with common other innovations (horizon, variable).

        Koop, Pesaran and Potter (1996): the named innovations are given, all others
        are drawn, in antithetic pairs; starts come from the ergodic set.
        """
        root = square_root(self.covariance)
        half = jax.random.normal(
            jax.random.key(seed), (horizon + burn, paths // 2, len(self.shocks))
        )
        draws = jnp.concatenate([half, -half], axis=1) @ root.T
        count = draws.shape[1]
        given = jnp.asarray(self._innovation(shocks))
        named = jnp.asarray([n in shocks for n in self.shocks])
        hit = draws.at[burn].set(jnp.where(named, given, draws[burn]))
        both = jnp.concatenate([hit, draws], axis=1)
        values = np.asarray(
            pruned_paths(
                self.layout, self.order, self.rule, both, self._rest(2 * count)
            )
        )[burn:]
        gap = values[:, :count].mean(axis=1) - values[:, count:].mean(axis=1)
        return self._response(gap, outputs, "generalised_impulse_response")

    def log_likelihood(self, data, measurement_error=None, initial_variance=None):
        """Gaussian log-likelihood of data by name (``kalman.log_likelihood``)."""
        from ..filters.likelihood import log_likelihood

        return log_likelihood(self, data, measurement_error, initial_variance)

    def smooth(self, data, measurement_error=None, initial_variance=None):
        """All variables and shocks given all data (``kalman.smoothed``)."""
        from ..filters.likelihood import smoothed

        return smoothed(self, data, measurement_error, initial_variance)

    def accuracy(self, points: int = 5000, seed: int = 0) -> list[dict]:
        """Euler-equation errors by equation (``local_accuracy.error_table``)."""
        from .accuracy import error_table

        return error_table(self, points, seed)

    def _rest(self, paths: int) -> Pruned:
        return resting_effects(self.layout, self.order, self.rule, paths)

    def _innovation(self, shocks: Mapping[str, float]) -> np.ndarray:
        for name in shocks:
            if name not in self.shocks:
                raise DeclarationError(not_found("shock", name, self.shocks))
        sizes = np.sqrt(np.diag(self.covariance))
        given = np.array([shocks.get(n, 0.0) for n in self.shocks])
        return given * sizes

    def _response(self, values, outputs, name: str) -> xr.DataArray:
        import xarray as xr

        names = list(self.variables)
        for output in outputs or ():
            if output not in names:
                raise DeclarationError(not_found("variable", output, names))
        array = xr.DataArray(
            values,
            dims=("horizon", "variable"),
            coords={"horizon": np.arange(len(values)), "variable": names},
            name=name,
        )
        return array if outputs is None else array.sel(variable=list(outputs))


def solve_local(
    model: DynamicModel,
    order: int = 1,
    parameters: Mapping[str, float] | None = None,
) -> LocalSolution:
    """Solve a model in the general form by perturbation.

    Parameters
    ----------
    order : 1, 2 or 3.
    parameters : changes of the model's default values.

    Raises
    ------
    DeclarationError
        A parameter without a value, or an unknown one.
    SteadyStateError
        No steady state, naming the equations that do not hold.
    DeterminacyError
        No stable solution, or several: how many roots, and what carries them.
    SolutionError
        The solution fails its own checks.
    """
    if order not in (1, 2, 3):
        raise SolutionError(f"order must be 1, 2 or 3, not {order}")
    values = parameter_vector(model, parameters)
    found = compiled_perturbation(model, order)(values)
    rest = accepted(model, values, found.rest)
    determinacy, roots = verdict(model, values, found.system)
    determinacy.require()
    difference = np.inf
    if roots.rule is not None:
        rows = list(layout(model).dynamic)
        gap = (np.asarray(found.first.by_state) - roots.rule)[rows]
        size = 1 + np.max(np.abs(roots.rule), initial=0.0)
        difference = float(np.max(np.abs(gap), initial=0.0) / size)
    evidence = {
        "first_order_residual": float(found.first.residual),
        "qz_difference": difference,
        "state_radius": float(found.first.state_radius),
        "forward_radius": float(found.first.forward_radius),
    }
    _check(model, found.rule, evidence)
    return LocalSolution(
        model,
        {p.name: float(v) for p, v in zip(model.parameters, values, strict=True)},
        order,
        jax.tree.map(np.asarray, found.rule),
        rest.values,
        rest.residuals,
        determinacy,
        evidence,
    )


def _check(model: DynamicModel, rule: Rule, evidence: Mapping[str, float]) -> None:
    for name, array in rule._asdict().items():
        if array is not None and not np.all(np.isfinite(np.asarray(array))):
            rows = np.argwhere(~np.isfinite(np.asarray(array)))[:, 0]
            raise SolutionError(
                f"model '{model.name}': derivatives of '{model.names[rows[0]]}' are "
                f"not finite ({name}); an equation has no derivative there"
            )
    # The residual judges: with repeated roots the ordered QZ loses digits.
    if not evidence["first_order_residual"] < 1e-8:
        raise SolutionError(
            f"model '{model.name}': the first-order rule leaves a relative residual "
            f"of {evidence['first_order_residual']:.1e}; rescale the variables whose "
            "sizes differ most"
        )
    stable = evidence["state_radius"] <= 1 + UNIT
    if not (stable and evidence["forward_radius"] < 1):
        raise SolutionError(
            f"model '{model.name}': the rule found has roots up to "
            f"{evidence['state_radius']:.6f} and leaves out roots from "
            f"{1 / evidence['forward_radius']:.6f} on, although the count of roots is "
            "determinate; roots at the unit circle are too close to be told apart"
        )
