"""What was read of a Dynare file so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import sympy as sp

from ..declaration import Equation, Parameter, Shock
from ..general.assignments import number
from ..general.model import Variable, dated
from .expressions import Expressions, Scope
from .macros import DynareFileError
from .numbers import Assignments
from .plans import EstimatedEntry, Plan
from .shocks import ShockEntries
from .tokens import Token, Tokens


class Contents:
    """Declarations, equations and values by name, in the order of the file."""

    def __init__(self, tokens: Tokens, folder: Path | None = None):
        self.tokens = tokens
        self.folder = folder
        self.problems: list[DynareFileError] = list(tokens.problems)
        self.declared: dict[str, str] = {}
        self.variables: dict[str, Variable] = {}
        self.shocks: dict[str, Shock] = {}
        self.parameters: dict[str, Parameter] = {}
        self.numbers = Assignments(tokens)
        self.equations: list[Equation] = []
        self.static: list[Equation] = []
        self.dynamic: list[str] = []
        self.lines: dict[str, int] = {}
        self.steady_state: list[tuple[str, sp.Expr]] = []
        self.incomplete = False
        self.guesses: dict[str, sp.Expr] = {}
        self.means: dict[str, sp.Expr] = {}
        self.entries = ShockEntries(tokens, self.numbers.snapshot)
        self.at_rest: dict[sp.Symbol, str] = {}
        self.expectations: dict[sp.Expr, tuple[str, int]] = {}
        self.local: dict[str, sp.Expr] = {}
        self.external: set[str] = set()
        self.dated: dict[str, Token] = {}
        self.known_ahead: list[str] = []
        self.predetermined: set[str] = set()
        self.observed: list[str] = []
        self.kinks: list[Token] = []
        self.skipped: list[Token] = []
        self.simulated: list[Token] = []
        self.notes: list[str] = []
        self.plan = Plan()
        self.levels: dict[str, str] = {}
        self.copies: list[str] = []
        self.estimated: dict[str, EstimatedEntry] = {}
        self.trends: dict[str, sp.Expr] = {}
        self.not_estimated: list[str] = []
        self.statements: dict[str, Callable[[Token], None]] = {}

    def _expression(self, scope: Scope) -> sp.Expr:
        scope.external = self.external
        return Expressions(self.tokens, scope).read()

    def _number(self, expression: sp.Expr, values: Mapping[str, float]) -> float | None:
        """Value of an expression; None where there is none, or a name has none."""
        try:
            return number(expression, values)
        except KeyError:
            return None

    def _options(self) -> list[Token]:
        """Names in parentheses; what they are set to is left out."""
        found = []
        if self.tokens.accept("("):
            while not self.tokens.accept(")"):
                found.append(self.tokens.name("an option"))
                if self.tokens.accept("="):
                    self.tokens.accept("-")
                    self.tokens.take()
                self.tokens.accept(",")
        return found

    def _settings(self, keyword: Token) -> dict[str, str]:
        """Options in parentheses with what they are set to, nothing by default."""
        found: dict[str, str] = {}
        if not self.tokens.accept("("):
            return found
        depth, name, valued = 1, "", False
        while depth:
            token = self.tokens.take()
            if token.kind == "end":
                raise self.tokens.error(keyword, f"'{keyword.text}(' is never closed")
            depth += (token.text in "([") - (token.text in ")]")
            if depth == 1 and token.kind == "name" and not valued:
                name = token.text
                found[name] = ""
            elif depth == 1 and token.text in (",", "="):
                valued = token.text == "="
            elif depth:
                found[name] = found.get(name, "") + token.text
        return found

    def _to_semicolon(self, keyword: Token) -> None:
        while not self.tokens.accept(";"):
            if self.tokens.take().kind == "end":
                raise self.tokens.error(
                    keyword, f"'{keyword.text}' is never closed by ';'"
                )

    def _skip(self, token: Token) -> None:
        """A command of Dynare, which ends with a semicolon."""
        self.skipped.append(token)
        self._to_semicolon(token)

    def _moving(self, name: str, date: int) -> sp.Expr:
        return dated(name, date - (name in self.predetermined))
