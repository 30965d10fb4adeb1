"""Parameters of policy makers and regulators: a file with values, units and sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from ..shipped import PARAMETERS
from .checks import CalibrationError, suggestion
from .files import read

FILE = PARAMETERS / "two_minds.toml"


@dataclass(frozen=True)
class PolicyParameters:
    """Values by name, and the file's rows with unit and source.

    ``given`` are those that a user has changed.
    """

    values: Mapping[str, float]
    rows: Mapping[str, Mapping[str, Any]]
    given: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        """Value of a parameter; KeyError for an unknown one."""
        return self.values[name]

    def count(self, name: str) -> int:
        """A parameter that counts something.

        Raises
        ------
        CalibrationError
            It is not a whole number above zero.
        """
        value = self.values[name]
        if value < 1 or value != int(value):
            problem = f"has to be a whole number above zero, not {value}"
            raise CalibrationError("two minds", [f"'{name}' {problem}"])
        return int(value)


def policy_parameters(
    overrides: Mapping[str, Any] | None = None, path: Path = FILE
) -> PolicyParameters:
    """Read the file; overrides by name replace values.

    Raises
    ------
    CalibrationError
        A row without value, unit or source, an unknown name, a value that is no number.
    """
    rows = read(path).get("parameters", {})
    problems = [
        f"'{name}' needs value, unit and source"
        for name, row in rows.items()
        if not {"value", "unit", "source"} <= set(row)
    ]
    given = dict(overrides or {})
    for name, value in given.items():
        if name not in rows:
            problems.append(f"unknown parameter '{name}'{suggestion(name, rows) or ''}")
        elif not isinstance(value, int | float) or not isfinite(value) or value < 0:
            problems.append(f"'{name}' has to be a number, zero or more, not {value}")
    if problems:
        raise CalibrationError(str(path.name), problems)
    values = {name: float(row["value"]) for name, row in rows.items()}
    return PolicyParameters({**values, **given}, rows, given)
