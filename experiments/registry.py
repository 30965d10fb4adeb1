"""The experiments and the sweepable functions, found by name.

Topics stand in ``contents``; each declares its ``STUDY``. Running one means: route the
user's changes, measure, judge the claims, and lay out what is written and drawn.
"""

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import FiscaxError
from .contents import OTHERS, REPORT
from .progress import Progress
from .report.results import ExperimentResult
from .study import Sweepable

if TYPE_CHECKING:
    from ..calibration.economies.store import EconomyStore
    from .report.page import Section
    from .study import Findings, Study

    Keep = Callable[[str, Callable[[], Findings]], Findings]

Thing = TypeVar("Thing")


def measured_anew(_: str, measure: Callable[[], "Findings"]) -> "Findings":
    """What a study measures, where nothing is kept."""
    return measure()


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
    keep
        What a study measures, by its name and how to measure it: measured anew, or as
        an earlier report kept it.
    """

    overrides: dict[str, Any]
    out: Path
    seed: int = 0
    progress: Progress = field(default_factory=Progress)
    shared: dict[Any, Any] = field(default_factory=dict)
    keep: "Keep" = measured_anew

    def once(self, key: Any, make: Callable[[], Thing]) -> Thing:
        """Return what is shared under ``key``, made by ``make()`` when it is not there.

        The key has to contain everything that the thing depends on, overrides too.
        """
        if key not in self.shared:
            self.shared[key] = make()
        return self.shared[key]

    @property
    def store(self) -> "EconomyStore":
        """Solves economies with the overrides; memory is shared with the report's."""
        from ..calibration.economies.store import EconomyStore

        memory = self.once("economies", dict)
        return EconomyStore(self.overrides, memory=memory)


RunExperiment = Callable[[ExperimentContext], ExperimentResult]
MakeSection = Callable[[ExperimentResult], "Section"]


def economy_parameters() -> frozenset[str]:
    """Parameters of every kind of economy."""
    from ..calibration.economies.store import KINDS, parameters_of

    return frozenset(name for kind in KINDS for name in parameters_of(kind))


@dataclass(frozen=True)
class Experiment:
    """A registered experiment: its name, the question it answers and its function.

    ``order`` is its place in the report, None leaves it out; ``section`` turns its
    result into a section of the report, None shows all tables and figures. ``slow``
    ones are in the report on request only. ``takes`` names what a user may change.
    ``compiles`` is False where jax is not needed. ``gathers`` names the experiments
    whose results it is given, ``economies`` the kinds of economies that it solves.
    """

    name: str
    question: str
    run: RunExperiment
    order: float | None = None
    section: MakeSection | None = None
    slow: bool = False
    takes: Callable[[], frozenset[str]] = economy_parameters
    compiles: bool = True
    gathers: tuple[str, ...] = ()
    economies: tuple[str, ...] = ()


EXPERIMENTS: dict[str, Experiment] = {}
SWEEPABLES: dict[str, Sweepable] = {}


def discover() -> None:
    """Gather what the topics declare; nothing that solves is imported."""
    for place, topic in enumerate((*REPORT, *OTHERS)):
        module = _module(topic)
        if hasattr(module, "SWEEPABLE"):
            SWEEPABLES[module.SWEEPABLE.name] = module.SWEEPABLE
        else:
            study = module.STUDY
            EXPERIMENTS[study.name] = _experiment(topic, study, place)


def _module(name: str) -> Any:
    return importlib.import_module(f".{name}", __package__)


def _experiment(topic: str, study: "Study", place: int) -> Experiment:
    """A declared study as an experiment; its modules are imported when it runs."""

    def run(context: ExperimentContext) -> ExperimentResult:
        return run_study(topic, study, context)

    def section(result: ExperimentResult) -> "Section":
        return _module(f"{topic}.page").section(result)

    def takes() -> frozenset[str]:
        return takes_of(topic, study)

    order = place if topic in REPORT else None
    return Experiment(
        study.name,
        study.question,
        run,
        order,
        section,
        study.slow,
        takes,
        study.compiles,
        study.gathers,
        study.economies,
    )


def options_of(topic: str) -> set[str]:
    """Names of a study's own options."""
    return {option.name for option in getattr(_module(f"{topic}.study"), "OPTIONS", ())}


def takes_of(topic: str, study: "Study") -> frozenset[str]:
    """What a user may change of a study, of its economies and of what it gathers."""
    from ..calibration.economies.store import parameters_of

    own = options_of(topic).union(*(parameters_of(kind) for kind in study.economies))
    return frozenset(own.union(*(find_experiment(n).takes() for n in study.gathers)))


def gathered(study: "Study", context: ExperimentContext) -> dict[str, ExperimentResult]:
    """Results that a study gathers, each with the changes that it knows.

    Raises
    ------
    OverrideError
        None of them knows a change.
    """
    from ..calibration.economies.store import unclaimed

    entries = [find_experiment(name) for name in study.gathers]
    known = {e.name: e.takes() for e in entries}
    unclaimed(context.overrides, set().union(*known.values()), f"'{study.name}'")
    return {
        name: shared_result(
            replace(
                context,
                overrides={k: v for k, v in context.overrides.items() if k in taken},
            ),
            name,
        )
        for name, taken in known.items()
    }


def run_study(
    topic: str, study: "Study", context: ExperimentContext
) -> ExperimentResult:
    """Measure, judge and lay out a topic.

    Raises
    ------
    OverrideError
        Neither the study nor an economy that it solves has a parameter of that name.
    """
    from .study import Setting

    module = _module(f"{topic}.study")
    if study.gathers:
        given = gathered(study, context)
        options, changes = {}, {}
    else:
        given = {}
        options, changes = routed(study, options_of(topic), context.overrides)
    setting = Setting(
        lambda: context.store.with_overrides(changes),
        options,
        context.out,
        context.seed,
        context.progress,
        given,
    )
    if study.gathers or context.overrides:
        # What others found may have been judged and laid out anew.
        findings = module.measure(setting)
    else:
        findings = context.keep(study.name, lambda: module.measure(setting))
    claims = _module(f"{topic}.claims").claims(findings) if study.judged else []
    return _module(f"{topic}.page").result(findings, claims)


def routed(
    study: "Study", own: set[str], overrides: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of the study, and changes of the economies that it solves.

    An option hides a parameter of the same name: British ``theta`` is not the US one.

    Raises
    ------
    OverrideError
        Naming what neither has.
    """
    solved: set[str] = set()
    # Economies are slow to import; a study of data alone needs none.
    if study.economies or overrides.keys() - own:
        from ..calibration.economies.store import parameters_of, unclaimed

        solved.update(*(parameters_of(kind) for kind in study.economies))
        unclaimed(overrides, own | solved, f"'{study.name}'")
    options = {k: v for k, v in overrides.items() if k in own}
    return options, {k: v for k, v in overrides.items() if k in solved - own}


def shared_result(context: ExperimentContext, name: str) -> ExperimentResult:
    """Result of an experiment with the context's overrides, run once per process."""
    overrides = tuple(sorted(context.overrides.items()))
    entry = find_experiment(name)
    return context.once(("result", name, overrides), lambda: entry.run(context))


def share_result(
    context: ExperimentContext, name: str, result: ExperimentResult
) -> None:
    """Give a result to everything that asks for it with the context's overrides."""
    overrides = tuple(sorted(context.overrides.items()))
    context.shared["result", name, overrides] = result


def find_experiment(name: str) -> Experiment:
    """Experiment of that name; FiscaxError with a suggestion if there is none."""
    discover()
    return find(EXPERIMENTS, name, "experiment")


def report_experiments(slow: bool = False) -> list[Experiment]:
    """Experiments of the report, in the order of its sections; slow ones if asked."""
    discover()
    kept = [e for e in EXPERIMENTS.values() if slow or not e.slow]
    chosen = [(e.order, e) for e in kept if e.order is not None]
    return [entry for _, entry in sorted(chosen, key=lambda pair: pair[0])]


def find(table: dict[str, Any], name: str, kind: str) -> Any:
    """Entry of that name; FiscaxError with a suggestion if there is none."""
    if name in table:
        return table[name]
    close = difflib.get_close_matches(name, table, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(table)}"
    raise FiscaxError(f"no {kind} is called '{name}'; {hint}")
