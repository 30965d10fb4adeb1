"""Paths of a model: solved, judged, labelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...models.general.model import DynamicModel, label_of
from ..errors import SolutionError
from .conditions import bounded_places, conditions
from .dates import Economy, bounds_of, resting_parameters
from .newton import TOLERANCE, Found, Limits, Problem, newton, stepped
from .piecewise import Piecewise

if TYPE_CHECKING:
    import xarray as xr

# The shortest part of the changes that a homotopy adds at once.
_SHORTEST = 2.0**-8


@dataclass(frozen=True, eq=False)
class PathSolution:
    """A path, with the evidence that it is one.

    Attributes
    ----------
    values : (T + 2, n), variables at dates 0 to T + 1 in the order of the model. The
        first row holds what the path starts from and the last one what it ends in, as
        far as leads and lags need them.
    levels : (T, k) of the shocks, as they turn out.
    binding : (T, b) whether a constraint or bound binds, under ``constraints``.
    evidence : one record per date at which something is learnt: ``date``,
        ``newton_steps`` (changes of the guess for a piecewise-linear path),
        ``open_steps`` of them that left variables open (a singular system),
        ``homotopy_steps``, ``largest_residual`` (over the terms of its equation), its
        ``equation`` and ``period``.
    distance : largest distance of a variable in period T from where it ends, relative
        to one plus its size; ``farthest`` is its name.
    linear : whether the path is piecewise linear.
    """

    model: DynamicModel
    parameters: Mapping[str, float]
    values: np.ndarray
    levels: np.ndarray
    constraints: tuple[str, ...]
    binding: np.ndarray
    evidence: tuple[Mapping[str, float | str], ...]
    distance: float
    farthest: str
    linear: bool = False

    @property
    def periods(self) -> int:
        """Length of the path."""
        return len(self.levels)

    def dataset(self) -> xr.Dataset:
        """Variables and shocks by name over ``period`` 1 to T."""
        import xarray as xr

        names = [v.name for v in self.model.variables if not v.auxiliary]
        rows = [self.model.names.index(n) for n in names]
        columns = dict(zip(names, self.values[1:-1, rows].T, strict=True))
        columns |= {
            s.name: c for s, c in zip(self.model.shocks, self.levels.T, strict=True)
        }
        return xr.Dataset(
            {n: ("period", c) for n, c in columns.items()},
            coords={"period": np.arange(1, self.periods + 1)},
            attrs={"model": self.model.name},
        )


def solve_path(
    model: DynamicModel,
    parameters: Mapping[str, float] | None = None,
    periods: int | None = None,
    shocks: Mapping[str, Sequence[float]] | None = None,
) -> PathSolution:
    """Solve the path that the model's ``scenario`` asks for, or one with given shocks.

    Under perfect foresight all equations hold in all periods (Newton's method on the
    stacked system); what is learnt later is a surprise at its date, from which on the
    path is solved again. With ``constraints`` the path is piecewise linear around the
    resting point (Guerrieri and Iacoviello 2015).

    Parameters
    ----------
    parameters : changes of the model's default values.
    periods : length of the path; that of the scenario, or 100, by default.
    shocks : levels by name in periods 1, 2, ..., all known from the first period on,
        in the place of those of the scenario.

    Raises
    ------
    SolutionError
        Nothing is asked for, values lie outside the path, or no path was found: the
        message names the equation and the period that stay unsolved.
    SteadyStateError
        The economy has no resting point to start from or to end in.
    DeterminacyError
        Of a piecewise-linear path, as ``solve_local``.
    """
    economy = Economy(model, parameters, periods, shocks)
    if economy.scenario.constraints:
        return _piecewise(economy)
    return _foresight(economy)


def _piecewise(economy: Economy) -> PathSolution:
    found = Piecewise(economy).solve()
    model = economy.model
    rest = found.rest
    gaps = np.abs(found.values[-2] - rest) / (1 + np.abs(rest))
    worst = int(np.argmax(gaps))
    return PathSolution(
        model,
        economy.named(found.parameters),
        found.values,
        found.levels,
        tuple(c.name for c in economy.scenario.constraints),
        found.binding,
        tuple(found.evidence),
        float(gaps[worst]),
        model.names[worst],
        linear=True,
    )


def _foresight(economy: Economy) -> PathSolution:
    model, periods = economy.model, economy.periods
    own = conditions(model)
    values = np.zeros((periods + 2, len(model.names)))
    realised = np.zeros((periods, len(economy.shocks)))
    limits, binding = _limits(economy), np.zeros((periods, 0), bool)
    evidence, stacks = [], {}
    values[0] = economy.before(1, values, realised, economy.first)
    parameters, end = economy.first, values[-1]
    for date in economy.dates:
        levels, last = economy.levels(date)
        parameters = economy.parameters(last)
        end = economy.end(parameters)
        before = economy.before(date, values, realised, parameters)
        _check_end(economy, limits, end)
        realised[date - 1 :] = levels[date - 1 :]
        values[-1] = end
        if date == 1:
            values[1:-1] = economy.near(end)
        # States a period earlier, in deviations from the levels that are known now.
        known = values.copy()
        known[date - 1] = before
        problem = Problem(
            own,
            resting_parameters(model, end, parameters),
            known,
            levels - economy.base(parameters),
            date,
            limits,
            stacks,
        )
        found, shares = _with_homotopy(economy, problem, end)
        values[date:-1] = found.values
        evidence.append(_record(economy, date, found, shares))
        if limits is not None:
            residuals, slopes = problem.evaluate(found.values)
            bind = problem.binding(found.values, residuals, slopes) != 0
            binding = np.concatenate([binding[: date - 1], bind]) if date > 1 else bind
    gaps = np.abs(values[-2] - end) / (1 + np.abs(end))
    if economy.scenario.terminal is not None:
        # Only what enters with a lead is given an end.
        gaps *= [n in model.appearing(1) for n in model.names]
    worst = int(np.argmax(gaps))
    labels = tuple(f"{b.variable} ({b.equation})" for b in economy.scenario.bounds)
    return PathSolution(
        model,
        economy.named(parameters),
        values,
        realised,
        labels,
        binding,
        tuple(evidence),
        float(gaps[worst]),
        model.names[worst],
    )


def _limits(economy: Economy) -> Limits | None:
    places = bounded_places(economy.model)
    if not places:
        return None
    lower, upper = bounds_of(economy)
    rows, columns = np.array(places, int).T
    return Limits(rows, columns, np.array(lower), np.array(upper))


def _check_end(economy: Economy, limits: Limits | None, end: np.ndarray) -> None:
    """Refuse ends beyond bounds: no path with the bounds comes to rest there.

    Raises
    ------
    SolutionError
        Naming the variable and the bound.
    """
    if limits is None:
        return
    last = end[limits.columns]
    beyond = (last < limits.lower - 1e-9) | (last > limits.upper + 1e-9)
    for k in np.flatnonzero(beyond):
        name = economy.model.names[limits.columns[k]]
        limit = limits.lower[k] if last[k] < limits.lower[k] else limits.upper[k]
        raise SolutionError(
            f"model '{economy.model.name}': '{name}' ends at {last[k]:.6g}, beyond its "
            f"bound {limit:.6g}: move the bound, or the resting point at the end"
        )


def _with_homotopy(
    economy: Economy, problem: Problem, end: np.ndarray
) -> tuple[Found, int]:
    """Newton's method; where it fails, the changes are made step by step.

    With none of them the economy rests where it ends.

    Raises
    ------
    SolutionError
        Naming the equation and the period that are left unsolved.
    """
    first = problem.first
    found = newton(problem, problem.values[first:-1])
    if not found.solved and problem.limits is not None:
        # Without bounds first: a path that is right but for them is a better start.
        free = newton(replace(problem, limits=None), problem.values[first:-1])
        again = newton(problem, free.values)
        found = (
            again._replace(steps=free.steps + again.steps) if again.solved else found
        )
    if found.solved:
        return found, 0
    looks_ahead = bool(economy.model.appearing(1))
    if not looks_ahead or economy.scenario.terminal is not None:
        # There may be no rest to start from: each period starts from the one before.
        start = stepped(problem)
        found = found if start is None else newton(problem, start)
        if found.solved:
            return found, 0
        advice = "what came before leaves it no value"
        if looks_ahead:
            advice = "give an end of the path at which the economy rests ('steady')"
        raise _unsolved(economy, problem, found, advice)
    begin = problem.values[first - 1].copy()
    known = set(economy.model.appearing(-1))
    states = np.array([n in known for n in economy.model.names])
    inner = np.repeat(end[None], problem.count, axis=0)
    share, step, steps, count = 0.0, 0.5, 0, 0
    while share < 1:
        trial = min(share + step, 1.0)
        values = problem.values.copy()
        values[first - 1] = np.where(states, end + trial * (begin - end), 0.0)
        part = replace(problem, values=values, shocks=trial * problem.shocks)
        found = newton(part, inner)
        count, steps = count + 1, steps + found.steps
        if found.solved:
            inner, share, step = found.values, trial, 2 * step
        elif step / 2 < _SHORTEST:
            advice = (
                f"{100 * share:.3g}% of the changes were solved: make them smaller, "
                "or the path longer"
            )
            raise _unsolved(economy, part, found, advice)
        else:
            step /= 2
    return found._replace(steps=steps), count


def _unsolved(
    economy: Economy, problem: Problem, found: Found, advice: str
) -> SolutionError:
    """An error that names what is left, with what to do."""
    model = economy.model
    declared = np.array([not v.auxiliary for v in model.variables])
    left_over = np.where(declared, found.shortfalls, 0.0)
    every = left_over if np.any(left_over > 1) else found.shortfalls
    period, row = np.unravel_index(np.argmax(every), every.shape)
    residuals, slopes = problem.conditions_at(found.values)
    left = residuals[period, row]
    label = label_of(model, model.equations[row].name)
    size = f"a residual of {left:.2g}" if np.isfinite(left) else "no finite value"
    own = slopes[period, problem.conditions.rows == row]
    if np.isfinite(left) and not np.all(np.isfinite(own)):
        size = "no finite derivative"
    return SolutionError(
        f"model '{model.name}': no path was found; {label} is left with {size} "
        f"in period {problem.first + period}; {advice}"
    )


def _record(
    economy: Economy, date: int, found: Found, shares: int
) -> dict[str, float | str]:
    period, row = np.unravel_index(np.argmax(found.shortfalls), found.shortfalls.shape)
    return {
        "date": date,
        "newton_steps": found.steps,
        "open_steps": found.open_steps,
        "homotopy_steps": shares,
        "largest_residual": float(found.shortfalls[period, row] * TOLERANCE),
        "equation": economy.model.equations[row].name,
        "period": int(date + period),
    }
