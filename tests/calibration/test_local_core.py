"""The core economy by perturbation against its global solution."""

import numpy as np
import pytest
import sympy as sp

from fiscax.calibration.economies.local_core import (
    UNITS,
    global_answers,
    local_answers,
    local_dynamics,
    mean_over_median,
    series_kept,
    solve_locally,
)
from fiscax.calibration.economies.store import EconomyStore
from fiscax.models.core import core_economy
from fiscax.models.declaration import DeclarationError
from fiscax.models.general.form import dynamic_form
from fiscax.models.general.normal_events import normal_events
from fiscax.solvers.errors import SolutionError

RESPONSES = [n for n in UNITS if not n.startswith("rest")]
# Disasters and moves of their probability so small that little is left out of series,
# with promises that they void.
SMALL = {
    "xi": 0.05,
    "zeta": 0.02,
    "breach": 0.04,
    "sigma_p": 0.05,
    "stress_news": 0.0,
}


def growth_of(model):
    return next(d for d in model.definitions if d.name == "output_growth_next")


def test_events_keep_their_conditional_mean_and_variance():
    model = core_economy()
    (event,) = model.events
    smooth = normal_events(model)
    shock = sp.Symbol("e_disaster", real=True)
    assert not smooth.events and smooth.shocks[-1].symbol == shock
    found = sp.Poly(growth_of(smooth).expression, shock).all_coeffs()
    exact = growth_of(model).expression
    either = [exact.xreplace({event.symbol: sp.Integer(k)}) for k in (1, 0)]
    p = event.probability
    mean = p * either[0] + (1 - p) * either[1]
    variance = p * (1 - p) * (either[0] - either[1]) ** 2
    assert sp.simplify(found[1] - mean) == 0
    assert sp.simplify(found[0] ** 2 - variance) == 0
    with pytest.raises(DeclarationError, match="rare events"):
        dynamic_form(model)
    assert dynamic_form(smooth).shocks[-1].symbol == shock


def test_series_of_the_price_of_disasters():
    loss = 4.04 * 0.25
    whole = np.exp(loss) - 1
    kept = series_kept(4.04, 0.25)
    assert kept[1] == pytest.approx(loss / whole)
    assert kept[3] == pytest.approx((loss + loss**2 / 2 + loss**3 / 6) / whole)
    assert kept[3] == pytest.approx(0.97, abs=0.005)
    assert series_kept(20, 0.25)[3] == pytest.approx(0.26, abs=0.005)


def test_mean_probability_of_a_disaster_is_that_of_a_long_path():
    given = {"sigma_p": 0.2, "stress_news": 4.0, "sigma_z": 0.02, "rho_p": 0.9}
    rng = np.random.default_rng(0)
    stress = np.zeros(2000)
    total = []
    for quarter in range(1000):
        news, own = rng.standard_normal((2, 2000))
        stress = 0.9 * stress + 0.2 * own + 4.0 * 0.02 * news
        if quarter >= 100:
            total.append(np.exp(stress).mean())
    assert np.mean(total) == pytest.approx(mean_over_median(given), rel=0.01)


@pytest.mark.slow
def test_a_switching_economy_is_refused():
    switching = EconomyStore().core("switching", grid="coarse")
    with pytest.raises(SolutionError, match="takes one regime"):
        solve_locally(switching, 1)


@pytest.mark.slow
def test_third_order_goes_part_of_the_way_where_disasters_are_large():
    economy = EconomyStore().core("risky", grid="coarse")
    exact = global_answers(economy)
    first, third = (local_answers(solve_locally(economy, k)) for k in (1, 3))
    for name in RESPONSES:
        gaps = [abs(found[name] - exact[name]) for found in (third, first)]
        assert gaps[0] < gaps[1], name
    # Premia are of the second order at rest, their moves of the third.
    for name in ("rest", "persistent", "stress_1sd"):
        assert first[f"{name}_term_premium_10y"] == pytest.approx(0.0, abs=1e-8)


@pytest.mark.slow
def test_third_order_is_the_global_solution_where_disasters_are_small():
    economy = EconomyStore().core("risky", SMALL, grid="coarse")
    exact = global_answers(economy)
    found = local_answers(solve_locally(economy, 3))
    # Yields of the coarse grid are off by up to a tenth of a percentage point.
    for name in ("rest_yield_10y", "rest_term_premium_10y"):
        assert found[name] == pytest.approx(exact[name], abs=10)
    for name in RESPONSES:
        size = 0.0 if name == "share_bondholders" else 0.1
        assert abs(found[name] - exact[name]) < size + 0.05 * abs(exact[name]), name
    # The bounds are not so wide that any order would do.
    first = local_answers(solve_locally(economy, 1))
    assert abs(first["share_bondholders"] / exact["share_bondholders"] - 1) > 0.1
    assert exact["rest_term_premium_10y"] > 15 > first["rest_term_premium_10y"]


def test_programs_are_shared_by_parameters():
    economy = EconomyStore().core("risky", grid="coarse")
    assert local_dynamics(economy.model) is local_dynamics(core_economy())
