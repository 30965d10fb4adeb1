"""The model of a Dynare file, once all of it was read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from ..declaration import Dated, Parameter, fixed
from ..general.model import DynamicModel, name_and_date, put
from ..general.scenario import Scenario
from .estimation import Estimations
from .scenarios import Scenarios
from .words import USUAL, default_latex


class Assembly(Scenarios, Estimations):
    """Puts together what belongs together, and notes what the model does not follow."""

    def _check(self) -> None:
        """What only the whole file says.

        Raises
        ------
        DynareFileError
            No equations, or a parameter that seems to be assigned under another name.
        """
        if not self.equations:
            raise self.tokens.error(self.tokens.next, "the file has no equations")
        if len(self.static) != len(self.dynamic):
            raise self.tokens.error(
                self.tokens.next,
                f"{len(self.dynamic)} equations are tagged 'dynamic' and "
                f"{len(self.static)} 'static': tag as many, in the same order",
            )
        for name in self._needed():
            token = None if name in self.numbers.values else self.numbers.near(name)
            if token is not None:
                raise self.tokens.error(
                    token,
                    f"'{token.text}' is not declared, and the parameter '{name}' has "
                    f"no value: did you mean {name}?",
                )
            if name in self.numbers.lost and name in self.parameters:
                lost = self.numbers.lost[name]
                raise self.tokens.error(
                    lost,
                    f"the parameter '{name}' is computed by the host language, which "
                    "is not run; assign a number",
                )

    def _needed(self) -> list[str]:
        """Parameters that equations, the steady state or shocks hold."""
        every = [*self.equations, *self.static]
        expressions = [x for e in every for x in (e.left, e.right)]
        expressions += [e for _, e in self.steady_state]
        expressions += [*self.guesses.values(), *self.means.values()]
        found = {str(s) for e in expressions for s in sp.sympify(e).free_symbols}
        for row in self.entries.covariance(list(self.shocks)):
            found |= {str(s).split("@")[0] for e in row for s in e.free_symbols}
        return [n for n in self.parameters if n in found]

    def _finish(self) -> DynamicModel:
        self._follow_files()
        self._name_levels()
        self._add_expectations()
        self._name_sizes()
        versions = self._add_versions()
        needed = self._needed()
        covariance, copies = self._covariance()
        measurement = self._measurement()
        scenario = self._scenario(versions)
        settled = self._settled()
        used = self._helpers(covariance, measurement, scenario)
        used |= {*copies, *self.copies}
        program = self.numbers.program({*self.parameters, *used}, settled)
        program += self._level_steps() + settled
        names = [n for n, _ in settled if n in self.parameters]
        values = dict(self.numbers.values)
        values |= self._level_values(values)
        for name, expression in settled:
            value = self._number(expression, values)
            values.pop(name, None)
            if value is not None:
                values[name] = value
        of_program = {str(s) for _, e in program for s in e.free_symbols}
        unused = [
            n
            for n in self.parameters
            if n not in values and n not in needed and n not in of_program
        ]
        for name in unused:
            line = self.numbers.parameters[name].line
            self.notes.append(
                f"The parameter {name} (line {line}) has no value and is nowhere used: "
                "it is left out."
            )
        helpers = [parameter(n, default_latex(n), "") for n in sorted(used)]
        parameters = [p for n, p in self.parameters.items() if n not in unused]
        stand_ins, resting = self._steady_states()
        parameters += helpers
        parameters += [
            parameter(n, n, f"level of the shock {s}") for s, n in self.levels.items()
        ]
        parameters += [parameter(n, n, f"where {v} rests") for n, v in resting.items()]
        known = {p.name for p in parameters}
        guesses = self._guesses()
        self._add_notes(names)
        return DynamicModel(
            name=self.tokens.file,
            description=f"read from {self.tokens.file}.mod",
            parameters=tuple(parameters),
            variables=tuple(self.variables.values()),
            shocks=tuple(self.shocks.values()),
            equations=tuple(
                replace(
                    e,
                    left=self._written(e.left, stand_ins),
                    right=self._written(e.right, stand_ins),
                )
                for e in self.equations
            ),
            static={
                name: replace(
                    e,
                    left=self._written(e.left, stand_ins),
                    right=self._written(e.right, stand_ins),
                )
                for name, e in zip(self.dynamic, self.static, strict=True)
            },
            values={n: values[n] for n in values if n in known},
            steady_state=() if self.incomplete else tuple(self.steady_state),
            guesses=guesses,
            covariance=covariance,
            lines=self.lines,
            notes=tuple(self.notes),
            assignments=program,
            settled=frozenset(names),
            resting=resting,
            observed=tuple(self.observed),
            measurement=measurement,
            scenario=self._with_constraints(scenario, stand_ins),
            levels=dict(self.levels),
            estimation=self._declared_estimation(known),
        )

    def _covariance(self):
        """Covariance of the shocks in final names, and copies of names it needs."""
        copies: list[str] = []
        rows = []
        for row in self.entries.covariance(list(self.shocks)):
            cells = []
            for entry in row:
                found, kept = self.numbers.settled(entry)
                cells.append(found)
                copies += kept
            rows.append(tuple(cells))
        for copy in dict.fromkeys(copies):
            name, _, line = copy.rpartition("_line_")
            again = self.numbers.lines[name][-1].line
            self.notes.append(
                f"{name} is assigned again on line {again}, after the shocks used it "
                f"on line {line}: they keep {self.numbers.values[copy]:.6g}."
            )
        return tuple(rows), copies

    def _measurement(self) -> dict[tuple[str, str], sp.Expr]:
        """Covariances of measurement errors by pairs of observed variables."""
        entries, lost = self.entries.errors()
        for one, two in lost:
            self.notes.append(
                f"The measurement errors of {one} and {two} are linked and have no "
                "variances: the link is left out."
            )
        pairs = {}
        for pair, entry in entries.items():
            pairs[pair], kept = self.numbers.settled(entry)
            self.copies += kept
        found = list(self.entries.measurement)
        if found:
            self.notes.append(
                f"Measurement errors of {', '.join(found)} move no variable; the "
                "likelihood takes them into account."
            )
        return pairs

    def _helpers(self, covariance, measurement, scenario) -> set[str]:
        """Numbers that are no parameters, and that the model holds."""
        expressions = [e for row in covariance for e in row]
        expressions += [] if scenario is None else scenario.expressions()
        expressions += [e for _, e in self.steady_state]
        groups = (measurement, self.guesses, self.means)
        expressions += [e for group in groups for e in group.values()]
        every = [*self.equations, *self.static]
        expressions += [x for e in every for x in (e.left, e.right)]
        found = {
            s.name
            for e in expressions
            for s in sp.sympify(e).free_symbols
            if isinstance(s, sp.Symbol) and not isinstance(s, Dated)
        }
        return {n for n in found if n in self.numbers.values} - set(self.parameters)

    def _settled(self) -> tuple[tuple[str, sp.Expr], ...]:
        """Assignments of the steady state that parameters need, means included."""
        targets = {n for n, _ in self.steady_state if n in self.parameters}
        kept: list[tuple[str, sp.Expr]] = []
        for name, expression in reversed(self.steady_state):
            if name in targets:
                found = put(expression, self._shock_means())
                kept.append((name, found))
                targets |= {str(s) for s in found.free_symbols}
        self.steady_state = [
            s for s in self.steady_state if s[0] not in self.parameters
        ]
        return tuple(reversed(kept))

    def _shock_means(self) -> dict[sp.Basic, sp.Expr]:
        return {Dated(n): self._mean(n) for n in self.shocks}

    def _mean(self, shock: str) -> sp.Expr:
        """Level of a shock: a parameter where paths may change it."""
        if shock in self.levels:
            return fixed(self.levels[shock])
        return sp.sympify(self.means.get(shock, sp.S.Zero))

    def _guesses(self) -> dict[str, sp.Expr]:
        """Starting values; a closed form with gaps is one of them."""
        means = self._shock_means()
        self.steady_state = [(n, put(e, means)) for n, e in self.steady_state]
        if not self.incomplete:
            return self.guesses
        known: dict[sp.Basic, sp.Expr] = {}
        for name, expression in self.steady_state:
            known[Dated(name)] = put(expression, known)
        found = {n: known.get(Dated(n)) for n in self.variables}
        return {n: e for n, e in found.items() if e is not None} | {
            n: e for n, e in self.guesses.items() if found[n] is None
        }

    def _steady_states(self) -> tuple[dict[sp.Basic, sp.Expr], dict[str, str]]:
        """Closed forms, or parameters, for the steady states that equations use."""
        means = self._shock_means()
        closed: dict[sp.Basic, sp.Expr] = {}
        if not self.incomplete:
            for name, expression in self.steady_state:
                closed[Dated(name)] = put(put(expression, means), closed)
        found: dict[sp.Basic, sp.Expr] = {}
        resting: dict[str, str] = {}
        for symbol, name in self.at_rest.items():
            if name in self.shocks:
                found[symbol] = self._mean(name)
            elif Dated(name) in closed:
                found[symbol] = closed[Dated(name)]
            else:
                resting[symbol.name] = name
        return found, resting

    def _written(self, expression, stand_ins: dict[sp.Basic, sp.Expr]) -> sp.Expr:
        """An expression of the model with levels of shocks and steady states put in."""
        return put(self._with_means(sp.sympify(expression)), stand_ins)

    def _with_constraints(
        self, scenario: Scenario | None, stand_ins: dict[sp.Basic, sp.Expr]
    ) -> Scenario | None:
        if scenario is None:
            return None
        found = tuple(
            replace(
                c,
                bind=self._written(c.bind, stand_ins),
                relax=None if c.relax is None else self._written(c.relax, stand_ins),
            )
            for c in scenario.constraints
        )
        return replace(scenario, constraints=found)

    def _with_means(self, expression: sp.Expr) -> sp.Expr:
        """Shocks with a level as that level and what is new."""
        moved = {*self.means, *self.levels}
        if not moved:
            return expression
        levels: dict[sp.Basic, sp.Expr] = {}
        for symbol in expression.free_symbols:
            name, _ = name_and_date(symbol)
            if name in moved:
                levels[symbol] = self._mean(name) + sp.sympify(symbol)
        return put(expression, levels)

    def _add_notes(self, settled: Sequence[str]) -> None:
        if self.known_ahead:
            self.notes.append(
                f"Of {', '.join(self.known_ahead)} (varexo_det) all values are known "
                "ahead: paths follow them, responses and moments take them as zero."
            )
        for name, token in self.dated.items():
            self.notes.append(
                f"The parameter {name} has a lead or lag on line {token.line}, which "
                "changes nothing."
            )
        for name in settled:
            self.notes.append(f"The parameter {name} follows from the steady state.")
        for name, mean in self.means.items():
            self.notes.append(
                f"The shock {name} has the level {mean} (initval), added to it."
            )
        if self.incomplete:
            self.notes.append(
                "steady_state_model leaves variables out: what it gives are starting "
                "values."
            )
        if self.kinks:
            self.notes.append(
                f"max, min and abs (line {self.kinks[0].line}): responses and moments "
                "take the branch that holds at rest, paths follow both."
            )
        again = [
            (name, tokens[-1].line)
            for name, tokens in self.numbers.lines.items()
            if self.simulated and tokens[-1].row > self.simulated[0].row
        ]
        if again:
            names = ", ".join(f"{n} (line {line})" for n, line in again)
            self.notes.append(
                f"Assigned again after stoch_simul on line {self.simulated[0].line}: "
                f"{names}; solved at the last values."
            )
        unusual = [t for t in self.skipped if t.text.lower() not in USUAL]
        if unusual:
            words = list(dict.fromkeys(t.text for t in unusual))
            more = ", ..." if len(words) > 6 else ""
            self.notes.append(
                f"{len(unusual)} statements that change nothing in the model are "
                f"skipped, the first on line {unusual[0].line}: {', '.join(words[:6])}"
                f"{more}."
            )


def parameter(name: str, latex: str, text: str) -> Parameter:
    """A parameter that may have any value."""
    return Parameter(name, latex, "", -math.inf, math.inf, text, period="none")
