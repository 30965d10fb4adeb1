"""Existence and uniqueness: Leeper's four quadrants, and Newton's one solution."""

import re
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from textbook import fisherian
from yardsticks import KERNEL, as_arrays, constant, core_kernel, fisherian_problem

from fiscax.models.core import core_economy
from fiscax.solvers.errors import DeterminacyError, ValueDoesNotExistError
from fiscax.solvers.projection.grid import box
from fiscax.solvers.projection.linear import Determinacy, linear_policy
from fiscax.solvers.projection.newton import Newton, newton, start_from
from fiscax.solvers.projection.pricing import require_value
from fiscax.solvers.projection.solution import solve
from fiscax.solvers.projection.solve import SolverOptions

BETA = 0.995
PROBLEM = fisherian_problem()


def parameters(phi, tax_response, omega=0.9):
    values = {
        "beta": BETA,
        "phi": phi,
        "tax_response": tax_response,
        "omega": omega,
        "rho_f": 0.9,
        "sigma_f": 1e-6,
    }
    return as_arrays(values)


def verdict(phi, tax_response, omega=0.9):
    try:
        policy = linear_policy(PROBLEM, parameters(phi, tax_response, omega), {}, 0)
    except DeterminacyError as error:
        message = str(error)
        return "explosive" if "is explosive" in message else "indeterminate"
    return policy.determinacy.verdict


def leeper(phi, tax_response):
    """Leeper (1991): roots phi and 1/beta - tax_response, one forward-looking price."""
    stable = (abs(phi) < 1) + (abs(1 / BETA - tax_response) < 1)
    return {0: "explosive", 1: "determinate", 2: "indeterminate"}[stable]


@pytest.mark.parametrize("omega", [0.0, 0.9, 1.0])
@pytest.mark.parametrize(
    ("phi", "tax_response", "expected"),
    [
        (1.5, 0.03, "determinate"),
        (0.8, 0.0, "determinate"),
        (0.8, 0.03, "indeterminate"),
        (1.5, 0.0, "explosive"),
        # Beyond the second bound of the fiscal root, 1/beta - gamma < -1.
        (0.8, 2.2, "determinate"),
        (1.5, 2.2, "explosive"),
    ],
)
def test_leeper_quadrants(phi, tax_response, expected, omega):
    assert leeper(phi, tax_response) == expected
    assert verdict(phi, tax_response, omega) == expected


def test_the_boundaries_of_the_quadrants():
    for phi in (0.99, 1.01):
        for tax_response in (1 / BETA - 1.01, 1 / BETA - 0.99):
            assert verdict(phi, tax_response) == leeper(phi, tax_response)


def test_roots_are_those_of_leeper():
    found = linear_policy(PROBLEM, parameters(1.5, 0.03), {}, 0).determinacy
    want = [1 / BETA - 0.03, 0.9, 1.5, 1 / (BETA * 0.9)]
    np.testing.assert_allclose(found.eigenvalues, np.sort(want), rtol=1e-6)
    assert (found.stable, found.predetermined) == (2, 2)


def test_the_error_names_regime_roots_and_remedy():
    with pytest.raises(DeterminacyError, match=r"'only'.*explosive.*1\.5000.*phi"):
        linear_policy(PROBLEM, parameters(1.5, 0.0), {}, 0)
    with pytest.raises(DeterminacyError, match=r"'only'.*indeterminate.*tax_response"):
        linear_policy(PROBLEM, parameters(0.8, 0.03), {}, 0)
    with pytest.raises(DeterminacyError):
        solve(fisherian(), parameters(1.5, 0.0), SolverOptions())


def test_remedies_are_the_models_own():
    # A model without advice is told what is wrong, in no other model's words.
    for stable, what in ((1, "no stable solution"), (3, "many stable solutions")):
        with pytest.raises(DeterminacyError, match=what) as error:
            Determinacy("r", stable, 2, np.ones(3)).require()
        assert "phi" not in str(error.value)
    with pytest.raises(ValueDoesNotExistError) as error:
        require_value(1.01 * np.eye(2), "output", core_economy().advice)
    assert str(error.value) == (
        "the value of 'output' is infinite: the operator's spectral radius is 1.01000. "
        "Lower beta or mu, or raise gamma, xi or p_bar."
    )
    with pytest.raises(ValueDoesNotExistError, match=r"radius is 1\.01000\.$"):
        require_value(1.01 * np.eye(2), "output")


def test_advice_names_parameters_of_its_model():
    advice = core_economy().advice
    names = {p.name for p in core_economy().parameters}
    clauses = ("not_positive", "unbounded", "infinite_value", "unsettled")
    words = " ".join(getattr(advice, clause) for clause in clauses)
    named = set(re.findall(r"[a-z_]+", words)) - {"raise", "lower", "or", "and"}
    assert named <= names


def test_verdicts_of_counts():
    assert Determinacy("r", 2, 2, np.ones(3)).verdict == "determinate"
    assert Determinacy("r", 3, 2, np.ones(3)).verdict == "indeterminate"
    assert Determinacy("r", 1, 2, np.ones(3)).verdict == "explosive"
    Determinacy("r", 2, 2, np.ones(3)).require()


def test_funded_transfers_leave_prices_alone_when_monetary_led():
    policy = linear_policy(PROBLEM, parameters(1.5, 0.03), {}, 0)
    np.testing.assert_allclose(policy.slope, 0, atol=1e-9)


@pytest.mark.parametrize(("phi", "tax_response"), [(0.8, 0.0), (1.5, 0.03)])
def test_newton_finds_the_same_solution_from_a_perturbed_guess(phi, tax_response):
    given = parameters(phi, tax_response) | {"sigma_f": jnp.asarray(1e-3)}
    policy = linear_policy(PROBLEM, given, {}, 0)
    scale = np.array([0.05, 0.01])
    domain = box(policy.point - scale, policy.point + scale)
    guess = start_from(PROBLEM, lambda _, at: policy(at), domain)
    # Newton finds the nearest root, and the next one is the policy that lets debt
    # explode, with slopes of zero: slopes half as large again are no nearer to it, and
    # one per cent of inflation is ten s.d. Other roots: test_verification.py.
    wrong = replace(policy, level=policy.level + 1e-2, slope=policy.slope * 1.5)
    other = start_from(PROBLEM, lambda _, at: wrong(at), domain)
    options = Newton()
    found = newton(PROBLEM, options, given, {}, domain, guess)
    again = newton(PROBLEM, options, given, {}, domain, other)
    assert found.residual < options.tolerance
    assert again.residual < options.tolerance
    assert again.iterations >= found.iterations
    # Residuals of 1e-11, amplified at most by 1 / |1 - root| of the slowest root (50).
    np.testing.assert_allclose(again.coefficients, found.coefficients, atol=1e-8)


def test_newton_finds_the_same_kernel_from_a_perturbed_guess():
    problem, domain, others = core_kernel()
    given = others | as_arrays(KERNEL)
    results = []
    for level in ([1.0, 1.0, 0.01], [1.2, 1.25, 0.0]):
        guess = constant(problem, level)
        results.append(newton(problem, Newton(), given, {}, domain, guess))
        assert results[-1].residual < 1e-9
    np.testing.assert_allclose(
        results[0].coefficients, results[1].coefficients, atol=1e-7
    )
