"""Standard errors of the upper bound: a residual bootstrap of the whole VAR.

A draw takes residuals with replacement, simulates a sample as long as the record from
its first states, estimates means and VAR anew, and values the taxes and spending of the
record with them. A draw in which output grows faster than it is discounted, or whose
VAR is explosive, has no value: it is counted, not averaged.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ..._runtime import sources
from ...errors import FiscaxError
from ...solvers.compiled import compiled
from ...solvers.pricing.affine import spectral_radius
from ...solvers.tasks import HERE, Kept, Tasks
from .file import ValuationData
from .var import Estimate, Var, backing, estimate_var, simulate_panel

Array = Any
# Draws that one program handles at once: larger batches of small linear solves can
# exhaust the threads of a machine with few cores.
BATCH = 100
# Draws between two writings.
BLOCK = 1000
# Mean backing with new means, backing with the record's, largest eigenvalue, return on
# output less growth, and whether there is a value with either.
_COLUMNS = ("total", "backing", "root", "excess", "finite", "finite_given_means")


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
    data: ValuationData,
    found: Estimate,
    premium: float,
    draws: int,
    seed: int = 0,
    folder: Path | None = None,
    tasks: Tasks = HERE,
) -> Draws:
    """Draw samples and value the record with each of them.

    Draws are made in blocks, which ``tasks`` says who makes; those that lie in
    ``folder`` are taken from there.

    Raises
    ------
    FiscaxError
        If ``draws`` is less than two.
    """
    if draws < 2:
        raise FiscaxError(f"draws is {draws}, a standard error needs at least 2")
    record = (np.asarray(data.tau), np.asarray(data.g))
    var = Var(*(np.asarray(v) for v in found.var))
    work = _Block(draws, seed, var, record, premium, data.periods_per_year)
    kept = Kept(folder, "" if folder is None else work.key())
    parts = tasks.done(work, -(-draws // BLOCK), kept, "draws")
    whole = {n: np.concatenate([p[n] for p in parts])[:draws] for n in _COLUMNS}
    ok, given_ok = whole["finite"], whole["finite_given_means"]
    given = whole["backing"]
    return Draws(
        np.where(given_ok[:, None], given, 0.0),
        np.where(ok, data.mean_debt - whole["total"], 0.0),
        np.where(given_ok, data.mean_debt - given.mean(axis=1), 0.0),
        whole["root"],
        whole["excess"],
        ok,
        given_ok,
    )


@dataclass(frozen=True, eq=False)
class _Block:
    """Blocks of draws by number; the last one is filled up with its last draw.

    A draw's key follows from the seed and from its number.
    """

    draws: int
    seed: int
    var: Var
    record: tuple[NDArray[np.float64], NDArray[np.float64]]
    premium: float
    periods_per_year: int

    def __call__(self, index: int) -> dict[str, NDArray[Any]]:
        keys = jax.random.split(jax.random.key(self.seed), self.draws)
        size = min(BLOCK, self.draws)
        rows = np.minimum(index * BLOCK + np.arange(size), self.draws - 1)
        columns = _program(
            keys[rows], self.var, *self.record, self.premium, self.periods_per_year
        )
        return {n: np.asarray(c) for n, c in zip(_COLUMNS, columns, strict=True)}

    def key(self) -> str:
        """Digest of all that draws follow from."""
        whole = hashlib.sha256(sources("models", "solvers", "calibration").encode())
        for part in (self.draws, self.seed, self.premium, self.periods_per_year):
            whole.update(f"{part!r};".encode())
        for array in (*jax.tree.leaves(self.var), *self.record):
            whole.update(np.ascontiguousarray(array).tobytes())
        return whole.hexdigest()


@compiled(static_argnums=5)
def _program(
    keys: Array, var: Var, tau: Array, g: Array, premium: Array, per_year: int
) -> tuple[Array, ...]:
    """Columns of the draws, as ``_COLUMNS`` names them."""

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
