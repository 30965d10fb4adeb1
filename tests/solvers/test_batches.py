"""A batch on one domain gives what solving draw by draw there gives, or the reason."""

import jax.numpy as jnp
import numpy as np
import pytest
from textbook import fisherian, lucas_tree

from fiscax.calibration.economies.core import CoreEconomy
from fiscax.calibration.economies.responses import news_responses
from fiscax.errors import FiscaxError
from fiscax.experiments.news import study as news
from fiscax.experiments.news.outputs import OUTPUTS
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.projection.batches import solve_batch
from fiscax.solvers.projection.solution import as_solution, solve
from fiscax.solvers.projection.solve import BlockSolver, SolverOptions

FISHERIAN = {
    "beta": 0.995,
    "phi": 0.8,
    "tax_response": 0.0,
    "omega": 0.9,
    "rho_f": 0.9,
    "sigma_f": 1e-3,
}
TREE = {"beta": 0.99, "gamma": 2.5, "mu": 0.005, "sigma_y": 0.0175, "rho_g": -0.139}


def alone(base, changes, options=None):
    """One draw solved on the base's grids and domains, block by block."""
    options = options or SolverOptions(quadrature=base.quadrature)
    solver = BlockSolver(base.model, options)
    solver.grids, solver.solved = base.grids, dict(base.solved)
    changed = {k: jnp.asarray(v, float) for k, v in changes.items()}
    solver.resolve(base.parameters | changed)
    return as_solution(solver, base.parameters | changed)


def draw(parameters, k):
    return {name: column[k] for name, column in parameters.items()}


@pytest.fixture(scope="module")
def base():
    return solve(fisherian(), FISHERIAN)


def bond_price(solution, point):
    """Log bond price at a point, as something that a batch may be asked for."""
    value = solution.solved["nominal"]
    grid = dict(solution.grids)["nominal"]
    cube = value.domain.to_cube(point[None, :])
    return grid.evaluate(cube, value.coefficients[0])[0, 1]


def test_a_batch_equals_one_by_one(base):
    draws = {
        "phi": np.array([0.8, 0.7, 0.9]),
        "rho_f": np.array([0.9, 0.92, 0.85]),
        "sigma_f": np.array([1e-3, 2e-3, 1.5e-3]),
    }
    rest = base.resting_point()
    found = solve_batch(base, draws, rest, bond_price)
    assert found.status == ("ok",) * 3
    for k in range(3):
        want = alone(base, draw(draws, k))
        got = found.coefficients["nominal"][k]
        np.testing.assert_allclose(
            got, want.solved["nominal"].coefficients, rtol=0, atol=1e-8
        )
        price = want.observe(["log_bond_price"], rest)[0, 0]
        np.testing.assert_allclose(found.extra[k], price, atol=1e-8)
    # The domain is the base's own; twice the risk leaves it more often.
    assert found.share_outside[1] > found.share_outside[0]
    assert 0 < found.share_outside.max() < 1
    assert found.rest_reach[0] < 0.2


def test_a_block_whose_states_move_by_themselves():
    base = solve(lucas_tree(), TREE)
    draws = {"beta": np.array([0.985, 0.99]), "gamma": np.array([2.0, 3.0])}
    found = solve_batch(base, draws, base.resting_point())
    assert found.status == ("ok", "ok")
    assert np.isnan(found.rest_reach).all()
    for k in range(2):
        want = alone(base, draw(draws, k)).solved["tree"].coefficients
        got = found.coefficients["tree"][k]
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-8)


def test_a_draw_without_a_solution_has_the_reason_and_stops_no_other(base):
    draws = {
        # Not a number, too many stable roots, too few, fine.
        "beta": np.array([-0.5, 0.995, 0.995, 0.995]),
        "phi": np.array([0.8, 0.8, 1.02, 0.78]),
        "tax_response": np.array([0.0, 0.03, 0.0, 0.0]),
    }
    status = solve_batch(base, draws, base.resting_point()).status
    assert "'nominal' did not converge" in status[0]
    assert "indeterminate" in status[1]
    assert "explosive" in status[2]
    assert status[3] == "ok"


@pytest.mark.parametrize(
    ("draws", "text"),
    [
        ({"phy": np.ones(2)}, "'phy'"),
        ({"phi": np.ones(2), "omega": np.ones(3)}, "one value per draw"),
    ],
)
def test_a_wrong_batch_is_refused(base, draws, text):
    with pytest.raises(SolutionError, match=text):
        solve_batch(base, draws, base.resting_point())


def test_coordinates_stay_those_of_the_base(risky):
    draws = {"theta_reference": np.ones(2)}
    with pytest.raises(SolutionError, match="'theta_reference' only chooses coord"):
        solve_batch(risky, draws, risky.domain.center)


@pytest.mark.slow
def test_news_of_a_batch_are_those_of_the_report(risky_economy, monkeypatch):
    economy = risky_economy
    monkeypatch.setattr(news, "_base", lambda name: economy)
    theta = np.array([np.asarray(economy.solution.parameters["theta"])[0], 0.85, 1.5])
    found = news.news({"theta": theta, "gamma": np.array([5.0, 5.1, 5.0])}, None)
    assert found["status"][:2] == ["ok", "ok"]
    assert "theta: 1.5 is outside" in found["status"][2]
    assert set(found) == {*OUTPUTS, "status"}
    for k in range(2):
        options = SolverOptions(quadrature=economy.solution.quadrature)
        changes = {"theta": theta[k : k + 1], "gamma": [5.0, 5.1][k]}
        solution = alone(economy.solution, changes, options)
        there = CoreEconomy("risky", economy.calibration, solution)
        # A draw answers where the base rests, not where it would rest itself.
        object.__setattr__(there, "rest", economy.rest)
        pair = there.news("persistent")
        want = news_responses(there, "persistent")
        maturities = ["3m", "5y", "10y"]
        got = dict(zip(maturities, found["yield_change"][k], strict=True))
        bare = dict(
            zip(maturities, found["yield_ex_convenience_change"][k], strict=True)
        )
        assert got["3m"] == pytest.approx(want["persistent_yield_3m"], abs=1e-6)
        assert got["10y"] == pytest.approx(want["persistent_yield_10y"], abs=1e-6)
        assert bare["10y"] == pytest.approx(
            want["persistent_yield_10y_ex_convenience"], abs=1e-6
        )
        premium = found["term_premium_10y_change"][k]
        assert premium == pytest.approx(want["persistent_term_premium_10y"], abs=1e-6)
        rest = economy.rest()
        level = 400 * there.curves(["yield_1", "yield_40"], rest)[0]
        np.testing.assert_allclose(found["yield"][k][[0, 2]], level, atol=1e-8)
        inflation = there.curves(["expected_inflation_40"], np.concatenate(pair))[:, 0]
        np.testing.assert_allclose(
            found["expected_inflation_10y_change"][k],
            40_000 * (inflation[1] - inflation[0]),
            atol=1e-6,
        )


def test_a_switching_base_is_refused():
    with pytest.raises(FiscaxError, match="safe, risky"):
        news.news({"theta": np.ones(1)}, "switching")
