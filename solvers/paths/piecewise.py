"""Piecewise-linear paths of occasionally binding constraints.

Guerrieri and Iacoviello (2015): every regime is linear around the resting point of the
one in which nothing binds; a guess of the periods in which constraints bind gives
decision rules backwards in time, the path they make confirms the guess or changes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...models.general.functions import path_function
from ...models.general.scenario import Version
from ..errors import SolutionError
from ..perturbation.solution import LocalSolution, solve_local
from .conditions import conditions
from .dates import Economy, resting_parameters

GUESSES = 200
# Periods after which a constraint that still binds is said to bind for ever.
_LONGEST = 4000
_ROUNDING = 1e-11


@dataclass(frozen=True)
class Regime:
    """``ahead y_f(t+1) + now y(t) + before y_s(t-1) + impact u(t) + constant = 0``."""

    ahead: np.ndarray
    now: np.ndarray
    before: np.ndarray
    impact: np.ndarray
    constant: np.ndarray


@dataclass
class Outcome:
    """What ``Piecewise.solve`` finds; fields as in ``solution.PathSolution``."""

    rest: np.ndarray
    parameters: np.ndarray
    values: np.ndarray
    levels: np.ndarray
    binding: np.ndarray
    evidence: list[dict[str, float | str]] = field(default_factory=list)


class Piecewise:
    """The piecewise-linear path of an economy.

    Raises
    ------
    SolutionError
        Shocks that change for ever, or a constraint that binds at rest.
    """

    def __init__(self, economy: Economy):
        self.economy, self.model = economy, economy.model
        scenario = economy.scenario
        for entry in scenario.levels:
            if entry.last is None:
                raise SolutionError(
                    f"the shock '{entry.shock}' changes for ever: a piecewise-linear "
                    "path ends where it starts from; give it periods"
                )
        self.local: LocalSolution = solve_local(self.model, 1, economy.changes)
        own = self.local.layout
        self.states, self.forward = list(own.states), list(own.forward)
        self.rest = np.array([self.local.steady_state[n] for n in self.model.names])
        self.parameters = np.asarray(
            resting_parameters(self.model, self.rest, economy.first)
        )
        ahead, now, before = conditions(self.model).linear(self.rest, self.parameters)
        by_state, by_shock = np.split(self.local.rule.x, [len(self.states)], axis=1)
        slope = now.copy()
        slope[:, self.states] += ahead @ by_state[self.forward]
        impact = -slope @ by_shock
        self.reference = Regime(ahead, now, before, impact, np.zeros(own.n))
        self.regimes: dict[tuple[bool, ...], Regime] = {}
        self.names = [c.name for c in scenario.constraints]
        # Without a condition of its own a constraint ceases where it would not bind.
        relax = [-c.bind if c.relax is None else c.relax for c in scenario.constraints]
        self.signs = path_function(
            self.model, [*(c.bind for c in scenario.constraints), *relax]
        )
        self.by_state = by_state
        self._check_rest()

    def _check_rest(self) -> None:
        """Refuse constraints that bind where the economy rests."""
        still = self.rest[None]
        shocks = np.zeros((1, self.reference.impact.shape[1]))
        signs = self.signs(still, still, still, shocks, self.parameters)[0]
        for name, sign in zip(self.names, signs[: len(self.names)], strict=True):
            if sign > _ROUNDING:
                raise SolutionError(
                    f"model '{self.model.name}': {name} binds where the economy rests; "
                    "tag the equation that holds there 'relax', the other one 'bind'"
                )

    def solve(self) -> Outcome:
        """The path, date by date at which something is learnt.

        Raises
        ------
        SolutionError
            No guess confirms itself, or a constraint never ceases to bind.
        """
        economy, n = self.economy, len(self.rest)
        periods = economy.periods
        values = np.zeros((periods + 2, n))
        binding = np.zeros((periods, len(self.names)), bool)
        realised = np.zeros((periods, len(economy.shocks)))
        outcome = Outcome(self.rest, self.parameters, values, realised, binding)
        base = economy.base(economy.first)
        bind = np.zeros((periods, len(self.names)), bool)
        begin = economy.before(1, values, realised, economy.first)
        values[0] = self.rest
        values[0, self.states] = begin[self.states]
        for date in economy.dates:
            levels, _ = economy.levels(date)
            start = economy.before(date, values, realised, economy.first) - self.rest
            shocks = (levels - base)[date - 1 :]
            bind, path, guesses = self._verified(start, shocks, bind, date)
            kept = periods - date + 1
            values[date:] = path[: kept + 1] + self.rest
            binding[date - 1 :] = bind[:kept]
            realised[date - 1 :] = levels[date - 1 :]
            left, period = self._residual(start, shocks, bind, path)
            outcome.evidence.append(
                {
                    "date": date,
                    "newton_steps": guesses,
                    "open_steps": 0,
                    "homotopy_steps": 0,
                    "largest_residual": left,
                    "equation": self.model.equations[period[1]].name,
                    "period": date + period[0],
                }
            )
            following = [d for d in economy.dates if d > date]
            bind = bind[following[0] - date :] if following else bind
        return outcome

    def regime(self, bind: tuple[bool, ...]) -> Regime:
        """Equations while the constraints named by ``bind`` bind.

        Raises
        ------
        SolutionError
            An equation has two versions that hold, or none.
        """
        if bind not in self.regimes:
            self.regimes[bind] = self._assembled(bind)
        return self.regimes[bind]

    def _assembled(self, bind: tuple[bool, ...]) -> Regime:
        active = {n for n, b in zip(self.names, bind, strict=True) if b}
        chosen: dict[str, Version] = {}
        for version in self.economy.scenario.versions:
            if version.bind <= active and not version.relax & active:
                if version.replaces in chosen:
                    raise SolutionError(
                        f"equation '{version.replaces}' has two versions that hold "
                        f"while {', '.join(sorted(active))} bind: tag them apart"
                    )
                chosen[version.replaces] = version
        labels = [e.name for e in self.model.equations]
        rows = [labels.index(name) for name in chosen]
        columns = [self.model.names.index(v.variable) for v in chosen.values()]
        parts = [np.array(part) for part in vars(self.reference).values()]
        for part in parts:
            part[rows] = 0.0
        parts[1][rows, columns] = 1.0
        # The version holds where what is left of it, at rest too, is zero.
        parts[4][rows] = self.rest[columns]
        return Regime(*parts)

    def _verified(self, start, shocks, guess, date: int):
        """Periods that bind (H, c), deviations (H + 1, n), and the guesses it took.

        Guesses that come again are followed by changes of one period at a time.
        """
        horizon = max(2 * len(shocks), 100)
        bind = _lengthened(guess, horizon)
        seen: set[bytes] = set()
        careful, count, wanted = False, 0, bind
        for count in range(1, GUESSES + 1):
            path = self._path(start, _lengthened(shocks, len(bind)), bind)
            wanted = self._wanted(start, _lengthened(shocks, len(bind)), bind, path)
            if np.any(wanted[-1]):
                if len(bind) >= _LONGEST:
                    names = np.array(self.names)[wanted[-1]]
                    raise SolutionError(
                        f"model '{self.model.name}': {', '.join(names)} still binds "
                        f"after {_LONGEST} periods: the path does not come back"
                    )
                bind = _lengthened(bind, 2 * len(bind))
                continue
            if np.array_equal(wanted, bind):
                return bind, path, count
            if wanted.tobytes() in seen:
                if careful:
                    break
                careful, seen = True, set()
            bind = _one_less(bind, wanted) if careful else wanted
            seen.add(bind.tobytes())
        periods = np.flatnonzero(np.any(wanted != bind, axis=1))
        names = np.array(self.names)[np.any(wanted != bind, axis=0)]
        raise SolutionError(
            f"model '{self.model.name}': no guess of the periods in which constraints "
            f"bind confirms itself; {', '.join(names)} in period "
            f"{date + int(periods[0])} is open after {count} guesses: there may be no "
            "path, or several; try a smaller shock"
        )

    def _path(self, start, shocks, bind) -> np.ndarray:
        """Deviations (H + 1, n) in the periods, given when constraints bind (H, c)."""
        n, n_s = len(self.rest), len(self.states)
        busy = np.any(bind, axis=1) | np.any(shocks != 0, axis=1)
        last = int(np.flatnonzero(busy)[-1]) + 1 if np.any(busy) else 0
        rules = []
        by_state, constant = self.by_state, np.zeros(n)
        for t in range(last - 1, -1, -1):
            own = self.regime(tuple(bind[t].tolist()))
            now = own.now.copy()
            now[:, self.states] += own.ahead @ by_state[self.forward]
            known = own.ahead @ constant[self.forward] + own.impact @ shocks[t]
            right = np.concatenate(
                [own.before, (known + own.constant)[:, None]], axis=1
            )
            try:
                found = -np.linalg.solve(now, right)
            except np.linalg.LinAlgError:
                raise self._singular(bind[t]) from None
            by_state, constant = found[:, :n_s], found[:, n_s]
            rules.append((by_state, constant))
        path = np.zeros((len(bind) + 1, n))
        before = np.asarray(start)
        for t in range(len(path)):
            by_state, constant = rules[-1 - t] if t < last else (self.by_state, 0.0)
            before = by_state @ before[self.states] + constant
            path[t] = before
        return path

    def _singular(self, bind) -> SolutionError:
        active = [n for n, b in zip(self.names, bind, strict=True) if b]
        return SolutionError(
            f"model '{self.model.name}': while {', '.join(active)} binds the equations "
            "do not determine the variables; an equation tagged 'bind' has to "
            "determine what the one tagged 'relax' did"
        )

    def _wanted(self, start, shocks, bind, path) -> np.ndarray:
        """Where constraints bind (H, c) if the path is right."""
        levels = path + self.rest
        before = np.concatenate([(start + self.rest)[None], levels[:-2]])
        signs = self.signs(levels[1:], levels[:-1], before, shocks, self.parameters)
        starts, ceases = np.split(signs > _ROUNDING, 2, axis=1)
        return np.where(bind, ~ceases, starts)

    def _residual(self, start, shocks, bind, path):
        """Largest residual over the terms of its equation, and where it is."""
        worst, place = 0.0, (0, 0)
        for t in range(len(shocks)):
            own = self.regime(tuple(bind[t].tolist()))
            before = start if t == 0 else path[t - 1]
            terms = np.concatenate(
                [
                    own.ahead * path[t + 1][self.forward],
                    own.now * path[t],
                    own.before * before[self.states],
                    own.impact * shocks[t],
                    own.constant[:, None],
                ],
                axis=1,
            )
            size = np.maximum(np.abs(terms).sum(axis=1), 1e-3)
            left = np.abs(terms.sum(axis=1)) / size
            row = int(np.argmax(left))
            if left[row] > worst:
                worst, place = float(left[row]), (t, row)
        return worst, place


def _lengthened(array: np.ndarray, size: int) -> np.ndarray:
    """Rows of zeros, or of nothing that binds, added up to ``size``."""
    missing = max(size - len(array), 0)
    rows = np.zeros((missing, *array.shape[1:]), array.dtype)
    return np.concatenate([array, rows])


def _one_less(bind: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """A guess that starts where wanted and ceases in the last period only."""
    found = bind | wanted
    for column in range(bind.shape[1]):
        ceases = np.flatnonzero(bind[:, column] & ~wanted[:, column])
        if len(ceases) and not np.any(wanted[:, column] & ~bind[:, column]):
            found[ceases[-1], column] = False
    return found
