"""The local solution: what one can ask a model solved by perturbation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from ...models.general.functions import kinks, parameter_vector
from ...models.general.model import DynamicModel
from ...models.general.parameters import at_rest_parameters
from ..base import labelled_moments
from ..compiled import compiled
from ..errors import DeterminacyError, SolutionError, SteadyStateError
from ..projection.linear import UNIT
from .accuracy import error_table
from .decision_rule import decision_rule
from .determinacy import verdict
from .diagnosis import undetermined
from .expansion import Perturbation, Rule, higher_orders, perturbation
from .first_order import FirstOrder, LinearSystem, Roots, layout
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
    _check_size(model, order)
    values = parameter_vector(model, parameters)
    found, rest = _at_rest(model, order, values)
    y = jnp.asarray(found.rule.steady)
    _check_kinks(model, np.asarray(y), values)
    determinacy, roots = verdict(found.model, values, found.system)
    determinacy.require()
    evidence = _evidence(model, found, roots)
    if roots.rule is not None and not _agrees(found, evidence):
        # What was started from the ordered QZ is taken where it fits better.
        start = jnp.asarray(roots.rule)
        other = compiled_perturbation(found.model, order)(values, start)
        if not float(other.first.residual) > evidence["first_order_residual"]:
            found = found._replace(found=other)
            evidence = _evidence(model, found, roots)
    _check(model, found.rule, evidence, found.system)
    values = at_rest_parameters(model)(y, values)
    if order >= 2:
        evidence |= _digits(model, found.first, order)
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
        rounding=_rounding(found),
    )


def _check_kinks(model: DynamicModel, y: np.ndarray, parameters) -> None:
    for label, gap in kinks(model, y, parameters):
        if abs(gap) <= 1e-9:
            raise SolutionError(
                f"model '{model.name}': the kink of max, min or abs in equation "
                f"'{label}' is active at rest, which derivatives at a point do not "
                "see; use a smooth function there"
            )


def _rounding(found: _Found) -> np.ndarray:
    """Rounding errors (n, n_x) that first derivatives may hold: terms that cancel."""
    inverse = np.abs(np.asarray(found.first.inverse))
    _, _, before, impact = (np.abs(np.asarray(m)) for m in found.system)
    # What is next to the smallest numbers is none.
    return 1e-14 * inverse @ np.concatenate([before, impact], axis=1) + 1e-30


# Gigabytes that a solution may take; tensors are held several times.
_MEMORY, _COPIES = 16.0, 6


def _check_size(model: DynamicModel, order: int) -> None:
    where = layout(model)
    columns = len(where.states) + len(where.shocks)
    width = len(where.forward) + where.n + columns if order == 1 else columns**order
    needed = 8e-9 * _COPIES * where.n * width
    if needed > _MEMORY:
        lower = "solve at a lower order, or " if order > 1 else ""
        raise SolutionError(
            f"model '{model.name}' has {where.n} variables and {columns} states and "
            f"shocks: order {order} would take about {needed:.0f} GB of memory; "
            f"{lower}leave out what does not feed back"
        )


class _Found(NamedTuple):
    """A perturbation, and the model whose program found it."""

    model: DynamicModel
    found: Perturbation

    @property
    def rule(self) -> Rule:
        return self.found.rule

    @property
    def first(self) -> FirstOrder:
        return self.found.first

    @property
    def system(self) -> LinearSystem:
        return self.found.system


def _at_rest(model: DynamicModel, order: int, values) -> tuple[_Found, SteadyState]:
    """The rule around an accepted steady state, searched for widely if need be."""
    found = compiled_perturbation(model, order)(values)
    every = np.concatenate([np.abs(np.asarray(m)) for m in found.system[:3]], axis=1)
    try:
        rest = accepted(model, values, found.rest, every.max(axis=1, initial=0.0))
        return _Found(model, found), rest
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
    return _Found(settled, found), accepted(settled, values, found.rest)


def _evidence(model: DynamicModel, found: _Found, roots: Roots) -> dict[str, float]:
    difference = np.inf
    if roots.rule is not None:
        rows = list(layout(model).dynamic)
        gap = (np.asarray(found.first.by_state) - roots.rule)[rows]
        size = 1 + np.max(np.abs(roots.rule), initial=0.0)
        difference = float(np.max(np.abs(gap), initial=0.0) / size)
    return {
        "first_order_residual": float(found.first.residual),
        "qz_difference": difference,
        "state_radius": float(found.first.state_radius),
        "forward_radius": float(found.first.forward_radius),
    }


def _agrees(found: _Found, evidence: Mapping[str, float]) -> bool:
    """Whether cyclic reduction found the stable rule, to more than rounding."""
    finite = all(
        np.all(np.isfinite(np.asarray(a))) for a in found.rule if a is not None
    )
    stable = evidence["state_radius"] <= 1 + UNIT and evidence["forward_radius"] < 1
    close = evidence["qz_difference"] < 1e-8
    return finite and stable and close and evidence["first_order_residual"] < 1e-10


def _digits(model: DynamicModel, first: FirstOrder, order: int) -> dict[str, float]:
    """Digits that the linear systems of the higher orders leave of the sixteen.

    From the spectra of the Sylvester equations: how near the product of a root that is
    left out (inverse) and roots that are kept comes to one, and the condition of the
    matrix that multiplies the new derivatives.
    """
    where = layout(model)
    forward, states = list(where.forward), list(where.states)
    ahead = np.linalg.eigvals(np.asarray(first.reach) @ np.asarray(first.pull)[forward])
    kept = np.linalg.eigvals(np.asarray(first.by_state)[states])
    inverse = np.asarray(first.inverse)
    condition = np.linalg.cond(inverse / np.abs(inverse).max(axis=0, initial=1e-300))
    found, products = {}, kept
    for power in range(2, order + 1):
        products = np.unique(np.multiply.outer(products, kept).round(14))
        if len(products) > 5000:
            # Those largest in modulus come nearest.
            products = products[np.argsort(-np.abs(products))[:5000]]
        gaps = np.abs(1 + np.multiply.outer(ahead, products))
        nearest = min(float(gaps.min(initial=1.0)), 1.0)
        lost = np.log10(max(condition, 1.0) / max(nearest, 1e-300))
        found[f"digits_order_{power}"] = float(max(15.65 - lost, 0.0))
    return found


def _check(
    model: DynamicModel,
    rule: Rule,
    evidence: Mapping[str, float],
    system: LinearSystem,
) -> None:
    # The residual judges: with repeated roots the ordered QZ loses digits.
    if not evidence["first_order_residual"] < 1e-8:
        open_ = undetermined(model, system)
        if open_:
            raise DeterminacyError(f"model '{model.name}': {open_}")
        raise SolutionError(
            f"model '{model.name}': the first-order rule leaves a relative residual of "
            f"{evidence['first_order_residual']:.1e}; rescale the variables whose "
            "sizes differ most"
        )
    for name, array in rule._asdict().items():
        if array is not None and not np.all(np.isfinite(np.asarray(array))):
            rows = np.argwhere(~np.isfinite(np.asarray(array)))[:, 0]
            raise SolutionError(
                f"model '{model.name}': derivatives of '{model.names[rows[0]]}' are "
                f"not finite ({name}); an equation has no derivative there"
            )
    stable = evidence["state_radius"] <= 1 + UNIT
    if not (stable and evidence["forward_radius"] < 1):
        raise SolutionError(
            f"model '{model.name}': the rule found has roots up to "
            f"{evidence['state_radius']:.6f} and leaves out roots from "
            f"{1 / evidence['forward_radius']:.6f} on, although the count of roots is "
            "determinate; roots at the unit circle are too close to be told apart"
        )
