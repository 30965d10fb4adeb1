"""Rules of models that switch, inside programs: lists of solutions, one regime."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from fiscax.calibration.economies.sticky_switching import switching_problem
from fiscax.models.declaration import Dated, Equation, Parameter, Shock
from fiscax.models.general.model import DynamicModel, Variable, dated
from fiscax.solvers.compiled import compiled
from fiscax.solvers.perturbation.first_order import layout
from fiscax.solvers.perturbation.solution import solve_local
from fiscax.solvers.switching.program import switching_rules
from fiscax.solvers.switching.rules import unique_solution
from fiscax.solvers.switching.second_moments import (
    applied,
    fixed_moments,
    operator,
    radius,
)
from fiscax.solvers.switching.solutions import stability_radii, switching_solutions
from fiscax.solvers.switching.system import SwitchingModel, linear_switching_system


def debt_model():
    """Prices and debt, expectations weighted by a parameter of the regime to come.

    alpha pi = E scale(+1) pi(+1) + e and b = (1/beta - tax) b(-1) - pi.
    """
    names = ("alpha", "tax", "scale", "level")
    given = [Parameter(n, n, "", -9.0, 9.0, "", regime_specific=True) for n in names]
    alpha, tax, _, level = (sp.Symbol(n, real=True) for n in names)
    pi, b = Dated("pi"), Dated("b")
    ahead = dated("scale", 1) * dated("pi", 1)
    debt = (sp.Float(1 / 0.99) - tax) * dated("b", -1) - pi + level
    return DynamicModel(
        name="debt",
        description="",
        parameters=tuple(given),
        variables=(Variable("pi"), Variable("b")),
        shocks=(Shock("e", "e", ""),),
        equations=(
            Equation("fisher", alpha * pi, ahead + Dated("e"), ""),
            Equation("budget", b, debt, ""),
        ),
        guesses={},
    )


def held(chances):
    """A transition that nothing moves."""
    return lambda now, before, own: jnp.asarray(chances)


@pytest.fixture(scope="module")
def problem():
    return switching_problem()


@pytest.fixture(scope="module")
def rules(problem):
    return compiled(switching_rules(problem.model, problem.transition))


@pytest.mark.slow
def test_rules_are_those_of_the_search_on_the_host(problem, rules):
    found, _ = unique_solution(problem)
    got = rules(jnp.asarray(problem.parameters))
    states = list(layout(problem.model).states)
    assert bool(got.rests)
    assert float(got.residual) < 1e-12
    want = found.transition[:, :, states]
    np.testing.assert_allclose(got.by_state, want, rtol=0, atol=1e-8)
    np.testing.assert_allclose(got.by_shock, found.impact, rtol=0, atol=1e-8)
    np.testing.assert_allclose(got.chances, problem.chances, rtol=1e-12)
    assert float(got.ms_radius) == pytest.approx(found.ms_radius, abs=1e-8)
    assert float(got.sunspot_radius) == pytest.approx(found.sunspot_radius, abs=1e-8)


@pytest.mark.slow
def test_derivatives_are_those_of_differences(problem, rules):
    names = [p.name for p in problem.model.parameters]
    base = np.asarray(problem.parameters)
    row = problem.model.names.index("inflation")

    def value(parameters):
        found = rules(parameters)
        law = jnp.sum(found.by_state[:, row] ** 2) + jnp.sum(found.by_shock[:, row])
        return law + jnp.sum(fixed_moments(found.moments, jnp.ones((2, 13, 13))))

    slope = np.asarray(compiled(jax.grad(value))(jnp.asarray(base)))
    cells = [("phi_shadow", 1), ("theta", 1), ("switch_base", 0), ("switch_base", 1)]
    cells += [("rho_p", (0, 1)), ("phi", (0, 1)), ("theta", 0)]
    for name, regimes in cells:
        place = names.index(name)
        step = 1e-6 * max(1.0, abs(base[0, place]))
        ends = []
        for sign in (1, -1):
            moved = base.copy()
            moved[regimes, place] += sign * step
            ends.append(float(value(jnp.asarray(moved))))
        want = (ends[0] - ends[1]) / (2 * step)
        assert slope[regimes, place].sum() == pytest.approx(want, rel=2e-5, abs=1e-6)


def test_one_regime_is_the_ordinary_solution():
    problem = switching_problem()
    names = [p.name for p in problem.model.parameters]
    own = problem.parameters[1]
    alone = compiled(switching_rules(problem.model, held([[1.0]])))(own[None])
    values = dict(zip(names, own.tolist(), strict=True))
    want = np.asarray(solve_local(problem.model, 1, values).rule.x)
    got = np.concatenate([alone.by_state[0], alone.by_shock[0]], axis=1)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-9)


@pytest.mark.slow
def test_batches_are_judged_as_the_whole_list_is():
    model = debt_model()
    policies = [
        [[1.5, 0.2, 1.0, 0.0], [0.7, 0.0, 0.9, 0.0]],
        [[1.5, 0.2, 1.0, 0.0], [1.4, 0.2, 0.9, 0.0]],
        [[1.5, 0.2, 1.2, 0.0], [1.2, 0.1, 0.9, 0.0]],
        [[1.5, 0.0, 1.0, 0.0], [1.4, 0.0, 0.9, 0.0]],
    ]
    verdicts = []
    for stay in (0.95, 0.8):
        chances = np.array([[stay, 1 - stay], [1 - stay, stay]])
        batch = compiled(jax.vmap(switching_rules(model, held(chances))))
        found = batch(jnp.asarray(policies))
        for k, policy in enumerate(policies):
            own = SwitchingModel(model, np.array(policy), chances, np.zeros(2))
            every = switching_solutions(linear_switching_system(own))
            one = bool(found.determinate[k])
            assert one == (found.ms_radius[k] < 1 and found.sunspot_radius[k] < 1)
            assert every.complete
            assert one == (every.verdict == "determinate")
            verdicts.append(one)
            if one:
                want = every.require_unique()
                got = np.asarray(found.by_state[k])
                np.testing.assert_allclose(got, want.transition[:, :, 1:], atol=1e-9)
                np.testing.assert_allclose(found.by_shock[k], want.impact, atol=1e-9)
                for name in ("ms_radius", "sunspot_radius"):
                    there = float(getattr(found, name)[k])
                    assert there == pytest.approx(getattr(want, name), abs=1e-8)
    assert set(verdicts) == {True, False}


def test_regimes_that_rest_apart_are_told():
    model = debt_model()
    chances = np.array([[0.9, 0.1], [0.1, 0.9]])
    given = np.array([[1.5, 0.2, 1.0, 0.1], [1.4, 0.2, 1.0, 0.1]])
    program = compiled(switching_rules(model, held(chances)))
    assert bool(program(jnp.asarray(given)).rests)
    given[1, 3] = 0.2
    assert not bool(program(jnp.asarray(given)).rests)


@pytest.mark.parametrize("size", [0.5, 0.9, 1.1, 2.0])
def test_radii_are_those_of_eigenvalues(size):
    random = np.random.default_rng(int(10 * size))
    chances = random.dirichlet(np.ones(3), size=3)
    law = random.standard_normal((3, 4, 4))
    law *= np.sqrt(size / stability_radii(chances, law)[0])
    moments = operator(jnp.asarray(chances.T), jnp.tile(law[:, None], (1, 3, 1, 1)))
    got = float(radius(moments))
    assert got == pytest.approx(size if size < 1 else np.inf, abs=1e-9)
    if size < 1:
        given = jnp.tile(jnp.eye(4), (3, 1, 1))
        found = fixed_moments(moments, given)
        np.testing.assert_allclose(applied(moments, found) + given, found, rtol=1e-9)


def test_a_turning_law_has_the_radius_of_its_length():
    """Second moments of a rotation come back without settling."""
    turn = np.array([[0.0, 2.0], [-0.405, 0.0]])
    law = jnp.asarray(turn[None, None])
    assert float(radius(operator(jnp.ones((1, 1)), law))) == pytest.approx(0.81)
