"""Every solution is asked in the same way, and examples of the documentation run."""

import doctest
import inspect

import numpy as np
import pytest
from textbook import fisherian, gaussian_endowment

import fiscax
from fiscax.models.declaration import DeclarationError
from fiscax.models.dynare.reader import read_mod_text
from fiscax.solvers import base, interface
from fiscax.solvers.errors import DeterminacyError
from fiscax.solvers.perturbation.solution import LocalSolution
from fiscax.solvers.projection.solution import GlobalSolution
from fiscax.solvers.projection.solve import SolverOptions
from fiscax.solvers.switching.markov import MarkovSolution, markov_model
from fiscax.solvers.switching.system import linear_switching_system

KINDS = (GlobalSolution, LocalSolution, MarkovSolution)
METHODS = (
    "observe",
    "simulate",
    "impulse_response",
    "generalised_impulse_response",
    "moments",
    "accuracy",
)
GAUSSIAN = {
    "beta": 0.99,
    "gamma": 8.0,
    "mu": 0.005,
    "sigma_y": 0.0075,
    "rho_x": 0.9,
    "sigma_x": 0.0012,
}
FISHER = """
var i p r; varexo e; parameters phi rho;
phi = 1.5; rho = 0.9;
model; i = phi*p; i = p(+1) + r; r = rho*r(-1) + e; end;
shocks; var e; stderr 0.01; end;
"""
CHAIN = {
    "active": {"active": 0.9, "passive": 0.1},
    "passive": {"active": 0.5, "passive": 0.5},
}
PHI = {"active": 1.5, "passive": 0.95}


@pytest.fixture(scope="module")
def gaussian():
    options = SolverOptions(levels={"kernel": ((4,),)})
    return fiscax.solve(gaussian_endowment(unit_ies=True), GAUSSIAN, options=options)


@pytest.fixture(scope="module")
def markov():
    model = read_mod_text(FISHER, "fisher")
    return fiscax.solve(model, {"phi": PHI}, regimes=CHAIN)


@pytest.fixture(scope="module")
def local():
    return fiscax.solve(read_mod_text(FISHER, "fisher"), order=2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_arguments_come_in_one_order(kind, method):
    shared = inspect.signature(getattr(base.Solution, method)).parameters
    own = inspect.signature(getattr(kind, method)).parameters
    positional = [n for n, p in shared.items() if p.kind is not p.KEYWORD_ONLY]
    assert list(own)[: len(positional)] == positional
    for name, parameter in shared.items():
        assert own[name].kind is parameter.kind
        # A default of the protocol is everybody's, unless it is left to the solver.
        if parameter.default not in (inspect.Parameter.empty, ...):
            assert own[name].default == parameter.default
    # What only one solver knows can be left out.
    for name in own.keys() - shared.keys():
        assert own[name].default is not inspect.Parameter.empty


@pytest.mark.slow
def test_every_solution_keeps_the_protocol(gaussian, local, markov):
    for solution in (gaussian, local, markov):
        assert isinstance(solution, base.Solution)
    assert not isinstance(gaussian.model, base.Solution)


def test_labels_are_the_same(gaussian, local, markov):
    asked = ((gaussian, "e_x", "real_rate"), (local, "e", "p"), (markov, "e", "p"))
    for solution, shock, output in asked:
        response = solution.impulse_response({shock: 1.0}, 3, [output])
        assert response.dims == ("horizon", "variable")
        assert response["variable"].values.tolist() == [output]
        general = solution.generalised_impulse_response(
            {shock: 1.0}, 3, [output], paths=20, seed=2
        )
        assert general.dims == response.dims
        path = solution.simulate(4, 2, 3, [output], burn=5)
        assert dict(path.sizes) == {"time": 4, "path": 2}
        moments = solution.moments([output], lags=2)
        assert {"mean", "variance", "autocorrelation"} <= set(moments.data_vars)
        assert moments["autocorrelation"].shape == (2, 1)
        rows = solution.accuracy(200, seed=1)
        assert {"equation", "mean_log10", "p99_log10"} <= set(rows[0])
        with pytest.raises(DeclarationError, match="shock"):
            solution.impulse_response({"nothing": 1.0}, 3)
        with pytest.raises(DeclarationError):
            solution.moments(["nothing"])


def test_units_come_with_global_results(gaussian):
    unit = {u.name: u.unit for u in gaussian.model.unknowns}["real_rate"]
    assert gaussian.simulate(2, outputs=["real_rate"])["real_rate"].units == unit
    for found in (
        gaussian.impulse_response({"e_x": 1.0}, 2, ["real_rate"]),
        gaussian.moments(["real_rate"]),
    ):
        assert found["unit"].values.tolist() == [unit]


def test_global_moments_are_those_of_an_autoregression(gaussian):
    found = gaussian.moments(["real_rate"], lags=3).sel(variable="real_rate")
    given = {k: float(np.squeeze(v)) for k, v in gaussian.parameters.items()}
    rho, sigma = given["rho_x"], given["sigma_x"]
    # With a unit IES the real rate is expected growth and a constant.
    spread = sigma / np.sqrt(1 - rho**2)
    level = gaussian.observe(["real_rate"], np.zeros((1, 1)))[0, 0]
    # 200 paths of 1200 quarters: two per cent of a standard deviation, at most.
    assert abs(float(found["mean"]) - level) < 4 * float(found["mean_error"])
    assert float(found["standard_deviation"]) == pytest.approx(spread, rel=0.02)
    np.testing.assert_allclose(
        found["autocorrelation"], rho ** np.arange(1, 4), atol=0.02
    )


def test_local_moments_of_some_are_those_among_all(local):
    every, some = local.moments(lags=2), local.moments(["p"], lags=2)
    for name in ("mean", "variance", "autocorrelation"):
        want = every[name].sel(variable=["p"])
        np.testing.assert_array_equal(some[name], want)


def test_local_rules_are_observed_along_paths():
    # Of first order no pruning: the rule along a path of states is the path.
    solution = fiscax.solve(read_mod_text(FISHER, "fisher"))
    path = solution.impulse_response({"e": 1.0}, 3)
    before = path.sel(variable=list(solution.states)).values[:-1]
    rest = [solution.steady_state[s] for s in solution.states]
    seen = solution.observe(["p", "r"], before + rest)
    np.testing.assert_allclose(seen, path.sel(variable=["p", "r"])[1:], atol=1e-15)


def davig_leeper(rho=0.9):
    """Inflation over the real rate in both regimes, by hand."""
    phi = np.array([PHI["active"], PHI["passive"]])
    chances = np.array([[0.9, 0.1], [0.5, 0.5]])
    # phi_i a_i = rho sum_j p_ij a_j + 1.
    return np.linalg.solve(np.diag(phi) - rho * chances, np.ones(2))


def test_responses_by_regime_solve_the_switching_fisher_equation(markov):
    slopes = davig_leeper()
    for regime, slope in enumerate(slopes):
        found = markov.impulse_response({"e": 2.0}, 4, ["p", "r"], regime=regime)
        rate = 0.02 * 0.9 ** np.arange(4)
        np.testing.assert_allclose(found.sel(variable="r"), rate, rtol=1e-9)
        np.testing.assert_allclose(found.sel(variable="p"), slope * rate, rtol=1e-9)
        seen = markov.observe(["p"], np.array([[0.01]]), regime)
        assert seen[0, 0] == pytest.approx(0.9 * 0.01 * slope, rel=1e-9)
    # Regimes are drawn later on: the mean response follows the chain.
    general = markov.generalised_impulse_response({"e": 2.0}, 3, ["p"], paths=20_000)
    chances = np.array([1.0, 0.0])
    for date, value in enumerate(general.sel(variable="p").values):
        want = 0.02 * 0.9**date * chances @ slopes
        assert value == pytest.approx(want, rel=0.01)
        chances = chances @ np.array([[0.9, 0.1], [0.5, 0.5]])


def test_a_second_order_solution_goes_on_from_the_first(markov):
    model = read_mod_text(FISHER, "fisher")
    second = fiscax.solve(model, {"phi": PHI}, order=2, regimes=CHAIN)
    assert (second.order, markov.order) == (2, 1)
    # The model is linear given the regime: there is nothing of second order.
    response = second.impulse_response({"e": 1.0}, 3)
    np.testing.assert_allclose(
        response, markov.impulse_response({"e": 1.0}, 3), atol=1e-12
    )
    assert max(row["mean_log10"] for row in second.accuracy(300)) < -10


def test_a_listed_solution_is_gone_on_from():
    model = read_mod_text(FISHER, "fisher")
    weak = {"phi": {"active": 1.05, "passive": 0.5}}
    found = fiscax.switching_solutions(model, CHAIN, weak)
    assert found.verdict == "indeterminate"
    with pytest.raises(DeterminacyError):
        fiscax.solve(model, weak, regimes=CHAIN)
    chosen = fiscax.solve(model, weak, regimes=CHAIN, solution=found.stable[0])
    assert chosen.first is found.stable[0]


def test_parameters_that_move_the_steady_state_are_averaged():
    text = FISHER.replace("i = phi*p;", "i = phi*p - (phi-1)*target;")
    text = text.replace("parameters phi rho;", "parameters phi rho target;")
    text = text.replace("phi = 1.5;", "phi = 1.5; target = 0.01;")
    model = read_mod_text(text, "target")
    moving = {"phi": PHI, "target": {"active": 0.0, "passive": 0.06}}
    problem = markov_model(model, CHAIN, moving)
    # Five sixths of the time in the active regime.
    assert problem.steady_state[1] == pytest.approx(0.01, rel=1e-9)
    assert set(problem.averaged) == {"target"}
    assert linear_switching_system(problem).constant.any()


@pytest.mark.parametrize(
    ("chain", "changes", "message"),
    [
        ({"a": {"a": 0.9}, "b": {"a": 1.0}}, {}, "sum to one"),
        ({"a": {"c": 1.0}, "b": {"a": 1.0}}, {}, "no regime named 'c'"),
        (CHAIN, {"phi": {"active": 1.0}}, "no value in regime 'passive'"),
        (CHAIN, {"phi": PHI | {"odd": 1.0}}, "no regime named 'odd'"),
        (CHAIN, {"fi": PHI}, "no parameter named 'fi'"),
        ({"a": {"a": 1.0}, "b": {"b": 1.0}}, {}, "never reach each other"),
    ],
)
def test_chains_that_do_not_fit_are_refused(chain, changes, message):
    with pytest.raises(DeclarationError, match=message):
        fiscax.solve(read_mod_text(FISHER, "fisher"), changes, regimes=chain)


def test_declared_models_bring_their_own_regimes():
    with pytest.raises(DeclarationError, match="declares its own regimes"):
        fiscax.solve(fisherian(), {}, regimes=CHAIN)


def test_examples_of_the_documentation_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testmod(interface)
    assert failed == 0
    assert tried > 10
