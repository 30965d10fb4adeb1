"""What is admissible in a parameter set; every function says what would be instead."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from ...errors import FiscaxError
from ...models.declaration import Parameter

Value = float | tuple[float, ...]

ENTRY_KEYS = ("value", "unit", "source")
META_KEYS = (
    "name",
    "description",
    "era",
    "regimes",
    "shared",
    "model",
    "targets",
    "left_out",
)


class CalibrationError(FiscaxError):
    """A parameter set is wrong: one message that lists every problem.

    Attributes
    ----------
    problems : one text per mistake, each naming the culprit and what is admissible.
    """

    def __init__(self, where: str, problems: Sequence[str]):
        self.where = where
        self.problems = tuple(problems)
        if len(self.problems) == 1:
            text = self.problems[0]
        else:
            lines = (f"\n  ({i}) {p}" for i, p in enumerate(self.problems, 1))
            text = f"{len(self.problems)} problems:" + "".join(lines)
        super().__init__(f"{where}: {text}")

    def __reduce__(self):
        """Pickle with both arguments (a sweep may raise in another process)."""
        return type(self), (self.where, self.problems)


class InadmissibleError(ValueError):
    """One problem, on its way into a ``CalibrationError``."""


def suggestion(name: str, names: Iterable[str]) -> str:
    """Text "; did you mean ...?" when a name is close, else empty."""
    near = difflib.get_close_matches(name, list(names), n=3)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def interval(parameter: Parameter) -> str:
    """The admissible open interval in words."""
    bounds = f"[{parameter.low:g}, {parameter.high:g}]"
    return f"the admissible interval {bounds}, unit '{parameter.unit}'"


def admissible_value(parameter: Parameter, raw: Any, regimes: Sequence[str]) -> Value:
    """The value as a float, or as a tuple of floats in the order of ``regimes``.

    A regime-specific parameter takes one number for all regimes, a tuple, or a mapping
    from regime to number.

    Raises
    ------
    InadmissibleError
        Not a number, NaN, outside the open interval, or wrong regimes.
    """
    many = isinstance(raw, Mapping | tuple)
    if not parameter.regime_specific:
        if many:
            raise InadmissibleError(
                f"{parameter.name}: the value is shared by all regimes, "
                f"give one number in {interval(parameter)}"
            )
        return _number(parameter, raw)
    if isinstance(raw, Mapping):
        raw = _by_regime(parameter, raw, regimes)
    if not isinstance(raw, tuple):
        return (_number(parameter, raw),) * len(regimes)
    if len(raw) != len(regimes):
        raise InadmissibleError(
            f"{parameter.name}: {len(raw)} values, give one number or "
            f"{len(regimes)} (for {', '.join(regimes)})"
        )
    return tuple(_number(parameter, value) for value in raw)


def _by_regime(parameter, raw, regimes):
    if set(raw) == set(regimes):
        return tuple(raw[regime] for regime in regimes)
    strange = [name for name in raw if name not in regimes]
    hint = suggestion(strange[0], regimes) if strange else ""
    raise InadmissibleError(
        f"{parameter.name}: values for the regimes {', '.join(raw) or 'none'}, give "
        f"one number or values for {' and '.join(regimes)}{hint}"
    )


def _number(parameter: Parameter, raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, Real):
        raise InadmissibleError(
            f"{parameter.name}: {raw!r} is not a number, give one in "
            f"{interval(parameter)}"
        )
    value = float(raw)
    if math.isnan(value):
        raise InadmissibleError(
            f"{parameter.name}: NaN is not a value, give a number in "
            f"{interval(parameter)}"
        )
    if not parameter.low <= value <= parameter.high:
        raise InadmissibleError(
            f"{parameter.name}: {value!r} is outside {interval(parameter)}"
        )
    return value


def entry_problems(parameter: Parameter, entry: Any) -> list[str]:
    """What is wrong with a parameter's table apart from its value."""
    name = parameter.name
    if not isinstance(entry, Mapping):
        return [f"{name}: give a table with value, unit and source, not {entry!r}"]
    strange = [key for key in entry if key not in ENTRY_KEYS]
    if strange:
        absent = [key for key in ENTRY_KEYS if key not in entry]
        hint = suggestion(strange[0], absent or ENTRY_KEYS)
        return [
            f"{name}: unknown key '{strange[0]}'{hint or ';'} the keys are "
            "value, unit and source"
        ]
    problems = []
    if "value" not in entry:
        problems.append(f"{name}: no value, give one in {interval(parameter)}")
    if "unit" not in entry:
        problems.append(f"{name}: no unit, declared is '{parameter.unit}'")
    elif entry["unit"] != parameter.unit:
        problems.append(
            f"{name}: unit {entry['unit']!r} differs from the declared "
            f"'{parameter.unit}'; convert the value"
        )
    source = entry.get("source")
    if not (isinstance(source, str) and source.strip()):
        problems.append(f"{name}: no source, say where the value comes from")
    return problems


def meta_problems(meta: Any, required: Sequence[str]) -> list[str]:
    """What is wrong with the [meta] table on its own."""
    if not isinstance(meta, Mapping):
        return [f"no table [meta], it holds {', '.join(required)}"]
    strange = [key for key in meta if key not in META_KEYS]
    if strange:
        hint = suggestion(strange[0], META_KEYS)
        return [
            f"[meta]: unknown key '{strange[0]}'{hint or ';'} the keys are "
            f"{', '.join(META_KEYS)}"
        ]
    problems = []
    for key in META_KEYS:
        if key not in meta:
            if key in required:
                problems.append(f"[meta]: no {key}, give {_kind(key)}")
        elif not _has_kind(key, meta[key]):
            problems.append(f"[meta]: {key} is {meta[key]!r}, give {_kind(key)}")
    return problems


def _kind(key: str) -> str:
    if key in ("regimes", "targets", "left_out"):
        return 'a list of names, such as ["safe"]'
    return "a text that is not empty"


def _has_kind(key: str, value: Any) -> bool:
    if key in ("regimes", "targets", "left_out"):
        return isinstance(value, list) and all(isinstance(v, str) for v in value)
    return isinstance(value, str) and bool(value.strip())


def name_problems(
    names: Sequence[str], declared: Sequence[str], optional: Iterable[str]
) -> list[str]:
    """Unknown and missing parameters; a misspelt one is reported once."""
    unknown = [name for name in names if name not in declared]
    missing = [n for n in declared if n not in names and n not in optional]
    problems = []
    for name in unknown:
        near = difflib.get_close_matches(name, missing, n=1)
        missing = [n for n in missing if n not in near]
        hint = f"; did you mean {near[0]}?" if near else suggestion(name, declared)
        problems.append(f"unknown parameter '{name}'{hint}")
    if missing:
        problems.append(
            f"missing parameter{'s' * (len(missing) > 1)} {', '.join(missing)}: give "
            "value, unit and source"
        )
    return problems


def regime_problems(listed: Any, declared: Sequence[str]) -> list[str]:
    """What is wrong with the list of regimes in [meta].

    A model with one regime does not care what it is called: safe and risky debt are
    parameters of the same permanent regime.
    """
    if not isinstance(listed, list) or listed == list(declared):
        return []
    if len(listed) == len(declared) == 1:
        return []
    strange = [str(name) for name in listed if name not in declared]
    hint = suggestion(strange[0], declared) if strange else ""
    return [
        f"[meta]: regimes {', '.join(map(str, listed)) or 'none'}, but the model has "
        f"{', '.join(declared)}, in this order{hint}"
    ]


def renamed(value: Any, listed: Any, declared: Sequence[str]) -> Any:
    """Values by the names in [meta], if those differ from the declared ones."""
    if not (isinstance(value, Mapping) and isinstance(listed, list)):
        return value
    same = len(listed) == len(declared) and set(value) == set(map(str, listed))
    return tuple(value[str(name)] for name in listed) if same else value


def parse_overrides(assignments: Sequence[str]) -> dict[str, Value]:
    """Values from texts like ``theta=0.5`` and, by regime, ``phi=0.8,1.5``.

    Raises
    ------
    CalibrationError
        Naming every text that is not NAME=NUMBER[,NUMBER...] or repeats a name.
    """
    values: dict[str, Value] = {}
    problems = []
    for text in assignments:
        name, _, right = (part.strip() for part in text.partition("="))
        try:
            numbers = tuple(float(part) for part in right.split(","))
        except ValueError:
            numbers = ()
        if not (name and numbers):
            problems.append(f"{text!r} has to be NAME=NUMBER or NAME=NUMBER,NUMBER")
        elif name in values:
            problems.append(f"'{name}' is given twice")
        else:
            values[name] = numbers[0] if len(numbers) == 1 else numbers
    if problems:
        raise CalibrationError("overrides", problems)
    return values
