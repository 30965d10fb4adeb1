"""What a study is: a question, what it measures, and what it is given.

A topic is a folder. Its ``__init__.py`` declares ``STUDY`` and imports nothing heavy;
its modules have fixed names, and import one way::

    page.py -> claims.py -> study.py -> model.py

``study.py`` has ``measure(setting) -> Findings`` and, where it has options of its own,
``OPTIONS``; ``claims.py`` has ``claims(findings)``; ``page.py`` has
``result(findings, claims)``, what is written and drawn, and ``section(result)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .progress import Progress

if TYPE_CHECKING:
    import xarray as xr

    from ..calibration.economies.store import EconomyStore
    from .report.results import ExperimentResult


@dataclass(frozen=True)
class Study:
    """A question and where its answer is looked for.

    Attributes
    ----------
    name
        As a user types it.
    question
        What it answers.
    economies
        Kinds of economies that it solves (keys of ``store.KINDS``): their parameters
        are what ``--set`` may change, beside the study's own options.
    slow
        In the report on request only.
    judged
        Whether it has claims.
    gathers
        Studies, by name, whose results it is given, in this order; a user's changes
        reach those that know them.
    compiles
        Whether it uses jax; a study of data alone starts without it.
    """

    name: str
    question: str
    economies: tuple[str, ...] = ()
    slow: bool = False
    judged: bool = False
    gathers: tuple[str, ...] = ()
    compiles: bool = True


@dataclass(frozen=True)
class Option:
    """An option of a study that is no parameter of a model.

    Attributes
    ----------
    name
        As a user types it after ``--set``.
    unit
        Of its values.
    description
        What it does.
    """

    name: str
    unit: str
    description: str


@dataclass
class Setting:
    """What a study is given.

    Attributes
    ----------
    open_store
        Gives the store; called when a study first asks, for it is slow to import.
    options
        The study's own options that the user gave, by name.
    out
        Directory of the results; a study writes there only what fits no result.
    seed
        Seed of every random draw.
    progress
        Where to tell what is being done.
    gathered
        Results of the studies that it gathers, by name.
    """

    open_store: Callable[[], EconomyStore]
    options: Mapping[str, Any]
    out: Path
    seed: int = 0
    progress: Progress = field(default_factory=Progress)
    gathered: Mapping[str, ExperimentResult] = field(default_factory=dict)

    @cached_property
    def store(self) -> EconomyStore:
        """Solves economies with the user's changes."""
        return self.open_store()

    def once(self, key: Any, make: Any) -> Any:
        """What is remembered under ``key``, the options and the store's changes."""
        own = tuple(sorted(self.options.items()))
        return self.store.once((key, own, self.seed), make)


@dataclass(frozen=True)
class Findings:
    """What a study measured.

    Attributes
    ----------
    data
        Labelled tables with units by the name of the file that holds them.
    parameters
        Parameters with units, as ``manifest.describe_parameters`` takes them.
    quantities
        Named numbers with units that a sweep collects.
    extra
        What pages need beside, in the study's own types.
    data_vintage
        Which data were used.
    """

    data: Mapping[str, xr.Dataset]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    quantities: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    data_vintage: str | Mapping[str, str] | None = None

    def __getitem__(self, name: str) -> xr.Dataset:
        """A labelled table by name."""
        return self.data[name]


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
