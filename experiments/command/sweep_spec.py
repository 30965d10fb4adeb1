"""Which parameters a sweep visits: the SPEC file and the design drawn from it.

A spec is a TOML file::

    evaluate = "news"               # a sweepable function, or an experiment
    calibration = "risky"           # optional, handed to the function
    batch = 8                       # draws per batch, all solved in one call
    seed = 0                        # of the scrambled Sobol sequence

    [fixed]                         # optional: the same in every draw
    gamma = 8.0

    [grid]                          # every combination of these values ...
    theta = [0.0, 0.5, 1.0]
    phi_pi = [0.9, 1.5]

    [sample]                        # ... or n points of a box (never both)
    n = 256
    theta = { low = 0.0, high = 1.0 }
    sigma = { low = 0.001, high = 0.1, log = true }
"""

import difflib
import hashlib
import json
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..._version import __version__
from ...errors import FiscaxError
from .manifest import git_revision

_KEYS = ("evaluate", "calibration", "batch", "seed", "fixed", "grid", "sample")

# Batched linear algebra in jitted code is safe up to 250 draws at once.
LARGEST_BATCH = 250


@dataclass(frozen=True)
class SweepSpec:
    """A checked spec.

    Attributes
    ----------
    evaluate
        Name of the sweepable function or experiment.
    calibration
        Base calibration, None for the function's own default.
    batch, seed
        Draws per batch; seed of the sample.
    fixed
        Parameters that are the same in every draw.
    grid
        Parameter -> values; empty when the design is a sample.
    sample
        Parameter -> (low, high, log); empty when the design is a grid.
    n
        Number of draws.
    """

    evaluate: str
    calibration: str | None
    batch: int
    seed: int
    fixed: dict[str, float]
    grid: dict[str, list[float]]
    sample: dict[str, tuple[float, float, bool]]
    n: int

    @property
    def varied(self) -> list[str]:
        """Names of the parameters that differ between draws."""
        return list(self.grid or self.sample)

    @property
    def n_batch(self) -> int:
        """Number of batches."""
        return math.ceil(self.n / self.batch)

    def key(self) -> str:
        """Hash of all that decides the numbers, the state of the code included."""
        content = [vars(self), __version__, git_revision()]
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def design(self) -> dict[str, np.ndarray]:
        """Values of every parameter, one array of length ``n`` each."""
        if self.grid:
            mesh = np.meshgrid(*self.grid.values(), indexing="ij")
            columns = {name: m.ravel() for name, m in zip(self.grid, mesh, strict=True)}
        else:
            columns = self._sobol()
        fixed = {name: np.full(self.n, value) for name, value in self.fixed.items()}
        return columns | fixed

    def _sobol(self) -> dict[str, np.ndarray]:
        """First ``n`` points of a scrambled Sobol sequence, scaled to the box."""
        from scipy.stats import qmc

        engine = qmc.Sobol(len(self.sample), scramble=True, rng=self.seed)
        points = engine.random_base2(max(math.ceil(math.log2(self.n)), 0))[: self.n]
        columns = {}
        for unit, (name, box) in zip(points.T, self.sample.items(), strict=True):
            low, high, log = box
            if log:
                columns[name] = low * (high / low) ** unit
            else:
                columns[name] = low + (high - low) * unit
        return columns


def read_spec(path: Path) -> SweepSpec:
    """Read and check a spec file.

    Raises
    ------
    FiscaxError
        If the file cannot be read or says something impossible; the message names the
        file, the key and what is admissible.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FiscaxError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FiscaxError(f"{path} is not a TOML file: {error}") from None
    try:
        return check_spec(content)
    except FiscaxError as error:
        raise FiscaxError(f"{path}: {error}") from None


def check_spec(content: dict[str, Any]) -> SweepSpec:
    """Spec from the content of its file; FiscaxError if it is not admissible."""
    for key in content:
        if key not in _KEYS:
            close = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"known: {_KEYS}"
            raise FiscaxError(f"unknown key '{key}'; {hint}")
    evaluate = content.get("evaluate")
    if not isinstance(evaluate, str):
        raise FiscaxError("'evaluate' has to name a sweepable function or experiment")
    calibration = content.get("calibration")
    if calibration is not None and not isinstance(calibration, str):
        raise FiscaxError("'calibration' has to be a name")
    if ("grid" in content) == ("sample" in content):
        raise FiscaxError("give either [grid] or [sample]")
    grid = _check_grid(content.get("grid", {}))
    sample, n = _check_sample(content.get("sample", {}))
    fixed = {k: _number(v, f"[fixed] {k}") for k, v in content.get("fixed", {}).items()}
    for name in fixed:
        if name in grid or name in sample:
            raise FiscaxError(f"parameter '{name}' is both fixed and varied")
    return SweepSpec(
        evaluate=evaluate,
        calibration=calibration,
        batch=_whole(content.get("batch", 100), "batch", 1, LARGEST_BATCH),
        seed=_whole(content.get("seed", 0), "seed", 0, 2**32 - 1),
        fixed=fixed,
        grid=grid,
        sample=sample,
        n=n or math.prod(len(values) for values in grid.values()),
    )


def _check_grid(table: dict[str, Any]) -> dict[str, list[float]]:
    grid = {}
    for name, values in table.items():
        if not isinstance(values, list) or not values:
            raise FiscaxError(f"[grid] {name} has to be a list of numbers")
        grid[name] = [_number(value, f"[grid] {name}") for value in values]
        if len(set(grid[name])) < len(values):
            raise FiscaxError(f"[grid] {name} names a value twice")
    return grid


def _check_sample(
    table: dict[str, Any],
) -> tuple[dict[str, tuple[float, float, bool]], int]:
    if not table:
        return {}, 0
    n = _whole(table.get("n"), "[sample] n", 1, 2**20)
    boxes = {k: _box(k, v) for k, v in table.items() if k != "n"}
    if not boxes:
        raise FiscaxError("[sample] names no parameter")
    return boxes, n


def _box(name: str, box: Any) -> tuple[float, float, bool]:
    where = f"[sample] {name}"
    if not isinstance(box, dict) or not {"low", "high"} <= box.keys() <= {
        "low",
        "high",
        "log",
    }:
        raise FiscaxError(f"{where} has to be {{ low = .., high = .., log = .. }}")
    low = _number(box["low"], f"{where} low")
    high = _number(box["high"], f"{where} high")
    log = bool(box.get("log", False))
    if not low < high:
        raise FiscaxError(f"{where}: low = {low} is not below high = {high}")
    if log and low <= 0:
        raise FiscaxError(f"{where}: low = {low} has to be positive for log = true")
    return low, high, log


def _number(value: Any, where: str) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not math.isfinite(value):
        raise FiscaxError(f"{where}: {value!r} is not a finite number")
    return float(value)


def _whole(value: Any, where: str, low: int, high: int) -> int:
    good = isinstance(value, int) and not isinstance(value, bool)
    if not good or not low <= value <= high:
        raise FiscaxError(
            f"{where} = {value!r} has to be a whole number from {low} to {high}"
        )
    return value
