"""Betas of the claims behind the debt, and slopes of rates on debt."""

import numpy as np
import pytest
import statsmodels.api as sm

from fiscax.calibration.economies import claims
from fiscax.calibration.economies.samples import Size, sample
from fiscax.calibration.economies.statistics import beta, mean

SHORT = Size(periods=60, paths=40)


@pytest.fixture(scope="module")
def positions(risky_economy):
    return claims.claim_sample(risky_economy, size=SHORT)


def synthetic(slopes, values):
    """Positions with known betas whose gains add up exactly."""
    rng = np.random.default_rng(3)
    shape = (200, 30)
    equity = rng.normal(size=shape)
    gains = {k: values[k] * slopes[k] * equity for k in slopes}
    gains["tax"] = gains["tax"] + rng.normal(size=shape)
    gains["debt"] = gains["tax"] - gains["spending"] + gains["convenience"]
    held = {k: np.full(shape, float(v)) for k, v in values.items()}
    return claims.ClaimSample(held, gains, equity, np.ones((1, *shape)))


def test_betas_of_known_positions_add_up():
    slopes = {"tax": 0.1, "spending": 0.05, "convenience": 0.2, "output": 0.3}
    values = {"debt": 4.0, "tax": 40, "spending": 37, "convenience": 1, "output": 160}
    positions = synthetic(slopes, values)
    found = claims.claim_betas(positions, 0)
    for claim, slope in slopes.items():
        assert abs(found[claim].value - slope) <= 5 * found[claim].error + 1e-12
    added = claims.contributions(positions, 0)
    assert added["residual"] == pytest.approx(0.0, abs=1e-12)
    assert added["spending"] == pytest.approx(-37 * 0.05 / 4)
    assert added["convenience"] == pytest.approx(0.2 / 4)
    implied = sum(added[k] for k in claims.SIGNS)
    assert implied == pytest.approx(found["debt"].value)


@pytest.mark.slow
def test_claims_behind_the_debt_add_up(positions):
    # The identity holds date by date, up to the ledger's residual.
    gains, value = positions.gains, positions.values
    behind = sum(sign * gains[k] for k, sign in claims.SIGNS.items())
    assert np.max(np.abs(behind - gains["debt"])) < 0.005 * value["debt"].mean()
    assert np.std(behind) > 0.005 * value["debt"].mean()
    residual = claims.contributions(positions, 0)["residual"]
    slopes = claims.claim_betas(positions, 0)
    assert abs(residual) < 0.02 * slopes["debt"].value


def test_gain_on_debt_is_that_of_its_coupons(risky_economy, positions):
    # Independent of the ledger: coupons, prices and inflation.
    names = (
        "log_bond_price",
        "inflation",
        "end_of_period_debt",
        "convenience_flow",
        "real_rate",
        "output_growth_next",
    )
    path = sample(risky_economy, names, size=SHORT).series
    omega = float(risky_economy.solution.parameters["omega"])
    price = np.exp(path["log_bond_price"])
    earned = (1 + omega * price[1:]) / price[:-1] * np.exp(-path["inflation"][1:])
    debt, services = path["end_of_period_debt"][:-1], path["convenience_flow"][:-1]
    riskless = np.exp(path["real_rate"][:-1])
    gain = debt * earned - (debt - services) * riskless
    np.testing.assert_allclose(positions.gains["debt"], gain, atol=1e-9)


def test_tax_claim_has_the_beta_of_its_closed_form(risky_economy, positions):
    # As in the oracle of its value: tau PV(Y) + A + theta PV(G - gbar Y).
    names = (
        "output_value",
        "spending_value",
        "backing_account",
        "tax_ratio",
        "output_growth_next",
        "real_rate",
    )
    path = sample(risky_economy, names, size=SHORT).series
    parameters = risky_economy.solution.parameters
    one = {k: float(np.squeeze(v)) for k, v in parameters.items()}
    gap = path["spending_value"] - one["g_bar"] * path["output_value"]
    cum = one["tax_mean"] * path["output_value"] + path["backing_account"]
    cum = cum + one["theta"] * gap
    ex = (cum - path["tax_ratio"])[:-1]
    growth = np.exp(path["output_growth_next"][:-1])
    gain = cum[1:] * growth - ex * np.exp(path["real_rate"][:-1])
    mask = positions.mask[0]
    want = beta(mask, gain, positions.equity).value / mean(mask, ex).value
    got = claims.claim_betas(positions, 0)["tax"]
    assert got.value == pytest.approx(want, rel=0.01)
    assert positions.values["tax"] == pytest.approx(ex, rel=1e-3)


def test_disasters_raise_the_betas_of_claims_to_output(risky_economy, positions):
    with_disasters = claims.claim_sample(risky_economy, True, size=SHORT)
    calm, rough = (claims.claim_betas(p, 0) for p in (positions, with_disasters))
    for claim in ("tax", "spending", "output"):
        assert rough[claim].value > calm[claim].value > 0


def test_slope_on_debt_is_least_squares_with_errors_clustered_by_path(risky_economy):
    names = ("end_of_period_debt",)
    drawn = sample(risky_economy, names, ("term_premium_40",), size=SHORT).series
    debt = 25 * drawn["end_of_period_debt"]
    rate = 40_000 * drawn["term_premium_40"]
    which = np.broadcast_to(np.arange(debt.shape[1]), debt.shape)
    fitted = sm.OLS(rate.ravel(), sm.add_constant(debt.ravel())).fit(
        cov_type="cluster", cov_kwds={"groups": which.ravel()}
    )
    sums = {"premium": {"term_premium_40": 40_000 / 25}}
    got = risky_economy.slopes(sums, "end_of_period_debt", SHORT)["premium"]
    assert got.value == pytest.approx(fitted.params[1], rel=1e-8)
    # Twenty groups know a standard error to a sixth; the clusters to a tenth.
    assert got.error == pytest.approx(fitted.bse[1], rel=0.5)
    usual = sm.OLS(rate.ravel(), sm.add_constant(debt.ravel())).fit().bse[1]
    assert got.error > 1.5 * usual
