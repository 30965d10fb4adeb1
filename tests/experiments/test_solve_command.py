"""The command ``fiscax solve``: its files, and the errors for broken inputs."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fiscax
from fiscax.experiments.command import cli
from fiscax.experiments.command.solve_file import solve_file

FILES = Path(__file__).parents[1] / "oracles" / "dynare"

BROKEN = {
    "singular": (
        "var x y; varexo e; model; [name='sum'] x + y = 1 + e; "
        "[name='again'] 2*x + 2*y = 2 + 0.5*(x(-1) + y(-1) - 1); end;",
        "variables 'x', 'y' are not determined apart from each other",
    ),
    "indeterminate": (
        "var pi i; varexo e; parameters phi; phi = 0.8; model; "
        "[name='fisher'] i = pi(+1); [name='rule'] i = phi*pi + e; end;",
        "1 root(s) too many lie inside the unit circle",
    ),
    "explosive": (
        "var b; varexo e; parameters r; r = 1.01; model; "
        "[name='debt'] b = r*b(-1) + e; end;",
        "1 root(s) too few lie inside the unit circle",
    ),
    "misspelt": (
        "var consumption; varexo e; model;\nconsumption = 0.5*consumtion(-1) + e; end;",
        "did you mean consumption",
    ),
    "unsupported": (
        "var x; varexo e;\nramsey_model;\nmodel; x = 0.5*x(-1) + e; end;",
        "line 2",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files_get_one_clear_line(kind, tmp_path, capsys):
    text, message = BROKEN[kind]
    path = tmp_path / f"{kind}.mod"
    path.write_text(text)
    assert cli.main(["solve", str(path), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error


def test_files_of_a_solution(tmp_path, capsys):
    source, out = FILES / "new_keynesian_calvo.mod", tmp_path / "out"
    line = ["solve", str(source), "--order", "2", "--horizon", "12", "--out", str(out)]
    assert cli.main(line) == 0
    assert "determinate" in capsys.readouterr().out
    solution = fiscax.solve(fiscax.load_mod(source), order=2)
    rule = xr.load_dataset(out / "decision_rule.nc", engine="h5netcdf")
    for name, array in solution.decision_rule().items():
        np.testing.assert_array_equal(rule[name], array)
    records = json.loads((out / "decision_rule.json").read_text())
    found = {(r["name"], r["variable"], r["column"]): r["value"] for r in records}
    k, e = solution.states[0], solution.shocks[0]
    want = float(rule["ghxu"].sel(variable="c", state_shock=f"{k}|{e}"))
    assert found["ghxu", "c", f"{k}|{e}"] == want
    moments = pd.read_csv(out / "moments.csv").set_index("variable")
    deviation = solution.moments()["standard_deviation"].to_series()
    np.testing.assert_allclose(moments["standard_deviation"], deviation, rtol=1e-12)
    responses = pd.read_csv(out / "impulse_responses.csv")
    own = solution.impulse_response({e: 1.0}, 12)
    mine = responses[responses["shock"] == e]
    np.testing.assert_allclose(mine["c"], own.sel(variable="c"), rtol=1e-10, atol=1e-15)
    roots = json.loads((out / "determinacy.json").read_text())
    assert sum(r["stable"] for r in roots) == solution.determinacy.stable
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["status"] == "finished"
    assert f"impulse_responses_{e}.svg" in manifest["outputs"]


def test_parameters_can_be_changed(tmp_path, capsys):
    path = tmp_path / "line.mod"
    path.write_text(
        "var x; varexo e; parameters rho; rho = 0.5; model; x = rho*x(-1) + e; end; "
        "shocks; var e; stderr 2; end;"
    )
    out = tmp_path / "out"
    assert cli.main(["solve", str(path), "--set", "rho=0.8", "--out", str(out)]) == 0
    moments = pd.read_csv(out / "moments.csv")
    assert moments["variance"][0] == pytest.approx(4 / (1 - 0.64), rel=1e-12)
    assert cli.main(["solve", str(path), "--set", "rh=1", "--out", str(out)]) == 2
    assert "did you mean rho" in capsys.readouterr().err


def test_a_narrow_figure_keeps_its_title_and_shows_both_responses(tmp_path):
    text = """
var x; varexo e u; parameters a; a = .5;
model; x = a*x(-1) + e + 0*u; end;
shocks; var e; stderr .1; var u; stderr .2; corr e, u = .8; end;
"""
    path = tmp_path / "narrow.mod"
    path.write_text(text, encoding="utf-8")
    figure = solve_file(path, 1, 8, {}).figures["impulse_responses_e"]
    figure.canvas.draw()
    title = figure._suptitle.get_window_extent()
    assert title.x0 >= 0 and title.x1 <= figure.bbox.width
    (legend,) = figure.legends
    labels = [entry.get_text() for entry in legend.get_texts()]
    assert labels == ["alone", "with correlated ones after it"]


def test_files_of_a_path(tmp_path, capsys):
    source, out = tmp_path / "save.mod", tmp_path / "out"
    source.write_text(
        "var c k; varexo a; parameters al be; al = 0.36; be = 0.96; model; "
        "[name='euler'] 1/c = be/c(+1)*al*exp(a(+1))*k^(al - 1); "
        "[name='resources'] c + k = exp(a)*k(-1)^al; end; "
        "initval; k = 0.2; c = 0.3; end; steady; endval; a = 0.1; end; steady; "
        "shocks; var a; periods 3; values 0.3; end; simul(periods=50);"
    )
    assert cli.main(["solve", str(source), "--path", "--out", str(out)]) == 0
    assert "path under perfect foresight over 50 periods" in capsys.readouterr().out
    table = pd.read_csv(out / "path.csv")
    assert list(table.columns) == ["period", "c", "k", "a"]
    # Savings are a share of output.
    np.testing.assert_allclose(table["c"] / table["k"], 1 / (0.36 * 0.96) - 1)
    np.testing.assert_allclose(table["a"], np.where(table["period"] == 3, 0.3, 0.1))
    records = json.loads((out / "path.json").read_text())
    assert {"period": 3, "variable": "a", "value": 0.3} in records
    assert len(records) == 3 * 50
    (evidence,) = json.loads((out / "evidence.json").read_text())
    assert evidence["largest_residual"] < 1e-13 and evidence["newton_steps"] > 2
    manifest = json.loads((out / "manifest.json").read_text())
    assert {"path.svg", "path.nc"} <= set(manifest["outputs"])
    line = ["solve", str(source), "--path", "--horizon", "5", "--out", str(out)]
    assert cli.main([*line, "--set", "al=0.3"]) == 0
    assert "lengthen the path" in capsys.readouterr().out
    table = pd.read_csv(out / "path.csv")
    assert len(table) == 5
    # Without --path the file is solved around its first resting point.
    assert cli.main(["solve", str(source), "--out", str(out)]) == 0
    assert "asks for a path, which --path solves" in capsys.readouterr().out


def test_paths_show_what_binds_and_refuse_what_they_cannot(tmp_path, capsys):
    source, out = tmp_path / "cap.mod", tmp_path / "out"
    text = (
        "var x free; varexo e; parameters a; a = 0.8; model; free = a*x(-1) + e; "
        "[name='x', relax='cap'] x = free; [name='x', bind='cap'] x = 1; end; "
        "occbin_constraints; name 'cap'; bind free > 1; end; "
        "shocks(surprise); var e; periods 1 3; values 4 0.6; end; occbin_solver;"
    )
    source.write_text(text)
    line = ["solve", str(source), "--path", "--horizon", "12", "--out", str(out)]
    assert cli.main(line) == 0
    printed = capsys.readouterr().out
    assert "cap binds in 2 periods, 1 to 3" in printed and "piecewise" in printed
    binds = pd.read_csv(out / "binding.csv")["cap"]
    assert list(np.flatnonzero(binds)) == [0, 2]
    source.write_text("var x; varexo e; model; x = 0.5*x(-1) + e; end;")
    assert cli.main(line) == 2
    assert "asks for no path" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "rho=nan"], "parameter 'rho' has to be finite, not nan"),
        (["--set", "rho=1e999"], "parameter 'rho' has to be finite, not inf"),
        (["--horizon", "100000000"], "ask for fewer periods with --horizon"),
    ],
)
def test_numbers_that_no_table_holds_are_refused(tmp_path, capsys, options, message):
    path = tmp_path / "line.mod"
    path.write_text(
        "var x; varexo e; parameters rho; rho = 0.5; model; x = rho*x(-1) + e; end; "
        "shocks; var e; stderr 1; end;"
    )
    assert cli.main(["solve", str(path), "--out", str(tmp_path / "o"), *options]) == 2
    assert message in capsys.readouterr().err
