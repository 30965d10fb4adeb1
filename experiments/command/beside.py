"""Studies that are measured side by side: here, and in processes of their own.

This process takes studies from the first on, so that a page grows from its top; the
others take them from the last on, and yield the processor to this one. Each rather
takes one whose economies no other process has met: what two of them need both solve,
and compile. What a study finds does not depend on where it is measured: every process
solves, or reads, what it needs.
A study that gathers the results of others waits for them and is measured here.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from ..._runtime import rare_collections
from ...errors import FiscaxError
from .. import registry
from ..progress import Progress
from ..report.results import ExperimentResult
from .manifest import CompileClock, peak_memory_mb

# The others run where this process leaves the processor idle.
_NICE = 10


class ProcessError(FiscaxError):
    """A process that measured a study ended before it was done."""


@dataclass(frozen=True)
class Measured:
    """What a study found, and what it took.

    Attributes
    ----------
    seconds : of the study as a whole.
    stages : seconds of its stages by name, where another process measured it.
    process : number of that process, from 2; 1 is this one.
    used : what that process has used so far, for the manifest.
    """

    name: str
    result: ExperimentResult
    seconds: float
    stages: dict[str, float] = field(default_factory=dict)
    process: int = 1
    used: dict[str, float] = field(default_factory=dict)


def usual_processes() -> int:
    """Two where there are two processors; one on a device that cannot be shared."""
    import jax

    own = getattr(os, "sched_getaffinity", None)
    processors = len(own(0)) if own else os.cpu_count() or 1
    return min(2, processors) if jax.default_backend() == "cpu" else 1


class SideBySide:
    """Measures studies in this process and in ``processes - 1`` others.

    Parameters
    ----------
    entries
        Studies, in the order in which their results are wanted.
    context
        What they are given; of the others each has its own memory.
    """

    def __init__(
        self,
        entries: Sequence[registry.Experiment],
        context: registry.ExperimentContext,
        processes: int,
    ) -> None:
        self._left, self._context = list(entries), context
        self._wanted = {entry.name for entry in entries}
        self._lock = Lock()
        self._arrived: SimpleQueue[Measured | Exception] = SimpleQueue()
        self._elsewhere: dict[int, str] = {}
        # Kinds of economies by the number of the process that has met them.
        self._met: dict[int, set[str]] = defaultdict(set)
        # The others choose by what is met here, also before it begins.
        first = next((e for e in entries if self._ready(e)), None)
        self._running = None if first is None else first.name
        self._met[1].update(() if first is None else first.economies)
        alone = sum(not entry.gathers for entry in entries)
        others = range(2, 1 + min(processes, alone))
        self._others = [self._start(number) for number in others]

    def __iter__(self) -> Iterator[Measured]:
        """Studies as they are done.

        Raises
        ------
        ProcessError
            Naming the study whose process ended.
        Exception
            What a study raises, wherever it is measured.
        """
        try:
            while self._wanted:
                yield from self.arrived()
                entry = self._first()
                if entry is not None:
                    yield self._here(entry)
                elif self._wanted:
                    yield self._taken(self._arrived.get())
        finally:
            with self._lock:
                self._left.clear()
            for process, _ in self._others:
                process.terminate()

    def arrived(self) -> Iterator[Measured]:
        """Studies that others have done since the last call."""
        with suppress(Empty):
            while True:
                yield self._taken(self._arrived.get_nowait())

    @property
    def under_way(self) -> list[str]:
        """Names of the studies that are being measured, or are next."""
        with self._lock:
            following = self._chosen(1, [e for e in self._left if self._ready(e)])
            here = self._running or (following and following.name)
            return [name for name in (here, *self._elsewhere.values()) if name]

    @property
    def count(self) -> int:
        """Number of processes."""
        return 1 + len(self._others)

    def _taken(self, found: Measured | Exception) -> Measured:
        if isinstance(found, Exception):
            raise found
        self._wanted.discard(found.name)
        return found

    def _ready(self, entry: registry.Experiment) -> bool:
        return not self._wanted.intersection(entry.gathers)

    def _first(self) -> registry.Experiment | None:
        """What is wanted first, of what repeats least of what others have solved."""
        with self._lock:
            return self._given(1, [e for e in self._left if self._ready(e)])

    def _last(self, number: int) -> registry.Experiment | None:
        """What is wanted last, of what repeats least of what others have solved."""
        with self._lock:
            found = self._given(
                number, [e for e in reversed(self._left) if not e.gathers]
            )
            if found is not None:
                self._elsewhere[number] = found.name
            return found

    def _given(
        self, number: int, offered: Sequence[registry.Experiment]
    ) -> registry.Experiment | None:
        """The chosen one, which is then nobody else's."""
        found = self._chosen(number, offered)
        if found is not None:
            self._left.remove(found)
            self._met[number].update(found.economies)
        return found

    def _chosen(
        self, number: int, offered: Sequence[registry.Experiment]
    ) -> registry.Experiment | None:
        """The first of those for which a process repeats the least of the others."""
        others = set().union(*(k for n, k in self._met.items() if n != number))
        repeated = others - self._met[number]
        return min(offered, key=lambda e: len(repeated & {*e.economies}), default=None)

    def _here(self, entry: registry.Experiment) -> Measured:
        self._context.progress.say(f"{entry.name}: {entry.question}")
        self._running = entry.name
        started = time.monotonic()
        result = registry.shared_result(self._context, entry.name)
        seconds = time.monotonic() - started
        # Not before a study has needed it: the command line starts without jax.
        from ...solvers.compiled import release_programs

        release_programs()
        self._running = None
        self._wanted.discard(entry.name)
        return Measured(entry.name, result, seconds)

    def _start(self, number: int):
        """A process, and the thread of this one that gives it studies."""
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        own = self._context
        given = (theirs, number, own.out, own.seed, own.keep)
        process = spawn.Process(target=_serve, args=given, daemon=True)
        process.start()
        theirs.close()
        thread = Thread(target=self._feed, args=(number, process, ours), daemon=True)
        thread.start()
        return process, thread

    def _feed(self, number: int, process, ours: Connection) -> None:
        while (entry := self._last(number)) is not None:
            try:
                ours.send(entry.name)
                found = ours.recv()
            except (EOFError, OSError):
                process.join(5)
                found = ProcessError(
                    f"the process that measured '{entry.name}' ended (exit code "
                    f"{process.exitcode}); with --processes 1 it is measured here"
                )
            except Exception as error:
                # Nobody else hears of what happens in this thread.
                found = error
            self._elsewhere.pop(number, None)
            self._arrived.put(found)
            if isinstance(found, Exception):
                return
        with suppress(OSError):
            ours.send(None)


def _serve(
    pipe: Connection, number: int, out: Path, seed: int, keep: registry.Keep
) -> None:
    """Measure studies by name until None arrives."""
    # Ctrl-C reaches every process of a terminal; the first one ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    rare_collections()
    import jax.monitoring

    from ...solvers.compiled import release_programs

    clock = CompileClock()
    jax.monitoring.register_event_duration_secs_listener(clock)
    progress = Progress(quiet=True)
    context = registry.ExperimentContext({}, out, seed, progress, keep=keep)
    while (name := pipe.recv()) is not None:
        progress.seconds.clear()
        started = time.monotonic()
        try:
            result = registry.shared_result(context, name)
            seconds = time.monotonic() - started
            stages = dict(progress.seconds)
            used = {
                "compile_seconds": round(clock.seconds, 3),
                "peak_memory_mb": round(peak_memory_mb(), 1),
            }
            pipe.send(Measured(name, result, seconds, stages, number, used))
        except Exception as error:
            pipe.send(_portable(error, name))
            return
        release_programs()


def _portable(error: Exception, name: str) -> Exception:
    """What another process can raise: our own errors as they read, others in full."""
    if isinstance(error, FiscaxError):
        return FiscaxError(f"{name}: {error}")
    text = "".join(traceback.format_exception(error))
    return RuntimeError(f"'{name}' failed:\n{text}")
