"""Solver and pricing operator against economies whose solution is known exactly."""

import itertools

import closed_forms as exact
import jax.numpy as jnp
import numpy as np
import pytest
from textbook import fisherian, gaussian_endowment, iid_disasters, lucas_tree
from yardsticks import as_arrays, fisherian_problem, zero_coupon_prices

from fiscax.solvers.errors import ValueDoesNotExistError
from fiscax.solvers.projection import pricing
from fiscax.solvers.projection.conditions import Conditions
from fiscax.solvers.projection.grid import box, smolyak
from fiscax.solvers.projection.linear import linear_policy
from fiscax.solvers.projection.quadrature import Quadrature, event_outcomes
from fiscax.solvers.projection.solution import solve
from fiscax.solvers.projection.solve import SolverOptions

TREE = {
    "beta": 0.95**0.25,
    "gamma": 2.5,
    "mu": 0.005,
    "sigma_y": 0.0175,
    "rho_g": -0.139,
}
GAUSSIAN = {
    "beta": 0.995,
    "gamma": 8.0,
    "mu": 0.005,
    "sigma_y": 0.0075,
    "rho_x": 0.9,
    "sigma_x": 0.0012,
}
DISASTER = {
    "beta": 0.985,
    "gamma": 4.0,
    "psi": 2.0,
    "mu": 0.006,
    "sigma_y": 0.01,
    "xi": 0.3,
    "p_bar": 0.005,
    "leverage": 1.5,
    "sigma_d": 0.05,
}
THIRTY_YEARS = 120


def fine(block, level=5, quadrature=5):
    return SolverOptions(levels={block: ((level,),)}, quadrature=Quadrature(quadrature))


# --- Burnside (1998) --------------------------------------------------------------


@pytest.mark.parametrize("rho_g", [-0.139, 0.7])
def test_price_dividend_ratio_of_burnside(rho_g):
    parameters = TREE | {"rho_g": rho_g}
    solution = solve(lucas_tree(), parameters, fine("tree"))
    sd = TREE["sigma_y"] / np.sqrt(1 - rho_g**2)
    growth = TREE["mu"] + np.linspace(-3, 3, 41) * sd
    got = solution.observe(["price_dividend"], growth[:, None])[:, 0]
    want = exact.burnside_price_dividend(growth, **parameters)
    # Analytic function, 33 Chebyshev nodes, 11 Gauss-Hermite nodes: truncation is far
    # below the tolerance the issue of this ratio is known for (1e-6).
    np.testing.assert_allclose(got, want, rtol=1e-6)


def test_resolvent_gives_the_price_dividend_ratio_too():
    solution = solve(lucas_tree(), TREE, fine("tree"))
    operators = solution.operators(("growth",))
    ones = jnp.ones(len(operators.nodes))
    value = pricing.value(operators.matrices["growth"], ones)
    growth = operators.nodes[:, 0]
    inner = np.abs(growth - TREE["mu"]) < 3 * TREE["sigma_y"]
    want = 1 + exact.burnside_price_dividend(growth, **TREE)
    np.testing.assert_allclose(np.asarray(value)[inner], want[inner], rtol=1e-6)


def test_an_infinite_value_is_refused():
    # Low risk aversion with beta near one: growth exceeds discounting.
    parameters = TREE | {"beta": 0.9999, "gamma": 0.5}
    solution = solve(lucas_tree(), TREE, fine("tree", 3, 2))
    problem = Conditions(lucas_tree(), "tree", solution.grids, Quadrature(2))
    build = pricing.operator_builder(problem, solution.grids[0][1], ("growth",))
    values = {k: jnp.asarray(v) for k, v in parameters.items()}
    _, matrices, _ = build(values, solution.solved, solution.domain)
    matrix = matrices["growth"]
    with pytest.raises(ValueDoesNotExistError, match="spectral radius"):
        pricing.value(matrix, jnp.ones(matrix.shape[0]), "tree")


# --- Gaussian endowment: exact real curves ----------------------------------------


def curve_options():
    # Expectations never leave a domain of 20 s.d. (widened fivefold, 24): from its rim
    # the state returns to 0.9 * 20, and nine Gauss-Hermite nodes reach 4.5 * 0.44 = 2
    # further. Inside, 17 Chebyshev nodes resolve exp(u x) with u below 2 to rounding.
    return SolverOptions(
        levels={"kernel": ((4,),)}, quadrature=Quadrature(4), widen=5.0
    )


def real_curve(solution):
    operators = solution.operators(("real",))
    matrix = operators.matrices["real"]
    ones = jnp.ones(matrix.shape[0])
    prices = zero_coupon_prices(matrix, matrix @ ones, ones, THIRTY_YEARS)
    return operators.nodes[:, 0], np.asarray(prices)


def yield_errors(x, prices, want):
    sd = GAUSSIAN["sigma_x"] / np.sqrt(1 - GAUSSIAN["rho_x"] ** 2)
    assert np.max(np.abs(x)) > 20 * sd
    quarters = np.arange(1, THIRTY_YEARS + 1)[:, None]
    return np.max(np.abs((np.log(prices) - want) / quarters))


def test_real_curve_with_power_utility():
    gamma = 3.0
    given = GAUSSIAN | {"gamma": gamma}
    solution = solve(gaussian_endowment(), given | {"psi": 1 / gamma}, curve_options())
    x, prices = real_curve(solution)
    want = exact.power_utility_log_prices(x, THIRTY_YEARS, **given)
    # Rounding of 120 products with matrices of norm one.
    assert yield_errors(x, prices, want) < 1e-12


def test_real_curve_with_epstein_zin_and_unit_ies():
    solution = solve(gaussian_endowment(unit_ies=True), GAUSSIAN, curve_options())
    x, prices = real_curve(solution)
    value = solution.observe(["log_value", "real_rate"], x[:, None])
    # The log value is linear in x, so it lies in the span: solver tolerance remains.
    np.testing.assert_allclose(
        value[:, 0], exact.unit_ies_value(x, **GAUSSIAN), atol=1e-9, rtol=1e-9
    )
    want = exact.unit_ies_log_prices(x, THIRTY_YEARS, **GAUSSIAN)
    np.testing.assert_allclose(value[:, 1], -want[0], atol=1e-9, rtol=0)
    # The kernel holds the solved log value: Newton's goal of 1e-11 for it.
    assert yield_errors(x, prices, want) < 1e-10


def test_the_two_closed_forms_agree_where_they_meet():
    # Log utility is both power utility with gamma = 1 and unit IES with gamma = 1.
    given = GAUSSIAN | {"gamma": 1.0}
    x = np.linspace(-0.01, 0.01, 5)
    np.testing.assert_allclose(
        exact.power_utility_log_prices(x, 40, **given),
        exact.unit_ies_log_prices(x, 40, **given),
        atol=1e-13,
    )


# --- Independent disasters --------------------------------------------------------


@pytest.mark.parametrize("unit_ies", [False, True])
@pytest.mark.slow
def test_independent_disasters(unit_ies):
    given = DISASTER | {"psi": 1.0} if unit_ies else DISASTER
    want = exact.disaster_prices(**given)
    parameters = {k: v for k, v in given.items() if not (unit_ies and k == "psi")}
    parameters["rho_g"] = 0.0
    options = SolverOptions(
        levels={"kernel": ((2,),), "equity": ((2,),)}, quadrature=Quadrature(5)
    )
    solution = solve(iid_disasters(unit_ies), parameters, options)
    points = np.array([[-0.2], [0.0], [0.006]])
    got = solution.observe(["real_rate", "price_dividend"], points)
    # Constants lie in the span and the quadrature is exact for the events; what is
    # left is Gauss-Hermite on exp(k e) with k below 0.1, far under 1e-10.
    np.testing.assert_allclose(got[:, 0], want["real_rate"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(got[:, 1], want["price_dividend"], rtol=1e-9)
    # Premium from the return itself: log E[R] by the physical operator.
    _, _, returns = solution.walk(
        ["equity_return_next"], 50, 20_000, 3, start=points[0]
    )
    gross = np.exp(np.asarray(returns[..., 0])).mean(axis=0)
    premium = gross.mean() * np.exp(-want["real_rate"])
    error = gross.std() / np.sqrt(len(gross)) * np.exp(-want["real_rate"])
    assert abs(premium - np.exp(want["log_premium"])) < 4 * error
    assert want["log_premium"] > 2 * error
    operators = solution.operators(("growth",))
    # An iid economy's growth-adjusted operator has the one-period strip as its root.
    assert operators.radius("growth") == pytest.approx(want["output_strip"], rel=1e-9)


# --- Fisherian economy ------------------------------------------------------------

FISHERIAN = {
    "beta": 0.995,
    "phi": 0.95,
    "tax_response": 0.0,
    "omega": 0.9,
    "rho_f": 0.9,
    "sigma_f": 1e-6,
}
# Inflation on impact per unit of transfer, by decay of coupons: worked out by hand from
# beta (1 - beta omega phi) / (1 - beta rho_f) at the parameters above.
IMPACTS = {0: 9.5215, 0.5: 5.0214, 0.8: 2.3213, 0.9: 1.4214, 0.96: 0.8813, 1: 0.5213}


def fisherian_policy(**changes):
    return linear_policy(fisherian_problem(), as_arrays(FISHERIAN | changes), {}, 0)


@pytest.mark.parametrize(("omega", "impact"), IMPACTS.items())
def test_inflation_on_an_unfunded_transfer(omega, impact):
    policy = fisherian_policy(omega=omega)
    inflation, log_price = policy.slope[:, 1]
    # Four decimals are written down; risk of size sigma = 1e-6 moves the sixth.
    assert inflation == pytest.approx(impact, abs=1e-4)
    known = {k: FISHERIAN[k] for k in ("beta", "phi", "rho_f")}
    want = exact.fisherian_impact(omega=omega, **known)
    assert inflation == pytest.approx(want["inflation"], rel=1e-6)
    assert log_price == pytest.approx(want["log_bond_price"], rel=1e-6)
    # Total real revaluation does not depend on the decay of coupons.
    revaluation = FISHERIAN["beta"] * omega * log_price - inflation
    assert revaluation == pytest.approx(-9.5215, abs=1e-4)
    assert revaluation == pytest.approx(want["revaluation"], rel=1e-6)


def test_a_larger_stock_of_debt_is_inflated_away():
    policy = fisherian_policy()
    inflation, log_price = policy.slope[:, 0]
    # d log W / d log b = 1 + beta omega q - pi must be zero: the surplus did not move.
    value = 1 + FISHERIAN["beta"] * FISHERIAN["omega"] * log_price - inflation
    assert value == pytest.approx(0, abs=1e-6)


def test_global_solution_values_debt_at_the_surplus():
    options = SolverOptions(levels={"nominal": ((3, 3),)})
    solution = solve(fisherian(), FISHERIAN | {"sigma_f": 1e-3}, options)
    points = solution.ergodic_sample[0][::500]
    value = solution.observe(["debt_value"], points)[:, 0]
    known = {k: FISHERIAN[k] for k in ("beta", "rho_f")}
    want = exact.fisherian_value(points[:, 1], **known)
    # A-posteriori bound: relative residuals between the nodes, discounted forever, add
    # up to at most their mean over 1 - beta. Finer grids do not lower them here, since
    # expectations at the rim leave the domain.
    rows = solution.accuracy(points=4000)
    residual = sum(10 ** row["mean_log10"] for row in rows)
    bound = residual / (1 - FISHERIAN["beta"])
    np.testing.assert_allclose(value, want, rtol=bound)
    # One s.d. of the transfer moves the value by 2%: the bound is a thousandth of that.
    assert bound < 2e-3 * np.std(want)


# --- Grids and quadrature ---------------------------------------------------------


@pytest.mark.parametrize(
    "levels",
    [(4,), (2, 3), (1, 1, 2, 1), pytest.param((3, 3, 2), marks=pytest.mark.slow)],
)
def test_a_grid_reproduces_the_polynomials_in_its_span(levels):
    grid = smolyak(levels)
    rng = np.random.default_rng(0)
    weights = rng.normal(size=grid.size)

    def polynomial(cube):
        factors = [
            np.polynomial.chebyshev.chebvander(cube[:, d], 2**level)
            for d, level in enumerate(levels)
        ]
        rows = grid.degrees
        terms = [f[:, rows[:, d]] for d, f in enumerate(factors)]
        return np.prod(terms, axis=0) @ weights

    coefficients = grid.inverse @ polynomial(grid.nodes)
    np.testing.assert_allclose(coefficients, weights, atol=1e-11)
    where = rng.uniform(-1, 1, size=(50, len(levels)))
    got = grid.evaluate(jnp.asarray(where), jnp.asarray(coefficients)[None, :])
    np.testing.assert_allclose(got[:, 0], polynomial(where), atol=1e-10)
    basis = grid.basis(jnp.asarray(where)) @ coefficients
    np.testing.assert_allclose(basis, polynomial(where), atol=1e-10)


@pytest.mark.slow
def test_error_falls_at_the_rate_of_bernstein():
    # 1 / (a - x) is analytic inside the ellipse with rho = a + sqrt(a^2 - 1), so the
    # error at n + 1 Chebyshev points is proportional to rho^-n (Trefethen, ch. 8).
    a = 1.5
    rho = a + np.sqrt(a**2 - 1)
    where = np.linspace(-1, 1, 2001)[:, None]
    errors = {}
    for level in (2, 3, 4):
        grid = smolyak((level,))
        coefficients = grid.inverse @ (1 / (a - grid.nodes[:, 0]))
        got = grid.evaluate(jnp.asarray(where), jnp.asarray(coefficients)[None, :])
        errors[level] = np.max(np.abs(np.asarray(got)[:, 0] - 1 / (a - where[:, 0])))
    for level in (2, 3):
        slope = np.log(errors[level] / errors[level + 1]) / 2**level
        # The constant in front moves the slope by a few per cent.
        assert slope == pytest.approx(np.log(rho), rel=0.05)


@pytest.mark.slow
def test_errors_in_several_dimensions_are_the_coefficients_left_out():
    # The product of 1 / (a - x_d) has Chebyshev coefficients (2 - [k = 0]) rho^-k /
    # sqrt(a^2 - 1) per dimension, all positive: those that the grid leaves out sum to
    # the error of truncation at the corner. Interpolation does at most twice as badly
    # (every degree left out aliases to one that is held), and half of it shows.
    a = 1.5
    rho = a + np.sqrt(a**2 - 1)
    sample = np.random.default_rng(1).uniform(-1, 1, size=(500, 3))
    where = np.concatenate([sample, np.sign(sample)])

    def known(x):
        return 1 / np.prod(a - x, axis=1)

    errors = []
    for level in (1, 2, 3, 4):
        grid = smolyak((level,) * 3)
        coefficients = jnp.asarray(grid.inverse @ known(grid.nodes))[None, :]
        got = np.asarray(grid.evaluate(jnp.asarray(where), coefficients))[:, 0]
        errors.append(np.max(np.abs(got - known(where))))
        single = (2 - (grid.degrees == 0)) * rho ** -grid.degrees.astype(float)
        held = np.sum(np.prod(single / np.sqrt(a**2 - 1), axis=1))
        left_out = known(np.ones((1, 3)))[0] - held
        assert 0.5 * left_out < errors[-1] < 2 * left_out
    assert errors[-1] < 0.03 * errors[0]


def test_beyond_the_cube_polynomials_continue_along_their_tangent():
    grid = smolyak((3,))
    step = 1e-6
    edge = np.array([[1.0], [1.0 - step], [1.3], [-1.0], [-1.0 + step], [-1.2]])
    b = np.asarray(grid.basis(jnp.asarray(edge)))
    right, left = (b[0] - b[1]) / step, (b[4] - b[3]) / step
    # Forward differences of T_n have error n^4 step / 6 < 1e-3.
    np.testing.assert_allclose(b[2], b[0] + 0.3 * right, atol=1e-3)
    np.testing.assert_allclose(b[5], b[3] - 0.2 * left, atol=1e-3)


def test_every_dimension_has_its_own_degrees_and_tangents():
    # Written out: T_n(1) = 1 with slope n^2, T_n(-1) = (-1)^n with slope -(-1)^n n^2.
    grid = smolyak((1, 0, 4, 2))
    rng = np.random.default_rng(4)
    where = rng.uniform(-1.5, 1.5, size=(60, grid.dimension))
    tops = [max(2, 2**level) for level in grid.levels]
    terms = np.ones((len(where), grid.size))
    for x, top, degrees in zip(where.T, tops, grid.degrees.T, strict=True):
        n, inside = np.arange(top + 1), np.clip(x, -1, 1)
        slope = np.where(x > 0, n[:, None] ** 2, -((-1.0) ** n * n**2)[:, None]).T
        one = np.polynomial.chebyshev.chebvander(inside, top)
        terms *= (one + slope * (x - inside)[:, None])[:, degrees]
    np.testing.assert_allclose(grid.basis(where, np), terms, atol=1e-9)
    np.testing.assert_allclose(grid.basis(jnp.asarray(where)), terms, atol=1e-9)
    got = grid.evaluate(jnp.asarray(where), jnp.eye(grid.size))
    np.testing.assert_allclose(got, terms, atol=1e-9)


def test_a_sheared_domain_maps_back():
    domain = box(np.array([-1.0, 2.0]), np.array([0.0, 5.0]))
    domain = domain._replace(shear=jnp.array([[1.0, 0.0], [-0.7, 1.0]]))
    points = np.random.default_rng(2).normal(size=(10, 2))
    back = domain.from_cube(domain.to_cube(jnp.asarray(points)))
    np.testing.assert_allclose(back, points, atol=1e-14)


def moment(power):
    """E[e^power] of a standard normal: the double factorial of power - 1, or zero."""
    return 0.0 if power % 2 else float(np.prod(np.arange(1, power, 2)))


@pytest.mark.parametrize(
    ("shocks", "level"), [(1, 2), (2, 2), (3, 2), (3, 5), (4, 4), (5, 3), (6, 2)]
)
def test_quadrature_integrates_monomials(shocks, level):
    nodes, weights = Quadrature(level).nodes(shocks)
    assert weights.sum() == pytest.approx(1, abs=1e-13)
    degree = 2 * level + 1
    powers = [
        p
        for p in itertools.product(range(degree + 1), repeat=shocks)
        if sum(p) <= degree
    ]
    for power in powers:
        got = weights @ np.prod(nodes ** np.array(power), axis=1)
        want = np.prod([moment(p) for p in power])
        # Weights of the sparse rule alternate in sign: rounding grows with their size.
        assert got == pytest.approx(want, rel=1e-11, abs=1e-10), power


def test_the_product_rule_is_exact_to_its_degree_in_each_shock():
    nodes, weights = Quadrature(2).nodes(2)
    for power in itertools.product(range(10), repeat=2):
        got = weights @ np.prod(nodes ** np.array(power), axis=1)
        want = moment(power[0]) * moment(power[1])
        assert got == pytest.approx(want, rel=1e-11, abs=1e-11)


def test_all_combinations_of_events():
    assert event_outcomes(0).shape == (1, 0)
    assert sorted(map(tuple, event_outcomes(2))) == [(0, 0), (0, 1), (1, 0), (1, 1)]
