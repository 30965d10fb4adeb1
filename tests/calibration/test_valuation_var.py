"""The VAR and the upper bound: published numbers, oracles, identities."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import statsmodels.api as sm

from fiscax.calibration.valuation import bootstrap as valuation_bootstrap
from fiscax.calibration.valuation import var as valuation_var
from fiscax.calibration.valuation.file import EXAMPLE, load_valuation
from fiscax.calibration.valuation.parameters import load_affine
from fiscax.errors import FiscaxError
from fiscax.models.markets.affine import OWN, STATES
from fiscax.solvers.errors import ValueDoesNotExistError
from fiscax.solvers.pricing.campbell_shiller import log_ratio, mean_log_ratio

PREMIUM = 0.03


@pytest.fixture(scope="module")
def example():
    return load_valuation(EXAMPLE)


@pytest.fixture(scope="module")
def found(example):
    return valuation_var.estimate(example, PREMIUM)


@pytest.fixture(scope="module")
def record(data_dir):
    return load_valuation(data_dir / "jlnx_annual_1929_2022.csv")


@pytest.mark.data
def test_published_wedge_price_and_root_come_out(record):
    assert record.sample == "1947-2020"
    found = valuation_var.estimate(record, PREMIUM)
    # Jiang, Lustig, Van Nieuwerburgh and Xiaolan (2024): 32.1% of GDP, price/dividend
    # ratio of output 57.39, largest eigenvalue 0.93.
    assert found.wedge == pytest.approx(0.321, abs=0.001)
    assert float(found.backing.price_output) == pytest.approx(57.39, abs=0.005)
    assert found.root == pytest.approx(0.93, abs=0.005)


@pytest.mark.data
def test_the_published_var_comes_out(record):
    published = load_affine()
    var = valuation_var.estimate_var(record.panel)
    np.testing.assert_allclose(var.psi, published.kernel.psi, atol=2e-4)
    rows = [STATES.index(name) for name in OWN]
    sigma = np.asarray(published.kernel.sigma)[rows]
    np.testing.assert_allclose(var.cholesky, sigma, atol=2e-6)
    years = [record.labels.index(str(date.year)) for date in published.dates]
    printed = np.stack([date.state for date in published.dates])
    np.testing.assert_allclose(var.valued[np.asarray(years)], printed, atol=1e-5)


def test_least_squares_agree_with_statsmodels(example, found):
    var = found.var
    states = np.asarray(var.states)
    own = example.panel - example.panel.mean(axis=0)
    for i in range(len(OWN)):
        other = sm.OLS(own[1:, i], sm.add_constant(states[:-1])).fit()
        np.testing.assert_allclose(var.own[i], other.params[1:], rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(var.constant[i], other.params[0], atol=1e-12)


def test_levels_are_sums_of_their_growth_rates(example, found):
    at = {name: i for i, name in enumerate(STATES)}
    valued = np.asarray(found.var.valued)
    tau = np.log(example.tau)
    np.testing.assert_allclose(valued[:, at["tau"]], tau - tau.mean(), atol=1e-14)
    states = np.asarray(found.var.states)
    growth = np.diff(states[:, at["g"]])
    np.testing.assert_allclose(growth, states[1:, at["dg"]], atol=1e-14)


def test_the_estimated_residuals_give_back_the_panel(example, found):
    again = valuation_var.simulate_panel(found.var, found.var.residuals)
    np.testing.assert_allclose(again, example.panel, atol=1e-13)


def test_mean_ratio_solves_the_published_equation():
    # p (1 - kappa1) = kappa0 + growth - return, kappa0 = ln(1 + e^p) - kappa1 p.
    excess = 0.0172752197
    p = float(mean_log_ratio(excess))
    kappa = np.exp(p) / (1 + np.exp(p))
    constant = np.log1p(np.exp(p)) - kappa * p
    assert p * (1 - kappa) == pytest.approx(constant - excess, abs=1e-13)
    assert np.exp(p) == pytest.approx(57.39, abs=0.01)


def test_loadings_agree_with_the_sum_that_they_stand_for(found):
    psi = np.asarray(found.var.psi)
    growth, rate = np.eye(11)[3], np.eye(11)[1]
    got = log_ratio(jnp.asarray(psi), 0.02, jnp.asarray(growth), jnp.asarray(rate))
    kappa, power, total = float(got.kappa), np.eye(11), np.zeros(11)
    for _ in range(800):
        total = total + (growth @ psi - rate) @ power
        power = kappa * power @ psi
    np.testing.assert_allclose(got.loading, total, atol=1e-10)


def test_a_claim_whose_growth_offsets_its_rate_has_a_constant_ratio():
    # Closed form: constant growth and a constant rate give Gordon's formula.
    got = log_ratio(0.5 * jnp.eye(2), 0.04, jnp.zeros(2), jnp.zeros(2))
    assert float(jnp.exp(got.mean)) == pytest.approx(1 / np.expm1(0.04))
    np.testing.assert_allclose(got.loading, 0.0, atol=0)


def test_backing_is_linear_in_shares_and_falls_with_the_premium(example, found):
    def mean(premium, scale=1.0):
        shares = (scale * example.tau, scale * example.g)
        value = valuation_var.backing(found.var, found.var.valued, *shares, premium, 1)
        return value.total.mean()

    assert float(mean(PREMIUM, 2.0)) == pytest.approx(2 * float(mean(PREMIUM)))
    slope = float(jax.grad(mean)(PREMIUM))
    finite = float(mean(PREMIUM + 1e-6) - mean(PREMIUM - 1e-6)) / 2e-6
    assert slope == pytest.approx(finite, rel=1e-5)


def test_a_premium_too_low_is_refused(example):
    with pytest.raises(ValueDoesNotExistError, match=r"'output': mean growth is not"):
        valuation_var.estimate(example, 0.0)


def test_bootstrap_repeats_by_seed_and_counts_draws_without_value(example, found):
    one = valuation_bootstrap.bootstrap(example, found, PREMIUM, 300, seed=3)
    two = valuation_bootstrap.bootstrap(example, found, PREMIUM, 300, seed=3)
    np.testing.assert_array_equal(one.wedge, two.wedge)
    for array in (one.wedge, one.wedge_given_means, one.root, one.excess):
        assert np.isfinite(array).all()
    np.testing.assert_array_equal(one.wedge[~one.finite], 0.0)
    assert not (one.finite & (one.excess <= 0)).any()
    spread = valuation_bootstrap.spread(one.wedge_given_means, one.finite_given_means)
    assert spread.low < spread.median < spread.high
    kept = one.wedge_given_means[one.finite_given_means]
    assert spread.standard_error == pytest.approx(np.std(kept, ddof=1))


def test_a_draw_is_what_a_loop_computes(example, found):
    draws = valuation_bootstrap.bootstrap(example, found, PREMIUM, 300, seed=8)
    residuals = np.asarray(found.var.residuals)
    for i, key in enumerate(jax.random.split(jax.random.key(8), 300)[:3]):
        rows = np.asarray(jax.random.randint(key, (len(residuals),), 0, len(residuals)))
        state, panel = np.asarray(found.var.states[0]), [example.panel[0]]
        at = {name: j for j, name in enumerate(STATES)}
        for row in rows:
            own = found.var.constant + found.var.own @ state + residuals[row]
            own = dict(zip(OWN, np.asarray(own), strict=True))
            mean = float(found.var.mean("dd"))
            levels = {
                "d": state[at["d"]] + own["dd"] + mean,
                "tau": state[at["tau"]] + own["dtau"],
                "g": state[at["g"]] + own["dg"],
            }
            state = np.asarray([(own | levels)[name] for name in STATES])
            panel.append(np.asarray(list(own.values())) + found.var.means)
        again = valuation_var.estimate_var(np.stack(panel))
        value = valuation_var.backing(
            again, found.var.valued, example.tau, example.g, PREMIUM, 1
        )
        if draws.finite[i]:
            wedge = example.mean_debt - float(value.total.mean())
            assert draws.wedge[i] == pytest.approx(wedge, rel=1e-8)


def test_too_few_draws_are_refused(example, found):
    with pytest.raises(FiscaxError, match="draws is 1"):
        valuation_bootstrap.bootstrap(example, found, PREMIUM, 1)
    with pytest.raises(FiscaxError, match="0 of 2 draws have a value"):
        valuation_bootstrap.spread(np.zeros(2), np.zeros(2, bool))
