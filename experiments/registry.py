"""The experiments and the sweepable functions, found by name.

An experiment is a function that answers one question::

    @experiment("theta", question="Are safe and risky debt the ends of one line?")
    def theta(context: ExperimentContext) -> ExperimentResult: ...

Topics stand in ``contents``; their ``study.py`` is imported when a name is looked up.
"""

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import FiscaxError
from .command.progress import Progress
from .contents import OTHERS, REPORT
from .report.results import ExperimentResult

if TYPE_CHECKING:
    from .report.page import Section

Thing = TypeVar("Thing")


@dataclass
class ExperimentContext:
    """What an experiment is given.

    Attributes
    ----------
    overrides
        Parameter name -> value, from ``--set``; the calibration layer checks names
        and ranges.
    out
        Directory of the results; the caller saves the result, an experiment writes
        there only what does not fit into one.
    seed
        Seed of every random draw.
    progress
        Where to tell what is being done.
    shared
        Things computed once per process: the experiments of a report share solutions.
    """

    overrides: dict[str, Any]
    out: Path
    seed: int = 0
    progress: Progress = field(default_factory=Progress)
    shared: dict[Any, Any] = field(default_factory=dict)

    def once(self, key: Any, make: Callable[[], Thing]) -> Thing:
        """Return what is shared under ``key``, made by ``make()`` when it is not there.

        The key has to contain everything that the thing depends on, overrides too.
        """
        if key not in self.shared:
            self.shared[key] = make()
        return self.shared[key]


def release_programs() -> None:
    """Forget compiled programs; the cache on disk has them when they are needed again.

    One process can map only so many of them, and they hold memory.
    """
    import jax

    jax.clear_caches()


RunExperiment = Callable[[ExperimentContext], ExperimentResult]
MakeSection = Callable[[ExperimentResult], "Section"]


@dataclass(frozen=True)
class Experiment:
    """A registered experiment: its name, the question it answers and its function.

    ``order`` is its place in the report, None leaves it out; ``section`` turns its
    result into a section of the report, None shows all tables and figures. ``slow``
    ones are in the report on request only.
    """

    name: str
    question: str
    run: RunExperiment
    order: float | None = None
    section: MakeSection | None = None
    slow: bool = False


@dataclass(frozen=True)
class Output:
    """Declaration of one output of a sweepable function.

    Attributes
    ----------
    unit
        Unit of the numbers.
    dims
        Names of the axes after the first one (which runs over draws).
    coords
        Labels of these axes: name -> labels.
    """

    unit: str
    dims: tuple[str, ...] = ()
    coords: Mapping[str, Any] = field(default_factory=dict)


# parameters {name: array [n_draw]}, base calibration -> {output: array [n_draw, ...]}
Evaluate = Callable[[dict[str, Any], str | None], Mapping[str, Any]]


@dataclass(frozen=True)
class Sweepable:
    """A registered function of parameters that a sweep can map over draws."""

    name: str
    evaluate: Evaluate
    outputs: dict[str, Output]


EXPERIMENTS: dict[str, Experiment] = {}
SWEEPABLES: dict[str, Sweepable] = {}


def experiment(
    name: str,
    question: str,
    *,
    order: float | None = None,
    section: MakeSection | None = None,
    slow: bool = False,
) -> Callable[[RunExperiment], RunExperiment]:
    """Register a function as the experiment ``name``."""

    def register(function: RunExperiment) -> RunExperiment:
        _add(EXPERIMENTS, Experiment(name, question, function, order, section, slow))
        return function

    return register


def sweepable(
    name: str, outputs: Mapping[str, Output]
) -> Callable[[Evaluate], Evaluate]:
    """Register ``evaluate(parameters, base)`` as the sweepable function ``name``.

    It may add the output ``status``: one text per draw, "ok" or what went wrong.
    Draws whose numbers are not finite count as failed without it.
    """

    def register(function: Evaluate) -> Evaluate:
        _add(SWEEPABLES, Sweepable(name, function, dict(outputs)))
        return function

    return register


def _add(table: dict[str, Any], entry: Experiment | Sweepable) -> None:
    known = table.get(entry.name)
    if known is not None and _source(known) != _source(entry):
        raise ValueError(f"two functions are registered as '{entry.name}'")
    table[entry.name] = entry


def _source(entry: Experiment | Sweepable) -> str:
    function = entry.run if isinstance(entry, Experiment) else entry.evaluate
    return f"{function.__module__}.{function.__qualname__}"


def discover() -> None:
    """Import every topic, so that its experiments are registered."""
    for topic in (*REPORT, *OTHERS):
        importlib.import_module(f".{topic}.study", __package__)


def shared_result(context: ExperimentContext, name: str) -> ExperimentResult:
    """Result of an experiment with the context's overrides, run once per process."""
    overrides = tuple(sorted(context.overrides.items()))
    entry = find_experiment(name)
    return context.once(("result", name, overrides), lambda: entry.run(context))


def find_experiment(name: str) -> Experiment:
    """Experiment of that name; FiscaxError with a suggestion if there is none."""
    discover()
    return _find(EXPERIMENTS, name, "experiment")


def find_sweepable(name: str) -> Sweepable:
    """Sweepable function of that name, or the experiment's quantities, draw by draw."""
    discover()
    if name in EXPERIMENTS and name not in SWEEPABLES:
        from .command.sweep import sweepable_experiment

        return sweepable_experiment(EXPERIMENTS[name])
    return _find(SWEEPABLES, name, "sweepable function or experiment")


def report_experiments(slow: bool = False) -> list[Experiment]:
    """Experiments of the report, in the order of its sections; slow ones if asked."""
    discover()
    kept = [e for e in EXPERIMENTS.values() if slow or not e.slow]
    chosen = [(e.order, e) for e in kept if e.order is not None]
    return [entry for _, entry in sorted(chosen, key=lambda pair: pair[0])]


def _find(table: dict[str, Any], name: str, kind: str) -> Any:
    if name in table:
        return table[name]
    close = difflib.get_close_matches(name, table, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(table)}"
    raise FiscaxError(f"no {kind} is called '{name}'; {hint}")
