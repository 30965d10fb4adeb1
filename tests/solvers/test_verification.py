"""Newton's other roots: residuals of zero, and an explosive economy."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from textbook import fisherian, lucas_tree
from yardsticks import as_arrays, fisherian_problem

from fiscax.models.declaration import Dated, Regimes, fixed
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.projection.blocks import guess_constant
from fiscax.solvers.projection.conditions import Conditions, Solved
from fiscax.solvers.projection.ergodic import ErgodicOptions
from fiscax.solvers.projection.grid import box, smolyak
from fiscax.solvers.projection.linear import Determinacy, linear_policy
from fiscax.solvers.projection.newton import Newton, newton, start_from
from fiscax.solvers.projection.quadrature import Quadrature
from fiscax.solvers.projection.solution import solve
from fiscax.solvers.projection.solve import SolverOptions
from fiscax.solvers.projection.verification import (
    Stability,
    check_stability,
    closed_loop,
)

# Fiscally led: inflation, not taxes, keeps debt stable.
FISCAL = {
    "beta": 0.995,
    "phi": 0.8,
    "tax_response": 0.0,
    "omega": 0.9,
    "rho_f": 0.7,
    "sigma_f": 1e-3,
}
MONETARY = FISCAL | {"phi": 1.5, "tax_response": 0.2}
PROBLEM = fisherian_problem()


def solved_from(values, start):
    """Newton from a policy, on a fixed domain; with the linear policy."""
    given = as_arrays(values)
    linear = linear_policy(PROBLEM, given, {}, 0)
    scale = np.array([0.02, 0.005])
    domain = box(linear.point - scale, linear.point + scale)
    result = newton(PROBLEM, Newton(), given, {}, domain, start(given, linear, domain))
    # The point of the check: residuals do not tell the roots apart.
    assert result.residual < 1e-10
    return given, linear, {"nominal": Solved(result.coefficients, domain)}


def linear_start(given, linear, domain):
    return start_from(PROBLEM, lambda _, at: linear(at), domain)


def constant_start(given, linear, domain):
    """Constant prices: what holds when taxes back the debt."""
    return guess_constant(PROBLEM, given, {})


@pytest.mark.parametrize("values", [FISCAL, MONETARY], ids=["fiscal", "monetary"])
def test_the_right_root_passes(values):
    given, linear, solved = solved_from(values, linear_start)
    found = check_stability(PROBLEM, given, solved, linear.point, [linear.determinacy])
    assert (found.block, found.stable, found.predetermined) == ("nominal", 2, 2)
    # Leeper (1991): phi or 1/beta - tax_response, and the transfer's own root. The
    # global slope differs from the linear one by variances, of order 1e-5.
    roots = [
        values["rho_f"],
        values["phi"],
        1 / values["beta"] - values["tax_response"],
    ]
    want = max(r for r in roots if r < 1)
    assert found.radius == pytest.approx(want, abs=1e-3)
    assert found.linear_radius == pytest.approx(want, abs=1e-6)
    # The domain is centred at the resting point, up to variances.
    assert found.reach < 0.05


def test_the_wrong_root_is_refused_by_name():
    given, linear, solved = solved_from(FISCAL, constant_start)
    # Debt grows at the real rate, 1 / beta = 1.00503.
    with pytest.raises(
        SolutionError, match=r"'nominal'.*radius 1\.0050.* 1 stable.*2 states.*0\.8000"
    ):
        check_stability(PROBLEM, given, solved, linear.point, [linear.determinacy])


@pytest.mark.parametrize("values", [FISCAL, MONETARY], ids=["fiscal", "monetary"])
def test_wherever_newton_ends_what_passes_is_the_solution(values):
    given, linear, right = solved_from(values, linear_start)
    domain = right["nominal"].domain
    solver = jax.jit(lambda start: newton(PROBLEM, Newton(), given, {}, domain, start))
    rng = np.random.default_rng(3)
    accepted = refused = 0
    for _ in range(20):
        wrong = replace(
            linear,
            level=linear.level + 0.02 * rng.normal(size=2),
            slope=linear.slope + 0.5 * rng.normal(size=(2, 2)),
        )
        result = solver(linear_start(given, wrong, domain))
        if result.residual > 1e-9:
            continue
        found = {"nominal": Solved(result.coefficients, domain)}
        try:
            check_stability(PROBLEM, given, found, linear.point, [linear.determinacy])
        except SolutionError as error:
            assert "block 'nominal' converged to an" in str(error)
            refused += 1
            continue
        accepted += 1
        # Residuals of 1e-11, amplified at most by 1 / (1 - beta).
        np.testing.assert_allclose(
            result.coefficients, right["nominal"].coefficients, atol=1e-8
        )
    # Some guesses lead astray, or the test would show nothing.
    assert accepted >= 5
    assert refused >= 1 or values is MONETARY


def test_what_is_not_a_number_is_refused():
    given, linear, solved = solved_from(MONETARY, linear_start)
    broken = solved["nominal"]._replace(coefficients=jnp.full((1, 2, 13), jnp.nan))
    with pytest.raises(SolutionError, match="radius inf"):
        check_stability(
            PROBLEM, given, {"nominal": broken}, linear.point, [linear.determinacy]
        )


def test_solve_records_the_check():
    solution = solve(fisherian(), FISCAL, SolverOptions(levels={"nominal": ((2, 2),)}))
    found = solution.evidence["nominal"].stability
    assert isinstance(found, Stability)
    assert found.radius == pytest.approx(0.8, abs=0.01)


def test_solve_refuses_the_wrong_root(monkeypatch):
    # The solver starts from a determinate linear solution; make Newton forget it. Debt
    # that grows at 0.5% a quarter shows in long samples by itself, in short ones not.
    short = ErgodicOptions(paths=200, periods=60, burn=10, margin=0.3)
    model = fisherian()
    monkeypatch.setattr(
        "fiscax.solvers.projection.solve.transferred",
        lambda problem, *_: guess_constant(problem, as_arrays(FISCAL), {}),
    )
    options = SolverOptions(levels={"nominal": ((2, 2),)}, ergodic=short)
    with pytest.raises(SolutionError, match=r"'nominal' converged to an unstable"):
        solve(model, FISCAL, options)


def switching_tree(leave_calm, persistence):
    """A tree whose growth persists differently in two regimes, with flat prices."""
    tree = lucas_tree()
    rho = next(p for p in tree.parameters if p.name == "rho_g")
    switching = replace(rho, regime_specific=True)
    dated = {fixed("rho_g"): switching.symbol}
    state = tree.states[0]
    leave_wild = sp.Rational(1, 5)
    model = replace(
        tree,
        parameters=tuple(switching if p is rho else p for p in tree.parameters),
        states=(
            replace(
                state,
                transition=state.transition.xreplace(dated),
                scale=sp.sympify(state.scale).xreplace(dated),
            ),
        ),
        regimes=Regimes(
            ("calm", "wild"),
            ((1 - leave_calm, leave_calm), (leave_wild, 1 - leave_wild)),
        ),
    )
    grid = smolyak((2,))
    problem = Conditions(model, "tree", (("tree", grid),), Quadrature(2))
    given = {"beta": 0.95, "gamma": 2.0, "mu": 0.005, "sigma_y": 0.01}
    given = as_arrays(given)
    given["rho_g"] = jnp.asarray(persistence)
    domain = box(np.array([-0.1]), np.array([0.1]))
    solved = {"tree": Solved(jnp.ones((2, 1, grid.size)), domain)}
    return problem, given, solved


def test_the_closed_loop_of_switching_regimes():
    problem, given, solved = switching_tree(sp.Rational(1, 10), [0.5, 1.2])
    means, got, squares = closed_loop(problem, given, solved, np.array([0.006]))
    # Growth 0.001 above its mean of 0.005.
    np.testing.assert_allclose(means[:, 0], [0.0055, 0.0062], rtol=1e-12)
    # m_j' = sum over i of p_ij rho_i m_i: explosive in one regime only.
    want = np.array([[0.9 * 0.5, 0.2 * 1.2], [0.1 * 0.5, 0.8 * 1.2]])
    np.testing.assert_allclose(got, want, rtol=1e-12)
    # Second moments explode although means do not: 0.8 * 1.2**2 > 1 > 0.8 * 1.2.
    want = np.array([[0.9 * 0.25, 0.2 * 1.44], [0.1 * 0.25, 0.8 * 1.44]])
    np.testing.assert_allclose(squares, want, rtol=1e-12)
    verdicts = [Determinacy(r, 1, 1, np.array([0.9, 1.1])) for r in ("calm", "wild")]
    with pytest.raises(SolutionError, match="second moments: 1"):
        check_stability(problem, given, solved, np.array([0.006]), verdicts)


def test_chances_that_move_may_hold_together_what_explodes():
    verdicts = [Determinacy(r, 1, 1, np.array([0.9, 1.1])) for r in ("calm", "wild")]
    point = np.array([0.006])
    fixed_chance = switching_tree(sp.Rational(1, 10), [0.9, 1.3])
    with pytest.raises(SolutionError, match="'tree' converged to an unstable"):
        check_stability(*fixed_chance, point, verdicts)
    moving = 1 / (9 + sp.exp(Dated("growth")))
    found = check_stability(*switching_tree(moving, [0.9, 1.3]), point, verdicts)
    assert found.radius > 1
