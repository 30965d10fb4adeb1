"""What files say about paths: read in Dynare's sense, or refused by line."""

import re

import numpy as np
import pytest
import sympy as sp

from fiscax.models.declaration import Dated
from fiscax.models.dynare.macros import DynareFileError
from fiscax.models.dynare.reader import read_mod, read_mod_text
from fiscax.models.general.scenario import Bound
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.paths.dates import Economy
from fiscax.solvers.paths.solution import solve_path

HEAD = "var x y; varexo e u; parameters a; a = 0.5;\n"
MODEL = "model;\nx = a*x(-1) + e;\ny = x + u(-1);\nend;\n"


def read(text, model=MODEL):
    return read_mod_text(HEAD + model + text, "file")


def scenario(text, model=MODEL):
    return scenario_of(read(text, model))


def scenario_of(model):
    found = model.scenario
    assert found is not None
    return found


def levels(text, date=1, periods=6):
    path, last = Economy(read(text), None, periods).levels(date)
    return path.T.tolist(), last.tolist()


def refused(text, model=MODEL):
    with pytest.raises(DynareFileError) as caught:
        read(text, model)
    return str(caught.value)


@pytest.mark.parametrize(
    ("entry", "want"),
    [
        ("periods 2; values 0.1;", [0, 0.1, 0, 0, 0, 0]),
        ("periods 1:3; values 0.1;", [0.1, 0.1, 0.1, 0, 0, 0]),
        ("periods 1 3:4, 6; values 1 -2, (a/2);", [1, 0, -2, -2, 0, 0.25]),
        ("periods 1, 2; values 2*a, a^2;", [1, 0.25, 0, 0, 0, 0]),
        ("periods 1 2; values (a) (3*a)/3;", [0.5, 0.5, 0, 0, 0, 0]),
        ("periods 4; values -1e-2;", [0, 0, 0, -0.01, 0, 0]),
    ],
)
def test_values_stand_in_their_periods(entry, want):
    (found, other), last = levels(f"shocks; var e; {entry} end; simul(periods=6);")
    assert found == pytest.approx(want)
    assert other == [0] * 6 and last == [0, 0]


def test_levels_of_several_blocks():
    text = """initval; u = 2; end; steady; endval; u = 3; end; steady;
    shocks; var u; periods 2; values 7; end; mshocks; var u; periods 4; values 2; end;
    shocks(learnt_in=3); var u; periods 3 5; add 1; var e; periods 3:4; values 1; end;
    endval(learnt_in=4); u *= 2; e = 1; end;"""
    assert levels(text) == ([[0] * 6, [3, 7, 3, 6, 3, 3]], [0, 3])
    three = ([[0, 0, 1, 1, 0, 0], [3, 7, 4, 6, 4, 3]], [0, 3])
    assert levels(text, 3) == three
    four = ([[0, 0, 1, 1, 1, 1], [3, 7, 4, 12, 8, 6]], [1, 6])
    assert levels(text, 4) == four
    model = read(text)
    assert model.levels == {"e": "level_of_e", "u": "level_of_u"}
    assert model.values["level_of_u"] == 2
    assert Economy(model, None, 6).dates == [1, 3, 4]


def test_surprises_are_learnt_when_they_come():
    found = scenario("shocks(surprise); var e; periods 2:3; values 0.1; end;")
    assert [(e.first, e.last, e.learnt) for e in found.levels] == [
        (2, 2, 2),
        (3, 3, 3),
    ]


def test_a_block_that_overwrites_starts_anew():
    text = """shocks; var e; periods 1; values 1; end;
    shocks(overwrite); var e; periods 2; values 3; end;"""
    assert levels(text)[0][0] == [0, 3, 0, 0, 0, 0]


def test_values_are_those_where_the_block_stands():
    text = """size = 2; shocks; var e; periods 1; values (size); end; size = 5;
    shocks; var u; periods 1; values (size*a); end; simul(periods=6);"""
    (e, u), _ = levels(text)
    assert e[0] == 2 and u[0] == 2.5


def test_lengths_come_from_the_last_statement():
    assert scenario("simul(periods=30);").periods == 30
    assert scenario("periods 20; simul;").periods == 20
    text = "perfect_foresight_setup(periods=50); perfect_foresight_solver;"
    assert scenario(text).periods == 50
    assert scenario("occbin_setup(simul_periods=12); occbin_solver;").periods == 12
    assert read("stoch_simul;").scenario is None


def test_ends_and_starts_follow_steady():
    start = "initval; x = 1; y = 2; end; "
    both = scenario(start + "steady; endval; x = 3; end; steady; simul;")
    assert both.terminal is None and not both.history
    assert both.guesses == {"x": 3}
    first = scenario(start + "steady; endval; x = 3; end; simul;")
    assert first.terminal == {"x": 3} and not first.history
    neither = scenario(start + "endval; x = 3; end; simul;")
    assert neither.terminal == {"x": 3, "y": 2}
    assert neither.history["x", 0] == 1
    alone = read("initval; x = 1; end; simul;")
    assert scenario_of(alone).terminal == {"x": 1, "y": 0}
    assert any("zero for y" in note for note in alone.notes)


def test_histories_have_dates_and_what_they_leave_out_is_zero():
    model = read(
        "initval; x = 9; y = 9; end; steady; histval; y(0) = 1; u(-1) = 2; end; simul;"
    )
    history = scenario_of(model).history
    assert history["y", 0] == 1 and history["u", -1] == 2 and history["x", 0] == 0
    assert any("leaves out x" in note for note in model.notes)


def test_bounds_stand_in_tags():
    tagged = MODEL.replace("x = a", "[mcp='x > -a'] x = a").replace(
        "y = x", "[mcp = '2 > y'] y = x"
    )
    found = scenario("perfect_foresight_solver(lmmcp);", tagged).bounds
    assert found == (
        Bound("equation_1", "x", lower=-sp.Symbol("a", real=True)),
        Bound("equation_2", "y", upper=sp.Integer(2)),
    )
    solved = read("simul(stack_solve_algo=7, solve_algo=10);", tagged)
    assert scenario_of(solved).bounds == found


def test_constraints_are_differences():
    tagged = """model; [name='x', relax='c'] x = a*x(-1) + e;
    [name='x', bind='c'] x = 1; y = x + u(-1); end;"""
    block = """occbin_constraints; name 'c'; bind a*x(-1) > 1 + y; relax x <= a;
    error_bind abs(a*x(-1) - 1 - y); error_relax abs(x - a); end;"""
    model = read(block + "occbin_solver;", tagged)
    (found,) = scenario_of(model).constraints
    x, y, a = Dated("x"), Dated("y"), sp.Symbol("a", real=True)
    assert found.bind - (a * Dated("x__lag1") - 1 - y) == 0
    assert found.relax - (a - x) == 0
    assert model.names[-2:] == ("AUX_BIND_1", "AUX_SHOCK_1")
    assert not any("max, min and abs" in note for note in model.notes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shocks;\nvar e; periods 1 2; values 1 2 3; end;", "2 stretches .* 3 values"),
        ("shocks;\nvar e; periods 3:2; values 1; end;", "periods 3:2 are none"),
        ("shocks;\nvar e; periods a; values 1; end;", "'a' is no whole number"),
        ("shocks;\nvar e; periods 1; stderr 1; end;", "expected 'values'"),
        ("shocks;\nvar x; periods 1; values 1; end;", "'x' is a variable"),
        ("shocks(learnt_in=0);\nvar e; periods 1; values 1; end;", "learnt_in=0"),
        ("shocks(shifty);\nvar e; periods 1; values 1; end;", r"shocks\(shifty\)"),
        ("endval;\nz = 1; end;", "no variable named 'z'"),
        ("histval;\nz(0) = 1; end;", "no variable named 'z'"),
        ("histval;\nx(1) = 1; end;", "dates 0, -1"),
        ("occbin_constraints;\nname c; end;", "needs a text in quotes"),
        ("occbin_constraints;\nname 'c'; when x > 1; end;", "found 'when'"),
    ],
)
def test_mistakes_are_named_by_line(text, message):
    found = refused(text + "\nsimul(periods=5);")
    line = 7 if not text.startswith("shocks(") else 6
    assert re.search(message, found), found
    assert f"line {line}: " in found


@pytest.mark.parametrize(
    "tag", ["x > y", "x(-1) > 0", "3*x > 0", "x = 0", "q > 0", "x > 0 + ) "]
)
def test_tags_that_bound_nothing_are_refused(tag):
    tagged = MODEL.replace("x = a", f"[mcp='{tag}'] x = a")
    assert "line 3: the tag mcp=" in refused("simul(lmmcp);", tagged)


def test_histories_of_predetermined_variables_are_those_of_the_first_period():
    # In Dynare's tests K(0) of a predetermined K is what period 1 starts from.
    model = "predetermined_variables x; model; x(+1) = a*x + e; y = x + u; end;"
    found = read("histval; x(0) = 4; end; simul(periods=3);", model)
    assert scenario_of(found).history == {("x", 0): 4}
    path = solve_path(found).dataset()
    np.testing.assert_allclose(path["y"], [4, 2, 1])


def test_values_after_steady_stand_on_where_the_economy_rests():
    start = "initval; x = 9; y = 9; end; steady; initval; y = 3; end; "
    found = scenario(start + "endval; x = 1; end; simul;")
    assert found.history["y", 0] == 3 and ("x", 0) not in found.history
    assert found.terminal == {"y": 3, "x": 1}
    assert scenario(start + "simul;").terminal == {"y": 3}
    moved = "initval; u = 1; end; steady; initval;\nu = 2; end; simul;"
    assert "'u' on line 7 changes after 'steady'" in scenario(moved).missing[0]


@pytest.mark.parametrize(
    "word",
    [
        "perfect_foresight_setup(periods=9, endval_steady); perfect_foresight_solver;",
        "perfect_foresight_with_expectation_errors_setup(periods=9); "
        "perfect_foresight_with_expectation_errors_solver;",
    ],
)
def test_some_statements_say_that_ends_rest(word):
    text = "initval; x = 1; end; steady; endval; u = 3; x = 2; end; " + word
    found = scenario(text)
    assert found.terminal is None and found.guesses == {"x": 2}


@pytest.mark.parametrize("sign", ["_|_", "\N{PERPENDICULAR}"])
def test_bounds_stand_behind_equations(sign):
    bounded = MODEL.replace("+ e;", f"+ e {sign} x > -a;").replace(
        "u(-1);", f"u(-1) {sign} 1 < y <= 2;"
    )
    found = scenario("perfect_foresight_solver(lmmcp);", bounded).bounds
    assert found == (
        Bound("equation_1", "x", lower=-sp.Symbol("a", real=True)),
        Bound("equation_2", "y", lower=sp.Integer(1), upper=sp.Integer(2)),
    )
    for wrong in ("x(-1) > 0", "1 < y > 0", "3*x > 1", "y > x"):
        text = MODEL.replace("+ e;", f"+ e {sign} {wrong};")
        assert "line 3: what follows '_|_' is not read" in refused("simul;", text)


def test_shocks_known_ahead_move_paths_only():
    head = "varexo_det w;\n"
    model = head + MODEL.replace("+ e;", "+ e + w;")
    found = read("shocks; var w; periods 2; values 1; var e; stderr 2; end;", model)
    assert any("Of w (varexo_det) all values are known" in n for n in found.notes)
    assert [found.covariance[i][i] for i in range(3)] == [4, 0, 0]
    path = solve_path(found, periods=4).dataset()
    np.testing.assert_allclose(path["x"], [0, 1, 0.5, 0.25])


def test_verbatim_blocks_end_where_their_semicolon_is():
    text = "verbatim;\nif x\n z(end, 1) = 2;\nend\n\nend; // verbatim\nsimul;"
    assert scenario(text) is not None
    assert "'verbatim' is never closed" in refused("verbatim;\nif x\nend")


def written(folder, data, text, model=MODEL):
    (folder / "values.csv").write_text(data)
    (folder / "file.mod").write_text(HEAD + model + text)
    return read_mod(folder / "file.mod")


def test_paths_may_stand_in_a_file(tmp_path):
    # Lags of u and x: one row before; no leads: none after.
    data = "date,u,e,x,y\n1,5,,2,7\n2,0,1,,\n3,0,0,,\n4,0,-1,,\n"
    model = written(tmp_path, data, "initval_file(filename = values); simul;")
    assert scenario_of(model).periods == 3
    assert any(
        "Columns of values.csv that are no names: date" in n for n in model.notes
    )
    path = solve_path(model).dataset()
    np.testing.assert_allclose(path["x"], [2, 1, -0.5])
    np.testing.assert_allclose(path["y"], [7, 1, -0.5])
    history = "x,u\n2,5\n"
    text = "histval_file(datafile = 'values.csv'); simul(periods=3);"
    path = solve_path(written(tmp_path, history, text)).dataset()
    np.testing.assert_allclose(path["y"], [6, 0.5, 0.25])


def test_paths_of_a_file_end_where_it_ends(tmp_path):
    model = "model; y = 0.5*y(+1) + x; x = a*x(-1) + u(+1) + e; end;\n"
    data = "x,y,u,e\n8,,,\n,0.5,0,0\n,0.5,0,0\n,6,4,\n"
    found = written(tmp_path, data, "initval_file(datafile = values); simul;", model)
    path = solve_path(found).dataset()
    # The shock and the variable that are looked ahead to end at 4 and 6.
    np.testing.assert_allclose(path["x"], [4, 2 + 4])
    np.testing.assert_allclose(path["y"], [0.5 * (0.5 * 6 + 6) + 4, 0.5 * 6 + 6])
    assert scenario_of(found).near == {"y": (0.5, 0.5)}


@pytest.mark.parametrize(
    ("data", "text", "message"),
    [
        (None, "initval_file(filename = other);", "save it as other.csv beside"),
        (None, "histval_file(datafile = 'a.mat');", "save it as a.csv beside"),
        ("x", "initval_file(filename = values, first_obs = 3);", "is not read"),
        ("x", "initval_file;", "is not read: write initval_file"),
        ("x,u\n1,1\n2,oo\n", "", "line 3, column 'u': 'oo' is no number"),
        ("x,x\n1,1\n", "", "two columns 'x'"),
        ("x,u,e\n1,1,1\n1,,1\n", "", "an empty cell in column 'u', line 3"),
        ("e\n1\n1\n", "", "no column 'u'"),
        ("x,u,e\n1,1,1\n", "", "has 1 rows; a path with 1 lags and 0 leads"),
        ("x,u,e\n1,1,1\n1,1,1\n", "simul(periods=4);", "has 2 rows; 4 periods"),
        ("x,u\n1,1\n1,1\n", "histval_file(datafile=values);", "has 2 rows; the path"),
        ("", "", "has 0 rows"),
    ],
)
def test_files_of_values_are_refused_by_cell(tmp_path, data, text, message):
    if "_file" not in text:
        text = "initval_file(filename = values);" + text
    # The model itself can be solved without.
    model = written(tmp_path, data or "", text + " simul;")
    with pytest.raises(SolutionError, match=re.escape(message)) as caught:
        solve_path(model)
    assert "file, line 6: " in str(caught.value)
