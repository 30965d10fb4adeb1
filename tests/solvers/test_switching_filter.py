"""Kim's filter beside every history enumerated, Kalman's and Hamilton's filters."""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

import fiscax
from fiscax.errors import FiscaxError
from fiscax.models.dynare.reader import read_mod_text
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.filters.switching import Rules, switching_space

TEXT = """var x y z; varexo e u; parameters rho sd mean; rho = 0.8; sd = 0.3; mean = 0;
model;
x = rho*x(-1) + (1 - rho)*mean + e;
y = x + u;
z = 0.5*x(-1) + 0.2*y;
end;
shocks; var e; stderr sd; var u; stderr 0.3; end;
"""
CHAIN = {"calm": {"calm": 0.9, "wild": 0.1}, "wild": {"calm": 0.3, "wild": 0.7}}
HIDDEN = {"sd": {"calm": 0.2, "wild": 1.0}, "rho": {"calm": 0.9, "wild": 0.5}}


def solved(values, text=TEXT):
    return fiscax.solve(read_mod_text(text, "hidden"), values, regimes=CHAIN)


def sample(solution, periods, seed, names):
    found = solution.simulate(periods, 1, seed, names)
    return {n: np.array(found[n].values[:, 0]) for n in names}


def enumerated(solution, data):
    """Log likelihood, filtered and smoothed probabilities over every history."""
    values = np.stack(list(data.values()), axis=1)
    space, rest = switching_space(solution, tuple(data))
    n = space.both.shape[2]
    count = len(space.start)
    dates = len(values)
    last, logs = {}, {}
    # By today's history: log of its probability and data, mean, variance.
    last = {
        (i,): (np.log(space.start[i]), space.mean[i], space.variance[i])
        for i in range(count)
    }
    likelihood, filtered = [], np.zeros((dates, count))
    for t, row in enumerate(values - rest):
        after = {}
        for (history, (log, mean, variance)), j in itertools.product(
            last.items(), range(count)
        ):
            both, noise = space.both[j], space.noise[j]
            ahead = both @ mean + space.shift[j]
            joint = both @ variance @ both.T + noise
            seen = np.flatnonzero(~np.isnan(row)) + n
            log = log + np.log(space.chances[history[-1], j])
            kept, spread = ahead[:n], joint[:n, :n]
            if len(seen):
                own = joint[np.ix_(seen, seen)]
                log += stats.multivariate_normal(ahead[seen], own).logpdf(row[seen - n])
                gain = np.linalg.solve(own, joint[seen][:, :n]).T
                kept = kept + gain @ (row[seen - n] - ahead[seen])
                spread = spread - gain @ joint[seen][:, :n]
            after[*history, j] = (log, kept, spread)
        last = after
        logs = {h: v[0] for h, v in last.items()}
        likelihood.append(logsumexp(list(logs.values())))
        for j in range(count):
            own = [v for h, v in logs.items() if h[-1] == j]
            filtered[t, j] = np.exp(logsumexp(own) - likelihood[-1])
    smooth = np.zeros((dates, count))
    for history, log in logs.items():
        for t, j in enumerate(history[1:]):
            smooth[t, j] += np.exp(log - likelihood[-1])
    return likelihood[-1], filtered, smooth


def test_equal_regimes_are_one_regime():
    """Then histories do not matter and the filter is Kalman's."""
    same = solved({"sd": {"calm": 0.3, "wild": 0.3}})
    data = sample(same, 40, 1, ["y"])
    data["y"][5] = np.nan
    alone = fiscax.log_likelihood(read_mod_text(TEXT, "alone"), data)
    assert fiscax.log_likelihood(same, data) == pytest.approx(alone, rel=1e-11)
    found = fiscax.filtered_regimes(same, data)
    # Data say nothing of regimes: their probabilities stay at the ergodic ones.
    np.testing.assert_allclose(found.sel(regime="calm"), 0.75, rtol=1e-12)


def test_the_filter_is_exact_where_states_are_observed():
    """Hamilton's recursion with densities of an AR(1) that is seen without error."""
    values = HIDDEN | {"mean": {"calm": 0.0, "wild": 0.6}}
    solution = solved(values)
    data = sample(solution, 60, 2, ["x"])
    # From the second date on the state is known, whatever came before.
    x = data["x"]
    space, rest = switching_space(solution, ("x",))
    start = fiscax.filtered_regimes(solution, {"x": x[:1]}).values[0]
    log = fiscax.log_likelihood(solution, {"x": x[:1]})
    weight = start
    for t in range(1, 60):
        ahead = weight @ space.chances
        density = []
        for j, name in enumerate(("calm", "wild")):
            rho = values["rho"][name]
            centre = rest[0] + space.shift[j, 0] + rho * (x[t - 1] - rest[0])
            density.append(stats.norm(centre, values["sd"][name]).pdf(x[t]))
        joint = ahead * np.array(density)
        log += np.log(joint.sum())
        weight = joint / joint.sum()
    assert fiscax.log_likelihood(solution, data) == pytest.approx(log, rel=1e-9)
    np.testing.assert_allclose(
        fiscax.filtered_regimes(solution, data).values[-1], weight, rtol=1e-7
    )


@pytest.fixture(scope="module")
def short():
    """Ten dates with a hidden state and a missing one: 2,048 histories."""
    solution = solved(HIDDEN | {"mean": {"calm": 0.0, "wild": 0.6}})
    data = sample(solution, 10, 3, ["y"])
    data["y"][4] = np.nan
    return solution, data, enumerated(solution, data)


@pytest.mark.parametrize(
    ("memory", "likelihood", "now", "later"),
    [(10, 1e-9, 1e-9, 1e-9), (6, 1e-5, 1e-5, 0.02), (1, 0.1, 0.02, 0.3)],
)
def test_what_collapsing_costs_beside_exact_enumeration(
    short, memory, likelihood, now, later
):
    """With a memory as long as the sample nothing is collapsed; 1 is Kim's filter."""
    solution, data, (log, filtered, smooth) = short
    found = fiscax.log_likelihood(solution, data, memory=memory)
    assert found == pytest.approx(log, abs=likelihood)
    got = fiscax.filtered_regimes(solution, data, memory=memory)
    np.testing.assert_allclose(got, filtered, atol=now)
    got = fiscax.smoothed_regimes(solution, data, memory=memory)
    np.testing.assert_allclose(got, smooth, atol=later)
    np.testing.assert_allclose(got.sum("regime"), 1, rtol=1e-12)


@pytest.mark.slow
def test_the_sticky_economy_that_switches_has_a_likelihood_of_its_own():
    """Seven dates of the declared economy, beside every history of safe and risky."""
    economy = fiscax.economy("sticky_switching", order=1)
    names = ["inflation", "policy_rate"]
    made = economy.in_regime("risky").solution.simulate(7, 1, 4, names)
    data = {n: made[n].values[:, 0] for n in names}
    chain = economy.solved.chain
    log, filtered, smooth = enumerated(Rules(chain.rules, chain.chances), data)
    # Nothing is forgotten with a memory of seven.
    found = fiscax.log_likelihood(economy, data, memory=7)
    assert found == pytest.approx(log, abs=1e-8)
    got = fiscax.filtered_regimes(economy, data, memory=7)
    assert list(got["regime"].values) == ["safe", "risky"]
    np.testing.assert_allclose(got, filtered, atol=1e-8)
    got = fiscax.smoothed_regimes(economy, data, memory=7)
    np.testing.assert_allclose(got, smooth, atol=1e-8)
    assert fiscax.log_likelihood(economy, data) == pytest.approx(log, abs=1e-3)


def test_states_start_from_their_ergodic_moments_by_regime():
    solution = solved(HIDDEN | {"mean": {"calm": 0.0, "wild": 0.6}})
    values, regimes = solution.walk(400, 4000, seed=5)
    space, _ = switching_space(solution, ("y",))
    names = list(solution.variables)
    x = values[-1][:, names.index("x")] - solution.problem.steady_state[0]
    for j in range(2):
        own = x[regimes[-1] == j]
        error = own.std() / np.sqrt(len(own))
        assert own.mean() == pytest.approx(space.mean[j, 0], abs=4 * error)
        assert own.var() == pytest.approx(space.variance[j, 0, 0], rel=0.15)


@pytest.mark.parametrize(
    ("order", "data", "message"),
    [
        (2, {"y": [0.1, 0.2]}, "order 2; solve with order=1"),
        (1, {"y": [0.1, 0.2], "z": [0.1, 0.1], "x": [0.0, 0.1]}, "exact relation"),
    ],
)
def test_what_has_no_such_filter_is_refused(order, data, message):
    model = read_mod_text(TEXT, "hidden")
    solution = fiscax.solve(model, HIDDEN, order, regimes=CHAIN)
    with pytest.raises(SolutionError, match=message):
        fiscax.log_likelihood(solution, data)
    with pytest.raises(FiscaxError, match="one regime only"):
        fiscax.filtered_regimes(fiscax.solve(model), data)
