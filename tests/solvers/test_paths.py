"""Paths under perfect foresight: closed forms, second methods, published numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.functions import parameter_vector, residual_function
from fiscax.solvers.errors import SolutionError, SteadyStateError
from fiscax.solvers.paths import newton as newton_module
from fiscax.solvers.paths.conditions import Stack, conditions
from fiscax.solvers.paths.solution import solve_path
from fiscax.solvers.perturbation.solution import solve_local

# Full depreciation, log utility: savings are a share al*be of output, come what may.
BROCK_MIRMAN = """var c k; varexo a; parameters al be; al = 0.36; be = 0.96;
model; [name='euler'] 1/c = be/c(+1)*al*exp(a(+1))*k^(al - 1);
[name='resources'] c + k = exp(a)*k(-1)^al; end;
initval; a = 0; k = 0.18; c = 0.35; end; {steady}
{rest} perfect_foresight_setup(periods={periods}); perfect_foresight_solver;"""
# A claim to payoffs d: the price is the discounted sum of what is expected.
CLAIM = """var p; varexo d; parameters be; be = 0.9;
model; [name='price'] p = be*(p(+1) + d(+1)); end;
{rest} perfect_foresight_with_expectation_errors_setup(periods=60);
perfect_foresight_with_expectation_errors_solver;"""
GROWTH = """var c k z; varexo e; parameters al be de rho ga;
al = 0.33; be = 0.97; de = 0.06; rho = 0.8; ga = 2;
model; [name='euler'] c^(-ga) = be*c(+1)^(-ga)*(al*exp(z(+1))*k^(al - 1) + 1 - de);
[name='resources'] c + k = exp(z)*k(-1)^al + (1 - de)*k(-1);
[name='technology'] z = rho*z(-1) + e; end;
steady_state_model; z = 0; k = ((1/be - 1 + de)/al)^(1/(al - 1)); c = k^al - de*k; end;
{rest}"""
LATER = "shocks; var a; periods 1:2 5; values 0.1 -0.2; end;"


def path(text, periods=None, **changes):
    return solve_path(read_mod_text(text, "file"), changes, periods)


def evidence(found, name):
    """Evidence of the first date, a number."""
    return float(found.evidence[0][name])


def brock_mirman(levels, start, al=0.36, be=0.96):
    found = [start]
    for a in levels:
        found.append(al * be * np.exp(a) * found[-1] ** al)
    return np.array(found[1:])


def test_savings_are_a_share_of_output_whatever_is_expected():
    found = path(BROCK_MIRMAN.format(steady="steady;", rest=LATER, periods=80))
    rest = (0.36 * 0.96) ** (1 / 0.64)
    levels = np.array([0.1, 0.1, 0, 0, -0.2, *np.zeros(75)])
    np.testing.assert_array_equal(found.levels[:, 0], levels)
    want = brock_mirman(levels, rest)
    data = found.dataset()
    np.testing.assert_allclose(data["k"], want, rtol=1e-12)
    np.testing.assert_allclose(data["c"], want * (1 / 0.3456 - 1), rtol=1e-12)
    assert evidence(found, "largest_residual") < 1e-14
    assert found.distance < 1e-12


def test_permanent_changes_start_from_one_rest_and_end_in_another():
    ends = "endval; a = 0.2; end; steady;"
    found = path(BROCK_MIRMAN.format(steady="steady;", rest=ends, periods=80))
    want = brock_mirman(np.full(80, 0.2), (0.36 * 0.96) ** (1 / 0.64))
    np.testing.assert_allclose(found.dataset()["k"], want, rtol=1e-12)
    # An entry of one period stands on top of the level that has changed.
    both = ends + "shocks; var a; periods 3; values 0; end;"
    found = path(BROCK_MIRMAN.format(steady="steady;", rest=both, periods=80))
    levels = np.full(80, 0.2)
    levels[2] = 0
    want = brock_mirman(levels, (0.36 * 0.96) ** (1 / 0.64))
    np.testing.assert_allclose(found.dataset()["k"], want, rtol=1e-12)


@pytest.mark.parametrize(
    ("steady", "rest", "start"),
    [
        ("", "endval; a = 0; k = 0.19; c = 0.36; end; steady;", 0.18),
        ("steady;", "histval; k(0) = 0.3*al; end;", 0.108),
    ],
)
def test_paths_start_where_the_file_says(steady, rest, start):
    found = path(BROCK_MIRMAN.format(steady=steady, rest=rest, periods=80))
    want = brock_mirman(np.zeros(80), start)
    np.testing.assert_allclose(found.dataset()["k"], want, rtol=1e-12)


def test_ends_are_taken_as_they_are_where_nothing_says_that_they_rest():
    text = BROCK_MIRMAN.format(steady="", rest="", periods=40)
    found = path(text)
    # The last consumption is given, and the equations hold on the way there.
    assert found.values[-1, 0] == 0.35
    c, k, _ = found.values[1:-1].T
    np.testing.assert_allclose(1 / c[-1], 0.96 / 0.35 * 0.36 * k[-1] ** -0.64)
    np.testing.assert_allclose(c[0] + k[0], 0.18**0.36)


def test_ends_that_are_given_in_part_rest_elsewhere():
    rest = "endval; k = 9; end;"
    found = path(BROCK_MIRMAN.format(steady="steady;", rest=rest, periods=40))
    c, k, _ = found.values[-1]
    assert k == 9 and c == pytest.approx(0.3456 ** (1 / 0.64) * (1 / 0.3456 - 1))
    # Only consumption is looked ahead to, and it ends where it starts from.
    np.testing.assert_allclose(found.values[1:-1, 1], found.values[0, 1], rtol=1e-12)


def test_published_path_after_a_permanent_change():
    # Dynare 6.0, as published in the tests of the R package dsge (test-read-dynare-pf).
    text = """var c k; varexo a; parameters al be de; al = 0.33; be = 0.99; de = 0.025;
    model; 1/c = be/c(+1)*(al*exp(a(+1))*k^(al - 1) + 1 - de);
    k = exp(a)*k(-1)^al + (1 - de)*k(-1) - c; end;
    steady_state_model; k = ((1/be - 1 + de)/(al*exp(a)))^(1/(al - 1));
    c = exp(a)*k^al - de*k; end;
    initval; a = 0; end; steady; endval; a = 0.1; end; steady;
    simul(periods=100);"""
    found = path(text)
    rows = [1, 2, 10, 50, 101]
    c = [2.453436260101, 2.462025442352, 2.519845828378, 2.644784899034, 2.677907700536]
    k = [28.518724816338, 28.682777099393, 29.795089833737, 32.232999526409]
    np.testing.assert_allclose(found.values[rows, 0], c, rtol=1e-10)
    np.testing.assert_allclose(found.values[rows[:-1], 1], k, rtol=1e-10)
    assert found.values[0, 1] == pytest.approx(28.348419061048, rel=1e-12)


ISLM = """var y yd t c i md r; varexo g ms;
parameters c0 c1 c2 c3 c4 c5 i0 i1 i2 i3 i4 i5 m0 m1 m2 m3 t0 t1;
c0 = 100; c1 = 0.28; c2 = 0.32; c3 = {c3}; c4 = -20; c5 = 1; i0 = 100; i1 = 0.12;
i2 = 0.08; i3 = {i3}; i4 = -40; i5 = -1.5; m0 = 75; m1 = 0.23; m2 = -35; m3 = -1.5;
t0 = -15; t1 = 0.22; model; y = c + i + g; yd = y - t; t = t0 + t1*y;
c = c0 + c1*yd(-1) + c2*yd + c3*yd(+1) + c4*r + c5*r^2;
i = i0 + i1*y(-1) + i2*y + i3*y(+1) + i4*r + i5*r^2;
md = m0 + m1*y + m2*r + m3*r^2; md = ms; end;
initval; g = 240; ms = 230; r = 3.5; y = 980; c = 500; t = 100; md = ms; yd = y - t;
i = y - c - g; end; steady; initval; y = 1200; end; {end}
shocks; var g; periods 1 2 3; values 245 250 260; end; simul(periods=18);"""


@pytest.mark.parametrize(
    ("c3", "i3", "end", "periods", "y", "c", "r"),
    [
        (
            0.1, 0.04, "endval; y = 1210.381827; end;", [0, 1, 2, 4, 10, 18],
            [1200, 1215.921347741992, 1225.398344785873, 1219.682894279139,
             1210.400121041657, 1210.381831364572],
            [718.831355228034, 720.990521718153, 724.773472139456, 726.484802377873,
             718.846406685936, 718.831358770761],
            [3.110669288319, 3.139381121259, 3.188372567897, 3.158845856257,
             3.110764199494, 3.110669310667],
        ),
        (
            0, 0, "", [0, 1, 2, 4, 10, 18],
            [1200, 1023.978036765386, 1014.370319723357, 1003.55659107449,
             994.888401089605, 994.876779513496],
            [539.456907727023, 544.123145264554, 548.929046110022, 546.546922495565,
             539.466403488873, 539.456911956802],
            [1.946766032165, 2.109680596872, 2.056108568002, 1.995560645911,
             1.946831510836, 1.946766061213],
        ),
    ],
)  # fmt: skip
def test_published_paths_of_income_and_the_rate(c3, i3, end, periods, y, c, r):
    # Results of Dynare 4 in the tests of the R package dynmdl (islm, islm_backwards);
    # Dynare stops at residuals below 1e-5. Only states have values before the path.
    found = path(ISLM.format(c3=c3, i3=i3, end=end))
    np.testing.assert_allclose(found.values[periods, 0], y, rtol=1e-8)
    np.testing.assert_allclose(found.values[periods[1:], 3], c[1:], rtol=1e-8)
    np.testing.assert_allclose(found.values[periods[1:], 6], r[1:], rtol=3e-8)


def test_paths_follow_kinks_on_both_sides():
    text = """var b d x; varexo e; model; x = max(b, 1 - b(-1)); b = 0.5*b(-1) + e;
    d = min(d(+1), abs(x - 1)); end; shocks; var e; periods 1 3; values 2 -3; end;
    perfect_foresight_setup(periods=8); perfect_foresight_solver;"""
    data = path(text).dataset()
    b = np.array([2, 1, -2.5, -1.25, -0.625, -0.3125, -0.15625, -0.078125])
    x = np.maximum(b, 1 - np.concatenate([[0], b[:-1]]))
    np.testing.assert_allclose(data["b"], b)
    np.testing.assert_allclose(data["x"], x, atol=1e-12)
    later = np.minimum.accumulate(np.append(np.abs(x - 1), 0)[::-1])[::-1]
    np.testing.assert_allclose(data["d"], later[:-1], atol=1e-12)


def test_expectations_are_discounted_sums_of_what_is_known():
    rest = """shocks; var d; periods 4; values 2; end;
    shocks(learnt_in=3); var d; periods 4 6; add 1; end;
    shocks(learnt_in=5); var d; periods 6; multiply 3; end;"""
    found = path(CLAIM.format(rest=rest))
    first = [0.9 ** (4 - t) * 2 for t in (1, 2)]
    third = 0.9 * 3 + 0.9**3
    price = [*first, third, 0.9**2 * 1, 0.9 * 3, 0.0]
    np.testing.assert_allclose(found.dataset()["p"][:6], price, atol=1e-14)
    np.testing.assert_array_equal(found.levels[:6, 0], [0, 0, 0, 3, 0, 3])
    assert [e["date"] for e in found.evidence] == [1, 3, 5]


def test_surprises_that_last_move_the_end_as_well():
    found = path(CLAIM.format(rest="endval(learnt_in=4); d = 1; end;"))
    price = found.dataset()["p"].values
    np.testing.assert_allclose(price[:3], 0, atol=1e-14)
    np.testing.assert_allclose(price[3:], 9, rtol=1e-12)
    assert found.parameters["level_of_d"] == 1.0


def test_lags_of_shocks_keep_their_levels_when_the_end_moves():
    text = """var x; varexo e; parameters a; a = 0.5;
    model; x = a*x(-1) + e(-2); end; initval; e = 1; x = 2; end; steady;
    endval; e = 3; end; steady; histval; e(-1) = 5; x(0) = 2; end; simul(periods=50);"""
    levels, want = [5.0, 1.0, *np.full(48, 3.0)], [2.0]
    for e in levels:
        want.append(0.5 * want[-1] + e)
    np.testing.assert_allclose(path(text).dataset()["x"], want[1:], rtol=1e-13)


def test_small_shocks_follow_the_first_order_rule():
    shock = "shocks; var e; periods 1; values 1e-6; end; simul(periods=250);"
    text = GROWTH.format(rest=shock)
    found = path(text)
    rule = solve_local(read_mod_text(text, "file"), 1)
    rest = np.array(list(rule.steady_state.values()))
    state, want = np.zeros(2), []
    for t in range(40):
        move = rule.rule.x @ np.array([*state, 1e-6 * (t == 0)])
        want.append(move)
        state = move[list(rule.layout.states)]
    gap = (found.values[1:41] - rest - want) / 1e-6
    # What is left is of second order in the shock.
    assert np.abs(gap).max() < 2e-5


def test_a_general_root_finder_solves_the_same_system():
    text = GROWTH.format(
        rest="shocks; var e; periods 2 4; values 0.1 -0.3; end; simul(periods=12);"
    )
    model = read_mod_text(text, "file")
    found = solve_path(model)
    f, p = residual_function(model), parameter_vector(model)
    rest, n = found.values[-1], 3

    def stacked(flat):
        every = np.concatenate([[rest], flat.reshape(-1, n), [rest]])
        u = found.levels
        return np.concatenate(
            [f(every[t + 2], every[t + 1], every[t], u[t], p) for t in range(12)]
        )

    want = scipy.optimize.root(stacked, np.tile(rest, 12), tol=1e-13).x
    np.testing.assert_allclose(found.values[1:-1].ravel(), want, rtol=1e-9, atol=1e-10)


def test_derivatives_are_those_of_the_equations():
    model = read_mod_text(GROWTH.format(rest=""), "file")
    own, p = conditions(model), parameter_vector(model)
    generator = np.random.default_rng(0)
    values, shocks = generator.uniform(0.5, 1.5, (6, 3)), generator.normal(size=(4, 1))
    f = residual_function(model)

    def stacked(inner):
        every = jnp.concatenate([values[:1], inner, values[-1:]])
        return jnp.concatenate(
            [f(every[t + 2], every[t + 1], every[t], shocks[t], p) for t in range(4)]
        )

    residuals, slopes = own.evaluate(own.points(values, shocks), p, size=7)
    np.testing.assert_allclose(residuals.ravel(), stacked(values[1:-1]), rtol=1e-13)
    dense = jax.jacfwd(stacked)(values[1:-1]).reshape(12, 12)
    sparse = Stack(own, 4).matrix(slopes).toarray()
    np.testing.assert_allclose(sparse, dense, rtol=1e-13, atol=1e-15)


def test_large_changes_are_made_in_parts(monkeypatch):
    text = BROCK_MIRMAN.format(
        steady="steady;", rest="shocks; var a; periods 1; values -4; end;", periods=60
    )
    whole = path(text)
    monkeypatch.setattr(newton_module, "STEPS", evidence(whole, "newton_steps") - 1)
    parts = path(text)
    assert evidence(whole, "homotopy_steps") == 0
    assert evidence(parts, "homotopy_steps") > 1
    np.testing.assert_allclose(parts.values, whole.values, rtol=1e-10, atol=1e-14)


def test_what_equations_leave_open_stays_where_it_was():
    # The rate i is in an equation in three periods only.
    text = """var x i; varexo d e; model; x = 0.5*x(-1) + e*i; d*(i - 2) = 0; end;
    initval; i = 1; end; steady; shocks; var d; periods 2:4; values 1;
    var e; periods 3; values 1; end; simul(periods=8);"""
    found = path(text)
    data = found.dataset()
    np.testing.assert_allclose(data["i"], [1, 2, 2, 2, 1, 1, 1, 1], atol=1e-9)
    np.testing.assert_allclose(data["x"][2:5], [2, 1, 0.5], atol=1e-9)
    assert evidence(found, "open_steps") > 0


def test_what_has_no_path_is_named():
    text = """var x y; varexo e; model; [name='root'] x^2 = 1 - y + 0*x(+1);
    [name='line'] y = 0.5*y(-1) + e; end; initval; x = 1; end; steady;
    shocks; var e; periods 3; values 2; end; simul(periods=9);"""
    message = r"equation 'root' \(line 1\) .*in period 3"
    with pytest.raises(SolutionError, match=message):
        path(text)


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("", "asks for no path"),
        ("shocks; var e; periods 30; values 1; end; simul(periods=9);", "1 to 9"),
        (
            "simul(periods=9, linear_approximation);",
            "'linear_approximation' on line 7 is not followed",
        ),
    ],
)
def test_what_cannot_be_followed_is_said(rest, message):
    with pytest.raises(SolutionError, match=message):
        path(GROWTH.format(rest=rest))


def test_ends_that_do_not_rest_are_said():
    text = """var x; varexo e; model; x = 0.5*x(-1) + 0.1*x(+1) + sqrt(e); end;
    initval; e = 1; x = 2.5; end; steady; endval; e = -1; end; steady; simul;"""
    with pytest.raises(SteadyStateError, match="after the last period"):
        path(text)
    with pytest.raises(SolutionError, match="no finite value in period 1; what came"):
        path(text.replace("0.1*x(+1) + ", ""))


def test_what_looks_back_only_needs_no_end():
    # Growth without a resting point, and no starting value for output.
    text = """var a y; varexo e; parameters g; g = 1.02;
    model; a = g*a(-1)*exp(e); log(y) = 0.3*log(a) + 0.7*log(a(-1)); end;
    initval; y = 1; end; histval; a(0) = 2; end;
    shocks; var e; periods 3; values 0.1; end; simul(periods=12);"""
    found = path(text.replace("initval; y = 1; end; ", "initval; y = 1; a = 1; end;"))
    a = 2 * 1.02 ** np.arange(13)
    a[3:] *= np.exp(0.1)
    np.testing.assert_allclose(found.dataset()["a"], a[1:], rtol=1e-12)
    want = a[1:] ** 0.3 * a[:-1] ** 0.7
    np.testing.assert_allclose(found.dataset()["y"], want, rtol=1e-12)


def test_epidemics_are_found_step_by_step():
    # Infections grow a millionfold on the way: no guess of the whole path is near.
    text = """var s i idle; varexo b; parameters g; g = 0.5;
    model; s = s(-1) - b*i(-1)*s(-1); i = i(-1) + b*i(-1)*s(-1) - g*i(-1);
    idle = idle(+1); end; initval; s = 1; i = 1e-7; b = 2; end;
    endval; s = 0; i = 0; b = 2; end;
    shocks; var b; periods 10:20; values 0.8; end; simul(periods=50);"""
    found = path(text).dataset()
    s, i, want = 1.0, 1e-7, []
    for t in range(1, 51):
        new = (0.8 if 10 <= t <= 20 else 2) * i * s
        s, i = s - new, i + new - 0.5 * i
        want.append((s, i))
    got = np.stack([found["s"], found["i"]], axis=1)
    np.testing.assert_allclose(got, want, rtol=1e-9)


def test_shocks_can_be_given_by_hand():
    model = read_mod_text(GROWTH.format(rest=""), "file")
    found = solve_path(model, periods=150, shocks={"e": [0, 0.1, -0.3]})
    rest = "shocks; var e; periods 2 3; values 0.1 -0.3; end; simul(periods=150);"
    np.testing.assert_allclose(
        found.values, path(GROWTH.format(rest=rest)).values, rtol=1e-12, atol=1e-14
    )
    with pytest.raises(SolutionError, match="'u' is none of model"):
        solve_path(model, shocks={"u": [1]})
    with pytest.raises(SolutionError, match="1 to 2"):
        solve_path(model, periods=2, shocks={"e": [0, 0, 1]})


def test_parameters_and_lengths_change_paths():
    text = CLAIM.format(rest="shocks; var d; periods 2; values be^2; end;")
    found = path(text, periods=5, be=0.5)
    assert found.periods == 5
    np.testing.assert_allclose(found.dataset()["p"], [0.125, 0, 0, 0, 0], atol=1e-15)


def test_news_comes_before_what_it_is_about():
    text = CLAIM.format(
        rest="shocks(learnt_in=4); var d; periods 3; values 1; end; simul;"
    )
    with pytest.raises(SolutionError, match="in period 3, which is learnt in period 4"):
        path(text)


# Mixed complementarity.
def test_bounds_of_a_recursion_hold_period_by_period():
    text = """var x; varexo e; parameters a top; a = 0.9; top = 1.5;
    model; [mcp='x > -1'] x = a*x(-1) + e; end;
    shocks; var e; periods 1 4 8; values -3 0.2 5; end;
    perfect_foresight_setup(periods=40); perfect_foresight_solver(lmmcp);"""
    levels = np.zeros(40)
    levels[[0, 3, 7]] = -3, 0.2, 5
    want = [0.0]
    for e in levels:
        want.append(max(0.9 * want[-1] + e, -1))
    found = path(text)
    np.testing.assert_allclose(found.dataset()["x"], want[1:], atol=1e-13)
    assert list(np.flatnonzero(found.binding)) == [0]
    upper = text.replace("x > -1", "x < top")
    want = [0.0]
    for e in levels:
        want.append(min(0.9 * want[-1] + e, 1.5))
    found = path(upper)
    np.testing.assert_allclose(found.dataset()["x"], want[1:], atol=1e-13)
    assert list(np.flatnonzero(found.binding)) == [7]
    with pytest.raises(SolutionError, match="'x' ends at 0, beyond its bound"):
        path(text.replace("x > -1", "x > 0.5"))
    # Dynare follows the tags only where it is told so.
    free = read_mod_text(text.replace("(lmmcp)", ""), "file")
    assert not solve_path(free).constraints
    assert any("mcp" in note for note in free.notes)


def test_paths_that_do_not_fit_are_refused():
    with pytest.raises(SolutionError, match=r"'file' has 2 variables: .* 2e\+07 numb"):
        path(CLAIM.format(rest=""), periods=10_000_000)
