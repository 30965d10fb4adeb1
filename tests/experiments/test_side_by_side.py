"""Studies measured in several processes find what one process finds."""

import json
import os

import pytest

from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.command import cli
from fiscax.experiments.command.beside import ProcessError, SideBySide
from fiscax.experiments.progress import Progress
from fiscax.experiments.report.results import ExperimentResult

QUICK = ("moments", "mini-budget")


def context(out):
    return registry.ExperimentContext({}, out, progress=Progress(quiet=True))


def entry(name, run=None, **others):
    run = run or (lambda _: ExperimentResult(notes=[name]))
    return registry.Experiment(name, "Why?", run, order=1, **others)


@pytest.fixture(scope="module")
def quick():
    """Two studies that take seconds, as they are registered."""
    return [registry.find_experiment(name) for name in QUICK]


@pytest.mark.slow
def test_two_processes_find_what_one_finds(quick, tmp_path):
    alone = {m.name: m for m in SideBySide(quick, context(tmp_path), 1)}
    beside = {m.name: m for m in SideBySide(quick, context(tmp_path), 2)}
    assert [alone[name].process for name in QUICK] == [1, 1]
    assert [beside[name].process for name in QUICK] == [1, 2]
    assert beside["mini-budget"].used["peak_memory_mb"] > 0
    for name in QUICK:
        assert beside[name].result.records == alone[name].result.records
        assert beside[name].result.notes == alone[name].result.notes


@pytest.mark.slow
def test_the_report_is_the_same_from_two_processes(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "EXPERIMENTS", {e.name: e for e in quick})
    monkeypatch.setattr(registry, "discover", lambda: None)
    outputs, pages = [], []
    for count in ("1", "2"):
        out = tmp_path / count
        line = ["report", "--fresh", "--processes", count, "--out", str(out)]
        assert cli.main(line) == 0
        outputs.append(json.loads((out / "manifest.json").read_text())["outputs"])
        pages.append((out / "index.html").read_text(encoding="utf-8"))
    assert outputs[0] == outputs[1]
    assert pages[0] == pages[1]
    manifest = json.loads((tmp_path / "2" / "manifest.json").read_text())
    assert manifest["other_processes"].keys() == {"2"}


@pytest.mark.slow
def test_a_study_that_gathers_others_waits_for_them(quick, tmp_path, monkeypatch):
    first = entry("summary", gathers=QUICK)
    monkeypatch.setitem(registry.EXPERIMENTS, "summary", first)
    found = [m.name for m in SideBySide([first, *quick], context(tmp_path), 2)]
    assert sorted(found[:2]) == sorted(QUICK)
    assert found[2] == "summary"


def test_what_another_process_has_solved_is_left_to_it(tmp_path):
    kinds = {"a": "core", "b": "sticky", "c": "sticky", "d": "core", "e": "switching"}
    entries = [entry(name, economies=(kind,)) for name, kind in kinds.items()]
    studies = SideBySide(entries, context(tmp_path), 1)
    # Core is met here from the start, and with its first study sticky in the other.
    taken = [studies._last(2), studies._last(2), studies._first(), studies._first()]
    assert [found.name for found in taken] == ["e", "c", "a", "d"]
    assert studies._first().name == "b"
    assert studies._first() is studies._last(2) is None


def test_an_error_elsewhere_is_raised_here(quick, tmp_path):
    # The other process knows registered studies only.
    studies = SideBySide([quick[0], entry("unknown")], context(tmp_path), 2)
    with pytest.raises(FiscaxError, match="unknown: no experiment is called"):
        list(studies)


@pytest.mark.slow
def test_a_process_that_ends_is_named_with_its_study(quick, tmp_path, monkeypatch):
    def kill(_):
        ((process, _thread),) = studies._others
        os.kill(process.pid, 9)
        return ExperimentResult()

    monkeypatch.setitem(registry.EXPERIMENTS, "here", entry("here", kill))
    studies = SideBySide([entry("here", kill), quick[1]], context(tmp_path), 2)
    with pytest.raises(ProcessError, match=r"'mini-budget' ended \(exit code -9\)"):
        list(studies)


@pytest.mark.parametrize("given", ["0", "-1", "two"])
def test_the_number_of_processes_is_checked(given, capsys):
    with pytest.raises(SystemExit):
        cli.main(["report", f"--processes={given}"])
    assert "has to be an integer from 1 on" in capsys.readouterr().err
