"""Likelihood and smoother against joint densities, a second filter, differences."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import sympy as sp
from scipy.stats import multivariate_normal
from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

import fiscax
from fiscax.models.declaration import DeclarationError, Parameter
from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.functions import parameter_vector
from fiscax.solvers.errors import DeterminacyError, SolutionError
from fiscax.solvers.filters.gaussian import StateSpace, filter_pass, log_density
from fiscax.solvers.filters.likelihood import (
    VERDICTS,
    filtered,
    forecasts,
    judged_likelihood_function,
    log_likelihood,
    log_likelihood_function,
    smoothed,
)
from fiscax.solvers.perturbation.solution import solve_local

FILE = Path(__file__).parents[1] / "oracles" / "dynare" / "new_keynesian_calvo.mod"
OBSERVED = ("pi", "R", "c")
ERROR = {"c": 0.003}

WALK = """
var x y z; varexo e u; parameters rho walk load;
rho = 0.9; walk = 0.7; load = 0.5;
model; x = rho*x(-1) + e; z = walk*z(-1) + u; y = load*x(+1) + z + 2; end;
steady_state_model; x = 0; z = 0; y = 2; end;
shocks; var e; stderr 0.5; var u; stderr 0.3; var e, u = 0.05; end;
"""


@cache
def keynesian():
    """Model, first-order solution, data (T, 3) with gaps in all manners."""
    model = fiscax.load_mod(FILE)
    solution = fiscax.solve(model, order=1)
    paths = solution.simulate(14, seed=4)
    data = np.stack([paths[n].values[:, 0] for n in OBSERVED], axis=1)
    data[0, 1] = data[3, 0] = data[3, 2] = data[7] = data[13, 2] = np.nan
    return model, solution, data


@cache
def walk():
    return read_mod_text(WALK, "walk")


def named(data, names=OBSERVED):
    return dict(zip(names, data.T, strict=True))


def stacked(solution, periods, rows):
    """Covariance of all variables at all dates with those of ``rows``, by blocks."""
    found = solution.all_moments(periods)
    after = [found.covariance, *found.autocovariance]
    blocks = [
        [after[t - s] if t >= s else after[s - t].T for s in range(periods)]
        for t in range(periods)
    ]
    n = len(solution.variables)
    whole = np.block(blocks).reshape(periods, n, periods, n)
    return whole[:, :, :, rows], found.mean


@pytest.mark.parametrize("error", [None, ERROR])
def test_likelihood_is_the_joint_density(error):
    model, solution, data = keynesian()
    rows = [solution.variables.index(n) for n in OBSERVED]
    whole, mean = stacked(solution, len(data), rows)
    joint = whole[:, rows].reshape(data.size, data.size)
    sizes = np.array([(error or {}).get(n, 0.0) for n in OBSERVED])
    joint = joint + np.diag(np.tile(sizes**2, len(data)))
    seen = ~np.isnan(data.ravel())
    gap = (data - mean[rows]).ravel()[seen]
    exact = multivariate_normal.logpdf(gap, cov=joint[np.ix_(seen, seen)])
    assert log_likelihood(solution, named(data), error) == pytest.approx(
        exact, rel=1e-9
    )
    # The same from parameters, in one compiled program.
    f = jax.jit(log_likelihood_function(model, OBSERVED, error))
    np.testing.assert_allclose(f(parameter_vector(model), data), exact, rtol=1e-9)


def oracle(solution, data, error, names=OBSERVED, start=None):
    """The state space of all variables, for the filter of statsmodels."""
    n, m, k = len(solution.variables), len(names), len(solution.shocks)
    n_s = len(solution.states)
    rows = [solution.variables.index(v) for v in names]
    x = np.asarray(solution.rule.x)
    space = KalmanSmoother(k_endog=m, k_states=n, k_posdef=k)
    space.bind((data - solution.rule.steady[rows]).T.copy(order="F"))
    space["design"] = np.eye(n)[rows]
    transition = np.zeros((n, n))
    transition[:, list(solution.layout.states)] = x[:, :n_s]
    space["transition"], space["selection"] = transition, x[:, n_s:]
    space["state_cov"] = solution.covariance
    space["obs_cov"] = np.diag([error.get(v, 0.0) ** 2 for v in names])
    if start is None:
        variance = solution.all_moments(1).covariance
    else:
        by_state, by_shock = x[:, :n_s], x[:, n_s:]
        variance = start * by_state @ by_state.T
        variance += by_shock @ solution.covariance @ by_shock.T
    space.initialize_known(np.zeros(n), variance)
    # No switch to a steady state of the filter.
    space.tolerance = 0
    return space


def test_second_filter_agrees_on_a_long_sample_with_gaps():
    _, solution, _ = keynesian()
    rng = np.random.default_rng(0)
    paths = solution.simulate(300, seed=2)
    data = np.stack([paths[n].values[:, 0] for n in OBSERVED], axis=1)
    data[:, OBSERVED.index("c")] += ERROR["c"] * rng.standard_normal(len(data))
    data[rng.random(data.shape) < 0.1] = np.nan
    space = oracle(solution, data, ERROR)
    found = log_likelihood(solution, named(data), ERROR)
    assert found == pytest.approx(space.loglike(), rel=1e-9)
    other = space.smooth()
    # Dispersion rests to first order.
    size = np.sqrt(np.maximum(np.diag(solution.all_moments(1).covariance), 1e-20))
    steady = solution.rule.steady
    smooth = smoothed(solution, named(data), ERROR)
    assert smooth.attrs["log_likelihood"] == pytest.approx(found, rel=1e-12)
    predicted = forecasts(solution, named(data), ERROR)
    for dataset, state, variance in (
        (smooth, other.smoothed_state, other.smoothed_state_cov),
        (
            filtered(solution, named(data), ERROR),
            other.filtered_state,
            other.filtered_state_cov,
        ),
        (
            predicted,
            other.predicted_state[:, :-1],
            other.predicted_state_cov[:, :, :-1],
        ),
    ):
        gap = (dataset["mean"].values - steady - state.T) / size
        assert np.abs(gap).max() < 1e-6
        spread = dataset["standard_deviation"].values ** 2
        gap = (spread - np.diagonal(variance)) / size**2
        assert np.abs(gap).max() < 1e-6
    # The other filter dates a shock one period before the states that it moves.
    gap = smooth["shock_mean"].values[1:] - other.smoothed_state_disturbance.T[:-1]
    assert np.abs(gap / np.sqrt(np.diag(solution.covariance))).max() < 1e-6
    # Forecast errors over their standard deviation are as large as they should be.
    ratio = predicted["error"] / predicted["error_standard_deviation"]
    assert np.array_equal(np.isnan(ratio.values), np.isnan(data))
    assert float((ratio**2).mean()) == pytest.approx(1.0, abs=0.15)


def test_smoother_is_the_conditional_expectation():
    _, solution, data = keynesian()
    rows = [solution.variables.index(n) for n in OBSERVED]
    n, periods = len(solution.variables), len(data)
    whole, mean = stacked(solution, periods, range(n))
    seen = ~np.isnan(data.ravel())
    joint = whole[:, rows][:, :, :, rows].reshape(data.size, data.size)
    joint = joint + np.diag(np.tile([0.0, 0.0, ERROR["c"] ** 2], periods))
    cross = whole[:, :, :, rows].reshape(periods * n, data.size)[:, seen]
    weights = np.linalg.solve(joint[np.ix_(seen, seen)], cross.T).T
    gap = (data - mean[rows]).ravel()[seen]
    exact = mean + (weights @ gap).reshape(periods, n)
    prior = np.einsum("tntn->tn", whole)
    variance = prior - np.sum(weights * cross, axis=1).reshape(periods, n)
    smooth = smoothed(solution, named(data), ERROR)
    size = np.sqrt(np.maximum(prior, 1e-20))
    assert np.abs((smooth["mean"].values - exact) / size).max() < 1e-7
    spread = smooth["standard_deviation"].values
    assert np.abs((spread**2 - variance) / size**2).max() < 1e-7
    # What is observed without error is known.
    known = ~np.isnan(data[:, 0])
    found = smooth["mean"].sel(variable="pi").values
    np.testing.assert_allclose(found[known], data[known, 0], rtol=0, atol=1e-12)
    # Smoothed shocks move smoothed states along the rule.
    states = smooth["mean"].sel(variable=list(solution.states)).values[:-1]
    at_rest = [solution.steady_state[s] for s in solution.states]
    x = np.concatenate([states - at_rest, smooth["shock_mean"].values[1:]], axis=1)
    again = solution.rule.steady + x @ solution.rule.x.T
    assert np.abs((smooth["mean"].values[1:] - again) / size[1:]).max() < 1e-9


def slope_by_differences(f, values, i):
    """Fourth-order difference; the step suits functions good to twelve digits."""
    step = 1e-3 * abs(float(values[i]))
    points = values[None, :] + step * jnp.outer(
        jnp.array([-2.0, -1.0, 1.0, 2.0]), jnp.eye(len(values))[i]
    )
    a, b, c, d = (float(f(p)) for p in points)
    return (a - 8 * b + 8 * c - d) / (12 * step)


@pytest.mark.slow
def test_gradient_is_that_of_finite_differences():
    model, _, data = keynesian()
    model = replace(
        model,
        parameters=(*model.parameters, Parameter("noise", "", "", 0, 1, "")),
        values={**model.values, "noise": 0.003},
    )
    values = parameter_vector(model)
    f = jax.jit(log_likelihood_function(model, OBSERVED, {"c": "noise"}))
    slope = jax.jit(jax.grad(f))(values, data)
    for i in range(len(values)):
        exact = slope_by_differences(lambda p: f(p, data), values, i)
        assert float(slope[i]) == pytest.approx(exact, rel=1e-6, abs=1e-4), i
    # Data are an argument too; what is missing has no slope.
    by_data = jax.jit(jax.grad(f, argnums=1))(values, data)
    assert np.array_equal(np.asarray(by_data) == 0, np.isnan(data))
    moved = [f(values, jnp.asarray(data).at[5, 1].add(s)) for s in (1e-5, -1e-5)]
    np.testing.assert_allclose(by_data[5, 1], (moved[0] - moved[1]) / 2e-5, rtol=1e-6)


@pytest.mark.slow
def test_the_score_of_a_state_space_differentiates_again():
    rng = np.random.default_rng(3)
    both, root = rng.standard_normal((5, 3)) / 3, rng.standard_normal((5, 5))
    space = StateSpace(*(jnp.asarray(a) for a in (both, root @ root.T, np.eye(3))))
    rows = rng.standard_normal((20, 2))
    rows[4, 0] = rows[9] = np.nan
    along = jax.tree.map(lambda a: a + a.T if len(a) == a.shape[1] else a, space)

    def value(t):
        moved = jax.tree.map(lambda a, d: a + 0.1 * jnp.sin(t) * d, space, along)
        return log_density(moved, jnp.asarray(rows)).value

    def plain(t):
        moved = jax.tree.map(lambda a, d: a + 0.1 * jnp.sin(t) * d, space, along)
        return filter_pass(moved, jnp.asarray(rows), False)[0].value

    # The analytic score, and derivatives of every step of the filter.
    np.testing.assert_allclose(jax.grad(value)(0.3), jax.grad(plain)(0.3), rtol=1e-11)
    found = jax.jit(jax.jacfwd(jax.grad(value)))(0.3)
    np.testing.assert_allclose(found, jax.jacfwd(jax.jacfwd(plain))(0.3), rtol=1e-10)


@pytest.mark.slow
def test_a_batch_is_what_single_draws_are():
    model, _, data = keynesian()
    values = parameter_vector(model)
    draws = values[None, :] * jnp.linspace(0.98, 1.003, 5)[:, None]
    f = log_likelihood_function(model, OBSERVED, ERROR)
    both = jax.value_and_grad(f)
    together = jax.jit(jax.vmap(both, in_axes=(0, None)))(draws, data)
    alone = jax.jit(both)
    for i, one in enumerate(draws):
        value, slope = alone(one, data)
        assert np.isfinite(value)
        np.testing.assert_allclose(together[0][i], value, rtol=1e-9)
        np.testing.assert_allclose(together[1][i], slope, rtol=1e-6, atol=1e-5)


@pytest.mark.slow
def test_draws_without_a_likelihood_are_minus_infinity_with_a_reason():
    model, _, data = keynesian()
    values = parameter_vector(model)
    place = {p.name: i for i, p in enumerate(model.parameters)}
    draws = jnp.stack(
        [
            values,
            values.at[place["phi"]].set(0.9),
            values.at[place["rho_a"]].set(1.0),
            values.at[place["rho_a"]].set(1.1),
            values.at[place["varphi"]].set(jnp.nan),
        ]
    )
    judged = jax.jit(
        jax.vmap(judged_likelihood_function(model, OBSERVED), in_axes=(0, None))
    )
    found = judged(draws, data)
    assert [VERDICTS[v] for v in found.verdict] == [
        "ok",
        "not determinate",
        "unit root, and no initial variance given",
        "not determinate",
        "no steady state",
    ]
    assert np.isfinite(found.value[0]) and np.all(found.value[1:] == -np.inf)
    wide = judged_likelihood_function(model, OBSERVED, None, 1.0)
    found = jax.jit(wide)(draws[2], data)
    assert found.verdict == 0 and np.isfinite(found.value)
    with pytest.raises(DeterminacyError, match="indeterminate"):
        log_likelihood(model.with_values(phi=0.9), named(data))
    # A covariance that is none.
    bad = replace(walk(), covariance=((1.0, sp.Symbol("load")), (sp.Symbol("load"), 1)))
    judged = jax.jit(judged_likelihood_function(bad, ["y"]))
    draws = [jnp.array([0.9, 0.7, load]) for load in (0.5, 1.5)]
    reasons = [VERDICTS[judged(p, jnp.ones((4, 1))).verdict] for p in draws]
    assert reasons[0] == "ok" and "covariance" in reasons[1]


def test_a_unit_root_asks_for_an_initial_variance():
    solution = solve_local(walk(), 1, {"walk": 1.0})
    data = np.random.default_rng(0).standard_normal((30, 1)).cumsum(axis=0)
    data[4] = np.nan
    with pytest.raises(SolutionError, match=r"modulus 1.*give initial_variance"):
        log_likelihood(solution, {"y": data[:, 0]})
    found = log_likelihood(solution, {"y": data[:, 0]}, initial_variance=100.0)
    space = oracle(solution, data, {}, ("y",), start=100.0)
    assert found == pytest.approx(space.loglike(), rel=1e-9)
    smooth = smoothed(solution, {"y": data[:, 0]}, initial_variance=100.0)
    gap = smooth["mean"].values - solution.rule.steady - space.smooth().smoothed_state.T
    assert np.abs(gap).max() < 1e-8
    with pytest.raises(SolutionError, match="not negative"):
        smoothed(solution, {"y": data[:, 0]}, initial_variance=-1.0)


def test_exact_relations_are_named():
    _, solution, data = keynesian()
    series = {**named(data), "d": np.zeros(14), "n": np.ones(14)}
    with pytest.raises(SolutionError, match=r"exact relation.*leave one out"):
        log_likelihood(solution, series)
    # Without policy shocks the rule links the rate and inflation.
    series = {"R": data[:, 1], "pi": data[:, 0]}
    solution = solve_local(fiscax.load_mod(FILE), 1, {"sigma_m": 0.0})
    with pytest.raises(SolutionError, match="observables R, pi satisfy an exact rel"):
        smoothed(solution, series)
    assert np.isfinite(log_likelihood(solution, series, {"R": 1e-5}))
    still = solve_local(walk(), 1)
    constant = replace(walk(), covariance=((0, 0), (0, sp.Integer(1))))
    with pytest.raises(SolutionError, match="'x' is known for certain"):
        log_likelihood(solve_local(constant, 1), {"y": np.ones(3), "x": np.ones(3)})
    assert np.isfinite(log_likelihood(still, {"y": np.ones(3)}))


@pytest.mark.slow
def test_the_truth_is_likelier_and_its_score_has_mean_zero():
    model = walk()
    values = parameter_vector(model)
    paths = solve_local(model).simulate(80, paths=400, seed=7)["y"].values
    data = jnp.asarray(paths.T)[:, :, None]
    f = log_likelihood_function(model, ["y"], {"y": 0.2})
    data = data + 0.2 * jax.random.normal(jax.random.key(1), data.shape)
    both = jax.jit(jax.vmap(jax.value_and_grad(f), in_axes=(None, 0)))
    value, score = both(values, data)
    error = jnp.std(score, axis=0) / np.sqrt(len(data))
    assert np.all(np.abs(jnp.mean(score, axis=0) / error) < 4)
    for i in range(3):
        for factor in (0.85, 1.08):
            other, _ = both(values.at[i].mul(factor), data)
            gap = np.asarray(value - other)
            assert gap.mean() > 2 * gap.std() / np.sqrt(len(gap))
    # Information: the variance of the score is minus the mean curvature.
    steps = 1e-4 * jnp.eye(3)
    bent = [both(values - s, data)[1] - both(values + s, data)[1] for s in steps]
    bent = np.mean(np.asarray(bent), axis=1) / 2e-4
    spread = np.cov(np.asarray(score).T)
    np.testing.assert_allclose(np.diag(spread), np.diag(bent), rtol=0.3)


def test_data_come_by_name_in_any_container():
    _, solution, data = keynesian()
    expected = log_likelihood(solution, named(data))
    dates = pd.date_range("2000-01-01", periods=len(data), freq="QS")
    frame = pd.DataFrame(named(data), index=dates)[["c", "pi", "R"]]
    assert log_likelihood(solution, frame) == pytest.approx(expected, rel=1e-12)
    dataset = frame.rename_axis("time").to_xarray()
    assert log_likelihood(solution, dataset) == pytest.approx(expected, rel=1e-12)
    array = dataset.to_dataarray("variable")
    assert log_likelihood(solution, array) == pytest.approx(expected, rel=1e-12)
    for given in (frame, dataset, array.transpose("time", "variable")):
        smooth = smoothed(solution, given)
        assert list(smooth["time"].values) == list(dates.values)
        assert dict(smooth.sizes) == {"time": 14, "variable": 11, "shock": 3}
    assert list(smoothed(solution, named(data))["time"].values) == list(range(14))


def test_names_and_series_are_checked():
    model, solution, data = keynesian()
    series = named(data)
    with pytest.raises(DeclarationError, match=r"no variable named 'pie'.*mean pi"):
        log_likelihood(solution, {"pie": series["pi"]})
    with pytest.raises(DeclarationError, match="measurement error: no observable"):
        log_likelihood(solution, series, {"n": 0.1})
    with pytest.raises(DeclarationError, match="measurement error: no parameter"):
        log_likelihood_function(model, OBSERVED, {"c": "sigma_q"})
    with pytest.raises(DeclarationError, match="'c' is named twice"):
        log_likelihood_function(model, ["c", "c"])
    with pytest.raises(DeclarationError, match="at least one"):
        log_likelihood(solution, {})
    with pytest.raises(DeclarationError, match="'R' has 3 dates, 'pi' has 14"):
        log_likelihood(solution, {"pi": series["pi"], "R": np.ones(3)})
    with pytest.raises(DeclarationError, match="'pi' has 2 dimensions; give one path"):
        log_likelihood(solution, solution.simulate(5)[["pi"]])
    with pytest.raises(DeclarationError, match="'pi' has infinite values"):
        log_likelihood(solution, {"pi": np.array([1.0, np.inf])})
    with pytest.raises(SolutionError, match="of order 2; solve with order=1"):
        log_likelihood(fiscax.solve(model, order=2), series)


@pytest.mark.slow
def test_errors_of_the_model_are_those_of_its_likelihood():
    text = WALK.replace("load;", "load noise;", 1).replace(
        "load = 0.5;", "load = 0.5; noise = 0.2;"
    )
    text = text.replace("shocks;", "varobs x y; shocks; var y; stderr noise; ")
    model = read_mod_text(text, "walk")
    data = solve_local(model).simulate(30, seed=3)[["x", "y"]].isel(path=0)
    given = log_likelihood(model, data, {"y": 0.2})
    assert log_likelihood(model, data) == pytest.approx(given, rel=1e-13)
    assert abs(log_likelihood(model, data, {}) - given) > 0.01
    # They follow the parameters they are made of.
    twice = log_likelihood(model.with_values(noise=0.4), data)
    assert twice == pytest.approx(log_likelihood(model, data, {"y": 0.4}), rel=1e-13)
    f = log_likelihood_function(model, ("x", "y"))
    values = parameter_vector(model, {"noise": 0.4})
    array = np.stack([data[n].values for n in ("x", "y")], axis=1)
    assert float(f(values, array)) == pytest.approx(twice, rel=1e-12)
    # Errors of what is not observed play no part.
    one = log_likelihood(model, data[["x"]])
    assert one == pytest.approx(log_likelihood(model, data[["x"]], {}), rel=1e-13)


def test_correlated_errors_of_the_model_are_those_of_shocks():
    tail = "var x = 0.09; var y = 0.04; corr x, y = -0.5; end;"
    model = read_mod_text(WALK.replace("0.05; end;", f"0.05; {tail}"), "walk")
    names = WALK.replace("var x y z; varexo e u;", "var x y z p q; varexo e u m n;")
    names = names.replace("+ 2; end;", "+ 2; p = x + m; q = y + n; end;")
    names = names.replace("y = 2; end;", "y = 2; p = 0; q = 2; end;").replace(
        "0.05; end;", "0.05; var m = 0.09; var n = 0.04; corr m, n = -0.5; end;"
    )
    other = read_mod_text(names, "walk")
    data = solve_local(other).simulate(40, seed=5)[["p", "q"]].isel(path=0)
    want = log_likelihood(other, data)
    got = log_likelihood(model, {"x": data["p"].values, "y": data["q"].values})
    assert got == pytest.approx(want, rel=1e-12)
