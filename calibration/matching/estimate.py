"""Parameters by matching moments of an era: what ``fiscax calibrate`` does.

Targets are moments of the era's record and published numbers of the shipped evidence,
such as what yields do on fiscal news. Standardised gaps (model less data over the
data's standard error) are made small by bounded least squares with forward differences,
on the coarse grid and always with the same innovations; intercepts are solved for each
time. A trial without a solution counts, with a penalty: the search goes elsewhere, and
the report says how often it happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from ...errors import FiscaxError
from ...solvers.errors import SolutionError
from ..economies.moments import definitions
from ..economies.quantities import QUANTITIES
from ..parameters.calibration import Calibration, CalibrationError
from ..record.moments import shipped_moments
from .equivalence import load_evidence, published
from .plans import Plan
from .trial import Trial

Array = NDArray[np.float64]
Moments = Mapping[str, float]
Evaluate = Callable[[dict[str, float]], Moments]
# Moments at parameters (second) in the neighbourhood of others (first).
Near = Callable[[dict[str, float], dict[str, float]], Moments]
Say = Callable[[str], None]

# Gap, in standard errors, of every moment of a trial that has no solution.
PENALTY = 50.0
# Forward differences in units of a parameter's range.
STEP = 0.01


@dataclass
class Trials:
    """Counts and the last failure of a search, filled while it runs."""

    evaluations: int = 0
    failures: int = 0
    last_failure: str = ""


@dataclass(frozen=True)
class Estimates:
    """What the search found.

    Attributes
    ----------
    parameters : in declared units.
    gaps : table with columns moment, data, standard_error, weight, start, model, gap,
        t; the weight is one over the squared standard error.
    at_bound : parameters that lie at a bound of their range.
    trials : evaluations, and how many had no solution.
    converged : whether the search met its tolerance rather than its limit.
    calibration : the complete parameter set, when there is an economy.
    """

    plan: Plan
    parameters: dict[str, float]
    gaps: pd.DataFrame
    at_bound: tuple[str, ...]
    trials: Trials
    converged: bool
    calibration: Calibration | None = None

    @property
    def objective(self) -> float:
        """Sum of squared t-statistics of the targets."""
        return float(np.sum(self.gaps["t"].to_numpy(float) ** 2))

    def write(self, path: Path, shared: str | None = None) -> Path:
        """Write the parameter file; ``shared`` names the file of non-policy ones.

        FiscaxError for the estimates of a function that is no calibration (``match``).
        """
        if self.calibration is None:
            raise FiscaxError("these estimates belong to no calibration")
        path.write_text(self.calibration.to_toml(shared), encoding="utf-8")
        return path


def estimate(
    name: str,
    era: str,
    free: Mapping[str, tuple[float, float]],
    targets: Sequence[str],
    *,
    max_steps: int = 30,
    seed: int = 0,
    report: Say | None = None,
) -> Estimates:
    """Match moments of an era with an economy's free parameters.

    Parameters
    ----------
    name : shipped calibration (or file) that gives the start and all other values.
    free : parameter -> (low, high), one value for all regimes; a starting value outside
        is moved to the bound.
    targets : names of moments that both tables have, or of quantities of which the
        evidence has one published number.
    max_steps : steps of the search; each costs one solution, and its derivative
        one more per parameter.

    Raises
    ------
    FiscaxError
        For unknown moments or parameters, or fewer moments than parameters.
    SolutionError
        If the starting values have no solution.
    """
    say = report or (lambda _: None)
    data = target_table(era, targets)
    moments = {d.name for d in definitions()}
    trial = Trial(name, seed, tuple(t for t in targets if t not in moments))
    calibration = trial.calibration
    if len(targets) < len(free):
        raise FiscaxError(f"{len(targets)} moments cannot fix {len(free)} parameters")
    plan = Plan(name, era, dict(free), tuple(targets), _left_out(era, targets))
    start = starting_values(calibration, free)
    found = match(plan, trial.at, start, data, max_steps, say, trial.near)
    intercepts = trial.intercepts(found.parameters)
    return replace(found, calibration=_calibrated(calibration, found, intercepts))


def _calibrated(
    calibration: Calibration, found: Estimates, intercepts: Mapping[str, Sequence]
) -> Calibration:
    """The parameter set with the estimates, their sources, and the moments named."""
    plan = found.plan
    values = {k: v for k, v in intercepts.items() if k not in found.parameters}
    changed = calibration.with_values(**{**values, **found.parameters})
    source = f"matched to moments of {plan.era} by `fiscax calibrate {plan.era}`"
    changed = changed.with_source(source, *found.parameters)
    changed = changed.with_source("solved for on the coarse grid", *values)
    return replace(changed, era=plan.era, targets=plan.targets, left_out=plan.left_out)


def match(
    plan: Plan,
    evaluate: Evaluate,
    start: Mapping[str, float],
    data: pd.DataFrame,
    max_steps: int = 30,
    say: Say = lambda _: None,
    near: Near | None = None,
) -> Estimates:
    """Bounded least squares on standardised gaps of any function of parameters.

    Parameters
    ----------
    evaluate : parameters -> moments by name; may raise ``SolutionError``.
    data : columns name, value, standard_error of everything matched.
    near : moments at parameters near a place where ``evaluate`` has been, free of the
        noise of solving anew: derivatives are taken with it. ``evaluate`` by default.
    """
    names = list(plan.free)
    low, high = (np.array([plan.free[n][k] for n in names]) for k in (0, 1))
    trials = Trials()
    gaps = gap_function(evaluate, data, trials, say)

    def values(unit: Array) -> dict[str, float]:
        return dict(zip(names, (low + unit * (high - low)).tolist(), strict=True))

    begin = (np.array([start[n] for n in names]) - low) / (high - low)
    # The search starts strictly inside its bounds.
    begin = np.clip(begin, 1e-4, 1 - 1e-4)
    first = gaps(values(begin))
    if trials.failures:
        raise SolutionError(f"the starting values: {trials.last_failure}")

    def nearby(place: Array) -> Callable[[Array], Array]:
        if near is None:
            return lambda u: gaps(values(u))
        close = gap_function(partial(near, values(place)), data, trials, say)
        return lambda u: close(values(u))

    best, last, converged = _search(lambda u: gaps(values(u)), nearby, begin, max_steps)
    bound = [n for n, u in zip(names, best, strict=True) if min(u, 1 - u) < 1e-3]
    return Estimates(
        plan=plan,
        parameters=values(best),
        gaps=gap_table(data, first, last),
        at_bound=tuple(bound),
        trials=trials,
        converged=converged,
    )


def _search(
    residuals: Callable[[Array], Array],
    nearby: Callable[[Array], Callable[[Array], Array]],
    begin: Array,
    max_steps: int,
) -> tuple[Array, Array, bool]:
    """Bounded Gauss-Newton on the unit cube: place, residuals, whether it converged.

    ``nearby(place)`` are the residuals in the neighbourhood of a place.

    Residuals are dear, so the Jacobian is updated after Broyden along the way and
    differenced again only where a step fails. Every step stays in a box of its own,
    which grows while steps do what they promise and shrinks where there is no solution.
    """
    place, gap, radius = begin, residuals(begin), 0.1
    jacobian, fresh = forward_differences(nearby(place), place), True
    for _ in range(max_steps):
        low, high = np.maximum(-place, -radius), np.minimum(1.0 - place, radius)
        step = lsq_linear(jacobian, -gap, bounds=(low - 1e-12, high + 1e-12)).x
        trial = np.clip(place + step, 1e-4, 1 - 1e-4)
        step = trial - place
        expected = gap @ gap - np.sum((gap + jacobian @ step) ** 2)
        if expected < 1e-3 * (gap @ gap):
            if fresh:
                return place, gap, True
            jacobian, fresh = forward_differences(nearby(place), place), True
            continue
        new = residuals(trial)
        gained = gap @ gap - new @ new
        if gained > 0.1 * expected:
            surprise = new - gap - jacobian @ step
            jacobian = jacobian + np.outer(surprise, step) / (step @ step)
            place, gap, fresh = trial, new, False
            radius = min(0.3, 1.5 * radius) if gained > 0.5 * expected else radius
        elif fresh or np.all(new == PENALTY):
            radius /= 3
            if radius < 1e-2:
                return place, gap, True
        else:
            jacobian, fresh = forward_differences(nearby(place), place), True
    return place, gap, False


def forward_differences(residuals: Callable[[Array], Array], unit: Array) -> Array:
    """Jacobian (moments, parameters) by one step of ``STEP`` in every direction.

    Inwards near the top, and backwards where the step has no solution; a parameter
    that can move in neither direction is left where it is.
    """
    base = residuals(unit)
    columns = []
    for k, place in enumerate(unit):
        column = np.zeros_like(base)
        for step in (STEP, -STEP):
            bumped = unit.copy()
            bumped[k] += step
            if not 0.0 <= place + step <= 1.0:
                continue
            found = residuals(bumped)
            if not np.all(found == PENALTY):
                column = (found - base) / step
                break
        columns.append(column)
    return np.array(columns).T


def gap_function(
    evaluate: Evaluate, data: pd.DataFrame, trials: Trials, say: Say
) -> Callable[[dict[str, float]], Array]:
    """Standardised gaps (moments,) of parameters; remembers what it has computed."""
    names = data["name"].tolist()
    goal = data["value"].to_numpy(float)
    scale = data["standard_error"].to_numpy(float)
    memory: dict[tuple[float, ...], Array] = {}

    def gaps(values: dict[str, float]) -> Array:
        key = tuple(values.values())
        if key not in memory:
            memory[key] = compute(values)
        return memory[key]

    def compute(values: dict[str, float]) -> Array:
        trials.evaluations += 1
        shown = ", ".join(f"{n} {v:.5g}" for n, v in values.items())
        try:
            moments = evaluate(values)
            gap = (np.array([moments[n] for n in names]) - goal) / scale
            if not np.all(np.isfinite(gap)):
                raise SolutionError("a simulated target is not finite")
        except (SolutionError, CalibrationError, np.linalg.LinAlgError) as error:
            trials.failures += 1
            trials.last_failure = str(error)
            say(f"trial {trials.evaluations}: no solution ({error}); {shown}")
            return np.full(len(goal), PENALTY)
        say(f"trial {trials.evaluations}: sum of t^2 {gap @ gap:.4g}; {shown}")
        return gap

    return gaps


def gap_table(data: pd.DataFrame, first: Array, last: Array) -> pd.DataFrame:
    """Targets with the model's values at the start and at the end.

    ``data`` are the rows of the targets in the moment table; ``first`` and ``last``
    (n_target,) are gaps in standard errors of the data, the column ``gap`` is in each
    moment's own unit.
    """
    value, error = (data[c].to_numpy(float) for c in ("value", "standard_error"))
    return pd.DataFrame(
        {
            "moment": data["name"].to_numpy(),
            "data": value,
            "standard_error": error,
            "weight": error**-2,
            "start": value + first * error,
            "model": value + last * error,
            "gap": last * error,
            "t": last,
        }
    )


def target_table(era: str, targets: Sequence[str]) -> pd.DataFrame:
    """Name, value and standard error of the targets, in their order.

    Of the era's moments, or of the evidence where the era has none of that name.

    Raises
    ------
    FiscaxError
        Naming the targets that neither has.
    """
    shipped = shipped_moments()
    here = shipped[shipped["era"] == era].set_index("name")
    known = {row.quantity for row in load_evidence()} & set(QUANTITIES)
    absent = [t for t in targets if t not in here.index and t not in known]
    if absent:
        raise FiscaxError(
            f"era {era} has no moment {', '.join(absent)}, and the evidence no such row"
        )
    rows = []
    for name in targets:
        if name in here.index:
            value, error = here.loc[name, ["value", "standard_error"]]
        else:
            row = published(name, era)
            value, error = row.value, row.standard_error
        rows.append((name, float(value), float(error)))
    return pd.DataFrame(rows, columns=["name", "value", "standard_error"])


def starting_values(
    calibration: Calibration, free: Mapping[str, tuple[float, float]]
) -> dict[str, float]:
    """Values of the free parameters in a calibration, moved inside their bounds.

    Raises
    ------
    FiscaxError
        Naming what the calibration does not have.
    """
    values = calibration.values
    unknown = [n for n in free if n not in values]
    if unknown:
        raise FiscaxError(f"no parameter is called {', '.join(unknown)}")
    start = {}
    for name, (low, high) in free.items():
        # One value for all regimes.
        value = float(np.atleast_1d(np.asarray(values[name]))[0])
        start[name] = float(np.clip(value, low, high))
    return start


def _left_out(era: str, targets: Sequence[str]) -> tuple[str, ...]:
    """Moments that data and model have, but are not matched."""
    shipped = shipped_moments()
    measured = set(shipped[shipped["era"] == era]["name"])
    names = [d.name for d in definitions()]
    return tuple(n for n in names if n in measured and n not in targets)
