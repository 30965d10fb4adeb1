"""Dynare files (``.mod``) as models in the general form.

Read are: macros; comments; ``var``, ``varexo``, ``varexo_det``, ``parameters`` with
``$latex$`` and ``(long_name='...')``, ``predetermined_variables``, ``change_type``;
assignments of parameters and of numbers of the host language, evaluated where they
stand; ``model`` with equations, ``[name='...']``, ``[static]`` and ``[dynamic]`` tags,
local ``#`` variables, ``steady_state(x)``, leads and lags of any length,
``model_replace`` and ``model_remove``; ``initval`` (starting values, levels of shocks),
``steady_state_model`` (parameters too), ``varobs``, ``shocks`` with ``stderr``,
variances, covariances, ``corr`` and measurement errors. A shock without an entry has
variance zero, as in Dynare. Of paths: ``endval``, ``histval``, ``shocks`` with
``periods`` and ``values`` (``surprise``, ``learnt_in``), ``mshocks``, ``initval_file``
and ``histval_file`` (comma-separated values), the statements that solve them, bounds
(``[mcp='r > 0']``, ``_|_ r > 0``), and ``occbin_constraints`` with equations tagged
``bind`` and ``relax``. Of estimations: ``estimated_params`` with its ``_init``,
``_bounds`` and ``_remove``, ``observation_trends``, data, dates and draws of
``estimation``. Where there is no closed form, that
of ``FILE_steadystate.m`` (``companion``). What only computes or prints is skipped,
statements of the host language too, and noted. Everything else is refused, all of it at
once, with lines and with what to do instead.
"""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path

import sympy as sp

from ...errors import user_path
from ..declaration import Shock, fixed, not_found
from ..general.model import DynamicModel, Variable, dated
from . import host
from .assembly import Assembly, parameter
from .companion import SUFFIX, Companion
from .expressions import FUNCTIONS, Expressions, Scope
from .macros import DynareFileError, expanded
from .numbers import skip_no_number
from .paths import Paths
from .skipping import Skipping
from .tokens import Token, Tokens, tokens_of
from .words import default_latex

_KINDS = {
    "var": "variable",
    "varexo": "shock",
    "varexo_det": "shock",
    "parameters": "parameter",
}
# Problems of one file that are told.
_SHOWN = 40


def read_mod(path: str | Path) -> DynamicModel:
    """Read the Dynare file ``path``; the model is named after the file.

    ``FILE_steadystate.m`` beside it gives the steady state where the file does not.

    Raises
    ------
    DynareFileError
        All that is wrong or outside the subset, with the lines.
    FiscaxError
        The file cannot be read.
    """
    path = Path(path)
    with user_path(path):
        text = _decoded(path.read_bytes())
    beside = path.with_name(path.stem + SUFFIX)
    companion = None
    if beside.is_file():
        with user_path(beside):
            own = _decoded(beside.read_bytes())
        companion = tokens_of(own.replace("\r\n", "\n"), beside.name)
    tokens = _tokens(text, path.stem, path.parent)
    return _Reader(tokens, companion, path.parent).read()


def read_mod_text(text: str, name: str) -> DynamicModel:
    """Read the text of a Dynare file.

    Raises
    ------
    DynareFileError
        All that is wrong or outside the subset, with the lines.
    """
    return _Reader(_tokens(text, name, None)).read()


def _decoded(content: bytes) -> str:
    """Text of a file; older files are in other encodings, texts and comments suffer."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if wide else "utf-8-sig", errors="replace")


def _tokens(text: str, name: str, folder: Path | None) -> Tokens:
    lines = expanded(text.replace("\r\n", "\n").replace("\r", "\n"), name, folder)
    return tokens_of(lines, name)


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


class _Reader(Paths, Companion, Skipping, Assembly):
    """Reads statement by statement; names must be declared before they are used."""

    def __init__(
        self,
        tokens: Tokens,
        companion: Tokens | None = None,
        folder: Path | None = None,
    ):
        super().__init__(tokens, folder)
        self.companion = companion
        self.statements = {
            **dict.fromkeys(_KINDS, self._declare),
            "predetermined_variables": self._predetermined,
            "change_type": self._change_type,
            "model": self._model,
            "model_replace": self._model_replace,
            "model_remove": self._model_remove,
            "initval": self._initval,
            "steady_state_model": self._steady_state_model,
            "varobs": self._varobs,
            "stoch_simul": self._stoch_simul,
            "external_function": self._external_function,
            "set_param_value": self._set_param_value,
            **self._path_statements(),
            **self._estimation_statements(),
        }

    def read(self) -> DynamicModel:
        """The model.

        Raises
        ------
        DynareFileError
            All problems of the file.
        """
        while self.tokens.next.kind != "end":
            if not self.tokens.accept(";"):
                self._trying(self._statement)
        model = None
        if self.companion is not None and not self.steady_state:
            self._read_companion(self.companion)
        if not self.problems:
            self._trying(self._check)
        if not self.problems:
            model = self._finish()
        if model is None:
            raise _all_of(self.problems)
        return model

    def _statement(self) -> None:
        token = self.tokens.next
        if token.text == "[":
            self._host(self.tokens.take())
            return
        token = self.tokens.name("a statement")
        word = token.text.lower()
        if self.tokens.next.text == "=":
            self._assign(token)
        elif word in self.statements:
            self.statements[word](token)
        else:
            self._other(token)

    def _varobs(self, keyword: Token) -> None:
        while not self.tokens.accept(";"):
            token = self.tokens.name("the name of an observed variable, or ';'")
            if token.text not in self.variables:
                names = list(self.variables)
                raise self.tokens.error(token, not_found("variable", token.text, names))
            if token.text not in self.observed:
                self.observed.append(token.text)
            self.tokens.accept(",")

    def _declare(self, keyword: Token) -> None:
        """``var``, ``varexo`` or ``parameters`` with names and what they stand for."""
        kind = _KINDS[keyword.text.lower()]
        if self.tokens.next.text == "(":
            raise self.tokens.error(
                keyword, f"'{keyword.text}(...)' is not read: detrend the model by hand"
            )
        while not self.tokens.accept(";"):
            starts = self.tokens.next
            if starts.text.lower() in self.statements and starts.row > keyword.row:
                raise self.tokens.unfinished()
            token = self.tokens.name(f"the name of a {kind}, or ';'")
            name = token.text
            if self.declared.get(name, kind) != kind:
                raise self.tokens.error(
                    token, f"'{name}' is declared as a {self.declared[name]} already"
                )
            if name.lower() in FUNCTIONS:
                raise self.tokens.error(
                    token, f"'{name}' is the name of a function; rename the {kind}"
                )
            if name in self.declared:
                self.notes.append(
                    f"{name} is declared a second time on line {token.line}: one "
                    "declaration counts."
                )
            latex = default_latex(name)
            if self.tokens.next.kind == "latex":
                latex = self.tokens.take().text[1:-1]
            text = self._annotations().get("long_name", "")
            self.tokens.accept(",")
            if name not in self.declared:
                self._add(token, kind, latex, text)
                if keyword.text.lower() == "varexo_det":
                    self.known_ahead.append(name)

    def _add(self, token: Token, kind: str, latex: str, text: str) -> None:
        name = token.text
        self.declared[name] = kind
        if kind == "variable":
            self.variables[name] = Variable(name, latex, "", text)
        elif kind == "shock":
            self.shocks[name] = Shock(name, latex, text)
        else:
            self.parameters[name] = parameter(name, latex, text)
            self.numbers.parameters[name] = token

    def _change_type(self, keyword: Token) -> None:
        """``change_type(var) names;``: declare names as something else."""
        self.tokens.expect("(")
        word = self.tokens.name("'var', 'varexo' or 'parameters'")
        if word.text.lower() not in _KINDS:
            raise self.tokens.error(word, not_found("type", word.text, list(_KINDS)))
        self.tokens.expect(")")
        kind = _KINDS[word.text.lower()]
        while not self.tokens.accept(";"):
            token = self.tokens.name("a declared name, or ';'")
            if token.text not in self.declared:
                names = list(self.declared)
                raise self.tokens.error(token, not_found("name", token.text, names))
            groups = (self.variables, self.shocks, self.parameters)
            record = next(g.pop(token.text) for g in groups if token.text in g)
            self.numbers.parameters.pop(token.text, None)
            self._add(token, kind, record.latex, record.description)
            self.tokens.accept(",")

    def _predetermined(self, keyword: Token) -> None:
        """Stocks dated by when they are decided: all their dates are one earlier."""
        if self.equations:
            raise self.tokens.error(keyword, f"write '{keyword.text}' before 'model'")
        while not self.tokens.accept(";"):
            token = self.tokens.name("the name of a variable, or ';'")
            if token.text not in self.variables:
                names = list(self.variables)
                raise self.tokens.error(token, not_found("variable", token.text, names))
            self.predetermined.add(token.text)
            self.tokens.accept(",")

    def _annotations(self) -> dict[str, str]:
        """``(key='text', ...)`` after a declared name."""
        found: dict[str, str] = {}
        if not self.tokens.accept("("):
            return found
        while not self.tokens.accept(")"):
            key = self.tokens.name("a key such as long_name")
            self.tokens.expect("=")
            found[key.text.lower()] = self.tokens.text(key)
            self.tokens.accept(",")
        return found

    def _assign(self, token: Token) -> None:
        """``parameter = expression;``, or a number of the host language."""
        name = token.text
        kind = self.declared.get(name)
        if kind not in (None, "parameter"):
            names = list(self.parameters)
            message = not_found("parameter", name, names)
            raise self.tokens.error(
                token,
                f"{message}: it is a {kind}; values of variables stand in 'initval' or "
                "'steady_state_model'",
            )
        self.tokens.expect("=")
        if skip_no_number(self.tokens):
            self.numbers.values.pop(name, None)
            return
        start = self.tokens.place
        try:
            expression = self._expression(
                self.numbers.scope("the value of a parameter")
            )
            host_ends = kind is None and (
                self.tokens.next.row != token.row or self.tokens.accept(",")
            )
            if not host_ends:
                self.tokens.expect(";")
            self.numbers.assign(token, expression)
        except DynareFileError:
            if kind == "parameter":
                raise
            self.tokens.place = start
            host.skip_statement(self.tokens, token)
            self.skipped.append(token)
            self.numbers.forget(token)

    def _set_param_value(self, keyword: Token) -> None:
        """``set_param_value('name', value);``, an assignment."""
        self.tokens.expect("(")
        text = self.tokens.take()
        name = text.text.strip("'\"")
        if text.kind != "string" or name not in self.parameters:
            names = list(self.parameters)
            raise self.tokens.error(text, not_found("parameter", name, names))
        self.tokens.expect(",")
        value = self._expression(self.numbers.scope("the value of a parameter"))
        self.tokens.expect(")")
        self.tokens.accept(";")
        self.numbers.assign(replace(text, text=name), value)


def _all_of(problems: list[DynareFileError]) -> DynareFileError:
    """One error of all problems, in the order of their lines; the same only once."""
    texts = list(dict.fromkeys(p for problem in problems for p in problem.problems))
    first, *others = texts
    file = first.split(", line ")[0]
    told = {_without_line(first)}
    shown = [first]
    for text in others:
        if _without_line(text) not in told:
            told.add(_without_line(text))
            shown.append(text.removeprefix(file + ", "))
    more = len(shown) - _SHOWN
    message = "; ".join(shown[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return DynareFileError(message, tuple(texts))


def _without_line(text: str) -> str:
    return text.partition(": ")[2]
