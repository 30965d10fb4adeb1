"""Intermediaries of limited capacity: closed forms, feedback, and what is refused."""

import jax
import numpy as np
import pytest

from fiscax.calibration.economies.intermediaries import FragileError, load_plumbing
from fiscax.calibration.parameters.checks import CalibrationError
from fiscax.models.markets.intermediaries import kernel, nominal_payment, numbers
from fiscax.solvers.fixed_points import smallest_fixed_point
from fiscax.solvers.pricing.affine import strips

BP = 40_000.0  # log per quarter -> basis points a year
YEARS = (2, 5, 10, 30)
# Vayanos and Vila (2021), one factor: supply of 1% of GDP of ten-year zeros for good,
# kappa .15, sigma .012, a 60.
CLOSED_FORM = (4.06, 8.84, 14.38, 23.28)


@pytest.fixture(scope="module")
def plumbing():
    return load_plumbing()


def supply_response(values, periods):
    """Basis points at YEARS for 1% of GDP, with ``periods`` a year."""
    values = {**values, "periods_per_year": float(periods)}
    found = strips(kernel(values), nominal_payment(), 30 * periods)
    at = np.array(YEARS) * periods
    return -100 * np.asarray(found.loading)[at - 1, 3] / at * periods


def continuous(kappa, sigma, aversion, years, amount=0.01):
    """The closed form in continuous time, basis points."""

    def exposure(t):
        return (1 - np.exp(-kappa * t)) / kappa

    t = np.asarray(years, float)
    price = aversion * sigma**2 * amount * exposure(10.0)
    return 1e4 * price * (t - exposure(t)) / kappa / t


def test_finer_steps_converge_to_the_closed_form(plumbing):
    values = plumbing.values | {"intermediary_risk_aversion": 60.0}
    exact = continuous(0.15, 0.012, 60.0, YEARS)
    np.testing.assert_allclose(exact, CLOSED_FORM, atol=0.005)
    errors = [
        np.abs(supply_response(values, n) - exact).max() for n in (4, 16, 64, 256)
    ]
    # First order: four times as many steps leave a quarter of the error.
    ratios = np.divide(errors[:-1], errors[1:])
    np.testing.assert_allclose(ratios, 4.0, rtol=0.06)
    assert errors[-1] < 0.01


def test_ten_years_meet_the_record_and_the_closed_form(plumbing):
    response = BP * 0.01 * plumbing.loadings((40,))[0, 2]
    assert response == pytest.approx(4.5, abs=0.005)
    # -100 bp for holdings of about 22% of GDP.
    assert -22 * response == pytest.approx(-100, abs=2)
    assert continuous(0.15, 0.012, 19.0, (10,))[0] == pytest.approx(4.55, abs=0.01)


def test_exact_path_meets_the_linear_one_when_news_is_small(plumbing):
    for name, size in (("capacity", 1e-5), ("purchases", 1e-7), ("supply", 1e-7)):
        exact = plumbing.path({name: size}, 12).wedges((8, 40, 120))
        linear = plumbing.response({name: size}, 12, (8, 40, 120))
        np.testing.assert_allclose(exact[:, :2], linear[:, :2], rtol=2e-4)


def test_price_gaps_are_premia_earned_until_maturity(plumbing):
    path = plumbing.path({"capacity": 2.0, "purchases": 0.02}, 60)
    rho = float(numbers(plumbing.values).persistence[0])
    for n in (2, 9, 40):
        left = np.arange(n - 1, -1, -1)
        earned = (1 - rho**left) / (1 - rho) * path.premium[:n]
        assert path.gaps[0, n - 1] == pytest.approx(earned.sum(), rel=1e-12)


def test_forced_sales_are_the_fixed_point(plumbing):
    # Sales, losses, further sales, summed by hand.
    lost = total = 0.7
    for _ in range(200):
        lost *= plumbing.margin_slope
        total += lost
    assert plumbing.impact({"capacity": 0.7})[0] == pytest.approx(total, rel=1e-12)
    # The same beyond first order: iterate on the path without margins.
    free = load_plumbing({"margin_leverage": 0.0})
    capacity = 3.0
    for _ in range(100):
        gaps = free.path({"capacity": capacity}, 1).gaps
        capacity = 3.0 + plumbing.margin * gaps[0, plumbing.maturity - 1]
    found = plumbing.path({"capacity": 3.0}, 1)
    assert found.capacity[0] == pytest.approx(capacity, rel=1e-9)
    assert 0 < found.slope < 1


def test_smallest_of_two_fixed_points_and_none():
    two = smallest_fixed_point(lambda x: x**2, jax.numpy.asarray(0.21))
    assert float(two.point) == pytest.approx(0.3, abs=1e-12)
    none = smallest_fixed_point(lambda x: x**2, jax.numpy.asarray(0.26))
    assert float(none.slope) >= 1 or abs(float(none.residual)) > 1e-6


def test_feedback_that_does_not_settle_is_refused(plumbing):
    with pytest.raises(FragileError, match="margin_leverage"):
        plumbing.path({"capacity": 6.0}, 8)
    wild = {"margin_leverage": 100.0, "hedge_fund_share": 1.0, "rho_capacity": 0.99}
    with pytest.raises(FragileError, match="hedge_fund_share"):
        load_plumbing(wild).multiplier  # noqa: B018


def test_wedges_vanish_when_intermediaries_mind_no_risk():
    plumbing = load_plumbing({"intermediary_risk_aversion": 0.0})
    news = {"capacity": 3.0, "purchases": 0.05, "supply": 0.02}
    assert not np.any(plumbing.path(news, 8).gaps)
    assert not np.any(plumbing.loadings((8, 40)))


def test_mistakes_are_named(plumbing):
    with pytest.raises(CalibrationError, match="no state 'purchase'"):
        plumbing.impact({"purchase": 0.01})
    with pytest.raises(CalibrationError, match="coupon_maturity"):
        load_plumbing({"coupon_maturity": 5.1})
    with pytest.raises(CalibrationError, match="periods_per_year"):
        load_plumbing({"periods_per_year": 12.0})


def test_loadings_are_differentiable_and_vectorised(plumbing):
    def ten_years(aversion):
        values = plumbing.values | {"intermediary_risk_aversion": aversion}
        return -strips(kernel(values), nominal_payment(), 40).loading[-1, 3]

    many = jax.vmap(ten_years)(jax.numpy.asarray([0.0, 10.0, 20.0]))
    np.testing.assert_allclose(many[2], 2 * many[1], rtol=1e-12)
    slope = float(jax.grad(ten_years)(10.0))
    assert slope == pytest.approx(float(many[1]) / 10, rel=1e-12)
