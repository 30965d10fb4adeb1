"""The one place that solves economies for studies, and remembers them.

A user's changes are routed by the declarations: every economy takes the parameters that
its model declares, and what nobody declares is refused by name. A study asks for an
economy by name and by *case*, the changes that make it what the study says it is; a
user's change that contradicts a case is refused, because the study's words would be
false. *Defaults* of a study are changes that a user may change again.

Solutions of the core economies are kept on disk between processes, and those that the
report asks for come with fiscax. A file is taken only after the residuals of every
equilibrium condition have been evaluated again at its policies; one that does not meet
the solver's tolerance is solved anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..._runtime import cache_directory, sources
from ...errors import FiscaxError, user_path
from ...models.core import core_economy
from ...models.declaration import Model
from ...models.sticky import sticky_price_economy
from ...solvers.errors import SolutionError
from ...solvers.projection.accuracy import node_residuals
from ...solvers.projection.newton import Newton
from ...solvers.projection.solution import GlobalSolution
from ...solvers.projection.solve import BlockSolver
from ...solvers.projection.wider import on_domain, wider_domain
from ..parameters.calibration import Calibration, calibration_regimes
from ..parameters.checks import suggestion
from ..shipped import SOLUTIONS
from . import core, sticky, sticky_switching
from .core import CoreEconomy
from .core_solution import (
    BENT,
    COARSE,
    INTERCEPTS,
    kind_of,
    load,
    solver_options,
)
from .sticky import MATURITIES, StickyEconomy

Thing = TypeVar("Thing")
Levels = tuple[tuple[int, ...], ...]
# Levels of the nominal block's grids, coarse to fine; None are those of the model.
GRIDS: Mapping[str, Levels | None] = {
    "fine": None,
    "coarse": (COARSE,),
    "bent": (BENT,),
}
# Parameter sets whose solutions come with fiscax on every grid.
SHIPPED = ("safe", "risky", "switching")
# Between what a solution is and which version wrote it, in the name of a file.
_MARK = "-by-"

# Kinds of economies, by the declaration whose parameters they take.
KINDS: Mapping[str, Callable[[], Model]] = {
    "core": lambda: core_economy(redistribution=True),
    "switching": lambda: core_economy(("safe", "risky"), redistribution=True),
    "sticky": sticky_price_economy,
    "sticky_switching": lambda: sticky_price_economy(regimes=sticky_switching.REGIMES),
}


class OverrideError(FiscaxError):
    """A change of parameters that nothing takes, or that contradicts a case."""


@lru_cache(maxsize=8)
def parameters_of(kind: str) -> frozenset[str]:
    """Names of the parameters that an economy of this kind declares."""
    return frozenset(p.name for p in KINDS[kind]().parameters)


def unclaimed(overrides: Mapping[str, Any], known: set[str], where: str) -> None:
    """Refuse changes of parameters that are not known.

    Raises
    ------
    OverrideError
        Naming every one, with the nearest known name.
    """
    left = [name for name in overrides if name not in known]
    if left:
        each = (f"'{n}'{suggestion(n, sorted(known)) or ''}" for n in left)
        raise OverrideError(f"{where} has no parameter {', '.join(each)}")


@dataclass
class EconomyStore:
    """Solves economies with a user's changes, once.

    Attributes
    ----------
    overrides : parameter -> value, of every economy that declares the parameter.
    report : told what the solver does; nobody by default.
    folder : where solutions of core economies are kept; None keeps none.
    shipped : where solutions that come with fiscax lie; None solves all anew.
    memory : what has been solved, by key; stores of one process may share it.
    """

    overrides: Mapping[str, Any] = field(default_factory=dict)
    report: Callable[[str], None] | None = None
    folder: Path | None = field(default_factory=lambda: cache_directory() / "solutions")
    shipped: Path | None = SOLUTIONS
    memory: dict[Any, Any] = field(default_factory=dict)

    def with_overrides(self, overrides: Mapping[str, Any]) -> EconomyStore:
        """A store with other changes that shares this one's memory."""
        return replace(self, overrides=dict(overrides))

    def once(self, key: Any, make: Callable[[], Thing]) -> Thing:
        """What is remembered under ``key`` and the store's changes, made if it is not.

        ``key`` has to hold everything else that the thing depends on.
        """
        whole = (key, _frozen(self.overrides))
        if whole not in self.memory:
            self.memory[whole] = make()
        return self.memory[whole]

    def core(
        self,
        name: str,
        case: Mapping[str, Any] | None = None,
        defaults: Mapping[str, Any] | None = None,
        grid: str = "fine",
        intercepts: bool = True,
    ) -> CoreEconomy:
        """A core economy: safe, risky, switching, or of a parameter file.

        Parameters
        ----------
        case : what makes it the economy that the study speaks of.
        defaults : changes of the study that the user may change again.
        grid : ``"fine"``, which meets the accuracy goals, ``"coarse"``, or ``"bent"``,
            a coarse one that is finer in the debt gap.
        intercepts : solve for them when means miss their targets.

        Raises
        ------
        OverrideError
            The user's change contradicts the case.
        CalibrationError, SolutionError, DeterminacyError
            As of ``solve_economy``.
        """
        changes = self._changes("core", name, case, defaults)
        return self._core(name, changes, GRIDS[grid], intercepts)

    def coarse_twin(self, economy: CoreEconomy) -> CoreEconomy:
        """The same parameters, intercepts included, on the coarse grid.

        What a number changes from one to the other bounds its error of approximation.
        """
        return self.on_levels(economy, (COARSE,))

    def on_levels(self, economy: CoreEconomy, levels: Levels) -> CoreEconomy:
        """The same parameters, intercepts included, on other grids, coarse to fine."""
        shipped = load(economy.name)[1].values
        changes = {
            k: v
            for k, v in economy.calibration.values.items()
            if k in INTERCEPTS or k not in shipped or v != shipped[k]
        }
        return self._core(economy.name, changes, levels, False)

    def sticky(
        self,
        name: str,
        case: Mapping[str, Any] | None = None,
        defaults: Mapping[str, Any] | None = None,
        order: int = 3,
        maturities: Sequence[int] = MATURITIES,
        taxes: str = "lump_sum",
        intercepts: bool = True,
    ) -> StickyEconomy:
        """A sticky-price economy; the other arguments are those of ``solve_sticky``."""
        changes = self._changes("sticky", name, case, defaults)
        return sticky.solve_sticky(name, changes, order, maturities, taxes, intercepts)

    def sticky_switching(
        self,
        name: str = "sticky_switching",
        case: Mapping[str, Any] | None = None,
        defaults: Mapping[str, Any] | None = None,
        order: int = 1,
    ) -> dict[str, StickyEconomy]:
        """The sticky-price economy that switches, by regime, to order 1 or 2."""
        changes = self._changes("sticky_switching", name, case, defaults)
        return sticky_switching.solve_switching(name, changes, order=order)

    def _changes(self, kind, name, case, defaults) -> dict[str, Any]:
        """The user's changes that the economy declares, after the study's own."""
        case = dict(case or {})
        if kind == "core" and len(calibration_regimes(name)) > 1:
            kind = "switching"
        known = parameters_of(kind)
        user = {k: v for k, v in self.overrides.items() if k in known}
        against = [k for k in case if k in user and user[k] != case[k]]
        if against:
            k = against[0]
            raise OverrideError(
                f"--set {k}={user[k]} contradicts a case of this study: '{name}' with "
                f"{', '.join(f'{n} = {v}' for n, v in case.items())}; leave it out"
            )
        return {**(defaults or {}), **user, **case}

    def _core(self, name, changes, levels, intercepts) -> CoreEconomy:
        key = ("core", name, _frozen(changes), levels, intercepts)
        if key not in self.memory:
            self.memory[key] = self._found(name, changes, levels, intercepts)
        return self.memory[key]

    def _found(self, name, changes, levels, intercepts) -> CoreEconomy:
        asked = Asked.of(name, changes, levels, intercepts)

        def make() -> CoreEconomy:
            return core.solve_economy(name, changes, levels, self.report, intercepts)

        return self._kept(asked, make)

    def wider(self, economy: CoreEconomy, points: np.ndarray) -> CoreEconomy:
        """The same economy, solved on a domain that covers states (P, d), too.

        Raises
        ------
        SolutionError
            As of ``on_domain``.
        """
        solution = economy.solution
        domain = wider_domain(solution, points)
        asked = Asked(
            economy.name,
            solution.model,
            economy.calibration,
            {
                "levels": {n: list(g.levels) for n, g in solution.grids},
                "ergodic": vars(solution.ergodic),
                # Paths differ by rounding from one processor to another.
                "domain": [[f"{x:.9e}" for x in np.ravel(part)] for part in domain],
            },
        )

        def make() -> CoreEconomy:
            return replace(economy, solution=on_domain(solution, domain))

        found = self._kept(asked, make)
        # What a solution was simulated on is not in its file.
        visited = solution.ergodic_sample
        return replace(found, solution=replace(found.solution, visited=visited))

    def _kept(self, asked: Asked, make: Callable[[], CoreEconomy]) -> CoreEconomy:
        """What was asked for: remembered, from a file, or made and written."""
        key = ("solved", asked.key)
        if key not in self.memory:
            self.memory[key] = self._from_file(asked) or self._written(asked, make())
        return self.memory[key]

    def _from_file(self, asked: Asked) -> CoreEconomy | None:
        places = [self.shipped and self.shipped / asked.shipped]
        places += [self.folder and self.folder / asked.own]
        found = (_stored(path, asked) for path in places if path is not None)
        return next((economy for economy in found if economy is not None), None)

    def _written(self, asked: Asked, found: CoreEconomy) -> CoreEconomy:
        if self.folder is not None:
            path = self.folder / asked.own
            with user_path(path, "keep a solution (FISCAX_CACHE_DIR) in"):
                path.parent.mkdir(parents=True, exist_ok=True)
                # Complete or not at all: another process may be reading.
                partial = path.with_suffix(f".{os.getpid()}.npz")
                found.solution.save(partial)
                partial.replace(path)
        return found


@dataclass(frozen=True)
class Asked:
    """An economy that is asked for, and the files in which its solution may lie.

    Attributes
    ----------
    name, model, calibration : what is solved.
    method : everything else that the solution depends on, as JSON takes it.
    """

    name: str
    model: Model
    calibration: Calibration
    method: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, changes: Mapping, levels, intercepts: bool) -> Asked:
        """A calibration with changes, as ``core.solve_economy`` solves it."""
        model, calibration = load(name, changes)
        if changes:
            calibration = calibration.with_values(**changes)
        options = solver_options(levels, None, *kind_of(model, calibration))
        method = {
            "levels": {k: list(map(list, v)) for k, v in options.levels.items()},
            "ergodic": asdict(options.ergodic),
            "intercepts": intercepts,
        }
        return cls(name, model, calibration, method)

    @cached_property
    def key(self) -> str:
        """Digest of declaration, numbers and method."""
        parts = {
            "model": self.model.name,
            "regimes": self.model.regimes.names,
            "parameters": self.calibration.hash(),
            **self.method,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def shipped(self) -> str:
        """Name of the file that comes with fiscax."""
        return f"{Path(self.name).stem}_{self.key[:16]}.npz"

    @property
    def own(self) -> str:
        """Name of the file that this version writes: another one solves anew."""
        return f"{Path(self.name).stem}_{self.key[:16]}{_MARK}{_sources()[:16]}.npz"


def ship(folder: Path, into: Path = SOLUTIONS) -> None:
    """Ship every solution that this version has written to a folder.

    Raises
    ------
    FiscaxError
        There is none.
    """
    found = sorted(folder.glob(f"*{_MARK}{_sources()[:16]}.npz"))
    if not found:
        raise FiscaxError(f"{folder} holds no solution of this version; solve first")
    for path in into.glob("*.npz"):
        path.unlink()
    for path in found:
        shutil.copyfile(path, into / f"{path.stem.split(_MARK)[0]}.npz")


def solve_shipped() -> None:
    """Solve anew, and keep, what comes with fiscax whatever studies ask for.

    Coarse grids twice: with intercepts of their own, and as twins of the fine ones.
    """
    store = EconomyStore(shipped=None, report=print)
    for name in SHIPPED:
        store.coarse_twin(store.core(name))
        store.core(name, grid="coarse")


def _frozen(changes: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    pairs = ((k, tuple(v) if isinstance(v, list) else v) for k, v in changes.items())
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def _sources() -> str:
    """Digest of the declarations and of the solvers."""
    return sources("models", "solvers", "calibration/economies/core_solution.py")


def _stored(path: Path, asked: Asked) -> CoreEconomy | None:
    """The economy of a file; None where there is none or its equations do not hold.

    Economies that are solved later with the same options take what both share.
    """
    if not path.is_file():
        return None
    model, calibration = asked.model, asked.calibration
    try:
        solution = GlobalSolution.load(path, model)
    except (SolutionError, OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    if not max(node_residuals(solution).values()) < Newton().accepted:
        return None
    levels = solution.grids[-1][1].levels
    options = solver_options((levels,), None, *kind_of(model, calibration))
    if solution.ergodic == options.ergodic:
        held = solution.grids, solution.parameters, solution.solved, solution.evidence
        BlockSolver(model, options).know(*held)
    given = calibration.as_arrays()
    found = {k: np.asarray(solution.parameters[k]) for k in INTERCEPTS}
    if any(np.any(found[k] != given[k]) for k in INTERCEPTS):
        # As after solving: both intercepts are given by regime.
        by_regime = {k: tuple(np.ravel(v).tolist()) for k, v in found.items()}
        calibration = calibration.with_values(**by_regime)
    return CoreEconomy(asked.name, calibration, solution)
