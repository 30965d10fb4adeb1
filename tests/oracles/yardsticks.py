"""Small problems that several tests solve, and their parameters."""

import jax
import jax.numpy as jnp
import numpy as np
from textbook import fisherian

from fiscax.models.core import core_economy
from fiscax.solvers.projection.conditions import Conditions
from fiscax.solvers.projection.grid import box, smolyak
from fiscax.solvers.projection.quadrature import Quadrature

# What the pricing kernel of the core economy depends on, near the shipped values.
KERNEL = {
    "beta": 0.9935,
    "gamma": 5.0,
    "psi": 1.5,
    "mu": 0.005,
    "sigma_y": 0.0075,
    "rho_x": 0.9,
    "sigma_x": 0.0012,
    "xi": 0.25,
    "p_bar": 0.00625,
    "rho_p": 0.92,
    "sigma_p": 0.25,
}


def as_arrays(values):
    """Parameters as the functions under jit take them."""
    return {k: jnp.asarray(float(v)) for k, v in values.items()}


def core_kernel():
    """The kernel block: its conditions, a domain, and zeros for what it leaves out."""
    model = core_economy()
    problem = Conditions(model, "kernel", (("kernel", smolyak((2, 2))),), Quadrature())
    domain = box(np.array([-0.012, -7.8]), np.array([0.012, -2.3]))
    others = {
        p.name: jnp.zeros((1,) if p.regime_specific else ()) for p in model.parameters
    }
    return problem, domain, others


def constant(problem, level):
    """Coefficients (1, K, N) of unknowns that are constant at ``level`` (K,)."""
    flat = jnp.zeros((1, len(level), problem.grid.size))
    return flat.at[0, :, 0].set(jnp.asarray(level))


def fisherian_problem():
    """The Fisherian economy on a small grid: debt and inflation are linear there."""
    grids = (("nominal", smolyak((2, 2))),)
    return Conditions(fisherian(), "nominal", grids, Quadrature(2))


def zero_coupon_prices(matrix, first, wedge, horizon):
    """P_1 = first, P_n = wedge * K P_{n-1} up to the horizon: (horizon, R*N).

    ``first`` and ``wedge`` have shape (R*N,); prices, not logs, are interpolated.
    """

    def longer(price, _):
        return wedge * (matrix @ price), price

    _, prices = jax.lax.scan(longer, first, None, length=horizon)
    return prices
