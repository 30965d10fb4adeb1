"""Euler-equation errors: zero where the rule is exact, smaller at higher orders."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import fiscax
from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.functions import residual_function, residual_terms
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.perturbation.solution import solve_local

HERE = Path(__file__).parents[1] / "oracles" / "dynare"
KEYS = ("mean_log10", "p99_log10", "p99_9_log10")


@cache
def model(name):
    return fiscax.load_mod(HERE / f"{name}.mod")


@cache
def errors(name, order):
    table = solve_local(model(name), order).accuracy(points=1000, seed=1)
    return {row["equation"]: row for row in table}


@pytest.mark.parametrize(
    ("name", "equations"),
    [
        ("brock_mirman", ("euler", "resources", "claim")),
        (
            "new_keynesian_calvo",
            ("euler", "optimal price", "numerator", "denominator", "dispersion"),
        ),
    ],
)
@pytest.mark.slow
def test_errors_fall_with_the_order(name, equations):
    for equation in equations:
        rows = [errors(name, order)[equation] for order in (1, 2, 3)]
        for key in [*KEYS, *(f"relative_{k}" for k in KEYS)]:
            first, second, third = (row[key] for row in rows)
            assert first - 0.5 > second, (equation, key)
            assert second - 0.5 > third, (equation, key)
        for row in rows:
            assert row["mean_log10"] <= row["p99_log10"] <= row["p99_9_log10"]
    # What is linear in the variables is solved exactly at every order.
    for order in (1, 2, 3):
        assert errors(name, order)["productivity"]["p99_9_log10"] < -15


@pytest.mark.slow
def test_a_linear_model_has_no_errors():
    text = """
    var x y z; varexo e u v w; parameters rho beta; rho = 0.9; beta = 0.95;
    model; x = rho*x(-1) + e + w; z = 0.5*z(-1) + 0.1*x(-1) + u + v;
    y = beta*y(+1) + x + z(+1); end;
    steady_state_model; x = 0; z = 0; y = 0; end;
    """
    for order in (1, 2, 3):
        for row in solve_local(read_mod_text(text, "linear"), order).accuracy(500):
            assert all(row[k] < -13 for k in KEYS)


def test_errors_are_those_of_the_closed_form():
    # Expected productivity is exp(rho z + sigma^2 / 2); a linear rule says 1 + rho z.
    solution = solve_local(model("brock_mirman"), 1)
    z = solution.simulate(200, 100, seed=5)["z"].values
    rho, sigma = 0.9, 0.02
    exact = np.log10(np.abs(1 + rho * z - np.exp(rho * z + sigma**2 / 2)))
    row = errors("brock_mirman", 1)["claim"]
    assert row["mean_log10"] == pytest.approx(exact.mean(), abs=0.2)
    assert row["p99_log10"] == pytest.approx(np.quantile(exact, 0.99), abs=0.3)
    # The largest term is near one, so both sizes agree.
    assert row["relative_mean_log10"] == pytest.approx(row["mean_log10"], abs=0.05)


def test_terms_add_up_to_residuals():
    economy = model("new_keynesian_calvo")
    evaluate, owners = residual_terms(economy)
    rng = np.random.default_rng(0)
    y = [np.exp(0.1 * rng.standard_normal(len(economy.names))) for _ in range(3)]
    shocks = rng.standard_normal(3)
    values = np.array([economy.values[p.name] for p in economy.parameters])
    total = np.zeros(len(economy.names))
    np.add.at(total, list(owners), np.asarray(evaluate(*y, shocks, values)))
    exact = residual_function(economy)(*y, shocks, values)
    np.testing.assert_allclose(total, exact, rtol=1e-12, atol=1e-12)


def test_one_term_alone_has_no_relative_error():
    text = """
    var x y; varexo e; parameters rho; rho = 0.5;
    model; x = rho*x(-1) + e; (y - 1)*(2 + x) = 0; end;
    steady_state_model; x = 0; y = 1; end;
    shocks; var e; stderr 0.1; end;
    """
    _, row = solve_local(read_mod_text(text, "product"), 2).accuracy(100)
    assert row["relative_mean_log10"] is None and row["mean_log10"] == -17


def test_what_cannot_be_evaluated_is_named():
    wild = solve_local(model("brock_mirman"), 1, {"sigma": 2.0})
    with pytest.raises(SolutionError, match=r"'(euler|resources)' cannot be evaluated"):
        wild.accuracy(200)
    with pytest.raises(SolutionError, match="at least one point"):
        wild.accuracy(0)
    unit = solve_local(model("brock_mirman"), 1, {"rho": 1.0})
    with pytest.raises(SolutionError, match="no ergodic set"):
        unit.accuracy(10)
