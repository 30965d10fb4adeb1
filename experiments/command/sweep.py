"""Sweeps: a sweepable function mapped over a grid or a sample of parameters.

Draws are solved in batches; a finished batch is on disk before the next one starts, so
an interrupted sweep goes on where it stopped. A draw without a solution is a row whose
``status`` says why; its numbers are missing, it does not stop the sweep.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import FiscaxError
from .. import registry
from ..progress import Progress
from ..registry import Experiment, ExperimentContext
from ..study import Output, Sweepable
from .sweep_spec import SweepSpec

if TYPE_CHECKING:
    import xarray as xr

# What a draw may raise when its parameters have no solution; anything else is a bug
# and stops the sweep.
_DRAW_ERRORS = (FiscaxError, ArithmeticError, np.linalg.LinAlgError)


class SweepInterrupted(KeyboardInterrupt):
    """The user stopped the sweep; every finished batch is kept."""


class BatchStore:
    """Finished batches of one sweep: ``FOLDER/KEY-00000.npz`` and so on."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.key = key

    def finished(self) -> list[int]:
        """Numbers of the batches that are on disk."""
        paths = self.folder.glob(f"{self.key}-*.npz")
        return sorted(int(path.stem.rsplit("-", 1)[1]) for path in paths)

    def others(self) -> int:
        """Count of the batches that another spec or version of fiscax left here."""
        paths = self.folder.glob("*-*.npz")
        return sum(not path.name.startswith(f"{self.key}-") for path in paths)

    def write(
        self,
        index: int,
        values: Mapping[str, np.ndarray],
        status: np.ndarray,
        outputs: Mapping[str, Output],
    ) -> None:
        """Store one batch; it is there completely or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(index)
        partial = path.with_suffix(".partial")
        arrays = {f"value:{name}": array for name, array in values.items()}
        with partial.open("wb") as stream:
            np.savez_compressed(
                stream,
                allow_pickle=False,
                status=status,
                outputs=np.array(_outputs_to_text(outputs)),
                **arrays,
            )
        os.replace(partial, path)  # noqa: PTH105 (atomic on every system)

    def read(
        self, index: int
    ) -> tuple[dict[str, np.ndarray], np.ndarray, dict[str, Output]]:
        """Values, status and declared outputs of one batch."""
        with np.load(self._path(index), allow_pickle=False) as data:
            values = {
                name.removeprefix("value:"): data[name]
                for name in data.files
                if name.startswith("value:")
            }
            return values, data["status"], _outputs_from_text(str(data["outputs"]))

    def _path(self, index: int) -> Path:
        return self.folder / f"{self.key}-{index:05d}.npz"


def find_sweepable(name: str) -> Sweepable:
    """Sweepable function of that name, or the experiment's quantities, draw by draw."""
    registry.discover()
    if name in registry.EXPERIMENTS and name not in registry.SWEEPABLES:
        return sweepable_experiment(registry.EXPERIMENTS[name])
    kind = "sweepable function or experiment"
    return registry.find(registry.SWEEPABLES, name, kind)


def run_sweep(
    spec: SweepSpec,
    out: Path,
    *,
    resume: bool = False,
    progress: Progress | None = None,
) -> "xr.Dataset":
    """Evaluate every draw of the spec and return the labelled dataset.

    Parameters
    ----------
    spec
        What to visit.
    out
        Directory of the results; finished batches are kept in ``out/batches``.
    resume
        Go on with the batches that are there.

    Raises
    ------
    FiscaxError
        If batches are there and ``resume`` is False, or if all of them belong to
        another spec or version.
    SweepInterrupted
        On Ctrl-C.
    """
    progress = progress or Progress()
    sweepable = find_sweepable(spec.evaluate)
    store = BatchStore(out / "batches", spec.key())
    done = store.finished()
    _check_start(store, done, resume)
    design = spec.design()
    todo = [index for index in range(spec.n_batch) if index not in set(done)]
    finished = len(done)
    try:
        for index in progress.track(todo, spec.evaluate, spec.n_batch, finished):
            first = index * spec.batch
            rows = slice(first, min(first + spec.batch, spec.n))
            draws = {name: column[rows] for name, column in design.items()}
            values, status = evaluate_batch(
                sweepable, draws, spec.calibration, spec.batch
            )
            store.write(index, values, status, sweepable.outputs)
            finished += 1
    except KeyboardInterrupt:
        raise SweepInterrupted(
            f"stopped: {finished} of {spec.n_batch} batches are kept; "
            f"the same command with --resume goes on"
        ) from None
    return collect(spec, store)


def _check_start(store: BatchStore, done: list[int], resume: bool) -> None:
    if done and not resume:
        raise FiscaxError(
            f"{len(done)} finished batches are in {store.folder}: add --resume to go "
            f"on with them or choose another --out"
        )
    if resume and not done and store.others():
        raise FiscaxError(
            f"the batches in {store.folder} belong to another spec or version of "
            f"fiscax; run without --resume to start anew"
        )


def evaluate_batch(
    sweepable: Sweepable,
    draws: Mapping[str, np.ndarray],
    calibration: str | None,
    batch: int,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Values and status of one batch of draws.

    The last batch is filled up with copies of its last draw, because a new shape would
    be compiled anew. When the function refuses the batch as a whole, each draw is
    tried alone. Numbers of failed draws are stored as zero: ``status`` rules.
    """
    n = len(next(iter(draws.values())))
    filled = {
        name: np.concatenate([column, np.repeat(column[-1:], batch - n)])
        for name, column in draws.items()
    }
    try:
        found = dict(sweepable.evaluate(filled, calibration))
    except _DRAW_ERRORS as error:
        if n == 1:
            return {}, np.array([_one_line(error)])
        return _evaluate_alone(sweepable, draws, calibration, batch)
    status = np.asarray(found.pop("status", ["ok"] * batch)).astype(str)[:n]
    values = _check_outputs(sweepable, found, batch, n)
    for name, array in values.items():
        finite = np.isfinite(array).reshape(n, -1).all(axis=1)
        status = np.where((status == "ok") & ~finite, f"not finite: {name}", status)
    failed = status != "ok"
    for array in values.values():
        array[failed] = 0.0
    return values, status


def _evaluate_alone(
    sweepable: Sweepable,
    draws: Mapping[str, np.ndarray],
    calibration: str | None,
    batch: int,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    n = len(next(iter(draws.values())))
    rows = []
    for k in range(n):
        one = {name: column[k : k + 1] for name, column in draws.items()}
        rows.append(evaluate_batch(sweepable, one, calibration, batch))
    shapes = {name: a.shape[1:] for values, _ in rows for name, a in values.items()}
    stacked = {
        name: np.concatenate([v.get(name, np.zeros((1, *shape))) for v, _ in rows])
        for name, shape in shapes.items()
    }
    return stacked, np.concatenate([status for _, status in rows])


def _check_outputs(
    sweepable: Sweepable, found: Mapping[str, Any], batch: int, n: int
) -> dict[str, np.ndarray]:
    """First ``n`` rows of every output, after a check against the declaration."""
    values = {}
    for name, raw in found.items():
        array = np.array(raw, dtype=float)
        declared = sweepable.outputs.get(name)
        if declared is None:
            raise TypeError(f"'{sweepable.name}' does not declare its output '{name}'")
        if array.shape[:1] != (batch,) or array.ndim != 1 + len(declared.dims):
            raise TypeError(
                f"'{sweepable.name}': output '{name}' has shape {array.shape}; "
                f"declared are {batch} draws and the axes {declared.dims}"
            )
        values[name] = array[:n]
    return values


def collect(spec: SweepSpec, store: BatchStore) -> "xr.Dataset":
    """Labelled dataset of a complete sweep.

    A grid has one axis per parameter, a sample the axis ``draw``. Numbers of failed
    draws are missing; ``status`` holds "ok" or the reason.
    """
    import xarray as xr

    batches = [store.read(index) for index in store.finished()]
    status = np.concatenate([s for _, s, _ in batches]).astype(object)
    outputs = {n: o for _, _, declared in batches for n, o in declared.items()}
    shape = tuple(len(v) for v in spec.grid.values()) or (spec.n,)
    axes = tuple(spec.grid) or ("draw",)
    data: dict[str, Any] = {
        "status": (axes, status.reshape(shape), {"long_name": "outcome"})
    }
    coords: dict[str, Any] = dict(spec.grid)
    if spec.sample:
        design = spec.design()
        coords = {name: ("draw", design[name]) for name in spec.sample}
        coords["draw"] = np.arange(spec.n)
    for name in outputs:
        column = _column(name, batches)
        if column is None:
            continue
        # Draws of another batch may know other numbers: what is missing has a reason.
        lost = (status == "ok") & ~np.isfinite(column).reshape(len(status), -1).all(1)
        status[lost] = f"no value: {name}"
    for name, output in outputs.items():
        column = _column(name, batches)
        if column is None:
            continue
        column[status != "ok"] = np.nan
        dims = axes + output.dims
        data[name] = (dims, column.reshape(shape + column.shape[1:]))
        data[name] += ({"units": output.unit},)
        coords |= {k: v for k, v in output.coords.items() if k in output.dims}
    attributes = {"evaluate": spec.evaluate, "calibration": spec.calibration or ""}
    attributes |= {f"fixed_{name}": value for name, value in spec.fixed.items()}
    return xr.Dataset(data, coords, attributes)


def failures(dataset: "xr.Dataset") -> list[str]:
    """Why draws have no numbers, and how many of them, the most frequent reason first.

    Raises
    ------
    FiscaxError
        A number is missing or infinite where the status is "ok".
    """
    status = dataset["status"]
    solved = status == "ok"
    for name in dataset.data_vars:
        if name == "status":
            continue
        if bool((solved & ~np.isfinite(dataset[name])).any()):
            raise FiscaxError(f"a draw that was solved has no number for '{name}'")
    reasons = Counter(str(s) for s in status.values.ravel() if s != "ok")
    return [f"{reason} ({count} draws)" for reason, count in reasons.most_common()]


def _column(name: str, batches: list[Any]) -> np.ndarray | None:
    """One output over all batches; missing where a batch does not have it."""
    tails = [values[name].shape[1:] for values, _, _ in batches if name in values]
    if not tails:
        return None
    parts = [
        values.get(name, np.full((len(status), *tails[0]), np.nan))
        for values, status, _ in batches
    ]
    return np.concatenate(parts)


def sweepable_experiment(entry: Experiment) -> Sweepable:
    """Sweepable function that runs an experiment once per draw.

    It collects ``ExperimentResult.quantities``. ``calibration`` of the spec becomes the
    override of that name. Each draw is a whole experiment: choose a small ``batch``.
    """
    outputs: dict[str, Output] = {}
    shared: dict[Any, Any] = {}

    def one(draw: dict[str, Any]) -> tuple[dict[str, float], str]:
        context = ExperimentContext(
            draw, Path(), progress=Progress(quiet=True), shared=shared
        )
        try:
            quantities = entry.run(context).quantities
        except _DRAW_ERRORS as error:
            return {}, _one_line(error)
        if not quantities:
            raise TypeError(f"'{entry.name}' offers no quantities to a sweep")
        outputs.update({name: Output(unit) for name, (_, unit) in quantities.items()})
        return {name: value for name, (value, _) in quantities.items()}, "ok"

    def evaluate(parameters: dict[str, Any], base: str | None) -> dict[str, Any]:
        extra = {} if base is None else {"calibration": base}
        columns = [np.asarray(column).tolist() for column in parameters.values()]
        draws = list(zip(*columns, strict=True))
        found = {
            d: one(dict(zip(parameters, d, strict=True)) | extra) for d in set(draws)
        }
        rows = [found[draw] for draw in draws]
        names = {name for values, _ in rows for name in values}
        table = {
            n: np.array([v.get(n, np.nan) for v, _ in rows]) for n in sorted(names)
        }
        return table | {"status": [status for _, status in rows]}

    return Sweepable(entry.name, evaluate, outputs)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _outputs_to_text(outputs: Mapping[str, Output]) -> str:
    plain = {
        name: [
            o.unit,
            list(o.dims),
            {k: np.asarray(v).tolist() for k, v in o.coords.items()},
        ]
        for name, o in outputs.items()
    }
    return json.dumps(plain)


def _outputs_from_text(text: str) -> dict[str, Output]:
    plain = json.loads(text)
    return {
        name: Output(unit, tuple(dims), coords)
        for name, (unit, dims, coords) in plain.items()
    }
