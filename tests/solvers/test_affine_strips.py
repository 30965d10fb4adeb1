"""Strips of the affine model: the published value, closed forms, a second method."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.calibration.parameters.checks import CalibrationError
from fiscax.calibration.valuation.parameters import APPENDIX, load_affine
from fiscax.models.markets import affine
from fiscax.solvers.errors import ValueDoesNotExistError
from fiscax.solvers.pricing import affine as strips


@pytest.fixture(scope="module")
def published():
    return load_affine()


@pytest.fixture(scope="module")
def kernel(published):
    return published.kernel


def at_mean(count=1):
    return jnp.zeros((count, len(affine.STATES)))


def test_the_published_value_of_taxes_comes_out(published, kernel):
    # Jiang, Lustig, Van Nieuwerburgh and Xiaolan: 43.07741 years of taxes.
    payoff = published.payoff("tax")
    strips.require_value(kernel, payoff, "tax")
    found = strips.values(kernel, payoff, at_mean(), 4000)
    assert float(found.total[0]) == pytest.approx(43.07741, abs=5e-6)
    assert 0 <= float(found.tail[0]) < 1e-12
    # The tail replaces what is cut off: at 600 terms it is worth 4e-8 of the value.
    shorter = strips.values(kernel, payoff, at_mean(), 600)
    assert float(shorter.tail[0]) > 1e-8
    assert float(shorter.total[0]) == pytest.approx(float(found.total[0]), rel=1e-8)


def test_published_roots(published, kernel):
    # The paper's replication: 0.93 for the VAR, 0.9935 under the risk-neutral measure.
    assert float(strips.spectral_radius(kernel.psi)) == pytest.approx(0.9329, abs=5e-5)
    found = strips.existence(kernel, published.payoff("tax"))
    assert found.root == pytest.approx(0.9935, abs=5e-5)
    assert found.exists


def test_prices_agree_with_the_moments_of_a_normal_sum(published, kernel):
    # Second method: under the risk-neutral measure z' = Psi_Q z - Sigma L0 + Sigma e',
    # so the log payoff less the short rates on the way is normal with moments that are
    # plain sums.
    payoff, horizon = published.payoff("spending"), 6
    k = jax.tree.map(np.asarray, kernel)
    q = k.psi - k.sigma @ k.risk_loading
    z = np.asarray(published.dates[-1].state)
    powers = [np.linalg.matrix_power(q, i) for i in range(horizon + 1)]

    def weight(step):
        """Loading of the total on the shock of a date ``step`` periods from now."""
        pays = sum(powers[i - step] for i in range(step, horizon + 1))
        rates = sum(
            (powers[i - step] for i in range(step, horizon)), np.zeros_like(k.psi)
        )
        return np.asarray(payoff.loading) @ pays - k.short_loading @ rates

    drift = -k.sigma @ k.risk_price
    mean = horizon * (float(payoff.growth) - k.short_rate)
    mean += sum(weight(s) @ drift for s in range(1, horizon + 1))
    mean += np.asarray(payoff.loading) @ sum(powers[1:]) @ z
    mean -= k.short_loading @ sum(powers[:horizon]) @ z
    variance = sum(np.sum((weight(s) @ k.sigma) ** 2) for s in range(1, horizon + 1))
    found = strips.log_prices(strips.strips(kernel, payoff, horizon), z[None, :])
    assert float(found[0, -1]) == pytest.approx(mean + variance / 2, abs=1e-12)


def test_a_one_period_bond_earns_nothing_and_yields_the_short_rate(published, kernel):
    payoff = published.payoff("nominal_bond")
    states = jnp.stack([date.state for date in published.dates])
    premia = strips.average_premia(kernel, payoff, states, 2)
    np.testing.assert_allclose(premia[:, 0], 0.0, atol=1e-15)
    prices = strips.log_prices(strips.strips(kernel, payoff, 1), states)
    short = kernel.short_rate + states[:, 1]
    np.testing.assert_allclose(-prices[:, 0], short, atol=1e-15)


def test_premia_at_the_mean_state_are_the_published_formula(published, kernel):
    payoff = published.payoff("tax")
    found = strips.strips(kernel, payoff, 100)
    years = jnp.arange(1, 101)
    formula = -found.constant / years - kernel.short_rate + payoff.growth
    premia = strips.average_premia(kernel, payoff, at_mean(), 100)
    np.testing.assert_allclose(premia[0], formula, rtol=1e-11)


def test_without_risk_prices_no_strip_earns_more_than_convexity(published, kernel):
    free = kernel._replace(risk_price=jnp.zeros(8), risk_loading=jnp.zeros((8, 11)))
    for claim in affine.CLAIMS:
        found = strips.strips(free, published.payoff(claim), 50)
        holding = strips.holding_premia(free, found, at_mean())
        np.testing.assert_allclose(holding, 0.0, atol=0)


def test_one_period_premia_are_the_expected_return_by_simulation(published, kernel):
    payoff, years = published.payoff("output"), 10
    found = strips.strips(kernel, payoff, years)
    state = published.dates[2].state
    shocks = jax.random.normal(jax.random.key(0), (200_000, 8))
    shocks = jnp.concatenate([shocks, -shocks])
    ahead = (kernel.psi @ state)[None, :] + shocks @ kernel.sigma.T
    price = strips.log_prices(found, state[None, :])[0, years - 1]
    growth = payoff.growth + ahead @ payoff.loading
    after = strips.log_prices(found, ahead)[:, years - 2]
    excess = jnp.mean(jnp.exp(growth + after - price)) * jnp.exp(
        -(kernel.short_rate + state[1])
    )
    premium = strips.holding_premia(kernel, found, state[None, :])[0, years - 1]
    assert float(jnp.log(excess)) == pytest.approx(float(premium), abs=5e-4)


def test_values_are_differentiable_and_follow_from_vmap(published, kernel):
    payoff = published.payoff("tax")

    def value(scale):
        own = kernel._replace(risk_price=kernel.risk_price * scale)
        return strips.values(own, payoff, at_mean(), 500).total[0]

    slope = jax.grad(value)(1.0)
    step = 1e-5
    finite = (value(1 + step) - value(1 - step)) / (2 * step)
    assert float(slope) == pytest.approx(float(finite), rel=1e-6)
    scales = jnp.asarray([0.99, 1.0, 1.01])
    each = [float(value(s)) for s in scales]
    np.testing.assert_allclose(jax.vmap(value)(scales), each, rtol=1e-12)


def test_a_value_that_does_not_exist_is_refused(published, kernel):
    payoff = published.payoff("tax")
    # Without risk prices output grows faster than the short rate discounts it.
    free = kernel._replace(risk_price=jnp.zeros(8), risk_loading=jnp.zeros((8, 11)))
    with pytest.raises(ValueDoesNotExistError, match=r"'tax': prices of distant"):
        strips.require_value(free, payoff, "tax")
    loose = kernel._replace(risk_loading=kernel.risk_loading * 1.2)
    root = strips.existence(loose, payoff).root
    assert root > 1
    with pytest.raises(ValueDoesNotExistError, match="risk-neutral root"):
        strips.require_value(loose, payoff, "tax")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[psi]\npi = [", "[psi]\npo = [", "unknown name 'po'"),
        ("y1 = 0.0425584112", "", r"\[means\]: no y1"),
        ("pd = 0.76053203", 'pd = "high"', r"\[risk_price\]: pd is 'high'"),
        ("[risk_loading]", "[loading]", r"unknown table \[loading\]"),
        ("0.48172197, ", "", "row pi has to be a list of 11"),
        ("0.48172197", "nan", "row pi, column pi is nan"),
        ("debt = 1.02002", "", r"\[\[dates\]\] 2020: no debt"),
        ("periods_per_year = 1", "periods_per_year = 2", "periods_per_year is 2"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path, old, new, message):
    text = APPENDIX.read_text()
    assert old in text
    path = tmp_path / "wrong.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(CalibrationError, match=message):
        load_affine(path)


def test_unknown_names_are_refused(published):
    with pytest.raises(CalibrationError, match="no claim 'taxes'; did you mean tax"):
        published.payoff("taxes")
    with pytest.raises(affine.AffineError, match="no state 'inflation'"):
        affine.selector(("inflation",))
