"""Probability that Treasurys are priced as risky, from two economies as likelihoods.

A month's moves, each over a scale known before the month, have Student tails and in
regime r the correlations of ``w M_r + (1 - w) O``: M_r = B_r B_r' are moves that the
solved economy r explains, with its calibrated shocks and impact matrix B_r over
ordinary sizes of moves; O are correlations of the whole record, which stand for what
neither explains, with none between stocks and the others. Economies and record are
mixed as in Del Negro and Schorfheide (2004); the weight w, spreads, tails and the
chain are estimated once for all months and are the same in both regimes: no regime
wins by its scale. Two readings, each with its own estimate: all observables jointly,
and stocks given the ten-year yield, which leaves out the curve's own shape.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

from ...errors import FiscaxError
from ...solvers.compiled import compiled
from ...solvers.filters.regimes import (
    Filtered,
    Panel,
    ergodic,
    hamilton_filter,
    kim_smoother,
    log_densities,
)
from ..economies.observed_moves import Moves
from ..record.observables import OBSERVABLES
from ..shipped import PARAMETERS

REGIMES = ("safe", "risky")
SAFE, RISKY = range(2)
CHAINS = ("switching", "safe", "risky")
_FLAT = 0.05  # largest slope of the log posterior at a mode
# Steps of the search are a few prior deviations at most.
_SEARCH = {"gtol": 1e-4, "max_trust_radius": 3.0, "maxiter": 200}
_SETTINGS = PARAMETERS / "regime_index.toml"


EVERYTHING = jnp.ones(len(OBSERVABLES), bool)
NOTHING = jnp.zeros(len(OBSERVABLES), bool)


class Reading(NamedTuple):
    """Which observables (m,) are read, and which of them are taken as given."""

    kept: jax.Array
    given: jax.Array


def _only(*names: str) -> jax.Array:
    return jnp.asarray([n in names for n in OBSERVABLES])


READINGS = {
    "joint": Reading(EVERYTHING, NOTHING),
    "stocks": Reading(_only("equity", "yield_10y"), _only("yield_10y")),
}


class Parts(NamedTuple):
    """Parameters in their own units."""

    weight: jax.Array  # of the economies in covariances
    spread: jax.Array  # (m,) standard deviations of scaled moves
    stay: jax.Array  # (2,) probability per month of staying
    freedom: jax.Array  # degrees of freedom


class Prior(NamedTuple):
    """Independent normal priors of the transformed parameters (n,)."""

    mean: np.ndarray
    deviation: np.ndarray


@dataclass(frozen=True, eq=False)
class Estimate:
    """The posterior mode and its neighbourhood.

    Attributes
    ----------
    theta : (n,) transformed parameters.
    covariance : (n, n), inverse of minus the Hessian.
    log_likelihood, log_posterior : at the mode, of scaled moves.
    """

    theta: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    log_posterior: float


@lru_cache(maxsize=1)
def settings() -> dict[str, Any]:
    """Priors and transformations as in ``regime_index.toml``."""
    with _SETTINGS.open("rb") as file:
        return tomllib.load(file)


def typical_sizes() -> dict[str, float]:
    """Ordinary monthly move by observable, in its unit."""
    return {n: float(settings()["typical"][n]) for n in OBSERVABLES}


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class IndexModel:
    """Two economies, the record's correlations, and the prior of what they share.

    Attributes
    ----------
    explained : (2, m, m) covariances B B' of moves over ordinary sizes, safe first.
    record : (m, m) correlations of the record.
    """

    explained: jax.Array
    record: jax.Array

    @property
    def prior(self) -> Prior:
        """Prior of the transformed parameters."""
        return _prior()

    def split(self, theta: jax.Array) -> Parts:
        """Parameters in their own units from transformed ones (n,)."""
        m = len(OBSERVABLES)
        return Parts(
            jax.nn.sigmoid(theta[0]),
            jnp.exp(theta[1 : m + 1]),
            jax.nn.sigmoid(theta[m + 1 : m + 3]),
            2 + jnp.exp(theta[m + 3]),
        )

    def covariances(self, theta: jax.Array) -> jax.Array:
        """Covariances (2, m, m) of a month's scaled moves."""
        parts = self.split(theta)
        others = (1 - parts.weight) * jnp.asarray(self.record)
        found = parts.weight * jnp.asarray(self.explained) + others[None]
        own = parts.spread[None] / jnp.sqrt(jnp.diagonal(found, axis1=1, axis2=2))
        return found * own[:, :, None] * own[:, None, :]

    def densities(
        self, theta: jax.Array, data: Panel, kept: jax.Array, given: jax.Array
    ) -> jax.Array:
        """Log densities (T, 2) of kept observables given those in ``given`` (m,)."""
        freedom = self.split(theta).freedom
        covariances = self.covariances(theta)
        joint = log_densities(data, covariances, freedom, kept)
        known = log_densities(data, covariances, freedom, kept & given)
        return joint - known

    def chances(self, theta: jax.Array) -> jax.Array:
        """Probabilities (2, 2) of next month's regime (columns)."""
        stay = self.split(theta).stay
        return jnp.array([[stay[0], 1 - stay[0]], [1 - stay[1], stay[1]]])

    def filtered(
        self, theta: jax.Array, data: Panel, kept: jax.Array, given: jax.Array
    ) -> Filtered:
        """Hamilton filter from the chain's stationary probabilities."""
        chances = self.chances(theta)
        densities = self.densities(theta, data, kept, given)
        return hamilton_filter(densities, chances, ergodic(chances))

    def log_likelihood(
        self,
        theta: jax.Array,
        data: Panel,
        kept: jax.Array,
        given: jax.Array,
        chain: str = "switching",
    ) -> jax.Array:
        """Of the switching chain, or of one regime that always holds."""
        if chain == "switching":
            return self.filtered(theta, data, kept, given).log_likelihood
        return self.densities(theta, data, kept, given)[:, REGIMES.index(chain)].sum()

    def log_posterior(
        self,
        theta: jax.Array,
        data: Panel,
        kept: jax.Array,
        given: jax.Array,
        chain: str = "switching",
    ) -> jax.Array:
        """Log likelihood plus log prior without its constant."""
        gap = (theta - self.prior.mean) / self.prior.deviation
        likelihood = self.log_likelihood(theta, data, kept, given, chain)
        return likelihood - 0.5 * jnp.sum(gap**2)


def index_model(safe: Moves, risky: Moves, scaled: np.ndarray) -> IndexModel:
    """Two economies and the record's correlations, from scaled moves (T, m)."""
    return IndexModel(_explained(safe, risky), jnp.asarray(record_correlations(scaled)))


def rebuilt_model(safe: Moves, risky: Moves, below: np.ndarray) -> IndexModel:
    """Two economies and given correlations: those below the diagonal, row by row."""
    m = len(OBSERVABLES)
    record = np.eye(m)
    record[np.tril_indices(m, -1)] = below
    record = record + np.tril(record, -1).T
    return IndexModel(_explained(safe, risky), jnp.asarray(record))


def _explained(safe: Moves, risky: Moves) -> jax.Array:
    sizes = np.array(list(typical_sizes().values()))
    over = [m.matrix / sizes[:, None] for m in (safe, risky)]
    return jnp.asarray(np.stack([b @ b.T for b in over]))


def record_correlations(scaled: np.ndarray) -> np.ndarray:
    """Correlations (m, m) about zero of moves (T, m), zero where never seen together.

    None between stocks and the others: that is what the economies are asked about.
    Shrunk towards independence, and eigenvalues are at least ``root``: pairs have
    different samples.
    """
    seen = ~np.isnan(scaled)
    values = np.where(seen, scaled, 0.0)
    cross = values.T @ values
    squares = (values**2).T @ seen
    size = np.sqrt(squares * squares.T)
    found = np.where(size > 0, cross / np.where(size > 0, size, 1.0), 0.0)
    apart = np.array([n == "equity" for n in OBSERVABLES])
    found = np.where(apart[:, None] != apart[None, :], 0.0, found)
    np.fill_diagonal(found, 1.0)
    shrinkage = settings()["record"]["shrinkage"]
    mixed = (1 - shrinkage) * found + shrinkage * np.eye(len(found))
    # Pairs with different samples need not fit together: roots are raised to a floor.
    roots, vectors = np.linalg.eigh(mixed)
    raised = (vectors * np.maximum(roots, settings()["record"]["root"])) @ vectors.T
    # Both steps leave stocks apart; the product of eigenvectors does so up to rounding.
    raised = np.where(apart[:, None] != apart[None, :], 0.0, raised)
    size = np.sqrt(np.diag(raised))
    return raised / np.outer(size, size)


@lru_cache(maxsize=1)
def _prior() -> Prior:
    given = settings()
    weight, spread, stay, freedom = (
        given[k] for k in ("weight", "spread", "stay", "freedom")
    )
    m = len(OBSERVABLES)
    mean = [
        _logit(weight["median"]),
        *np.full(m, np.log(spread["median"])),
        *np.full(2, _logit(stay["median"])),
        np.log(freedom["median"] - 2),
    ]
    deviation = [
        weight["logit_deviation"],
        *np.full(m, spread["log_deviation"]),
        *np.full(2, stay["logit_deviation"]),
        freedom["log_deviation"],
    ]
    return Prior(np.array(mean), np.array(deviation))


def _logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def leave_out(names: Sequence[str]) -> jax.Array:
    """Observables to keep (m,) when ``names`` are left out.

    Raises
    ------
    FiscaxError
        A name that is no observable, or nothing is left.
    """
    unknown = [n for n in names if n not in OBSERVABLES]
    kept = [n not in names for n in OBSERVABLES]
    if unknown or not any(kept):
        raise FiscaxError(
            f"cannot leave out {', '.join(names)}: observables are "
            f"{', '.join(OBSERVABLES)}, and one has to stay"
        )
    return jnp.asarray(kept)


@lru_cache(maxsize=len(CHAINS))
def _programs(chain: str):
    """Jitted value with gradient, Hessian, and log likelihood."""

    def loss(theta, model, data, kept, given):
        return -model.log_posterior(theta, data, kept, given, chain)

    def likelihood(theta, model, data, kept, given):
        return model.log_likelihood(theta, data, kept, given, chain)

    return (
        compiled(jax.value_and_grad(loss), name="index_loss"),
        compiled(jax.hessian(loss), name="index_hessian"),
        compiled(likelihood, name="index_likelihood"),
    )


def estimate(
    model: IndexModel,
    data: Panel,
    reading: Reading = READINGS["joint"],
    chain: str = "switching",
    starts: Sequence[np.ndarray] = (),
) -> Estimate:
    """Mode of the posterior by Newton in a trust region, the best of several starts.

    ``starts`` are transformed parameters (n,) each; the prior mean is one always.

    Raises
    ------
    FiscaxError
        No search finds a maximum.
    """
    value_and_gradient, hessian, log_likelihood = _programs(chain)
    more = (model, data, reading.kept, reading.given)

    def objective(theta):
        value, gradient = value_and_gradient(jnp.asarray(theta), *more)
        return float(value), np.asarray(gradient)

    def curved(theta):
        return np.asarray(hessian(jnp.asarray(theta), *more))

    searches = [
        minimize(
            objective, s, jac=True, hess=curved, method="trust-exact", options=_SEARCH
        )
        for s in (model.prior.mean, *starts)
    ]
    found = min(searches, key=lambda search: search.fun)
    gradient = np.abs(objective(found.x)[1]).max()
    curvature = curved(found.x)
    if (
        not np.isfinite(found.fun)
        or gradient > _FLAT
        or np.linalg.eigvalsh(curvature)[0] <= 0
    ):
        raise FiscaxError(
            f"the mode of the regime index was not found (gradient {gradient:.2g}); "
            "use a longer sample or leave fewer observables out"
        )
    likelihood = log_likelihood(jnp.asarray(found.x), *more)
    return Estimate(
        found.x, np.linalg.inv(curvature), float(likelihood), -float(found.fun)
    )


def estimate_chains(
    model: IndexModel, data: Panel, reading: Reading
) -> dict[str, Estimate]:
    """Estimates of every chain; the switching one starts at the fixed ones too."""
    fixed = {c: estimate(model, data, reading, c) for c in REGIMES}
    starts = [e.theta for e in fixed.values()]
    return {"switching": estimate(model, data, reading, starts=starts), **fixed}


@compiled
def probabilities(
    model: IndexModel, theta: jax.Array, data: Panel, reading: Reading
) -> tuple[jax.Array, jax.Array]:
    """Filtered and smoothed probability (T,) of the risky regime."""
    found = model.filtered(theta, data, *reading)
    smoothed = kim_smoother(found, model.chances(theta))
    return jnp.exp(found.filtered[:, RISKY]), jnp.exp(smoothed[:, RISKY])
