r"""Risk prices of the affine economy by pricing errors of yields, equity and premia.

Given a VAR, L0 and L1 in the published places are chosen by least squares. Errors:
yields by period and maturity; the five-year yield's loadings, which the state
spr = y5 - y1 fixes; the expected return on equity at every state, from the log-linear
return kappa0 + kappa1 pd' - pd + dividend growth'; the price/dividend ratio as the sum
of its strips; the premium of the output claim. Penalties keep distant premia, Sharpe
ratios and the risk-neutral root in bounds (Jiang, Lustig, Van Nieuwerburgh and Xiaolan
2024, who take many of these moments; weights and bounds here are our own). Gradients
are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import least_squares

from ...errors import FiscaxError
from ...models.markets.affine import CLAIMS, OWN, STATES, Kernel, Payoff, selector
from ...solvers.compiled import compiled
from ...solvers.pricing import affine as strips
from .file import ValuationData
from .parameters import AffineParameters, kernel, load_affine
from .var import Var

Array = Any

# Shocks with a price, and the states on which each price loads.
PRICED = ("pi", "spr", "x", "dd", "pd")
LOADED = {"pi": ("pi", "y1", "spr", "x"), "spr": STATES, "x": STATES, "pd": STATES}
# Strips that the search adds up: by its bounds later ones are worth nothing.
YEARS = 1000
# Relative fall of the objective at which the search stops.
TOLERANCE = 1e-5
# The search begins with bonds up to this maturity.
NEAR = 30
# Distant premia are looked at in these years.
FAR = (100, 200, 500, 1000)
# What a residual of one is: percent a year, log points, ratios.
SCALES = {
    "yields": 0.05,
    "five_year_yield": 0.02,
    "equity_return": 0.10,
    "price_dividend": 0.05,
    "output_premium": 0.02,
    "sharpe_ratio": 0.25,
    "bond_premium": 0.05,
    "output_over_bonds": 0.05,
    "root": 0.0005,
    "distant_growth": 0.05,
    "size": 2.0,
}

ERROR_UNITS = dict.fromkeys(SCALES, "percent per year") | {
    "price_dividend": "log points",
    "sharpe_ratio": "distance beyond the bound",
    "bond_premium": "percent per year beyond the bounds",
    "output_over_bonds": "percent per year beyond the bound",
    "root": "distance beyond the bound",
    "distant_growth": "percent per year beyond the bound",
    "size": "standard prices of risk",
}


class RiskPricesError(FiscaxError):
    """The search for risk prices did not meet its tolerance."""


@dataclass(frozen=True)
class Bounds:
    """Where penalties start.

    sharpe : largest conditional standard deviation of the log discount factor, a year.
    bond_premium : distant bonds' average premium, percent a year, which is not
        negative either. root : risk-neutral. growth : of prices of distant strips of
        output, percent a year.
    """

    sharpe: float = 3.5
    bond_premium: float = 2.0
    root: float = 0.995
    growth: float = -0.5


class _Fixed(NamedTuple):
    """What the residuals take from the VAR and the data."""

    var: Var
    yields: Array
    observed: Array
    premium: Array
    sharpe: Array
    bond_premium: Array
    root: Array
    growth: Array
    scale: Array


@dataclass(frozen=True)
class RiskPrices:
    """What the search found.

    economy : the affine economy with these prices. errors : by kind, root mean square
    percent a year for yields, returns and premia, log points for the price/dividend
    ratio; distances beyond their bounds for penalties. objective : sum of squared
    residuals. evaluations : of the residuals.
    """

    economy: AffineParameters
    errors: dict[str, float]
    objective: float
    evaluations: int


def published_start() -> Array:
    """Free entries of the published L0 and L1."""
    published = load_affine().kernel
    rows, columns = _places()
    price = published.risk_price[jnp.asarray([OWN.index(name) for name in PRICED])]
    return np.concatenate([price, published.risk_loading[rows, columns]])


def unpack(theta: Array) -> tuple[Array, Array]:
    """L0 (8,) and L1 (8, 11) from the free entries."""
    price = jnp.zeros(len(OWN))
    where = jnp.asarray([OWN.index(name) for name in PRICED])
    price = price.at[where].set(theta[: len(PRICED)])
    rows, columns = _places()
    loading = jnp.zeros((len(OWN), len(STATES)))
    return price, loading.at[rows, columns].set(theta[len(PRICED) :])


def _places() -> tuple[Array, Array]:
    pairs = [
        (OWN.index(row), STATES.index(column))
        for row, columns in LOADED.items()
        for column in columns
    ]
    rows, columns = zip(*pairs, strict=True)
    return jnp.asarray(rows), jnp.asarray(columns)


def estimate_risk_prices(
    data: ValuationData,
    var: Var,
    premium: float,
    bounds: Bounds | None = None,
    *,
    start: Array | None = None,
    max_evaluations: int = 2000,
) -> RiskPrices:
    """Choose L0 and L1.

    Parameters
    ----------
    premium : of the output claim over the five-year yield, log a year.
    start : free entries to start from; by default the better of two searches counts,
        from the published prices and from none (bonds and the return on equity first).

    Raises
    ------
    RiskPricesError
        If the better search met its limit before its tolerance.
    ValueDoesNotExistError
        If a sum of strips is not finite where the search ends.
    """
    bounds = bounds or Bounds()
    per_year = data.periods_per_year
    fixed = _Fixed(
        var,
        jnp.asarray(data.yields),
        jnp.asarray(data.observed, float),
        jnp.asarray(premium),
        jnp.asarray(bounds.sharpe),
        jnp.asarray(bounds.bond_premium),
        jnp.asarray(bounds.root),
        jnp.asarray(bounds.growth),
        _scale(var),
    )
    given = published_start() if start is None else np.asarray(start)
    tried = [_search(given, fixed, data, near=False, most=max_evaluations)]
    if start is None:
        near = _search(np.zeros_like(given), fixed, data, near=True, most=100)
        begin = near.x * np.asarray(fixed.scale)
        tried.append(_search(begin, fixed, data, near=False, most=max_evaluations))
    found = min(tried, key=lambda search: search.cost)
    if not found.success:
        raise RiskPricesError(
            f"risk prices: no minimum within {max_evaluations} evaluations (sum of "
            f"squares {2 * found.cost:.4g}); raise max_evaluations or loosen the bounds"
        )
    theta = found.x * np.asarray(fixed.scale)
    parts = _residuals(jnp.asarray(theta), fixed, per_year, data.maturities, False)
    errors = {
        name: float(np.linalg.norm(value)) * SCALES[name]
        for name, value in parts.items()
    }
    economy = _economy(data, var, theta)
    for claim in ("tax", "spending", "output", "equity"):
        strips.require_value(economy.kernel, economy.payoff(claim), claim)
    return RiskPrices(economy, errors, 2 * float(found.cost), int(found.nfev))


def _scale(var: Var) -> Array:
    """Size of free entries that moves a price of risk by one at usual states."""
    _, columns = _places()
    spread = jnp.std(var.valued, axis=0)[columns]
    return jnp.concatenate([jnp.ones(len(PRICED)), 1 / spread])


def _search(
    theta: Array, fixed: _Fixed, data: ValuationData, near: bool, most: int
) -> Any:
    """Least squares in units of ``scale``; ``near`` leaves distant strips out."""
    scale = np.asarray(fixed.scale)
    last = (fixed, data.periods_per_year, data.maturities, near)

    def residuals(x):
        parts = _residuals(jnp.asarray(x * scale), *last)
        return np.concatenate([np.asarray(v) for v in parts.values()])

    def slopes(x):
        parts = _slopes(jnp.asarray(x * scale), *last)
        return np.concatenate([np.asarray(v) for v in parts.values()]) * scale[None, :]

    # The type stub of scipy knows the names of difference schemes only.
    jacobian: Any = slopes
    # A step too far has an infinite objective: the search takes it back.
    with np.errstate(over="ignore"):
        return least_squares(
            residuals, theta / scale, jacobian, ftol=TOLERANCE, max_nfev=most
        )


def _economy(data: ValuationData, var: Var, theta: Array) -> AffineParameters:
    means = {name: float(var.mean(name)) for name in OWN}
    shares = {
        "tau": float(np.exp(np.log(data.tau).mean())),
        "g": float(np.exp(np.log(data.g).mean())),
    }
    price, loading = unpack(jnp.asarray(theta))
    found = kernel(var.own, var.cholesky, price, loading, var.mean("y1"))
    sample = data.sample
    return AffineParameters(
        "estimated", sample, data.periods_per_year, means, shares, found
    )


def _kernel(theta: Array, var: Var) -> Kernel:
    price, loading = unpack(theta)
    return kernel(var.own, var.cholesky, price, loading, var.mean("y1"))


@compiled(static_argnums=(2, 3, 4))
def _residuals(
    theta: Array,
    fixed: _Fixed,
    per_year: int,
    maturities: tuple[int, ...],
    near: bool,
) -> dict[str, Array]:
    """Standardised errors by kind; each kind's sum of squares is a mean square."""
    var, own = fixed.var, _kernel(theta, fixed.var)
    states = var.valued
    means = {name: var.mean(name) for name in OWN}
    payoffs = {n: CLAIMS[n].payoff(means) for n in ("nominal_bond", "output", "equity")}
    horizon = (NEAR if near else YEARS) * per_year
    stacked = Payoff(
        jnp.stack([p.growth for p in payoffs.values()]),
        jnp.stack([p.loading for p in payoffs.values()]),
    )
    run = jax.vmap(lambda p: strips.strips(own, p, horizon))(stacked)
    bond, output, equity = (
        jax.tree.map(lambda x, i=i: x[i], run) for i in range(len(payoffs))
    )
    percent = 100 * per_year
    spread = jnp.std(states, axis=0)
    parts = {
        "yields": _yield_errors(bond, states, fixed, maturities, percent),
        "five_year_yield": _five_year_errors(bond, var, spread, per_year, percent),
        "equity_return": _equity_errors(own, var, spread, percent),
        **_bounded(own, states, fixed, per_year),
        "size": _scaled(theta / fixed.scale, "size"),
    }
    if near:
        return parts
    return {
        **parts,
        "price_dividend": _ratio_errors(equity, states, var),
        "output_premium": _premium_error(own, output, var, fixed, per_year),
        **_distant(own, bond, output, payoffs["output"], fixed, per_year),
    }


@compiled(static_argnums=(2, 3, 4))
def _slopes(theta, fixed, per_year, maturities, near):
    return jax.jacfwd(_residuals)(theta, fixed, per_year, maturities, near)


def _scaled(errors: Array, name: str) -> Array:
    """Errors in units of their scale, such that squares add up to a mean square."""
    flat = jnp.ravel(errors)
    return flat / (SCALES[name] * np.sqrt(max(flat.size, 1)))


def _yield_errors(bond, states, fixed, maturities, percent):
    if not maturities:
        return jnp.zeros(0)
    at = jnp.asarray(maturities) - 1
    logs = bond.constant[at][None, :] + states @ bond.loading[at].T
    model = -logs / jnp.asarray(maturities, float)[None, :]
    # Maturities count alike, however many of their yields are observed.
    count = jnp.maximum(fixed.observed.sum(axis=0), 1.0)
    weight = fixed.observed * jnp.sqrt(len(states) / count)[None, :]
    return _scaled(percent * weight * (model - fixed.yields), "yields")


def _five_year_errors(bond, var, spread, per_year, percent):
    at = 5 * per_year - 1
    level = -bond.constant[at] / (at + 1) - var.mean("y1") - var.mean("spr")
    slope = (-bond.loading[at] / (at + 1) - selector(("y1", "spr"))) * spread
    errors = percent * jnp.concatenate([level[None], slope])
    return _scaled(errors, "five_year_yield") * np.sqrt(errors.size)


def _equity_errors(own, var, spread, percent):
    """Expected excess return of equity at the mean state and its slopes."""
    mean = var.mean("pd")
    kappa = 1 / (1 + jnp.exp(-mean))
    constant = jnp.log1p(jnp.exp(mean)) - kappa * mean
    after = selector(("pi", "x", "dd")) + kappa * selector(("pd",))
    shock = own.sigma.T @ after
    growth = var.mean("pi") + var.mean("x")
    expected = constant + growth + (kappa - 1) * mean + 0.5 * shock @ shock
    level = expected - own.short_rate - shock @ own.risk_price
    slope = own.psi.T @ after - selector(("pd", "y1")) - own.risk_loading.T @ shock
    errors = percent * jnp.concatenate([level[None], slope * spread])
    return _scaled(errors, "equity_return") * np.sqrt(errors.size)


def _ratio_errors(equity, states, var):
    logs = strips.log_prices(equity, states)
    model = jax.scipy.special.logsumexp(logs, axis=1)
    actual = var.mean("pd") + states[:, STATES.index("pd")]
    return _scaled(model - actual, "price_dividend")


def _premium_error(own, output, var, fixed, per_year):
    """One-period premium of the output claim at the mean state, less its target."""
    weights = jax.nn.softmax(output.constant)
    shock = output.exposure @ own.sigma
    premium = weights @ (shock @ own.risk_price)
    target = var.mean("spr") + fixed.premium / per_year
    return _scaled(100 * per_year * (premium - target), "output_premium")


def _bounded(own, states, fixed, per_year):
    """Sharpe ratios and the risk-neutral root beyond their bounds, zero within."""
    prices = own.risk_price[None, :] + states @ own.risk_loading.T
    deviation = jnp.sqrt(jnp.sum(prices**2, axis=1) * per_year)
    root = strips.spectral_radius(strips.risk_neutral(own)) ** per_year
    over = jax.nn.relu
    return {
        "sharpe_ratio": _scaled(over(deviation - fixed.sharpe), "sharpe_ratio"),
        "root": _scaled(over(root - fixed.root), "root"),
    }


def _distant(own, bond, output, payoff, fixed, per_year):
    """Distant premia beyond their bounds, zero within."""
    at = jnp.asarray(FAR) * per_year - 1
    years = jnp.asarray(FAR, float)
    short = per_year * own.short_rate
    bonds = -bond.constant[at] / years - short
    claims = -output.constant[at] / years - short + per_year * payoff.growth
    over = jax.nn.relu
    beyond = over(100 * bonds - fixed.bond_premium) + over(-100 * bonds)
    growth = 100 * per_year * strips.limit(own, payoff)
    return {
        "distant_growth": _scaled(over(growth - fixed.growth), "distant_growth"),
        "bond_premium": _scaled(beyond, "bond_premium"),
        "output_over_bonds": _scaled(over(100 * (bonds - claims)), "output_over_bonds"),
    }
