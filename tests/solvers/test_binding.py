"""Occasionally binding constraints: closed forms, other methods, a global solution."""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from fiscax.models.dynare.macros import DynareFileError
from fiscax.models.dynare.reader import read_mod_text
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.paths.solution import solve_path

BETA, KAPPA, PHI, RHO, BOUND = 0.99, 0.1, 1.5, 0.7, -0.01
# The three equations of the New Keynesian model, the natural rate, a bound on the rate.
THREE = f"""var y pi r shadow z; varexo e; parameters be ka phi rho lb;
be = {BETA}; ka = {KAPPA}; phi = {PHI}; rho = {RHO}; lb = {BOUND};
model; [name='is'] y = y(+1) - (r - pi(+1) - z);
[name='phillips'] pi = be*pi(+1) + ka*y; [name='shadow'] shadow = phi*pi;
{{rule}} [name='natural'] z = rho*z(-1) + e; end;
{{rest}}"""
TAGGED = """[name='rule', relax='zlb'] r = shadow; [name='rule', bind='zlb'] r = lb;"""
BLOCK = "occbin_constraints; name 'zlb'; bind shadow < lb; relax shadow > lb; end;\n"
SURPRISE = """shocks(surprise); var e; periods 1 4; values -0.05 -0.02; end;
occbin_setup(simul_periods=40); occbin_solver;"""
NAMES = ["y", "pi", "r", "shadow", "z"]


def path(text, periods=None, **changes):
    return solve_path(read_mod_text(text, "file"), changes, periods)


def piecewise(rest=SURPRISE, rule=TAGGED, block=BLOCK, **changes):
    return path(THREE.format(rule=rule, rest=block + rest), **changes)


def levels(found):
    return found.dataset()[NAMES].to_dataframe().to_numpy()


def test_the_bound_is_that_of_mixed_complementarity():
    found = piecewise()
    rest = """shocks; var e; periods 1; values -0.05; end;
    shocks(learnt_in=4); var e; periods 4; values -0.02; end;
    perfect_foresight_with_expectation_errors_setup(periods=300);
    perfect_foresight_with_expectation_errors_solver(lmmcp);"""
    other = path(
        THREE.format(rule="[name='rule', mcp='r > lb'] r = shadow;", rest=rest)
    )
    np.testing.assert_allclose(levels(found), levels(other)[:40], atol=1e-13)
    np.testing.assert_array_equal(found.binding, other.binding[:40])
    assert found.linear and not other.linear
    assert 3 < found.binding.sum() < 15


def test_anticipated_shocks_bind_before_they_come():
    rest = """shocks; var e; periods 6; values -0.05; end;
    occbin_setup(simul_periods=40); occbin_solver;"""
    found = piecewise(rest)
    other = path(
        THREE.format(
            rule="[name='rule', mcp='r > lb'] r = shadow;",
            rest="shocks; var e; periods 6; values -0.05; end; "
            "perfect_foresight_setup(periods=300); perfect_foresight_solver(lmmcp);",
        )
    )
    assert found.binding[:5].any()
    np.testing.assert_allclose(levels(found), levels(other)[:40], atol=1e-13)


def test_where_nothing_binds_the_path_is_the_linear_rule():
    found = piecewise(SURPRISE.replace("-0.05 -0.02", "0.05 0.02"))
    assert not found.binding.any()
    # Undetermined coefficients of a forward-looking model in z alone.
    slope = KAPPA / ((1 - RHO) * (1 - BETA * RHO) + KAPPA * (PHI - RHO))
    data = found.dataset()
    np.testing.assert_allclose(data["pi"], slope * data["z"], atol=1e-14)


def time_iteration(deviation, points=1601, sweeps=400):
    """Policies for y and pi on a grid of z, globally, with the bound.

    Tomorrow's policies are known, so that today's follow in closed form: with and
    without the bound, whichever rate is the larger.
    """
    z = np.linspace(-0.2, 0.2, points)
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    weights = weights / weights.sum()
    y = pi = np.zeros(points)
    for _ in range(sweeps):
        ahead = RHO * z[:, None] + deviation * nodes
        y_1 = np.interp(ahead, z, y) @ weights
        pi_1 = np.interp(ahead, z, pi) @ weights
        free = (BETA * pi_1 + KAPPA * (y_1 + pi_1 + z)) / (1 + KAPPA * PHI)
        rate = np.maximum(PHI * free, BOUND)
        y = y_1 - (rate - pi_1 - z)
        pi = BETA * pi_1 + KAPPA * y
    return z, y, pi


def test_the_path_is_that_of_the_global_solution():
    found = piecewise(SURPRISE.replace("1 4", "1").replace("-0.05 -0.02", "-0.05"))
    data = found.dataset()
    z, y, pi = time_iteration(0.0)
    # Policies of z alone: time iteration reads them off a grid, apart by 2.5e-4.
    np.testing.assert_allclose(np.interp(data["z"], z, y), data["y"], atol=2e-4)
    np.testing.assert_allclose(np.interp(data["z"], z, pi), data["pi"], atol=1e-4)
    assert data["y"][0] < -0.1
    # Risk at the bound costs output, which no piecewise-linear path sees.
    _, risky, _ = time_iteration(0.004)
    bound = found.binding.sum()
    gap = (np.interp(data["z"], z, risky) - data["y"].values)[:bound]
    assert bound > 3
    assert np.all(gap < 0) and np.abs(gap).max() < 0.1 * np.abs(data["y"]).max()


def test_a_backward_economy_follows_its_bound():
    text = """var x free; varexo e; parameters a; a = 0.8;
    model; [name='free'] free = a*x(-1) + e; [name='x', relax='cap'] x = free;
    [name='x', bind='cap'] x = 1; end;
    occbin_constraints; name 'cap'; bind free > 1; end;
    shocks(surprise); var e; periods 1 3; values 4 0.6; end; occbin_solver;"""
    want, x = [], 0.0
    for e in (4, 0, 0.6, *np.zeros(17)):
        x = min(0.8 * x + e, 1)
        want.append(x)
    found = path(text, periods=20)
    np.testing.assert_allclose(found.dataset()["x"], want, atol=1e-14)
    assert list(np.flatnonzero(found.binding)) == [0, 2]


def test_two_constraints_and_versions_of_one_equation():
    text = """var x f g w; varexo e u; parameters a; a = 0.5;
    model; [name='f'] f = a*x(-1) + e; [name='g'] g = a*w(-1) + u;
    [name='x', relax='low'] x = f; [name='x', bind='low', relax='cap'] x = -1;
    [name='x', bind='low,cap'] x = -2; [name='w', relax='cap'] w = g;
    [name='w', bind='cap'] w = 1; end;
    occbin_constraints; name 'low'; bind f < -1; name 'cap'; bind g > 1; end;
    shocks(surprise); var e; periods 1 2; values -4 -4; var u; periods 2; values 4;
    end; occbin_solver;"""
    found = path(text, periods=5).dataset()
    np.testing.assert_allclose(found["x"], [-1, -2, -1, -0.5, -0.25], atol=1e-14)
    np.testing.assert_allclose(found["w"], [0, 1, 0.5, 0.25, 0.125], atol=1e-14)


def test_levels_and_closed_forms_at_rest_are_those_of_the_reference():
    text = """var r rule p; varexo e; parameters rbar phi; rbar = 0.02; phi = 0.5;
    model; [name='p'] p = 0.8*p(-1) + e; [name='rule'] rule = rbar + phi*p;
    [name='r', relax='zlb'] r = rule; [name='r', bind='zlb'] r = 0; end;
    steady_state_model; p = 0; rule = rbar; r = rbar; end;
    occbin_constraints; name 'zlb'; bind rule < 0; relax rule > 0; end;
    shocks(surprise); var e; periods 2; values -0.1; end; occbin_solver;"""
    found = path(text, periods=6).dataset()
    p = -0.1 * 0.8 ** np.arange(5)
    want = np.maximum(0.02 + 0.5 * p, 0)
    np.testing.assert_allclose(found["r"], [0.02, *want], atol=1e-15)


# Investment that cannot fall below a share of its resting value.
SAVING = """var c k iv a lam; varexo e; parameters al be de rho share;
al = 0.33; be = 0.96; de = 0.1; rho = 0.9; share = {share};
model; [name='euler'] 1/c - lam = be*((1 - de + al*a(+1)*k^(al - 1))/c(+1)
  - (1 - de)*lam(+1)); [name='resources'] c + iv = a*k(-1)^al;
[name='capital'] k = (1 - de)*k(-1) + iv; [name='technology'] log(a) = rho*log(a(-1))
  + e; {rule} end;
steady_state_model; a = 1; k = ((1/be - 1 + de)/al)^(1/(al - 1)); iv = de*k;
c = k^al - iv; lam = 0; end; {rest}"""


def test_a_nonlinear_economy_is_piecewise_linear_for_small_shocks():
    # The published example of Guerrieri and Iacoviello (2015, section 4), in the small.
    rule = """[name='floor', relax='irr'] lam = 0;
    [name='floor', bind='irr'] iv = share*steady_state(iv);"""
    rest = """occbin_constraints; name 'irr'; bind iv < share*steady_state(iv);
    relax lam < 0; end; shocks(surprise); var e; periods 1; values {size}; end;
    occbin_solver(simul_periods=30);"""
    other = """shocks; var e; periods 1; values {size}; end;
    perfect_foresight_setup(periods=400); perfect_foresight_solver(lmmcp);"""
    gaps = []
    for size in (-0.002, -0.001):
        given = {"share": 1 + 1.2 * size, "size": size}
        text = SAVING.format(rule=rule, rest=rest.format(**given), **given)
        one = path(text)
        floor = (1 + 1.2 * size) * 0.1 * ((1 / 0.96 - 0.9) / 0.33) ** (1 / -0.67)
        tag = f"[name='floor', mcp='iv > {floor!r}'] lam = 0;"
        two = path(SAVING.format(rule=tag, rest=other.format(**given), **given))
        np.testing.assert_array_equal(one.binding[:, 0], two.binding[:30, 0])
        assert 3 < one.binding.sum() < 25
        names = ["c", "k", "iv", "lam"]
        gap = (
            one.dataset()[names].to_dataframe()
            - two.dataset()[names].to_dataframe().iloc[:30]
        )
        gaps.append(np.abs(gap.to_numpy()).max() / abs(size))
    # What is left is of second order: half the shock, half the relative gap.
    assert gaps[0] < 0.02 and gaps[1] == pytest.approx(gaps[0] / 2, rel=0.1)


@pytest.mark.slow
def test_what_does_not_confirm_itself_is_said():
    # Bound, x is too low to stay bound; free, too high to stay free.
    text = """var x; varexo e; model; [name='x', relax='c'] x = 0.5*x(-1) + e;
    [name='x', bind='c'] x = 0.5*x(-1) + e - 3; end;
    occbin_constraints; name 'c'; bind x > 1; relax x < 1; end;
    shocks(surprise); var e; periods 2; values 2; end; occbin_solver;"""
    with pytest.raises(SolutionError, match=r"confirms itself; c in period 2 is open"):
        path(text, periods=10)
    with pytest.raises(SolutionError, match="while zlb binds the equations do not"):
        piecewise(rule=TAGGED.replace("r = lb", "0*r = 0*y"))
    with pytest.raises(SolutionError, match="zlb binds where the economy rests"):
        piecewise(block=BLOCK.replace("bind shadow < lb", "bind z > -9"))
    with pytest.raises(SolutionError, match="zlb still binds after"):
        piecewise(rho=1.0)


def test_shocks_for_ever_have_no_piecewise_path():
    with pytest.raises(SolutionError, match="'e' changes for ever"):
        piecewise("endval; e = 1; end; occbin_solver;")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("bind='zlb'", "bind='zzz'", "no constraint named 'zzz'"),
        ("bind shadow < lb", "bind shadow = lb", "expected '<' or '>', found '='"),
        ("name 'zlb'; bind", "bind", "'bind' comes before 'name'"),
        (
            "[name='rule', bind='zlb']",
            "[name='other', bind='zlb']",
            "",
        ),
        ("relax='zlb'", "label='zlb'", ""),
        (
            "[name='rule', relax='zlb'] r = shadow; [name='rule', bind='zlb']",
            "[name='rule'] r = shadow; [name='other', bind='zlb']",
            "takes the place of none",
        ),
    ],
)
def test_tags_and_blocks_are_read_or_refused(old, new, message):
    text = THREE.format(rule=TAGGED, rest=BLOCK + SURPRISE).replace(old, new)
    if message:
        with pytest.raises(DynareFileError, match=message):
            read_mod_text(text, "file")
        return
    # The place of a version is known by its name, or by the one equation it relaxes.
    (version,) = read_mod_text(text, "file").scenario.versions
    assert version.replaces == "rule"


def slopes(equations, rest):
    """Derivatives by y(t+1), y(t), y(t-1), by complex steps."""
    n, step = len(rest), 1e-30
    found = []
    for place in range(3):
        moved = np.empty((n, n))
        for k in range(n):
            points = np.tile(np.asarray(rest, complex), (3, 1))
            points[place, k] += 1j * step
            moved[:, k] = np.array(equations(*points)).imag / step
        found.append(moved)
    return found


def complementary_path(equations, rest, row, kept, floor, start, shock, horizon=60):
    """A linear path with news in the place of the constraint (Holden 2016, 2023).

    The news ``s`` (horizon,) in equation ``row`` and what the variable ``kept`` has
    above its floor are not negative, and one of them is zero in every period: a linear
    complementarity problem, solved as one of integers. No regime has a rule here.

    Returns
    -------
    Deviations (T, n), and the matrix that maps news into the variable.
    """
    n, periods = len(rest), 3 * horizon
    ahead, now, before = slopes(equations, rest)
    stacked = np.zeros((periods * n, periods * n))
    for t in range(periods):
        own = slice(t * n, (t + 1) * n)
        stacked[own, own] = now
        if t:
            stacked[own, (t - 1) * n : t * n] = before
        if t + 1 < periods:
            stacked[own, (t + 1) * n : (t + 2) * n] = ahead
    right = np.zeros((periods * n, 1 + horizon))
    right[:n, 0] = -before @ start - shock
    right[np.arange(horizon) * n + row, np.arange(1, 1 + horizon)] = -1
    found = np.linalg.solve(stacked, right)
    places = np.arange(horizon) * n + kept
    free, by_news = found[places, 0] + rest[kept] - floor, found[places, 1:]
    large, one = 10.0, np.eye(horizon)
    rows = [
        LinearConstraint(np.hstack([by_news, 0 * one]), -free),
        LinearConstraint(np.hstack([by_news, large * one]), -np.inf, large - free),
        LinearConstraint(np.hstack([one, -large * one]), -np.inf, 0),
    ]
    limits = Bounds(0, np.append(np.full(horizon, np.inf), np.ones(horizon)))
    kinds = np.append(np.zeros(horizon), np.ones(horizon))
    solved = milp(np.ones(2 * horizon), constraints=rows, bounds=limits,
                  integrality=kinds)  # fmt: skip
    # With the periods that bind known, the news solve a linear system.
    binds = solved.x[:horizon] > 1e-9
    news = np.zeros(horizon)
    news[binds] = np.linalg.solve(by_news[np.ix_(binds, binds)], -free[binds])
    path = found[:, 0] + found[:, 1:] @ news
    return path.reshape(periods, n), by_news


# Guerrieri and Iacoviello (2015): a borrowing constraint that binds at rest, here in
# the calibration of Dynare's test of its occbin (model_borrcon).
BORROWER = """var b c lb y; varexo u; parameters R be M rho ga;
R = 1.05; be = 0.945; M = 1; rho = 0.9; ga = 1;
model; c = y + b - R*b(-1); [name='borrowing', relax='free'] b = M*y;
[name='borrowing', bind='free'] lb = 0; lb = 1/c^ga - be*R/c(+1)^ga;
log(y) = rho*log(y(-1)) + u; end;
steady_state_model; b = M; y = 1; c = 1 + M - R*M; lb = (1 - be*R)/c^ga; end;
occbin_constraints; name 'free'; bind lb < 0; relax b > M*y; end;
shocks(surprise); var u; periods 10, 30; values 0.03, -0.03; end;
occbin_setup(simul_periods=80); occbin_solver;"""


def test_a_borrower_who_is_free_at_times_is_that_of_a_complementarity_problem():
    found = path(BORROWER)
    r, be, rho = 1.05, 0.945, 0.9
    rest = np.array([1, 2 - r, (1 - be * r) / (2 - r), 1])

    def equations(new, y, old):
        return (
            y[1] - y[3] - y[0] + r * old[0],
            y[0] - y[3],
            y[2] - 1 / y[1] + be * r / new[1],
            np.log(y[3]) - rho * np.log(old[3]),
        )

    want = np.zeros((80, 4))
    for date, size in ((10, 0.03), (30, -0.03)):
        start, shock = want[date - 2], np.array([0, 0, 0, -size])
        moved, by_news = complementary_path(equations, rest, 1, 2, 0, start, shock)
        want[date - 1 :] = moved[: 81 - date]
    np.testing.assert_allclose(found.values[1:-1, :4], want + rest, atol=1e-12)
    assert 2 < found.binding[:29].sum() < 20 and not found.binding[29:].any()
    # Symmetric part positive definite: a P-matrix, there is one path (Holden 2023).
    assert np.linalg.eigvalsh(by_news + by_news.T).min() > 0


# Irreversible investment (Guerrieri and Iacoviello 2015, section 4), as in Dynare's
# test model_irrcap without the cost of adjustment.
INVESTOR = """var a c i k la; varexo e; parameters al de be ga rho phi;
be = 0.96; al = 0.33; de = 0.1; ga = 2; rho = 0.9; phi = 0.975;
model; -exp(c)^(-ga) + be*exp(c(+1))^(-ga)*(1 - de + al*exp(a(+1))*exp(k)^(al - 1))
= -la + be*(1 - de)*la(+1);
exp(c) + exp(k) - (1 - de)*exp(k(-1)) = exp(a)*exp(k(-1))^al;
exp(i) = exp(k) - (1 - de)*exp(k(-1)); [name='i', relax='low'] la = 0;
[name='i', bind='low'] i = steady_state(i) + log(phi); a = rho*a(-1) + e; end;
steady_state_model; a = 0; la = 0; k = log(((1/be - 1 + de)/al)^(1/(al - 1)));
c = log(exp(k)^al - de*exp(k)); i = log(de*exp(k)); end;
occbin_constraints; name 'low'; bind i < steady_state(i) + log(phi); relax la < 0; end;
shocks(surprise); var e; periods 1 6 20; values -0.02 -0.01 0.03; end;
occbin_setup(simul_periods=60); occbin_solver;"""


def test_investment_that_is_not_undone_is_that_of_a_complementarity_problem():
    found = path(INVESTOR)
    al, de, be, ga, rho, phi = 0.33, 0.1, 0.96, 2, 0.9, 0.975
    k = ((1 / be - 1 + de) / al) ** (1 / (al - 1))
    rest = np.array([0, np.log(k**al - de * k), np.log(de * k), np.log(k), 0])

    def equations(new, y, old):
        a, c, i, k, la = y
        back = al * np.exp(new[0] + (al - 1) * k) + 1 - de
        return (
            be * np.exp(-ga * new[1]) * back - np.exp(-ga * c)
            + la - be * (1 - de) * new[4],
            np.exp(c) + np.exp(k) - (1 - de) * np.exp(old[3])
            - np.exp(a + al * old[3]),
            np.exp(i) - np.exp(k) + (1 - de) * np.exp(old[3]),
            -la,
            a - rho * old[0],
        )  # fmt: skip

    want, floor = np.zeros((61, 5)), rest[2] + np.log(phi)
    for date, size in ((1, -0.02), (6, -0.01), (20, 0.03)):
        start, shock = want[date - 1], np.array([0, 0, 0, 0, -size])
        moved, _ = complementary_path(equations, rest, 3, 2, floor, start, shock)
        want[date:] = moved[: 61 - date]
    np.testing.assert_allclose(found.values[1:-1, :5], want[1:] + rest, atol=1e-10)
    assert found.binding[:19].sum() > 5 and not found.binding[20:].any()
    assert found.values[1:-1, 2].min() > floor - 1e-12
