"""Sweeps: a sweepable function mapped over a grid or a sample of parameters.

Draws are solved in batches; a finished batch is on disk before the next one starts, so
an interrupted sweep goes on where it stopped. A draw without a solution is a row whose
``status`` says why; its numbers are missing, it does not stop the sweep.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import FiscaxError
from ...solvers.tasks import HERE, Kept, Tasks
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


@dataclass(frozen=True)
class Batches:
    """Batches of draws as tasks: ``batches(index)`` solves one.

    In another process the function that is swept is found anew, by its name.
    """

    spec: SweepSpec

    @cached_property
    def sweepable(self) -> Sweepable:
        """What is swept; an experiment remembers between batches what it solved."""
        return find_sweepable(self.spec.evaluate)

    @cached_property
    def _design(self) -> dict[str, np.ndarray]:
        return self.spec.design()

    def __reduce__(self) -> tuple[type["Batches"], tuple[SweepSpec]]:
        """What makes it again in another process."""
        return Batches, (self.spec,)

    def __call__(self, index: int) -> dict[str, np.ndarray]:
        """Values, status and declared outputs of one batch, as they are kept."""
        spec = self.spec
        first = index * spec.batch
        rows = slice(first, min(first + spec.batch, spec.n))
        draws = {name: column[rows] for name, column in self._design.items()}
        values, status = evaluate_batch(
            self.sweepable, draws, spec.calibration, spec.batch
        )
        outputs = np.array(_outputs_to_text(self.sweepable.outputs))
        return {
            **{f"value:{name}": array for name, array in values.items()},
            "status": status,
            "outputs": outputs,
        }


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
    tasks: Tasks = HERE,
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
    tasks
        Who solves batches, and who watches.

    Raises
    ------
    FiscaxError
        If batches are there and ``resume`` is False, or if all of them belong to
        another spec or version.
    SweepInterrupted
        On Ctrl-C.
    """
    kept = Kept(out / "batches", spec.key())
    _check_start(kept, resume)
    try:
        found = tasks.done(Batches(spec), spec.n_batch, kept, kept.key)
    except KeyboardInterrupt:
        raise SweepInterrupted(
            f"stopped: {len(_finished(kept))} of {spec.n_batch} batches are kept; "
            f"the same command with --resume goes on"
        ) from None
    return collect(spec, found)


def _finished(kept: Kept) -> list[Path]:
    """Files of the batches that are done."""
    return [] if kept.folder is None else [*kept.folder.glob(f"{kept.key}-*.npz")]


def _check_start(kept: Kept, resume: bool) -> None:
    done, others = _finished(kept), []
    if kept.folder is not None:
        others = [p for p in kept.folder.glob("*-*.npz") if p not in done]
    if done and not resume:
        raise FiscaxError(
            f"{len(done)} finished batches are in {kept.folder}: add --resume to go "
            f"on with them or choose another --out"
        )
    if resume and not done and others:
        raise FiscaxError(
            f"the batches in {kept.folder} belong to another spec or version of "
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


def collect(spec: SweepSpec, found: Sequence[Mapping[str, np.ndarray]]) -> "xr.Dataset":
    """Labelled dataset of a complete sweep, from what its batches hold.

    A grid has one axis per parameter, a sample the axis ``draw``. Numbers of failed
    draws are missing; ``status`` holds "ok" or the reason.
    """
    import xarray as xr

    batches = [_read(arrays) for arrays in found]
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


def _read(
    arrays: Mapping[str, np.ndarray],
) -> tuple[dict[str, np.ndarray], np.ndarray, dict[str, Output]]:
    """Values, status and declared outputs of one batch."""
    values = {
        name.removeprefix("value:"): array
        for name, array in arrays.items()
        if name.startswith("value:")
    }
    return values, arrays["status"], _outputs_from_text(str(arrays["outputs"]))


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
