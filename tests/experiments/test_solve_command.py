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
        "var x; varexo e;\nendval; x = 1; end;\nmodel; x = 0.5*x(-1) + e; end;",
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
