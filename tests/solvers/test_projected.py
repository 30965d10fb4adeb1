"""Perturbation with the interface of the global solution, against the global one."""

import closed_forms as exact
import numpy as np
import pytest
from textbook import gaussian_endowment, lucas_tree

import fiscax
from fiscax.solvers.projection.ergodic import ErgodicOptions
from fiscax.solvers.projection.solve import SolverOptions

TREE = {"beta": 0.95, "gamma": 2.5, "mu": 0.01, "sigma_y": 0.02, "rho_g": 0.5}
OPTIONS = SolverOptions(ergodic=ErgodicOptions(paths=50, periods=400, burn=100))


@pytest.fixture(scope="module")
def by_order():
    return [fiscax.solve(lucas_tree(), TREE, order, OPTIONS) for order in (1, 2, 3)]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_policies_approach_the_closed_form_at_the_rate_of_the_order(order):
    # The state and risk shrink together: what is left out is of order plus one.
    scales, gaps = np.array([1.0, 0.5, 0.25]), []
    for scale in scales:
        given = TREE | {"sigma_y": 0.01 * scale}
        solution = fiscax.solve(lucas_tree(), given, order, OPTIONS)
        growth = TREE["mu"] + 0.02 * scale * np.array([-1.0, -0.5, 0.5, 1.0])
        found = solution.observe(["price_dividend"], growth[:, None])[:, 0]
        gaps.append(
            np.abs(found - exact.burnside_price_dividend(growth, **given)).max()
        )
    slope = np.polyfit(np.log(scales), np.log(gaps), 1)[0]
    assert slope == pytest.approx(order + 1, abs=0.25)


def test_euler_errors_fall_with_every_order(by_order):
    means = [s.accuracy(500)[0]["mean_log10"] for s in by_order]
    assert means[0] > means[1] > means[2]


def test_simulation_and_responses_are_those_of_the_interface(by_order):
    solution = by_order[2]
    sample = solution.simulate(20, 3, seed=1, outputs=["price_dividend"])
    assert sample["price_dividend"].shape == (20, 3)
    response = solution.impulse_response({"e_y": 1.0}, 5, ["price_dividend"])
    apart = fiscax.solve(lucas_tree(), TREE).impulse_response(
        {"e_y": 1.0}, 5, ["price_dividend"]
    )
    np.testing.assert_allclose(response, apart, rtol=1e-3)


@pytest.mark.slow
def test_prices_come_from_the_same_operator():
    given = {
        "beta": 0.995,
        "gamma": 4.0,
        "psi": 0.25,
        "mu": 0.005,
        "sigma_y": 0.01,
        "rho_x": 0.9,
        "sigma_x": 0.001,
    }
    local = fiscax.solve(gaussian_endowment(), given, 3, OPTIONS)
    apart = fiscax.solve(gaussian_endowment(), given)
    radii = [s.operators(["growth"]).radius("growth") for s in (local, apart)]
    np.testing.assert_allclose(radii[0], radii[1], rtol=1e-5)
