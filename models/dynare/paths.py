"""Blocks of a Dynare file about paths: ends, histories, shocks by period, bounds."""

from __future__ import annotations

import sympy as sp

from ..declaration import Dated, not_found
from ..general.scenario import Constraint
from . import host
from .blocks import Blocks
from .bounds import LESS, compared
from .data_files import read_data_file
from .expressions import Expressions, Scope
from .macros import DynareFileError
from .plans import Entry, Learning, read_stretches
from .shocks import ShockEntries
from .tokens import Token

SOLVING = frozenset(
    {"simul", "perfect_foresight_solver", "occbin_solver",
     "perfect_foresight_with_expectation_errors_solver"}
)  # fmt: skip
SETTING = frozenset(
    {"perfect_foresight_setup", "perfect_foresight_with_expectation_errors_setup",
     "occbin_setup"}
)  # fmt: skip
_SHOCK_HEADS = frozenset({"var", "corr", "end"})
_FILES = frozenset({"initval_file", "histval_file"})
# How a path would be computed, and is not.
_NOT_FOLLOWED = {
    "linear_approximation": "solve at order 1 for linear paths",
    "endogenous_terminal_period": "give the periods of the path",
    "constant_simulation_length": "give the periods of the path",
    "pfwee_periods": "give the periods of the path",
}


class Paths(Blocks):
    """Reads what a path follows; what it means is put together at the end."""

    def _path_statements(self) -> dict:
        return {
            "endval": self._endval,
            "histval": self._histval,
            "steady": self._steady,
            "periods": self._periods,
            "shocks": self._shocks,
            "mshocks": self._shocks,
            "occbin_constraints": self._constraints,
            **dict.fromkeys(SOLVING | SETTING, self._asked),
            **dict.fromkeys(_FILES, self._from_file),
        }

    def _steady(self, keyword: Token) -> None:
        self.plan.rests.add(self.plan.block)
        self._skip(keyword)

    def _from_file(self, keyword: Token) -> None:
        settings = self._settings(keyword)
        self._to_semicolon(keyword)
        known = [*self.variables, *self.shocks]
        try:
            found = read_data_file(self.tokens, keyword, settings, self.folder, known)
        except DynareFileError as problem:
            # Only paths need the file.
            self.plan.missing += problem.problems
            return
        self.plan.files[keyword.text.lower()] = found

    def _periods(self, keyword: Token) -> None:
        """``periods 100;``, the length of a path."""
        self._length(self.tokens.next.text, keyword)
        self._skip(keyword)

    def _length(self, text: str, keyword: Token) -> None:
        """The periods of a path: a number, or a name that has one."""
        value = self.numbers.values.get(text)
        if text.isdigit():
            value = float(text)
        if value is None or not value.is_integer() or value < 1:
            self.plan.missing.append(
                f"the length '{text}' of the path on line {keyword.line} is no whole "
                "number of periods: write one"
            )
            return
        self.plan.periods = int(value)

    def _asked(self, keyword: Token) -> None:
        """A statement that solves a path, or says how long it is."""
        plan, settings = self.plan, self._settings(keyword)
        self._to_semicolon(keyword)
        if keyword.text.lower() in SOLVING:
            plan.asked.append(keyword)
            if self.steady_state and not self.incomplete:
                plan.rests.add(plan.block)
        errors = keyword.text.lower().startswith("perfect_foresight_with_expectation")
        if "endval_steady" in settings or (errors and plan.ending is not None):
            # Ends that are learnt later are resting points as well.
            plan.rests.add("endval")
        for name in ("periods", "simul_periods"):
            if name in settings:
                self._length(settings[name], keyword)
        algorithms = (settings.get("stack_solve_algo"), settings.get("solve_algo"))
        if "lmmcp" in settings or algorithms in (("7", "10"), ("7", "11")):
            plan.complementary = True
        for name in settings:
            if name in _NOT_FOLLOWED:
                plan.missing.append(
                    f"the option '{name}' on line {keyword.line} is not followed: "
                    f"{_NOT_FOLLOWED[name]}"
                )

    def _learning(self, keyword: Token, known: set[str]) -> tuple[int, set[str]]:
        """The date at which a block is learnt, and its other options."""
        settings = self._settings(keyword)
        learnt = settings.pop("learnt_in", "1")
        unknown = sorted({n.lower() for n in settings} - known)
        if unknown or not learnt.isdigit() or int(learnt) < 1:
            # Entries of the block would be read as statements.
            host.skip_block(self.tokens, keyword)
            text = ", ".join(unknown) if unknown else f"learnt_in={learnt}"
            raise self.tokens.error(
                keyword, f"'{keyword.text}({text})' is not read: remove the option"
            )
        self._opened()
        return int(learnt), {n.lower() for n in settings}

    def _endval(self, keyword: Token) -> None:
        """Where a path ends: levels of shocks for ever, starting values of the rest."""
        learnt, _ = self._learning(keyword, {"all_values_required"})
        if learnt == 1:
            self.plan.block = "endval"
            self.plan.given.add("endval")
        ending = {} if self.plan.ending is None else self.plan.ending
        if learnt == 1 or self.plan.ending is not None:
            self.plan.ending = ending
        self._each(keyword, lambda: self._last_value(learnt, ending))

    def _last_value(self, learnt: int, ending: dict[str, sp.Expr]) -> None:
        scope = self._value_scope(self.guesses | ending)
        levels = {e.shock: e for e in self.plan.entries if e.last is None}
        token = self.tokens.name("a variable")
        how = "level"
        if self.tokens.next.text in ("+", "*"):
            how = "add" if self.tokens.take().text == "+" else "multiply"
        self.tokens.expect("=")
        value = self._expression(scope)
        self.tokens.expect(";")
        kind = self.declared.get(token.text)
        if kind == "shock":
            self._constant(token, value)
            levels.pop(token.text, None)
            kept = self.numbers.snapshot(value, token.line)
            self.plan.entries.append(
                Entry(token.text, kept, learnt, None, learnt, how, token.line)
            )
        elif kind == "variable" and how == "level":
            ending[token.text] = value
        else:
            names = [*self.variables, *self.shocks]
            raise self.tokens.error(token, not_found("variable", token.text, names))

    def _histval(self, keyword: Token) -> None:
        """Values before the first period: ``k(0) = 1; x(-1) = 2;``."""
        self._learning(keyword, {"all_values_required"})
        self.plan.history_at = keyword
        self._each(keyword, self._past_value)

    def _past_value(self) -> None:
        token = self.tokens.name("a variable")
        if token.text not in self.variables and token.text not in self.shocks:
            names = [*self.variables, *self.shocks]
            raise self.tokens.error(token, not_found("variable", token.text, names))
        date = 0
        if self.tokens.accept("("):
            sign = -1 if self.tokens.accept("-") else 1
            date = sign * int(self.tokens.take().text)
            self.tokens.expect(")")
        self.tokens.expect("=")
        value = self._expression(self._value_scope(self.guesses))
        self.tokens.expect(";")
        if date > 0:
            raise self.tokens.error(token, "a history has dates 0, -1, ... only")
        self.plan.history[token.text, date] = value

    def _value_scope(self, known: dict[str, sp.Expr]) -> Scope:
        scope = self.numbers.scope("a value of a path")
        scope.symbols |= {n: self.means.get(n, sp.S.Zero) for n in self.shocks}
        scope.symbols |= known
        return scope

    def _constant(self, token: Token, value: sp.Expr) -> None:
        if any(isinstance(s, Dated) for s in value.free_symbols):
            raise self.tokens.error(token, "a level of a shock needs parameters only")

    def _shocks(self, keyword: Token) -> None:
        """Standard deviations, or levels by period."""
        known = {"overwrite", "surprise", "relative_to_initval"}
        learnt, options = self._learning(keyword, known)
        if "overwrite" in options:
            self.entries = ShockEntries(self.tokens, self.numbers.snapshot)
            kept = [e for e in self.plan.entries if e.last is None]
            self.plan.entries = kept if learnt == 1 else self.plan.entries
        multiply = keyword.text.lower() == "mshocks"
        learning = Learning(learnt, "surprise" in options, multiply)
        names, variables = list(self.shocks), list(self.variables)
        scope = self.numbers.scope("the value of a shock")

        def stretches(name: str) -> None:
            keep = self.numbers.snapshot
            read_stretches(self.tokens, name, scope, learning, self.plan, keep)

        self._each(
            keyword,
            lambda: self.entries.read(names, variables, scope, stretches),
            _SHOCK_HEADS,
        )

    def _constraints(self, keyword: Token) -> None:
        """``name 'x'; bind y < 0; relax z > 0;``, once per constraint."""
        self._settings(keyword)
        self._opened()
        self._each(keyword, self._constraint)

    def _constraint(self) -> None:
        word = self.tokens.name("'name', 'bind' or 'relax'")
        kind, found = word.text.lower(), self.plan.constraints
        if kind == "name":
            name = self.tokens.text(word)
            self.tokens.expect(";")
            found.append(Constraint(name, sp.S.Zero))
            return
        if kind not in ("bind", "relax", "error_bind", "error_relax"):
            raise self.tokens.error(
                word, f"expected 'name', 'bind' or 'relax', found '{word.text}'"
            )
        if not found:
            raise self.tokens.error(word, f"'{kind}' comes before 'name' here")
        reader = Expressions(self.tokens, self._model_scope())
        if kind.startswith("error"):
            # By how much a constraint fails, which only other algorithms ask.
            kinks = len(self.kinks)
            reader.read()
            del self.kinks[kinks:]
            self.tokens.expect(";")
            return
        left, sign, right = compared(reader)
        self.tokens.expect(";")
        gap = right - left if sign in LESS else left - right
        last = found[-1]
        if kind == "bind":
            found[-1] = Constraint(last.name, gap, last.relax)
        elif kind == "relax":
            found[-1] = Constraint(last.name, last.bind, gap)
