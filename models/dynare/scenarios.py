"""The path of a Dynare file, once all of it was read."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from ..declaration import Equation, not_found
from ..general.assignments import number
from ..general.model import Variable, dated, name_and_date, put
from ..general.scenario import LEVEL, Bound, Constraint, Level, Scenario, Version
from .contents import Contents
from .data_files import DataFile
from .macros import DynareFileError
from .plans import Entry, Tagged


class Scenarios(Contents):
    """Puts together what a path starts from, follows and ends in."""

    def _asks_for_a_path(self) -> bool:
        plan = self.plan
        return bool(
            plan.asked
            or plan.entries
            or plan.history_at
            or plan.ending is not None
            or plan.files
        )

    def _follow_files(self) -> None:
        """Starts, ends and levels of shocks out of files; what is wrong is kept.

        That is too few or too many rows, or a cell without a number that is needed.
        """
        try:
            self._follow()
        except DynareFileError as problem:
            self.plan.missing += problem.problems

    def _follow(self) -> None:
        dates = [name_and_date(s)[1] for s in self._symbols()]
        lags, leads = -min([0, *dates]), max([0, *dates])
        for word, file in self.plan.files.items():
            if file.left_out:
                names = ", ".join(file.left_out)
                self.notes.append(f"Columns of {file.name} that are no names: {names}.")
            if word == "initval_file":
                self._follow_whole(file, lags, leads)
            elif file.rows != lags:
                raise self.tokens.error(
                    file.keyword,
                    f"{file.name} has {file.rows} rows; the path starts after {lags}, "
                    "the longest lag",
                )
            self.plan.history |= self._before(file, lags)

    def _follow_whole(self, file: DataFile, lags: int, leads: int) -> None:
        """A file with the lags, the periods of the path and the leads behind it."""
        plan = self.plan
        periods = file.rows - lags - leads
        if periods < 1 or plan.periods not in (None, periods):
            asked = "a path" if plan.periods is None else f"{plan.periods} periods"
            raise self.tokens.error(
                file.keyword,
                f"{file.name} has {file.rows} rows; {asked} with {lags} lags and "
                f"{leads} leads needs {lags} + periods + {leads}",
            )
        plan.periods = periods
        line = file.keyword.line
        looked = {n for n, d in map(name_and_date, self._symbols()) if d > 0}
        for shock in file.columns:
            if shock not in self.shocks:
                continue
            ahead = shock in looked
            values = [
                sp.Float(file.at(self.tokens, shock, row), 17)
                for row in range(lags, lags + periods + ahead)
            ]
            if ahead:
                last = Entry(shock, values[-1], 1, None, 1, LEVEL, line)
                plan.entries.append(last)
            plan.entries += [
                Entry(shock, value, at, at, 1, LEVEL, line)
                for at, value in enumerate(values[:periods], start=1)
            ]
        for name in sorted(looked & set(self.variables)):
            ends = {
                file.at(self.tokens, name, row)
                for row in range(lags + periods, file.rows)
            }
            if len(ends) > 1:
                raise self.tokens.error(
                    file.keyword,
                    f"'{name}' has {len(ends)} values after the path in {file.name}: "
                    "with leads beyond one period it has to stay where it ends",
                )
            plan.ending = {} if plan.ending is None else plan.ending
            plan.ending[name] = sp.Float(ends.pop(), 17)
        plan.given.add("endval")

    def _path_guesses(self) -> dict[str, tuple[float, ...]]:
        """Guesses of the path in a file, of variables that have all of them."""
        file = self.plan.files.get("initval_file")
        if file is None or self.plan.periods is None:
            return {}
        first = -min([0, *(name_and_date(s)[1] for s in self._symbols())])
        found = {}
        for name, column in file.columns.items():
            values = [v for v in column[first:] if v is not None]
            if name in self.variables and len(values) == len(column) - first:
                found[name] = tuple(values[: self.plan.periods])
        return found

    def _before(self, file: DataFile, lags: int) -> dict[tuple[str, int], sp.Expr]:
        """Values before the path that the equations use."""
        return {
            (name, date): sp.Float(file.at(self.tokens, name, lags - 1 + date), 17)
            for name, date in sorted(self._used_before())
        }

    def _used_before(self) -> set[tuple[str, int]]:
        """Names and dates up to zero that equations of the path hold."""
        lags = {(n, d) for n, d in map(name_and_date, self._symbols()) if d < 0}
        return {(n, d + k) for n, d in lags for k in range(1, -d + 1) if d + k <= 0}

    def _name_levels(self) -> None:
        """Parameters for levels of shocks, which a path may change."""
        if not self._asks_for_a_path():
            return
        forever = {e.shock for e in self.plan.entries if e.last is None}
        taken = {*self.declared, *self.numbers.values}
        for shock in self.shocks:
            if shock not in forever and shock not in self.means:
                continue
            name = f"level_of_{shock}"
            while name in taken:
                name += "_"
            self.levels[shock] = name

    def _level_values(self, values: Mapping[str, float]) -> dict[str, float]:
        """First levels of shocks by the names of their parameters."""
        found = {}
        for shock, name in self.levels.items():
            mean = sp.sympify(self.means.get(shock, sp.S.Zero))
            try:
                value = number(mean, values)
            except KeyError as missing:
                value = None
                why = f"needs {missing}, which has no value"
            else:
                why = "has no real, finite value"
            if value is None:
                raise self.tokens.error(
                    self.tokens.next, f"the level of the shock '{shock}' {why}"
                )
            found[name] = value
        return found

    def _level_steps(self) -> tuple[tuple[str, sp.Expr], ...]:
        """Assignments of levels that follow parameters."""
        steps = ((n, sp.sympify(self.means.get(s, 0))) for s, n in self.levels.items())
        return tuple((n, e) for n, e in steps if e.free_symbols)

    def _add_versions(self) -> tuple[Version, ...]:
        """Auxiliary variables for equations that hold while constraints bind."""
        names = {c.name for c in self.plan.constraints}
        found: list[Version] = []
        for count, tagged in enumerate(self.plan.versions, start=1):
            for name in sorted(tagged.bind | tagged.relax):
                if name not in names:
                    message = not_found("constraint", name, sorted(names))
                    raise self.tokens.error(tagged.where, message)
            replaces = self._replaced(tagged)
            variable = f"AUX_BIND_{count}"
            binds = ", ".join(sorted(tagged.bind))
            text = f"what is left of {replaces} while {binds} binds"
            gap = tagged.left - tagged.right
            self._add_auxiliary(variable, gap, text, tagged.where.line)
            found.append(Version(variable, replaces, tagged.bind, tagged.relax))
        return tuple(found)

    def _add_expectations(self) -> None:
        """Variables for what is expected, whose lags equations use."""
        for expression, (name, line) in self.expectations.items():
            self._add_auxiliary(name, expression, "an expectation", line)

    def _add_auxiliary(
        self, name: str, expression: sp.Expr, text: str, line: int
    ) -> None:
        """A variable equal to an expression, with its equation and closed form."""
        latex = rf"\mathit{{{name.lower()}}}".replace("_", r"\_")
        self.variables[name] = Variable(name, latex, "", text, auxiliary=True)
        label = name.lower()
        self.equations.append(Equation(label, dated(name, 0), expression, ""))
        self.lines[label] = line
        if self.steady_state and not self.incomplete:
            self.steady_state.append((name, self._still(expression)))

    def _still(self, expression: sp.Expr) -> sp.Expr:
        """An expression without dates, at rest."""
        dates: dict[sp.Basic, sp.Expr] = {
            symbol: dated(name, 0) for symbol, name in self.at_rest.items()
        }
        for symbol in expression.free_symbols:
            name, date = name_and_date(symbol)
            if date:
                dates[symbol] = dated(name, 0)
        return put(expression, dates)

    def _replaced(self, tagged: Tagged) -> str:
        """The equation that holds where the constraints of a version do not bind."""
        name = tagged.tags.get("name")
        if name is not None and name in self.lines:
            return name
        others = [e for e, relax in self.plan.relaxed.items() if relax & tagged.bind]
        if len(others) != 1:
            bind = ", ".join(sorted(tagged.bind))
            raise self.tokens.error(
                tagged.where,
                f"the equation tagged bind='{bind}' takes the place of none: give it "
                "the name of the equation tagged 'relax'",
            )
        return others[0]

    def _scenario(self, versions: tuple[Version, ...]) -> Scenario | None:
        """What the file says about a path; None where that is nothing."""
        if not self._asks_for_a_path():
            return None
        plan = self.plan
        closed = bool(self.steady_state) and not self.incomplete
        ends = plan.ending is not None and "endval" in plan.given
        terminal: dict[str, sp.Expr] | None = None
        history: dict[tuple[str, int], sp.Expr] = {}
        starts_at_rest = (
            "initval" not in plan.given
            or "initval" in plan.rests
            or (closed and not ends)
        )
        if not starts_at_rest:
            start = self._start()
            history = {(n, date): v for n, v in start.items() for date in self._past()}
            terminal = None if ends else start
        if plan.files or (ends and not ("endval" in plan.rests or closed)):
            terminal = dict(plan.ending or {})
            if not starts_at_rest and plan.since is None:
                terminal = self._with_zeros(self.guesses | terminal, "endval")
            elif not starts_at_rest:
                terminal = self._start() | terminal
        if plan.history_at is not None:
            history = history | self._history()
        elif plan.files:
            history = history | plan.history
        return Scenario(
            periods=plan.periods,
            levels=self._path_levels(),
            history=history,
            terminal=terminal,
            guesses=dict(plan.ending or {}),
            near=self._path_guesses(),
            bounds=self._bounds(),
            constraints=self._constraint_terms(),
            versions=versions,
            missing=tuple(plan.missing),
        )

    def _start(self) -> dict[str, sp.Expr]:
        """Values before the path; what is left out after ``steady`` rests."""
        since = self.plan.since
        if since is None:
            return self._with_zeros(self.guesses, "initval")
        return {n: e for n, e in self.guesses.items() if n in since}

    def _with_zeros(self, given: Mapping[str, sp.Expr], block: str):
        """Values of all variables; what a block leaves out is zero, as in Dynare."""
        own = [n for n, v in self.variables.items() if not v.auxiliary]
        left = [n for n in own if n not in given]
        if left:
            self.notes.append(
                f"'{block}' is not followed by 'steady': paths take its values as they "
                f"are, and zero for {', '.join(left)}."
            )
        return {n: given.get(n, sp.S.Zero) for n in own}

    def _past(self) -> range:
        """Dates before a path that matter."""
        dates = [name_and_date(s)[1] for s in self._symbols()]
        return range(0, min([-1, *dates]), -1)

    def _symbols(self):
        sides = [x for e in self.equations for x in (e.left, e.right)]
        return {s for x in sides for s in sp.sympify(x).free_symbols}

    def _history(self) -> dict[tuple[str, int], sp.Expr]:
        """Values of ``histval``; states that it leaves out are zero, as in Dynare."""
        needed = {(n, d) for n, d in self._used_before() if n in self.variables}
        left = sorted({n for n, d in needed - set(self.plan.history)})
        if left and self.plan.history_at is not None:
            self.notes.append(
                f"histval (line {self.plan.history_at.line}) leaves out "
                f"{', '.join(left)}: zero before the path."
            )
        return dict.fromkeys(needed, sp.S.Zero) | self.plan.history

    def _path_levels(self) -> tuple[Level, ...]:
        found = []
        for entry in self.plan.entries:
            value, kept = self.numbers.settled(entry.value)
            self.copies += kept
            found.append(
                Level(
                    entry.shock,
                    value,
                    entry.first,
                    entry.last,
                    entry.learnt,
                    entry.how,
                    entry.line,
                )
            )
        return tuple(found)

    def _bounds(self) -> tuple[Bound, ...]:
        plan = self.plan
        if plan.bounds and not plan.complementary:
            first = plan.bounds[0][1].line
            self.notes.append(
                f"The mcp tags (first on line {first}) bind paths only where the "
                "solver is told so: perfect_foresight_solver(lmmcp)."
            )
            return ()
        return tuple(bound for bound, _ in plan.bounds)

    def _constraint_terms(self) -> tuple[Constraint, ...]:
        if not self.plan.versions:
            return ()
        return tuple(self.plan.constraints)
