"""Parameter sets: read from TOML, checked, immutable.

A file holds a table ``[meta]`` and one table per parameter::

    [meta]
    name = "safe"
    description = "monetary-led policy"
    era = "1998-2019"
    regimes = ["safe"]
    shared = "baseline.toml"    # parameters that all economies have in common
    model = "sticky_prices"     # name of the declaration (optional, core)
    targets = []                # moments that were matched (optional)
    left_out = []               # moments that were not (optional)

    [parameters.phi]
    value = 1.5                 # or {safe = 1.5, risky = 0.8} when regime specific
    unit = "ratio"
    source = "starting value"

Units are those of the declaration. Parameters of role "coordinate" may be left out:
they then follow the policy of the regime listed last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.declaration import Model, Parameter
from ...solvers.errors import SolutionError
from . import checks as checking
from . import files
from .checks import (
    CalibrationError,
    InadmissibleError,
    Value,
    parse_overrides,
    suggestion,
)
from .files import shipped_calibrations
from .finite_value import infinite_value

__all__ = [
    "Calibration",
    "CalibrationError",
    "Entry",
    "calibration_regimes",
    "load_calibration",
    "parse_overrides",
    "shipped_calibrations",
    "validate",
]

# Reference policy of the coordinates -> the policy parameter whose value it takes.
COORDINATES = {
    "tax_reference": "tax_mean",
    "theta_reference": "theta",
    "breach_reference": "breach",
}

Check = Callable[["Calibration", Model], str | Iterable[str] | None]


@dataclass(frozen=True)
class Entry:
    """A parameter with its value (a tuple by regime when regime specific).

    ``derived`` marks a coordinate that follows the policy of the last regime.
    """

    parameter: Parameter
    value: Value
    source: str
    derived: bool = False

    @property
    def name(self) -> str:
        """Name of the parameter."""
        return self.parameter.name

    @property
    def unit(self) -> str:
        """Unit of the value, as declared."""
        return self.parameter.unit


@dataclass(frozen=True)
class Calibration:
    """A complete, checked set of parameters of one economy.

    ``economy`` lists its regimes; regime-specific values are in that order.
    ``targets`` and ``left_out`` name the moments that were and were not matched,
    ``model`` the declaration if the file does.
    """

    name: str
    description: str
    era: str
    economy: tuple[str, ...]
    entries: tuple[Entry, ...]
    targets: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    model: str = ""

    @property
    def by_name(self) -> dict[str, Entry]:
        """Entries by name; each has ``value`` and ``unit``, as a manifest wants."""
        return {entry.name: entry for entry in self.entries}

    @property
    def values(self) -> dict[str, Value]:
        """Values by name: floats, or tuples of one float per regime."""
        return {entry.name: entry.value for entry in self.entries}

    @property
    def units(self) -> dict[str, str]:
        """Units by name."""
        return {entry.name: entry.unit for entry in self.entries}

    @property
    def sources(self) -> dict[str, str]:
        """Sources by name."""
        return {entry.name: entry.source for entry in self.entries}

    def as_arrays(self) -> dict[str, NDArray[np.float64]]:
        """Values as arrays: shape (), or (R,) for the R regimes, in declared units."""
        return {e.name: np.asarray(e.value, dtype=float) for e in self.entries}

    def hash(self) -> str:
        """Sixteen hex digits that identify regimes and values, whatever their order."""
        # Adding zero makes the two zeros of floating point the same.
        values = {n: (np.asarray(v) + 0.0).tolist() for n, v in self.values.items()}
        text = json.dumps([self.economy, values], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def with_values(self, **overrides: Any) -> Calibration:
        """Return a copy with other values; coordinates left out of the file follow.

        Parameters
        ----------
        overrides : a number, or for regime-specific parameters also a sequence in the
            order of ``economy`` or a mapping from regime to number.

        Raises
        ------
        CalibrationError
            Unknown names and inadmissible values, all in one message; or values that
            are admissible alone and together make the value of output infinite.
        """
        known = self.by_name
        problems = []
        for name, raw in overrides.items():
            if name not in known:
                hint = suggestion(name, known)
                problems.append(f"unknown parameter '{name}'{hint}")
                continue
            parameter = known[name].parameter
            given = raw.tolist() if isinstance(raw, np.ndarray) else raw
            given = tuple(given) if isinstance(given, list) else given
            try:
                value = checking.admissible_value(parameter, given, self.economy)
                known[name] = Entry(parameter, value, "override")
            except InadmissibleError as error:
                problems.append(str(error))
        if problems:
            raise CalibrationError(f"calibration '{self.name}'", problems)
        followed = _follow(known)
        _require_finite_value(f"calibration '{self.name}'", followed)
        return replace(self, entries=tuple(followed.values()))

    def with_parameter(
        self, parameter: Parameter, value: Value, source: str
    ) -> Calibration:
        """Return a copy with one parameter more, for an extended declaration."""
        more = Entry(parameter, value, source)
        return replace(self, entries=(*self.entries, more))

    def with_source(self, source: str, *names: str) -> Calibration:
        """Return a copy in which the named parameters have another source.

        Raises
        ------
        CalibrationError
            If a name is unknown or the source is empty.
        """
        known = self.by_name
        problems = [
            f"unknown parameter '{name}'{suggestion(name, known)}"
            for name in names
            if name not in known
        ]
        if not source.strip():
            problems.append("the source is empty, say where the values come from")
        if problems:
            raise CalibrationError(f"calibration '{self.name}'", problems)
        known |= {name: replace(known[name], source=source) for name in names}
        return replace(self, entries=tuple(known.values()))

    def differences(self, other: Calibration) -> list[dict[str, Any]]:
        """Exactly the parameters in which two economies differ.

        Returns
        -------
        Records ``{name, symbol, unit, role, this, other}`` in declared order. A value
        is a number when it is the same in all regimes, else {regime: number}, and None
        where the economy does not have the parameter.
        """
        mine, theirs = self.by_name, other.by_name
        records = []
        for name, entry in {**theirs, **mine}.items():
            this, that = _plain(self, name), _plain(other, name)
            if this != that:
                declared = entry.parameter
                records.append(
                    {
                        "name": name,
                        "symbol": declared.latex,
                        "unit": declared.unit,
                        "role": declared.role,
                        "this": this,
                        "other": that,
                    }
                )
        order = list(dict.fromkeys([*mine, *theirs]))
        return sorted(records, key=lambda record: order.index(record["name"]))

    def to_toml(self, shared: str | None = None) -> str:
        """Text of a file that loads as this calibration.

        ``shared`` names a file beside it that holds the parameters of ``shared_toml``;
        only the others are then written.
        """
        meta: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "era": self.era,
            "regimes": self.economy,
        }
        meta |= {"shared": shared} if shared else {}
        meta |= {"model": self.model} if self.model else {}
        lists = {"targets": self.targets, "left_out": self.left_out}
        meta |= {key: value for key, value in lists.items() if value}
        own = [e for e in self.entries if not (shared and _is_shared(e))]
        return files.write(meta, _rows(own), self.economy)

    def shared_toml(self, name: str, description: str) -> str:
        """Text of a file with what is not specific to policy, to be shared."""
        meta = {"name": name, "description": description}
        own = [e for e in self.entries if _is_shared(e)]
        return files.write(meta, _rows(own), self.economy)


def calibration_regimes(name_or_path: str | Path) -> tuple[str, ...]:
    """Regimes that a file lists, to declare the model before loading the values.

    Raises
    ------
    CalibrationError
        If there is no such file or its [meta] is wrong.
    """
    path = files.find(name_or_path)
    meta = files.read(path).get("meta")
    problems = checking.meta_problems(meta, files.REQUIRED)
    if problems or not isinstance(meta, Mapping):
        raise CalibrationError(path.name, problems)
    return tuple(meta["regimes"])


def load_calibration(name_or_path: str | Path, model: Model) -> Calibration:
    """Read a parameter set and check it against the declaration.

    Parameters
    ----------
    name_or_path : a shipped name (``shipped_calibrations``) or a file ending in .toml.
    model : the economy whose parameters the file has to give; its only regime may have
        another name than the file's.

    Raises
    ------
    CalibrationError
        One message with every problem: no such file, not TOML, unknown or missing
        parameter, missing or wrong unit, missing source, wrong regimes, not a number,
        NaN, outside the admissible open interval; or, where each value is admissible,
        a value of output that is infinite.
    """
    path = files.find(name_or_path)
    document = files.read(path)
    problems = files.layout_problems(document, files.REQUIRED)
    meta = document.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    problems += checking.regime_problems(meta.get("regimes"), model.regimes.names)
    named = meta.get("model", model.name)
    if named != model.name:
        problems.append(f"[meta]: parameters of model '{named}', not '{model.name}'")
    entries = _entries(path, document, meta, model, problems)
    if problems:
        raise CalibrationError(path.name, problems)
    complete = _follow(entries, model.parameters)
    _require_finite_value(path.name, complete)
    return Calibration(
        name=meta["name"],
        description=meta["description"],
        era=meta["era"],
        economy=tuple(meta["regimes"]),
        entries=tuple(complete[p.name] for p in model.parameters),
        targets=tuple(meta.get("targets", ())),
        left_out=tuple(meta.get("left_out", ())),
        model=meta.get("model", ""),
    )


def _entries(path, document, meta, model, problems) -> dict[str, Entry]:
    """Entries of a file and of the one it shares; problems are added to the list."""
    own, common = files.tables(document), {}
    shared = files.shared_file(path, meta)
    broken = []
    if shared is not None:
        common, broken = files.shared_tables(shared)
        problems += broken
    tables = common | own
    names, regimes = [p.name for p in model.parameters], model.regimes.names
    optional = [n for n in names if COORDINATES.get(n) in names]
    if broken and not common:
        # The include is the mistake, not the parameters that it should have brought.
        optional = names
    problems += checking.name_problems(list(tables), names, optional)
    entries = {}
    for parameter in model.parameters:
        if parameter.name not in tables:
            continue
        table = tables[parameter.name]
        found = checking.entry_problems(parameter, table)
        if isinstance(table, Mapping) and "value" in table:
            raw = checking.renamed(table["value"], meta.get("regimes"), regimes)
            try:
                value = checking.admissible_value(parameter, raw, regimes)
            except InadmissibleError as error:
                found.append(str(error))
            else:
                source = table.get("source", "")
                entries[parameter.name] = Entry(parameter, value, source)
        here = f"{shared.name}: " if shared and parameter.name not in own else ""
        problems += [here + problem for problem in found]
    return entries


def _follow(
    entries: Mapping[str, Entry], parameters: Iterable[Parameter] | None = None
) -> dict[str, Entry]:
    """Give the coordinates that are left out the policy of the last regime."""
    followed = dict(entries)
    if parameters is None:
        parameters = [entry.parameter for entry in entries.values()]
    for parameter in parameters:
        policy = entries.get(COORDINATES.get(parameter.name, ""))
        given = entries.get(parameter.name)
        if policy is not None and (given is None or given.derived):
            last = policy.value[-1] if isinstance(policy.value, tuple) else policy.value
            source = f"{policy.name} of the regime listed last"
            followed[parameter.name] = Entry(parameter, last, source, derived=True)
    return followed


def _require_finite_value(where: str, entries: Mapping[str, Entry]) -> None:
    shared = {k: e.value for k, e in entries.items() if not isinstance(e.value, tuple)}
    problem = infinite_value(shared)
    if problem is not None:
        raise CalibrationError(where, [problem])


def _is_shared(entry: Entry) -> bool:
    own = entry.parameter
    policy = own.regime_specific or own.role == "policy"
    return not policy and entry.name not in COORDINATES


def _rows(entries: Iterable[Entry]) -> list[tuple[Parameter, Value, str]]:
    return [(e.parameter, e.value, e.source) for e in entries if not e.derived]


def _plain(calibration: Calibration, name: str) -> Any:
    """Value for a comparison: one number, {regime: number}, or None."""
    entry = calibration.by_name.get(name)
    if entry is None:
        return None
    if not isinstance(entry.value, tuple):
        return entry.value
    if len(set(entry.value)) == 1:
        return entry.value[0]
    return dict(zip(calibration.economy, entry.value, strict=True))


def validate(calibration: Calibration, model: Model, checks: Iterable[Check]) -> None:
    """Run economic checks (value of the surplus finite, one stable solution).

    Parameters
    ----------
    checks : functions of calibration and model that return a problem, several, or
        None; a ``SolutionError`` that they raise counts as a problem.

    Raises
    ------
    CalibrationError
        With the problems of all checks.
    """
    problems: list[str] = []
    for check in checks:
        try:
            found = check(calibration, model)
        except SolutionError as error:
            found = str(error)
        problems += [found] if isinstance(found, str) else (found or ())
    if problems:
        raise CalibrationError(f"calibration '{calibration.name}'", problems)
