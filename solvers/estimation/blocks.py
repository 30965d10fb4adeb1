"""Draws in blocks on disk: a sampler that was interrupted goes on where it was.

A block holds what its part has drawn and the state behind it; what comes next follows
from that state and from numbers of its own, so that nothing depends on where a run was
interrupted. A block that was made by another model, other data or other settings is
made again.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..contents import Untold, digest
from ..errors import SolutionError
from ..executables import sources
from .posterior import Posterior

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Blocks:
    """Files of a folder, each written whole; without a folder nothing is kept.

    Attributes
    ----------
    folder : made when the first block is written.
    key : digest of what the draws follow from.
    """

    folder: Path | None = None
    key: str = ""

    @classmethod
    def of(cls, folder: Path | None, posterior: Posterior, **settings: Any) -> Blocks:
        """Blocks of a posterior and of settings that change draws.

        Raises
        ------
        SolutionError
            The model holds something whose content cannot be told, so that draws of
            another one could be taken for its own.
        """
        if folder is None:
            return cls()
        # Where a file's data lie does not matter, they are told as numbers.
        model, declared = posterior.model, posterior.model.estimation
        parts = {
            "trends": {} if declared is None else dict(declared.trends),
            "estimated": posterior.estimated,
            "observables": posterior.observables,
            "options": (
                posterior.initial_variance,
                posterior.logs,
                posterior.presample,
            ),
            "settings": tuple(sorted(settings.items())),
        }
        try:
            told = digest(
                replace(model, estimation=None), parts, sources("models", "solvers")
            )
        except Untold as error:
            raise SolutionError(
                f"draws of '{model.name}' cannot be kept for another run: "
                f"{error}; estimate without a folder"
            ) from None
        whole = hashlib.sha256(told.encode())
        for array in posterior.given:
            whole.update(np.ascontiguousarray(array, float).tobytes())
        return cls(Path(folder), whole.hexdigest())

    def kept(self, name: str, make: Callable[[], Arrays]) -> dict[str, np.ndarray]:
        """The block ``name``, read if it is there, else made and written."""
        if self.folder is None:
            return dict(make())
        found = self._read(name)
        if found is None:
            found = {k: np.asarray(v) for k, v in make().items()}
            self._write(name, found)
        return found

    def _path(self, name: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{name}.npz"

    def _read(self, name: str) -> dict[str, np.ndarray] | None:
        try:
            with np.load(self._path(name), allow_pickle=False) as file:
                found = {k: file[k] for k in file.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return found if str(found.pop("made_by", "")) == self.key else None

    def _write(self, name: str, arrays: Arrays) -> None:
        """Write beside, then rename: a block is there as a whole or not at all."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, made_by=self.key, **dict(arrays))
        beside.replace(path)
