"""Models in the general form as Dynare files (``.mod``).

Auxiliary variables are written as ordinary ones, so that the file has the same rows
and columns as the model. Functions that Dynare lacks are written out by those it has.
A path that the model asks for is not written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
import sympy as sp

from ..declaration import DeclarationError, Equation, Model, Parameter, not_found
from ..general.form import dynamic_form
from ..general.model import DynamicModel, name_and_date
from .words import RESERVED

_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*$")
_WIDTH = 88
_SAME = {
    sp.exp: "exp",
    sp.log: "log",
    sp.Abs: "abs",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.asin: "asin",
    sp.acos: "acos",
    sp.atan: "atan",
    sp.erf: "erf",
}
_WRITTEN_OUT = {
    sp.sinh: lambda x: (sp.exp(x) - sp.exp(-x)) / 2,
    sp.cosh: lambda x: (sp.exp(x) + sp.exp(-x)) / 2,
    sp.tanh: lambda x: (sp.exp(2 * x) - 1) / (sp.exp(2 * x) + 1),
    sp.asinh: lambda x: sp.log(x + sp.sqrt(x**2 + 1)),
    sp.acosh: lambda x: sp.log(x + sp.sqrt(x - 1) * sp.sqrt(x + 1)),
    sp.atanh: lambda x: (sp.log(1 + x) - sp.log(1 - x)) / 2,
}
# How tightly the operators of Dynare bind.
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)


def write_mod(
    model: Model | DynamicModel,
    path: str | Path,
    values: Mapping[str, Any] | None = None,
    order: int | None = None,
    steady_state: Mapping[str, float] | None = None,
) -> None:
    """Write ``mod_text`` to the file ``path``.

    A model declared with states and blocks goes through ``dynamic_form``; ``values``
    may be arrays of one number then, as calibrations give them.

    Raises
    ------
    DeclarationError
        As ``mod_text`` and ``dynamic_form``.
    """
    if isinstance(model, Model):
        model = dynamic_form(model)
        given = {} if values is None else values
        for name, value in given.items():
            if np.size(value) != 1:
                raise DeclarationError(
                    f"'{name}' has {np.size(value)} values; a file holds one regime"
                )
        values = {name: float(np.ravel(value)[0]) for name, value in given.items()}
    text = mod_text(model, values, order, steady_state)
    Path(path).write_text(text, encoding="utf-8")


def mod_text(
    model: DynamicModel,
    values: Mapping[str, float] | None = None,
    order: int | None = None,
    steady_state: Mapping[str, float] | None = None,
) -> str:
    """The model as the text of a Dynare file.

    Parameters
    ----------
    values : parameter values in place of the model's own.
    order : of the perturbation; the file ends with ``stoch_simul`` if it is given.
    steady_state : values of all variables; they become starting values in place of
        the closed form.

    Raises
    ------
    DeclarationError
        A name or function that Dynare cannot take, a parameter without a value or
        with one value per regime, an incomplete ``steady_state``.
    """
    _check_names(model)
    shocks = [_declaration(s.name, s.latex, s.description) for s in model.shocks]
    variables = [_declaration(v.name, v.latex, v.description) for v in model.variables]
    records = [_declaration(p.name, p.latex, p.description) for p in _parameters(model)]
    parts = [
        f"// {' '.join(f'{model.name}: {model.description}'.split())}",
        _statement("var", variables),
        _statement("varexo", shocks),
        _statement("parameters", records),
        "\n".join(_assignments(model, values)),
        _block("model", _equations(model)),
        _rest(model, steady_state),
        _block("shocks", _covariance(model)),
    ]
    if order is not None:
        parts.append(
            f"steady;\nstoch_simul(order={order}, irf=0, nograph, nocorr, nomoments);"
        )
    return "\n\n".join(p for p in parts if p) + "\n"


def expression_text(expression: sp.Expr) -> str:
    """An expression in the syntax of Dynare.

    Raises
    ------
    DeclarationError
        A function that Dynare does not have.
    """
    return _text(sp.sympify(expression), _SUM)


def _check_names(model: DynamicModel) -> None:
    records = (*model.variables, *model.shocks, *_parameters(model))
    names = [r.name for r in records]
    for name in (*names, *(n for n, _ in model.steady_state)):
        if not _NAME.match(name):
            raise DeclarationError(
                f"'{name}' cannot be written to a Dynare file: rename it with letters, "
                "digits and underscores only"
            )
        if name.lower() in RESERVED:
            raise DeclarationError(
                f"'{name}' is a word of Dynare's language: rename it, as in '{name}_'"
            )
    for parameter in model.parameters:
        if parameter.regime_specific:
            raise DeclarationError(
                f"parameter '{parameter.name}' differs between regimes, which a Dynare "
                "file cannot say: fix one regime first"
            )


def _parameters(model: DynamicModel) -> list[Parameter]:
    """All but those that equations write as ``steady_state(x)``."""
    return [p for p in model.parameters if p.name not in model.resting]


def _declaration(name: str, latex: str, description: str) -> str:
    found = name
    if latex:
        found += f" ${' '.join(latex.replace('$', '').split())}$"
    if description:
        found += f" (long_name='{_quotable(description)}')"
    return found


def _quotable(text: str) -> str:
    """Text that can stand between quotes, on one line."""
    return " ".join(text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}").split())


def _statement(keyword: str, entries: list[str]) -> str:
    return "\n    ".join([keyword, *entries]) + ";" if entries else ""


def _block(keyword: str, lines: list[str]) -> str:
    return "\n".join([f"{keyword};", *lines, "end;"]) if lines else ""


def _assignments(model: DynamicModel, values: Mapping[str, float] | None) -> list[str]:
    known = [p.name for p in _parameters(model)]
    for name in values or {}:
        if name not in known:
            raise DeclarationError(not_found("parameter", name, known))
    chosen = {**model.values, **(values or {})}
    missing = [n for n in known if n not in chosen]
    if missing:
        raise DeclarationError(
            f"no value for parameter {', '.join(missing)} of model '{model.name}'"
        )
    return [f"{n} = {_number(float(chosen[n]))};" for n in known]


def _equations(model: DynamicModel) -> list[str]:
    lines = []
    for equation in model.equations:
        still = model.static.get(equation.name)
        lines += _equation(equation, "" if still is None else "dynamic, ")
        lines += [] if still is None else _equation(still, "static, ")
    return lines


def _equation(equation: Equation, kind: str = "") -> list[str]:
    tags = f"{kind}name='{_quotable(equation.name)}'"
    if equation.description:
        tags += f", description='{_quotable(equation.description)}'"
    left, right = expression_text(equation.left), expression_text(equation.right)
    return [f"[{tags}]", *_wrapped(f"{left} = {right};")]


def _wrapped(text: str) -> list[str]:
    return wrap(
        text, _WIDTH, subsequent_indent="    ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _rest(model: DynamicModel, steady_state: Mapping[str, float] | None) -> str:
    """Closed form, given numbers, or starting values."""
    if steady_state is not None:
        for name in steady_state:
            if name not in model.names:
                raise DeclarationError(not_found("variable", name, model.names))
        missing = [n for n in model.names if n not in steady_state]
        if missing:
            raise DeclarationError(f"no steady state given for {', '.join(missing)}")
        lines = [f"{n} = {_number(float(steady_state[n]))};" for n in model.names]
        return _block("initval", lines)
    keyword, entries = "initval", tuple(model.guesses.items())
    if model.steady_state:
        keyword, entries = "steady_state_model", model.steady_state
    lines = [w for n, e in entries for w in _wrapped(f"{n} = {expression_text(e)};")]
    return _block(keyword, lines)


def _covariance(model: DynamicModel) -> list[str]:
    names = [s.name for s in model.shocks]
    covariance = model.covariance or sp.eye(len(names)).tolist()
    lines = []
    for i, one in enumerate(names):
        for j, two in enumerate(names[: i + 1]):
            entry = sp.sympify(covariance[i][j])
            if entry != 0:
                pair = one if i == j else f"{two}, {one}"
                lines.append(f"var {pair} = {expression_text(entry)};")
    return lines


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _text(expression, level: int) -> str:
    """Text of an expression that stands where ``level`` binds."""
    found, own = _printed(expression)
    return f"({found})" if own < level else found


def _printed(expression) -> tuple[str, int]:
    """Text and how tightly its outermost operator binds."""
    if isinstance(expression, sp.Symbol):
        name, date = name_and_date(expression)
        return (f"{name}({date:+d})" if date else name), _ATOM
    if isinstance(expression, sp.Add):
        return _sum(expression), _SUM
    if isinstance(expression, (sp.Mul, sp.Rational)) and not expression.is_Integer:
        return _product(expression)
    if expression.is_number and expression.is_Atom:
        value = float(expression)
        text = str(expression) if expression.is_Integer else _number(value)
        return text, _ATOM if value >= 0 else _SIGN
    if isinstance(expression, sp.Pow):
        return _power(expression)
    kind = type(expression)
    if kind in _SAME:
        return f"{_SAME[kind]}({_text(expression.args[0], _SUM)})", _ATOM
    if kind in _WRITTEN_OUT:
        return _printed(_WRITTEN_OUT[kind](expression.args[0]))
    raise DeclarationError(
        f"'{kind.__name__}' in '{expression}' has no counterpart in Dynare: write it "
        "with exp, log, powers or erf"
    )


def _sum(expression) -> str:
    terms = expression.as_ordered_terms()
    # A sum that starts with a plus needs no sign before it.
    terms.sort(key=lambda t: t.could_extract_minus_sign())
    found = _text(terms[0], _PRODUCT)
    for term in terms[1:]:
        negative = term.could_extract_minus_sign() and not term.is_Add
        text = _text(-term if negative else term, _PRODUCT)
        found += (" - " if negative else " + ") + text
    return found


def _product(expression) -> tuple[str, int]:
    """Numerator and denominator; a leading minus binds like a sign."""
    coefficient, rest = expression.as_coeff_Mul()
    if coefficient.is_negative:
        return "-" + _text(-expression, _SIGN), _SIGN
    above, below = [], []
    if isinstance(coefficient, sp.Rational):
        above += [] if coefficient.p == 1 else [sp.Integer(coefficient.p)]
        below += [] if coefficient.q == 1 else [sp.Integer(coefficient.q)]
    else:
        above.append(coefficient)
    for factor in sp.Mul.make_args(rest):
        power = factor.args[1] if isinstance(factor, sp.Pow) else sp.S.One
        if power.is_number and power.is_negative:
            below.append(1 / factor)
        elif factor != 1:
            above.append(factor)
    text = "*".join(_text(f, _POWER) for f in above) or "1"
    for factor in below:
        text += "/" + _text(factor, _POWER)
    return text, _PRODUCT


def _power(expression) -> tuple[str, int]:
    base, exponent = expression.args
    if exponent == sp.Rational(1, 2):
        return f"sqrt({_text(base, _SUM)})", _ATOM
    if exponent.is_number and exponent.is_negative:
        return "1/" + _text(1 / expression, _POWER), _PRODUCT
    return f"{_text(base, _ATOM)}^{_text(exponent, _ATOM)}", _POWER
