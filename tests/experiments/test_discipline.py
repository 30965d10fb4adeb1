"""Backing that answers to funding costs, against closed forms and conservation."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import lambertw

from fiscax.calibration.parameters.policy import policy_parameters
from fiscax.errors import FiscaxError
from fiscax.experiments.two_minds.closed_loop import rule_of
from fiscax.experiments.two_minds.discipline import BP_YEAR, costs, summary, ten_years
from fiscax.models.markets.policy_maker import PurchaseRule, purchase, unfunded_multiple

GIVEN = policy_parameters()
THETA = 0.43


def path(called=0.0, disciplined=True, given=GIVEN, theta=THETA):
    return ten_years(given, theta, called, rule_of(given), disciplined)


def test_first_package_is_the_closed_form_of_unfunded_transfers():
    found = path(disciplined=False)
    phi, beta, delta = 0.68, 0.995, 0.95
    news = (1 - THETA) * 0.036
    jump = (1 - beta * delta * phi) * news
    assert found.inflation[0] == pytest.approx(jump, rel=1e-12)
    np.testing.assert_allclose(found.inflation[:4], jump * phi ** np.arange(4))
    # Bondholders lose the news: by inflation at once and by the price of coupons.
    rates = phi * jump * phi ** np.arange(4000)
    weights = (1 - beta * delta) * (beta * delta) ** np.arange(1, 4001) / (beta * delta)
    coupons = weights @ np.append(0.0, np.cumsum(rates)[:-1])
    assert jump + coupons == pytest.approx(news, rel=1e-9)
    ten = BP_YEAR * phi / 40 * (1 - phi**40) / (1 - phi) * jump
    assert found.fundamental[0] == pytest.approx(ten, rel=1e-12)


def test_backing_solves_its_fixed_point_as_lamberts_function_does():
    found = path()
    given = GIVEN
    slope = 400 * given["discipline"]
    elasticity = found.fundamental[0] / BP_YEAR / (0.036 * (1 - found.theta[0]))
    product = slope * elasticity * 0.036
    expected = float(np.real(lambertw(product * (1 - THETA)))) / product
    assert 1 - found.theta[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("called", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("disciplined", [True, False])
def test_debt_is_what_is_promised_less_what_is_spent_and_gained(called, disciplined):
    found = path(called, disciplined)
    expected = 1 + found.promised - found.to_spend - found.gained
    np.testing.assert_allclose(found.debt, expected, atol=1e-13)


def test_purchases_lower_backing_only_through_the_yield():
    idle, bought = path(), path(called=0.8)
    assert bought.theta[0] < idle.theta[0]
    assert np.all(bought.yield_10y <= idle.fundamental + 1e-9)
    without = [path(c, disciplined=False) for c in (0.0, 0.8)]
    np.testing.assert_allclose(without[0].theta, without[1].theta, atol=1e-12)


def test_welfare_of_inflation_alone_by_hand():
    found = path(disciplined=False)
    price, burden = costs(GIVEN)
    slope = 0.2 * (1 - 0.995 * 0.8) / 0.8
    assert price == pytest.approx(6 / slope)
    assert burden == pytest.approx(0.05 / 0.75)
    weights = 0.995 ** np.arange(40)
    expected = 100 * weights @ (price * found.inflation**2 / 2) / weights.sum()
    assert summary(GIVEN, found)["loss_inflation"] == pytest.approx(expected)


def test_too_much_discipline_or_support_is_refused():
    with pytest.raises(FiscaxError, match="below one"):
        ten_years(GIVEN, THETA, 2.5, rule_of(GIVEN))
    wild = replace(GIVEN, values={**GIVEN.values, "discipline": 20.0})
    with pytest.raises(FiscaxError, match="discipline"):
        path(0.99, given=wild, theta=0.02)


def test_purchases_are_booked_at_price_and_value():
    rule = PurchaseRule(*(jnp.asarray(v) for v in (0.5, 0.05, 2.5, 1.0, 0.8)))
    first = purchase(rule, jnp.asarray(1.0), jnp.asarray(20.0), jnp.asarray(8.0))
    assert float(first.stock) == pytest.approx(4.0)
    assert float(first.bought) == pytest.approx(3.05)
    assert float(first.wedge) == pytest.approx(-2.0)
    # A ten-year zero at 2 basis points below its fundamental yield, percent of GDP.
    exact = 3.05 * (np.exp(10 * 2e-4) - 1)
    assert float(first.overpaid) == pytest.approx(exact, rel=2e-3)
    later = purchase(rule, first.stock, jnp.asarray(-5.0), jnp.asarray(8.0))
    assert float(later.bought) == 0.0
    assert float(later.stock) == pytest.approx(3.8)
    assert float(unfunded_multiple(rule, jnp.asarray(-100.0))) == pytest.approx(np.e)
