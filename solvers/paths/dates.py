"""What a scenario says in numbers: levels of shocks as known at a date, ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import jax.numpy as jnp
import numpy as np
import sympy as sp

from ...models.declaration import Dated
from ...models.general.assignments import number
from ...models.general.functions import parameter_vector
from ...models.general.model import DynamicModel, name_and_date
from ...models.general.parameters import at_rest_parameters
from ...models.general.scenario import ADD, MULTIPLY, Level, Scenario
from ..errors import SolutionError, SteadyStateError
from ..perturbation.search import search
from ..perturbation.steady_state import steady_state

# Length of a path whose file names none.
PERIODS = 100
# Numbers of a path whose stacked system fits into memory.
_LARGEST = 2_000_000


class Economy:
    """A model with a scenario at given parameters: what it starts from and ends in.

    Raises
    ------
    SolutionError
        The model has no scenario, or one that cannot be followed.
    """

    def __init__(
        self,
        model: DynamicModel,
        changes: Mapping[str, float] | None,
        periods: int | None,
        shocks: Mapping[str, Sequence[float]] | None = None,
    ):
        if model.scenario is None and not shocks:
            raise SolutionError(
                f"model '{model.name}' asks for no path: add shocks with 'periods' and "
                "'values', 'endval' or 'histval'"
            )
        self.model = model
        self.scenario = _with_shocks(model.scenario or Scenario(), shocks or {})
        self.changes = dict(changes or {})
        if self.scenario.missing:
            raise SolutionError(
                f"model '{model.name}' has no path here: "
                + "; ".join(self.scenario.missing)
            )
        self.periods = periods or self.scenario.periods or PERIODS
        numbers = self.periods * len(model.names)
        if numbers > _LARGEST:
            raise SolutionError(
                f"model '{model.name}' has {len(model.names)} variables: a path of "
                f"{self.periods} periods holds {numbers:.2g} numbers, more than "
                f"{_LARGEST:.2g}; shorten it"
            )
        self.shocks = [s.name for s in model.shocks]
        self.first = parameter_vector(model, changes)
        self._check(self.scenario)

    def _check(self, scenario: Scenario) -> None:
        for entry in scenario.levels:
            where = f"the shock '{entry.shock}'" + _line(entry)
            if entry.shock not in self.shocks:
                raise SolutionError(f"{where} is none of model '{self.model.name}'")
            last = entry.first if entry.last is None else entry.last
            if not 1 <= entry.first <= last <= self.periods:
                raise SolutionError(
                    f"{where} has values in periods {entry.first} to {last}, the path "
                    f"has periods 1 to {self.periods}"
                )
            if entry.first < entry.learnt:
                raise SolutionError(
                    f"{where} has a value in period {entry.first}, which is learnt in "
                    f"period {entry.learnt}: give it values from then on"
                )
            if entry.last is None and entry.shock not in self.model.levels:
                raise SolutionError(
                    f"{where} changes for ever and has no level among the parameters: "
                    "declare one in 'levels'"
                )

    @cached_property
    def dates(self) -> list[int]:
        """Dates at which something is learnt, the first period among them."""
        return sorted({1, *(entry.learnt for entry in self.scenario.levels)})

    def named(self, parameters) -> dict[str, float]:
        """Parameters (p,) by name."""
        values = np.asarray(parameters).tolist()
        return dict(zip((p.name for p in self.model.parameters), values, strict=True))

    def evaluated(self, expression: sp.Expr, what: str) -> float:
        """A number of the scenario.

        Raises
        ------
        SolutionError
            It is none, or needs a name without a value.
        """
        try:
            value = number(sp.sympify(expression), self.named(self.first))
        except KeyError as missing:
            raise SolutionError(f"{what} needs {missing}, which has no value") from None
        if value is None:
            raise SolutionError(f"{what} has no real, finite value")
        return value

    def base(self, parameters) -> np.ndarray:
        """Levels (k,) that the parameters give the shocks."""
        known = self.named(parameters)
        levels = self.model.levels
        return np.array([known[levels[n]] if n in levels else 0.0 for n in self.shocks])

    def levels(self, date: int) -> tuple[np.ndarray, np.ndarray]:
        """Levels of the shocks in periods 1 to T and afterwards, as known at a date.

        Returns
        -------
        (T, k) and (k,).
        """
        last = self.base(self.first)
        path = np.repeat(last[None], self.periods, axis=0)
        known = [e for e in self.scenario.levels if e.learnt <= date]
        for entry in sorted(known, key=lambda e: e.learnt):
            column = self.shocks.index(entry.shock)
            what = f"the value of the shock '{entry.shock}'" + _line(entry)
            value = self.evaluated(entry.value, what)
            rows = slice(entry.first - 1, entry.last)
            path[rows, column] = _changed(path[rows, column], value, entry.how)
            if entry.last is None:
                last[column] = _changed(last[column], value, entry.how)
        return path, last

    def parameters(self, last: np.ndarray):
        """Parameters (p,) at the levels (k,) that the shocks end at."""
        ending = {
            self.model.levels[n]: float(v)
            for n, v, old in zip(self.shocks, last, self.base(self.first), strict=True)
            if n in self.model.levels and v != old
        }
        if not ending:
            return self.first
        return parameter_vector(self.model, self.changes | ending)

    @cached_property
    def start(self) -> np.ndarray:
        """Where the economy rests at the first levels (n,)."""
        try:
            return _rest(self.model, self.first, None)
        except SteadyStateError as problem:
            raise SteadyStateError(f"before the first period, {problem}") from None

    def end(self, parameters) -> np.ndarray:
        """Variables (n,) after the last period."""
        terminal = self.scenario.terminal
        if terminal is None:
            return self._rest_at(parameters)
        given = {
            n: self.evaluated(e, f"the last value of '{n}'")
            for n, e in terminal.items()
        }
        names, ahead = self.model.names, self.model.appearing(1)
        left = [v.name for v in self.model.variables if not v.auxiliary]
        left = [n for n in left if n not in given]
        try:
            given |= {n: float(self.start[names.index(n)]) for n in left}
        except SteadyStateError:
            # Without rest there is an end all the same if nothing else is looked at.
            if set(left) & set(ahead):
                raise
        return self._completed(names, lambda n, _: given.get(n, 0.0), parameters, 0)

    def near(self, end: np.ndarray) -> np.ndarray:
        """Where Newton's method starts (T, n): the guesses, or the end (n,)."""
        found = np.repeat(end[None], self.periods, axis=0)
        for name, values in self.scenario.near.items():
            rows = min(len(values), self.periods)
            found[:rows, self.model.names.index(name)] = values[:rows]
        return found

    def _rest_at(self, parameters) -> np.ndarray:
        try:
            return self._last_rest(parameters)
        except SteadyStateError as problem:
            if self.model.appearing(1):
                raise SteadyStateError(f"after the last period, {problem}") from None
            # Nothing looks ahead: the path needs no end, only a guess.
            return np.array([self.guess(n) for n in self.model.names])

    def guess(self, name: str) -> float:
        """A starting value of a variable: its history, or that of the model."""
        found = self.given(name, 0)
        if found is not None:
            return found
        expression = self.model.guesses.get(name, sp.S.Zero)
        return self._guess(expression, np.zeros(len(self.model.names)))

    def _last_rest(self, parameters) -> np.ndarray:
        if parameters is self.first and not self.scenario.guesses:
            return self.start
        return _rest(self.model, parameters, self._near_the_end())

    def _near_the_end(self) -> np.ndarray | None:
        """Where the search for the last resting point starts (n,); None: anywhere."""
        guesses = self.scenario.guesses
        if self.model.steady_state:
            return None
        if not guesses:
            try:
                return self.start
            except SteadyStateError:
                return None
        found = np.zeros(len(self.model.names))
        # Names that endval leaves out start where initval has them.
        for name, expression in {**self.model.guesses, **guesses}.items():
            place = self.model.names.index(name)
            found[place] = self._guess(expression, found)
        return found

    def _guess(self, expression: sp.Expr, known: np.ndarray) -> float:
        values = self.named(self.first)
        values |= dict(zip(self.model.names, known.tolist(), strict=True))
        found = number(sp.sympify(expression), values)
        return 0.0 if found is None else found

    def given(self, name: str, date: int) -> float | None:
        """Level of a variable or shock at a date before the path, if it is given."""
        expression = self.scenario.history.get((name, date))
        if expression is None:
            return None
        return self.evaluated(expression, f"the value of '{name}' in period {date}")

    def before(
        self, date: int, values: np.ndarray, levels: np.ndarray, parameters
    ) -> np.ndarray:
        """Variables (n,) at the date before a problem starts.

        Parameters
        ----------
        date : at which something is learnt; values : (T + 2, n), solved up to it.
        levels : (T, k) that the shocks had; parameters : (p,) from the date on.
        """
        base, begin = self.base(parameters), self.base(self.first)
        names = list(self.model.names)

        def shock(place: int, when: int) -> float:
            if when >= 1:
                return float(levels[when - 1, place])
            found = self.given(self.shocks[place], when)
            return float(begin[place]) if found is None else found

        def known(name: str, when: int) -> float:
            if name in self.shocks:
                place = self.shocks.index(name)
                # Auxiliary variables carry deviations from the levels in force.
                return shock(place, when) - float(base[place])
            if when >= 1:
                return float(values[when, names.index(name)])
            found = self.given(name, when)
            return float(self.start[names.index(name)]) if found is None else found

        return self._completed(
            self.model.appearing(-1), known, parameters, date - 1, ahead=False
        )

    def _completed(
        self,
        needed: Sequence[str],
        known: Callable[[str, int], float],
        parameters,
        date: int,
        ahead: bool = True,
    ) -> np.ndarray:
        """Variables (n,) at a date, as far as needed; auxiliary ones are evaluated.

        ``ahead`` says whether what auxiliary variables stand for may be of the future.
        """
        numbers = self.named(parameters)

        def value(name: str, when: int) -> float:
            expression = self._definitions.get(name)
            if expression is None:
                return known(name, when)
            dates = {s: name_and_date(s) for s in expression.atoms(Dated)}
            if not ahead and any(shift > 0 for _, shift in dates.values()):
                return known(name, when)
            own = {str(s): value(n, when + shift) for s, (n, shift) in dates.items()}
            found = number(expression, numbers | own)
            if found is None:
                raise SolutionError(
                    f"'{expression}' has no real, finite value in period {when}"
                )
            return found

        return np.array(
            [value(n, date) if n in needed else 0.0 for n in self.model.names]
        )

    @cached_property
    def _definitions(self) -> dict[str, sp.Expr]:
        """What auxiliary variables stand for."""
        records = zip(self.model.variables, self.model.equations, strict=True)
        return {
            v.name: sp.sympify(e.right)
            for v, e in records
            if v.auxiliary and e.left == v.symbol
        }


def _with_shocks(scenario: Scenario, shocks: Mapping[str, Sequence[float]]) -> Scenario:
    """A scenario in which the named shocks have other levels, from period 1 on."""
    kept = [e for e in scenario.levels if e.last is None or e.shock not in shocks]
    added = [
        Level(name, sp.Float(float(value), 17), period, period)
        for name, values in shocks.items()
        for period, value in enumerate(values, start=1)
    ]
    return replace(scenario, levels=(*kept, *added))


def _changed(old, value: float, how: str):
    if how == ADD:
        return old + value
    return old * value if how == MULTIPLY else value


def _line(entry: Level) -> str:
    return "" if entry.line is None else f" (line {entry.line})"


def _rest(model: DynamicModel, parameters, first: np.ndarray | None) -> np.ndarray:
    """Where a model rests at parameters (p,), searched for from ``first`` (n,)."""
    found = None if first is None else search(model, parameters, first)
    if found is not None:
        return found
    try:
        rest = steady_state(model, parameters)
        return np.array([rest[n] for n in model.names])
    except SteadyStateError:
        found = search(model, parameters)
        if found is None:
            raise
    return found


def resting_parameters(model: DynamicModel, values: np.ndarray, parameters):
    """Parameters (p,) with the steady states that equations hold, from values (n,)."""
    return at_rest_parameters(model)(jnp.asarray(values), parameters)


def bounds_of(economy: Economy) -> tuple[Sequence[float], Sequence[float]]:
    """Lower and upper bounds of the scenario as numbers."""
    bounds = economy.scenario.bounds
    lower = [
        -np.inf
        if b.lower is None
        else economy.evaluated(b.lower, f"the lower bound of '{b.variable}'")
        for b in bounds
    ]
    upper = [
        np.inf
        if b.upper is None
        else economy.evaluated(b.upper, f"the upper bound of '{b.variable}'")
        for b in bounds
    ]
    return lower, upper
