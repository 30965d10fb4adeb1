"""Files as modellers write them: macros, host language, targets, levels, stocks."""

import numpy as np
import pytest
import sympy as sp

from fiscax.models.declaration import Dated, DeclarationError, fixed
from fiscax.models.dynare.macro_functions import MacroError, shown
from fiscax.models.dynare.macro_values import Function, Scope
from fiscax.models.dynare.macros import DynareFileError
from fiscax.models.dynare.reader import read_mod, read_mod_text
from fiscax.models.general.assignments import computed_values
from fiscax.models.general.functions import covariance_function, parameter_vector
from fiscax.models.general.model import dated
from fiscax.models.general.parameters import derived_parameters
from fiscax.solvers.perturbation.solution import solve_local

HEAD = "var x y; varexo e u; parameters a b; a = 0.5; b = 2;\n"
MODEL = "model;\nx = a*x(-1) + e;\ny = b*x + u;\nend;\n"


def read(text):
    return read_mod_text(text, "file")


def variances(model):
    found = covariance_function(model)(parameter_vector(model))
    return dict(zip([s.name for s in model.shocks], np.diag(found), strict=True))


def problems(text):
    with pytest.raises(DynareFileError) as caught:
        read(text)
    return str(caught.value)


# Macros: values as Dynare's manual gives them.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1:3", [1.0, 2.0, 3.0]),
        ("1:0", []),
        ("4:-2:0", [4.0, 2.0, 0.0]),
        ('["a", "b"] + ["c"]', ["a", "b", "c"]),
        ("[1, 2, 3] - [2]", [1.0, 3.0]),
        ("[1, 2] | [2, 3]", [1.0, 2.0, 3.0]),
        ("[1, 2] & [2, 3]", [2.0]),
        ("[1, 2] * [3]", [(1.0, 3.0), (2.0, 3.0)]),
        ('["a", "b", "c"][2:3]', ["b", "c"]),
        ('"abc"[2]', "b"),
        ('"ab" + "cd"', "abcd"),
        ('"b" in ["a", "b"] && !(1 > 2)', True),
        ("[i^2 for i in 1:4 when mod(i, 2) == 0]", [4.0, 16.0]),
        ("[i in 1:4 when i > 2]", [3.0, 4.0]),
        ("[(b, a) for (a, b) in [(1, 2), (3, 4)] when [a][1] > 1]", [(4.0, 3.0)]),
        ("length([i for i in 1:0 when [1][1] == i])", 0.0),
        ("[0, 1]^2", [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]),
        ("length([1, 2]) + sum([1, 2]) + max(1, 5)", 10.0),
        ("-2^2", -4.0),
        ('(string) 3 + "x"', "3x"),
        ("isempty([]) || false", True),
        ("defined(n) && !defined(m)", True),
        ("n == 2 && f(n, 3) == 7", True),
    ],
)
def test_values_of_macros(text, value):
    scope = Scope({"n": 2.0})
    scope.functions["f"] = Function(["i", "j"], "i*j + 1")
    assert scope.value(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [("m", "no macro named 'm'"), ("1/0", "division by zero"), ("[1][2]", "no entry"),
     ("1 + true", "do not add up"), ("(1, 2) > 1", "no order"), ("1 +", "the end"),
     ("1:10^9", "too long"), ("1:nan", "too long"), ("exp(true)", "no number"),
     ("[i for i in 1:2", "expected ']', found 'the end'"),
     ("[i for i in 1:2 3]", "'3' is not expected"), ("[1, 2]^0.5", "no power 0.5"),
     ("[1, 2]^40", "product of arrays is too long")],
)  # fmt: skip
def test_macros_without_a_value(text, message):
    with pytest.raises(MacroError, match=message):
        Scope().value(text)


def test_values_are_written_as_in_files():
    written = [shown(v) for v in (2.0, 0.1, True, "a", [1.0, "b"], (1.0,))]
    assert written == ["2", "0.10000000000000001", "true", "a", '[1, "b"]', "(1)"]


def test_macros_write_the_model_and_lines_stay_those_of_the_file():
    model = read(
        """@#define countries = ["H", "F"]
        @#define open = 1
        @#for c in countries
        var x_@{c}; varexo e_@{c};
        @#endfor
        parameters r; r = 0.5; // @#if in a comment
        model;
        @#for i in 1:length(countries) when i > 0
          @#ifdef open
            [name='law @{countries[i]}']
            x_@{countries[i]} = r*x_@{countries[i]}(-@{i}) + e_@{countries[i]};
          @#else
            x_@{countries[i]} = nothing;
          @#endif
        @#endfor
        end;"""
    )
    assert model.names[:2] == ("x_H", "x_F")
    assert [e.name for e in model.equations][:2] == ["law H", "law F"]
    assert set(model.lines.values()) == {11}
    assert "file, line 5: no symbol" in problems(
        "@#define n = 1\n@#if n == 2\nvar q;\n@#elseif n == 1\nparameters a; a = zz;\n"
        "@#endif\n" + HEAD + MODEL
    )


def test_files_are_included_and_keep_their_lines(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "laws.inc").write_text("\nx = a*x(-1) + e;\ny = b*zz + u;\n")
    path = tmp_path / "main.mod"
    path.write_text(HEAD + 'model;\n@#include "parts/laws.inc"\nend;')
    with pytest.raises(DynareFileError, match=r"laws\.inc, line 3: .*'zz'"):
        read_mod(path)
    # What a file includes may lie beside it; paths that it adds stay.
    (tmp_path / "parts" / "all.inc").write_text(
        '@#includepath "other"\n@#include "laws.inc"\n'
    )
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "more.inc").write_text("y = b*qq + u;\n")
    text = 'model;\n@#include "parts/all.inc"\n@#include "more.inc"\nend;'
    path.write_text(HEAD + text)
    with pytest.raises(DynareFileError, match=r"laws\.inc, line 3.*more\.inc, line 1"):
        read_mod(path)
    path.write_text(HEAD + '@#include "laws.inc"\n')
    with pytest.raises(DynareFileError, match=r"'laws\.inc' is included and not found"):
        read_mod(path)
    path.write_text(HEAD + '@#include "nowhere"\n')
    with pytest.raises(DynareFileError, match=r"main, line 2: 'nowhere' is included"):
        read_mod(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@#if 1\n", "line 1: '@#if 1' is never closed"),
        ("@#endfor\n", "line 1: '@#endfor' closes nothing"),
        ("@#for i in 1:2\n@#endif\n@#endfor", "line 2: '@#endif' does not close"),
        ("@#for i in 3\n@#endfor", "line 1: '3' is no array"),
        ('@#error "stop here"\n', "line 1: the file says: stop here"),
        ("x@{1", "line 1: '@{' is never closed"),
        ("@#if [1]\n@#endif", "neither true nor false"),
    ],
)
def test_macros_that_are_wrong_are_named_with_their_line(text, message):
    assert message in problems(text)


# The host language.
def test_numbers_that_nobody_declared_are_constants():
    model = read(
        HEAD
        + "sd = 0.1; rho_eu = .5\nc = 2*sd, z = [1 2 3]\n"
        + MODEL
        + "shocks; var e; stderr sd; var e, u = rho_eu*sd*c; var u = c^2; end;"
    )
    found = covariance_function(model)(parameter_vector(model))
    np.testing.assert_allclose(found, [[0.01, 0.01], [0.01, 0.04]], rtol=1e-14)
    # They can be set, and what was computed from them follows.
    moved = covariance_function(model)(parameter_vector(model, {"sd": 0.2}))
    np.testing.assert_allclose(moved, [[0.04, 0.04], [0.04, 0.16]], rtol=1e-14)


def test_the_host_language_is_skipped_with_one_note():
    model = read(
        "clear all; addpath('a');\n" + HEAD + MODEL + "stoch_simul(order=1, irf=0) x;\n"
        "figure; plot(x_e'); out.a(3) = 2;\n"
        "for i = 1:3\n  if i > 2, disp(i), end\n  y(end) = i;\nend\n"
        "[q, w] = size(oo_.mean);\nresults = my_table(oo_, ...\n   M_);\n"
        "calib_smoother(datafile = obs) x;\nestimation(datafile=d);\n"
    )
    assert model.residuals == read(HEAD + MODEL).residuals
    (note,) = [n for n in model.notes if "skipped" in n]
    assert "the first on line 1: clear" in note


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("s = load('d');\na = s;\n" + MODEL, "line 3: 's' is computed by the host"),
        ("a = inv(b);\n" + MODEL, "line 2: no function or variable named 'inv'"),
        (
            "for i = 1:2\n a = i;\nend\n" + MODEL,
            "line 3: the parameter 'a' is computed",
        ),
        ("M_.params(1) = 3;\n" + MODEL, "line 2: 'M_.params(1)=3' changes the model"),
        (MODEL + "if 1\nshocks; var e; stderr 1; end;\nend", "inside 'if' (line 6)"),
        (MODEL + "while 1\n", "line 6: 'while' is never closed"),
        (MODEL + "stoch_simulate(order=2);", "did you mean stoch_simul"),
    ],
)
def test_the_host_language_may_not_change_the_model(text, message):
    assert message in problems(HEAD + text)


def test_a_loop_after_the_first_results_is_noted():
    model = read(HEAD + MODEL + "stoch_simul;\nfor i=1:2\na = i/4;\nstoch_simul;\nend")
    assert any("a is assigned by the host language on line 8" in n for n in model.notes)


def test_numbers_are_evaluated_where_they_stand():
    text = HEAD + MODEL + "shocks; var e; stderr b; var u; stderr 1; end; b = 3;"
    model = read(text)
    assert variances(model) == pytest.approx({"e": 4.0, "u": 1.0})
    assert model.values["b"] == 3
    assert any("b is assigned again on line 6" in n for n in model.notes)
    # A value given from outside stands from the start of the file.
    given = covariance_function(model)(parameter_vector(model, {"b": 5.0}))
    assert float(given[0, 0]) == 25
    order = read("parameters c d; c = 1; d = 2*c; c = 3; " + HEAD + "model; "
                 "x = c*d*x(-1)/9 + e; y = x + u; end;")  # fmt: skip
    assert (order.values["c"], order.values["d"]) == (3, 2)
    assert computed_values(order, {"c": 5.0})["d"] == 10


def test_derived_parameters_follow_what_they_are_computed_from():
    model = read("parameters k l; k = 0.3; l = 1 - k; " + HEAD + "model; x = l*x(-1) + "
                 "e; y = k*x + a*u; end;")  # fmt: skip
    assert model.with_values(k=0.4).values["l"] == pytest.approx(0.6, rel=1e-15)
    assert computed_values(model.with_values(l=0.1), {"k": 0.9})["l"] == 0.1
    renew = derived_parameters(model)
    given = parameter_vector(model).at[0].set(0.8)
    names = [p.name for p in model.parameters]
    assert dict(zip(names, renew(given), strict=True))["l"] == pytest.approx(0.2)
    assert derived_parameters(read(HEAD + MODEL)) is None


def test_numbers_behind_derived_ones_are_kept():
    text = (
        "s = 0.1; sd = 2*s; " + HEAD + MODEL + "varobs x;\nshocks; var e; stderr sd;\n"
        "var x; stderr sd; end; sd = 4;"
    )
    model = read(text)
    # Nothing else reads s, which is neither declared nor in the model.
    assert "s" not in [p.name for p in model.parameters]
    given = parameter_vector(model, {"a": 0.4})
    assert float(covariance_function(model)(given)[0, 0]) == pytest.approx(0.04)
    renewed = derived_parameters(model)(given)
    np.testing.assert_allclose(renewed, given, rtol=1e-15)
    known = zip(model.parameters, np.asarray(given).tolist(), strict=True)
    error = model.measurement["x", "x"].xreplace(
        {p.symbol: sp.Float(v) for p, v in known}
    )
    assert float(error) == pytest.approx(0.04, rel=1e-14)


def test_values_may_compare_and_take_extremes():
    model = read("parameters p q; p = (1 >= 2)*4 + max(3, 1) - min(2, 5); "
                           "q = 2*pi; " + HEAD + "model; x = p*x(-1)/3 + e; "
                           "y = q*x + u; end;")  # fmt: skip
    assert model.values["p"] == 1
    assert model.values["q"] == pytest.approx(2 * np.pi, rel=1e-15)


# The model.
def test_parameters_may_follow_from_the_steady_state():
    model = read(
        "var n w; varexo e; parameters psi h; h = 0.2; psi = NaN;\n"
        "model; w = w(-1)^0.5*exp(e); psi*n^2 = w; end;\n"
        "steady_state_model; w = 1; n = h; psi = w/n^2; end;"
    )
    assert model.values["psi"] == pytest.approx(25, rel=1e-14)
    assert computed_values(model, {"h": 0.5})["psi"] == pytest.approx(4, rel=1e-14)
    with pytest.raises(DeclarationError, match="'psi' follows from the steady state"):
        parameter_vector(model, {"psi": 3.0})


def test_stocks_are_dated_by_when_they_are_decided():
    own = read(
        "var x y; predetermined_variables x; varexo e; parameters a; a = 0.5; model; "
        "# lead = x(+2);\nx(+1) = a*x + e; y = lead + x(-1); end;"
    )
    plain = read(
        "var x y; varexo e; parameters a; a = 0.5; model; x = a*x(-1) + e; "
        "y = x(+1) + x(-2); end;"
    )
    assert own.residuals == plain.residuals


def test_a_shock_may_have_a_level():
    model = read(HEAD + MODEL + "initval; x = 2; e = a; y = -Inf; end;")
    assert model.guesses == {"x": 2}
    assert model.equations[0].right == fixed("a") * dated("x", -1) + Dated("e") + fixed(
        "a"
    )


def test_names_declared_twice_count_once():
    model = read("parameters a; " + HEAD + "var y; model; [name='n'] x = a*x(-1) + e; "
                 "[name='n'] y = b*x + u; end;")  # fmt: skip
    assert [e.name for e in model.equations] == ["n", "n_2"]
    assert len(model.parameters) == len(model.variables) == 2


def test_unused_parameters_need_no_value():
    model = read("parameters spare; " + HEAD + MODEL)
    assert [p.name for p in model.parameters] == ["a", "b"]
    used = read("parameters spare; " + HEAD + MODEL.replace("b*x", "spare*x"))
    with pytest.raises(
        DeclarationError, match=r"spare .*'equation_2' holds \(line 4\)"
    ):
        parameter_vector(used)


def test_steady_states_without_a_closed_form_are_parameters():
    model = read(HEAD + MODEL.replace("b*x", "b*steady_state(x)"))
    assert model.resting == {"steady_state(x)": "x"}
    assert np.isnan(parameter_vector(model)[-1])


def test_measurement_errors_are_kept():
    text = "varobs y; shocks; var e; stderr 1; var y; stderr b; end;"
    model = read(HEAD + MODEL + text)
    assert model.observed == ("y",)
    assert model.measurement == {("y", "y"): fixed("b") ** 2}
    assert any("Measurement errors of y" in n for n in model.notes)


def test_equations_can_be_replaced_and_types_changed():
    model = read(
        HEAD + "change_type(varexo) b; change_type(parameters) u; u = 4;\n"
        "model(block, mfs=2, cutoff=-1); [name='one'] x = e; "
        "[name='two'] y = b*x + u; end;\n"
        "model_replace('one'); [name='new'] x = a*x(-1) + e; end;"
    )
    assert [e.name for e in model.equations] == ["two", "new"]
    assert [s.name for s in model.shocks] == ["e", "b"]
    assert model.values["u"] == 4
    assert "no equation named 'nine'" in problems(
        HEAD + MODEL + "model_remove('nine');"
    )


def test_extremes_are_absolute_values_of_differences():
    model = read(HEAD + MODEL.replace("b*x", "max(x, b) - min(x, b)"))
    right = model.equations[1].right - Dated("u")
    assert right.xreplace({Dated("x"): sp.Integer(5), fixed("b"): sp.Integer(2)}) == 3
    assert any("max, min and abs" in n for n in model.notes)


def test_options_that_are_not_followed_are_named():
    model = read(HEAD + MODEL + "stoch_simul(order=2, hp_filter=1600, nograph) x;")
    assert any("line 6 asks for order=2" in n for n in model.notes)
    (note,) = [n for n in model.notes if "not followed" in n]
    assert note.endswith("hp_filter=1600.")
    named = read(HEAD + MODEL + "stoch_simul(graph_format=pdf, irf_shocks=(e, u));")
    (note,) = [n for n in named.notes if "not followed" in n]
    assert note.endswith("not followed: irf_shocks=(e,u).")


def test_correlated_measurement_errors_are_kept():
    text = "shocks; var x = 4; var y; stderr b; {} end;"
    model = read(HEAD + MODEL + text.format("corr y, x = 0.5;"))
    value = model.measurement["x", "y"].subs({fixed("b"): 2})
    assert float(value) == pytest.approx(0.5 * 2 * 2)
    model = read(HEAD + MODEL + text.format("var x, y = 0.25;"))
    assert model.measurement["x", "y"] == sp.Float(0.25)
    alone = read(HEAD + MODEL + "shocks; var x, y = 1; end;")
    assert not alone.measurement and any("no variances" in n for n in alone.notes)


def test_expectations_of_earlier_dates_are_lags_of_variables():
    text = HEAD + (
        "model; x = a*x(-1) + e; y = expectation(-1)(x) + 10*EXPECTATION(-2)(x + u)"
        " + 100*expectation(0)(x); end; shocks; var e = 1; end;"
    )
    found = solve_local(read(text)).impulse_response({"e": 1.0}, 4, ["x", "y"])
    x, y = found.values.T
    np.testing.assert_allclose(x, [1, 0.5, 0.25, 0.125], rtol=1e-13)
    # What was known of x a period and two periods earlier; u is never expected.
    one, two = np.array([0, *x[1:]]), np.array([0, 0, *x[2:]])
    np.testing.assert_allclose(y, one + 10 * two + 100 * x, rtol=1e-13)
    wrong = HEAD + "a = expectation(-1)(b);" + MODEL
    assert "it belongs in the model" in problems(wrong)
    assert "has passed" in problems(HEAD + "model; x = expectation(1)(x); y=u; end;")


def test_scripts_of_the_host_language_are_skipped_where_nothing_is_alike():
    model = read(HEAD + MODEL + "my_figures;\nwork\nsteady;")
    assert any("my_figures, work" in note for note in model.notes)
    assert "did you mean steady" in problems(HEAD + MODEL + "steadyy;")


def test_all_problems_are_told_at_once():
    text = (
        HEAD + "model;\nx = zz*x(-1) + e;\ny = qq + ;\nend;\n"
        "ramsey_constraints; x > 1; end;\nrr y;"
    )
    found = problems(text)
    for line, name in ((3, "'zz'"), (4, "'qq'"), (6, "'ramsey_"), (7, "'rr'")):
        assert f"line {line}: " in found and name in found
    assert "\n" not in found
    # Entries of a block that is refused are no statements.
    found = problems(HEAD + MODEL + "shocks(odd);\nvar e; stderr 1;\nend;\nrr y;")
    assert "'shocks(odd)'" in found and "'rr'" in found
    assert found.count("line ") == 2


@pytest.mark.parametrize(
    ("sign", "told"),
    [
        ("\u200b", "U+200B (ZERO WIDTH SPACE) is not of the language; delete it"),
        ("\u2013", "U+2013 (EN DASH) is not of the language; write -"),
        ("\u00e9", "U+00E9 (LATIN SMALL LETTER E WITH ACUTE)"),
    ],
)
def test_pasted_signs_are_named_by_their_code_point(sign, told):
    assert f"line 3: the sign {told}" in problems(
        HEAD + MODEL.replace("+ e", f"+ {sign}e")
    )
    # In comments and texts they do no harm.
    assert read(HEAD + f"// {sign}\n" + MODEL).residuals == read(HEAD + MODEL).residuals


WHOLE = """var x y;
varexo e;
parameters a;
a = 0.5;
model;
x = a*x(-1) + e;
y = x;
end;
initval;
x = 0;
end;
shocks;
var e; stderr 1;
end;
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("var x y;", "var x y", "line 1: ';' is missing behind 'y'"),
        ("a = 0.5;", "a = 0.5", "line 4: ';' is missing behind '0.5'"),
        ("model;", "model", "line 5: ';' is missing behind 'model'"),
        ("y = x;", "y = x", "line 7: ';' is missing behind 'x'"),
        ("x = 0;", "x = 0", "line 10: ';' is missing behind '0'"),
        (
            "y = x;\nend;",
            "y = x;",
            "line 5: the block 'model' is not closed by 'end;' before 'initval' on "
            "line 8",
        ),
        ("initval;", "inivtal;", "line 9: no statement named 'inivtal'; did you mean"),
        ("var e; stderr", "var ee; stderr", "line 13: no shock named 'ee'"),
        ("stderr 1", "periods 0; values 1", "line 13: periods 0:0 are none of a path"),
        ("e;\nparam", "\u03b5;\nparam", "line 2: the sign U+03B5"),
        ("a*x", "a\uff0ax", "line 6: the sign U+FF0A (FULLWIDTH ASTERISK)"),
        ("y = x;", "y = x;\x00", "line 7: the sign U+0000"),
        ("y = x;", f"y = {'(' * 400}x{')' * 400};", "line 7: more than 60 parentheses"),
        ("y = x;", "y = x(+101);", "line 7: 'x(+101)' is farther away than 100"),
        ("y = x;", "y = x(-500);", "line 7: 'x(-500)' is farther away than 100"),
    ],
)
def test_one_slip_is_told_once_where_it_is(old, new, told):
    assert WHOLE.count(old) == 1
    text = WHOLE.replace(old, new)
    if "\u03b5" in new:
        # The same letter throughout is one name.
        text = text.replace("+ e;", "+ \u03b5;").replace("var e;", "var \u03b5;")
    with pytest.raises(DynareFileError) as caught:
        read_mod_text(text, "file")
    problem, *others = caught.value.problems
    assert problem.startswith(f"file, {told}"), problem
    assert {p.partition(": ")[2] for p in others} <= {problem.partition(": ")[2]}


def test_files_in_two_bytes_a_sign_are_read(tmp_path):
    for encoding in ("utf-16", "utf-16-be"):
        mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
        (tmp_path / "wide.mod").write_bytes(mark + WHOLE.encode(encoding))
        assert read_mod(tmp_path / "wide.mod").names == ("x", "y")


@pytest.mark.parametrize(
    ("length", "periods"), [("periods=12", 12), ("periods=T", 7), ("periods = 3", 3)]
)
def test_lengths_of_paths_are_numbers(length, periods):
    found = read_mod_text(WHOLE + f"T = 7; simul({length});", "file").scenario
    assert found is not None and found.periods == periods and not found.missing


@pytest.mark.parametrize("length", ["-4", "0", "2.5", "U"])
def test_lengths_that_are_none_are_said(length):
    found = read_mod_text(WHOLE + f"simul(periods={length});", "file").scenario
    assert found is not None and found.periods is None
    assert f"the length '{length}' of the path on line 15" in found.missing[0]


def test_functions_of_the_host_language_are_named():
    text = "external_function(name = f, nargs = 1); " + WHOLE.replace(
        "y = x;", "y = f(x);"
    )
    with pytest.raises(DynareFileError, match=r"line 7: 'f' is a function of the host"):
        read_mod_text(text, "file")


def test_parameters_are_the_same_at_all_dates():
    model = read_mod_text(WHOLE.replace("a*x", "a(+1)*x"), "file")
    assert model.residuals == read_mod_text(WHOLE, "file").residuals
    told = "The parameter a has a lead or lag on line 6, which changes nothing."
    assert told in model.notes


def test_values_that_are_shown_and_scripts_behind_results_are_skipped():
    text = WHOLE + "stoch_simul;\nm = mean(oo_.x);\nn = 2;\nm-n\nn\nplots;\n"
    model = read_mod_text(text, "file")
    assert any("the first on line 16: m, n, plots." in note for note in model.notes)
    with pytest.raises(DynareFileError, match="line 15: no statement named 'plots'"):
        read_mod_text(WHOLE + "plots;", "file")
