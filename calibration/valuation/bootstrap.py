"""Standard errors of the upper bound: a residual bootstrap of the whole VAR.

A draw takes residuals with replacement, simulates a sample as long as the record from
its first states, estimates means and VAR anew, and values the taxes and spending of the
record with them. A draw in which output grows faster than it is discounted, or whose
VAR is explosive, has no value: it is counted, not averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ...errors import FiscaxError
from ...solvers.compiled import compiled
from ...solvers.pricing.affine import spectral_radius
from .file import ValuationData
from .var import Estimate, Var, backing, estimate_var, simulate_panel

Array = Any
# Draws that one program handles at once: larger batches of small linear solves can
# exhaust the threads of a machine with few cores.
BATCH = 100


@dataclass(frozen=True, eq=False)
class Draws:
    """Bootstrap draws; rows where ``finite`` is not hold zeros.

    backing : (D, T), with the record's means of rates and growth.
    wedge : (D,), means of the sample estimated anew. wedge_given_means : (D,), as
    ``backing``. root : (D,), largest eigenvalue. excess : (D,), return
    on the output claim less growth, per period. finite, finite_given_means :
    (D,), whether there is a value.
    """

    backing: NDArray[np.float64]
    wedge: NDArray[np.float64]
    wedge_given_means: NDArray[np.float64]
    root: NDArray[np.float64]
    excess: NDArray[np.float64]
    finite: NDArray[np.bool_]
    finite_given_means: NDArray[np.bool_]


@dataclass(frozen=True)
class Spread:
    """A distribution of draws: standard error, percentiles, share without a value."""

    standard_error: float
    low: float
    median: float
    high: float
    share_without_value: float


def bootstrap(
    data: ValuationData, found: Estimate, premium: float, draws: int, seed: int = 0
) -> Draws:
    """Draw samples and value the record with each of them.

    Raises
    ------
    FiscaxError
        If ``draws`` is less than two.
    """
    if draws < 2:
        raise FiscaxError(f"draws is {draws}, a standard error needs at least 2")
    keys = jax.random.split(jax.random.key(seed), draws)
    record = (jnp.asarray(data.tau), jnp.asarray(data.g))
    columns = _program(keys, found.var, *record, premium, data.periods_per_year)
    totals, given, root, excess, ok, given_ok = (np.asarray(c) for c in columns)
    return Draws(
        np.where(given_ok[:, None], given, 0.0),
        np.where(ok, data.mean_debt - totals, 0.0),
        np.where(given_ok, data.mean_debt - given.mean(axis=1), 0.0),
        root,
        excess,
        ok,
        given_ok,
    )


@compiled(static_argnums=5)
def _program(
    keys: Array, var: Var, tau: Array, g: Array, premium: Array, per_year: int
) -> tuple[Array, ...]:
    """Mean backing (new means), backing (record's), root, excess, existence."""

    def one(key):
        periods = len(var.residuals)
        rows = jax.random.randint(key, (periods,), 0, periods)
        again = estimate_var(simulate_panel(var, var.residuals[rows]))
        given = again._replace(means=var.means)
        values = [
            backing(v, var.valued, tau, g, premium, per_year) for v in (again, given)
        ]
        root = spectral_radius(again.psi)
        good = [
            (v.excess > 0) & (root < 1) & jnp.isfinite(v.total).all() for v in values
        ]
        return values[0].total.mean(), values[1].total, root, values[0].excess, *good

    return jax.lax.map(one, keys, batch_size=BATCH)


def spread(values: Array, finite: Array) -> Spread:
    """Standard error and 5th, 50th and 95th percentile of the draws with a value.

    Raises
    ------
    FiscaxError
        If fewer than two draws have one.
    """
    kept = np.asarray(values)[np.asarray(finite)]
    if len(kept) < 2:
        raise FiscaxError(
            f"{len(kept)} of {len(finite)} draws have a value, too few for a standard "
            "error; raise the premium"
        )
    low, median, high = np.percentile(kept, [5, 50, 95])
    share = 1 - len(kept) / len(finite)
    error = float(np.std(kept, ddof=1))
    return Spread(error, float(low), float(median), float(high), share)
