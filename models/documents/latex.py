"""Sympy expressions of a declaration as LaTeX in the order an economist writes.

Sympy sorts sums and products by its own rules. Here numbers come first, then
parameters, variables dated t, variables dated t+1, shocks, events and expectations,
each in the order of the declaration. The result needs amsmath and amssymb only, and
matplotlib's mathtext understands it too.
"""

from __future__ import annotations

import re

import sympy as sp
from sympy.printing.latex import LatexPrinter

from ..declaration import NEXT, E, Model

_NUMBER, _PARAMETER, _VARIABLE, _NEXT, _SHOCK, _EVENT, _EXPECTATION = range(7)
# Longer exponents are written exp[...] on the line.
_EXPONENT_OPERATIONS = 5
_LOG = r"\log "
# A name of several letters, such as PV(Y), needs a space around it in a product.
_WORD = re.compile(r"^[A-Za-z]{2}")
_LEVEL = " in levels"


def expression_latex(expression: sp.Expr, model: Model) -> str:
    """LaTeX of an expression in the symbols of ``model``; dates t+1 are primes."""
    return _Printer(model).doprint(sp.sympify(expression))


def symbol_latex(name: str, model: Model) -> str:
    """LaTeX of a declared name, also of one dated t+1 (``"inflation_next"``)."""
    return _Printer(model).symbols[name][0]


def text_latex(text: str) -> str:
    """Plain text with the characters escaped that LaTeX would read as commands."""
    marks = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
    marks |= {"^": r"\textasciicircum{}"} | {c: "\\" + c for c in "&%$#_{}"}
    return "".join(marks.get(character, character) for character in text)


def is_composite(symbol: str) -> bool:
    """Whether a symbol like G/Y needs parentheses next to other symbols."""
    outside = re.sub(r"\{[^}]*\}|\([^)]*\)", "", symbol)
    return any(mark in outside for mark in "/+-")


def _primed(symbol: str) -> str:
    if is_composite(symbol):
        return rf"({symbol})'"
    return rf"{{{symbol}}}'" if "^" in symbol else symbol + "'"


def _symbols(model: Model) -> dict[str, tuple[str, int, int]]:
    """Name -> (LaTeX, kind, position in the declaration)."""
    found: dict[str, tuple[str, int, int]] = {}
    leads: dict[str, tuple[str, int, int]] = {}
    groups = (
        (model.parameters, _PARAMETER),
        (model.states, _VARIABLE),
        (model.definitions, _VARIABLE),
        (model.unknowns, _VARIABLE),
        (model.shocks, _SHOCK),
        (model.events, _EVENT),
    )
    for records, kind in groups:
        for record in records:
            link = record.name.endswith(NEXT)
            position = len(found)
            found[record.name] = record.latex, _NEXT if link else kind, position
            leads[record.name + NEXT] = _primed(record.latex), _NEXT, position
    # A link may carry the name that a lead would have: its own LaTeX is used.
    dated = leads | found
    for name, (latex, kind, position) in list(dated.items()):
        if latex.startswith(_LOG):
            dated[name + _LEVEL] = latex.removeprefix(_LOG), kind, position
    return dated


class _Printer(LatexPrinter):
    """Prints with the symbols and the order of a declaration."""

    def __init__(self, model: Model):
        super().__init__()
        self.symbols = _symbols(model)
        self._inline = False

    def doprint(self, expr: sp.Expr) -> str:
        return super().doprint(self._in_levels(expr))

    def _in_levels(self, expression):
        """Write exp of a symbol whose LaTeX is log Q as Q."""

        def level(power):
            out = sp.S.One
            rest = []
            for term in sp.Add.make_args(power):
                factor, symbol = term.as_coeff_Mul()
                name = symbol.name if isinstance(symbol, sp.Symbol) else ""
                if name + _LEVEL in self.symbols:
                    out *= sp.Symbol(name + _LEVEL, positive=True) ** factor
                else:
                    rest.append(term)
            return out * sp.exp(sp.Add(*rest))

        return expression.replace(sp.exp, level)

    def _print_Symbol(self, expr, style="plain"):
        return self.symbols[expr.name][0]

    def _as_ordered_terms(self, expr, order=None):
        terms = sorted(sp.Add.make_args(expr), key=self._key)
        first = next((t for t in terms if not t.could_extract_minus_sign()), terms[0])
        terms.remove(first)
        return [first, *terms]

    def _key(self, expression):
        found = [self.symbols[s.name][1:] for s in expression.free_symbols]
        kind = max((k for k, _ in found), default=_NUMBER)
        if expression.atoms(E):
            kind = _EXPECTATION
        last = max((p for _, p in found), default=-1)
        position = max((p for k, p in found if k == _PARAMETER), default=-1)
        return kind, last, position, sp.default_sort_key(expression)

    def _factor_key(self, factor):
        kind = self._key(factor)[0]
        base = factor.base if factor.is_Pow else factor
        if factor.is_number:
            place = 0
        elif base.is_Symbol:
            place = 1 if kind == _PARAMETER else 3
        elif isinstance(base, E):
            place = 7
        elif isinstance(base, sp.log):
            place = 6
        elif isinstance(base, sp.exp):
            place = 4
        else:
            place = 2 if kind == _PARAMETER else 5
        return place, self._key(factor)

    def _print_Add(self, expr, order=None):
        terms = self._as_ordered_terms(expr)
        out = self._print(terms[0])
        for term in terms[1:]:
            negative = term.could_extract_minus_sign() and not term.is_Add
            text = self._print(-term if negative else term)
            out += (" - " if negative else " + ") + text
        return out

    def _print_Mul(self, expr):
        if expr.as_coeff_Mul()[0].is_negative:
            rest = -expr
            text = self._print(rest)
            return "-" + (f"({text})" if rest.is_Add else text)
        above, below = sp.fraction(expr, exact=True)
        if below == 1:
            return self._product(above)
        if not self._inline:
            return rf"\frac{{{self._print(above)}}}{{{self._print(below)}}}"
        simple = below.is_Symbol or below.is_number
        lower = self._print(below) if simple else rf"\left({self._print(below)}\right)"
        return f"{self._product(above)}/{lower}"

    def _product(self, expr):
        factors = sorted(sp.Mul.make_args(expr), key=self._factor_key)
        alone = len(factors) == 1 and not self._inline
        texts = [self._factor(f, alone) for f in factors]
        wide = any(_WORD.search(text) for text in texts)
        return (r" \, " if wide else " ").join(texts)

    def _factor(self, factor, alone):
        text = self._print(factor)
        wrap = factor.is_Add or (factor.is_Symbol and is_composite(text))
        return rf"\left({text}\right)" if wrap and not alone else text

    def _print_Pow(self, expr):
        if expr.exp.could_extract_minus_sign() and expr.exp.is_number:
            return self._print_Mul(expr)
        if expr.exp == sp.Rational(1, 2):
            return rf"\sqrt{{{self._print(expr.base)}}}"
        base = self._print(expr.base)
        if not expr.base.is_Symbol or is_composite(base) or "^" in base:
            base = rf"\left({base}\right)"
        return f"{base}^{{{self._in_line(expr.exp)}}}"

    def _in_line(self, expr):
        before, self._inline = self._inline, True
        text = self._print(expr)
        self._inline = before
        return text

    def _print_exp(self, expr, exp=None):
        power = expr.args[0]
        if power.count_ops() <= _EXPONENT_OPERATIONS and not power.has(sp.log):
            return f"e^{{{self._in_line(power)}}}"
        return rf"\exp\left[{self._print(power)}\right]"

    def _print_log(self, expr, exp=None):
        text = self._print(expr.args[0])
        bare = expr.args[0].is_Symbol and not is_composite(text)
        if bare or (text.startswith(r"\frac") and expr.args[0].is_Mul):
            return rf"\log {text}"
        return rf"\log\left({text}\right)"

    def _print_Abs(self, expr, exp=None):
        return rf"\left\vert {self._print(expr.args[0])} \right\vert"

    def _print_E(self, expr, exp=None):
        return rf"\mathbb{{E}}_t\left[{self._print(expr.args[0])}\right]"
