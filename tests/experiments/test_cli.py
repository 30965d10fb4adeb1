"""The command line: results on disk, errors in one line, speed of the help."""

import dataclasses
import json
import os
import subprocess
import sys

import grimp
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from fiscax.errors import FiscaxError
from fiscax.experiments import contents, registry
from fiscax.experiments.command import cli, commands, kept, report
from fiscax.experiments.report import figures
from fiscax.experiments.report.page import Section, Text
from fiscax.experiments.report.results import ExperimentResult, save_result
from fiscax.experiments.study import Findings


@figures.house_style()
def toy_figure():
    figure, axes = figures.new_figure()
    axes.plot([0, 1], [1, 0], **figures.line("safe"))
    return figure


def toy(context):
    """One of everything; values depend on the override ``theta`` and on the seed."""
    theta = context.overrides.get("theta", 1.0)
    draws = np.random.default_rng(context.seed).normal(size=3)
    solution = context.once(("solution", theta), lambda: theta + 1)
    return ExperimentResult(
        tables={"table": pd.DataFrame({"a": [theta, np.nan], "b": ["x", None]})},
        records={"toy": [{"economy": "safe", "value": solution, "claim": None}]},
        figures={"picture": toy_figure()},
        datasets={"draws": xr.Dataset({"e": ("draw", draws)})},
        notes=["What came out."],
        parameters={"theta": (theta, "share")},
        data_vintage="invented",
    )


def broken(context):
    raise FiscaxError("gamma = 0 is\ntoo small")


def buggy(context):
    return np.zeros(2) @ np.zeros(3)


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    entries = [
        registry.Experiment("toy", "Is it one?", toy, order=1),
        registry.Experiment("broken", "Does it fail?", broken),
        registry.Experiment("buggy", "Whose fault?", buggy),
    ]
    monkeypatch.setattr(registry, "EXPERIMENTS", {e.name: e for e in entries})
    monkeypatch.setattr(registry, "SWEEPABLES", {})
    monkeypatch.setattr(registry, "discover", lambda: None)
    # Another process would not know them.
    monkeypatch.setattr(report, "usual_processes", lambda: 1)


def test_run_writes_everything_with_a_manifest(tmp_path):
    line = ["run", "toy", "--set", "theta=0.5", "--seed", "7", "--out", str(tmp_path)]
    assert cli.main(line) == 0
    names = {path.name for path in tmp_path.iterdir()}
    files = {"table.csv", "toy.json", "picture.svg", "picture.png", "draws.nc"}
    assert names == files | {"notes.txt", "manifest.json"}
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["overrides"] == {"theta": 0.5}
    assert manifest["seed"] == 7
    assert manifest["parameters"] == {"theta": {"value": 0.5, "unit": "share"}}
    assert manifest["data_vintage"] == "invented"
    assert set(manifest["outputs"]) == files | {"notes.txt"}
    assert json.loads((tmp_path / "toy.json").read_text())[0]["value"] == 1.5
    assert (tmp_path / "table.csv").read_text() == "a,b\n0.5,x\n,\n"


def test_reproduce_finds_the_same_numbers_or_names_the_difference(tmp_path, capsys):
    old, new = tmp_path / "old", tmp_path / "new"
    assert cli.main(["run", "toy", "--seed", "2", "--out", str(old)]) == 0
    capsys.readouterr()
    line = ["reproduce", str(old / "manifest.json"), "--out", str(new)]
    assert cli.main(line) == 0
    assert "toy.json: identical" in capsys.readouterr().out
    record = json.loads((old / "toy.json").read_text())
    record[0]["value"] *= 1.001
    (old / "toy.json").write_text(json.dumps(record))
    manifest = json.loads((old / "manifest.json").read_text())
    manifest["outputs"]["toy.json"] = "0" * 16
    (old / "manifest.json").write_text(json.dumps(manifest))
    assert cli.main(line) == 1
    assert "toy.json: differs by 1.0e-03 at 0/value" in capsys.readouterr().out
    assert cli.main([*line, "--rtol", "0.01"]) == 0


def test_report_joins_the_experiments_in_order(tmp_path, monkeypatch):
    def second(context):
        solution = context.once(("solution", 1.0), lambda: pytest.fail("not shared"))
        return ExperimentResult(records={"second": [{"value": solution}]})

    def section(result):
        return Section("Second section", "", [Text(str(result.records))])

    entry = registry.Experiment("second", "Then?", second, order=2, section=section)
    monkeypatch.setitem(registry.EXPERIMENTS, "second", entry)
    assert cli.main(["report", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.index("Is it one?") < page.index("Second section")
    assert "data invented" in page
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert {"toy.json", "second.json", "index.html"} <= manifest["outputs"].keys()


def test_report_refuses_two_results_of_one_name(tmp_path, monkeypatch, capsys):
    entry = registry.Experiment("again", "Twice?", toy, order=2)
    monkeypatch.setitem(registry.EXPERIMENTS, "again", entry)
    assert cli.main(["report", "--out", str(tmp_path)]) == 2
    assert "'again' would write" in capsys.readouterr().err


@pytest.fixture
def two_studies(tmp_path, monkeypatch):
    """Names of the studies that were measured, in a report of two; and its folder."""
    monkeypatch.setenv("FISCAX_CACHE_DIR", str(tmp_path / "cache"))
    measured = []

    def first(context):
        measured.append("toy")
        return toy(context)

    def second(context):
        measured.append("second")
        return ExperimentResult(records={"second": [{"value": context.seed}]})

    entries = [
        registry.Experiment("toy", "Is it one?", first, order=1),
        registry.Experiment("second", "Then?", second, order=2),
    ]
    monkeypatch.setattr(registry, "EXPERIMENTS", {e.name: e for e in entries})
    return measured, tmp_path / "report"


def test_a_report_grows_and_goes_on_after_an_interruption(two_studies, monkeypatch):
    measured, out = two_studies
    entry = registry.EXPERIMENTS["second"]
    seen = []

    def stopped(context):
        seen.append((out / "index.html").read_text(encoding="utf-8"))
        raise KeyboardInterrupt

    interrupted = dataclasses.replace(entry, run=stopped)
    monkeypatch.setitem(registry.EXPERIMENTS, "second", interrupted)
    assert cli.main(["report", "--out", str(out)]) == 130
    assert "1 of 2 sections done; running: second; about 1 minute left" in seen[0]
    assert "Is it one?" in seen[0]
    assert "<svg" in seen[0]
    assert "1 of 2 sections done; stopped at second" in (out / "index.html").read_text()
    monkeypatch.setitem(registry.EXPERIMENTS, "second", entry)
    assert cli.main(["report", "--out", str(out)]) == 0
    assert measured == ["toy", "second"]
    grown = (out / "index.html").read_bytes()
    assert b"sections done" not in grown
    assert cli.main(["report", "--fresh", "--out", str(out)]) == 0
    assert measured == ["toy", "second"] * 2
    assert (out / "index.html").read_bytes() == grown


def test_a_complete_report_is_measured_again_only_where_asked(two_studies, capsys):
    measured, out = two_studies
    line = ["report", "--out", str(out)]
    assert cli.main(line) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    page = (out / "index.html").read_bytes()
    assert cli.main(line) == 0
    assert measured == ["toy", "second"]
    assert capsys.readouterr().err.count("complete from an earlier run") == 2
    again = json.loads((out / "manifest.json").read_text())
    assert again["outputs"] == manifest["outputs"]
    assert again["parameters"] == manifest["parameters"]
    assert (out / "index.html").read_bytes() == page
    assert cli.main([*line, "--seed", "3"]) == 0
    assert measured == ["toy", "second"] * 2


@pytest.mark.parametrize(
    "damaged", ["report/toy.json", "report/picture.svg", "cache/report/toy.pickle"]
)
def test_a_damaged_result_is_measured_again(two_studies, damaged):
    measured, out = two_studies
    assert cli.main(["report", "--out", str(out)]) == 0
    path = out.parent / damaged
    path.write_bytes(path.read_bytes()[:-3] + b"xyz")
    assert cli.main(["report", "--out", str(out)]) == 0
    assert measured == ["toy", "second", "toy"]


def test_results_of_other_sources_are_measured_again(two_studies, monkeypatch):
    measured, out = two_studies
    assert cli.main(["report", "--out", str(out)]) == 0
    monkeypatch.setattr(kept, "_sources", lambda: "changed")
    assert cli.main(["report", "--out", str(out)]) == 0
    assert measured == ["toy", "second"] * 2


def test_what_was_measured_outlives_the_pages(tmp_path, monkeypatch):
    monkeypatch.setenv("FISCAX_CACHE_DIR", str(tmp_path))
    counts = []

    def measure():
        counts.append(1)
        return Findings({}, extra={"count": len(counts)})

    def keep(seed=0, fresh=False):
        found = kept.KeptFindings.of({"seed": seed}, fresh)
        return found("toy", measure).extra["count"]

    assert [keep(), keep()] == [1, 1]
    monkeypatch.setattr(kept, "_sources", lambda: "another page")
    assert keep() == 1
    assert keep(fresh=True) == 2
    assert keep() == 2
    assert keep(seed=1) == 3
    (path,) = (tmp_path / "report").iterdir()
    path.write_bytes(path.read_bytes()[:-3] + b"xyz")
    assert keep(seed=1) == 4
    monkeypatch.setattr(kept, "_measuring", lambda: "another study")
    assert keep(seed=1) == 5


def test_no_study_imports_what_lays_out(root):
    graph = grimp.build_graph("fiscax", exclude_type_checking_imports=True)
    files = {p for each in kept.LAYOUT for p in root.glob(each)}
    assert len(files) > 60
    layout = {
        ".".join(["fiscax", *p.relative_to(root).with_suffix("").parts]) for p in files
    }
    for topic in contents.REPORT:
        # The only one that is given results of others; it is not kept.
        if topic != "scoreboard":
            study = f"fiscax.experiments.{topic}.study"
            assert not layout & graph.find_upstream_modules(study), topic


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (["run", "tiy"], ["'tiy'", "did you mean 'toy'"]),
        (["run", "toy", "--set", "theta"], ["'theta'", "PARAMETER=VALUE"]),
        (["run", "toy", "--set", "a=1", "--set", "a=2"], ["'a' twice"]),
        (["run", "broken"], ["gamma = 0 is too small"]),
        (["sweep", "absent.toml"], ["absent.toml", "No such file"]),
        (["reproduce", "absent.json"], ["absent.json", "No such file"]),
        (["calibrate", "1998-2019"], ["no experiment is called 'calibrate'"]),
    ],
)
def test_mistakes_give_one_clear_line(line, parts, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(line) == 2
    error = capsys.readouterr().err
    assert error.startswith("fiscax: ")
    assert error.count("\n") == 1
    for part in parts:
        assert part in error


def test_bugs_keep_their_traceback(tmp_path):
    with pytest.raises(ValueError, match="matmul"):
        cli.main(["run", "buggy", "--out", str(tmp_path)])
    assert json.loads((tmp_path / "manifest.json").read_text())["status"] == "failed"


def test_list_shows_names_and_questions(capsys):
    assert cli.main(["list"]) == 0
    assert "toy     Is it one?" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("0.5", 0.5), ("-1e-3", -1e-3), ("true", True), ("risky", "risky")],
)
def test_overrides_have_the_type_they_look_like(text, value):
    found = commands.parse_overrides([f"theta={text}"])["theta"]
    assert found == value
    assert type(found) is type(value)


@given(st.floats(allow_nan=False), st.from_regex(r"[a-z_][a-z0-9_.]*", fullmatch=True))
def test_every_number_passes_through_set(value, name):
    assert commands.parse_overrides([f"{name}={value!r}"]) == {name: value}


@pytest.mark.parametrize("name", ["manifest", "a/b", ""])
def test_names_that_cannot_be_files_are_refused(name, tmp_path):
    with pytest.raises(FiscaxError, match="cannot be the name"):
        save_result(ExperimentResult(records={name: []}), tmp_path)


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from fiscax.experiments.command import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'jax', 'numpy', 'scipy', 'pandas', 'xarray', 'matplotlib', 'rich'}\n"
        "print('loaded', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ
    )
    assert done.stdout.splitlines()[-1] == "loaded []", done.stderr


MOD = "var x; varexo e; model(linear); x = 0.5*x(-1) + e; end;"


@pytest.mark.parametrize(
    "command",
    [
        ["solve", "{missing}.mod"],
        ["solve", "{folder}"],
        ["solve", "{model}", "--out", "{file}/below"],
        ["run", "moments", "--out", "{file}"],
        ["moments", "--data", "{missing}"],
        ["moments", "--data", "{file}"],
        ["capacity", "{missing}.csv"],
        ["capacity", "{folder}"],
        ["value", "{missing}.csv"],
        ["value", "{binary}"],
        ["sweep", "{missing}.toml"],
        ["sweep", "{folder}"],
        ["reproduce", "{missing}.json"],
        ["reproduce", "{folder}"],
        ["facts", "--data", "{missing}"],
        ["facts", "--data", "{folder}"],
        ["run", "convenience", "--set", "file={missing}.csv"],
        ["run", "regime-index", "--set", "data={missing}"],
    ],
)
def test_a_path_that_cannot_be_used_gives_one_line_that_names_it(
    command, tmp_path, capsys, monkeypatch
):
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    places = {
        "missing": tmp_path / "missing",
        "folder": tmp_path / "folder",
        "file": tmp_path / "file",
        "model": tmp_path / "ar.mod",
        "binary": tmp_path / "binary.csv",
    }
    places["folder"].mkdir()
    places["file"].write_text("text")
    places["model"].write_text(MOD)
    places["binary"].write_bytes(bytes(range(256)))
    arguments = [word.format_map(places) for word in command]
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("fiscax: ")
    named = [str(p) for k, p in places.items() if f"{{{k}}}" in " ".join(command)]
    assert any(path in said for path in named), said


def test_fetch_names_the_newest_download_in_the_cache(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FISCAX_CACHE_DIR", str(tmp_path))
    for day in ("2026-01-05", "2026-02-03"):
        folder = tmp_path / "fred" / day
        folder.mkdir(parents=True)
        (folder / "DGS10.csv").write_text("DATE,DGS10\n2025-12-31,4.1\n")
    out = tmp_path / "out"
    assert cli.main(["fetch", "DGS10", "--cached", "--out", str(out)]) == 0
    assert str(tmp_path / "fred" / "2026-02-03") in capsys.readouterr().out
    record = json.loads((out / "manifest.json").read_text())
    assert record["data_vintage"] == {"FRED": "2026-02-03"}
    assert cli.main(["fetch", "dgs10", "--out", str(out)]) == 2
    assert "not a FRED series id" in capsys.readouterr().err
    assert cli.main(["fetch", "DGS30", "--cached", "--out", str(out)]) == 2
    assert "no cached snapshot" in capsys.readouterr().err
