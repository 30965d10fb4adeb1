"""Dynare files: every construct of the subset, every refusal, and round trips."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from textbook import gaussian_endowment

from fiscax.models.declaration import (
    Dated,
    DeclarationError,
    Equation,
    Parameter,
    Shock,
    fixed,
)
from fiscax.models.dynare.reader import read_mod, read_mod_text
from fiscax.models.dynare.tokens import DynareFileError
from fiscax.models.dynare.words import REFUSED, SKIPPED
from fiscax.models.dynare.writer import expression_text, mod_text, write_mod
from fiscax.models.general.form import dynamic_form
from fiscax.models.general.functions import (
    covariance_function,
    parameter_vector,
    residual_function,
    steady_state_function,
)
from fiscax.models.general.model import DynamicModel, Variable, dated
from fiscax.solvers.perturbation.solution import solve_local

TESTS = Path(__file__).parents[1]
FILES = [
    *sorted((TESTS / "oracles" / "dynare").glob("*.mod")),
    *(TESTS / "benchmarks").glob("*.mod"),
]

HEAD = "var x y; varexo e u; parameters a b; a = 0.5; b = 2;\n"
MODEL = "model;\nx = a*x(-1) + e;\ny = b*x + u;\nend;\n"
x, y, a, b = Dated("x"), Dated("y"), fixed("a"), fixed("b")


def read(text=HEAD + MODEL):
    return read_mod_text(text, "file")


def expression(text):
    """What ``text`` means on the right of an equation."""
    body = f"model; x = {text}; y = b*x + u + 0*e; end;"
    model = read_mod_text(HEAD + body, "file")
    return model.equations[0].right


def refused(text, line, message):
    with pytest.raises(DynareFileError) as caught:
        read(text)
    assert str(caught.value).startswith(f"file, line {line}: "), str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_declarations_hold_latex_and_long_names():
    model = read(
        """// a comment
        var x $X_t$ (long_name='a 50% share // no comment'), y (unit='pounds');
        /* over
           lines */ varexo e % the rest is a comment
        u $u$; parameters a $\\alpha$ b, lambda;
        a = 1/3; b = a^2*1.5e1; lambda = -b; a = .5D0;
        """
        + MODEL
    )
    assert model.variables[0] == Variable("x", "X_t", "", "a 50% share // no comment")
    assert model.variables[1].latex == "y"
    assert [s.name for s in model.shocks] == ["e", "u"]
    assert [p.latex for p in model.parameters] == [r"\alpha", "b", r"\lambda"]
    assert model.parameters[0].low == -np.inf
    # Assignments are made in order, and the last one counts.
    assert model.values == pytest.approx({"a": 0.5, "b": 5 / 3, "lambda": -5 / 3})


def test_names_of_other_languages_are_names():
    names = "beta gamma E I S N Q pi lambda zeta oo"
    text = f"var {names}; varexo Add; parameters class; class = 1;\nmodel;\n"
    text += "".join(f"{n} = class*{n}(-1)/2 + Add;\n" for n in names.split()) + "end;"
    model = read(text)
    assert model.names == tuple(names.split())
    assert model.equations[2].right == fixed("class") * dated("E", -1) / 2 + Dated(
        "Add"
    )
    residual = residual_function(model)
    ones = np.ones(len(model.names))
    found = residual(ones, ones, ones, np.ones(1), parameter_vector(model))
    np.testing.assert_allclose(found, -0.5)
    assert read(mod_text(model)).residuals == model.residuals


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("-x^2", -(x**2)),
        ("(x^y)^a", (x**y) ** a),
        ("x^(y^a)", x ** (y**a)),
        ("2^-x*y", 2**-x * y),
        ("2^-x^y", 2 ** -(x**y)),
        ("a/b/x", a / (b * x)),
        ("a/b*x", a * x / b),
        ("a - b - x", a - b - x),
        ("a - -b", a + b),
        ("-+x", -x),
        ("+x", x),
        ("2*-x", -2 * x),
        ("-x*y", -x * y),
        ("x(+1)", dated("x", 1)),
        ("x(1)", dated("x", 1)),
        ("x(-1)", dated("x", -1)),
        ("x(+-1)", dated("x", -1)),
        ("x(0)", x),
        ("1.5e-3 + 1E+3 + 1. + .5", sp.Float(1001.5015)),
        ("1/3", sp.Rational(1, 3)),
        ("x^2.0", x**2),
        ("1.5^300*0 + 1.01^(3*10^3)*1e-9", sp.Float(1.01**3000) * sp.Float(1e-9)),
        ("EXP(x) + ln(y)", sp.exp(x) + sp.log(y)),
        ("log10(y)", sp.log(y) / sp.log(10)),
        ("sqrt(y)*abs(x)", sp.sqrt(y) * sp.Abs(x)),
        ("sin(x)+cos(x)+tan(x)", sp.sin(x) + sp.cos(x) + sp.tan(x)),
        ("asin(x)+acos(x)+atan(x)", sp.asin(x) + sp.acos(x) + sp.atan(x)),
        ("sinh(x)+cosh(x)+tanh(x)", sp.sinh(x) + sp.cosh(x) + sp.tanh(x)),
        ("erf(x)", sp.erf(x)),
        ("normcdf(x)", (1 + sp.erf(x / sp.sqrt(2))) / 2),
        ("normcdf(x, a, b)", (1 + sp.erf((x - a) / (b * sp.sqrt(2)))) / 2),
        ("normpdf(x)", sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)),
    ],
)
def test_expressions_mean_what_they_mean_in_dynare(text, meaning):
    # Powers in exponents are compared in numbers: sympy may write them otherwise.
    found = expression(text)
    assert sp.simplify(found - meaning) == 0


def test_equations_have_names_and_lines():
    model = read(
        HEAD
        + """model(linear, use_dll);
        # twice = 2*x(+1);

        [name='first', description='what it says']
        x =
          a*twice;
        y - b*x - u - e;
        end;"""
    )
    assert [e.name for e in model.equations] == ["first", "equation_2"]
    assert model.lines == {"first": 6, "equation_2": 8}
    assert model.equations[0].right == 2 * a * dated("x", 1)
    assert model.equations[0].description == "what it says"
    assert model.equations[1].right == 0


def test_steady_states_closed_guessed_and_inside_equations():
    model = read(
        HEAD
        + """model;
        x = a*x(-1) + (1 - a)*2 + e;
        y = steady_state(y)*x^b + STEADY_STATE(x*exp(e)) - u;
        end;
        initval; x = 1; y = x + a + e; u = 0; end;
        steady_state_model; two = 2; x = two; y = x/(1 - x^b) + e; end;"""
    )
    assert model.guesses == {"x": 1, "y": 1 + a}
    assert [n for n, _ in model.steady_state] == ["two", "x", "y"]
    parameters = parameter_vector(model)
    rest = steady_state_function(model)(parameters)
    np.testing.assert_allclose(rest, [2, -2 / 3])
    residual = residual_function(model)(rest, rest, rest, np.zeros(2), parameters)
    np.testing.assert_allclose(residual, 0, atol=1e-15)
    # The steady state stays where it is when the variables move.
    moved = residual_function(model)(rest, rest + 1, rest, np.zeros(2), parameters)
    np.testing.assert_allclose(moved[1], 1 / 3 + 2 / 3 * 9 - 2)


def test_shocks_have_variances_covariances_and_correlations():
    model = read(
        HEAD.replace("e u", "e u v w")
        + "model; x = e + v + w; y = u + b*x + a; end;"
        + """shocks;
        var e; stderr a;
        var u = b^2;
        var v = 9;
        corr e, u = 0.5;
        var v, u = 0.25;
        end;
        shocks; var v; stderr 2; end;"""
    )
    found = covariance_function(model)(parameter_vector(model))
    # The shock w has no entry: it has variance zero.
    truth = [[0.25, 0.5, 0, 0], [0.5, 4, 0.25, 0], [0, 0.25, 4, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(found, truth)
    fresh = read(HEAD + MODEL + "shocks; var e = 1; end; shocks(overwrite); end;")
    np.testing.assert_allclose(covariance_function(fresh)(parameter_vector(fresh)), 0)


@pytest.mark.parametrize("word", sorted(SKIPPED))
def test_commands_that_change_nothing_are_skipped(word):
    text = HEAD + "close all\n" + MODEL + f"{word}(order=2, irf=[1:3])\n x y;\n"
    text += "options_.x = {'a'};\ndisp('done'), clc\nestimated_params; a, 1; end;"
    assert read(text).residuals == read().residuals


@pytest.mark.parametrize("word", sorted(REFUSED))
def test_other_statements_are_refused_with_advice(word):
    refused(f"{HEAD}\n{word} x;\n{MODEL}", 3, REFUSED[word])


IN_MODEL = [
    ("max(x)", "two arguments or more"),
    ("sign(x)", "smooth"),
    ("x > 1", "smooth"),
    ("cbrt(x)", "x^(1/3)"),
    ("x^y^a", "ambiguous"),
    ("expectation(1)(x)", "has passed"),
    ("diff(x)", "x - x(-1)"),
    ("z", "no symbol named 'z'"),
    ("gama(x)", "no function or variable named 'gama'"),
    ("2 + pi(-1)", "'pi' cannot have a lead or lag"),
    ("x(a)", "whole number"),
    ("x(1.5)", "whole number"),
    ("(x)(1)", "expected ';', found '('"),
    ("2x", "expected ';', found 'x'"),
    ("x**2", "expected an expression, found '*'"),
    ("x + ", "expected an expression, found ';'"),
    ("(x", "expected ')', found ';'"),
    ("exp(x, y)", "one argument"),
    ("normcdf(x, y)", "one or three"),
    ("1/0", "no real, finite value"),
    ("log(0)", "no real, finite value"),
    ("sqrt(-1)", "no real, finite value"),
    ("1e999", "no real, finite value"),
    ("10^(10^10)", "no real, finite value"),
    ("x ! y", "found '!'"),
    ("x = y", "expected ';', found '='"),
]


@pytest.mark.parametrize(("text", "message"), IN_MODEL)
def test_expressions_outside_the_subset_are_refused(text, message):
    refused(f"{HEAD}model;\ny = u + e + b*x;\nx = {text};\nend;", 4, message)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("@#defin n = 2\n" + HEAD + MODEL, 1, "no macro directive '@#defin'"),
        ("\nvar @{name};", 2, "no macro named 'name'"),
        ("\n/* never", 2, "never closed"),
        (HEAD, 2, "no equations"),
        (HEAD + "\nvarexo x;", 3, "'x' is declared as a variable already"),
        (HEAD + "\nvar a;", 3, "'a' is declared as a parameter already"),
        (HEAD + "var(log) z;", 2, "detrend"),
        (HEAD + "var exp;", 2, "the name of a function"),
        (HEAD + "var z (long_name=3);", 2, "text in quotes"),
        (HEAD + "var z", 2, "the name of a variable"),
        (HEAD + "x = 1;", 2, "no parameter named 'x'"),
        (
            "var x; parameters gama;\ngamma = 1; model; x = gama*x(-1); end;",
            2,
            "did you mean gama",
        ),
        ("parameters a b;\na = b;", 2, "'b' has no value yet"),
        ("parameters a;\na = 0;\na = log(a);", 3, "no real, finite value"),
        ("parameters a;\na = 1e200;\na = a^2;", 3, "no real, finite value"),
        ("parameters a;\na = x;", 2, "no symbol named 'x'"),
        (HEAD + "model(differentiate_forward_vars);", 2, "remove the option"),
        (HEAD + "model;\nx = e;", 2, "never closed by 'end;'"),
        (HEAD + "model;\n# q = x;\n# q = y;\nend;", 4, "'q' is declared already"),
        (HEAD + "model;\n# q = x;\nx = q(+1);\nend;", 4, "inside its definition"),
        (HEAD + "model;\nx = q;\n# q = x;\nend;", 3, "no symbol named 'q'"),
        (HEAD + "model;\n[mcp='x'] x=e;\nend;", 3, "the tag mcp='x'"),
        (HEAD + "model;\n[static] x=e;\nend;", 4, "no equations"),
        (HEAD + "model;\n[static] x=e;\ny=x;\nend;", 5, "and 1 'static'"),
        (HEAD + MODEL + "initval;\nz = 1;\nend;", 7, "no variable named 'z'"),
        (HEAD + MODEL + "initval;\nx = y;\nend;", 7, "no symbol named 'y'"),
        (HEAD + MODEL + "steady_state_model;\ne = 0;\nend;", 7, "in 'initval'"),
        (HEAD + MODEL + "steady_state_model;\n[x,y] = f(a);\nend;", 7, "not run"),
        (HEAD + MODEL + "steady_state_model;\nx = f(a);\nend;", 7, "no function"),
        (HEAD + MODEL + "steady_state_model;\nx = y;\nend;", 7, "no symbol named 'y'"),
        (HEAD + MODEL + "shocks;\nvar z; stderr 1;\nend;", 7, "no shock named 'z'"),
        (HEAD + MODEL + "shocks;\nvar e;\nperiods 1;\nstderr 1;\nend;", 9, "values"),
        (HEAD + MODEL + "shocks;\ncorr e = 1;\nend;", 7, "two shocks"),
        (HEAD + MODEL + "shocks;\nvar e, e = 1;\nend;", 7, "named twice"),
        (HEAD + MODEL + "shocks;\nskew e = 1;\nend;", 7, "'var' or 'corr'"),
        (HEAD + MODEL + "stoch_simul(order=1)", 6, "never closed by ';'"),
        (HEAD + MODEL + "stoch_simull;", 6, "did you mean stoch_simul"),
        (HEAD + MODEL + "3;", 6, "expected a statement"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, line, message):
    refused(text, line, message)


def test_counts_are_checked_with_the_names_of_the_file():
    with pytest.raises(DeclarationError, match="2 variables but 1 equations"):
        read(HEAD + "model; x = e + y + u; end;")


# Functions that both sides have, on arguments where they are smooth and real.
atoms = st.one_of(
    st.builds(dated, st.sampled_from(["x", "y"]), st.integers(-1, 1)),
    st.sampled_from([a, b, Dated("e")]),
    st.builds(sp.Integer, st.integers(-3, 9)),
    st.builds(sp.Float, st.floats(0.01, 9.0)),
    st.builds(sp.Rational, st.integers(-5, 5), st.integers(1, 7)),
    st.sampled_from([sp.pi, sp.E]),
)


def _extended(inner):
    return st.one_of(
        st.builds(lambda p, q: p + q, inner, inner),
        st.builds(lambda p, q: p - q, inner, inner),
        st.builds(lambda p, q: p * q, inner, inner),
        st.builds(lambda p, q: p / (2 + q**2), inner, inner),
        st.builds(lambda p, q: (1 + p**2) ** q, inner, atoms),
        st.builds(lambda p, q: (1 + sp.Abs(p)) ** (-q), inner, atoms),
        st.builds(lambda p, q: (2 + sp.cos(p)) ** sp.sin(q), inner, inner),
        st.builds(lambda p: sp.sqrt(1 + p**2) * sp.log(2 + p**2), inner),
        st.builds(lambda p: sp.exp(-(p**2)) + sp.erf(p), inner),
        st.builds(lambda p: sp.sin(p) * sp.cos(p) + sp.atan(p), inner),
        st.builds(lambda p: sp.tanh(p) + sp.asinh(p), inner),
        st.builds(lambda p: -p, inner),
        st.builds(lambda p, q: sp.Mul(p, p + q, evaluate=False), inner, inner),
    )


expressions = st.recursive(atoms, _extended, max_leaves=7)


@given(expressions, st.integers(0, 99))
@example(-(x**2), 0)
@example((-(x**2)) ** 2 * (-a) ** 2 / (-b), 0)
@example(2 ** (-x) / (a / (b / y)) - (a - (b - y)), 0)
@settings(max_examples=150, deadline=None)
def test_what_is_printed_is_read_back(expression_, seed):
    assume(not expression_.has(sp.zoo, sp.nan, sp.oo, sp.I))
    text = expression_text(expression_)
    back = expression(text)
    random = np.random.default_rng(seed)
    symbols = sorted(expression_.free_symbols | back.free_symbols, key=str)
    at = {s: sp.Float(random.uniform(0.2, 1.2), 30) for s in symbols}
    truth = complex(sp.N(expression_.xreplace(at), 30))
    assume(abs(truth) < 1e12 and truth.imag == 0)
    found = complex(sp.N(back.xreplace(at), 30))
    assert found == pytest.approx(truth, rel=1e-8, abs=1e-9), text


def test_files_in_other_encodings_are_read(tmp_path):
    text = "\ufeff// fin de p\xe9riode\r\n".encode() + "% \xe9\n".encode("latin-1")
    path = tmp_path / "old.mod"
    path.write_bytes(text + (HEAD + MODEL).encode())
    model = read_mod(path)
    assert model.name == "old"
    assert model.lines == {"equation_1": 5, "equation_2": 6}


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_files_survive_the_round_trip(path, tmp_path):
    model = read_mod(path)
    write_mod(model, tmp_path / path.name, order=3)
    back = read_mod(tmp_path / path.name)
    assert back.names == model.names
    assert [e.name for e in back.equations] == [e.name for e in model.equations]
    for v, w in zip(back.variables, model.variables, strict=True):
        assert (v.latex, v.description) == (w.latex, w.description)
    assert back.parameters == model.parameters
    parameters = parameter_vector(model)
    np.testing.assert_array_equal(parameter_vector(back), parameters)
    random = np.random.default_rng(0)
    points = random.uniform(0.5, 1.0, (3, len(model.names)))
    shocks = random.normal(size=len(model.shocks))
    one, two = (
        residual_function(m)(*points, shocks, parameters) for m in (model, back)
    )
    assert np.isfinite(one).all()
    np.testing.assert_allclose(two, one, rtol=1e-12, atol=1e-12)
    for function in (steady_state_function, covariance_function):
        one, two = (function(m)(parameters) for m in (model, back))
        np.testing.assert_allclose(two, one, rtol=1e-12, atol=1e-15)
    # A file that was written is a fixed point.
    assert mod_text(back) == mod_text(model)


def test_steady_states_and_equations_at_rest_are_written_back():
    text = """var y x; varexo e; parameters rho; rho = 0.9; model;
    [dynamic, name='walk'] x = x(-1) + e; [static, name='rest'] x = 2;
    [name='income'] y = rho*y(-1) + steady_state(x)*x(-1) + e; end;"""
    model = read(text)
    assert model.resting == {"steady_state(x)": "x"}
    written = mod_text(model)
    assert "steady_state(x)*x(-1)" in written and "[static, name='rest']" in written
    back = read(written)
    assert back.residuals == model.residuals
    assert back.at_rest.residuals == model.at_rest.residuals
    assert mod_text(back) == written


def test_numbers_can_take_the_place_of_values_and_of_the_closed_form():
    model = read(HEAD + MODEL + "steady_state_model; x = 0; y = b*x; end;")
    text = mod_text(model, {"a": 0.25}, steady_state={"x": 0.1, "y": -3.0})
    back = read(text)
    assert back.values == {"a": 0.25, "b": 2.0}
    assert back.guesses == {"x": sp.Float(0.1), "y": -3}
    assert back.steady_state == ()
    with pytest.raises(DeclarationError, match="no steady state given for y"):
        mod_text(model, steady_state={"x": 0.1})
    with pytest.raises(DeclarationError, match="no variable named 'z'"):
        mod_text(model, steady_state={"x": 0.1, "z": 1.0})
    with pytest.raises(DeclarationError, match="no parameter named 'z'"):
        mod_text(model, {"z": 0.25})


def declared(name="k", right=None, parameter=None, **changes: Any):
    parameter = parameter or Parameter("a", "a", "", -1.0, 1.0, "")
    right = Dated("e") if right is None else right
    return DynamicModel(
        "file", "", (parameter,), (Variable(name, description="it's\nlong"),),
        (Shock("e", "", ""),), (Equation("one's", Dated(name), right, ""),),
        **changes or {"values": {"a": 1.0}},
    )  # fmt: skip


def test_shocks_without_a_covariance_are_standard_normal():
    text = mod_text(declared())
    assert "var e = 1;" in text
    assert "it\N{RIGHT SINGLE QUOTATION MARK}s long" in text
    assert read(text).equations[0].name == "one\N{RIGHT SINGLE QUOTATION MARK}s"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Mean"}, "'Mean' is a word of Dynare"),
        ({"name": "k'"}, "letters, digits and underscores"),
        ({"right": sp.Max(Dated("e"), 0)}, "'Max' in 'Max.0, e.' has no counterpart"),
        ({"values": {}}, "no value for parameter a of model 'file'"),
        (
            {"parameter": Parameter("a", "", "", 0, 1, "", regime_specific=True)},
            "'a' differs between regimes",
        ),
    ],
)
def test_what_dynare_cannot_take_is_named(changes, message):
    with pytest.raises(DeclarationError, match=message):
        mod_text(declared(**changes))


def test_a_declared_model_is_written_as_it_is_solved(tmp_path):
    model = gaussian_endowment()
    values = {
        "beta": 0.995,
        "gamma": 4.0,
        "psi": 0.25,
        "mu": 0.005,
        "sigma_y": 0.01,
        "rho_x": 0.9,
        "sigma_x": 0.001,
    }
    arrays = {name: np.array([value]) for name, value in values.items()}
    path = tmp_path / "endowment.mod"
    write_mod(model, path, arrays)
    copy = solve_local(read_mod(path), 2)
    own = solve_local(dynamic_form(model), 2, values)
    assert copy.variables == own.variables
    for field in ("steady", "x", "xx", "ss"):
        np.testing.assert_allclose(
            getattr(copy.rule, field), getattr(own.rule, field), atol=1e-10
        )
    with pytest.raises(DeclarationError, match="'gamma' has 2 values"):
        write_mod(model, path, arrays | {"gamma": np.array([4.0, 5.0])})
