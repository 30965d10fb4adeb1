"""What the README and the pages of the site show works.

A fence's second word says how its commands are checked: none, each line is run; `slow`
and `nightly`, it is parsed here and run under that marker; `data`, it is parsed only.
`make` lines are checked for their target.
"""

import re
import shlex
import sys
from pathlib import Path

import pytest

from fiscax.experiments.command import cli, commands

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```(\w+)[ ]?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LATER = ("slow", "nightly")
PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "tutorial.md",
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
]
FENCES = [
    (page.stem, *fence)
    for page in PAGES
    for fence in FENCE.findall(page.read_text(encoding="utf-8"))
]


def lines(language, *kinds):
    """Lines of the fences of a language and of one of these kinds."""
    return [
        shlex.split(line, comments=True)
        for _, found, kind, text in FENCES
        for line in text.splitlines()
        if found == language and kind in kinds and line.strip()
    ]


def write_files(folder):
    """Files that the README shows; their first line says their names."""
    for _, language, _, text in FENCES:
        if language in ("toml", "mod", "csv"):
            name = text.splitlines()[0].lstrip("#/ ").strip()
            (folder / name).write_text(text)


def scripts(kind):
    return [
        pytest.param(text, id=page)
        for page, language, k, text in FENCES
        if (language, k) == ("python", kind)
    ]


def test_every_fence_is_of_a_kind_that_is_checked():
    kinds = {(language, kind) for _, language, kind, _ in FENCES}
    bash = {("bash", kind) for kind in ("", *LATER, "data")}
    files = {("toml", ""), ("mod", ""), ("csv", "")}
    assert kinds <= bash | files | {("python", ""), ("python", "slow")}
    first_words = {line[0] for line in lines("bash", "", *LATER, "data")}
    assert first_words <= {"fiscax", "make"}


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    inline = re.findall(r"`make (\w+)`", (ROOT / "README.md").read_text("utf-8"))
    shown = [line[1] for line in lines("bash", "", *LATER) if line[0] == "make"]
    for target in shown + inline:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_command_line_can_be_parsed_and_every_command_is_shown():
    shown = set()
    for line in lines("bash", "", *LATER, "data"):
        if line[0] == "fiscax":
            shown.add(cli.make_parser().parse_args(line[1:]).command)
    assert shown == set(commands.COMMANDS)


@pytest.mark.parametrize(
    "line", [x for x in lines("bash", "") if x[0] == "fiscax"], ids=" ".join
)
def test_command_runs(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    assert cli.main(line[1:]) == 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_slow_commands_run_in_their_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    for line in lines("bash", "slow"):
        assert cli.main(line[1:]) == 0, line


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_all_commands_run_in_their_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    for line in lines("bash", *LATER):
        assert cli.main(line[1:]) == 0, line


@pytest.mark.parametrize("script", scripts(""))
def test_python_runs(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    exec(compile(script, "README.md", "exec"), {"__name__": "readme"})


@pytest.mark.slow
@pytest.mark.parametrize("script", scripts("slow"))
def test_slow_python_runs(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(script, "README.md", "exec"), {"__name__": "readme"})


def test_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.*)"$', project, re.MULTILINE)
    assert version is not None
    assert capsys.readouterr().out == f"fiscax {version[1]}\n"
    assert sys.modules["fiscax"].__version__ == version[1]
