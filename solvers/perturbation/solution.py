"""The local solution: what one can ask a model solved by perturbation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from ...models.general.functions import parameter_vector
from ...models.general.model import DynamicModel
from ..base import labelled_moments
from ..compiled import compiled
from ..errors import SolutionError
from ..projection.linear import UNIT
from .accuracy import error_table
from .decision_rule import decision_rule
from .determinacy import verdict
from .expansion import Rule, higher_orders, perturbation
from .first_order import layout
from .moments import pruned_moments, square_root
from .policy import LocalPolicy
from .pruning import few_paths, pruned_paths
from .steady_state import accepted

if TYPE_CHECKING:
    import xarray as xr


@lru_cache(maxsize=64)
def compiled_perturbation(model: DynamicModel, order: int):
    """Compiled ``parameters (p,) -> Perturbation``; orders share their first."""
    if order == 1:
        return compiled(perturbation(model, 1), name="perturbation_1")
    first = compiled_perturbation(model, 1)
    higher = compiled(higher_orders(model, order), name=f"perturbation_{order}")

    def solve(parameters):
        found = first(parameters)
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
        outputs : all variables by default.

        Returns
        -------
        As ``base.labelled_moments``.

        Raises
        ------
        DeclarationError
            An unknown variable.
        SolutionError
            A unit root: moments do not exist.
        """
        names = self.variables if outputs is None else tuple(outputs)
        rows = self.places(names)
        found = self.all_moments(lags)
        size = len(self.variables)
        later = found.autocovariance.reshape(lags, size, size)
        return labelled_moments(
            names,
            found.mean[rows],
            found.covariance[np.ix_(rows, rows)],
            np.diagonal(later, axis1=1, axis2=2)[:, rows],
            {"order": self.order, "model": self.model.name},
            self._units(names),
        )

    def _units(self, names: Sequence[str]) -> list[str] | None:
        """Units of variables, if the model declares any."""
        declared = {v.name: v.unit for v in self.model.variables}
        units = [declared.get(name, "") for name in names]
        return units if any(units) else None

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
        hit[0, 0] = self.innovation(shocks)
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
