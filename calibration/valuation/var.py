r"""The VAR of the affine economy from data, and the upper bound on backing.

Own variables v (8) are regressed on a constant and last period's states (11). Levels
are sums of growth rates: taxes and spending over GDP are de-trended by their mean
growth in the regression, dividends over GDP are not; valuation uses all three as they
were. The bound discounts taxes and spending at the rate of the output claim, y5 plus a
premium, though taxes are no safer than output and spending is no riskier (Jiang,
Lustig, Van Nieuwerburgh and Xiaolan 2024, section 4).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...models.markets.affine import LEVELS, OWN, STATES, companion, selector
from ...solvers.compiled import compiled
from ...solvers.pricing.affine import spectral_radius
from ...solvers.pricing.campbell_shiller import log_ratio, require_finite
from .file import ValuationData

Array = Any

# Levels whose mean growth the regression takes out.
DETRENDED = ("tau", "g")


class Var(NamedTuple):
    """Estimates from a panel (T, 8); n = 11 states, k = 8 own variables.

    means : (k,). constant : (k,), zero but for sampling. own : rows of Psi (k, n).
    cholesky : (k, k), of the residuals' covariance with divisor T - 2 (T - 1 residuals
    of mean zero). residuals : (T - 1, k). states : (T, n) of the regression. valued :
    (T, n), the same with levels as they were.
    """

    means: Array
    constant: Array
    own: Array
    cholesky: Array
    residuals: Array
    states: Array
    valued: Array

    @property
    def psi(self) -> Array:
        """Transition of the states (n, n)."""
        return companion(self.own)

    def mean(self, name: str) -> Array:
        """Mean of an own variable."""
        return self.means[OWN.index(name)]


def states_of(panel: Array, detrended: tuple[str, ...]) -> Array:
    """States (T, n), of mean zero, from own variables (T, k)."""
    deviations = panel - panel.mean(axis=0)[None, :]
    columns = []
    for name in STATES:
        if name in LEVELS:
            growth = deviations if name in detrended else panel
            level = jnp.cumsum(growth[:, OWN.index(LEVELS[name])])
            columns.append(level - level.mean())
        else:
            columns.append(deviations[:, OWN.index(name)])
    return jnp.stack(columns, axis=1)


def estimate_var(panel: Array) -> Var:
    """Least squares; differentiable, and vmapped by the bootstrap."""
    panel = jnp.asarray(panel)
    means = panel.mean(axis=0)
    states = states_of(panel, DETRENDED)
    left, right = (panel - means[None, :])[1:], states[:-1]
    middle, centre = left.mean(axis=0), right.mean(axis=0)
    # States differ in size by orders of magnitude: scaled, the columns are alike.
    scale = jnp.std(right, axis=0)
    unitary, upper = jnp.linalg.qr((right - centre[None, :]) / scale[None, :])
    slopes = jnp.linalg.solve(upper, unitary.T @ (left - middle[None, :]))
    own = (slopes / scale[:, None]).T
    constant = middle - own @ centre
    residuals = left - constant[None, :] - right @ own.T
    covariance = residuals.T @ residuals / (len(residuals) - 1)
    return Var(
        means,
        constant,
        own,
        jnp.linalg.cholesky(covariance),
        residuals,
        states,
        states_of(panel, ()),
    )


def simulate_panel(var: Var, residuals: Array) -> Array:
    """Own variables (T, k) from the first state and residuals (T - 1, k).

    With the residuals of the estimate it gives back the panel of the estimate.
    """
    levels = [STATES.index(name) for name in LEVELS]
    grows = [OWN.index(name) for name in LEVELS.values()]
    own = jnp.asarray([STATES.index(name) for name in OWN])
    drift = jnp.asarray([float(name not in DETRENDED) for name in LEVELS])
    drift = drift * var.means[jnp.asarray(grows)]

    def further(state, residual):
        now = var.constant + var.own @ state + residual
        after = state.at[own].set(now)
        level = state[jnp.asarray(levels)] + now[jnp.asarray(grows)] + drift
        return after.at[jnp.asarray(levels)].set(level), now

    first = var.states[0]
    _, later = jax.lax.scan(further, first, residuals)
    return jnp.concatenate([first[own][None, :], later]) + var.means[None, :]


class Backing(NamedTuple):
    """Upper bound on the value of future surpluses.

    price_output : price of output over the output of a year. excess : return on the
    output claim less growth, per period. tax, spending : (T,), values over the GDP of
    a year; the backing is their difference.
    """

    price_output: Array
    excess: Array
    tax: Array
    spending: Array

    @property
    def total(self) -> Array:
        """Value of surpluses over the GDP of a year (T,)."""
        return self.tax - self.spending


@compiled(static_argnums=5)
def backing(
    var: Var, states: Array, tau: Array, g: Array, premium: Array, per_year: int
) -> Backing:
    """Value taxes and spending at the output claim's rate.

    Parameters
    ----------
    states : (T, n) at which to value. tau, g : (T,) over GDP.
    premium : of the output claim over the five-year yield, log a year.
    """
    growth = var.mean("x") + var.mean("pi")
    excess = var.mean("y1") + var.mean("spr") + premium / per_year - growth
    rate = selector(("y1", "spr"))

    def worth(growing: str, share: Array) -> tuple[Array, Array]:
        found = log_ratio(var.psi, excess, selector(("pi", "x", growing)), rate)
        value = share * jnp.exp(found.mean + states @ found.loading) / per_year
        return jnp.exp(found.mean) / per_year, value

    price, tax = worth("dtau", tau)
    _, spending = worth("dg", g)
    return Backing(price, excess, tax, spending)


class Estimate(NamedTuple):
    """The estimate on a file: VAR, its largest root, backing, mean wedge (of GDP)."""

    var: Var
    root: float
    backing: Backing
    wedge: float


def estimate(data: ValuationData, premium: float) -> Estimate:
    """VAR, upper bound and mean wedge between debt and bound.

    Raises
    ------
    ValueDoesNotExistError
        If output grows faster than it is discounted, or the VAR is explosive.
    """
    var = estimate_var(data.panel)
    root = float(spectral_radius(var.psi))
    found = backing(var, var.valued, data.tau, data.g, premium, data.periods_per_year)
    require_finite(float(found.excess), root, "output")
    return Estimate(var, root, found, wedge(data, np.asarray(found.total)))


def wedge(data: ValuationData, total: Array) -> float:
    """Mean debt less mean backing, over GDP."""
    return data.mean_debt - float(np.mean(total))
