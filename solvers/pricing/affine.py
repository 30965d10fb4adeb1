r"""Prices and premia of strips in an affine model, and the infinite sums over them.

The strip of a claim pays its payoff h periods ahead. Relative to today's payoff its
price is exp(a_h + B_h'z), with (Jiang, Lustig, Van Nieuwerburgh and Xiaolan 2024)

    b_0 = e_k, a_0 = 0,   S = Sigma Sigma'
    a_{j+1} = a_j - y0 + mu + b_j'S b_j / 2 - b_j'Sigma L0
    B_{j+1} = (Psi - Sigma L1)'b_j - e_y,   b_{j+1} = e_k + B_{j+1}

A kernel is any record with ``psi (n, n), sigma (n, k), risk_price (k,), risk_loading
(k, n), short_rate, short_loading (n,)``, a payoff one with ``growth`` and ``loading
(n,)``; rates are logs per period, states deviations from their means.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from ..compiled import compiled, on_host, traced
from ..errors import ValueDoesNotExistError

Array = Any
TERMS = 4000


class Kernel(Protocol):
    """What the recursions read of a model, see the module."""

    @property
    def psi(self) -> Array: ...  # noqa: D102
    @property
    def sigma(self) -> Array: ...  # noqa: D102
    @property
    def risk_price(self) -> Array: ...  # noqa: D102
    @property
    def risk_loading(self) -> Array: ...  # noqa: D102
    @property
    def short_rate(self) -> Array: ...  # noqa: D102
    @property
    def short_loading(self) -> Array: ...  # noqa: D102


class Payoff(Protocol):
    """What the recursions read of a claim."""

    @property
    def growth(self) -> Array: ...  # noqa: D102
    @property
    def loading(self) -> Array: ...  # noqa: D102


class Strips(NamedTuple):
    """Log prices of strips 1, ..., H periods ahead: ``constant`` + ``loading``'z.

    constant : (H,). loading : (H, n). exposure : (H, n), loading b_{h-1} of next
    period's price with its payoff on next period's state.
    """

    constant: Array
    loading: Array
    exposure: Array


class Values(NamedTuple):
    """Values of claims at P states, in periods of the current payoff.

    total : (P,), the sum of the strips computed plus ``tail``.
    tail : (P,), what is beyond the last strip when terms go on to fall at their limit.
    """

    total: Array
    tail: Array


def risk_neutral(kernel: Kernel) -> Array:
    """Psi - Sigma L1 (n, n), the transition under the risk-neutral measure."""
    return kernel.psi - kernel.sigma @ kernel.risk_loading


def spectral_radius(matrix: Array) -> Array:
    """Largest modulus of the eigenvalues (scalar, differentiable where it is simple).

    Not for programs on an accelerator: eigenvalues exist on the CPU only.
    """
    return jnp.max(jnp.abs(jnp.linalg.eigvals(matrix)))


@compiled(static_argnums=2)
def strips(kernel: Kernel, payoff: Payoff, horizon: int) -> Strips:
    """Solve the recursion for strips up to ``horizon`` periods."""
    ahead = risk_neutral(kernel).T

    def longer(carry, _):
        constant, exposure = carry
        shock = kernel.sigma.T @ exposure
        step = 0.5 * (shock @ shock) - shock @ kernel.risk_price
        constant = constant - kernel.short_rate + payoff.growth + step
        loading = ahead @ exposure - kernel.short_loading
        found = Strips(constant, loading, exposure)
        return (constant, payoff.loading + loading), found

    start = (jnp.zeros_like(payoff.growth * 1.0), payoff.loading)
    return jax.lax.scan(longer, start, None, length=horizon)[1]


def log_prices(found: Strips, states: Array) -> Array:
    """Log prices (P, H) of strips over the current payoff at states (P, n)."""
    return found.constant[None, :] + states @ found.loading.T


@compiled(static_argnums=3)
def average_premia(
    kernel: Kernel, payoff: Payoff, states: Array, horizon: int
) -> Array:
    """Premia (P, H) that strips earn a period when they are held until they pay.

    Expected log growth of the payoff over h periods less the log price, less the
    expected short rates on the way, over h; at the mean state that is
    -a_h/h - y0 + mu.
    """

    def further(carry, _):
        state, growth, short = carry
        short = short + kernel.short_rate + state @ kernel.short_loading
        state = state @ kernel.psi.T
        growth = growth + payoff.growth + state @ payoff.loading
        return (state, growth, short), growth - short

    none = jnp.zeros(states.shape[0])
    _, carried = jax.lax.scan(further, (states, none, none), None, length=horizon)
    prices = log_prices(strips(kernel, payoff, horizon), states)
    return (carried.T - prices) / jnp.arange(1, horizon + 1)[None, :]


def holding_premia(kernel: Kernel, found: Strips, states: Array) -> Array:
    """One-period premia (P, H) of strips: log of the expected return over the short.

    They are exact, b_{h-1}'Sigma (L0 + L1 z): minus the covariance of the log return
    with the log discount factor.
    """
    prices = kernel.risk_price[None, :] + states @ kernel.risk_loading.T
    return prices @ kernel.sigma.T @ found.exposure.T


@compiled(static_argnums=3)
def values(kernel: Kernel, payoff: Payoff, states: Array, terms: int = TERMS) -> Values:
    """Sum strips at states (P, n); means nothing where ``existence`` says no."""
    prices = jnp.exp(log_prices(strips(kernel, payoff, terms), states))
    ratio = jnp.exp(limit(kernel, payoff))
    tail = prices[:, -1] * ratio / (1 - ratio)
    return Values(prices.sum(axis=1) + tail, tail)


@compiled(static_argnums=3)
def claim_premia(
    kernel: Kernel, payoff: Payoff, states: Array, terms: int = TERMS
) -> Array:
    """One-period premia (P,) of whole claims: log of expected return over the short.

    The return of a claim is that of its strips, weighted by their prices.
    """
    found = strips(kernel, payoff, terms)
    weights = jax.nn.softmax(log_prices(found, states), axis=1)
    excess = jnp.exp(holding_premia(kernel, found, states))
    return jnp.log(jnp.sum(weights * excess, axis=1))


def limit(kernel: Kernel, payoff: Payoff) -> Array:
    """Log growth (scalar) of distant strips' prices from one horizon to the next."""
    ahead = risk_neutral(kernel).T
    xp = jnp if traced((kernel, payoff)) else np
    eye = xp.eye(len(kernel.short_loading))
    load = xp.linalg.solve(eye - ahead, payoff.loading - kernel.short_loading)
    shock = kernel.sigma.T @ load
    step = 0.5 * (shock @ shock) - shock @ kernel.risk_price
    return step - kernel.short_rate + payoff.growth


class Existence(NamedTuple):
    """Whether an infinite sum of strips is finite: both numbers are judged.

    root : largest modulus of the risk-neutral roots, has to be below one.
    growth : limit of the log growth of strips' prices, has to be below zero.
    """

    root: float
    growth: float

    @property
    def exists(self) -> bool:
        """Whether the sum is finite."""
        return self.root < 1 and self.growth < 0


def existence(kernel: Kernel, payoff: Payoff) -> Existence:
    """Judge the infinite sum of a claim's strips."""
    kernel, payoff = on_host((kernel, payoff))
    root = np.max(np.abs(np.linalg.eigvals(risk_neutral(kernel))))
    growth = float(limit(kernel, payoff)) if root != 1 else np.inf
    return Existence(float(root), growth)


def require_value(kernel: Kernel, payoff: Payoff, name: str) -> Existence:
    """Judge a claim that is about to be valued; ``name`` is for the message.

    Raises
    ------
    ValueDoesNotExistError
        If a risk-neutral root is not inside the unit circle, or prices of strips do
        not fall with the horizon.
    """
    found = existence(kernel, payoff)
    if not found.root < 1:
        raise ValueDoesNotExistError(
            f"claim '{name}': the risk-neutral root is {found.root:.4f}, not below "
            "one, so its value is not finite; loadings of risk prices (L1) move it"
        )
    if not found.growth < 0:
        raise ValueDoesNotExistError(
            f"claim '{name}': prices of distant strips grow by {found.growth:.4f} a "
            "period, so its value is not finite; higher risk prices (L0) or a higher "
            "short rate lower it"
        )
    return found
