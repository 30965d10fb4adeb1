"""Means of models that switch: one regime, and states that choose regimes."""

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from fiscax.calibration.economies.sticky_switching import switching_problem
from fiscax.models.declaration import Dated, Equation, Parameter, Shock
from fiscax.models.general.model import DynamicModel, Variable, dated
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.perturbation.solution import solve_local
from fiscax.solvers.switching.means import second_order_means
from fiscax.solvers.switching.rules import unique_solution
from fiscax.solvers.switching.system import SwitchingModel


def test_states_that_choose_regimes_have_a_mean():
    """x = rho_j x(-1) + e, regime j drawn with p + (slope, -slope) x(-1)."""
    rho = sp.Symbol("rho", real=True)
    model = DynamicModel(
        name="chosen",
        description="",
        parameters=(Parameter("rho", "r", "", -2, 2, "", regime_specific=True),),
        variables=(Variable("x"),),
        shocks=(Shock("e", "e", ""),),
        equations=(Equation("law", Dated("x"), rho * dated("x", -1) + Dated("e"), ""),),
    )
    law, share, slope = np.array([0.9, 0.3]), np.array([0.4, 0.6]), 0.05

    def transition(now, before, own):
        # The next regime depends on today's x.
        row = jnp.asarray(share) + jnp.asarray([slope, -slope]) * now[0]
        return jnp.tile(row, (2, 1))

    problem = SwitchingModel(model, law[:, None], transition, np.zeros(1))
    _, rules = unique_solution(problem, 2)
    variance = 1 / (1 - share @ law**2)
    want = (law[0] - law[1]) * slope * variance / (1 - share @ law)
    assert second_order_means(rules, problem, ["x"])[0] == pytest.approx(want, rel=1e-9)
    _, first = unique_solution(problem)
    with pytest.raises(SolutionError, match="second order"):
        second_order_means(first, problem, ["x"])


@pytest.mark.slow
def test_regimes_that_are_the_same_have_the_means_of_one():
    names = ["inflation", "policy_rate", "log_output", "log_face_value"]
    safe = {"theta": 0.97, "phi_shadow": 0.7, "tax_response_shadow": 0.0}
    problem = switching_problem(overrides=safe | {"shadow_exposure": 1.0})
    _, rules = unique_solution(problem, 2)
    values = dict(
        zip(
            [p.name for p in problem.model.parameters],
            problem.parameters[0].tolist(),
            strict=True,
        )
    )
    alone = solve_local(problem.model, 2, values)
    want = alone.moments_of(names, 2).mean
    got = second_order_means(rules, problem, names)
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-10)
    assert (
        np.abs(got - alone.rule.steady[[alone.variables.index(n) for n in names]]).max()
        > 1e-5
    )
