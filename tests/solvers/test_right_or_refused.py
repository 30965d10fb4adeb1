"""Kinds of models that are easy to solve wrongly: solved right, or refused by name."""

import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.functions import parameter_vector
from fiscax.solvers.errors import DeterminacyError, SolutionError, SteadyStateError
from fiscax.solvers.filters.likelihood import judged_likelihood_function
from fiscax.solvers.matrix_equations import moved_doubling
from fiscax.solvers.perturbation import evidence, expansion
from fiscax.solvers.perturbation.determinacy import verdict
from fiscax.solvers.perturbation.first_order import layout
from fiscax.solvers.perturbation.moments import pruned_moments
from fiscax.solvers.perturbation.no_rest import contradiction
from fiscax.solvers.perturbation.solution import compiled_perturbation, solve_local
from fiscax.solvers.switching.markov import markov_model, solve_switching


def solved(text, order=1, **changes):
    return solve_local(read_mod_text(text, "file"), order, changes)


def rule(solution, name, column):
    rows = solution.decision_rule()
    key = "ghu" if column in solution.shocks else "ghx"
    where = {"shock" if key == "ghu" else "state": column, "variable": name}
    return float(rows[key].sel(where))


GROWTH = """var c k z {more}; varexo e; parameters al be de rho;
al = 0.35; be = 0.97; de = 0.08; rho = 0.8; model; {euler}
c + k = exp(z)*k(-1)^al + (1 - de)*k(-1); z = rho*z(-1) + e; end;
steady_state_model; z = 0; k = ((1/be - 1 + de)/al)^(1/(al - 1)); c = k^al - de*k;
m = be; r = 1/be; end; shocks; var e; stderr 0.02; end;"""
RETURN = "al*exp(z{0})*k{1}^(al - 1) + 1 - de"


@pytest.mark.parametrize("order", [1, 2, 3])
def test_kernels_and_returns_as_variables_change_nothing(order):
    plain = GROWTH.format(
        more="", euler=f"1/c = be/c(+1)*({RETURN.format('(+1)', '')});"
    ).replace("m = be; r = 1/be;", "")
    priced = GROWTH.format(
        more="m r",
        euler=f"m = be*c(-1)/c; r = {RETURN.format('', '(-1)')}; 1 = m(+1)*r(+1);",
    )
    one, two = solved(plain, order), solved(priced, order)
    assert layout(two.model).moved
    for name in "ck":
        for column in ("k", "z", "e"):
            assert rule(two, name, column) == pytest.approx(
                rule(one, name, column), abs=1e-10
            )
    if order > 1:
        # The kernel's c(-1) plays no part in them.
        found, other = (s.decision_rule()["ghuu"].sel(variable="c") for s in (one, two))
        np.testing.assert_allclose(other, found, atol=1e-9)
    assert two.evidence["qz_difference"] < 1e-9


def test_moved_roots_give_the_minimal_solvent():
    random = np.random.default_rng(1)
    for _ in range(5):
        # Solvents inside and outside the circle; the middle loses a row's rank.
        n = 4
        inside, outside = (random.normal(size=(n, n)) for _ in range(2))
        inside *= 0.7 / np.abs(np.linalg.eigvals(inside)).max()
        outside *= 0.7 / np.abs(np.linalg.eigvals(outside)).max()
        ahead = outside
        now = -(np.eye(n) + outside @ inside)
        found = moved_doubling(*map(jnp.asarray, (ahead, now, inside)))
        residual = ahead @ found @ found + now @ found + inside
        assert np.abs(residual).max() < 1e-8
        assert np.abs(np.linalg.eigvals(np.asarray(found))).max() < 1


@pytest.mark.parametrize("order", [1, 2, 3])
def test_models_without_states_leads_or_shocks(order):
    tree = solved("var p d; varexo e; parameters b; b = 0.9; model; d = 2 + e; "
                  "p = b*(p(+1) + d(+1)); end; initval; p = 18; d = 2; end; "
                  "shocks; var e; stderr 0.5; end;", order)  # fmt: skip
    assert tree.steady_state["p"] == pytest.approx(0.9 / 0.1 * 2, rel=1e-12)
    moments = tree.moments()
    np.testing.assert_allclose(moments["standard_deviation"], [0, 0.5], atol=1e-12)
    static = solved("var x y; varexo e; model; x = exp(e); y = x^2; end; "
                    "initval; x = 1; y = 1; end; shocks; var e; stderr 0.1; end;", order)  # fmt: skip  # noqa: E501
    assert rule(static, "y", "e") == pytest.approx(2, rel=1e-12)
    mean = float(static.moments()["mean"].sel(variable="x"))
    # exp(e) to second order; the cubic term has mean zero.
    assert mean == pytest.approx(1 + (0.005 if order > 1 else 0), rel=1e-12)
    still = solved("var k; parameters a; a = 0.5; model; k = k(-1)^a; end; "
                   "initval; k = 1; end;", order)  # fmt: skip
    assert rule(still, "k", "k") == pytest.approx(0.5, rel=1e-12)
    with pytest.raises(SolutionError, match="no shocks"):
        still.moments()
    empty = solved("var k; parameters a; a = 0.5; model; exp(k) = a; end;", order)
    assert empty.steady_state["k"] == pytest.approx(np.log(0.5), rel=1e-12)


UNIT = """var pi lev r {names}; varexo u v; model; pi = 0.5*pi(-1) + u;
lev = lev(-1) + pi + 0.3*pi^2; r = 0.6*r(-1) + 0.4*pi^2 + 0.2*pi*r(-1) + v; {more} end;
shocks; var u; stderr 0.1; var v; stderr 0.2; end;"""


@pytest.mark.parametrize("order", [1, 2, 3])
def test_unit_roots_leave_the_other_variables_what_they_are(order):
    whole = solved(UNIT.format(names="", more=""), order)
    text = UNIT.format(names="", more="").replace("lev r", "r")
    part = solved(text.replace("lev = lev(-1) + pi + 0.3*pi^2;", ""), order)
    own = part.moments()
    moments = whole.moments()
    assert list(moments["variable"].values) == ["pi", "r"]
    assert moments.attrs["without_moments"] == "lev"
    for name in ("mean", "variance", "covariance", "autocorrelation"):
        np.testing.assert_allclose(moments[name], own[name], rtol=1e-9, atol=1e-14)
    with pytest.raises(SolutionError, match="moves 'lev'"):
        whole.moments(["pi", "lev"])
    response = whole.impulse_response({"u": 1.0}, 30)
    alone = part.impulse_response({"u": 1.0}, 30)
    assert np.isfinite(response).all()
    np.testing.assert_allclose(
        response.sel(variable=["pi", "r"]), alone, rtol=1e-9, atol=1e-15
    )
    if order == 1:
        level = 0.1 * (1 - 0.5 ** np.arange(1, 31)) / 0.5
        np.testing.assert_allclose(response.sel(variable="lev"), level, rtol=1e-12)
    assert np.isfinite(whole.simulate(50).to_array()).all()
    generalised = whole.generalised_impulse_response({"u": 1.0}, 5, paths=20)
    assert np.isfinite(generalised).all()
    shares = whole.variance_decomposition().sel(variable=["pi", "r"])
    np.testing.assert_allclose(shares.sum("shock"), 1, rtol=1e-12)
    assert np.isnan(whole.variance_decomposition().sel(variable="lev")).all()


def test_cointegrated_variables_have_moments_of_their_difference():
    found = solved("var a b gap; varexo e u; model; a = a(-1) + e; "
                   "b = b(-1) + 0.5*(a(-1) - b(-1)) + u; gap = a - b; end; "
                   "shocks; var e; stderr 1; var u; stderr 1; end;", 2)  # fmt: skip
    moments = found.moments()
    assert list(moments["variable"].values) == ["gap"]
    assert float(moments["variance"][0]) == pytest.approx(2 / 0.75, rel=1e-10)


DOLLARS = """var debt rate claim; varexo e; parameters rho; rho = 0.9;
model; [name='debt'] debt = (1 - rho)*2e12 + rho*debt(-1)*exp(e);
[name='rate'] rate = (1 - rho)*0.02 + rho*rate(-1) + 0.001*e;
[name='claim'] claim = 1/(1 + rate); end;
steady_state_model; debt = 2e12; rate = {}; claim = 1/(1 + rate); end;
shocks; var e; stderr 0.01; end;"""


def test_each_equation_is_judged_by_its_own_terms():
    fine = solved(DOLLARS.format(0.02))
    moments = fine.moments()
    assert np.isfinite(moments["autocorrelation"]).all()
    np.testing.assert_allclose(fine.variance_decomposition(), 1)
    with pytest.raises(SteadyStateError, match="satisfy equations 'rate'") as caught:
        solved(DOLLARS.format("0.02*(1 + 1e-6)"))
    assert "'debt'" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (
            "var s j; varexo e; model; s = 1.5*s(-1) + e; j(+1) = 0.4*j + 0.1; end; "
            "initval; j = 1; end;",
            DeterminacyError,
            "rank condition.*No stable path starts from 's', while 'j' may",
        ),
        (
            "var x y; varexo e; model; [name='one'] x - y = 0.5*x(-1) + e; "
            "[name='two'] 3*y - 3*x + 1.5*x(-1) = -3*e; end;",
            DeterminacyError,
            "equations 'one', 'two' repeat each other",
        ),
        (
            "var x y z; varexo e; model; [name='one'] x = 0.5*x(-1) + e; "
            "[name='two'] x(-1) = 0; [name='three'] z = 2*x + y; end;",
            SolutionError,
            "'one', 'two' hold one variable .'x'., one too few",
        ),
        (
            "var c; varexo e; parameters b; b = 0.9; model; [name='euler'] "
            "1/c = b*1.2/c(+1) + e; end; initval; c = 1; end;",
            SteadyStateError,
            "'euler' cannot hold: it reads .*/c = 0",
        ),
        (
            "var x n; varexo e; model; [name='trend'] x = 1.1*x(-1); "
            "[name='hours'] n*x = 1 + e; end; initval; x = 1; n = 1; end;",
            SteadyStateError,
            "'hours' cannot hold: it reads .* at x = 0 .from 'trend'.",
        ),
        (
            "var a b; varexo e; model; a = 0.5*a(-1) + e; [name='share'] b = 1/a; end; "
            "initval; a = 1; b = 1; end;",
            SteadyStateError,
            "'share' cannot hold: it cannot be evaluated at a = 0",
        ),
        (
            "var x y; varexo e; model; x = 0.5*x(-1) + e; [name='bound'] "
            "y = max(x, 0); end;",
            SolutionError,
            "kink of max, min or abs in equation 'bound' is active",
        ),
        (
            "var x y; varexo e; model; x = 0.5*x(-1) + e; [name='root'] y = sqrt(x); "
            "end; steady_state_model; x = 0; y = 0; end;",
            SolutionError,
            "'root' cannot be differentiated at the steady state",
        ),
    ],
)
def test_every_failure_has_its_own_words(text, kind, message):
    with pytest.raises(kind, match=message):
        solved(text)


def test_what_rounding_leaves_contradicts_nothing():
    text = (
        "var x y c w; varexo e; parameters b; b = 0.1; model; 0.3*x = 0.1; "
        "3*y = 0.7*x + 0.1*w; 1/c = b*3/0.3/c(+1) + e; [name='last'] {}; "
        "end; initval; c = 1; w = 1; end;"
    )
    # x = 0.1/0.3 leaves 2e-18 of its equation, b*3/0.3 is one and a bit.
    model = read_mod_text(text.format("w = x - 1"), "file")
    assert contradiction(model, np.asarray(parameter_vector(model))) == ""
    model = read_mod_text(text.format("x = 1/3 + 1e-6"), "file")
    found = contradiction(model, np.asarray(parameter_vector(model)))
    assert found.startswith("'last' cannot hold: it reads")
    chain = "var x0 x1 x2 x3; varexo e; model; x0 = 2; x1 = 3*x0; [name='no'] x1 = x0; "
    model = read_mod_text(chain + "x2 = x1 + x3; end;", "file")
    found = contradiction(model, np.zeros(0))
    assert found.startswith("'no' cannot hold: it reads 4.000 = 0 at x0 = 2 (from")


def test_steady_states_inside_equations_that_switch():
    text = (
        "var x y; varexo e; parameters r s; r = 0.5; s = 1; model; "
        "x = r*x(-1) + 1 + e; y = s*(x/{})^2; end; initval; x = 2; y = 1; end; "
        "shocks; var e; stderr 0.1; end;"
    )
    chain = {"a": {"a": 0.9, "b": 0.1}, "b": {"a": 0.1, "b": 0.9}}
    found, other = (
        solve_switching(
            markov_model(
                read_mod_text(text.format(rest), "file"),
                chain,
                {"s": {"a": 0.5, "b": 1.5}},
            )
        )
        for rest in ("steady_state(x)", "2")
    )
    for regime in (0, 1):
        one, two = (
            s.impulse_response({"e": 1.0}, 4, regime=regime) for s in (found, other)
        )
        np.testing.assert_allclose(one, two, rtol=1e-12)


def test_kinks_that_are_not_active_do_not_matter():
    found = solved("var x y; varexo e; model; x = 0.5*x(-1) + 1 + e; "
                   "y = max(x, 1) + min(x^2, 100) + abs(x); end; "
                   "initval; x = 2; end;", 2)  # fmt: skip
    assert rule(found, "y", "e") == pytest.approx(1 + 4 + 1, rel=1e-12)
    assert float(found.decision_rule()["ghuu"].sel(variable="y")[0]) == pytest.approx(2)


def test_guesses_that_nobody_gave_are_looked_for():
    text = GROWTH.format(
        more="", euler=f"1/c = be/c(+1)*({RETURN.format('(+1)', '')});"
    )
    blind = text[: text.index("steady_state_model")] + "shocks; var e; stderr 1; end;"
    known = text.replace("m = be; r = 1/be;", "")
    assert solved(blind).steady_state == pytest.approx(
        solved(known).steady_state, rel=1e-10, abs=1e-12
    )


def test_a_unit_root_needs_no_closed_form():
    found = solved("var x p; varexo e; model; x^2 = 2 + x(-1)*0 + e; "
                   "p = p(-1) + x - sqrt(2); end; initval; x = 1; p = 3; end;")  # fmt: skip  # noqa: E501
    assert found.steady_state["x"] == pytest.approx(np.sqrt(2), rel=1e-12)
    assert found.steady_state["p"] == pytest.approx(3, abs=1e-6)


def test_steady_states_inside_equations_are_those_that_are_found():
    found = solved("var x y; varexo e; parameters r; r = 0.5; model; "
                   "x = r*x(-1) + 1 + e; y = (x/steady_state(x))^2; end;")  # fmt: skip
    assert found.steady_state == pytest.approx({"x": 2.0, "y": 1.0})
    assert rule(found, "y", "e") == pytest.approx(1, rel=1e-12)
    assert found.parameters["steady_state(x)"] == pytest.approx(2)


@pytest.mark.slow
def test_messages_name_parameters_beside_steady_states_inside_equations():
    with pytest.raises(DeterminacyError, match="depends most on 'r'"):
        solved("var x y; varexo e; parameters r; r = 1.5; model; x = r*x(-1) + 1 + e; "
               "y = (x/steady_state(x))^2; end; initval; x = -2; y = 1; end;")  # fmt: skip  # noqa: E501


def test_correlated_shocks_move_alone_or_together():
    found = solved("var x y z; varexo e u w; model; x = e; y = u; z = w; end; "
                   "shocks; "
                   "var e; stderr 0.1; var u; stderr 0.2; corr e, u = 0.6; end;")  # fmt: skip  # noqa: E501
    alone = found.impulse_response({"e": 1.0}, 1).values[0]
    np.testing.assert_allclose(alone, [0.1, 0, 0], atol=1e-15)
    factor = np.array(
        [found.impulse_response({s: 1.0}, 1, orthogonal=True).values[0] for s in "euw"]
    )
    np.testing.assert_allclose(
        factor, [[0.1, 0.12, 0], [0, 0.16, 0], [0, 0, 0]], atol=1e-12
    )


@pytest.mark.slow
def test_derived_parameters_follow_in_estimation():
    text = ("var x; varexo e; parameters k l; k = {}; l = 1 - k; model; "
            "x = l*x(-1) + e; end; shocks; var e; stderr 1; end;")  # fmt: skip
    model, other = (read_mod_text(text.format(k), "file") for k in (0.3, 0.6))
    data = jnp.asarray([[0.1], [-0.3], [0.5]])
    stale = parameter_vector(model).at[0].set(0.6)
    found = judged_likelihood_function(model, ("x",))(stale, data)
    whole = judged_likelihood_function(other, ("x",))(parameter_vector(other), data)
    assert float(found.value) == pytest.approx(float(whole.value), rel=1e-14)
    # Messages name the source, not what was computed from it.
    with pytest.raises(DeterminacyError, match="depends most on 'k'"):
        solve_local(model, 1, {"k": -0.5})


def test_order_one_makes_nothing_for_higher_orders(monkeypatch):
    monkeypatch.setattr(expansion, "_Higher", None)
    n = 30
    names = [f"x{i}" for i in range(n)]
    text = (
        f"var {' '.join(names)}; varexo {' '.join(f'e{i}' for i in range(n))}; model;"
    )
    for i in range(n):
        text += f"x{i} = 0.5*x{i}(-1) + 0.2*x{(i + 1) % n}(-1) + e{i};"
    shocks = "".join(f"var e{i}; stderr 1;" for i in range(n))
    found = solved(f"{text} end; shocks; {shocks} end;")
    shares = found.variance_decomposition()
    np.testing.assert_allclose(shares.sum("shock"), 1, rtol=1e-12)
    variance = found.moments()["variance"].values
    np.testing.assert_allclose(variance, variance[0], rtol=1e-10)


def test_models_that_do_not_fit_are_refused_before_they_are_tried():
    n = 160
    names = [f"x{i}" for i in range(n)]
    text = f"var {' '.join(names)}; varexo e; model;"
    text += "".join(f"{x} = 0.5*{x}(-1) + e;" for x in names)
    with pytest.raises(SolutionError, match=r"order 3 would take about \d+ GB"):
        solved(text + " end;", 3)


def test_the_qz_is_taken_where_doubling_fails():
    model = read_mod_text(
        "var a b; varexo e; model; a + b = 0.5*a(-1) + e; "
        "a + b = -0.6*b(+1); end; shocks; var e; stderr 1; end;", "file")  # fmt: skip
    values = parameter_vector(model)
    found = compiled_perturbation(model, 1)(values)
    _, roots = verdict(model, values, found.system)
    solution = solve_local(model, 1)
    rows = list(layout(model).dynamic)
    assert roots.rule is not None
    np.testing.assert_allclose(solution.rule.x[rows, :1], roots.rule[rows], atol=1e-9)


def test_models_that_would_compile_for_ever_are_refused(monkeypatch):
    monkeypatch.setattr(evidence, "_LARGEST", 1)
    text = "var x y; varexo e; model; x = 0.5*x(-1) + e; y = x; end;"
    with pytest.raises(SolutionError, match=r"2 variables; up to 1 are .* 0 minutes"):
        solved(text)


STATIC = """var y x; varexo e; parameters rho; rho = 0.9; model;
[dynamic, name='walk'] x = x(-1) + e; [static, name='rest'] x = 2;
[name='income'] y = rho*y(-1) + 0.1*x; end; shocks; var e; stderr 1; end;"""


def test_equations_that_hold_at_rest_only():
    found = solved(STATIC)
    # A walk rests anywhere: the static version says where.
    assert found.steady_state == pytest.approx({"x": 2, "y": 2})
    assert found.determinacy.unit_roots == 1
    responses = found.impulse_response({"e": 1.0}, 3)
    np.testing.assert_allclose(responses.sel(variable="x"), 1)
    walk = STATIC.replace("x = x(-1) + e", "x = 0.5*x(-1) + e")
    with pytest.raises(SteadyStateError, match=r"walk \(tagged 'dynamic'\) does not"):
        solved(walk)


TWO = """var x y; varexo e u v; model; x = 0.5*x(-1) + e + v; y = 0.5*y(-1) + u; end;
shocks; var e; stderr 1; var u; stderr 2; var v; stderr 1; {entry} end;"""


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("var e = -0.01;", "the variance of the shock 'e' is -0.01, which is negative"),
        ("var u; stderr 1e200;", "the variance of the shock 'u' is inf, beyond"),
        ("corr e, u = 2;", "'e' and 'u' is 4, more than their variances allow .2."),
        ("var v = 0; var v, e = 0.1;", "shocks 'e' and 'v' is 0.1, more than"),
        (
            "corr e, u = 0.9; corr u, v = 0.9; corr e, v = -0.9;",
            "correlations of the shocks contradict each other",
        ),
    ],
)
def test_covariances_that_are_none_name_the_shocks(entry, message):
    with pytest.raises(SolutionError, match=message):
        solved(TWO.format(entry=entry))


def test_moments_that_do_not_fit_are_refused():
    lags = " + ".join(f"0.01*x(-{k})" for k in range(1, 81))
    text = f"""var x; varexo e; model; x = {lags} + e; end;
    shocks; var e; stderr 1; end;"""
    found = solved(text)
    rule = {"steady": np.zeros(80), "x": np.zeros((80, 81))}
    rule |= {"xx": np.zeros((80, 81, 81)), "ss": np.zeros(80)}
    assert float(found.moments()["variance"].sel(variable="x")) > 1
    with pytest.raises(SolutionError, match=r"80 states .* order 3 would take about"):
        pruned_moments(
            rule | {"xxx": np.zeros((1, 1)), "ssx": np.zeros((1, 1))},
            tuple(range(80)), np.eye(1), 3,
        )  # fmt: skip
