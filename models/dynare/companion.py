"""Steady states in a file beside the model: ``FILE_steadystate.m``.

Of the host language assignments of numbers and formulas are read, as those of a block
``steady_state_model``: ``x = formula``, ``x = M_.params(3)``, ``ys(2) = formula`` and
``ys = [a; b; c]``. Loops that copy parameters and variables are what every such file
begins and ends with; they are left out. What depends on anything else is refused by
line.
"""

from __future__ import annotations

import sympy as sp

from ..declaration import Dated, fixed
from . import host
from .blocks import Blocks
from .expressions import Expressions, Scope
from .macros import DynareFileError
from .tokens import Token, Tokens

SUFFIX = "_steadystate.m"
_DECLARING = frozenset({"function", "global", "persistent", "return", "end"})
# Results of such a file that no equation holds.
_FLAGS = frozenset({"check", "info", "penalty"})


class Companion(Blocks):
    """Reads the closed form of a steady state from a file of the host language."""

    def _read_companion(self, tokens: Tokens) -> None:
        """Take the closed form from the tokens of the file."""
        scope = self.numbers.scope("the steady state")
        scope.symbols |= {n: Dated(n) for n in self.shocks}
        scope.lost = dict(scope.lost)
        exported = _exports(tokens)
        started, before = False, len(self.problems)
        own, self.tokens = self.tokens, tokens
        self.unread: set[str] = set()
        try:
            while tokens.next.kind != "end":
                token = tokens.take()
                if token.text == "function" and started:
                    break
                started = started or token.text == "function"
                if token.text not in (";", ","):
                    self._companion_statement(token, scope, exported)
        finally:
            self.tokens = own
        assigned = {n for n, _ in self.steady_state}
        missing = [n for n in self.variables if n not in assigned]
        self.incomplete = bool(missing)
        problems = self.problems[before:]
        moved = any(
            t.text in self.parameters for t in host.assigned(tokens.tokens) if exported
        )
        if problems and self.guesses and not moved:
            # What is searched for from starting values does not need the file.
            del self.problems[before:]
            self.steady_state = []
            self.incomplete = False
            self.notes.append(
                f"{tokens.file} is not followed ({problems[0]}): the steady state is "
                "searched for from initval."
            )
        elif not problems:
            self.notes.append(f"The steady state is that of {tokens.file}.")

    def _companion_statement(self, token: Token, scope: Scope, exported: bool) -> None:
        tokens = self.tokens
        start = tokens.place
        try:
            if token.text in _DECLARING:
                _skip_row(tokens, token)
            elif token.text in host.BLOCKS:
                self._lose(host.assigned(host.skip_block(tokens, token)), scope, token)
            elif token.text in _FLAGS and tokens.next.text == "=":
                host.skip_statement(tokens, token)
            elif token.text == "ys" and tokens.next.text in ("=", "("):
                self._all_values(token, scope)
            elif token.kind == "name" and tokens.next.text == "=":
                tokens.take()
                self._companion_value(token, scope, exported)
            else:
                skipped = [token, *host.skip_statement(tokens, token)]
                self._lose(host.assigned(skipped), scope, token)
        except DynareFileError as problem:
            tokens.place = start
            skipped = [token, *host.skip_statement(tokens, token)]
            # What follows from a value that is missing is not told again.
            follows = any(t.text in self.unread for t in skipped[1:])
            if token.text in self.declared or token.text == "ys":
                self.unread.add(token.text)
                if not follows:
                    self.problems.append(problem)
            elif follows:
                self.unread.add(token.text)
            else:
                scope.lost = {**scope.lost, token.text: token.line}
            scope.symbols.pop(token.text, None)

    def _companion_value(self, token: Token, scope: Scope, exported: bool) -> None:
        value = self._parameter_by_place()
        if value is None:
            value = Expressions(self.tokens, scope).read()
        after = self.tokens.next
        ends = after.kind == "end" or after.row != token.row
        if not ends and after.text not in (";", ",", "end"):
            raise self.tokens.error(after, f"'{after.text}' is not read here")
        name = token.text
        if value == fixed(name) and name in self.parameters:
            return
        if name in self.parameters and not exported:
            # Parameters that a file does not return are its own.
            scope.symbols[name] = value
            return
        self._close(token, value, scope)

    def _parameter_by_place(self) -> sp.Expr | None:
        """``M_.params(3)``: the third parameter."""
        tokens = self.tokens
        texts = [tokens.ahead(k).text for k in range(6)]
        if texts[:4] != ["M_", ".", "params", "("] or not texts[4].isdigit():
            return None
        names = list(self.parameters)
        place = int(texts[4])
        if texts[5] != ")" or not 1 <= place <= len(names):
            return None
        for _ in texts:
            tokens.take()
        return fixed(names[place - 1])

    def _all_values(self, token: Token, scope: Scope) -> None:
        """``ys(2) = x`` or ``ys = [x; y]``, in the order of declaration."""
        tokens, names = self.tokens, list(self.variables)
        if tokens.accept("("):
            place = tokens.take()
            if tokens.accept(","):
                tokens.take()
            tokens.expect(")")
            tokens.expect("=")
            if not place.text.isdigit() or not 1 <= int(place.text) <= len(names):
                host.skip_statement(tokens, token)
                return
            self._place(token, names[int(place.text) - 1], scope)
            return
        tokens.expect("=")
        if not tokens.accept("["):
            host.skip_statement(tokens, token)
            return
        for name in names:
            self._place(token, name, scope)
            while tokens.next.text in (";", ","):
                tokens.take()
        tokens.expect("]")

    def _place(self, token: Token, name: str, scope: Scope) -> None:
        value = Expressions(self.tokens, scope).read()
        if value != Dated(name):
            where = Token("name", name, token.line, token.file, token.row)
            self._close(where, value, scope)

    def _lose(self, names: list[Token], scope: Scope, statement: Token) -> None:
        """Names that are computed where nothing is run."""
        scope.lost = {**scope.lost, **{t.text: t.line for t in names}}
        for token in names:
            scope.symbols.pop(token.text, None)
            if token.text in self.variables and token.text not in self.unread:
                self.unread.add(token.text)
                self.problems.append(
                    self.tokens.error(token, host.not_run(token.text, statement.line))
                )


def _skip_row(tokens: Tokens, token: Token) -> None:
    while tokens.next.kind != "end" and tokens.next.row == token.row:
        tokens.take()


def _exports(tokens: Tokens) -> bool:
    """Whether the file returns parameters: they are assigned or copied by a loop."""
    texts = [t.text for t in tokens.tokens]
    returned = "params" in texts[: texts.index(")") if ")" in texts else 0]
    written = any(
        t.kind == "string" and "params(" in t.text.replace(" ", "") and "M_" in t.text
        for t in tokens.tokens
    )
    return returned or written
