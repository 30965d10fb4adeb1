"""Perturbation against closed forms, a second algorithm, simulation and differences."""

import itertools
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import fiscax
from fiscax.models.declaration import (
    Dated,
    DeclarationError,
    Equation,
    Parameter,
    Shock,
    fixed,
)
from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.functions import parameter_vector
from fiscax.models.general.model import DynamicModel, Variable, dated
from fiscax.solvers.errors import DeterminacyError, SolutionError, SteadyStateError
from fiscax.solvers.perturbation.expansion import Rule, perturbation
from fiscax.solvers.perturbation.first_order import Layout
from fiscax.solvers.perturbation.pruning import Pruned, pruned_step
from fiscax.solvers.perturbation.solution import compiled_perturbation, solve_local
from fiscax.solvers.perturbation.steady_state import steady_state


def parameters(*names):
    return tuple(Parameter(n, n, "", -100, 100, "") for n in names)


def model(name, values, variables, shocks, equations, **more):
    return DynamicModel(
        name,
        "",
        parameters(*values),
        tuple(Variable(v) for v in variables),
        tuple(Shock(s, s, "") for s in shocks),
        tuple(Equation(n, left, right, "") for n, left, right in equations),
        values,
        **more,
    )


@pytest.fixture(scope="module")
def brock_mirman():
    """Log utility, full depreciation: k = alpha beta exp(z) k(-1)^alpha."""
    alpha, beta, rho = (fixed(n) for n in ("alpha", "beta", "rho"))
    c, k, z = (Dated(n) for n in "ckz")
    rest = (alpha * beta) ** (1 / (1 - alpha))
    return model(
        "brock_mirman",
        {"alpha": 0.3, "beta": 0.95, "rho": 0.9},
        "ckz",
        "e",
        [
            (
                "euler",
                1 / c,
                alpha * beta * sp.exp(dated("z", 1)) * k ** (alpha - 1) / dated("c", 1),
            ),
            ("resources", c + k, sp.exp(z) * dated("k", -1) ** alpha),
            ("productivity", z, rho * dated("z", -1) + Dated("e")),
        ],
        steady_state=(
            ("z", sp.Integer(0)),
            ("k", rest),
            ("c", Dated("k") ** alpha - Dated("k")),
        ),
        covariance=((sp.Float(0.02**2),),),
    )


def capital(values, state):
    alpha, beta, rho = values
    k, z, e = state
    return alpha * beta * jnp.exp(rho * z + e) * k**alpha


def test_brock_mirman_at_all_orders(brock_mirman):
    solution = solve_local(brock_mirman, 3)
    values = jnp.array([0.3, 0.95, 0.9])
    rest = jnp.array([solution.steady_state["k"], 0.0, 0.0])
    exact = capital
    for array in (solution.rule.x, solution.rule.xx, solution.rule.xxx):
        exact = jax.jacfwd(exact, argnums=1)
        np.testing.assert_allclose(
            array[1], exact(values, rest), rtol=1e-12, atol=1e-13
        )
    # Certainty equivalence is exact here: risk moves nothing.
    assert np.abs(solution.rule.ss).max() < 1e-14
    assert np.abs(solution.rule.ssx).max() < 1e-13


@pytest.fixture(scope="module")
def tree():
    """Burnside's economy: y = E[beta exp((1 - g) x') (1 + y')], x an AR(1)."""
    beta, power, rho = (fixed(n) for n in ("beta", "power", "rho"))
    x, y = Dated("x"), Dated("y")
    return model(
        "tree",
        {"beta": 0.95, "power": -1.5, "rho": 0.6},
        "xy",
        "e",
        [
            ("growth", x, rho * dated("x", -1) + Dated("e")),
            ("price", y, beta * sp.exp(power * dated("x", 1)) * (1 + dated("y", 1))),
        ],
        steady_state=(("x", sp.Integer(0)), ("y", beta / (1 - beta))),
        covariance=((sp.Float(0.01**2),),),
    )


def burnside(x, variance, beta=0.95, power=-1.5, rho=0.6, terms=1500):
    """Closed form (Burnside 1998): a sum of exponentials of x."""
    i = jnp.arange(1, terms + 1)
    slope = power * rho * (1 - rho**i) / (1 - rho)
    spread = i - 2 * rho * (1 - rho**i) / (1 - rho)
    spread += rho**2 * (1 - rho ** (2 * i)) / (1 - rho**2)
    level = (power / (1 - rho)) ** 2 * variance * spread / 2
    return jnp.sum(beta**i * jnp.exp(level + slope * x))


def test_risk_corrections_are_those_of_burnside(tree):
    solution = solve_local(tree, 3)
    variance = 0.01**2
    by_x = jax.grad(burnside)
    twice = jax.grad(by_x)
    rule = solution.rule
    # y is a function of x = rho x(-1) + e, the derivative by e is that by x.
    np.testing.assert_allclose(rule.x[1, 1], by_x(0.0, 0.0), rtol=1e-10)
    np.testing.assert_allclose(rule.xx[1, 1, 1], twice(0.0, 0.0), rtol=1e-10)
    np.testing.assert_allclose(
        rule.xxx[1, 1, 1, 1], jax.grad(twice)(0.0, 0.0), rtol=1e-10
    )
    # sigma scales the standard deviation: d2/dsigma2 = 2 variance d/dvariance at 0.
    by_variance = jax.grad(burnside, argnums=1)
    np.testing.assert_allclose(
        rule.ss[1], 2 * variance * by_variance(0.0, 0.0), rtol=1e-10
    )
    np.testing.assert_allclose(
        rule.ssx[1, 1], 2 * variance * jax.grad(by_variance)(0.0, 0.0), rtol=1e-10
    )


@pytest.mark.parametrize("order", [1, 2, 3])
def test_errors_fall_at_the_rate_of_the_order(tree, order):
    # State and standard deviation shrink together; what is left out has order + 1.
    scales, errors = np.array([0.2, 0.1, 0.05]), []
    for scale in scales:
        risky = replace(tree, covariance=((sp.Float((0.02 * scale) ** 2),),))
        rule, x = solve_local(risky, order).rule, 0.02 * scale
        total = rule.steady[1] + rule.x[1, 1] * x
        if order > 1:
            total += rule.xx[1, 1, 1] * x**2 / 2 + rule.ss[1] / 2
        if order > 2:
            total += rule.xxx[1, 1, 1, 1] * x**3 / 6 + rule.ssx[1, 1] * x / 2
        errors.append(abs(total - float(burnside(x, (0.02 * scale) ** 2))))
    slope = np.polyfit(np.log(scales), np.log(errors), 1)[0]
    assert slope == pytest.approx(order + 1, abs=0.2)


@pytest.fixture(scope="module")
def nonlinear():
    """Two states that feed into each other, correlated shocks, a jump variable."""
    a, b, rho = (fixed(n) for n in ("a", "b", "rho"))
    x, w, e, v = (Dated(n) for n in "xwev")
    x_1, w_1 = dated("x", -1), dated("w", -1)
    return model(
        "nonlinear",
        {"a": 0.5, "b": 0.6, "rho": 0.8},
        "xwy",
        "ev",
        [
            ("first", x, rho * x_1 + e * (1 + a * x_1 + a**2 * w_1**2)),
            ("second", w, b * w_1 + (0.3 + 0.2 * x_1) * x_1**2 + v * (1 + 0.5 * x_1)),
            ("third", Dated("y"), sp.exp(x + w) + dated("x", 1) ** 2),
        ],
        steady_state=(("x", sp.Integer(0)), ("w", sp.Integer(0)), ("y", sp.Integer(1))),
        covariance=(
            (sp.Float(0.01), sp.Float(0.002)),
            (sp.Float(0.002), sp.Float(0.02)),
        ),
    )


@pytest.mark.parametrize("order", [1, 2, 3])
def test_moments_are_those_of_long_simulations(nonlinear, order):
    solution = solve_local(nonlinear, order)
    moments = solution.moments(lags=2)
    paths = solution.simulate(2000, 500, seed=3)
    for name in ("x", "w", "y"):
        values = paths[name].values
        by_path = values.mean(axis=0)
        error = by_path.std() / np.sqrt(len(by_path))
        assert (
            abs(by_path.mean() - float(moments["mean"].sel(variable=name))) < 4 * error
        )
        squares = ((values - by_path.mean()) ** 2).mean(axis=0)
        error = squares.std() / np.sqrt(len(squares))
        exact = float(moments["variance"].sel(variable=name))
        assert abs(squares.mean() - exact) < 4 * error
        centred = values - by_path.mean()
        lagged = (centred[2:] * centred[:-2]).mean(axis=0)
        error = lagged.std() / np.sqrt(len(lagged))
        auto = float(moments["autocorrelation"].sel(variable=name, lag=2)) * exact
        assert abs(lagged.mean() - auto) < 4 * error


def test_variance_of_an_exponential_is_that_of_its_taylor_polynomial():
    # y = exp(x): to third order 1 + x + x^2 / 2 + x^3 / 6 with x normal.
    rho = fixed("rho")
    line = model(
        "exponential",
        {"rho": 0.5},
        "xy",
        "e",
        [
            ("state", Dated("x"), rho * dated("x", -1) + Dated("e")),
            ("level", Dated("y"), sp.exp(Dated("x"))),
        ],
        steady_state=(("x", sp.Integer(0)), ("y", sp.Integer(1))),
        covariance=((sp.Float(0.75 * 0.04),),),
    )
    s = 0.04
    exact = {
        1: (1, s),
        2: (1 + s / 2, s + s**2 / 2),
        3: (1 + s / 2, s + 3 * s**2 / 2 + 15 * s**3 / 36),
    }
    for order, (mean, variance) in exact.items():
        found = solve_local(line, order).moments()
        np.testing.assert_allclose(found["mean"][1], mean, rtol=1e-12)
        np.testing.assert_allclose(found["variance"][1], variance, rtol=1e-12)


def test_shares_of_variance_add_up(nonlinear):
    alone = replace(nonlinear, covariance=((0.01, 0), (0, 0.02)))
    shares = solve_local(alone, 1).variance_decomposition()
    np.testing.assert_allclose(shares.sum("shock"), 1.0, rtol=1e-12)
    # x is driven by e alone.
    np.testing.assert_allclose(shares.sel(variable="x", shock="e"), 1.0)
    with pytest.raises(SolutionError, match="correlated"):
        solve_local(nonlinear, 1).variance_decomposition()


def test_responses_at_first_order_are_powers_of_the_rule(nonlinear):
    solution = solve_local(nonlinear, 1)
    response = solution.impulse_response({"v": 2.0}, 6, ["w"])
    size = 2 * np.sqrt(0.02)
    np.testing.assert_allclose(response[:, 0], size * 0.6 ** np.arange(6), rtol=1e-12)
    general = solution.generalised_impulse_response({"v": 2.0}, 6, ["w"], paths=100)
    # A linear rule responds alike from everywhere; the other draws cancel.
    np.testing.assert_allclose(general, response, atol=1e-12 + 0.05 * size)


@pytest.mark.slow
def test_gradients_are_those_of_finite_differences(brock_mirman, tree):
    for economy in (brock_mirman, tree):
        values = parameter_vector(economy)

        @jax.jit
        def total(p, economy=economy):
            rule = perturbation(economy, 3)(p).rule
            return sum(
                jnp.sum(a * jnp.cos(jnp.arange(a.size)).reshape(a.shape)) for a in rule
            )

        slope = jax.jit(jax.grad(total))(values)
        step = 1e-6
        for i in range(len(values)):
            up, down = (total(values.at[i].add(s)) for s in (step, -step))
            np.testing.assert_allclose(slope[i], (up - down) / (2 * step), rtol=2e-5)


def test_a_batch_is_what_single_solutions_are(tree):
    values = jnp.outer(jnp.linspace(0.9, 1.0, 5), parameter_vector(tree))
    batch = jax.jit(jax.vmap(perturbation(tree, 3)))(values).rule
    for i, one in enumerate(values):
        alone = compiled_perturbation(tree, 3)(one).rule
        for together, single in zip(batch, alone, strict=True):
            np.testing.assert_allclose(together[i], single, rtol=1e-10, atol=1e-12)


def test_newton_does_not_mind_the_units_of_equations():
    # A level of hundreds beside a condition of thousandths that settles its log: the
    # second-order error of a full step in the level outweighs what the step gains.
    level, log, small = Dated("level"), Dated("log"), fixed("small")
    given = model(
        "units",
        {"small": 1e-3, "aim": 5.6},
        ("level", "log"),
        "e",
        [
            ("define_level", level, sp.exp(log) * sp.exp(dated("e", 0))),
            ("condition", small * log, small * fixed("aim")),
        ],
        guesses={"log": sp.Float(5.0), "level": sp.exp(sp.Float(5.0))},
    )
    found = steady_state(given, parameter_vector(given))
    assert found["log"] == pytest.approx(5.6, rel=1e-12)
    assert found["level"] == pytest.approx(np.exp(5.6), rel=1e-12)


@pytest.mark.slow
def test_steady_states_are_found_and_failures_name_equations(brock_mirman):
    without = replace(
        brock_mirman,
        steady_state=(),
        guesses={"c": sp.Float(0.5), "k": sp.Float(0.3), "z": sp.Integer(0)},
    )
    values = parameter_vector(without)
    found = steady_state(without, values)
    assert found["k"] == pytest.approx((0.3 * 0.95) ** (1 / 0.7), rel=1e-12)
    # The derivative is that of the closed form.
    slope = jax.jacfwd(lambda p: compiled_perturbation(without, 1)(p).rule.steady)(
        values
    )
    exact = jax.grad(lambda p: (p[0] * p[1]) ** (1 / (1 - p[0])))(values)
    np.testing.assert_allclose(slope[1], exact, rtol=1e-9)
    wrong = replace(
        brock_mirman, steady_state=(*brock_mirman.steady_state, ("k", sp.Float(0.1)))
    )
    with pytest.raises(SteadyStateError, match="'euler'"):
        steady_state(wrong, values)
    blind = replace(without, guesses={})
    with pytest.raises(SteadyStateError, match="cannot be evaluated at the guesses"):
        steady_state(blind, values)


def test_a_singular_steady_state_is_named():
    x, y = Dated("x"), Dated("y")
    double = model(
        "double",
        {"rho": 0.5},
        "xy",
        "e",
        [
            ("sum", x + y, 1 + Dated("e")),
            (
                "again",
                2 * x + 2 * y,
                2 + fixed("rho") * (dated("x", -1) + dated("y", -1) - 1),
            ),
        ],
    )
    with pytest.raises(DeterminacyError, match="'x', 'y' are not determined apart"):
        solve_local(double, 1)


@pytest.fixture(scope="module")
def leeper():
    """Leeper (1991): i = alpha pi, debt grows at 1/beta - gamma."""
    alpha, beta, gamma = (fixed(n) for n in ("alpha", "beta", "gamma"))
    i, pi, b = (Dated(n) for n in ("i", "pi", "b"))
    return model(
        "leeper",
        {"alpha": 1.5, "beta": 0.99, "gamma": 0.1},
        ("pi", "b", "i"),
        ("e", "v"),
        [
            ("fisher", beta * i, dated("pi", 1)),
            ("rule", i, alpha * pi + Dated("e")),
            (
                "debt",
                b,
                (1 / beta - gamma) * dated("b", -1)
                + (dated("i", -1) - pi / beta)
                - Dated("v"),
            ),
        ],
        guesses={},
    )


@pytest.mark.parametrize(
    ("alpha", "gamma", "verdict"),
    [
        (1.5, 0.1, "determinate"),
        (0.8, 0.0, "determinate"),
        (0.8, 0.1, "indeterminate"),
        (1.5, 0.0, "explosive"),
    ],
)
def test_four_quadrants_of_leeper(leeper, alpha, gamma, verdict):
    changes = {"alpha": alpha, "gamma": gamma}
    if verdict == "determinate":
        solution = solve_local(leeper, 1, changes)
        roots = {0.0, abs(alpha * 0.99), 1 / 0.99 - gamma}
        np.testing.assert_allclose(
            np.abs(solution.determinacy.eigenvalues), sorted(roots), atol=1e-10
        )
        return
    with pytest.raises(DeterminacyError, match=f"is {verdict}.*1 root.*'b'.*'gamma'"):
        solve_local(leeper, 1, changes)


def test_fiscal_shocks_move_prices_only_where_the_government_leads(leeper):
    # Active fiscal policy: pi = (1 - alpha beta ... ) pins pi by the debt equation.
    ricardian = solve_local(leeper, 1).decision_rule()["ghu"].sel(shock="v")
    assert abs(float(ricardian.sel(variable="pi"))) < 1e-12
    fiscal = solve_local(leeper, 1, {"alpha": 0.8, "gamma": 0.0})
    # b stays at zero: beta (1 - alpha beta) ... debt of one is inflated away at once.
    moved = float(fiscal.decision_rule()["ghu"].sel(variable="pi", shock="v"))
    after = fiscal.impulse_response({"v": 1.0}, 200, ["b"])
    assert moved < 0 and abs(float(after[-1, 0])) < 1e-10


def test_a_unit_root_is_said_to_be_one(leeper):
    solution = solve_local(leeper, 1, {"gamma": 1 / 0.99 - 1})
    assert solution.determinacy.unit_roots == 1
    # Prices do not depend on debt, which has a unit root; the rate is constant.
    moments = solution.moments()
    assert list(moments["variable"].values) == ["pi", "i"]
    assert moments.attrs["without_moments"] == "b"
    assert float(moments["variance"].sel(variable="pi")) == pytest.approx(
        1 / 1.5**2, rel=1e-12
    )
    assert np.isnan(moments["autocorrelation"].sel(variable="i")).all()
    with pytest.raises(SolutionError, match="root of modulus 1 moves 'b'"):
        solution.moments(["pi", "b"])


def test_names_are_checked(brock_mirman):
    with pytest.raises(DeclarationError, match="did you mean beta"):
        solve_local(brock_mirman, 1, {"betta": 0.9})
    solution = solve_local(brock_mirman, 1)
    with pytest.raises(DeclarationError, match="no shock named 'x'"):
        solution.impulse_response({"x": 1.0}, 3)
    with pytest.raises(SolutionError, match="order must be"):
        fiscax.solve(brock_mirman, order=4)


def test_a_claim_to_a_cubic_payoff_has_its_exact_moments_at_order_three():
    """Hermite polynomials of a Gaussian state are expected to shrink by powers of r.

    Payoff and price are cubic in a linear state, so that order 3 with pruning is exact:
    with h_n the polynomials of x/s, E[h_n(x(t+j)) | x(t)] = r^(jn) h_n(x(t)), the price
    has the coefficients of the payoff times be r^n/(1 - be r^n), and
    Cov(y(t+j), z(t)) = sum of n! y_n z_n r^(jn) (Mehler's formula).
    """
    text = """var x d p; varexo e; parameters r be a b c; r = 0.8; be = 0.95;
    a = 0.7; b = 1.5; c = -2; model; x = r*x(-1) + e; d = a*x + b*x^2 + c*x^3;
    p = be*(p(+1) + d(+1)); end; steady_state_model; x = 0; d = 0; p = 0; end;
    shocks; var e; stderr 0.3; end;"""
    solution = solve_local(read_mod_text(text, "claim"), 3)
    r, be, a, b, c = 0.8, 0.95, 0.7, 1.5, -2
    s, n = 0.3 / np.sqrt(1 - r**2), np.arange(4)
    payoff = np.array([b * s**2, a * s + 3 * c * s**3, b * s**2, c * s**3])
    price = payoff * be * r**n / (1 - be * r**n)
    factorial = np.array([0, 1, 2, 6])
    found = solution.moments(["d", "p"], lags=5)
    np.testing.assert_allclose(found["mean"], [payoff[0], price[0]], rtol=1e-12)
    for name, own in (("d", payoff), ("p", price)):
        at = found.sel(variable=name)
        variance = factorial @ own**2
        np.testing.assert_allclose(at["variance"], variance, rtol=1e-11)
        for lag in range(1, 6):
            want = factorial @ (own**2 * r ** (lag * n)) / variance
            got = at["autocorrelation"].sel(lag=lag)
            np.testing.assert_allclose(got, want, rtol=1e-11)
    # What first-order moments would say is far from it.
    first = solve_local(read_mod_text(text, "claim"), 1).moments(["p"])
    assert abs(first["standard_deviation"].item() / np.sqrt(variance) - 1) > 0.1


def test_the_growth_model_of_schmitt_grohe_and_uribe_to_second_order():
    # Schmitt-Grohe and Uribe (2004, section 5.1), four decimals; what Dynare keeps in
    # its own tests (objectives/sgu_ex1) has the same, from numerical derivatives.
    text = """var c k a; varexo e; parameters al be de ga; al = 0.3; be = 0.95; de = 1;
    ga = 2; model; exp(c)^(-ga) = be*exp(c(+1))^(-ga)*(al*exp(a(+1) + (al - 1)*k)
    + 1 - de); exp(c) + exp(k) = exp(a + al*k(-1)) + (1 - de)*exp(k(-1)); a = e; end;
    steady_state_model; a = 0; k = log((al*be)^(1/(1 - al)));
    c = log(exp(al*k) - exp(k)); end; shocks; var e; stderr 1; end;"""
    found = solve_local(read_mod_text(text, "growth"), 2).decision_rule()
    assert found["ys"].sel(variable="k").item() == pytest.approx(-1.79323728)
    assert found["ys"].sel(variable="c").item() == pytest.approx(-0.873443921)
    want = {
        "k": (0.4191, 1.3970, -0.0070, -0.0233, -0.0778, 0.4820),
        "c": (0.2525, 0.8417, -0.0051, -0.0171, -0.0569, -0.1921),
    }
    for name, values in want.items():
        at = found.sel(variable=name)
        keys = ("ghx", "ghu", "ghxx", "ghxu", "ghuu", "ghs2")
        got = [float(at[key].values.ravel()[0]) for key in keys]
        np.testing.assert_allclose(got, values, atol=5.1e-5)


@pytest.mark.parametrize("order", [2, 3])
def test_a_pruned_period_is_the_sum_over_every_product(order):
    """Andreasen et al. (2018), equations of the pruned system, product by product."""
    rng = np.random.default_rng(order)
    states, shocks, count, paths = 3, 2, 5, 4
    moving = states + shocks

    def symmetric(degree):
        array = rng.standard_normal((count, *[moving] * degree))
        turns = list(itertools.permutations(range(1, degree + 1)))
        return sum(array.transpose(0, *turn) for turn in turns) / len(turns)

    x, xx, xxx = symmetric(1), symmetric(2), symmetric(3)
    steady, ss = rng.standard_normal((2, count))
    ssx = rng.standard_normal((count, moving))
    rule = Rule(steady, x, xx, ss, *((xxx, ssx) if order == 3 else ()))
    effects = Pruned(*rng.standard_normal((3, paths, states)))
    hit = rng.standard_normal((paths, shocks))
    z = np.hstack([effects.first, hit])
    first = np.einsum("na,pa->pn", x, z)
    second = np.einsum("na,pa->pn", x[:, :states], effects.second) + ss / 2
    second += np.einsum("nab,pa,pb->pn", xx, z, z) / 2
    third = np.einsum("na,pa->pn", x[:, :states], effects.third)
    third += np.einsum("nab,pa,pb->pn", xx[:, :, :states], z, effects.second)
    third += np.einsum("nabc,pa,pb,pc->pn", xxx, z, z, z) / 6
    third += np.einsum("na,pa->pn", ssx, z) / 2
    parts = [first, second, third][:order]
    where = Layout(tuple("abcde"), ("u", "v"), (0, 2, 4), ())
    for library in (np, jnp):
        following, values = pruned_step(where, order, rule, library)(effects, hit)
        np.testing.assert_allclose(values, steady + sum(parts), rtol=1e-12, atol=1e-12)
        for found, part in zip(following, parts, strict=False):
            np.testing.assert_allclose(found, part[:, ::2], rtol=1e-12, atol=1e-12)
