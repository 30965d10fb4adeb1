"""Sweeps: the spec, the design, batches, interruption, failed draws."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.command import cli, sweep, sweep_spec
from fiscax.experiments.study import Output, Sweepable

OUTPUTS = {
    "double": Output("percent"),
    "curve": Output("percent", ("maturity",), {"maturity": [1, 10]}),
}


def toy(parameters, base):
    """``double = 2 a + b``, not finite at a = 3; refuses a batch with a negative a."""
    a, b = parameters["a"], parameters["b"]
    if (a < 0).any():
        raise FiscaxError("a has to be\npositive")
    double = np.where(a == 3, np.nan, 2 * a + b)
    return {"double": double, "curve": np.stack([a, 10 * a], axis=1)}


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    table = {"toy": Sweepable("toy", toy, dict(OUTPUTS))}
    monkeypatch.setattr(registry, "SWEEPABLES", table)
    monkeypatch.setattr(registry, "discover", lambda: None)


def grid_spec(**more):
    grid = {"a": [1, 2, 3, -1], "b": [0, 1]}
    return sweep_spec.check_spec({"evaluate": "toy", "batch": 3, "grid": grid, **more})


def test_grid_has_one_axis_per_parameter(tmp_path):
    data = sweep.run_sweep(grid_spec(), tmp_path)
    assert data["curve"].dims == ("a", "b", "maturity")
    assert float(data["double"].sel(a=2, b=1)) == 5
    assert float(data["curve"].sel(a=2, b=1, maturity=10)) == 20
    assert data["double"].attrs["units"] == "percent"


def test_failed_draws_are_rows_with_a_reason(tmp_path):
    data = sweep.run_sweep(grid_spec(), tmp_path)
    assert data["status"].sel(a=1, b=0).item() == "ok"
    assert data["status"].sel(a=3, b=1).item() == "not finite: double"
    assert data["status"].sel(a=-1, b=0).item() == "a has to be positive"
    assert np.isnan(data["double"].sel(a=-1)).all()
    assert np.isnan(data["curve"].sel(a=3)).all()


def test_a_sweep_in_which_everything_fails_still_has_rows(tmp_path):
    spec = sweep_spec.check_spec({"evaluate": "toy", "grid": {"a": [-1], "b": [0, 1]}})
    data = sweep.run_sweep(spec, tmp_path)
    assert (data["status"] == "a has to be positive").all()
    assert "double" not in data


def test_numbers_that_a_batch_does_not_know_are_missing_for_a_reason(
    tmp_path, monkeypatch
):
    def some(parameters, base):
        a = parameters["a"]
        found = {"double": 2 * a}
        return found | ({"half": a / 2} if (a > 1).all() else {})

    outputs = {"double": Output("percent"), "half": Output("percent")}
    monkeypatch.setitem(registry.SWEEPABLES, "toy", Sweepable("toy", some, outputs))
    spec = sweep_spec.check_spec(
        {"evaluate": "toy", "batch": 1, "grid": {"a": [1, 2, 3]}}
    )
    data = sweep.run_sweep(spec, tmp_path)
    assert list(data["status"].values) == ["no value: half", "ok", "ok"]
    assert np.isnan(data["double"][0]) and float(data["half"][1]) == 1.0
    assert sweep.failures(data) == ["no value: half (1 draws)"]


def test_a_solved_draw_has_all_its_numbers(tmp_path):
    data = sweep.run_sweep(grid_spec(), tmp_path)
    assert sweep.failures(data) == [
        "not finite: double (2 draws)",
        "a has to be positive (2 draws)",
    ]
    data["double"][0, 0] = np.nan
    with pytest.raises(FiscaxError, match="has no number for 'double'"):
        sweep.failures(data)


def test_bugs_stop_the_sweep(tmp_path, monkeypatch):
    wrong = Sweepable("toy", lambda p, _: {"undeclared": p["a"]}, {})
    monkeypatch.setitem(registry.SWEEPABLES, "toy", wrong)
    with pytest.raises(TypeError, match="'undeclared'"):
        sweep.run_sweep(grid_spec(), tmp_path)


def test_batches_have_one_shape(tmp_path, monkeypatch):
    sizes = []

    def watch(parameters, base):
        sizes.append(len(parameters["a"]))
        return {"double": parameters["a"]}

    watched = Sweepable("toy", watch, dict(OUTPUTS))
    monkeypatch.setitem(registry.SWEEPABLES, "toy", watched)
    data = sweep.run_sweep(grid_spec(), tmp_path)
    assert sizes == [3, 3, 3]
    assert data["double"].shape == (4, 2)


def test_resume_needs_the_same_spec_and_recomputes_nothing(tmp_path, monkeypatch):
    spec = grid_spec()
    first = sweep.run_sweep(spec, tmp_path)
    with pytest.raises(FiscaxError, match="add --resume"):
        sweep.run_sweep(spec, tmp_path)
    other = grid_spec(fixed={"c": 1.0})
    with pytest.raises(FiscaxError, match="belong to another spec"):
        sweep.run_sweep(other, tmp_path, resume=True)
    broken = Sweepable("toy", lambda p, _: 1 / 0, {})
    monkeypatch.setitem(registry.SWEEPABLES, "toy", broken)
    again = sweep.run_sweep(spec, tmp_path, resume=True)
    xr.testing.assert_identical(first, again)


def test_fixed_parameters_and_calibration_reach_the_function(tmp_path, monkeypatch):
    def check(parameters, base):
        assert base == "baseline"
        return {"double": parameters["a"] * parameters["c"]}

    checked = Sweepable("toy", check, dict(OUTPUTS))
    monkeypatch.setitem(registry.SWEEPABLES, "toy", checked)
    content = {"evaluate": "toy", "calibration": "baseline", "fixed": {"c": 4.0}}
    spec = sweep_spec.check_spec(content | {"grid": {"a": [1, 2]}})
    data = sweep.run_sweep(spec, tmp_path)
    assert data["double"].values.tolist() == [4, 8]
    assert data.attrs["fixed_c"] == 4.0


def test_an_experiment_can_be_swept(tmp_path, monkeypatch):
    def run(context):
        if context.overrides["a"] == 2:
            raise FiscaxError("no solution")
        value = 10 * context.overrides["a"]
        return registry.ExperimentResult(quantities={"yield": (value, "percent")})

    entry = registry.Experiment("whole", "?", run)
    monkeypatch.setattr(registry, "EXPERIMENTS", {"whole": entry})
    spec = sweep_spec.check_spec({"evaluate": "whole", "grid": {"a": [1, 2, 3]}})
    data = sweep.run_sweep(spec, tmp_path)
    assert data["status"].values.tolist() == ["ok", "no solution", "ok"]
    assert data["yield"].sel(a=3).item() == 30
    assert data["yield"].attrs["units"] == "percent"


@given(st.integers(1, 40), st.integers(0, 5), st.floats(0.1, 1), st.floats(2, 9))
def test_samples_fill_their_box_and_depend_on_the_seed_only(n, seed, low, high):
    box = {"low": low, "high": high}
    content = {
        "evaluate": "toy",
        "seed": seed,
        "sample": {"n": n, "a": box, "b": box | {"log": True}},
    }
    design = sweep_spec.check_spec(content).design()
    again = sweep_spec.check_spec(content).design()
    for name in ("a", "b"):
        assert design[name].shape == (n,)
        assert (design[name] >= low * (1 - 1e-12)).all()
        assert (design[name] <= high * (1 + 1e-12)).all()
        assert (design[name] == again[name]).all()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("evaluate = 1\n[grid]\na = [1]", ["'evaluate'"]),
        ('evaluate = "toy"', ["[grid]", "[sample]"]),
        ('evaluate = "toy"\nbach = 3\n[grid]\na = [1]', ["'bach'", "'batch'"]),
        ('evaluate = "toy"\nbatch = 9999\n[grid]\na = [1]', ["batch", "250"]),
        ('evaluate = "toy"\n[grid]\na = [1, "x"]', ["[grid] a", "'x'"]),
        ('evaluate = "toy"\n[grid]\na = [1, nan]', ["[grid] a", "finite"]),
        ('evaluate = "toy"\n[grid]\na = []', ["[grid] a", "list"]),
        ('evaluate = "toy"\n[sample]\na = {low = 0, high = 1}', ["[sample] n"]),
        ('evaluate = "toy"\n[sample]\nn = 2\na = 1', ["[sample] a", "low"]),
        ('evaluate = "toy"\n[sample]\nn = 2\na = {low = 2, high = 1}', ["below"]),
        ('evaluate = "toy"\n[fixed]\na = 1\n[grid]\na = [1]', ["both fixed"]),
        ("evaluate = ", ["not a TOML file"]),
    ],
)
def test_a_bad_spec_gives_one_clear_line(tmp_path, capsys, text, parts):
    spec = tmp_path / "bad.toml"
    spec.write_text(text)
    assert cli.main(["sweep", str(spec), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    for part in ["bad.toml", *parts]:
        assert part in error


def test_the_command_writes_labelled_results(tmp_path, capsys):
    spec = tmp_path / "toy.toml"
    spec.write_text('evaluate = "toy"\nbatch = 4\n[grid]\na = [1, 3]\nb = [0, 1, 2]\n')
    out = tmp_path / "out"
    assert cli.main(["sweep", str(spec), "--out", str(out)]) == 0
    assert "3 of 6 draws solved" in capsys.readouterr().out
    with xr.open_dataset(out / "sweep.nc", engine="h5netcdf") as data:
        assert data["double"].sel(a=1, b=2).item() == 4
        assert np.isnan(data["double"].sel(a=3, b=2).item())
    with xr.open_dataset(
        out / "sweep.nc", engine="h5netcdf", mask_and_scale=False
    ) as raw:
        assert np.isfinite(raw["double"].values).all()
    assert "not finite: double" in (out / "sweep.csv").read_text()
    assert (out / "manifest.json").exists()
    assert cli.main(["reproduce", str(out), "--out", str(tmp_path / "again")]) == 0
    assert "sweep.csv: identical" in capsys.readouterr().out


SLOW_TOY = """
import signal, sys, time
from pathlib import Path
import numpy as np
from fiscax.experiments import registry
from fiscax.experiments.command import cli
from fiscax.experiments.study import Output, Sweepable

registry.discover = lambda: None
# A process of the background may have inherited that interrupts are ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

def slow(parameters, base):
    calls = Path("calls.txt")
    count = len(calls.read_text()) if calls.exists() else 0
    with calls.open("a") as more:
        more.write("x")
    if count == 2:
        # The test interrupts the third batch, however fast or slow the machine is.
        Path("waiting").touch()
        time.sleep(600)
    return {"double": 2 * parameters["a"]}

outputs = {"double": Output("percent")}
registry.SWEEPABLES["slow"] = Sweepable("slow", slow, outputs)
sys.exit(cli.main(sys.argv[1:]))
"""


def test_an_interrupted_sweep_goes_on_without_losing_a_batch(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW_TOY)
    (tmp_path / "spec.toml").write_text(
        f'evaluate = "slow"\nbatch = 2\n[grid]\na = {list(range(1, 12))}\n'
    )
    command = [sys.executable, "slow.py", "sweep", "spec.toml", "--out", "out"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    batches = tmp_path / "out" / "batches"
    while not (tmp_path / "waiting").exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 130, error
    assert len(list(batches.glob("*.npz"))) == 2
    assert "2 of 6 batches are kept" in error
    assert "Traceback" not in error
    done = subprocess.run(
        [*command, "--resume"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr
    calls = len((tmp_path / "calls.txt").read_text())
    # The batch that was being solved is solved again, a finished one never.
    assert calls == 7
    with xr.open_dataset(tmp_path / "out" / "sweep.nc", engine="h5netcdf") as data:
        assert (data["double"] == 2 * data["a"]).all()
        assert data.sizes["a"] == 11
