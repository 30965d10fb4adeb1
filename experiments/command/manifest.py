"""The record that every command leaves beside its numbers: ``manifest.json``.

It holds what is needed to repeat a run and to trust its timings: version, git
revision, command, parameters with units, seed, vintage of the data, package versions,
wall and compile seconds, peak memory, and a fingerprint of every file written.
"""

import hashlib
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..._version import __version__
from ...errors import user_path
from ..files import write_json

MANIFEST = "manifest.json"

# Parts of a compilation as jax names them; tracing and lowering count as compiling.
_COMPILE_EVENTS = "/jax/core/compile/"


class CompileClock:
    """Wall seconds that jax spent tracing, lowering and compiling.

    Events report their own length when they end and may lie inside one another (a
    jitted function called by another), so the length of the union of the intervals
    is kept, not the sum of the lengths. ``now`` tells the time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._intervals: list[tuple[float, float]] = []

    def __call__(self, event: str, duration_secs: float, **kwargs: str | int) -> None:
        """Listen to one event of ``jax.monitoring``."""
        if not event.startswith(_COMPILE_EVENTS):
            return
        end = self._now()
        start = end - duration_secs
        while self._intervals and self._intervals[-1][1] > start:
            start = min(start, self._intervals.pop()[0])
        self._intervals.append((start, end))

    @property
    def seconds(self) -> float:
        """Seconds covered by compilation so far."""
        return sum(end - start for start, end in self._intervals)


class Run:
    """Context manager that times a command and writes ``out/manifest.json`` at its end.

    Parameters
    ----------
    out
        Directory of the results; made if it does not exist.
    command
        Arguments of the command line, without the program's name.
    experiment
        Name of the experiment or quantity, if there is one.
    parameters
        Nested mapping to ``{"value": number, "unit": text}``, ``(value, unit)`` or an
        object with these two attributes. May be set later on ``run.parameters``.
    seed
        Seed of every random draw of the run.
    data_vintage
        Which data were used: text, or a mapping from source to date.
    compiles
        Whether jax may be used; where it is not, it is not imported either.

    Notes
    -----
    A run that raises leaves a manifest too, with ``status`` "failed" or "interrupted".
    Set ``run.outputs`` to the files written, to have their fingerprints recorded.
    """

    def __init__(
        self,
        out: Path,
        command: Sequence[str],
        *,
        experiment: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        overrides: Mapping[str, Any] | None = None,
        seed: int | None = None,
        data_vintage: str | Mapping[str, str] | None = None,
        compiles: bool = True,
    ) -> None:
        self.out = Path(out)
        self.command = list(command)
        self.experiment = experiment
        self.parameters: Mapping[str, Any] = dict(parameters or {})
        self.overrides = dict(overrides or {})
        self.seed = seed
        self.data_vintage = data_vintage
        self.outputs: list[Path] = []
        self.extra: dict[str, Any] = {}
        self._clock = CompileClock()
        self._listens = compiles

    def __enter__(self) -> "Run":
        """Start both clocks."""
        with user_path(self.out, "make the output folder"):
            self.out.mkdir(parents=True, exist_ok=True)
        self._listens = self._listens or "jax" in sys.modules
        if self._listens:
            import jax.monitoring

            jax.monitoring.register_event_duration_secs_listener(self._clock)
        self._started = time.monotonic()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Stop the clocks and write the manifest."""
        if self._listens:
            import jax.monitoring

            jax.monitoring.unregister_event_duration_listener(self._clock)
        if kind is None:
            status = "finished"
        else:
            interrupted = issubclass(kind, KeyboardInterrupt)
            status = "interrupted" if interrupted else "failed"
        write_json(self.out / MANIFEST, self.record(status))

    def record(self, status: str) -> dict[str, Any]:
        """Content of the manifest as it stands now."""
        return {
            "fiscax": __version__,
            "git_revision": git_revision(),
            "status": status,
            "command": "fiscax " + " ".join(self.command),
            "arguments": self.command,
            "experiment": self.experiment,
            "overrides": self.overrides,
            "parameters": describe_parameters(self.parameters),
            "seed": self.seed,
            "data_vintage": self.data_vintage,
            "versions": package_versions(),
            "platform": f"{platform.system()} {platform.machine()}",
            "wall_seconds": round(time.monotonic() - self._started, 3),
            "compile_seconds": round(self._clock.seconds, 3),
            "peak_memory_mb": round(peak_memory_mb(), 1),
            "outputs": fingerprints(self.outputs, self.out),
            **self.extra,
        }


def describe_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Nested mapping of parameters in which every leaf has a value and a unit.

    Leaves are (value, unit), things with these attributes, or mappings of them;
    TypeError names a leaf without a unit.
    """
    described: dict[str, Any] = {}
    for name, entry in parameters.items():
        if isinstance(entry, tuple):
            value, unit = entry
            described[name] = {"value": value, "unit": unit}
        elif hasattr(entry, "value") and hasattr(entry, "unit"):
            described[name] = {"value": entry.value, "unit": entry.unit}
        elif isinstance(entry, Mapping):
            leaf = {"value", "unit"} <= entry.keys()
            described[name] = dict(entry) if leaf else describe_parameters(entry)
        else:
            raise TypeError(
                f"parameter '{name}' has no unit: give (value, unit), got {entry!r}"
            )
    return described


def git_revision() -> str | None:
    """Commit of the source tree; changed files add "+" and a hash of the changes.

    None outside git (an installed wheel).
    """
    tree = Path(__file__).resolve().parents[2]
    if not (tree / ".git").exists():
        return None
    try:
        head = _git(tree, "rev-parse", "--short=12", "HEAD")
        changes = _git(tree, "diff", "HEAD")
    except (OSError, subprocess.SubprocessError):
        return None
    digest = hashlib.sha256(changes.encode()).hexdigest()[:8]
    return f"{head}+{digest}" if changes else head


def _git(tree: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(tree), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return done.stdout.strip()


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that can change a number."""
    from importlib.metadata import version

    packages = ("jax", "jaxlib", "numpy", "scipy", "pandas", "xarray", "matplotlib")
    return {"python": platform.python_version()} | {p: version(p) for p in packages}


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far, in MB (10^6 bytes).

    NaN cannot occur; where the system does not tell (Windows) it is 0.
    """
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in units of 1024 bytes, macOS in bytes.
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def fingerprints(paths: Iterable[Path], base: Path) -> dict[str, str]:
    """First 16 hexadecimal digits of the SHA-256 of each file, by name below base."""
    return {
        path.relative_to(base).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()[:16]
        for path in sorted(paths)
    }
