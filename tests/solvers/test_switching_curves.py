"""Curves of switching models to second order: one regime, and regimes that differ."""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.models.dynare.reader import read_mod_text
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.perturbation.pricing import Pricing, priced_model, with_curves
from fiscax.solvers.perturbation.solution import solve_local
from fiscax.solvers.switching.curves import with_switching_curves
from fiscax.solvers.switching.rules import unique_solution
from fiscax.solvers.switching.system import SwitchingModel

TEXT = """
var x k w;
varexo e;
parameters rho phi size bend;
rho = 0.8; phi = 2; size = 0.3; bend = 0;
model;
[name='state'] x = rho*x(-1) + size*e;
[name='kernel'] k = phi*x + bend*x^2;
[name='ahead'] w = 0.9*w(+1) + x;
end;
steady_state_model;
x = 0; k = 0; w = 0;
end;
shocks; var e; stderr 1; end;
"""
MATURITIES = (1, 2, 3)
PARAMETERS = np.array([[0.8, 2.0, 0.3, 0.5], [0.5, -1.0, 0.4, 0.2]])
CHANCES = np.array([[0.9, 0.1], [0.3, 0.7]])


@pytest.fixture(scope="module")
def model():
    plain = read_mod_text(TEXT, "walk")
    pricing = Pricing("exp(-0.01 - k(+1) + 0.3*x)", "0.2*x", "0.1*x", "0.05*x")
    return priced_model(plain, pricing)


def problem(model, parameters=PARAMETERS, transition=CHANCES):
    names = [p.name for p in model.parameters]
    own = dict(zip(("rho", "phi", "size", "bend"), parameters.T, strict=True))
    table = np.stack([own[n] for n in names], axis=1)
    values = {n: float(table[0][k]) for k, n in enumerate(names)}
    rest = solve_local(model, 1, values).steady_state
    return SwitchingModel(
        model, table, transition, np.array([rest[n] for n in model.names])
    )


def test_equal_regimes_are_one_economy(model):
    same = PARAMETERS[[0, 0]]
    found = problem(model, same)
    _, rules = unique_solution(found, 2)
    values = dict(zip(("rho", "phi", "size", "bend"), same[0].tolist(), strict=True))
    one = with_curves(solve_local(model, 2, values), MATURITIES)
    for rule in with_switching_curves(rules, found, MATURITIES):
        assert rule.variables == one.variables
        for name in ("steady", "x", "xx", "ss"):
            own, other = (np.asarray(getattr(r.rule, name)) for r in (rule, one))
            np.testing.assert_allclose(own, other, atol=1e-10, err_msg=name)


def exact(chances_at):
    """Log prices of real bonds (R,) by state and sigma, from whole distributions.

    Gauss-Hermite nodes over shocks, sums over regimes: no expansion.
    """
    points, weights = np.polynomial.hermite_e.hermegauss(9)
    weights = weights / weights.sum()

    def price(n, i, x, sigma):
        if n == 0:
            return 0.0
        total = 0.0
        for j in range(2):
            rho, phi, size, bend = PARAMETERS[j]
            for node, weight in zip(points, weights, strict=True):
                later = rho * x + size * sigma * node
                k = phi * later + bend * later**2
                total = total + chances_at(x)[i][j] * weight * jnp.exp(
                    -0.01 - k + 0.3 * x + price(n - 1, j, later, sigma)
                )
        return jnp.log(total)

    return price


def _rate(price, n, i, at):
    return -price(n, i, at[0], at[1]) / n


def constant(_):
    return CHANCES


def leaning(x):
    out = 1 / (1 + jnp.exp(2.0 - 3.0 * x))
    return [[1 - out, out], [0.3, 0.7]]


@pytest.mark.slow
@pytest.mark.parametrize("chances_at", [constant, leaning])
@pytest.mark.parametrize("n", [1, 2])
def test_derivatives_are_those_of_exact_prices(model, chances_at, n):
    place = model.names.index("x")
    transition = CHANCES
    if chances_at is leaning:

        def transition(now, before, own):
            return jnp.array(leaning(now[place]))

    given = problem(model, transition=transition)
    _, rules = unique_solution(given, 2)
    rules = with_switching_curves(rules, given, MATURITIES)
    price = exact(chances_at)
    for i, rule in enumerate(rules):
        row = rule.variables.index(f"real_{n}")
        got = {k: np.asarray(getattr(rule.rule, k))[row] for k in ("x", "xx", "ss")}
        # As functions of this period's state, which x(-1) and e move.
        rho, _, size, _ = PARAMETERS[i]
        rate = partial(_rate, price, n, i)
        slope = jax.grad(rate)(jnp.zeros(2))[0]
        bent = jax.hessian(rate)(jnp.zeros(2))
        np.testing.assert_allclose(got["x"], float(slope) * np.array([rho, size]))
        outer = np.outer([rho, size], [rho, size])
        np.testing.assert_allclose(got["xx"], float(bent[0, 0]) * outer, atol=1e-10)
        assert got["ss"] == pytest.approx(float(bent[1, 1]), abs=1e-10)


def test_parts_add_up(model):
    given = problem(model)
    _, rules = unique_solution(given, 2)
    parts = (
        "expected_real_rate",
        "expected_inflation",
        "inflation_compensation",
        "real_term_premium",
        "inflation_risk_premium",
    )
    for rule in with_switching_curves(rules, given, (3,)):
        at = {v: k for k, v in enumerate(rule.variables)}
        for name in ("steady", "x", "xx", "ss"):
            rows = np.asarray(getattr(rule.rule, name))
            total = sum(rows[at[f"{part}_3"]] for part in parts)
            total = total - rows[at["convenience_3"]]
            np.testing.assert_allclose(total, rows[at["yield_3"]], atol=1e-12)


def test_chances_that_depend_on_other_lags_are_refused(model):
    place = model.names.index("w")

    def transition(now, before, own):
        out = 1 / (1 + jnp.exp(2.0 - before[place]))
        return jnp.array([[1 - out, out], [0.3, 0.7]])

    given = problem(model, transition=transition)
    _, rules = unique_solution(given, 1)
    with pytest.raises(SolutionError, match="lags of states alone"):
        with_switching_curves(rules, given, (2,))


def test_first_order_curves_are_those_of_the_second(model):
    given = problem(model)
    first, second = (
        with_switching_curves(unique_solution(given, k)[1], given, MATURITIES)
        for k in (1, 2)
    )
    for one, two in zip(first, second, strict=True):
        assert one.rule.xx is None
        np.testing.assert_allclose(one.rule.x, two.rule.x, atol=1e-12)
        assert replace(two, order=1).variables == one.variables
