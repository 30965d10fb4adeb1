"""Sweeps, particles and bootstraps on several processes: the same digits, nothing lost.

Workers are real processes. What they are asked stands in a script of its own, which
they read too, as a user's script would be.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fiscax.calibration.valuation.file import EXAMPLE
from fiscax.errors import FiscaxError
from fiscax.experiments import cluster
from fiscax.experiments.command import cli
from fiscax.solvers.tasks import Kept, Tasks, seed_of

TOY = """
import os, signal, sys, time
from pathlib import Path
import numpy as np
import jax, jax.numpy as jnp
from fiscax.experiments import registry
from fiscax.experiments.command import cli
from fiscax.experiments.study import Output, Sweepable

registry.discover = lambda: None

def toy(parameters, base):
    a = parameters["a"]
    calls = Path("calls")
    calls.mkdir(exist_ok=True)
    (calls / f"{a[0]:g}-{time.time_ns()}").write_text(str(os.getpid()))
    # Whoever comes first waits in the fourth batch until somebody ends it.
    if a[0] == 7.0 and os.environ.get("WAIT") and not Path("waiting").exists():
        Path("waiting").write_text(str(os.getpid()))
        time.sleep(300)
    if a[0] < 0:
        raise KeyError("a bug")
    square = jnp.exp(jnp.sin(a)) @ jnp.ones((len(a), 3))
    return {"value": np.asarray(jnp.exp(jnp.sin(a)) / 3), "sum": np.outer(a, square)}

outputs = {
    "value": Output("percent"),
    "sum": Output("percent", ("place",), {"place": [1, 2, 3]}),
}
registry.SWEEPABLES["toy"] = Sweepable("toy", toy, outputs)
if __name__ == "__main__":
    # A process of the background may have inherited that interrupts are ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(cli.main(sys.argv[1:]))
"""
BATCHES = 8


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "toy.py").write_text(TOY)
    values = [float(k) for k in range(1, 2 * BATCHES + 1)]
    (tmp_path / "spec.toml").write_text(
        f'evaluate = "toy"\nbatch = 2\n[grid]\na = {values}\n'
    )
    return tmp_path


def start(folder, *more, spec="spec.toml", **environment):
    return subprocess.Popen(
        [sys.executable, "toy.py", "sweep", spec, *more],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C of a terminal reaches this process and its workers.
        start_new_session=True,
    )


def ended(process, code=0):
    out, error = process.communicate(timeout=240)
    assert process.returncode == code, error
    return out, error


def waiting(folder, process):
    """The number of the process that waits in the fourth batch."""
    while not (folder / "waiting").exists() and process.poll() is None:
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()[1]
    time.sleep(0.2)
    return int((folder / "waiting").read_text())


def same_files(one, two):
    assert (one / "sweep.csv").read_bytes() == (two / "sweep.csv").read_bytes()
    with (
        xr.open_dataset(one / "sweep.nc", engine="h5netcdf") as first,
        xr.open_dataset(two / "sweep.nc", engine="h5netcdf") as second,
    ):
        xr.testing.assert_identical(first, second)


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_digits_are_those_of_one_process(folder):
    ended(start(folder, "--out", "alone"))
    process = start(folder, "--out", "many", "--workers", "2", WAIT="yes")
    victim = waiting(folder, process)
    assert victim != process.pid
    batches = [*(folder / "many" / "batches").glob("*.npz")]
    os.kill(victim, signal.SIGKILL)
    _, error = ended(process)
    assert "8 of 8, 0 s left" in error
    same_files(folder / "alone", folder / "many")
    # What the killed worker was doing is done again, what was kept before is not.
    calls = [p.name.split("-")[0] for p in (folder / "calls").iterdir()]
    assert calls.count("7") == 3
    kept = [int(path.stem.rsplit("-", 1)[1]) for path in batches]
    assert all(calls.count(f"{1 + 2 * index}") == 2 for index in kept)


@pytest.mark.slow
def test_what_was_interrupted_goes_on_with_other_workers(folder):
    process = start(folder, "--out", "out", "--workers", "2", WAIT="yes")
    waiting(folder, process)
    while len([*(folder / "out" / "batches").glob("*.npz")]) < BATCHES - 1:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, error = ended(process, 130)
    assert "7 of 8 batches are kept" in error
    assert "Traceback" not in error
    ended(start(folder, "--out", "out", "--resume"))
    ended(start(folder, "--out", "alone"))
    same_files(folder / "alone", folder / "out")


AR = """var y; varexo e; parameters rho; rho = 0.6;
model; y = rho*y(-1) + e; end;
shocks; var e; stderr 0.5; end;
varobs y;
estimated_params; rho, beta_pdf, 0.5, 0.2; stderr e, inv_gamma_pdf, 0.5, 0.3; end;
"""


@pytest.mark.slow
def test_particles_of_workers_have_the_digits_of_one_process(tmp_path, monkeypatch):
    """The command, as it stands in a file, alone and with two workers."""
    monkeypatch.chdir(tmp_path)
    Path("ar.mod").write_text(AR)
    rng = np.random.default_rng(0)
    rows = "".join(f"{t},{v}\n" for t, v in enumerate(rng.standard_normal(60)))
    Path("data.csv").write_text("date,y\n" + rows)
    options = ["--method", "smc", "--draws", "200", "--chains", "3"]
    command = ["estimate", "ar.mod", "--data", "data.csv", *options]
    assert cli.main([*command, "--out", "alone"]) == 0
    assert cli.main([*command, "--out", "many", "--workers", "2"]) == 0
    for name in ("densities.json", "parameters.csv", "notes.txt"):
        assert Path("alone", name).read_bytes() == Path("many", name).read_bytes()
    runs = sorted(Path("many", "draws").glob("run-*.npz"))
    assert len(runs) == 3
    for path in runs:
        with np.load(path) as many, np.load(Path("alone", "draws", path.name)) as one:
            for array in one.files:
                np.testing.assert_array_equal(one[array], many[array])
    # A run that is there is not done again, and a fourth is added.
    times = [path.stat().st_mtime_ns for path in runs]
    command[-1] = "4"
    assert cli.main([*command, "--out", "many"]) == 0
    assert [path.stat().st_mtime_ns for path in runs] == times
    assert len([*Path("many", "draws").glob("run-*.npz")]) == 4


@pytest.mark.slow
def test_bootstraps_of_workers_have_the_digits_of_one_process(tmp_path):
    command = ["value", str(EXAMPLE), "--draws", "2300", "--out"]
    assert cli.main([*command, str(tmp_path / "alone")]) == 0
    assert cli.main([*command, str(tmp_path / "many"), "--workers", "2"]) == 0
    for name in ("valuation_facts.csv", "by_period.csv", "puzzle.csv"):
        alone, many = (tmp_path / place / name for place in ("alone", "many"))
        assert alone.read_bytes() == many.read_bytes()
    with (
        xr.open_dataset(tmp_path / "alone" / "bootstrap.nc", engine="h5netcdf") as one,
        xr.open_dataset(tmp_path / "many" / "bootstrap.nc", engine="h5netcdf") as two,
    ):
        xr.testing.assert_identical(one, two)
        assert one.sizes["draw"] == 2300
        assert one["wedge"].attrs["units"] == "ratio to annual GDP"


def test_a_bug_on_a_worker_is_told_with_its_place(folder):
    (folder / "bug.toml").write_text('evaluate = "toy"\nbatch = 1\n[grid]\na = [-1]\n')
    process = start(folder, "--out", "out", "--workers", "1", spec="bug.toml")
    _, error = ended(process, 1)
    assert "KeyError: 'a bug'" in error
    assert "in toy" in error


def test_without_the_extra_the_error_says_what_to_install(folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    spec = folder / "spec.toml"
    text = spec.read_text().replace("toy", "news").replace("a =", "theta =")
    spec.write_text(text)
    command = ["sweep", str(spec), "--out", str(folder / "out"), "--workers", "2"]
    assert cli.main(command) == 2
    assert "pip install 'fiscax[cluster]'" in capsys.readouterr().err


def test_a_scheduler_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE", 1)
    nowhere = cluster.Cluster(scheduler="tcp://127.0.0.1:1")
    with pytest.raises(FiscaxError, match=r"answers at tcp://127\.0\.0\.1:1"), nowhere:
        pass


def test_workers_with_another_fiscax_are_refused(monkeypatch):
    found = cluster._one(b"", ("fiscax 0.0", "Python 2"), 0)
    assert isinstance(found, FiscaxError)
    assert "install the same there" in str(found)


def test_workers_share_what_is_independent_only(capsys, tmp_path):
    command = ["estimate", "none.mod", "--workers", "2", "--out", str(tmp_path)]
    assert cli.main(command) == 2
    assert "--method smc and --chains N" in capsys.readouterr().err


def test_tasks_that_are_kept_are_not_done_again(tmp_path):
    done = []

    def work(index):
        done.append(index)
        return {"square": np.array(index**2)}

    kept = Kept(tmp_path, "key")
    Tasks().done(work, 3, kept)
    found = Tasks().done(work, 5, kept)
    assert done == [0, 1, 2, 3, 4]
    assert [int(f["square"]) for f in found] == [0, 1, 4, 9, 16]
    # Those of another key are not taken.
    Tasks().done(work, 1, Kept(tmp_path, "other"))
    assert done[-1] == 0


def test_seeds_of_tasks_differ_and_repeat():
    seeds = [seed_of(3, index) for index in range(1000)]
    assert seeds[0] == 3
    assert len(set(seeds)) == 1000
    assert seeds == [seed_of(3, index) for index in range(1000)]
    assert not set(seeds) & {seed_of(4, index) for index in range(1000)}
