"""Simulated series of the sticky-price economy against closed forms."""

import numpy as np
import pytest

from fiscax.calibration.economies.moments import COLUMNS, model_moments
from fiscax.calibration.economies.series import OUTPUTS, simulated_panel
from fiscax.calibration.economies.statistics import mean, standard_deviation
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.sticky_paths import simulated
from fiscax.models.declaration import DeclarationError

PERIODS, PATHS = 400, 80


@pytest.fixture(scope="module")
def economy():
    return solve_sticky("sticky_risky", order=2)


@pytest.fixture(scope="module")
def named(economy):
    names = (*OUTPUTS, "yield_40", "yield_1", "log_output", "consumption")
    return simulated(economy, names, PERIODS, PATHS, 5)


@pytest.mark.parametrize("name", ["inflation", "yield_40", "end_of_period_debt"])
def test_simulated_moments_are_the_closed_forms(economy, named, name):
    exact = economy.solution.moments_of((name,))
    everywhere = np.ones((PERIODS, PATHS))
    found = mean(everywhere, named[name])
    assert abs(found.value - exact.mean[0]) < 3 * found.error
    spread = standard_deviation(everywhere, named[name])
    deviation = np.sqrt(exact.covariance[0, 0])
    assert abs(spread.value - deviation) < 3 * spread.error
    # The sample is fine enough to mean something.
    assert spread.error < 0.05 * deviation


def test_links_are_from_one_date_to_the_next(economy, named):
    # Technology is the same in both growth rates.
    output, consumption = named["log_output"], np.log(named["consumption"])
    gap = named["output_growth_next"] - named["consumption_growth_next"]
    expected = np.diff(output, axis=0) - np.diff(consumption, axis=0)
    np.testing.assert_allclose(gap[:-1], expected, atol=1e-12)
    growth = named["output_growth_next"].mean()
    assert growth == pytest.approx(economy.parameters["mu"], abs=2e-4)
    # Surprises of growth are those of technology and of output.
    assert named["output_growth_next"].std() > economy.parameters["sigma_y"]


def test_budgets_and_convenience_hold_on_paths(named):
    gap = named["tax_ratio"] - named["spending_ratio"] - named["surplus"]
    assert np.max(np.abs(gap)) < 1e-4
    bill, aaa, foreign = (
        named[f"convenience_yield_{k}"] for k in ("bill", "aaa", "foreign")
    )
    # Bills render both services; AAA bonds half of one, foreign bonds all of it.
    assert np.all((bill > foreign) & (foreign > aaa) & (aaa > 0))
    assert np.mean(foreign / aaa) == pytest.approx(0.99995 / 0.5, rel=1e-6)


def test_a_name_that_is_not_there_is_named(economy):
    with pytest.raises(DeclarationError, match="'inflatoin'"):
        simulated(economy, ("inflatoin",), 4, 2, 0)


def test_moments_have_names_and_units_of_the_record(economy):
    table = model_moments(economy, periods=120, paths=20, seed=1)
    assert list(table.columns) == list(COLUMNS)
    values = table.set_index("name")["value"]
    assert np.all(np.isfinite(values))
    panel = simulated_panel(economy, 120, 20, seed=1)
    debt = panel.series["debt_to_gdp"]
    assert values["debt_to_gdp_mean"] == pytest.approx(debt.mean())
    assert values["inflation_mean"] == pytest.approx(2.09, abs=0.6)
