"""What legislation answers: made records, statsmodels, simulated limits, the record."""

from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.linalg import solve_discrete_lyapunov

from fiscax.calibration.economies.legislated import HALF_YEAR, HORIZON, sides
from fiscax.calibration.economies.statistics import beta as simulated_beta
from fiscax.calibration.matching import legislation_index as index
from fiscax.calibration.matching.equivalence import published
from fiscax.calibration.matching.legislation_facts import shipped_legislation
from fiscax.calibration.record.legislation_response import (
    ERAS,
    MAIN,
    MEASURES,
    HalfYears,
    break_test,
    half_years,
    response,
    response_row,
    rolling_responses,
)
from fiscax.calibration.record.statistics import critical_value
from fiscax.errors import FiscaxError

FIRST, LAST = 1985, 2010
GROWTH, DEBT = 1.05, 400.0


def gdp(year):
    return 1000 * GROWTH ** (year - FIRST)


def write(folder, answers, noise=0.0):
    """Baselines of invented deficits; laws take ``answers`` of the change of debt."""
    generator = np.random.default_rng(3)
    totals = ["DATE,component,projected_fiscal_year,projected_year_number,value"]
    changes = ["DATE,component,category,projected_fiscal_year,value"]
    before = None
    for year, month in product(range(FIRST, LAST), (2, 8)):
        date = f"{year}-{month:02d}-01"
        years = range(year, year + 5)
        if before is not None:
            share = answers * before + noise * generator.normal()
            # A cut is positive in the file; half of it is recorded as revenue alone.
            changes += [
                f"{date},deficit,Legislative,{y},{share * gdp(y)}" for y in years
            ]
            changes += [f"{date},revenue,Legislative,{y},1" for y in years]
            changes += [f"{date},deficit,Economic,{y},-99" for y in years]
        deficit = generator.normal(0.02, 0.02)
        debt = DEBT
        for k, y in enumerate(years):
            debt += deficit * gdp(y)
            totals += [
                f"{date},deficit,{y},{k + 1},{-deficit * gdp(y)}",
                f"{date},debt,{y},{k + 1},{debt}",
            ]
        before = (debt / gdp(year + 4) - DEBT / gdp(year - 1)) / 5
    quarters = ["DATE,GDP"] + [
        f"{y - (m == 10)}-{m:02d}-01,{gdp(y)}"
        for y in range(FIRST - 15, LAST + 2)
        for m in (10, 1, 4, 7)
    ]
    for name, lines in (
        ("cbo_baseline_totals_1982", totals),
        ("cbo_baseline_changes", changes),
        ("macro_quarterly", quarters),
    ):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def test_laws_that_take_a_share_of_projected_debt_are_found(tmp_path):
    write(tmp_path, 0.3)
    data = half_years(tmp_path)
    assert data.names[:2] == ("1985b", "1986a")
    found = response(data)
    assert found.estimate.value == pytest.approx(0.3, rel=1e-9)
    assert found.bound == pytest.approx(0.0, abs=1e-9)


def test_standard_errors_are_those_of_statsmodels(tmp_path):
    write(tmp_path, 0.2, noise=0.01)
    data = half_years(tmp_path)
    found = response(data).estimate
    fit = sm.OLS(data.enacted, sm.add_constant(data.projected)).fit(
        cov_type="HAC",
        cov_kwds={"maxlags": found.bandwidth, "use_correction": False},
    )
    assert found.value == pytest.approx(fit.params[1], rel=1e-10)
    assert found.standard_error == pytest.approx(fit.bse[1], rel=1e-10)
    rolling = rolling_responses(data, window=20)
    assert list(rolling) == list(data.names[19:])
    last = sm.OLS(data.enacted[-20:], sm.add_constant(data.projected[-20:])).fit()
    assert rolling[data.names[-1]].estimate.value == pytest.approx(
        last.params[1], rel=1e-10
    )


def test_what_is_held_constant_is_held_constant(tmp_path):
    """The slope given unemployment is that of the regression with both."""
    write(tmp_path, 0.2, noise=0.01)
    months = [f"{y}-{m:02d}-01" for y in range(1970, LAST + 1) for m in range(1, 13)]
    rates = 5 + np.cumsum(np.random.default_rng(2).normal(0, 0.1, len(months)))
    lines = [f"{d},{r}" for d, r in zip(months, rates, strict=True)]
    (tmp_path / "prices_monthly.csv").write_text("\n".join(["DATE,UNRATE", *lines]))
    plain = half_years(tmp_path)
    mean = np.convolve(rates, np.ones(120) / 120, "valid")
    gap = dict(zip(months[120:], rates[119:-1] - mean[:-1], strict=True))
    slack = [gap[f"{m}-01"] for m in plain.baseline]
    both = sm.add_constant(np.column_stack([plain.projected, slack]))
    expected = sm.OLS(plain.enacted, both).fit().params[1]
    found = response(half_years(tmp_path, MEASURES["given_slack"]))
    assert found.estimate.value == pytest.approx(expected, rel=1e-9)


def test_bounds_of_short_samples_are_those_of_the_limit():
    """Quantiles of t statistics of means of white noise, Bartlett weights."""
    count, lags = 400, 99
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60_000, count))
    x -= x.mean(axis=1, keepdims=True)
    spectrum = np.abs(np.fft.rfft(x, 2 * count, axis=1)) ** 2
    covariances = np.fft.irfft(spectrum, axis=1)[:, : lags + 1] / count
    weights = 1 - np.arange(lags + 1) / (lags + 1)
    long_run = 2 * covariances @ weights - covariances[:, 0]
    # The mean is independent of deviations from it.
    ratios = generator.normal(size=len(x)) / np.sqrt(long_run)
    found = np.quantile(np.abs(ratios), 0.95)
    assert critical_value(count, lags) == pytest.approx(found, rel=0.02)
    assert critical_value(10**9, 0) == pytest.approx(stats.norm.ppf(0.975), abs=1e-3)


def _made(responses, noise, seed=0):
    generator = np.random.default_rng(seed)
    count = len(responses)
    x = generator.normal(size=count)
    y = np.asarray(responses) * x + noise * generator.normal(size=count)
    names = tuple(f"{1984 + k // 2}{'ab'[k % 2]}" for k in range(count))
    return HalfYears(names, names, y, x)


def test_a_break_is_found_where_it_is_and_rarely_where_there_is_none():
    broken = break_test(_made([0.5] * 40 + [0.0] * 40, 0.2), draws=499)
    assert broken.p_value < 0.01
    assert abs(int(broken.at[:4]) - 2004) <= 2
    rejected = [
        break_test(_made([0.3] * 60, 0.5, seed), draws=99).p_value <= 0.1
        for seed in range(200)
    ]
    assert np.mean(rejected) == pytest.approx(0.1, abs=3 * np.sqrt(0.09 / 200))


def test_the_wald_statistic_is_that_of_two_regressions():
    data = _made([0.4] * 30 + [0.1] * 30, 0.3)
    found = break_test(data, draws=1)
    place = data.names.index(found.at)
    fits = [
        sm.OLS(data.enacted[s], sm.add_constant(data.projected[s])).fit(cov_type="HC0")
        for s in (slice(None, place), slice(place, None))
    ]
    gap = fits[1].params[1] - fits[0].params[1]
    expected = gap**2 / (fits[0].bse[1] ** 2 + fits[1].bse[1] ** 2)
    assert found.statistic == pytest.approx(expected, rel=1e-10)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FiscaxError, match=r"cbo_baseline_changes\.csv"):
        half_years(tmp_path)


# The index of whether laws answer.


def _switching(count, seed=4):
    """A record of two regimes that last, and which one held."""
    generator = np.random.default_rng(seed)
    regimes = (np.arange(count) // 40) % 2
    data = _made(np.where(regimes == index.ANSWERS, 1.0, 0.0), 0.0, seed)
    noise = 0.3 * generator.standard_t(8, count) * np.sqrt(6 / 8)
    return data._replace(enacted=data.enacted + noise), regimes


def test_densities_are_students_around_what_each_regime_enacts():
    data, _ = _switching(12)
    data.enacted[3] = np.nan
    record = index.record_of(data, answers=0.7)
    theta = jnp.array([0.1, np.log(0.4), np.log(3.0), 1.0, 2.0])
    found = np.asarray(index.densities(theta, record))
    seen = np.delete(np.arange(12), 3)
    away = data.projected - data.projected[seen].mean()
    scale = 0.4 * np.sqrt(3 / 5)
    for state, size in ((index.ANSWERS, 0.7), (index.NONE, 0.0)):
        expected = stats.t.logpdf(data.enacted - 0.1 - size * away, 5, scale=scale)
        np.testing.assert_allclose(found[seen, state], expected[seen], rtol=1e-10)
    np.testing.assert_array_equal(found[3], 0.0)


def test_probabilities_are_sums_over_all_paths_of_regimes():
    """Filter and smoother on a short record, against every path by hand."""
    data, _ = _switching(8)
    record = index.record_of(data, answers=0.5)
    theta = jnp.array([0.0, np.log(0.3), np.log(6.0), 1.2, 0.4])
    logs = np.asarray(index.densities(theta, record))
    stay = 1 / (1 + np.exp(-np.array([1.2, 0.4])))
    chain = np.array([[stay[0], 1 - stay[0]], [1 - stay[1], stay[1]]])
    start = np.array([1 - stay[1], 1 - stay[0]]) / (2 - stay.sum())

    def none(dates):
        paths = np.array(list(product((0, 1), repeat=dates)))
        total = np.log(start[paths[:, 0]])
        total += logs[np.arange(dates), paths].sum(axis=1)
        total += np.log(chain[paths[:, :-1], paths[:, 1:]]).sum(axis=1)
        weights = np.exp(total - total.max())
        return weights @ (paths == index.NONE) / weights.sum()

    live, smoothed = index.probabilities(theta, record)
    np.testing.assert_allclose(smoothed, none(8), atol=1e-12)
    expected = [none(k)[-1] for k in range(1, 9)]
    np.testing.assert_allclose(live, expected, atol=1e-12)


def test_two_regimes_are_told_apart_where_the_record_is_clear():
    data, regimes = _switching(400)
    record = index.record_of(data, answers=1.0)
    found = index.estimate(record)
    _, smoothed = index.probabilities(jnp.asarray(found.theta), record)
    assert np.mean((np.asarray(smoothed) > 0.5) == (regimes == index.NONE)) > 0.95
    given = index.natural(found.theta)
    assert given["noise"] == pytest.approx(0.3, abs=0.06)
    ends = index.band(found, record)
    assert ends.effective > 100
    assert np.all(ends.filtered[0] <= ends.filtered[1])


def test_evidence_expected_of_a_world_is_that_of_normal_tails():
    """With near-normal noise half the squared answer over its variance."""
    data, _ = _switching(400)
    record = index.record_of(data, answers=0.2)
    found = index.estimate(record)
    found.theta[:3] = 0.0, np.log(0.3), np.log(1e5)
    away = np.asarray(record.projected)
    expected = 0.5 * (0.2 / 0.3) ** 2 * np.mean(away**2)
    for truth in (index.ANSWERS, index.NONE):
        known = index.world(found, record, truth)
        assert known.evidence == pytest.approx(expected, rel=0.03)


# The models.


def test_responses_of_promised_taxes_are_those_of_their_moments():
    """Log-linear spending repaid through the account: covariances in closed form."""
    rho, repaid, share, mean, size = 0.97, 0.05, 0.8, 0.2, 1e-3
    # States: spending gap and account, both small; debt stays at nothing.
    law = np.array([[rho, 0.0], [share * mean, 1 - repaid]])
    shock = np.array([size, 0.0])
    covariance = solve_discrete_lyapunov(law, np.outer(shock, shock))
    generator = np.random.default_rng(1)
    dates, paths = 400, 400
    states = np.zeros((dates, 2, paths))
    states[0] = np.linalg.cholesky(covariance) @ generator.normal(size=(2, paths))
    for t in range(1, dates):
        states[t] = law @ states[t - 1] + np.outer(shock, generator.normal(size=paths))
    gap, account = states[:, 0], states[:, 1]
    series = {
        "spending": gap,
        "tax_ratio": 0.3 + repaid * account,
        "end_of_period_debt": np.ones_like(gap),
        "debt_value": np.ones_like(gap),
    }
    found = sides(series, rho, mean)
    ahead = mean * np.mean(rho ** np.arange(1, HORIZON + 1))
    projected = np.array([ahead, -repaid])
    rise = np.linalg.matrix_power(law, HALF_YEAR)[1] - np.array([0.0, 1.0])
    expected = repaid * rise @ covariance @ projected
    expected /= projected @ covariance @ projected
    every = np.ones(found.projected.shape)
    for outcome in (found.enacted, found.taxes):
        slope = simulated_beta(every, outcome, found.projected)
        assert slope.value == pytest.approx(expected, abs=4 * slope.error)
    news = simulated_beta(every, found.spending_news, found.projected)
    assert news.value == pytest.approx(0.0, abs=4 * news.error)
    np.testing.assert_allclose(found.enacted, found.taxes + found.spending_news)


# The record.


def test_the_shipped_table_has_every_measure_and_era():
    table = shipped_legislation().responses
    keys = {(r["measure"], r["era"]) for r in table.to_dict("records")}
    assert keys == set(product(MEASURES, ERAS))
    assert np.all(table["low"].to_numpy() < table["value"].to_numpy())


def test_the_first_published_era_is_met(data_dir):
    """Within one published standard error of the published response."""
    found = response(half_years(data_dir).inside(*ERAS["1984b-2003b"]))
    row = published("legislation_response")
    assert found.estimate.value == pytest.approx(row.value, abs=row.standard_error)
    shipped = shipped_legislation().responses.set_index(["measure", "era"])
    own = shipped.loc[(MAIN, "1984b-2003b")]
    for column, value in response_row(found).items():
        if isinstance(value, float):
            assert own[column] == pytest.approx(value, rel=1e-7)


def test_first_pass_numbers_are_those_of_deficits(data_dir):
    """Deficits of the baseline before on both sides: .117, standard error .031."""
    data = half_years(data_dir, MEASURES["deficit"]).inside("1984b", "2003b")
    seen = data.seen
    design = sm.add_constant(data.projected[seen])
    fit = sm.OLS(data.enacted[seen], design).fit()
    assert fit.params[1] == pytest.approx(0.117, abs=0.005)
    assert fit.bse[1] == pytest.approx(0.031, abs=0.002)
