"""Independent tasks: whoever does them, results are the same and are kept as they come.

A task is known by its index and draws from a seed of its own: nothing depends on where
it is done, on what is done beside it, or on where a run was interrupted. Who does tasks
is an executor: this process, or others (``experiments.cluster``).
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

Arrays = Mapping[str, Any]
# What task ``index`` finds; it can be sent to another process.
Work = Callable[[int], Arrays]
# Does the tasks of some indices; yields them with what they found, in any order.
Executor = Callable[[Work, Sequence[int]], Iterator[tuple[int, Arrays]]]
Item = TypeVar("Item")


def one_by_one(work: Work, indices: Sequence[int]) -> Iterator[tuple[int, Arrays]]:
    """Do tasks in this process, one after another."""
    for index in indices:
        yield index, work(index)


def seed_of(seed: int, index: int) -> int:
    """Seed of one of many tasks; that of the first is ``seed`` itself.

    Others are children of it (O'Neill 2014, as ``numpy.random.SeedSequence`` has them).
    """
    if index == 0:
        return seed
    child = np.random.SeedSequence(seed, spawn_key=(index,))
    return int(child.generate_state(1, np.uint64)[0])


@dataclass(frozen=True)
class Kept:
    """Arrays in files of a folder, each written whole; without a folder nothing is.

    Attributes
    ----------
    folder : made when the first file is written.
    key : digest of what the arrays follow from; files of another key are not read.
    """

    folder: Path | None = None
    key: str = ""

    def kept(self, name: str, make: Callable[[], Arrays]) -> dict[str, np.ndarray]:
        """The arrays called ``name``, read if they are there, else made and written."""
        if self.folder is None:
            return dict(make())
        found = self.read(name)
        if found is None:
            found = {k: np.asarray(v) for k, v in make().items()}
            self.write(name, found)
        return found

    def read(self, name: str) -> dict[str, np.ndarray] | None:
        """The arrays called ``name``; None where there are none of this key."""
        try:
            with np.load(self._path(name), allow_pickle=False) as file:
                found = {k: file[k] for k in file.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return found if str(found.pop("made_by", "")) == self.key else None

    def write(self, name: str, arrays: Arrays) -> None:
        """Write beside, then rename: a file is there as a whole or not at all."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, made_by=self.key, **dict(arrays))
        beside.replace(path)

    def _path(self, name: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{name}.npz"


def _unwatched(items: Iterable[Item], _total: int, _done: int) -> Iterable[Item]:
    return items


@dataclass(frozen=True)
class Tasks:
    """How tasks are done.

    Attributes
    ----------
    executor : does them.
    watch : is given what is iterated over, how many tasks there are and how many were
        done before; yields the same items.
    same_disk : whether tasks find the folders of this process where they are done.
    """

    executor: Executor = one_by_one
    watch: Callable[[Iterable[Any], int, int], Iterable[Any]] = _unwatched
    same_disk: bool = True

    def done(
        self, work: Work, count: int, kept: Kept, name: str = "task"
    ) -> list[dict[str, np.ndarray]]:
        """What ``count`` tasks found, by index.

        Those whose results are kept (``NAME-00000`` and so on) are not done again.
        """
        found: dict[int, dict[str, np.ndarray]] = {}
        if kept.folder is not None:
            read = ((i, kept.read(_name(name, i))) for i in range(count))
            found = {i: arrays for i, arrays in read if arrays is not None}
        todo = [index for index in range(count) if index not in found]
        arriving = self.executor(work, todo) if todo else ()
        for index, raw in self.watch(arriving, count, len(found)):
            arrays = {k: np.asarray(v) for k, v in raw.items()}
            if kept.folder is not None:
                kept.write(_name(name, index), arrays)
            found[index] = arrays
        return [found[index] for index in range(count)]


def _name(name: str, index: int) -> str:
    return f"{name}-{index:05d}"


# Tasks are done by this process, and nobody watches.
HERE = Tasks()
