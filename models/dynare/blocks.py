"""The blocks of a Dynare file: model, starting values, steady state, shocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from ..declaration import Dated, Equation, fixed, not_found
from ..general.model import dated, put, shift
from .bounds import bound_behind, tagged_bound
from .contents import Contents
from .expressions import STEADY_STATE, Expressions, Scope
from .macros import DynareFileError
from .numbers import CONSTANTS, skip_no_number
from .plans import Tagged, names_in_tag
from .tokens import Token

# How a model is computed in Dynare; `linear` holds for the equations as they are.
_MODEL_OPTIONS = {
    "linear", "use_dll", "bytecode", "block", "no_static", "mfs", "cutoff", "parallel",
    "fast", "static_mfs", "balanced_growth_test_tol", "linear_decomposition",
}  # fmt: skip
# Entries of most blocks start with any name.
_ANY: frozenset[str] = frozenset()
# No entry starts with these where a semicolon or parenthesis follows.
_OPENING = frozenset(
    {"model", "initval", "endval", "histval", "shocks", "mshocks", "steady_state_model",
     "occbin_constraints", "estimated_params", "steady", "check", "stoch_simul"}
)  # fmt: skip
# Tags without a text: the equation holds at rest only, or everywhere else.
_ALONE = {"static", "dynamic"}


class Blocks(Contents):
    """Reads blocks entry by entry; what is wrong in one is kept, and the next comes."""

    def _trying(
        self, read: Callable[[], None], block: bool = False, heads: frozenset = _ANY
    ) -> None:
        """Read; what is wrong is kept, and the next statement comes.

        In a ``block`` entries start with one of the words ``heads``.
        """
        start = self.tokens.place
        try:
            read()
        except DynareFileError as problem:
            self.problems.append(problem)
            if not problem.resumes:
                self._recover(start, block, heads)

    def _recover(self, start: int, block: bool, heads: frozenset) -> None:
        """Go behind the next semicolon, in a block not behind its ``end;``."""
        tokens = self.tokens
        if tokens.place == start:
            tokens.take()
        while tokens.next.kind != "end":
            begins = not heads or tokens.next.text.lower() in heads
            if tokens.tokens[tokens.place - 1].text == ";" and begins:
                return
            closing = tokens.next.text == "end" and tokens.ahead(1).text == ";"
            if block and closing:
                return
            tokens.take()

    def _model(self, keyword: Token) -> None:
        for option in self._options():
            if option.text.lower() not in _MODEL_OPTIONS:
                self.problems.append(
                    self.tokens.error(
                        option, f"'model({option.text})' is not read: remove the option"
                    )
                )
        self._opened()
        self._each(keyword, self._equation)

    def _opened(self) -> None:
        """The semicolon behind the first word of a block; one that misses is kept."""
        self._trying(lambda: self.tokens.expect(";") and None)

    def _each(
        self, keyword: Token, read: Callable[[], None], heads: frozenset = _ANY
    ) -> None:
        """Read entries up to the end of a block; what is wrong in them is kept."""
        while not self._ends(keyword):
            self._trying(read, block=True, heads=heads)

    def _model_remove(self, keyword: Token) -> None:
        """Remove equations by name."""
        self.tokens.expect("(")
        self._remove()
        self.tokens.expect(";")

    def _model_replace(self, keyword: Token) -> None:
        """Replace equations by those of the block."""
        self.tokens.expect("(")
        self._remove()
        self.tokens.expect(";")
        self._each(keyword, self._equation)

    def _remove(self) -> None:
        while not self.tokens.accept(")"):
            token = self.tokens.take()
            if token.text == "[":
                key = self.tokens.name("name").text.lower()
                self.tokens.expect("=")
                token = self.tokens.take()
                self.tokens.expect("]")
                if key != "name":
                    raise self.tokens.error(
                        token, "equations are chosen by 'name' only"
                    )
            name = token.text.strip("'\"")
            names = [e.name for e in self.equations]
            if token.kind != "string" or name not in names:
                raise self.tokens.error(token, not_found("equation", name, names))
            self.equations = [e for e in self.equations if e.name != name]
            self.lines.pop(name)
            self.tokens.accept(",")

    def _ends(self, keyword: Token) -> bool:
        """Whether the block ends here; an error if the file ends first."""
        if self.tokens.next.kind == "end":
            raise self.tokens.error(
                keyword, f"the block '{keyword.text}' is never closed by 'end;'"
            )
        word, after = self.tokens.next, self.tokens.ahead(1).text
        known = word.text in self.declared
        if word.text.lower() in _OPENING and after in (";", "(") and not known:
            found = self.tokens.error(
                keyword,
                f"the block '{keyword.text}' is not closed by 'end;' before "
                f"'{word.text}' on line {word.line}",
            )
            raise DynareFileError(str(found), resumes=True)
        if word.text.lower() != "end":
            return False
        self.tokens.take()
        self.tokens.expect(";")
        return True

    def _model_scope(self) -> Scope:
        scope = Scope(
            "the model",
            {**CONSTANTS, **{n: fixed(n) for n in self.parameters}},
            (*self.variables, *self.shocks),
            self._moving,
            self.local,
            self._stand_in,
            self._expected,
            lost={
                n: t.line
                for n, t in self.numbers.lost.items()
                if n not in self.declared
            },
            kinks=self.kinks,
            external=self.external,
            still=self.parameters,
            dated=self.dated,
        )
        for name in (*self.variables, *self.shocks, *self.local):
            scope.symbols.pop(name, None)
        return scope

    def _stand_in(self, name: str, token: Token) -> sp.Expr:
        symbol = sp.Symbol(f"{STEADY_STATE}({name})", real=True)
        self.at_rest.setdefault(symbol, name)
        return symbol

    def _expected(self, inside: sp.Expr, lag: int, token: Token) -> sp.Expr:
        """What was expected ``lag`` periods ago, the lag of a variable for it."""
        if lag == 0:
            return inside
        ahead = shift(inside, lag)
        count = len(self.expectations) + 1
        default = (f"AUX_EXPECTATION_{count}", token.line)
        name, _ = self.expectations.setdefault(ahead, default)
        return dated(name, -lag)

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
        opening = self.tokens.next
        tags = self._tags()
        first = self.tokens.next
        reader = Expressions(self.tokens, self._model_scope())
        left, right = reader.read(), sp.S.Zero
        if self.tokens.accept("="):
            right = reader.read()
        behind = bound_behind("", reader, self.variables)
        self.tokens.expect(";")
        if "bind" in tags:
            self.plan.versions.append(Tagged(tags, left, right, first))
            return
        name = given = tags.get("name", f"equation_{len(self.equations) + 1}")
        count = 1
        while name in self.lines:
            count += 1
            name = f"{given}_{count}"
        if name != given and "name" in tags:
            self.notes.append(
                f"The equation name {given} stands on lines {self.lines[given]} and "
                f"{first.line}: the second one is {name}."
            )
        equation = Equation(name, left, right, tags.get("description", ""))
        self.lines[name] = first.line
        if "static" in tags:
            self.static.append(equation)
            return
        self.equations.append(equation)
        if "dynamic" in tags:
            self.dynamic.append(name)
        if "relax" in tags:
            self.plan.relaxed[name] = names_in_tag(tags["relax"])
        if "mcp" in tags:
            bound = tagged_bound(name, tags["mcp"], opening, reader, self.variables)
            self.plan.bounds.append((bound, opening))
        if behind is not None:
            self.plan.bounds.append((replace(behind, equation=name), opening))

    def _tags(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if not self.tokens.accept("["):
            return found
        while not self.tokens.accept("]"):
            key = self.tokens.name("a tag such as name='...'")
            if not self.tokens.accept("="):
                if key.text.lower() in _ALONE:
                    found[key.text.lower()] = ""
                self.tokens.accept(",")
                continue
            found[key.text.lower()] = self.tokens.text(key)
            self.tokens.accept(",")
        return found

    def _initval(self, keyword: Token) -> None:
        """Starting values: expressions in parameters and in variables set before."""
        if "initval" in self.plan.rests:
            # Values on top of where the economy rests, for which steady was asked.
            self.plan.since = set()
        self.plan.given.add("initval")
        self.plan.rests.discard("initval")
        self.plan.block = "initval"
        self._options()
        self._opened()
        self._each(keyword, self._starting_value)

    def _starting_value(self) -> None:
        scope = self.numbers.scope("a starting value")
        scope.symbols |= {n: self.means.get(n, sp.S.Zero) for n in self.shocks}
        scope.symbols |= self.guesses
        token = self.tokens.name("a variable")
        self.tokens.expect("=")
        kind = self.declared.get(token.text)
        if skip_no_number(self.tokens):
            return
        value = self._expression(scope)
        self.tokens.expect(";")
        since = self.plan.since
        if since is not None:
            since.add(token.text)
        if kind == "shock":
            if since is not None and value != self.means.get(token.text, sp.S.Zero):
                self.plan.missing.append(
                    f"the level of the shock '{token.text}' on line {token.line} "
                    "changes after 'steady': write it into 'endval' or 'shocks'"
                )
            if value.has(sp.Symbol) and any(
                isinstance(s, Dated) for s in value.free_symbols
            ):
                raise self.tokens.error(
                    token, "a level of a shock needs parameters only"
                )
            self.means.pop(token.text, None)
            if value != 0:
                self.means[token.text] = value
        elif kind == "variable":
            self.guesses[token.text] = value
        elif kind == "parameter":
            self.numbers.assign(token, value)
        else:
            names = list(self.variables)
            raise self.tokens.error(token, not_found("variable", token.text, names))

    def _steady_state_model(self, keyword: Token) -> None:
        """Closed form: assignments in order, of variables, parameters and helpers."""
        self._opened()
        self.steady_state = []
        scope = self.numbers.scope("the closed form of the steady state")
        scope.symbols |= {n: Dated(n) for n in self.shocks}
        self._each(keyword, lambda: self._closed_form(scope))
        assigned = {n for n, _ in self.steady_state}
        missing = [n for n in self.variables if n not in assigned]
        self.incomplete = bool(missing)

    def _closed_form(self, scope: Scope) -> None:
        if self.tokens.next.text == "[":
            raise self.tokens.error(
                self.tokens.next, "functions of the host language are not run here"
            )
        token = self.tokens.name("a variable or helper")
        self.tokens.expect("=")
        value = self._expression(scope)
        self.tokens.expect(";")
        self._close(token, value, scope)

    def _close(self, token: Token, value: sp.Expr, scope: Scope) -> None:
        """Add a step to the closed form."""
        name = token.text
        if self.declared.get(name) == "shock":
            raise self.tokens.error(
                token,
                f"the shock '{name}' is assigned in a steady state; give its level in "
                "'initval'",
            )
        if name in {n for n, _ in self.steady_state}:
            # An earlier value that later lines have used keeps its place.
            value = put(value, {Dated(name): dict(self.steady_state)[name]})
            self.steady_state = self._inlined(name)
        self.steady_state.append((name, value))
        is_parameter = name in self.parameters
        scope.symbols[name] = fixed(name) if is_parameter else dated(name, 0)

    def _inlined(self, name: str) -> list[tuple[str, sp.Expr]]:
        old = dict(self.steady_state)[name]
        symbols: dict[sp.Basic, sp.Expr] = {Dated(name): old, fixed(name): old}
        return [(n, put(e, symbols)) for n, e in self.steady_state if n != name]
