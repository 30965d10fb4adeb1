"""Results of a report that was interrupted, so that the next one goes on from there.

The folder of the report says which results were complete (`.report.json`): what each
depends on, and fingerprints of its files. The results themselves lie in the user's own
cache, since reading them back runs what they hold; one file per study.
"""

import hashlib
import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..._runtime import cache_directory, sources
from ..._version import __version__
from ..files import write_json
from ..report.results import ExperimentResult
from .manifest import fingerprints, package_versions

INDEX = ".report.json"
_ROOMS = ("models", "solvers", "calibration", "experiments")
_KINDS = frozenset({".py", ".toml", ".csv", ".npz"})


class KeptResults:
    """Complete results of the report in ``out``.

    Parameters
    ----------
    out
        Directory of the report.
    arguments
        What results depend on beside the sources.
    fresh
        Take none that is there.
    """

    def __init__(self, out: Path, arguments: Mapping[str, Any], fresh: bool) -> None:
        self.out = out
        self._key = _key(arguments)
        self._fresh = fresh
        self._index = _read_index(out / INDEX)
        self._cache = cache_directory() / "report"

    def find(self, name: str) -> tuple[ExperimentResult, list[Path]] | None:
        """Result of a study and its files; None where it has to be measured."""
        entry = self._index.get(name, {})
        if self._fresh or entry.get("key") != self._key:
            return None
        try:
            content = (self._cache / f"{name}.pickle").read_bytes()
            files = [self.out / file for file in entry["files"]]
            same = fingerprints(files, self.out) == entry["files"]
            if not same or _digest(content) != entry["result"]:
                return None
            return pickle.loads(content), files
        # A damaged file means no more than measuring again.
        except Exception:
            return None

    def seconds(self, name: str) -> float | None:
        """How long the study took when it was last measured here."""
        found = self._index.get(name, {}).get("seconds")
        return found if isinstance(found, int | float) else None

    def pack(self, result: ExperimentResult) -> bytes | None:
        """The result as bytes, before it is drawn; None where it cannot be kept."""
        try:
            return pickle.dumps(result)
        except (pickle.PicklingError, AttributeError, TypeError):
            return None

    def keep(
        self, name: str, packed: bytes | None, files: Sequence[Path], seconds: float
    ) -> None:
        """Record a study as complete, after its files are written."""
        entry: dict[str, Any] = {"seconds": round(seconds, 3)}
        if packed is not None:
            self._cache.mkdir(parents=True, exist_ok=True)
            _replace(self._cache / f"{name}.pickle", packed)
            entry["key"] = self._key
            entry["result"] = _digest(packed)
            entry["files"] = fingerprints(files, self.out)
        self._index[name] = entry
        part = write_json(self.out / f"{INDEX}.part", self._index)
        part.replace(self.out / INDEX)


def _read_index(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: entry for name, entry in found.items() if isinstance(entry, dict)}


def _key(arguments: Mapping[str, Any]) -> str:
    parts = [__version__, _sources(), package_versions(), dict(arguments)]
    return _digest(json.dumps(parts, sort_keys=True).encode())


def _sources() -> str:
    """Digest of everything in the package that can change a number or a figure."""
    return sources(*_ROOMS, kinds=_KINDS)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file that is never there by half."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
