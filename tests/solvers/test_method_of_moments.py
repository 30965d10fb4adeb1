"""Moments, their variance and their fit against closed forms, simulation and truth."""

from functools import cache

import numpy as np
import pytest
from scipy import stats

import fiscax
from fiscax.models.dynare.reader import read_mod_text
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.estimation.moments import Targets, match_moments, newey_west
from fiscax.solvers.estimation.posterior import of_model

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
def test_parameters_that_moments_cannot_tell_apart_are_named(data):
    priors = "estimated_params; sd, gamma_pdf, 0.6, 0.2; size, gamma_pdf, 1, 0.2; end;"
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
