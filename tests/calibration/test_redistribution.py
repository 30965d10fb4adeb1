"""Spending that takes from those who price bonds: the kernel moves with it."""

import numpy as np
import pytest

from fiscax.calibration.economies.core import (
    COARSE,
    CoreEconomy,
    load,
    solve_economy,
    solver_options,
)
from fiscax.calibration.economies.core_solution import kind_of
from fiscax.calibration.economies.quantities import measured
from fiscax.calibration.economies.responses import borne, yield_responses
from fiscax.calibration.economies.store import EconomyStore, OverrideError
from fiscax.solvers.projection.conditions import evaluate_block
from fiscax.solvers.projection.solve import BlockSolver

# Every test needs programs of a declaration of its own.
pytestmark = pytest.mark.slow

# A tenth of the usual risk: the riskless rate is what first order says.
CALM = {
    "sigma_y": 1e-4,
    "sigma_x": 1e-5,
    "sigma_p": 0.0,
    "xi": 1e-4,
    "zeta": 0.0,
    "stress_news": 0.0,
    "sigma_z": 1e-3,
}


@pytest.fixture(scope="module")
def given():
    return EconomyStore().core("risky", grid="coarse")


@pytest.fixture(scope="module")
def redistributing(given):
    def solve(share: float) -> CoreEconomy:
        held = {k: given.calibration.values[k] for k in ("tax_mean", "rate_mean")}
        changes = {**held, "redistribution": share}
        return solve_economy("risky", changes, (COARSE,), intercepts=False)

    return {share: solve(share) for share in (0.0, 0.5)}


def test_real_rates_pay_for_the_recovery_of_consumption():
    model, calibration = load("risky", ("redistribution",))
    calibration = calibration.with_values(**CALM, redistribution=0.8)
    values = calibration.as_arrays()
    one = {k: float(np.ravel(v)[0]) for k, v in values.items()}
    options = solver_options(None, None, *kind_of(model, calibration))
    solver = BlockSolver(model, options)
    solver.solve("kernel", values)
    solved, grid = solver.solved["kernel"], dict(solver.grids)["kernel"]
    centre = np.asarray(solved.domain.center)
    step = 1e-3
    points = np.array([[*centre[:2], step], [*centre[:2], -step]])
    names = [u.name for u in model.block("kernel").unknowns]
    found = np.asarray(evaluate_block(grid, solved, 0, points))
    rate = found[:, names.index("real_rate")]
    # Log consumption is -kappa g (e^z - 1), and decays: r = E growth / psi + constant.
    want = 0.8 * one["g_bar"] * (1 - one["rho_z"]) / one["psi"]
    assert (rate[0] - rate[1]) / (2 * step) == pytest.approx(want, rel=1e-3)


def test_without_redistribution_it_is_the_economy_without_it(given, redistributing):
    # Two declarations of the same economy, on grids of their own.
    none = redistributing[0.0]
    push = given.news("persistent")
    one, other = (yield_responses(e, push) for e in (given, none))
    for part, value in one.items():
        assert other[part] == pytest.approx(value, abs=0.05), part
    assert none.at_rest(("real_rate",))["real_rate"] == pytest.approx(
        given.at_rest(("real_rate",))["real_rate"], abs=1e-6
    )


def test_news_is_valued_at_the_kernel_before_it(given, redistributing):
    push = given.news("persistent")
    exact = given.news_value(push)
    place = given.solution.states.index("spending")
    size = float(push[1][0, place] - push[0][0, place])
    for economy in redistributing.values():
        # Spending decays in logs, its gap is counted as decaying itself: what is left
        # of a rise z is at most (e^z - 1) / z, half of z, too much; as much again for
        # risk and for other resting points.
        found = economy.news_value(economy.news("persistent"))
        assert found == pytest.approx(exact, rel=size)


def test_investors_lose_more_where_spending_takes_from_them(redistributing):
    none, half = redistributing[0.0], redistributing[0.5]
    lost = [borne(e, e.news("persistent"))["share_bondholders"] for e in (none, half)]
    assert lost[1] > lost[0]
    wanted = ("score_equity", "persistent_real_rate_3m", "score_yield_3m")
    before, after = (measured(e, wanted) for e in (none, half))
    # Consumption recovers: real rates rise, and stocks fall with bonds.
    assert after["persistent_real_rate_3m"] > before["persistent_real_rate_3m"]
    assert after["score_equity"] < before["score_equity"]
    assert after["score_yield_3m"] > before["score_yield_3m"]


def test_it_is_a_parameter_like_any_other():
    with pytest.raises(OverrideError, match="contradicts a case"):
        EconomyStore({"redistribution": 0.5}).core("risky", {"redistribution": 0.0})
    _, plain = load("risky")
    assert "redistribution" not in plain.values
