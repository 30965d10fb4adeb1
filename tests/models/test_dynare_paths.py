"""What files say about paths: read in Dynare's sense, or refused by line."""

import re

import pytest
import sympy as sp

from fiscax.models.declaration import Dated
from fiscax.models.dynare.macros import DynareFileError
from fiscax.models.dynare.reader import read_mod_text
from fiscax.models.general.scenario import Bound
from fiscax.solvers.paths.dates import Economy

HEAD = "var x y; varexo e u; parameters a; a = 0.5;\n"
MODEL = "model;\nx = a*x(-1) + e;\ny = x + u(-1);\nend;\n"


def read(text, model=MODEL):
    return read_mod_text(HEAD + model + text, "file")


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
    found = read("shocks(surprise); var e; periods 2:3; values 0.1; end;").scenario
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
    assert read("simul(periods=30);").scenario.periods == 30
    assert read("periods 20; simul;").scenario.periods == 20
    text = "perfect_foresight_setup(periods=50); perfect_foresight_solver;"
    assert read(text).scenario.periods == 50
    assert read("occbin_setup(simul_periods=12); occbin_solver;").scenario.periods == 12
    assert read("stoch_simul;").scenario is None


def test_ends_and_starts_follow_steady():
    start = "initval; x = 1; y = 2; end; "
    both = read(start + "steady; endval; x = 3; end; steady; simul;").scenario
    assert both.terminal is None and not both.history
    assert both.guesses == {"x": 3}
    first = read(start + "steady; endval; x = 3; end; simul;").scenario
    assert first.terminal == {"x": 3} and not first.history
    neither = read(start + "endval; x = 3; end; simul;").scenario
    assert neither.terminal == {"x": 3, "y": 2}
    assert neither.history["x", 0] == 1
    alone = read("initval; x = 1; end; simul;")
    assert alone.scenario.terminal == {"x": 1, "y": 0}
    assert any("zero for y" in note for note in alone.notes)


def test_histories_have_dates_and_what_they_leave_out_is_zero():
    model = read(
        "initval; x = 9; y = 9; end; steady; histval; y(0) = 1; u(-1) = 2; end; simul;"
    )
    history = model.scenario.history
    assert history["y", 0] == 1 and history["u", -1] == 2 and history["x", 0] == 0
    assert any("leaves out x" in note for note in model.notes)


def test_bounds_stand_in_tags():
    tagged = MODEL.replace("x = a", "[mcp='x > -a'] x = a").replace(
        "y = x", "[mcp = '2 > y'] y = x"
    )
    found = read("perfect_foresight_solver(lmmcp);", tagged).scenario.bounds
    assert found == (
        Bound("equation_1", "x", lower=-sp.Symbol("a", real=True)),
        Bound("equation_2", "y", upper=sp.Integer(2)),
    )
    solved = read("simul(stack_solve_algo=7, solve_algo=10);", tagged)
    assert solved.scenario.bounds == found


def test_constraints_are_differences():
    tagged = """model; [name='x', relax='c'] x = a*x(-1) + e;
    [name='x', bind='c'] x = 1; y = x + u(-1); end;"""
    block = "occbin_constraints; name 'c'; bind a*x(-1) > 1 + y; relax x <= a; end;"
    model = read(block + "occbin_solver;", tagged)
    (found,) = model.scenario.constraints
    x, y, a = Dated("x"), Dated("y"), sp.Symbol("a", real=True)
    assert found.bind - (a * Dated("x__lag1") - 1 - y) == 0
    assert found.relax - (a - x) == 0
    assert model.names[-2:] == ("AUX_BIND_1", "AUX_SHOCK_1")


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


def test_predetermined_variables_have_no_history():
    model = "predetermined_variables x; model; x(+1) = a*x + e; y = x + u; end;"
    found = refused("histval; x(0) = 1; end;", model)
    assert "history of the predetermined variable 'x'" in found
