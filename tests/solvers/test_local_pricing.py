"""Curves of local solutions against explicit equations, exact curves and identities."""

import closed_forms as exact
import linear_solution
import numpy as np
import pytest
from textbook import gaussian_endowment

import fiscax
from fiscax.calibration.parameters.calibration import load_calibration
from fiscax.models.core import core_economy
from fiscax.models.declaration import DeclarationError
from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.form import dynamic_form, general_expression
from fiscax.models.sticky import sticky_price_economy
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.perturbation.pricing import Pricing, price_curves
from fiscax.solvers.perturbation.solution import solve_local
from fiscax.solvers.pricing.curves import PARTS

KEYNESIAN = """
var {more} c pi i a v sdf;
varexo e_a e_m;
parameters beta kappa phi rho_i rho_a;
beta = 0.99; kappa = 60; phi = 1.5; rho_i = 0.8; rho_a = 0.95;
model;
sdf = beta*(c/c(-1))^(-2)*(v/v(-1))^(-0.3);
v = ((1 - beta)*c^(-0.5) + beta*v(+1)^1.3)^(1/1.3);
1 = sdf(+1)*exp(i - pi(+1));
kappa*(exp(pi) - 1)*exp(pi) = 6*(c^3.5/exp(2.5*a) - 5/6)
    + kappa*sdf(+1)*(exp(pi(+1)) - 1)*exp(pi(+1))*c(+1)/c;
i = rho_i*i(-1) + (1 - rho_i)*(-log(beta) + phi*pi) + e_m;
a = rho_a*a(-1) + e_a;
{equations}
end;
initval;
c = 0.95; i = -log(beta); v = 1; sdf = beta;
{guesses}
end;
shocks;
var e_a; stderr 0.01;
var e_m; stderr 0.003;
corr e_a, e_m = 0.2;
end;
"""
GIVEN = Pricing("sdf(+1)", "pi")
COUNT = 6


@pytest.fixture(scope="module")
def priced():
    model = read_mod_text(KEYNESIAN.format(more="", equations="", guesses=""), "nk")
    return price_curves(model, GIVEN, (1, 2, 5, COUNT, 40))


@pytest.mark.slow
def test_curves_are_those_of_explicit_equations(priced):
    names = [f"p{n}" for n in range(1, COUNT + 1)]
    equations, before = "", ""
    for name in names:
        equations += f"exp({name}) = sdf(+1)*exp(-pi(+1)){before};\n"
        before = f"*exp({name}(+1))"
    guesses = "".join(f"{n} = {-0.01 * (k + 1)};\n" for k, n in enumerate(names))
    text = KEYNESIAN.format(more=" ".join(names), equations=equations, guesses=guesses)
    full = solve_local(read_mod_text(text, "full"), 3)
    states = [full.states.index(s) for s in priced.states]
    order = [*states, *(len(states) + k for k in range(2))]
    for n in (1, 2, 5, COUNT):
        row, own = full.variables.index(f"p{n}"), priced.variables.index(f"yield_{n}")
        for field in ("steady", "x", "xx", "ss", "xxx", "ssx"):
            want = getattr(full.rule, field)[row]
            for axis in range(want.ndim):
                want = np.take(want, order, axis=axis)
            found = -n * getattr(priced.rule, field)[own]
            np.testing.assert_allclose(
                found, want, atol=1e-10 * max(1, np.abs(want).max(initial=0))
            )


def test_parts_add_up(priced):
    paths = priced.simulate(50, 3, seed=1)
    for n in (1, 5, 40):
        parts = {part: paths[f"{part}_{n}"] for part in PARTS}
        total = sum(parts.values()) - 2 * parts["convenience"]
        np.testing.assert_allclose(total, paths[f"yield_{n}"], atol=1e-14)
        premium = parts["real_term_premium"] + parts["inflation_risk_premium"]
        np.testing.assert_allclose(premium, paths[f"term_premium_{n}"], atol=1e-14)
    # One period: the short rate of the rule, and no premium.
    np.testing.assert_allclose(paths["yield_1"], paths["i"], atol=1e-5)
    np.testing.assert_allclose(paths["term_premium_1"], 0.0, atol=1e-14)


def test_moments_of_yields_are_those_of_paths(priced):
    moments = priced.moments()
    paths = priced.simulate(1000, 300, seed=5)
    values = paths["yield_40"].values
    means = values.mean(axis=0)
    error = means.std() / np.sqrt(len(means))
    assert (
        abs(means.mean() - float(moments["mean"].sel(variable="yield_40"))) < 4 * error
    )


def endowment_curve(model, parameters, maturities, order):
    weight = next(n.weight for n in model.numeraires if n.name == "real")
    kernel, needed = general_expression(model, weight)
    form = dynamic_form(model, needed)
    return price_curves(form, Pricing(kernel, "0"), maturities, order, parameters)


MATURITIES = (1, 4, 40, 120)
GAUSSIAN = {
    "beta": 0.995,
    "gamma": 4.0,
    "mu": 0.005,
    "sigma_y": 0.01,
    "rho_x": 0.9,
    "sigma_x": 0.001,
}


@pytest.mark.parametrize("unit_ies", [False, True])
def test_exact_curves_of_an_endowment(unit_ies):
    # Log prices are affine in the state and linear in variances: order two is exact.
    given = GAUSSIAN if unit_ies else GAUSSIAN | {"psi": 1 / GAUSSIAN["gamma"]}
    solution = endowment_curve(gaussian_endowment(unit_ies), given, MATURITIES, 2)
    closed = exact.unit_ies_log_prices if unit_ies else exact.power_utility_log_prices
    x = np.array([0.0, 0.01])
    want = closed(x, 120, **GAUSSIAN)
    rule = solution.rule
    for n in MATURITIES:
        row = solution.variables.index(f"real_{n}")
        at_zero = rule.steady[row] + rule.ss[row] / 2
        np.testing.assert_allclose(-n * at_zero, want[n - 1, 0], atol=1e-11)
        slope = rule.x[row, len(solution.states) + solution.shocks.index("e_x")]
        # The derivative by the innovation is sigma_x times that by the state.
        gap = (want[n - 1, 1] - want[n - 1, 0]) / 0.01
        np.testing.assert_allclose(-n * slope, gap * GAUSSIAN["sigma_x"], atol=1e-11)


def test_kernels_that_do_not_split_are_refused():
    model = read_mod_text(KEYNESIAN.format(more="", equations="", guesses=""), "nk")
    with pytest.raises(DeclarationError, match="does not split"):
        price_curves(model, Pricing("beta*(c + c(+1))", "pi"), (4,))
    with pytest.raises(DeclarationError, match="did you mean"):
        price_curves(model, Pricing("sdf(+1)", "pie"), (4,))
    with pytest.raises(SolutionError, match="at least 1"):
        price_curves(model, GIVEN, (0,))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "prices"), [("sticky_safe", "rotemberg"), ("sticky_risky", "calvo")]
)
def test_general_form_is_the_declared_model(name, prices):
    model = sticky_price_economy(prices)
    values = {
        k: float(np.ravel(v)[0])
        for k, v in load_calibration(name, model).as_arrays().items()
    }
    # The other linear solution rests at the closed form, riskless intercepts'.
    values |= {"rate_offset": 0.0, "tax_offset": 0.0}
    form = dynamic_form(model)
    local = solve_local(form, 1, values)
    apart = linear_solution.linear(model, values)
    assert local.determinacy.verdict == apart.verdict == "determinate"
    shown = ["inflation", "log_output", "log_bond_price", "log_price_dividend"]
    for k, shock in enumerate(model.shocks):
        response = local.impulse_response({shock.name: 1.0}, 20, shown)
        start = apart.impact[:, k]
        for column, variable in enumerate(shown):
            want = apart.path(variable, start, 20)
            scale = max(np.abs(want).max(), 1e-6)
            np.testing.assert_allclose(
                response[:, column] / scale, want / scale, atol=1e-7
            )


def test_what_is_not_smooth_is_refused():
    with pytest.raises(DeclarationError, match=r"rare events .'disaster'.*globally"):
        dynamic_form(core_economy())
    switching = sticky_price_economy(regimes=("safe", "risky"))
    with pytest.raises(DeclarationError, match="several regimes"):
        fiscax.solve(switching, {}, order=1)
    with pytest.raises(DeclarationError, match="no definition or link"):
        dynamic_form(gaussian_endowment(), ("consumption_growht",))
