"""Draws in blocks on disk: a sampler that was interrupted goes on where it was.

A block holds what its part has drawn and the state behind it; what comes next follows
from that state and from numbers of its own, so that nothing depends on where a run was
interrupted. A block that was made by another model, other data or other settings is
made again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..contents import Untold, digest
from ..errors import SolutionError
from ..executables import sources
from ..tasks import Kept
from .posterior import Posterior


@dataclass(frozen=True)
class Blocks(Kept):
    """Blocks of draws in files, known by what the draws follow from."""

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
            "switching": posterior.switching,
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
        for array in (posterior.base, posterior.data):
            whole.update(np.ascontiguousarray(array, float).tobytes())
        return cls(Path(folder), whole.hexdigest())
