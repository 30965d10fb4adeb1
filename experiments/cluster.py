"""Tasks on other processes, here or on other machines: Dask (extra ``cluster``).

A worker does one task at a time and keeps nothing that matters: what a killed worker
was doing is done again by another one. Workers of this machine inherit its environment,
and with it the settings and the cache of compiled programs; workers that were started
elsewhere have to run the same fiscax with the same libraries, or they are refused.
"""

from __future__ import annotations

import pickle
import platform
import signal
import traceback
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
from types import TracebackType
from typing import Any

from .._runtime import sources
from .._version import __version__
from ..errors import FiscaxError
from ..solvers.tasks import Arrays, Work

# Seconds in which a scheduler and its first worker have to answer.
_PATIENCE = 60
# Workers that may end while they do one and the same task: a worker has to be killed
# this often before the task itself is blamed.
_KILLED = 10
_LIBRARIES = ("jax", "jaxlib", "numpy", "scipy")


class ClusterError(FiscaxError):
    """There are no workers that can do what they are asked."""


class Cluster:
    """Workers that do tasks, as an executor of ``solvers.tasks``.

    Use it as a context: workers that it started end with it.

    Parameters
    ----------
    workers
        Processes to start on this machine, with one thread each.
    scheduler
        Address of a scheduler that runs already, such as ``tcp://node7:8786``.

    Raises
    ------
    ClusterError
        Dask is not installed; the scheduler or its workers do not answer, do several
        tasks at a time, or run another fiscax.
    """

    def __init__(
        self, workers: int | None = None, scheduler: str | None = None
    ) -> None:
        if (workers is None) == (scheduler is None):
            raise ClusterError("give either a number of workers or a scheduler")
        self._workers, self._scheduler = workers, scheduler
        self._client: Any = None
        self._started: Any = None

    @property
    def same_disk(self) -> bool:
        """Whether workers write to the folders of this process."""
        return self._scheduler is None

    def __enter__(self) -> Cluster:
        """Start workers, or join a scheduler."""
        dask, distributed = _dask()
        # Dask would give its workers other numbers of threads than this process has:
        # compiled programs are kept by such settings, and could not be shared.
        quiet = {
            "distributed.nanny.pre-spawn-environ": {},
            "distributed.scheduler.allowed-failures": _KILLED,
        }
        with dask.config.set(quiet):
            address = self._scheduler or self._start(distributed)
            try:
                self._client = distributed.Client(
                    address, timeout=_PATIENCE, set_as_default=False
                )
                self._client.wait_for_workers(self._workers or 1, timeout=_PATIENCE)
            except OSError as error:
                self.__exit__(None, None, None)
                raise ClusterError(
                    f"no scheduler with workers answers at {self._scheduler}: start "
                    "one with 'dask scheduler', and workers with 'dask worker ADDRESS "
                    "--nthreads 1'"
                ) from error
        several = [a for a, n in self._client.nthreads().items() if n != 1]
        if several:
            self.__exit__(None, None, None)
            raise ClusterError(
                f"worker {several[0]} does several tasks at a time; start it with "
                "'--nthreads 1', and more of them with '--nworkers'"
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the scheduler, end what was started here."""
        if self._client is not None:
            self._client.close()
        if self._started is not None:
            self._started.close()
        self._client = self._started = None

    def _start(self, distributed: Any) -> Any:
        self._started = distributed.LocalCluster(
            n_workers=self._workers,
            threads_per_worker=1,
            processes=True,
            # Any port that is free: several commands run on one machine.
            dashboard_address="127.0.0.1:0",
            preload=[__name__],
            # What fits into memory is for the user to judge, not for a share of it.
            memory_limit=0,
        )
        return self._started

    def __call__(
        self, work: Work, indices: Sequence[int]
    ) -> Iterator[tuple[int, Arrays]]:
        """Do tasks on the workers; yields them in the order in which they are done.

        Raises
        ------
        ClusterError
            A worker runs another fiscax; workers end whenever they do a task.
        Exception
            What a task raises.
        """
        _, distributed = _dask()
        content, asked = pickle.dumps(work), _told()
        futures = {
            self._client.submit(_one, content, asked, index, pure=False): index
            for index in indices
        }
        try:
            for future in distributed.as_completed(futures, loop=self._client.loop):
                yield futures[future], _result(future, futures[future], distributed)
                # Its arrays are here: workers need not hold them.
                future.release()
        finally:
            self._client.cancel(list(futures), force=True)


def dask_setup(_worker: Any) -> None:
    """Run by every worker that is started here, which has read this module before.

    Ctrl-C reaches every process of a terminal; the first one ends the others.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _result(future: Any, index: int, distributed: Any) -> Arrays:
    error = future.exception()
    if error is None:
        found = future.result()
        if isinstance(found, Exception):
            raise found
        return found
    if isinstance(error, distributed.scheduler.KilledWorker):
        raise ClusterError(
            f"workers end whenever they do task {index} ({_KILLED} did): is their "
            "memory too small?"
        ) from error
    if isinstance(error, ImportError):
        raise ClusterError(
            f"a worker cannot do tasks of fiscax: {error}; install fiscax there"
        ) from error
    raise error


def _one(content: bytes, asked: tuple[str, ...], index: int) -> Arrays | Exception:
    """Do a task on a worker; what was sent is read once by each process."""
    own = _told()
    for here, there in zip(own, asked, strict=True):
        if here != there:
            return ClusterError(
                f"a worker on {platform.node()} runs {here}, this command {there}; "
                "install the same there"
            )
    try:
        return dict(_work(content)(index))
    except FiscaxError as error:
        # Errors of other classes may not survive the way here.
        return FiscaxError(str(error))
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        return RuntimeError(f"task {index} failed:\n{text}")


@lru_cache(maxsize=4)
def _work(content: bytes) -> Work:
    return pickle.loads(content)


@lru_cache(maxsize=1)
def _told() -> tuple[str, ...]:
    """What decides numbers, in words: fiscax and libraries."""
    rooms = sources("models", "solvers", "calibration", "experiments")
    libraries = (f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"fiscax {__version__} (sources {rooms[:12]})",
        f"Python {platform.python_version()}",
        *libraries,
    )


def _dask() -> tuple[Any, Any]:
    try:
        import dask
        import distributed
    except ImportError as error:
        raise ClusterError(
            "several workers need Dask: pip install 'fiscax[cluster]'"
        ) from error
    return dask, distributed
