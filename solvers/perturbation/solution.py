"""The local solution: what one can ask a model solved by perturbation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ...models.general.functions import parameter_vector
from ...models.general.model import DynamicModel
from ...models.general.parameters import at_rest_parameters
from ..base import labelled_moments
from ..compiled import compiled
from ..errors import SolutionError, SteadyStateError
from .accuracy import error_table
from .decision_rule import decision_rule
from .determinacy import verdict
from .evidence import (
    agrees,
    check_covariance,
    check_kinks,
    check_rule,
    check_size,
    digits,
    evidence_of,
    rounding_of,
)
from .expansion import Perturbation, higher_orders, perturbation
from .moments import pruned_moments, shares_by_shock, square_root
from .policy import LocalPolicy
from .pruning import few_paths, pruned_paths
from .search import search
from .steady_state import SteadyState, accepted

if TYPE_CHECKING:
    import xarray as xr


@lru_cache(maxsize=64)
def compiled_perturbation(model: DynamicModel, order: int):
    """Compiled ``perturbation``; orders share their first."""
    if order == 1:
        return compiled(perturbation(model, 1), name="perturbation_1")
    first = compiled_perturbation(model, 1)
    higher = compiled(higher_orders(model, order), name=f"perturbation_{order}")

    def solve(parameters, start=None):
        # Called as it is alone: another signature would be another program.
        found = first(parameters) if start is None else first(parameters, start)
        return found._replace(rule=higher(found.rule, found.first, parameters))

    return solve


class LocalSolution(LocalPolicy):
    """A perturbation solution with its evidence, and what one can ask it.

    Fields are those of ``LocalPolicy``. ``observe`` and ``walk`` give arrays; what
    follows is labelled.
    """

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

    def moments(
        self, outputs: Sequence[str] | None = None, lags: int = 5
    ) -> xr.Dataset:
        """Unconditional moments of the pruned system, in closed form.

        Parameters
        ----------
        outputs : by default all variables that have moments; ``without_moments``, an
            attribute, names the others, which a unit root moves.

        Returns
        -------
        As ``base.labelled_moments``.

        Raises
        ------
        DeclarationError
            An unknown variable.
        SolutionError
            A unit root moves one of the outputs, or there are no shocks.
        """
        names = self.variables if outputs is None else tuple(outputs)
        asked = self.places(names)
        found = self.all_moments(lags)
        lost: list[str] = []
        if found.exist is not None:
            every = np.asarray(found.exist)[asked]
            if outputs is not None or not np.any(every):
                replace(found, exist=every).require(names)
            lost = [n for n, e in zip(names, every, strict=True) if not e]
            names = tuple(n for n, e in zip(names, every, strict=True) if e)
        rows = self.places(names)
        attrs = {"order": self.order, "model": self.model.name}
        return labelled_moments(
            names,
            found.mean[rows],
            found.covariance[np.ix_(rows, rows)],
            np.diagonal(found.autocovariance, axis1=1, axis2=2)[:, rows],
            attrs | ({"without_moments": ", ".join(lost)} if lost else {}),
            self._units(names),
            self._unmoved(found.covariance)[rows],
        )

    def _unmoved(self, covariance: np.ndarray) -> np.ndarray:
        """Standard deviations (n,) that are rounding errors, given the covariance."""
        size = np.abs(np.asarray(self.rule.steady))
        least = 1e-14 * np.where(np.isfinite(size), size, 0.0)
        if self.rounding is not None:
            variance = np.diag(covariance)[list(self.layout.states)]
            # A state without moments leaves rounding of its own out of this bound; a
            # variance below zero is rounding itself.
            spread = np.sqrt(np.maximum(np.nan_to_num(variance), 0.0))
            shocks = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
            noise = self.rounding @ np.concatenate([spread, shocks])
            least[: len(noise)] = np.maximum(least[: len(noise)], noise)
        return least

    def _units(self, names: Sequence[str]) -> list[str] | None:
        """Units of variables, if the model declares any."""
        declared = {v.name: v.unit for v in self.model.variables}
        units = [declared.get(name, "") for name in names]
        return units if any(units) else None

    def variance_decomposition(self) -> xr.DataArray:
        """Share of each shock in the variance of each variable (variable, shock).

        First-order shares add up to one; they are missing (NaN) for a variable that
        never moves and for one that a unit root moves.

        Raises
        ------
        SolutionError
            Shocks are correlated, so that shares have no meaning, or there are none.
        """
        import xarray as xr

        off = self.covariance - np.diag(np.diag(self.covariance))
        if np.max(np.abs(off), initial=0.0) > 0:
            raise SolutionError(
                "shares of correlated shocks in variances are not defined; declare "
                "the shocks as combinations of uncorrelated ones"
            )
        if not self.shocks:
            raise SolutionError("the model has no shocks, so that nothing moves")
        linear = {k: v for k, v in self._arrays().items() if k in ("steady", "x")}
        parts = shares_by_shock(linear, self.layout.states, self.covariance)
        total = parts.sum(axis=1, keepdims=True)
        every = pruned_moments(linear, self.layout.states, self.covariance, 1, 1)
        least = self._unmoved(every.covariance)
        moving = total > least[:, None] ** 2
        shares = np.where(moving, parts / np.where(moving, total, 1.0), np.nan)
        return xr.DataArray(
            shares,
            dims=("variable", "shock"),
            coords={"variable": list(self.variables), "shock": list(self.shocks)},
            name="variance_share",
        )

    def simulate(
        self,
        periods: int,
        paths: int = 1,
        seed: int = 0,
        outputs: Sequence[str] | None = None,
        burn: int = 200,
    ) -> xr.Dataset:
        """Pruned simulation (time, path) after ``burn`` periods, of all by default.

        Raises
        ------
        DeclarationError
            An unknown variable.
        """
        import xarray as xr

        names = self.variables if outputs is None else tuple(outputs)
        rows = self.places(names)
        root = square_root(self.covariance)
        key = jax.random.key(seed)
        normal = jax.random.normal(key, (periods + burn, paths, len(self.shocks)))
        values = pruned_paths(
            self.layout, self.order, self.rule, normal @ root.T, self.resting(paths)
        )
        kept = np.asarray(values)[burn:]
        units = self._units(names)
        attrs = [{"units": u} for u in units] if units else [{}] * len(names)
        return xr.Dataset(
            {
                name: (("time", "path"), kept[:, :, row], attr)
                for name, row, attr in zip(names, rows, attrs, strict=True)
            },
            attrs={"seed": seed, "order": self.order},
        )

    def impulse_response(
        self,
        shocks: Mapping[str, float],
        horizon: int,
        outputs: Sequence[str] | None = None,
        *,
        orthogonal: bool = False,
    ) -> xr.DataArray:
        """Response along the path without further shocks (horizon, variable).

        The economy rests where it stays without shocks but with risk (the risky
        steady state of the pruned system).

        Parameters
        ----------
        shocks : innovation at the first date, in standard deviations; shocks that are
            not named are zero, also where they are correlated with it.
        outputs : all variables by default.
        orthogonal : shocks that are correlated move together, ordered as declared (the
            columns of a Cholesky factor, as in Dynare).
        """
        hit = np.zeros((horizon, 2, len(self.shocks)))
        hit[0, 0] = self.innovation(shocks, orthogonal)
        rows = range(len(self.variables))
        paths = few_paths(
            self.layout, self.order, self.rule, hit, self.resting(2), rows
        )
        return self._response(paths[:, 0] - paths[:, 1], outputs, "impulse_response")

    def generalised_impulse_response(
        self,
        shocks: Mapping[str, float],
        horizon: int,
        outputs: Sequence[str] | None = None,
        *,
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
        given = jnp.asarray(self.innovation(shocks))
        named = jnp.asarray([n in shocks for n in self.shocks])
        hit = draws.at[burn].set(jnp.where(named, given, draws[burn]))
        both = jnp.concatenate([hit, draws], axis=1)
        values = np.asarray(
            pruned_paths(
                self.layout, self.order, self.rule, both, self.resting(2 * count)
            )
        )[burn:]
        gap = values[:, :count].mean(axis=1) - values[:, count:].mean(axis=1)
        return self._response(gap, outputs, "generalised_impulse_response")

    def accuracy(self, points: int = 5000, seed: int = 0) -> list[dict]:
        """Euler-equation errors by equation (``accuracy.error_table``)."""
        return error_table(self, points, seed)

    def _response(self, values, outputs, name: str) -> xr.DataArray:
        import xarray as xr

        names = self.variables if outputs is None else tuple(outputs)
        units = self._units(names)
        return xr.DataArray(
            values[:, self.places(names)],
            dims=("horizon", "variable"),
            coords={
                "horizon": np.arange(len(values)),
                "variable": list(names),
                **({} if units is None else {"unit": ("variable", units)}),
            },
            name=name,
        )


def solve_local(
    model: DynamicModel,
    order: int = 1,
    parameters: Mapping[str, float] | None = None,
    unique: bool = True,
) -> LocalSolution:
    """Solve a model in the general form by perturbation.

    Parameters
    ----------
    order : 1, 2 or 3.
    parameters : changes of the model's default values.
    unique : whether the solution has to be the only stable one. If not, that of the
        smallest roots stands where there are none or several, and ``determinacy`` says
        so: whoever asks for it judges it.

    Raises
    ------
    DeclarationError
        A parameter without a value, or an unknown one.
    SteadyStateError
        No steady state, naming the equations that do not hold.
    DeterminacyError
        No stable solution, or several: how many roots, and what carries them. Without
        ``unique`` where the smallest roots have no solution.
    SolutionError
        The solution fails its own checks.
    """
    if order not in (1, 2, 3):
        raise SolutionError(f"order must be 1, 2 or 3, not {order}")
    check_size(model, order)
    values = parameter_vector(model, parameters)
    check_covariance(model, values)
    settled, found, rest = _at_rest(model, order, values)
    y = jnp.asarray(found.rule.steady)
    check_kinks(model, np.asarray(y), values)
    determinacy, roots = verdict(settled, values, found.system)
    if unique or not np.all(np.isfinite(np.asarray(found.rule.x))):
        determinacy.require()
    evidence = evidence_of(model, found, roots)
    if roots.rule is not None and not agrees(found, evidence):
        # What was started from the ordered QZ is taken where it fits better.
        start = jnp.asarray(roots.rule)
        other = compiled_perturbation(settled, order)(values, start)
        left = float(other.first.residual)
        if np.isfinite(left) and not left > evidence["first_order_residual"]:
            found, evidence = other, evidence_of(model, other, roots)
    if determinacy.verdict == "determinate":
        check_rule(model, found.rule, evidence, found.system)
    values = at_rest_parameters(model)(y, values)
    if order >= 2:
        evidence |= digits(model, found.first, order)
    return LocalSolution(
        model,
        {
            p.name: float(v)
            for p, v in zip(model.parameters, np.asarray(values), strict=True)
        },
        order,
        jax.tree.map(np.asarray, found.rule),
        rest.values,
        rest.residuals,
        determinacy,
        evidence,
        rounding=rounding_of(found),
    )


def _at_rest(
    model: DynamicModel, order: int, values
) -> tuple[DynamicModel, Perturbation, SteadyState]:
    """The rule around an accepted steady state, searched for widely if need be.

    The model whose program found it comes first: one that rests there by declaration
    if Newton's method from the guesses did not get there.
    """
    found = compiled_perturbation(model, order)(values)
    every = np.concatenate([np.abs(np.asarray(m)) for m in found.system[:3]], axis=1)
    try:
        rest = accepted(model, values, found.rest, every.max(axis=1, initial=0.0))
        return model, found, rest
    except SteadyStateError:
        y = search(model, values)
        if y is None:
            raise
    settled = replace(
        model,
        steady_state=tuple(
            (n, sp.Float(v, 17)) for n, v in zip(model.names, y.tolist(), strict=True)
        ),
        guesses={},
    )
    found = compiled_perturbation(settled, order)(values)
    return settled, found, accepted(settled, values, found.rest)
