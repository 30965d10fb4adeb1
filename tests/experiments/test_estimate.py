"""``fiscax.estimate`` and its command: files, tables, draws that go on, figures."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import arviz
import numpy as np
import pandas as pd
import pytest

import fiscax
from fiscax.errors import FiscaxError
from fiscax.experiments.command.cli import main
from fiscax.experiments.front.series import observations, read_series

ROOT = Path(__file__).parents[2]
MODEL = """var y z; varexo e u; parameters rho; rho = 0.6;
model; y = rho*y(-1) + e; z = 0.5*z(-1) + y + u; end;
shocks; var e; stderr 0.5; var u; stderr 0.2; end;
varobs y;
estimated_params; rho, beta_pdf, 0.5, 0.2; stderr e, inv_gamma_pdf, 0.5, 0.3; end;
"""


def path(count=120):
    rng = np.random.default_rng(5)
    y = np.zeros(count)
    for t in range(1, count):
        y[t] = 0.6 * y[t - 1] + 0.5 * rng.standard_normal()
    return y


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    there = tmp_path_factory.mktemp("estimate")
    (there / "ar.mod").write_text(MODEL)
    pd.DataFrame({"date": range(120), "y": path()}).to_csv(there / "obs.csv")
    return there


@pytest.fixture(scope="module")
def walk(folder):
    return fiscax.estimate(folder / "ar.mod", folder / "obs.csv", "mh", 600, 2, seed=1)


@pytest.mark.slow
def test_the_table_of_draws_has_the_shortest_interval(walk):
    """Shortest of all intervals between sorted draws that hold nine tenths of them."""
    values = np.sort(walk.draws.values[..., 0].ravel())
    width = int(np.floor(0.9 * len(values)))
    start = np.argmin(values[width:] - values[:-width])
    row = walk.posterior.loc["rho"]
    assert row["mean"] == pytest.approx(values.mean(), rel=1e-12)
    assert row["hpd_90_low"] == pytest.approx(values[start], abs=1e-12)
    assert row["hpd_90_high"] == pytest.approx(values[start + width], abs=1e-12)
    assert set(walk.mode.index) == {"rho", "stderr e"}
    # Of 1200 draws in chains that stay put more often than not.
    assert 20 < row["ess_bulk"] < 1200
    assert 0.99 < row["r_hat"] < 1.2


@pytest.mark.slow
def test_responses_are_those_of_the_solution_at_each_draw(walk):
    found = walk.responses(6, ["z", "y"], count=3)
    flat = walk.draws.values.reshape(-1, 2)
    last = flat[int(found["draw"][-1])]
    values = {"rho": last[0], "stderr_e": last[1]}
    own = fiscax.solve(walk.target.model, values).impulse_response({"e": 1}, 6)
    for name in ("z", "y"):
        got = found.isel(draw=-1).sel(shock="e", variable=name)
        np.testing.assert_allclose(got, own.sel(variable=name), rtol=1e-9, atol=1e-13)
    with pytest.raises(FiscaxError, match="'x'"):
        walk.responses(6, ["x"])


def test_data_are_files_or_tables(folder, tmp_path):
    y = path()
    frame = pd.DataFrame({"y": y, "other": 0.0})
    for data in ({"y": y}, frame, frame.to_xarray(), folder / "obs.csv"):
        np.testing.assert_allclose(observations(data, ("y",)).values[:, 0], y)
    with pytest.raises(FiscaxError, match="'y'"):
        observations({"x": y}, ("y",))
    with pytest.raises(FiscaxError, match="type list"):
        observations([y], ("y",))
    script = "% made\ny = [\n 0.5\n -1e-1 % second\nNaN ];\nx=[1 2 3];"
    (tmp_path / "obs.m").write_text(script)
    values, _ = read_series(tmp_path / "obs", ("y", "x"))
    np.testing.assert_array_equal(values, [[0.5, 1], [-0.1, 2], [np.nan, 3]])
    frame.to_excel(tmp_path / "book.xlsx", index=False)
    np.testing.assert_allclose(read_series(tmp_path / "book", ("y",))[0][:, 0], y)
    with pytest.raises(FiscaxError, match="no such file"):
        read_series(tmp_path / "none", ("y",))


def test_a_wrong_cell_is_named(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("date,y\n1990,0.1\n1991,\n1992,n.a.\n")
    with pytest.raises(FiscaxError, match=r"line 4, column 'y': 'n.a.'"):
        read_series(file, ("y",))
    file.write_text("date,y\n1990,0.1\n1991,\n")
    values, _ = read_series(file, ("y",))
    assert np.isnan(values[1, 0])
    with pytest.raises(FiscaxError, match="'z'"):
        read_series(file, ("z",))


@pytest.mark.slow
def test_a_file_says_which_data_and_dates(folder):
    statement = "estimation(datafile=obs, first_obs=11, nobs=60, mode_compute=4);"
    (folder / "own.mod").write_text(MODEL + statement)
    own = fiscax.estimate(folder / "own.mod")
    np.testing.assert_array_equal(own.target.data[:, 0], path()[10:70])
    assert "mode_compute is not followed" in own.unfollowed[0]


def test_dates_that_are_not_there_and_data_that_nobody_names(folder):
    (folder / "far.mod").write_text(MODEL + "estimation(datafile=obs, nobs=500);")
    with pytest.raises(FiscaxError, match="120 dates; rows 1 to 500"):
        fiscax.estimate(folder / "far.mod")
    with pytest.raises(FiscaxError, match="names no data"):
        fiscax.estimate(folder / "ar.mod")


def test_a_missing_extra_is_named_before_anything_is_searched(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "arviz", None)
    with pytest.raises(FiscaxError, match=r"pip install 'fiscax\[bayes\]'"):
        fiscax.estimate(folder / "ar.mod", folder / "obs.csv", "mh", 10)


@pytest.mark.slow
def test_what_judges_draws_is_quiet_about_its_own_next_version(tmp_path):
    # It speaks once a day, in the first process: an empty cache is such a day.
    module = "fiscax.experiments.front.estimation"
    command = f"from {module} import _diagnostics as load; load()"
    anew = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-W", "error::FutureWarning", "-c", command],
        env=anew,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    assert "ArviZ" not in told.stderr


@pytest.mark.slow
def test_the_command_matches_moments_as_python_does(folder, tmp_path):
    command = ["estimate", str(folder / "ar.mod"), "--data", str(folder / "obs.csv")]
    more = ["--method", "gmm", "--lags", "3", "--out", str(tmp_path)]
    assert main([*command, *more]) == 0
    found = fiscax.estimate(
        folder / "ar.mod", folder / "obs.csv", "gmm", lags=(1, 2, 3)
    )
    written = pd.read_csv(tmp_path / "parameters.csv", index_col=0)
    for column in ("estimate", "standard_error", "collinearity"):
        own = found.parameters.join(found.identification)[column]
        np.testing.assert_allclose(written[column], own, rtol=1e-12)
    moments = pd.read_csv(tmp_path / "moments.csv", index_col=0)
    assert list(moments.index[:3]) == ["mean y", "variance y", "y with y, 1 earlier"]
    assert (tmp_path / "moments.png").exists()
    assert found.overidentification["degrees_of_freedom"] == 3


def test_options_of_moments_are_those_of_moments(folder):
    with pytest.raises(FiscaxError, match="only the methods 'gmm' and 'smm' have"):
        fiscax.estimate(folder / "ar.mod", folder / "obs.csv", lags=(1,))
    with pytest.raises(FiscaxError, match="'lag'"):
        fiscax.estimate(folder / "ar.mod", folder / "obs.csv", "gmm", lag=1)
    with pytest.raises(FiscaxError, match="'samples'"):
        fiscax.estimate(folder / "ar.mod", folder / "obs.csv", "gmm", samples=4)


def test_the_command_matches_simulated_moments(folder, tmp_path, capsys):
    command = ["estimate", str(folder / "ar.mod"), "--data", str(folder / "obs.csv")]
    more = ["--method", "smm", "--third", "--samples", "4", "--seed", "3"]
    assert main([*command, *more, "--out", str(tmp_path)]) == 0
    assert "4 simulated samples, seed 3" in capsys.readouterr().out
    found = fiscax.estimate(
        folder / "ar.mod", folder / "obs.csv", "smm", seed=3, samples=4, third=True
    )
    written = pd.read_csv(tmp_path / "parameters.csv", index_col=0)
    np.testing.assert_allclose(written["estimate"], found.parameters["estimate"])
    moments = pd.read_csv(tmp_path / "moments.csv", index_col=0)
    assert moments.index[-1] == "third power y"
    assert found.overidentification["degrees_of_freedom"] == 2


def arguments(folder, out):
    command = ["estimate", "ar.mod", "--data", "obs.csv", "--method", "mh"]
    more = ["--draws", "3000", "--chains", "2", "--out", str(out)]
    return [*(str(folder / a) if "." in a else a for a in command), *more]


@pytest.mark.slow
def test_a_killed_command_goes_on_to_the_same_files(folder, tmp_path):
    """Kill after the first block, repeat the command: tables equal to the byte."""
    program = "import sys; from fiscax.experiments.command.cli import main; "
    command = [sys.executable, "-c", program + "sys.exit(main())"]
    out = tmp_path / "killed"
    environment = os.environ | {"PYTHONPATH": str(ROOT.parent)}
    process = subprocess.Popen(
        [*command, *arguments(folder, out)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    first = out / "draws" / "block-0001.npz"
    until = time.monotonic() + 300
    while not first.exists() and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert first.exists()
    assert not (out / "parameters.csv").exists()
    assert main(arguments(folder, out)) == 0
    whole = tmp_path / "whole"
    assert main(arguments(folder, whole)) == 0
    for name in ("parameters.csv", "densities.json"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()
    drawn = arviz.from_netcdf(whole / "posterior.nc")
    assert dict(drawn.posterior.sizes) == {"chain": 2, "draw": 3000}
    assert {"traces.png", "responses-e.png"} <= {p.name for p in whole.iterdir()}
    table = arviz.summary(drawn, hdi_prob=0.9, round_to="none")
    written = pd.read_csv(whole / "parameters.csv", index_col=0)
    assert written["r_hat"].to_numpy() == pytest.approx(table["r_hat"].to_numpy())
