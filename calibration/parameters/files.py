"""Parameter files as text: finding, reading and writing TOML, before any meaning."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...models.declaration import Parameter
from .checks import CalibrationError, Value, meta_problems, suggestion

REQUIRED = ("name", "description", "era", "regimes")
REQUIRED_SHARED = ("name", "description")
_FOLDER = Path(__file__).parent
_KEYS = ("meta", "parameters")
CORE = "core"


def shipped_calibrations(model: str = CORE) -> list[str]:
    """Names of the calibrations of ``model`` that come with the package.

    These are the files with regimes whose [meta] names the model; the core economy
    need not be named.
    """
    return [name for name, of in _shipped().items() if of == model]


def _shipped() -> dict[str, str]:
    """Name of the model by name of the calibration."""
    found = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        try:
            meta = read(path).get("meta")
        except CalibrationError:
            # Listed, so that loading it tells what is wrong with the file.
            meta = {"regimes": []}
        if isinstance(meta, Mapping) and "regimes" in meta:
            found[path.stem] = meta.get("model", CORE)
    return found


def find(name_or_path: str | Path) -> Path:
    """Path of a shipped calibration, or of a file ending in .toml.

    Raises
    ------
    CalibrationError
        If nothing with this name is shipped.
    """
    if isinstance(name_or_path, Path) or name_or_path.endswith(".toml"):
        return Path(name_or_path)
    path = _FOLDER / f"{name_or_path}.toml"
    if path.is_file():
        return path
    shipped = list(_shipped())
    hint = suggestion(name_or_path, shipped) or ";"
    problem = f"not shipped{hint} there are {', '.join(shipped)}, or give a .toml file"
    raise CalibrationError(f"calibration '{name_or_path}'", [problem])


def read(path: Path) -> dict[str, Any]:
    """Content of a TOML file.

    Raises
    ------
    CalibrationError
        If it cannot be read or is not TOML (with the line).
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = f"not a TOML file: {error}"
    raise CalibrationError(str(path), [problem])


def layout_problems(
    document: Mapping[str, Any], required: tuple[str, ...]
) -> list[str]:
    """What is wrong with a file's [meta] and its other tables on top."""
    problems = meta_problems(document.get("meta"), required)
    for key in document:
        if key not in _KEYS:
            hint = suggestion(key, _KEYS) or ";"
            problems.append(
                f"unknown table '{key}'{hint} a file has [meta] and [parameters.NAME]"
            )
    if not isinstance(document.get("parameters", {}), Mapping):
        problems.append("'parameters' holds one table [parameters.NAME] each")
    return problems


def tables(document: Mapping[str, Any]) -> dict[str, Any]:
    """Tables of a file's parameters, unchecked."""
    found = document.get("parameters", {})
    return dict(found) if isinstance(found, Mapping) else {}


def shared_file(path: Path, meta: Mapping[str, Any]) -> Path | None:
    """The file that ``meta`` includes, looked for beside ``path``."""
    name = meta.get("shared")
    return path.parent / name if isinstance(name, str) and name.strip() else None


def shared_tables(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Parameters of a file that others include, and what is wrong with its layout."""
    try:
        document = read(path)
    except CalibrationError as error:
        return {}, [f"shared file {path.name}: {p}" for p in error.problems]
    problems = layout_problems(document, REQUIRED_SHARED)
    meta = document.get("meta")
    if isinstance(meta, Mapping) and "shared" in meta:
        problems.append("[meta]: a shared file cannot share another, remove 'shared'")
    return tables(document), [f"{path.name}: {problem}" for problem in problems]


def write(
    meta: Mapping[str, Any],
    rows: Iterable[tuple[Parameter, Value, str]],
    regimes: tuple[str, ...],
) -> str:
    """TOML text of a file; ``rows`` hold parameter, value and source."""
    lines = ["[meta]", *(f"{key} = {_text(value)}" for key, value in meta.items())]
    for parameter, value, source in rows:
        words = " ".join(parameter.description.split())
        lines += [
            "",
            f"# {words}; in ({parameter.low:g}, {parameter.high:g})",
            f"[parameters.{_key(parameter.name)}]",
            f"value = {_value(value, regimes)}",
            f"unit = {_text(parameter.unit)}",
            f"source = {_text(source)}",
        ]
    return "\n".join(lines) + "\n"


def _value(value: Value, regimes: tuple[str, ...]) -> str:
    if not isinstance(value, tuple):
        return repr(value)
    if len(set(value)) == 1:
        return repr(value[0])
    pairs = zip(regimes, value, strict=True)
    return "{" + ", ".join(f"{_key(name)} = {number!r}" for name, number in pairs) + "}"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: str | Iterable[str]) -> str:
    if isinstance(value, str):
        # JSON strings are TOML strings, but for the character DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return "[" + ", ".join(_text(item) for item in value) + "]"
