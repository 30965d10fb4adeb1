"""Conditions at a step: states that do not move, forget or repeat, and chunks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from fiscax.models.declaration import (
    Block,
    Dated,
    E,
    Equation,
    Event,
    Model,
    Parameter,
    Shock,
    State,
    Unknown,
    fixed,
    lead,
)
from fiscax.solvers.chunks import join, over_chunks, split
from fiscax.solvers.projection.conditions import Conditions
from fiscax.solvers.projection.grid import box, smolyak
from fiscax.solvers.projection.newton import jacobian_at_nodes, residuals_at_nodes
from fiscax.solvers.projection.quadrature import Quadrature
from fiscax.solvers.projection.solution import solve
from fiscax.solvers.projection.solve import SolverOptions

VALUES = {"beta": 0.97, "gamma": 3.0, "sigma": 0.02, "rho": 0.6}
BETA, GAMMA, SIGMA, RHO = (fixed(name) for name in VALUES)
Z, PRICE, NEWS, CRASH = Dated("z"), Dated("price"), fixed("news"), fixed("crash")

# Next states that forget the current one, ignore every shock, ignore both, or neither.
TRANSITIONS = {
    "iid": SIGMA * NEWS,
    "iid with an event": SIGMA * NEWS - SIGMA * CRASH,
    "deterministic": RHO * Z,
    "constant": sp.Integer(0),
    "persistent": RHO * Z + SIGMA * NEWS,
}
INTEGRANDS = {
    "forward": BETA * sp.exp(-GAMMA * (lead(Z) + SIGMA * NEWS)) * (1 + lead(PRICE)),
    # No expectation about the block's own unknown.
    "static": BETA * sp.exp(-GAMMA * lead(Z)),
}


def economy(transition, integrand):
    """A price whose current yield moves with z."""
    return Model(
        name="small",
        description="One state, one price.",
        parameters=tuple(
            Parameter(name, name, "ratio", -1.0, 10.0, name) for name in VALUES
        ),
        shocks=(Shock("news", "e", "news"),),
        events=(Event("crash", "D", "a fall", sp.Rational(1, 50)),),
        states=(State("z", "z", "log", "yield", transition, sp.Integer(0), SIGMA),),
        definitions=(),
        blocks=(
            Block(
                "asset",
                ("z",),
                (Unknown("price", "p", "ratio", "price", sp.Integer(20)),),
                (Equation("euler", PRICE, sp.exp(Z) * E(integrand), "price"),),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("transition", "integrand"),
    [*((t, "forward") for t in TRANSITIONS), ("iid", "static")],
)
def test_the_jacobian_is_the_derivative_of_the_residuals(transition, integrand):
    model = economy(TRANSITIONS[transition], INTEGRANDS[integrand])
    grids = (("asset", smolyak((2,))),)
    problem = Conditions(model, "asset", grids, Quadrature(2))
    domain = box(np.array([-0.08]), np.array([0.08]))
    parameters = {k: jnp.asarray(v) for k, v in VALUES.items()}
    coefficients = jnp.array([[[20.0, 1.5, 0.4, 0.2, 0.1]]])

    def stacked(c):
        values = residuals_at_nodes(problem, parameters, {}, domain, c, 3)
        return values.reshape(-1)

    matrix = jacobian_at_nodes(problem, parameters, {}, domain, coefficients, 3)
    want = jax.jacfwd(stacked)(coefficients).reshape(matrix.shape)
    # The same derivative by the other mode: rounding.
    np.testing.assert_allclose(matrix, want, rtol=1e-12, atol=1e-14)


def test_an_independent_state():
    model = economy(SIGMA * NEWS, BETA * sp.exp(-GAMMA * lead(Z)) * (1 + lead(PRICE)))
    options = SolverOptions(levels={"asset": ((3,),)}, quadrature=Quadrature(4))
    solution = solve(model, VALUES, options)

    def moment(k):
        return np.exp(0.5 * (k * VALUES["sigma"]) ** 2)

    beta, gamma = VALUES["beta"], VALUES["gamma"]
    # price = c exp(z) with c = beta E[exp(-gamma z')] + beta E[exp((1 - gamma) z')] c.
    constant = beta * moment(gamma) / (1 - beta * moment(1 - gamma))
    z = np.linspace(-3, 3, 9) * VALUES["sigma"]
    got = solution.observe(["price"], z[:, None])[:, 0]
    # The error of nine Chebyshev nodes for exp on |z| < 0.1 is below 0.1^9 / 9!; nine
    # Gauss-Hermite nodes integrate exp(0.06 e) to rounding; 1e-11 is Newton's goal,
    # amplified by 1 / (1 - beta) = 33.
    np.testing.assert_allclose(got, constant * np.exp(z), rtol=1e-9)
    # News is forgotten after one period.
    response = solution.impulse_response({"news": 1.0}, 3, ["price", "z"])
    np.testing.assert_allclose(response[1:], 0, atol=1e-12)
    assert abs(response[0, 1] - VALUES["sigma"]) < 1e-12


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_next_points_have_one_row_per_point_and_node(transition):
    model = economy(TRANSITIONS[transition], INTEGRANDS["forward"])
    grids = (("asset", smolyak((1,))),)
    problem = Conditions(model, "asset", grids, Quadrature(1))
    parameters = {k: jnp.asarray(v) for k, v in VALUES.items()}
    points = jnp.array([[0.01], [-0.02]])
    env = problem.current(parameters, {}, 0, points, jnp.full((2, 1), 20.0))
    reached = problem.next_points(env, parameters, {}, 0)
    assert reached.shape == (2, problem.nodes_per_point, 1)


@given(st.integers(1, 12), st.integers(1, 5), st.booleans())
@settings(max_examples=20)
def test_chunks_join_to_what_was_split(count, size, on_host):
    points = np.arange(2.0 * count).reshape(count, 2)
    points = points if on_host else jnp.asarray(points)
    chunks = split(points, size)
    assert isinstance(chunks, np.ndarray) == on_host
    assert chunks.shape == (-(-count // size), size, 2)
    np.testing.assert_array_equal(join(chunks, count), points)


def test_a_map_over_chunks_is_a_map():
    points = jnp.arange(14.0).reshape(7, 2)
    total, square = over_chunks(lambda p: (p.sum(axis=1), p**2), points, 3)
    np.testing.assert_array_equal(total, points.sum(axis=1))
    np.testing.assert_array_equal(square, points**2)
