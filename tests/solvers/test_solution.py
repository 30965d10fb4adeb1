"""The solution object: derivatives, vmap, simulation, responses and files."""

import json
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import fisherian, gaussian_endowment, lucas_tree
from yardsticks import KERNEL, as_arrays, constant, core_kernel

from fiscax.solvers.errors import SolutionError
from fiscax.solvers.projection.conditions import Conditions
from fiscax.solvers.projection.grid import box, smolyak
from fiscax.solvers.projection.newton import Newton, newton
from fiscax.solvers.projection.quadrature import Quadrature
from fiscax.solvers.projection.simulate import staying
from fiscax.solvers.projection.solution import GlobalSolution, solve
from fiscax.solvers.projection.solve import SolverOptions
from fiscax.solvers.projection.storage import FORMAT

GAUSSIAN = {
    "beta": 0.99,
    "gamma": 8.0,
    "mu": 0.005,
    "sigma_y": 0.0075,
    "rho_x": 0.9,
    "sigma_x": 0.0012,
}
FISHERIAN = {
    "beta": 0.995,
    "phi": 0.9,
    "tax_response": 0.0,
    "omega": 0.9,
    "rho_f": 0.8,
    "sigma_f": 1e-3,
}


@pytest.fixture(scope="module")
def gaussian():
    options = SolverOptions(levels={"kernel": ((4,),)})
    return solve(gaussian_endowment(unit_ies=True), GAUSSIAN, options)


@pytest.fixture(scope="module")
def debt():
    return solve(fisherian(), FISHERIAN, SolverOptions(levels={"nominal": ((2, 2),)}))


# --- Derivatives by the implicit function theorem ---------------------------------


def on_a_fixed_domain(problem, domain, guess, parameters):
    """Coefficients as a function of parameters; the domain does not move."""
    result = newton(problem, Newton(tolerance=1e-13), parameters, {}, domain, guess)
    return result.coefficients


def tree(level=80.0):
    problem = Conditions(
        lucas_tree(), "tree", (("tree", smolyak((3,))),), Quadrature(3)
    )
    domain = box(np.array([-0.07]), np.array([0.08]))
    values = {"beta": 0.987, "gamma": 2.5, "mu": 0.005, "sigma_y": 0.0175, "rho_g": 0.2}
    guess = constant(problem, [level])
    return partial(on_a_fixed_domain, problem, domain, guess), as_arrays(values)


def kernel():
    problem, domain, others = core_kernel()
    guess = constant(problem, [1.0, 1.0, 0.01])
    solved = partial(on_a_fixed_domain, problem, domain, guess)
    return lambda given: solved(others | given), as_arrays(KERNEL)


def differences(function, parameters, name):
    """Central differences of order four.

    Their error is of order (step / (1 - beta))^4 = 1e-7 for beta, less for the others.
    """
    step = 1e-4 * float(parameters[name])

    def at(k):
        return np.asarray(function(parameters | {name: parameters[name] + k * step}))

    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)


@pytest.mark.parametrize("economy", [tree, kernel])
@pytest.mark.slow
def test_derivatives_agree_with_finite_differences(economy):
    function, parameters = economy()
    function = jax.jit(function)
    derivatives = jax.jit(jax.jacfwd(function))(parameters)
    for name in parameters:
        want = differences(function, parameters, name)
        got = np.asarray(derivatives[name])
        # 1e-5 relative is the accuracy asked of derivatives; small coefficients are
        # judged against the largest one of their unknown, the scale of the policy.
        size = np.max(np.abs(want), axis=-1, keepdims=True)
        assert np.all(size > 0), name
        assert np.max(np.abs(got - want) / size) < 1e-5, name


@pytest.mark.slow
def test_forward_and_reverse_derivatives_agree():
    function, parameters = tree()

    def first(given):
        return function(given)[0, 0, 0]

    forward, backward = jax.jacfwd(first)(parameters), jax.grad(first)(parameters)
    for name in parameters:
        # The same linear system, transposed: rounding times its condition.
        np.testing.assert_allclose(backward[name], forward[name], rtol=1e-9)


@pytest.mark.slow
def test_guesses_do_not_matter_for_derivatives():
    derivatives = []
    for level in (80.0, 60.0):
        solved, parameters = tree(level)
        derivatives.append(jax.jacfwd(solved)(parameters)["gamma"])
    np.testing.assert_allclose(*derivatives, rtol=1e-8, atol=1e-8)


@pytest.mark.slow
def test_vmap_over_parameters_equals_a_loop():
    function, parameters = tree()
    gammas = jnp.array([1.5, 2.5, 4.0])
    together = jax.jit(jax.vmap(lambda g: function(parameters | {"gamma": g})))(gammas)
    single = jax.jit(lambda g: function(parameters | {"gamma": g}))
    alone = jnp.stack([single(g) for g in gammas])
    # Batched linear algebra may sum in another order: rounding times condition.
    np.testing.assert_allclose(together, alone, rtol=1e-10, atol=1e-10)
    assert np.ptp(np.asarray(alone)[:, 0, 0, 0]) > 1


@pytest.mark.slow
def test_vmap_of_derivatives_equals_a_loop():
    function, parameters = tree()

    def slope(gamma):
        return jax.jvp(
            lambda g: function(parameters | {"gamma": g}), (gamma,), (jnp.ones(()),)
        )[1]

    gammas = jnp.array([1.5, 3.0])
    alone = jnp.stack([slope(g) for g in gammas])
    np.testing.assert_allclose(jax.vmap(slope)(gammas), alone, rtol=1e-9, atol=1e-9)


# --- Simulation -------------------------------------------------------------------


def within_four_errors(sample, mean, variance):
    """Cross-section of independent paths (paths,): 4 s.e. is one miss in 16,000."""
    count = len(sample)
    assert abs(sample.mean() - mean) < 4 * sample.std() / np.sqrt(count)
    squares = (sample - mean) ** 2
    assert abs(squares.mean() - variance) < 4 * squares.std() / np.sqrt(count)


def test_moments_of_an_exogenous_state(gaussian):
    paths = 40_000
    states, _, outputs = gaussian.walk(["output_growth_next"], 120, paths, seed=1)
    # 119 quarters from the start the initial state has weight .9^119 = 4e-6.
    variance = GAUSSIAN["sigma_x"] ** 2 / (1 - GAUSSIAN["rho_x"] ** 2)
    within_four_errors(np.asarray(states)[-1, :, 0], 0.0, variance)
    within_four_errors(
        np.asarray(outputs)[-1, :, 0],
        GAUSSIAN["mu"],
        variance + GAUSSIAN["sigma_y"] ** 2,
    )
    x = np.asarray(states)[..., 0]
    # The autocovariance at one lag, too.
    product = x[-1] * x[-2]
    want = GAUSSIAN["rho_x"] * variance
    assert abs(product.mean() - want) < 4 * product.std() / np.sqrt(paths)


def test_seeds_decide_the_sample(gaussian):
    first, again, other = (
        np.asarray(gaussian.walk((), 20, 5, seed=s)[0]) for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.max(np.abs(first - other)) > 0


def test_samples_are_labelled(gaussian):
    sample = gaussian.simulate(10, 4, seed=1, outputs=["real_rate"], burn=5)
    assert sample["real_rate"].dims == ("time", "path")
    assert sample["expected_growth"].shape == (10, 4)
    policies = gaussian.policies(np.array([[0.0], [0.001]]))
    assert policies["real_rate"].attrs["units"] == "log per quarter"
    # With a unit IES the real rate rises with expected growth one for one.
    slope = np.diff(policies["real_rate"])[0] / 0.001
    assert slope == pytest.approx(1, rel=1e-8)


# --- Impulse responses ------------------------------------------------------------


def test_no_shock_no_response(debt):
    for respond in (debt.impulse_response, debt.generalised_impulse_response):
        response = respond({}, 5, ["inflation", "debt_value"])
        np.testing.assert_array_equal(response, 0.0)
        assert response.shape == (5, 2)


def test_responses_of_a_linear_state(gaussian):
    names, shocks = ["expected_growth", "real_rate"], {"e_x": 2.0}
    plain = gaussian.impulse_response(shocks, 12, names)
    general = gaussian.generalised_impulse_response(shocks, 12, names, paths=50)
    want = 2 * GAUSSIAN["sigma_x"] * GAUSSIAN["rho_x"] ** np.arange(12)
    # Linear in the state, so later shocks cancel path by path; rounding only.
    np.testing.assert_allclose(plain.sel(variable="expected_growth"), want, rtol=1e-10)
    np.testing.assert_allclose(
        general.sel(variable="expected_growth"), want, rtol=1e-10
    )
    # With a unit IES the real rate is linear in expected growth, with slope one; the
    # solver stops at residuals of 1e-11, shocks are of size 1e-3.
    np.testing.assert_allclose(general.sel(variable="real_rate"), want, rtol=1e-6)


def test_a_shock_that_does_not_touch_the_states_has_no_response(gaussian):
    response = gaussian.impulse_response({"e_y": 3.0}, 4, ["real_rate"])
    np.testing.assert_array_equal(response, 0.0)


def test_impact_of_a_transfer(debt):
    response = debt.impulse_response({"e_f": 1e-3}, 3, ["inflation"])
    scale = 1e-3 * FISHERIAN["sigma_f"]
    share = FISHERIAN["beta"] / (1 - FISHERIAN["beta"] * FISHERIAN["rho_f"])
    root = FISHERIAN["beta"] * FISHERIAN["omega"] * FISHERIAN["phi"]
    want = (1 - root) * share * scale * FISHERIAN["phi"] ** np.arange(3)
    # Closed form of the linear economy; the global one differs by its curvature, of
    # the order of the standard deviation of inflation (0.3%).
    np.testing.assert_allclose(response[:, 0], want, rtol=0.01)


@given(st.floats(1e-6, 1 - 1e-6), st.integers(0, 1))
def test_a_regime_lasts_along_an_impulse_response(chance, regime):
    # The rule of the simulator: the first regime whose cumulated chance is not passed.
    row = np.array([1 - chance, chance])
    after = min(int(np.sum(staying(regime, 2) > np.cumsum(row))), 1)
    assert after == regime
    with pytest.raises(SolutionError, match="regime 1 of 3"):
        staying(1, 3)


# --- Files ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gaussian", "debt"])
def test_a_saved_solution_is_the_same(name, request, tmp_path):
    solution = request.getfixturevalue(name)
    path = tmp_path / "solution.npz"
    solution.save(path)
    again = GlobalSolution.load(path, solution.model)
    points = solution.ergodic_sample[0][::5000]
    unknowns = [u.name for u in solution.model.unknowns]
    np.testing.assert_array_equal(
        again.observe(unknowns, points), solution.observe(unknowns, points)
    )
    np.testing.assert_array_equal(again.ergodic_sample[0], solution.ergodic_sample[0])
    for key, value in solution.parameters.items():
        np.testing.assert_array_equal(again.parameters[key], value)
    assert again.quadrature == solution.quadrature
    assert again.ergodic == solution.ergodic


@pytest.mark.parametrize("name", ["gaussian", "debt"])
def test_a_saved_solution_keeps_its_evidence(name, request, tmp_path):
    solution = request.getfixturevalue(name)
    solution.save(tmp_path / "solution.npz")
    again = GlobalSolution.load(tmp_path / "solution.npz", solution.model)
    assert dict(again.evidence) == dict(solution.evidence) != {}
    assert len(again.determinacy) == len(solution.determinacy)
    for got, want in zip(again.determinacy, solution.determinacy, strict=True):
        np.testing.assert_array_equal(got.eigenvalues, want.eigenvalues)
        assert replace(got, eigenvalues=None) == replace(want, eigenvalues=None)
        assert got.verdict == "determinate"


@pytest.mark.parametrize("version", [None, 1, FORMAT + 1])
def test_a_file_of_another_format_is_refused(gaussian, tmp_path, version):
    path = tmp_path / "solution.npz"
    gaussian.save(path)
    with np.load(path) as stored:
        arrays = dict(stored)
    meta = json.loads(str(arrays["meta"])) | {"format": version}
    if version is None:
        del meta["format"]
    np.savez(path, **arrays | {"meta": np.array(json.dumps(meta))})
    message = rf"format {version or 1}, but .* format {FORMAT}"
    with pytest.raises(SolutionError, match=message):
        GlobalSolution.load(path, gaussian.model)


def test_a_file_that_holds_no_solution_is_refused(gaussian, tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, numbers=np.ones(3))
    with pytest.raises(SolutionError, match="not a saved solution"):
        GlobalSolution.load(path, gaussian.model)


def test_a_file_of_another_model_is_refused(gaussian, tmp_path):
    path = tmp_path / "solution.npz"
    gaussian.save(path)
    with pytest.raises(SolutionError, match=r"unit_ies'.*not of 'fisherian'"):
        GlobalSolution.load(path, fisherian())


def test_missing_parameters_are_named():
    with pytest.raises(SolutionError, match="gamma, psi, mu"):
        given = {k: v for k, v in GAUSSIAN.items() if k not in ("gamma", "mu")}
        solve(gaussian_endowment(), given)
