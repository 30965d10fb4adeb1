"""The economy that switches between safe and risky debt, on the coarse grid."""

import numpy as np
import pytest

from fiscax.calibration.economies.core import COARSE, solve_economy

# The solver is under test: no stored solution is read, and a minute goes by.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def switching():
    """Shipped parameters and intercepts; the path from nearly permanent regimes."""
    return solve_economy("switching", levels=(COARSE,), intercepts=False)


def test_it_is_mean_square_stable(switching):
    found = switching.solution.evidence["nominal"].stability
    assert found.radius < 1
    assert found.mean_square_radius < 1
    assert found.stable == found.predetermined
    assert [d.verdict for d in switching.solution.determinacy] == ["determinate"] * 2


@pytest.mark.parametrize("regime", [0, 1])
def test_bills_are_priced_across_regimes(switching, regime):
    # The pricing of one quarter by Monte Carlo: next states and next regimes are drawn
    # by the simulator, which shares neither quadrature nor regime weights with Newton.
    solution = switching.solution
    paths = 40_000
    points, visited = solution.ergodic_sample
    for point in points[visited == regime][[1000, 9000]]:
        states, regimes, values = solution.walk(
            ("stochastic_discount_factor_next",),
            2,
            paths,
            seed=3,
            start=point,
            start_regimes=np.full(paths, regime),
        )
        ahead, which = np.asarray(states[1]), np.asarray(regimes[1])
        inflation = solution.observe(["inflation"], ahead, which)[:, 0]
        priced = np.asarray(values[0, :, 0]) * np.exp(-inflation)
        rate = solution.observe(["policy_rate"], point[None], regime)[0, 0]
        error = priced.std() / np.sqrt(paths)
        # Three standard errors and the coarse grid's own Euler error of 10^-3.5.
        assert abs(priced.mean() - np.exp(-rate)) < 3 * error + 10**-3.5


def test_regimes_change_as_often_as_declared(switching):
    solution = switching.solution
    _, regimes, _ = solution.walk((), 400, 500, seed=5)
    regimes = np.asarray(regimes)
    leave = [np.mean(regimes[1:][regimes[:-1] == r] != r) for r in (0, 1)]
    base = switching.calibration.values["switch_base"]
    # Leaving risky debt does not depend on the state: binomial standard error.
    chance = 1 / (1 + np.exp(-base[1]))
    count = np.sum(regimes[:-1] == 1)
    assert abs(leave[1] - chance) < 4 * np.sqrt(chance * (1 - chance) / count)
    # Leaving safe debt gets likelier with debt, which moves around its target.
    assert 0.5 < leave[0] * (1 + np.exp(-base[0])) < 2


def test_debt_is_backed_in_both_regimes(switching):
    points, visited = switching.solution.ergodic_sample
    for regime in (0, 1):
        here = points[visited == regime][::501]
        entries = switching.ledger(here, regime)
        residual = np.abs(entries["residual"] / entries["debt"])
        # The coarse grid leaves percents where the economy switches with large debt.
        assert np.quantile(residual, 0.9) < 0.05


def test_variables_are_drawn_without_curves_as_with_them(switching):
    debt = "end_of_period_debt"
    alone, both = (
        switching.draw(names, 20, 3, seed=1) for names in ([debt], [debt, "yield_4"])
    )
    np.testing.assert_array_equal(alone.series[debt], both.series[debt])
