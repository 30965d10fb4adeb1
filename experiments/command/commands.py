"""What each command of the command line does: one function per command."""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import FiscaxError
from ...solvers.tasks import Tasks
from .. import registry
from ..progress import Progress
from ..report.results import (
    ExperimentResult,
    empty_cells,
    save_result,
    write_dataset,
)
from .manifest import Run


def list_experiments(_: argparse.Namespace) -> None:
    """Print the experiments with their questions, then the sweepable functions."""
    registry.discover()
    entries = registry.EXPERIMENTS.values()
    width = max((len(entry.name) for entry in entries), default=0)
    print("Experiments (fiscax run NAME):")
    for entry in sorted(entries, key=lambda e: (e.order is None, e.order, e.name)):
        print(f"  {entry.name:<{width}}  {entry.question}")
    if registry.SWEEPABLES:
        print("\nSweepable functions (evaluate = NAME in a sweep's SPEC):")
        for name, function in sorted(registry.SWEEPABLES.items()):
            outputs = (f"{k} ({o.unit})" for k, o in function.outputs.items())
            print(f"  {name}: {', '.join(outputs)}")


def run(options: argparse.Namespace) -> None:
    """Run one experiment."""
    overrides = parse_overrides(options.overrides)
    out = options.out or Path("out") / options.name
    _run_experiment(options, options.name, overrides, out)


def moments(options: argparse.Namespace) -> None:
    """Recompute the empirical moments, or print the shipped ones."""
    overrides = {"data": str(options.data)} if options.data else {}
    _run_experiment(options, "moments", overrides, options.out or Path("out/moments"))


def facts(options: argparse.Namespace) -> None:
    """Compute the shipped tables again from a folder of data."""
    given = {"data": options.data, "only": options.only}
    overrides = {k: str(v) for k, v in given.items() if v is not None}
    _run_experiment(options, "facts", overrides, options.out or Path("out/facts"))


def fetch(options: argparse.Namespace) -> None:
    """Download series from FRED, once a day, and say where they lie."""
    from ...calibration.record import fred

    out = options.out or Path("out/fetch")
    series = options.series or fred.SERIES_USED
    with Run(out, options.arguments, compiles=False) as record:
        take = fred.latest_snapshot if options.cached else fred.fetch_fred_series
        found = take(series)
        record.data_vintage = {"FRED": found.vintage.isoformat()}
        record.extra["series"] = list(found.series)
        record.extra["directory"] = str(found.directory)
    print(f"{len(found.series)} series of {found.vintage} in {found.directory}")
    print(f"fiscax moments --data {found.directory}")


def calibrate(options: argparse.Namespace) -> None:
    """Run the experiment ``calibrate`` for one era."""
    out = options.out or Path("out") / f"calibrate-{options.era}"
    _run_experiment(options, "calibrate", {"era": options.era}, out)


def solve(options: argparse.Namespace) -> None:
    """Solve the model of a Dynare file by perturbation, or the path it asks for."""
    from .path_file import path_file
    from .solve_file import HORIZON, check_changes, solve_file

    out = options.out or Path("out") / options.file.stem
    changes = parse_overrides(options.overrides)
    check_changes(changes)
    with Run(out, options.arguments, overrides=changes) as record:
        if options.path:
            result = path_file(options.file, options.horizon, changes)
        else:
            horizon = options.horizon or HORIZON
            result = solve_file(options.file, options.order, horizon, changes)
        record.outputs = save_result(result, out)
        record.parameters = result.parameters
    _print_result(result)
    print(f"{len(record.outputs) + 1} files in {out}")


def estimate(options: argparse.Namespace) -> None:
    """Estimate the model of a Dynare file."""
    from ..progress import Progress
    from .estimate_file import estimate_file
    from .solve_file import check_changes

    out = options.out or Path("out") / f"estimate-{options.file.stem}"
    changes = parse_overrides(options.overrides)
    check_changes(changes)
    if _shared(options) and (options.method != "smc" or not options.chains):
        raise FiscaxError(
            "workers share independent runs of particles: give them --method smc and "
            "--chains N"
        )
    with (
        Run(out, options.arguments, overrides=changes, seed=options.seed) as record,
        tasks_of(options, "runs of particles") as tasks,
    ):
        result = estimate_file(
            options.file,
            options.data,
            out,
            changes,
            Progress().say,
            tasks=tasks,
            method=options.method,
            draws=options.draws,
            chains=options.chains,
            seed=options.seed,
            logs=options.logs,
            presample=options.presample,
            initial_variance=options.initial_variance,
            annual=parse_overrides(options.annual, "--annual", _SEEN),
            quarterly=parse_overrides(options.quarterly, "--quarterly", _SEEN),
            **_moment_options(options),
        )
        record.outputs = save_result(result, out)
        record.parameters = result.parameters
        record.data_vintage = result.data_vintage
    _print_result(result)
    print(f"{len(record.outputs) + 1} files in {out}")


# How a column is said to be seen.
_SEEN = "COLUMN=KIND"


def _moment_options(options: argparse.Namespace) -> dict[str, Any]:
    """Those of the method of moments that were given."""
    given = {
        "order": options.order,
        "weights": options.weights,
        "lags": options.lags and tuple(range(1, options.lags + 1)),
        "third": options.third or None,
        "samples": options.samples,
    }
    return {name: value for name, value in given.items() if value is not None}


def value(options: argparse.Namespace) -> None:
    """Value the surpluses behind the debt of a user's file."""
    from ..valuation.page import value_file

    out = options.out or Path("out") / options.file.stem
    changes = parse_overrides(options.overrides)
    with (
        Run(out, options.arguments, overrides=changes, seed=options.seed) as record,
        tasks_of(options, "draws of the bootstrap") as tasks,
    ):
        result = value_file(
            options.file,
            changes,
            options.draws,
            options.seed,
            options.start,
            options.end,
            options.risk_prices,
            out / "draws",
            tasks,
        )
        record.outputs = save_result(result, out)
        record.parameters = result.parameters
        record.data_vintage = result.data_vintage
    _print_result(result)
    print(f"{len(record.outputs) + 1} files in {out}")


def capacity(options: argparse.Namespace) -> None:
    """Fiscal capacity of a projection file."""
    out = options.out or Path("out") / f"capacity-{Path(options.file).stem}"
    overrides = parse_overrides(options.overrides) | {"file": options.file}
    _run_experiment(options, "capacity", overrides, out)


def outlook(options: argparse.Namespace) -> None:
    """Paths of a projection's debt under four ways of setting funding costs."""
    overrides = parse_overrides(options.overrides) | {"file": options.file}
    _run_experiment(options, "outlook", overrides, options.out or Path("out/outlook"))


def _shared(options: argparse.Namespace) -> bool:
    return bool(options.workers or options.scheduler)


@contextmanager
def tasks_of(options: argparse.Namespace, text: str) -> Iterator[Tasks]:
    """Who does the tasks of a command, which are told as ``text``: here, or workers."""
    progress = Progress()

    def watch(items: Iterable[Any], total: int, done: int) -> Iterable[Any]:
        return progress.track(items, text, total, done)

    if not _shared(options):
        yield Tasks(watch=watch)
        return
    from ..cluster import Cluster

    with Cluster(options.workers, options.scheduler) as cluster:
        yield Tasks(cluster, watch, cluster.same_disk)


def _run_experiment(
    options: argparse.Namespace, name: str, overrides: dict[str, Any], out: Path
) -> None:
    entry = registry.find_experiment(name)
    seed = getattr(options, "seed", 0)
    progress = Progress()
    with Run(
        out,
        options.arguments,
        experiment=name,
        overrides=overrides,
        seed=seed,
        compiles=entry.compiles,
    ) as record:
        context = registry.ExperimentContext(overrides, out, seed, progress)
        result = entry.run(context)
        record.outputs = save_result(result, out)
        record.parameters = result.parameters
        record.data_vintage = result.data_vintage
        record.extra["stage_seconds"] = progress.seconds
    _print_result(result)
    print(f"{len(record.outputs) + 1} files in {out}")


def app(options: argparse.Namespace) -> None:
    """The page that a class plays with, from solved economies."""
    from .app import make_app

    make_app(options)


def report(options: argparse.Namespace) -> None:
    """Run the experiments of the report; the page grows with them."""
    from .report import make_report

    make_report(options)


def sweep(options: argparse.Namespace) -> None:
    """Run or resume a sweep; writes ``sweep.nc``, ``sweep.csv`` and the spec."""
    from .sweep import failures, run_sweep
    from .sweep_spec import read_spec

    spec = read_spec(options.spec)
    out = options.out or Path("out") / options.spec.stem
    with Run(
        out, options.arguments, experiment=spec.evaluate, seed=spec.seed
    ) as record:
        copy = out / "spec.toml"
        if options.spec.resolve() != copy.resolve():
            shutil.copyfile(options.spec, copy)
        with tasks_of(options, spec.evaluate) as tasks:
            dataset = run_sweep(spec, out, resume=options.resume, tasks=tasks)
        reasons = failures(dataset)
        table = out / "sweep.csv"
        dataset.to_dataframe().reset_index().to_csv(
            table, index=False, lineterminator="\n"
        )
        record.outputs = [copy, write_dataset(dataset, out / "sweep.nc"), table]
        failed = int((dataset["status"] != "ok").sum())
        record.extra["draws"] = {"all": spec.n, "failed": failed}
    for reason in reasons:
        print(f"without numbers: {reason}")
    print(f"{spec.n - failed} of {spec.n} draws solved; sweep.nc, sweep.csv in {out}")


def reproduce(options: argparse.Namespace) -> int:
    """Repeat the run of a manifest; 1 if a number differs beyond the tolerance."""
    from .reproduce import reproduce_run

    out = options.out or Path("out/reproduced")
    lines, same = reproduce_run(options.manifest, out, options.rtol, options.again)
    print("\n".join(lines))
    return 0 if same else 1


def parse_overrides(
    assignments: Sequence[str], option: str = "--set", form: str = "PARAMETER=VALUE"
) -> dict[str, Any]:
    """Overrides from texts like ``theta=0.5``; numbers, true/false, else text.

    Raises
    ------
    FiscaxError
        If a text has no "=", no name, no value, or a name comes twice.
    """
    overrides: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = (part.strip() for part in assignment.partition("="))
        if not (name and equals and value):
            raise FiscaxError(f"{option} {assignment!r} has to be {form}")
        if name in overrides:
            raise FiscaxError(f"{option} names '{name}' twice")
        overrides[name] = _parse_value(value)
    return overrides


def _parse_value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _print_result(result: ExperimentResult) -> None:
    """Print the notes, and the tables that fit a terminal."""
    import pandas as pd

    for note in [*result.notes, *empty_cells(result)]:
        print(note + "\n")
    for name, frame in result.tables.items():
        if len(frame) > 40:
            print(f"{name}: {len(frame)} rows, see {name}.csv\n")
            continue
        with pd.option_context("display.width", 160, "display.max_columns", 30):
            print(
                f"{name}\n{frame.to_string(float_format='{:.4g}'.format, na_rep='')}\n"
            )
    sys.stdout.flush()


COMMANDS: dict[str, Callable[[argparse.Namespace], int | None]] = {
    "list": list_experiments,
    "run": run,
    "report": report,
    "app": app,
    "moments": moments,
    "facts": facts,
    "fetch": fetch,
    "solve": solve,
    "estimate": estimate,
    "value": value,
    "sweep": sweep,
    "calibrate": calibrate,
    "capacity": capacity,
    "outlook": outlook,
    "reproduce": reproduce,
}
