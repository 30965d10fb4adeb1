"""Risk prices: pricing errors vanish where they must, derivatives are exact."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.calibration.valuation import risk_prices
from fiscax.calibration.valuation import var as valuation_var
from fiscax.calibration.valuation.file import EXAMPLE, load_valuation
from fiscax.models.markets.affine import OWN, STATES
from fiscax.solvers.pricing import affine as strips

PREMIUM = 0.03


@pytest.fixture(scope="module")
def example():
    return load_valuation(EXAMPLE)


@pytest.fixture(scope="module")
def var(example):
    return valuation_var.estimate_var(example.panel)


def fixed(data, var):
    bounds = risk_prices.Bounds()
    numbers = (PREMIUM, bounds.sharpe, bounds.bond_premium, bounds.root, bounds.growth)
    return risk_prices._Fixed(
        var,
        jnp.asarray(data.yields),
        jnp.asarray(data.observed, float),
        *(jnp.asarray(n) for n in numbers),
        risk_prices._scale(var),
    )


def errors(theta, data, var):
    found = risk_prices._residuals(
        jnp.asarray(theta), fixed(data, var), 1, data.maturities, True
    )
    return {name: np.asarray(value) for name, value in found.items()}


def test_free_entries_stand_in_their_places():
    theta = np.arange(1.0, 43.0)
    price, loading = risk_prices.unpack(jnp.asarray(theta))
    assert np.count_nonzero(price) == 5
    assert np.count_nonzero(loading) == 37
    assert price[OWN.index("y1")] == 0
    assert loading[OWN.index("pi"), STATES.index("x")] == 9
    np.testing.assert_array_equal(loading[OWN.index("dd")], 0.0)


def test_yields_of_the_model_itself_leave_no_errors(example, var):
    rng = np.random.default_rng(1)
    theta = 0.1 * rng.standard_normal(42) * np.asarray(risk_prices._scale(var))
    own = risk_prices._kernel(jnp.asarray(theta), var)
    bond = risk_prices.CLAIMS["nominal_bond"].payoff({})
    logs = strips.log_prices(strips.strips(own, bond, 10), var.valued)
    exact = replace(example, yields=-np.asarray(logs)[:, [9]] / 10)
    np.testing.assert_allclose(errors(theta, exact, var)["yields"], 0.0, atol=1e-10)
    # A tenth of a percent on every observed yield is two units of a twentieth each.
    worse = replace(exact, yields=exact.yields + 0.001)
    size = np.linalg.norm(errors(theta, worse, var)["yields"])
    assert size == pytest.approx(0.10 / risk_prices.SCALES["yields"], rel=1e-9)


def test_prices_that_solve_the_return_on_equity_leave_no_error(example, var):
    # L1's row of pd enters the slopes linearly: solve for it, then the level by L0.
    theta = jnp.zeros(42)
    found = errors(theta, example, var)["equity_return"]
    step = risk_prices._slopes(theta, fixed(example, var), 1, example.maturities, True)
    slope = np.asarray(step["equity_return"])
    change, *_ = np.linalg.lstsq(slope, -found, rcond=None)
    left = errors(theta + change, example, var)["equity_return"]
    np.testing.assert_allclose(left, 0.0, atol=1e-8)


def test_derivatives_agree_with_differences(example, var):
    rng = np.random.default_rng(2)
    scale = np.asarray(risk_prices._scale(var))
    theta = 0.05 * rng.standard_normal(42) * scale
    step = risk_prices._slopes(
        jnp.asarray(theta), fixed(example, var), 1, example.maturities, True
    )
    way = rng.standard_normal(42) * scale
    high, low = (errors(theta + s * 1e-6 * way, example, var) for s in (1, -1))
    for name, slope in step.items():
        finite = (high[name] - low[name]) / 2e-6
        np.testing.assert_allclose(
            np.asarray(slope) @ way, finite, rtol=1e-5, atol=1e-4
        )


@pytest.mark.data
@pytest.mark.slow
def test_estimates_on_the_record_price_it_as_well_as_the_published_ones(data_dir):
    data = load_valuation(data_dir / "jlnx_annual_1929_2022.csv")
    var = valuation_var.estimate_var(data.panel)
    found = risk_prices.estimate_risk_prices(data, var, PREMIUM)
    # The published prices have yield errors of 0.64% a year by the same measure.
    assert found.errors["yields"] < 0.64
    assert found.errors["five_year_yield"] < 0.2
    judged = strips.existence(found.economy.kernel, found.economy.payoff("output"))
    assert judged.exists
    assert judged.root <= 0.9951
    premium = strips.claim_premia(
        found.economy.kernel, found.economy.payoff("output"), jnp.zeros((1, 11))
    )
    # The target is the mean spread plus 3%; log of an average exceeds the average log.
    target = float(var.mean("spr")) + PREMIUM
    assert float(premium[0]) == pytest.approx(target, abs=2e-3)
