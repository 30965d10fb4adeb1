"""Standard errors: identities, statsmodels as oracle, and Monte Carlo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.sandwich_covariance import S_hac_simple

from fiscax.calibration.record import statistics


def _ar1(rng, rho, shape):
    """Stationary AR(1) with unit innovations along the last axis."""
    shocks = rng.standard_normal(shape)
    out = np.empty(shape)
    out[..., 0] = shocks[..., 0] / np.sqrt(1.0 - rho**2)
    for t in range(1, shape[-1]):
        out[..., t] = rho * out[..., t - 1] + shocks[..., t]
    return out


def _oracle_error(moments, function, lags):
    """Delta method: long-run variance by statsmodels, derivatives numerically.

    ``moments`` (T, k) are the series whose averages enter ``function``.
    """
    averages = moments.mean(axis=0)
    gradient = np.empty(len(averages))
    for k, average in enumerate(averages):
        step = 1e-5 * max(1.0, abs(average))
        up, down = averages.copy(), averages.copy()
        up[k], down[k] = average + step, average - step
        gradient[k] = (function(up) - function(down)) / (2.0 * step)
    long_run = S_hac_simple(moments - averages, nlags=lags)
    return np.sqrt(gradient @ long_run @ gradient) / len(moments)


@pytest.fixture
def pair():
    rng = np.random.default_rng(7)
    x, e = _ar1(rng, 0.6, (2, 300))
    return x + 3.0, 0.4 * x + e - 1.0


@pytest.mark.parametrize("lags", [0, 5, 20])
def test_mean_error_equals_statsmodels_hac(pair, lags):
    x, _ = pair
    oracle = OLS(x, np.ones_like(x)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    estimate = statistics.mean(x, bandwidth=lags)
    assert estimate.value == pytest.approx(oracle.params[0], rel=1e-12)
    assert estimate.standard_error == pytest.approx(oracle.bse[0], rel=1e-10)


@pytest.mark.parametrize("lags", [0, 5, 20])
def test_beta_and_error_equal_statsmodels_hac(pair, lags):
    x, y = pair
    oracle = OLS(y, np.column_stack([np.ones_like(x), x])).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    estimate = statistics.beta(y, x, bandwidth=lags)
    assert estimate.value == pytest.approx(oracle.params[1], rel=1e-10)
    assert estimate.standard_error == pytest.approx(oracle.bse[1], rel=1e-8)


@pytest.mark.parametrize("lags", [0, 8])
def test_standard_deviation_error_equals_delta_method_on_raw_moments(pair, lags):
    x, _ = pair
    oracle = _oracle_error(
        np.column_stack([x, x**2]), lambda m: np.sqrt(m[1] - m[0] ** 2), lags
    )
    estimate = statistics.standard_deviation(x, bandwidth=lags)
    assert estimate.value == pytest.approx(x.std(ddof=1), rel=1e-12)
    assert estimate.standard_error == pytest.approx(oracle, rel=1e-6)


def _correlation_of_moments(m):
    covariance = m[4] - m[0] * m[1]
    return covariance / np.sqrt((m[2] - m[0] ** 2) * (m[3] - m[1] ** 2))


@pytest.mark.parametrize("lags", [0, 8])
def test_correlation_error_equals_delta_method_on_raw_moments(pair, lags):
    x, y = pair
    moments = np.column_stack([x, y, x**2, y**2, x * y])
    estimate = statistics.correlation(x, y, bandwidth=lags)
    assert estimate.value == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-12)
    assert estimate.standard_error == pytest.approx(
        _oracle_error(moments, _correlation_of_moments, lags), rel=1e-6
    )


def test_autocorrelation_is_the_correlation_of_pairs(pair):
    x, _ = pair
    estimate = statistics.autocorrelation(x, lag=2, bandwidth=4)
    assert estimate == statistics.correlation(x[2:], x[:-2], bandwidth=4)
    assert estimate.observations == len(x) - 2


def test_mean_error_without_lags_is_the_textbook_formula(pair):
    x, _ = pair
    estimate = statistics.mean(x, bandwidth=0)
    assert estimate.standard_error == pytest.approx(
        x.std() / np.sqrt(len(x)), rel=1e-12
    )


def test_white_noise_errors_approach_their_closed_forms():
    """Gaussian white noise: se(sd) = sd / sqrt(2n), se(rho) = 1 / sqrt(n)."""
    n = 200_000
    x, y = np.random.default_rng(1).standard_normal((2, n)) * 2.0
    # Sampling error of a variance at this size is about 0.5%: 3% leaves a margin.
    deviation = statistics.standard_deviation(x, bandwidth=10)
    assert deviation.standard_error == pytest.approx(2.0 / np.sqrt(2 * n), rel=0.03)
    for estimate in (
        statistics.correlation(x, y, bandwidth=10),
        statistics.autocorrelation(x, bandwidth=10),
    ):
        assert estimate.standard_error == pytest.approx(1.0 / np.sqrt(n), rel=0.03)


@pytest.mark.parametrize(
    "estimator",
    [statistics.mean, statistics.standard_deviation, statistics.autocorrelation],
)
def test_reported_errors_match_spread_over_ar1_samples(estimator):
    """400 samples of 400 dates, rho = 0.6: 20% covers Monte Carlo error and HAC bias.

    Bartlett weights understate by about L/n times a constant; the spread over 400
    samples is itself known to 3.5%.
    """
    samples = _ar1(np.random.default_rng(3), 0.6, (400, 400))
    estimates = [estimator(sample) for sample in samples]
    spread = np.std([e.value for e in estimates])
    reported = np.mean([e.standard_error for e in estimates])
    assert reported == pytest.approx(spread, rel=0.2)


def test_mean_rolling_correlation_equals_the_loop_over_windows(pair):
    x, y = pair
    estimate = statistics.mean_rolling_correlation(x, y, window=40)
    loop = [np.corrcoef(x[i : i + 40], y[i : i + 40])[0, 1] for i in range(261)]
    assert estimate.value == pytest.approx(np.mean(loop), rel=1e-12)
    assert (estimate.observations, estimate.bandwidth) == (300, 40)


def test_error_of_mean_rolling_correlation_matches_its_spread():
    rng = np.random.default_rng(5)
    x, e = rng.standard_normal((2, 200, 600))
    y = 0.5 * x + e
    estimates = [
        statistics.mean_rolling_correlation(a, b, window=30)
        for a, b in zip(x, y, strict=True)
    ]
    spread = np.std([e.value for e in estimates])
    reported = np.mean([e.standard_error for e in estimates])
    # 200 samples know the spread to 5%; three of those.
    assert reported == pytest.approx(spread, rel=0.15)


def test_missing_dates_keep_their_place_and_add_nothing():
    """A gap longer than the bandwidth splits the sum of autocovariances in two."""
    rng = np.random.default_rng(11)
    x = rng.standard_normal(60)
    gap = np.concatenate([x[:30], np.full(10, np.nan), x[30:]])
    value = x.mean()
    halves = [
        statistics.standard_error_of_influence(part - value, 4) * 30
        for part in (x[:30], x[30:])
    ]
    estimate = statistics.mean(gap, bandwidth=4)
    assert estimate.value == pytest.approx(value)
    assert estimate.observations == 60
    assert estimate.standard_error == pytest.approx(np.hypot(*halves) / 60, rel=1e-12)


def test_autocorrelation_does_not_pair_across_a_gap():
    x = np.array([1.0, 2.0, 1.5, np.nan, 9.0, 7.0, 8.0])
    now, before = np.array([2.0, 1.5, 7.0, 8.0]), np.array([1.0, 2.0, 9.0, 7.0])
    estimate = statistics.autocorrelation(x)
    assert estimate.observations == 4
    assert estimate.value == pytest.approx(np.corrcoef(now, before)[0, 1])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-100, 100), min_size=8, max_size=60),
    st.floats(0.1, 50.0),
    st.floats(-100, 100),
)
def test_estimates_follow_changes_of_unit(values, scale, shift):
    x = np.asarray(values)
    if x.std() < 1e-3:
        return
    base, moved = statistics.mean(x), statistics.mean(scale * x + shift)
    assert moved.value == pytest.approx(scale * base.value + shift, abs=1e-8)
    assert moved.standard_error == pytest.approx(
        scale * base.standard_error, rel=1e-6, abs=1e-9
    )
    spread = statistics.standard_deviation(scale * x + shift)
    assert spread.value == pytest.approx(
        scale * statistics.standard_deviation(x).value, rel=1e-6
    )
    assert base.scaled(-2.0).standard_error == 2.0 * base.standard_error


def test_bandwidth_rule_and_its_cap():
    assert statistics.automatic_bandwidth(100) == 13
    assert statistics.automatic_bandwidth(6) == 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: statistics.mean([1.0, np.nan, 2.0]), "at least 3 complete"),
        (lambda: statistics.correlation([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]), "constant"),
        (lambda: statistics.beta([1.0, 2.0, 3.0], [0.1, 0.1, 0.1]), "constant"),
        (lambda: statistics.correlation([1.0, 2.0, 3.0], [1.0, 2.0]), "equal length"),
        (lambda: statistics.autocorrelation([1.0, 2.0, 4.0, 3.0], lag=0), "lag"),
        (
            lambda: statistics.mean_rolling_correlation([1.0] * 5, [2.0] * 5, window=9),
            "window",
        ),
        (
            lambda: statistics.mean_rolling_correlation([1.0] * 5, [2.0] * 5, window=3),
            "constant",
        ),
        (lambda: statistics.standard_error_of_influence([1.0], -1), "bandwidth"),
    ],
)
def test_undefined_estimates_raise_and_say_why(call, words):
    with pytest.raises(ValueError, match=words):
        call()
