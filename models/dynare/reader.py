"""Dynare files (``.mod``) as models in the general form.

Read are: comments; ``var``, ``varexo`` and ``parameters`` with ``$latex$`` and
``(long_name='...')``; assignments of parameters, in order, of which the last counts;
``model`` with equations, ``[name='...']`` tags, local ``#`` variables,
``steady_state(x)`` where a closed form is given, leads and lags of any length;
``initval`` (starting values), ``steady_state_model``, ``shocks`` with ``stderr``,
variances, covariances and ``corr``. A shock without an entry has variance zero, as in
Dynare. Commands that only compute or print (``dynare_words.SKIPPED``) are skipped.
Everything else is refused with its line and with what to do instead; macros too:
``dynare FILE savemacro`` expands them.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import sympy as sp

from ...errors import user_path
from ..declaration import Dated, Equation, Parameter, Shock, fixed, not_found
from ..general.model import DynamicModel, Variable, dated
from .expressions import FUNCTIONS, STEADY_STATE, Expressions, Scope, put
from .shocks import ShockEntries
from .tokens import Token, Tokens, tokens_of
from .words import REFUSED, SKIPPED, SKIPPED_BLOCKS, SKIPPED_LINES, default_latex

# How a model is computed in Dynare; `linear` holds for the equations as they are.
_MODEL_OPTIONS = {"linear", "use_dll", "bytecode", "block", "no_static"}
# These tags change what an equation means; others only label it.
_TAGS_WITH_MEANING = {"static", "dynamic", "mcp", "relax", "bind"}


def read_mod(path: str | Path) -> DynamicModel:
    """Read the Dynare file ``path``; the model is named after the file.

    Raises
    ------
    DynareFileError
        What is wrong or outside the subset, with the line.
    FiscaxError
        The file cannot be read.
    """
    path = Path(path)
    # Older files are in other encodings; only comments and texts can suffer.
    with user_path(path):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    return read_mod_text(text, path.stem)


def read_mod_text(text: str, name: str) -> DynamicModel:
    """Read the text of a Dynare file.

    Raises
    ------
    DynareFileError
        What is wrong or outside the subset, with the line.
    """
    return _Reader(tokens_of(text, name)).read()


def read_expression(text: str, model: DynamicModel) -> sp.Expr:
    """Read one expression in the names of a model, such as ``beta*c/c(+1)``.

    Raises
    ------
    DynareFileError
        What is misspelt or outside the subset.
    """
    tokens = tokens_of(text, "expression")
    names = (*model.names, *(s.name for s in model.shocks))
    known: dict[str, sp.Expr] = {p.name: fixed(p.name) for p in model.parameters}
    found = Expressions(tokens, Scope("the expression", known, names, dated)).read()
    if tokens.next.kind != "end":
        raise tokens.error(tokens.next, f"'{tokens.next.text}' is not expected here")
    return found


class _Reader:
    """Reads statement by statement; names must be declared before they are used."""

    def __init__(self, tokens: Tokens):
        self.tokens = tokens
        self.declared: dict[str, str] = {}
        self.variables: list[Variable] = []
        self.shocks: list[Shock] = []
        self.parameters: list[Parameter] = []
        self.values: dict[str, float] = {}
        self.equations: list[Equation] = []
        self.lines: dict[str, int] = {}
        self.steady_state: list[tuple[str, sp.Expr]] = []
        self.guesses: dict[str, sp.Expr] = {}
        self.entries = ShockEntries(tokens)
        self.at_rest: dict[sp.Symbol, tuple[str, Token]] = {}
        self.local: dict[str, sp.Expr] = {}

    def read(self) -> DynamicModel:
        statements = {
            "var": lambda t: self._declare(t, "variable"),
            "varexo": lambda t: self._declare(t, "shock"),
            "parameters": lambda t: self._declare(t, "parameter"),
            "model": self._model,
            "initval": self._initval,
            "steady_state_model": self._steady_state_model,
            "shocks": self._shocks,
        }
        while self.tokens.next.kind != "end":
            if self.tokens.accept(";"):
                continue
            token = self.tokens.name("a statement")
            if self.tokens.next.text == "=":
                self._assign(token)
            elif token.text.lower() in statements:
                statements[token.text.lower()](token)
            else:
                self._other(token)
        if not self.equations:
            raise self.tokens.error(self.tokens.next, "the file has no equations")
        return self._finish()

    def _finish(self) -> DynamicModel:
        return DynamicModel(
            name=self.tokens.file,
            description=f"read from {self.tokens.file}.mod",
            parameters=tuple(self.parameters),
            variables=tuple(self.variables),
            shocks=tuple(self.shocks),
            equations=self._with_steady_states(),
            values=self.values,
            steady_state=tuple(self.steady_state),
            guesses=self.guesses,
            covariance=self.entries.covariance([s.name for s in self.shocks]),
            lines=self.lines,
        )

    def _with_steady_states(self) -> tuple[Equation, ...]:
        """Put the closed form where equations use steady states."""
        if not self.at_rest:
            return tuple(self.equations)
        closed: dict[sp.Basic, sp.Expr] = {}
        for name, expression in self.steady_state:
            closed[Dated(name)] = put(expression, closed)
        found: dict[sp.Basic, sp.Expr] = {}
        for symbol, (name, token) in self.at_rest.items():
            if Dated(name) not in closed:
                raise self.tokens.error(
                    token,
                    f"'{STEADY_STATE}({name})' needs a closed form; add a "
                    "'steady_state_model' block, or a parameter for its value",
                )
            found[symbol] = closed[Dated(name)]
        return tuple(
            replace(e, left=put(e.left, found), right=put(e.right, found))
            for e in self.equations
        )

    def _other(self, token: Token) -> None:
        """A statement that is skipped, or refused with what to do instead."""
        word = token.text.lower()
        if token.text in SKIPPED_LINES:
            while self.tokens.next.line == token.line and not self.tokens.accept(";"):
                if self.tokens.take().kind == "end":
                    break
        elif word in SKIPPED_BLOCKS:
            while not (self.tokens.accept("end") and self.tokens.accept(";")):
                if self.tokens.take().kind == "end":
                    raise self.tokens.error(
                        token, f"'{word}' is never closed by 'end;'"
                    )
        elif word in SKIPPED:
            while not self.tokens.accept(";"):
                if self.tokens.take().kind == "end":
                    raise self.tokens.error(token, f"'{word}' is never closed by ';'")
        else:
            advice = REFUSED.get(token.text) or REFUSED.get(word)
            if advice is None:
                known = ["var", "varexo", "parameters", "model", "initval", "shocks"]
                known += ["steady_state_model", *SKIPPED, *REFUSED]
                message = not_found("statement", token.text, known)
                raise self.tokens.error(token, message)
            raise self.tokens.error(token, f"'{token.text}' is not read: {advice}")

    def _declare(self, keyword: Token, kind: str) -> None:
        """``var``, ``varexo`` or ``parameters`` with names and what they stand for."""
        if self.tokens.next.text == "(":
            raise self.tokens.error(
                keyword, f"'{keyword.text}(...)' is not read: detrend the model by hand"
            )
        while not self.tokens.accept(";"):
            token = self.tokens.name(f"the name of a {kind}, or ';'")
            name = token.text
            if name in self.declared:
                raise self.tokens.error(
                    token, f"'{name}' is declared as a {self.declared[name]} already"
                )
            if name.lower() in FUNCTIONS:
                raise self.tokens.error(
                    token, f"'{name}' is the name of a function; rename the {kind}"
                )
            self.declared[name] = kind
            latex = default_latex(name)
            if self.tokens.next.kind == "latex":
                latex = self.tokens.take().text[1:-1]
            text = self._annotations().get("long_name", "")
            self.tokens.accept(",")
            if kind == "variable":
                self.variables.append(Variable(name, latex, "", text))
            elif kind == "shock":
                self.shocks.append(Shock(name, latex, text))
            else:
                self.parameters.append(
                    Parameter(name, latex, "", -math.inf, math.inf, text, period="none")
                )

    def _annotations(self) -> dict[str, str]:
        """``(key='text', ...)`` after a declared name."""
        found: dict[str, str] = {}
        if not self.tokens.accept("("):
            return found
        while not self.tokens.accept(")"):
            key = self.tokens.name("a key such as long_name")
            self.tokens.expect("=")
            token = self.tokens.take()
            if token.kind != "string":
                raise self.tokens.error(token, f"'{key.text}' needs a text in quotes")
            found[key.text.lower()] = token.text[1:-1]
            self.tokens.accept(",")
        return found

    def _expression(self, scope: Scope) -> sp.Expr:
        return Expressions(self.tokens, scope).read()

    def _parameters_scope(self, kind: str) -> Scope:
        return Scope(kind, {p.name: fixed(p.name) for p in self.parameters})

    def _assign(self, token: Token) -> None:
        """``parameter = expression;``, evaluated at once."""
        name = token.text
        if self.declared.get(name) != "parameter":
            message = not_found("parameter", name, [p.name for p in self.parameters])
            raise self.tokens.error(token, f"{message}; only parameters are assigned")
        self.tokens.expect("=")
        scope = self._parameters_scope("the value of a parameter")
        expression = self._expression(scope)
        self.tokens.expect(";")
        for symbol in sorted(str(s) for s in expression.free_symbols):
            if symbol not in self.values:
                raise self.tokens.error(
                    token, f"'{symbol}' has no value yet; assign it before '{name}'"
                )
        exact = {fixed(n): sp.Float(v) for n, v in self.values.items()}
        value = sp.N(expression.xreplace(exact), 25)
        if not value.is_real or not abs(value) < sys.float_info.max:
            raise self.tokens.error(token, f"'{name}' has no real, finite value")
        self.values[name] = float(value)

    def _model(self, keyword: Token) -> None:
        for option in self._options():
            if option.text.lower() not in _MODEL_OPTIONS:
                raise self.tokens.error(
                    option, f"'model({option.text})' is not read: remove the option"
                )
        self.tokens.expect(";")
        while not self._ends(keyword):
            self._equation()

    def _options(self) -> list[Token]:
        found = []
        if self.tokens.accept("("):
            while not self.tokens.accept(")"):
                found.append(self.tokens.name("an option"))
                self.tokens.accept(",")
        return found

    def _ends(self, keyword: Token) -> bool:
        """Whether the block ends here; an error if the file ends first."""
        if self.tokens.next.kind == "end":
            raise self.tokens.error(
                keyword, f"the block '{keyword.text}' is never closed by 'end;'"
            )
        if self.tokens.next.text.lower() != "end":
            return False
        self.tokens.take()
        self.tokens.expect(";")
        return True

    def _model_scope(self) -> Scope:
        moving = (*self.variables, *self.shocks)
        return Scope(
            "the model",
            {p.name: fixed(p.name) for p in self.parameters},
            tuple(r.name for r in moving),
            dated,
            self.local,
            self._stand_in,
        )

    def _stand_in(self, name: str, token: Token) -> sp.Expr:
        if self.declared[name] == "shock":
            return sp.S.Zero
        symbol = sp.Symbol(f"{STEADY_STATE}({name})", real=True)
        self.at_rest.setdefault(symbol, (name, token))
        return symbol

    def _equation(self) -> None:
        """One equation, or the definition of a local variable."""
        if self.tokens.accept("#"):
            token = self.tokens.name("the name of a local variable")
            if token.text in self.declared or token.text in self.local:
                raise self.tokens.error(token, f"'{token.text}' is declared already")
            self.tokens.expect("=")
            value = self._expression(self._model_scope())
            self.tokens.expect(";")
            self.local[token.text] = value
            return
        tags = self._tags()
        first = self.tokens.next
        left = self._expression(self._model_scope())
        right: sp.Expr = sp.S.Zero
        if self.tokens.accept("="):
            right = self._expression(self._model_scope())
        self.tokens.expect(";")
        name = tags.get("name", f"equation_{len(self.equations) + 1}")
        if name in self.lines:
            raise self.tokens.error(
                first, f"equation '{name}' stands on line {self.lines[name]} already"
            )
        self.equations.append(Equation(name, left, right, tags.get("description", "")))
        self.lines[name] = first.line

    def _tags(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if not self.tokens.accept("["):
            return found
        while not self.tokens.accept("]"):
            key = self.tokens.name("a tag such as name='...'")
            if key.text.lower() in _TAGS_WITH_MEANING:
                raise self.tokens.error(
                    key, f"the tag '{key.text}' is not read: keep one plain equation"
                )
            self.tokens.expect("=")
            token = self.tokens.take()
            if token.kind != "string":
                raise self.tokens.error(token, f"'{key.text}' needs a text in quotes")
            found[key.text.lower()] = token.text[1:-1]
            self.tokens.accept(",")
        return found

    def _initval(self, keyword: Token) -> None:
        """Starting values: expressions in parameters and in variables set before."""
        self._options()
        self.tokens.expect(";")
        while not self._ends(keyword):
            scope = self._parameters_scope("a starting value")
            scope.symbols |= {s.name: sp.S.Zero for s in self.shocks} | self.guesses
            token = self.tokens.name("a variable")
            self.tokens.expect("=")
            value = self._expression(scope)
            self.tokens.expect(";")
            kind = self.declared.get(token.text)
            if kind == "shock":
                if value != 0:
                    raise self.tokens.error(
                        token,
                        f"the shock '{token.text}' rests at zero; use a parameter",
                    )
            elif kind == "variable":
                self.guesses[token.text] = value
            else:
                names = [v.name for v in self.variables]
                raise self.tokens.error(token, not_found("variable", token.text, names))

    def _steady_state_model(self, keyword: Token) -> None:
        """Closed form: assignments in order, of variables and of helpers."""
        self.tokens.expect(";")
        scope = self._parameters_scope("the closed form of the steady state")
        scope.symbols |= {s.name: sp.S.Zero for s in self.shocks}
        while not self._ends(keyword):
            if self.tokens.next.text == "[":
                raise self.tokens.error(
                    self.tokens.next, "functions of the host language are not run here"
                )
            token = self.tokens.name("a variable or helper")
            kind = self.declared.get(token.text, "variable")
            if kind != "variable":
                raise self.tokens.error(
                    token, f"the {kind} '{token.text}' is assigned in a steady state; "
                    "assign it before the model or use a helper of another name",
                )  # fmt: skip
            self.tokens.expect("=")
            value = self._expression(scope)
            self.tokens.expect(";")
            self.steady_state = [s for s in self.steady_state if s[0] != token.text]
            self.steady_state.append((token.text, value))
            scope.symbols[token.text] = dated(token.text, 0)
        missing = {v.name for v in self.variables} - {n for n, _ in self.steady_state}
        if missing:
            raise self.tokens.error(
                keyword, f"no steady state is given for {', '.join(sorted(missing))}"
            )

    def _shocks(self, keyword: Token) -> None:
        if any(o.text.lower() == "overwrite" for o in self._options()):
            self.entries = ShockEntries(self.tokens)
        self.tokens.expect(";")
        names = [s.name for s in self.shocks]
        scope = self._parameters_scope("the variance of a shock")
        while not self._ends(keyword):
            self.entries.read(names, scope)
