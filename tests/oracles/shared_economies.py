"""Core economies on one cheap grid that tests share, in memory and on disk.

A file is taken only for the sources that wrote it and after its residuals have been
evaluated again. Tests of the solver itself call the solver and read no file.
"""

import fcntl
import hashlib
import json
import os
import zipfile
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np

from fiscax._runtime import cache_directory
from fiscax.calibration.economies.store import _sources
from fiscax.calibration.parameters.calibration import load_calibration
from fiscax.models.core import core_economy
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.projection.accuracy import node_residuals
from fiscax.solvers.projection.newton import Newton
from fiscax.solvers.projection.solution import GlobalSolution, solve
from fiscax.solvers.projection.solve import SolverOptions

LEVELS = {
    "kernel": ((3, 4),),
    "output": ((3, 4),),
    "spending": ((3, 5, 4),),
    "nominal": ((2,) * 7,),
}

# Hardly any risk, and no convenience: the linear economy.
UNRISKY = {
    "safety_price": 0.0,
    "liquidity_price": 0.0,
    "xi": 1e-3,
    "zeta": 1e-3,
    "sigma_y": 1e-4,
    "sigma_x": 1e-5,
}
# Spending is calm, all promises are kept and news frightens nobody: what the closed
# forms speak of. Intercepts put debt near its target.
KEPT = {
    "theta": 0.91,
    "theta_reference": 0.91,
    "breach": 0.0,
    "breach_reference": 0.0,
    "stress_news": 0.0,
    "sigma_z": 0.015,
    "phi": 0.6844217621420157,
    "rho_i": 0.9,
    "phi_natural": 0.30977339247174834,
    "b_x": 0.0,
    "debt_target": 0.9914937459108948,
    "tax_mean": 0.20854250509409422,
    "rate_mean": 0.009524467309918686,
}


@contextmanager
def locked(key: str):
    """Hold what ``key`` names: another process waits, and finds the file then."""
    path = cache_directory() / "locks" / hashlib.sha256(key.encode()).hexdigest()[:24]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cheap_solution(name, **changes):
    """Solution of a shipped economy with changed parameters, on the cheap grid."""
    parameters = load_calibration(name, core_economy()).as_arrays()
    for key, value in changes.items():
        parameters[key] = np.full_like(parameters[key], value)
    return _solution(json.dumps({k: v.tolist() for k, v in sorted(parameters.items())}))


@lru_cache(maxsize=8)
def _solution(text: str) -> GlobalSolution:
    parameters = {k: np.asarray(v, float) for k, v in json.loads(text).items()}
    parts = json.dumps([_sources(), LEVELS, text])
    key = hashlib.sha256(parts.encode()).hexdigest()[:24]
    path = cache_directory() / "test_solutions" / f"{key}.npz"
    with locked(str(path)):
        found = _stored(path)
        if found is None:
            found = solve(core_economy(), parameters, SolverOptions(levels=LEVELS))
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{os.getpid()}.npz")
            found.save(partial)
            partial.replace(path)
    return found


def _stored(path: Path) -> GlobalSolution | None:
    """The solution in a file; None where there is none or its equations do not hold."""
    try:
        found = GlobalSolution.load(path, core_economy())
    except (SolutionError, OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    good = max(node_residuals(found).values()) < Newton().accepted
    return found if good else None
