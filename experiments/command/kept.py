"""What a report found earlier, so that the next one goes on from there.

The folder of the report says which results were complete (`.report.json`): what each
depends on, and fingerprints of its files. The results themselves lie in the user's own
cache, since reading them back runs what they hold; one file per study. Beside each
lies what its study measured, which outlives changes of claims, pages and figures: they
are judged, laid out and drawn again without measuring again.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._runtime import cache_directory, sources
from ..._version import __version__
from ..files import write_json
from ..report.results import ExperimentResult
from ..study import Findings
from .manifest import fingerprints, package_versions

INDEX = ".report.json"
_ROOMS = ("models", "solvers", "calibration", "experiments")
_KINDS = frozenset({".py", ".toml", ".csv", ".npz"})
# What judges, lays out and draws measurements: no study imports it (a test).
LAYOUT = (
    "experiments/*/claims.py",
    "experiments/*/figure.py",
    "experiments/*/page.py",
    "experiments/talk.py",
    "experiments/command/*.py",
    "experiments/front/*.py",
    *(
        f"experiments/report/{name}.py"
        for name in (
            "blocks",
            "economy",
            "figures",
            "index",
            "page",
            "regime_table",
            "results",
            "shortfalls",
            "talk_table",
        )
    ),
)


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
        self._key = _digest_of(_sources(), arguments)
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

    def keep(
        self, name: str, content: bytes | None, files: Sequence[Path], seconds: float
    ) -> None:
        """Record a study as complete, after its files are written."""
        entry: dict[str, Any] = {"seconds": round(seconds, 3)}
        if content is not None:
            self._cache.mkdir(parents=True, exist_ok=True)
            _replace(self._cache / f"{name}.pickle", content)
            entry["key"] = self._key
            entry["result"] = _digest(content)
            entry["files"] = fingerprints(files, self.out)
        self._index[name] = entry
        part = write_json(self.out / f"{INDEX}.part", self._index)
        part.replace(self.out / INDEX)


@dataclass(frozen=True)
class KeptFindings:
    """What studies measured, kept between reports whose pages differ.

    Attributes
    ----------
    key : of what measurements depend on.
    fresh : take none that is there.
    """

    key: str
    fresh: bool

    @classmethod
    def of(cls, arguments: Mapping[str, Any], fresh: bool) -> KeptFindings:
        """Those of a report with these arguments."""
        return cls(_digest_of(_measuring(), arguments), fresh)

    def __call__(self, name: str, measure: Callable[[], Findings]) -> Findings:
        """What a study measured: as it was kept, or measured now and kept."""
        path = cache_directory() / "report" / f"{name}.measured"
        found = None if self.fresh else self._read(path)
        if found is None:
            found = measure()
            content = packed(found)
            if content is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                head = [self.key, _digest(content)]
                _replace(path, "\n".join([*head, ""]).encode() + content)
        return found

    def _read(self, path: Path) -> Findings | None:
        try:
            key, digest, content = path.read_bytes().split(b"\n", 2)
            if key.decode() != self.key or digest.decode() != _digest(content):
                return None
            return pickle.loads(content)
        # A damaged file means no more than measuring again.
        except Exception:
            return None


def packed(found: Any) -> bytes | None:
    """A result as bytes, before it is drawn; None where it cannot be kept."""
    try:
        return pickle.dumps(found)
    except (pickle.PicklingError, AttributeError, TypeError):
        return None


def _read_index(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: entry for name, entry in found.items() if isinstance(entry, dict)}


def _digest_of(content: str, arguments: Mapping[str, Any]) -> str:
    parts = [__version__, content, package_versions(), dict(arguments)]
    return _digest(json.dumps(parts, sort_keys=True).encode())


def _sources() -> str:
    """Digest of everything in the package that can change a number or a figure."""
    return sources(*_ROOMS, kinds=_KINDS)


def _measuring() -> str:
    """Digest of everything in the package that can change a measurement."""
    return sources(*_ROOMS, kinds=_KINDS, but=LAYOUT)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file that is never there by half."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
