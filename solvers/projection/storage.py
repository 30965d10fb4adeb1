"""Solutions on disk: arrays in one ``.npz`` file, everything else as JSON inside it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ...models.declaration import Model
from ..errors import SolutionError
from .conditions import Solved
from .ergodic import ErgodicOptions
from .grid import Domain, smolyak
from .linear import Determinacy
from .policy import GlobalPolicy
from .quadrature import Quadrature
from .solve import BlockEvidence
from .verification import Stability

# Raise it whenever the meaning or the name of anything in a file changes.
FORMAT = 4


def write(solution: GlobalPolicy, path: Path | str) -> None:
    """Write everything that ``read`` needs, determinacy and evidence included."""
    meta = {
        "format": FORMAT,
        "model": solution.model.name,
        "regimes": list(solution.model.regimes.names),
        "levels": {n: list(g.levels) for n, g in solution.grids},
        "quadrature": vars(solution.quadrature),
        "ergodic": vars(solution.ergodic),
        "determinacy": [
            {"regime": d.regime, "stable": d.stable, "predetermined": d.predetermined}
            for d in solution.determinacy
        ],
        "evidence": [asdict(e) for e in solution.evidence.values()],
    }
    arrays = {f"parameter:{k}": np.asarray(v) for k, v in solution.parameters.items()}
    for k, determinacy in enumerate(solution.determinacy):
        arrays[f"eigenvalues:{k}"] = np.asarray(determinacy.eigenvalues)
    # A regime that is never visited has no resting point; whoever asks is told so.
    with suppress(SolutionError):
        arrays["rest"] = solution.resting_points
    if solution.origin is not None:
        arrays["origin"] = np.asarray(solution.origin)
    for name, solved in solution.solved.items():
        arrays[f"coefficients:{name}"] = np.asarray(solved.coefficients)
        for part in Domain._fields:
            arrays[f"{part}:{name}"] = np.asarray(getattr(solved.domain, part))
    np.savez_compressed(
        Path(path), allow_pickle=False, meta=np.array(json.dumps(meta)), **arrays
    )


def read(path: Path | str, model: Model) -> dict[str, Any]:
    """Fields of the solution in a file, by name.

    Raises
    ------
    SolutionError
        The file is no saved solution, has another format, or is another model's.
    """
    with np.load(Path(path)) as stored:
        if "meta" not in stored.files:
            raise SolutionError(f"{path} is not a saved solution")
        meta = json.loads(str(stored["meta"]))
        arrays = {k: stored[k] for k in stored.files if k != "meta"}
    _check(path, meta, model)
    absent = [p.name for p in model.parameters if f"parameter:{p.name}" not in arrays]
    if absent:
        raise SolutionError(
            f"{path} holds no value of {', '.join(absent)}: the declaration changed "
            "since, solve the model again and save it"
        )
    grids = tuple((n, smolyak(tuple(v))) for n, v in meta["levels"].items())
    return {
        "model": model,
        "parameters": {
            k.removeprefix("parameter:"): v
            for k, v in arrays.items()
            if k.startswith("parameter:")
        },
        "grids": grids,
        "origin": arrays.get("origin"),
        "rest": arrays.get("rest"),
        "solved": {
            n: Solved(
                arrays[f"coefficients:{n}"],
                Domain(*(arrays[f"{p}:{n}"] for p in Domain._fields)),
            )
            for n, _ in grids
        },
        "quadrature": Quadrature(**meta["quadrature"]),
        "ergodic": ErgodicOptions(**meta["ergodic"]),
        "determinacy": tuple(
            Determinacy(
                **d, eigenvalues=arrays[f"eigenvalues:{k}"], advice=model.advice
            )
            for k, d in enumerate(meta["determinacy"])
        ),
        "evidence": {e["block"]: _evidence(e) for e in meta["evidence"]},
    }


def _evidence(stored: dict[str, Any]) -> BlockEvidence:
    stability = stored.pop("stability")
    known = None if stability is None else Stability(**stability)
    return BlockEvidence(**stored, stability=known)


def _check(path: Path | str, meta: dict[str, Any], model: Model) -> None:
    # Files of the first format carry no number.
    found = meta.get("format", 1)
    if found != FORMAT:
        raise SolutionError(
            f"{path} has format {found}, but this version of fiscax reads format "
            f"{FORMAT}: solve the model again and save it"
        )
    if (meta["model"], tuple(meta["regimes"])) != (model.name, model.regimes.names):
        raise SolutionError(
            f"{path} holds a solution of '{meta['model']}' with regimes "
            f"{meta['regimes']}, not of '{model.name}' with "
            f"{list(model.regimes.names)}"
        )
