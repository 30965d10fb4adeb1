"""Moments, their variance and their fit against closed forms, simulation and truth."""

import math
from functools import cache

import numpy as np
import pytest
from scipy import stats

import fiscax
from fiscax.models.dynare.reader import read_mod_text
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.estimation.moments import (
    Targets,
    match_moments,
    newey_west,
    of_moments,
)
from fiscax.solvers.estimation.posterior import of_model
from fiscax.solvers.estimation.simulated import Simulation

# Demand, supply and policy, with persistent demand and supply shocks.
TEXT = """var x p i d s; varexo e u; parameters kappa phi rho mu sd;
kappa = 0.3; phi = 1.6; rho = 0.7; mu = 0.4; sd = 0.5;
model;
x = x(+1) - (i - p(+1)) + d;
p = 0.99*p(+1) + kappa*x + s;
i = phi*p;
d = rho*d(-1) + e;
s = mu*s(-1) + u;
end;
shocks; var e; stderr sd; var u; stderr 0.3; end;
varobs x p i;
"""
PRIORS = """estimated_params;
kappa, gamma_pdf, 0.4, 0.15; phi, gamma_pdf, 1.8, 0.3;
rho, beta_pdf, 0.6, 0.15; sd, gamma_pdf, 0.6, 0.2;
end;
"""
TRUTH = np.array([0.3, 1.6, 0.7, 0.5])


@cache
def model(priors=PRIORS, seen="x p i"):
    return read_mod_text(TEXT.replace("varobs x p i", f"varobs {seen}") + priors, "nk")


def samples(periods, paths, seed, names=("x", "p")):
    made = fiscax.solve(model()).simulate(periods, paths, seed, names)
    return np.stack([made[n].values for n in names], axis=-1)


def targets(data, priors=PRIORS, names=("x", "p"), **options):
    return Targets(of_model(model(priors, " ".join(names)), names, data), **options)


@pytest.fixture(scope="module")
def data():
    return samples(400, 1, 1)[:, 0]


@pytest.fixture(scope="module")
def found(data):
    return match_moments(targets(data, lags=(1, 2)), starts=2)


def test_the_long_run_variance_is_that_of_an_average():
    """Of a moving average (1, 0.5): (1 + 0.5)^2; Bartlett halves the first lag."""
    rng = np.random.default_rng(0)
    e = rng.standard_normal(200_001)
    y = (e[1:] + 0.5 * e[:-1])[:, None]
    error = 4 * np.sqrt(2 / 200_000) * 2.25
    assert newey_west(y, 0)[0, 0] == pytest.approx(1.25, abs=error)
    assert newey_west(y, 1)[0, 0] == pytest.approx(1.75, abs=2 * error)
    assert newey_west(y, 60)[0, 0] == pytest.approx(2.25, abs=0.1)


@pytest.mark.slow
def test_moments_of_the_estimate_are_those_of_its_solution(data, found):
    """Each moment from the labelled ones of a solution at the estimate."""
    own = targets(data, lags=(1, 2))
    names = [e.parameter for e in own.target.estimated]
    values = dict(zip(names, found.values, strict=True))
    solution = fiscax.solve(model(), values)
    every = solution.all_moments(2)
    rows = [solution.variables.index(n) for n in ("x", "p")]
    by_lag = {0: every.covariance, 1: every.autocovariance[0]}
    by_lag[2] = every.autocovariance[1]
    gap = every.mean[rows] - data.mean(axis=0)
    for name, (i, j, lag), value in zip(
        own.names[2:], own.layout, found.model[2:], strict=True
    ):
        expected = by_lag[lag][rows[i], rows[j]] + gap[i] * gap[j]
        assert value == pytest.approx(expected, rel=1e-8, abs=1e-12), name


@pytest.mark.slow
def test_the_jacobian_is_that_of_differences(data, found):
    """Differences of closed forms of second order, which are the first's here."""
    again = match_moments(targets(data, lags=(1, 2), order=2), starts=1)
    assert again.values == pytest.approx(found.values, rel=1e-4)
    np.testing.assert_allclose(again.jacobian, found.jacobian, rtol=2e-3, atol=1e-4)
    assert again.statistic == pytest.approx(found.statistic, rel=1e-4)


def test_the_estimate_is_where_weighted_gaps_do_not_move(data, found):
    """First-order conditions of two-step GMM, and J, in plain linear algebra."""
    own = targets(data, lags=(1, 2))
    inverse = np.linalg.inv(own.variance)
    gap = own.observed - found.model
    dates = len(own.contributions)
    assert found.statistic == pytest.approx(dates * gap @ inverse @ gap, rel=1e-8)
    assert found.freedom == len(gap) - 4
    slope = found.jacobian.T @ inverse @ gap * found.standard_error * dates
    np.testing.assert_allclose(slope, 0, atol=1e-4)
    spread = np.linalg.inv(found.jacobian.T @ inverse @ found.jacobian) / dates
    np.testing.assert_allclose(np.sqrt(np.diag(spread)), found.standard_error)


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    """Coverage over 200 samples of 800 dates, beside its binomial 99.9% band.

    J rejects the true model as often as it should, within the same kind of band.
    """
    count, hits, rejected = 200, np.zeros(4), 0
    every = samples(800, count, 7)
    whole = np.zeros((count, 4))
    for k in range(count):
        own = match_moments(targets(every[:, k], lags=(1,)), starts=1)
        hits += np.abs(own.values - TRUTH) <= 1.96 * own.standard_error
        rejected += own.p_value < 0.05
        whole[k] = own.values
    low, high = stats.binom.ppf([0.0005, 0.9995], count, 0.95)
    assert np.all(hits >= low), hits / count
    assert count - high <= rejected <= count - low
    error = whole.std(axis=0) / np.sqrt(count)
    np.testing.assert_allclose(whole.mean(axis=0), TRUTH, atol=6 * error.max())


@pytest.mark.slow
@pytest.mark.parametrize(
    "priors",
    [
        "sd, gamma_pdf, 0.6, 0.2; size, gamma_pdf, 1, 0.2;",
        # Their product is a half in the data: the search ends at both bounds.
        "sd, uniform_pdf, , , 0.8, 0.9; size, uniform_pdf, , , 1, 1.1;",
    ],
    ids=["a valley", "a valley out of bounds"],
)
def test_parameters_that_moments_cannot_tell_apart_are_named(data, priors):
    priors = f"estimated_params; {priors} end;"
    text = TEXT.replace("mu sd;", "mu sd size;").replace(
        "sd = 0.5;", "sd = .5; size=1;"
    )
    text = text.replace("rho*d(-1) + e", "rho*d(-1) + size*e")
    own = of_model(read_mod_text(text + priors, "nk"), ("x", "p"), data)
    with pytest.raises(SolutionError, match="cannot tell sd, size apart"):
        match_moments(Targets(own), starts=1)


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (("x", "p", "i"), {}, "repeat one another"),
        (("x",), {"means": False, "lags": (1,)}, "2 moments do not determine 4"),
        (("x", "p"), {"lags": tuple(range(1, 90))}, "ask for fewer lags"),
    ],
)
def test_moments_that_do_not_serve_are_refused(names, options, message):
    values = samples(300, 1, 2, names)[:, 0]
    with pytest.raises(SolutionError, match=message):
        match_moments(targets(values, names=names, **options), starts=1)


# What is observed is a power series of a normal process: skewed, with known paths.
CURVED = """var z y; varexo e; parameters c rho sd; c = 1; rho = 0.6; sd = 0.25;
model; z = rho*z(-1) + e; y = c + exp(2*z); end;
initval; z = 0; y = 2; end;
shocks; var e; stderr sd; end;
varobs y;
estimated_params;
c, normal_pdf, 1, 0.5; rho, beta_pdf, 0.5, 0.2; sd, gamma_pdf, 0.3, 0.1;
end;
"""


@cache
def curved():
    return read_mod_text(CURVED, "curved")


def curved_targets(data, order, plan, **options):
    own = of_model(curved(), ("y",), data)
    return Targets(own, order=order, simulation=plan, third=True, **options)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.slow
def test_simulated_moments_are_those_of_paths_in_plain_numpy(order):
    """Recursion, series and moments written out, with the same draws."""
    rng = np.random.default_rng(2)
    data = 2 + rng.standard_normal((50, 1))
    plan = Simulation(samples=3, burn_in=7, seed=5)
    own = curved_targets(data, order, plan, lags=(1, 2))
    values = np.array([0.8, 0.7, 0.2])
    told, slopes = of_moments(own)(own.target.bounds.free(values))
    normal = np.random.default_rng(5).standard_normal((57, 3, 1))
    z, sums = np.zeros(3), np.zeros(6)
    paths = []
    for t in range(57):
        z = values[1] * z + values[2] * normal[t, :, 0]
        series = sum((2 * z) ** n / math.factorial(n) for n in range(order + 1))
        paths.append(values[0] + series - data.mean())
    gap = np.array(paths)[7:]
    for k in range(3):
        for t in range(2, 50):
            now, past = gap[t, k], (gap[t - 1, k], gap[t - 2, k])
            sums += [now, now**2, now * past[0], now * past[1], now**3, 1]
    np.testing.assert_allclose(told, sums[:5] / sums[5], rtol=1e-10)
    # The exact Jacobian, beside differences of the same moments.
    free, step = own.target.bounds.free(values), 1e-5
    for i in range(3):
        ahead, behind = free.copy(), free.copy()
        ahead[i] += step
        behind[i] -= step
        rise = of_moments(own)(ahead)[0] - of_moments(own)(behind)[0]
        np.testing.assert_allclose(slopes[:, i], rise / (2 * step), rtol=1e-6)


@pytest.mark.slow
def test_many_simulated_samples_give_the_closed_form(data):
    """Moments within Monte Carlo error, at first order with third powers."""
    plan = Simulation(samples=100)
    own = targets(data, third=True, simulation=plan)
    closed = targets(data, third=True)
    free = own.target.bounds.free(TRUTH)
    told, slopes = of_moments(own)(free)
    expected, exact = of_moments(closed)(free)
    error = np.sqrt(np.diag(own.variance) / (100 * len(data)))
    assert np.all(np.abs(told - expected) < 4 * error)
    np.testing.assert_allclose(slopes, exact, atol=0.1 * np.abs(exact).max())
    assert own.dates == pytest.approx(399 / (1 + 1 / 100))


@pytest.mark.slow
def test_estimates_of_simulated_moments_are_those_of_the_closed_form(data):
    """With many samples; errors are wider by the noise, in plain linear algebra."""
    closed = match_moments(targets(data), starts=1)
    own = targets(data, simulation=Simulation(samples=200))
    found = match_moments(own, starts=1)
    gap = np.abs(found.values - closed.values)
    assert np.all(gap < 0.3 * closed.standard_error)
    ratio = found.standard_error / closed.standard_error
    np.testing.assert_allclose(ratio, 1, rtol=0.1)
    few = targets(data, simulation=Simulation(samples=4))
    found = match_moments(few, starts=1)
    inverse, slope = np.linalg.inv(few.variance), found.jacobian
    own = 1.25 * np.linalg.inv(slope.T @ inverse @ slope) / 399
    np.testing.assert_allclose(np.sqrt(np.diag(own)), found.standard_error)
    gap = few.observed - found.model
    assert found.statistic == pytest.approx(399 / 1.25 * gap @ inverse @ gap)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_estimates_move_with_the_draws_as_much_as_errors_say():
    """Other draws of one simulated sample, 3000 dates: as uncertain as the data.

    Deviations over 24 seeds are known to 15 percent, and the variance of the data's
    moments to about as much: three standard deviations of both.
    """
    data = samples(3000, 1, 4)[:, 0]
    closed = match_moments(targets(data, bandwidth=20), starts=1)
    found = []
    for seed in range(24):
        plan = Simulation(samples=1, seed=seed)
        own = targets(data, bandwidth=20, simulation=plan)
        found.append(match_moments(own, starts=1).values)
    ratio = np.std(found, axis=0, ddof=1) / closed.standard_error
    print(f"deviation over draws, in standard errors {ratio}")
    assert np.all((ratio > 0.5) & (ratio < 1.6)), ratio


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_intervals_of_simulated_moments_hold_the_truth_as_often_as_they_say():
    """Coverage over 60 samples of 800 dates, five simulated samples for each.

    J rejects the true model more often than in 5 of 100, as it does in closed form:
    on the same samples the two differ by chance only.
    """
    count, hits, rejected = 60, np.zeros(4), np.zeros((60, 2), bool)
    every = samples(800, count, 7)
    for k in range(count):
        plan = Simulation(samples=5, seed=k)
        own = match_moments(targets(every[:, k], simulation=plan), starts=1)
        closed = match_moments(targets(every[:, k]), starts=1)
        hits += np.abs(own.values - TRUTH) <= 1.96 * own.standard_error
        rejected[k] = own.p_value < 0.05, closed.p_value < 0.05
    print(f"coverage {hits / count}, rejected {rejected.mean(axis=0)}")
    low = stats.binom.ppf(0.0005, count, 0.95)
    assert np.all(hits >= low), hits / count
    differ = np.sum(rejected[:, 0] != rejected[:, 1])
    assert abs(rejected[:, 0].sum() - rejected[:, 1].sum()) <= 4 * math.sqrt(differ)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_intervals_from_third_powers_of_a_third_order_solution():
    """Coverage over 60 samples of 800 dates of a skewed series."""
    count, hits, truth = 60, np.zeros(3), np.array([1.0, 0.6, 0.25])
    solution = fiscax.solve(curved(), order=3)
    every = solution.simulate(800, count, 11, ("y",))["y"].values
    for k in range(count):
        own = curved_targets(every[:, k, None], 3, Simulation(samples=5, seed=k))
        found = match_moments(own, starts=1)
        hits += np.abs(found.values - truth) <= 1.96 * found.standard_error
    print(f"coverage {hits / count}")
    low = stats.binom.ppf(0.0005, count, 0.95)
    assert np.all(hits >= low), hits / count


def test_what_cannot_be_simulated_is_refused(data):
    with pytest.raises(SolutionError, match="method 'smm'"):
        targets(data, third=True, order=2)
    with pytest.raises(SolutionError, match="0 simulated samples"):
        Simulation(samples=0)
