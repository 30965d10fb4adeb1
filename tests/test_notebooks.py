"""Every notebook runs, ships with the outputs that it has today, and stays a story."""

import ast

import nbformat
import notebook_outputs as notebooks
import pytest

PATHS = sorted(notebooks.FOLDER.glob("*.ipynb"))
# What notebooks may import beside the front door: tables, figures, how to show them.
BESIDE = {"matplotlib", "pandas", "numpy", "IPython"}


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def stored(request):
    return nbformat.read(request.param, as_version=4)


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.timeout(1200)
def test_notebook_runs_and_its_outputs_are_not_stale(path):
    before = notebooks.code(nbformat.read(path, as_version=4))
    after = notebooks.code(notebooks.executed(path))
    for old, new in zip(before, after, strict=True):
        one, other = notebooks.shown(old), notebooks.shown(new)
        assert len(one) == len(other), "run make notebooks: outputs are stale"
        for text, today in zip(one, other, strict=True):
            changed = notebooks.differences(text, today)
            assert not changed, f"run make notebooks: {changed[:3]} in\n{old.source}"


def test_differences_are_of_words_and_of_numbers_beyond_their_last_place():
    assert not notebooks.differences("slope 1.23  -4", "slope 1.24 -4")
    assert notebooks.differences("slope 1.23", "slope 1.26")
    assert notebooks.differences("slope 1.23", "level 1.23")
    assert not notebooks.differences("residual 3e-12", "residual 4e-12")
    assert notebooks.differences("residual 3e-12", "residual 3e-11")


def test_notebook_is_short_and_its_outputs_are_small(stored):
    code = notebooks.code(stored)
    assert sum(cell.source.count("\n") + 1 for cell in code) < 150
    assert len(nbformat.writes(stored)) < 400_000
    assert all(cell.outputs for cell in code[-3:]), "run make notebooks"


def test_notebook_uses_the_front_door_alone(stored):
    plain = [c.source for c in notebooks.code(stored)]
    lines = [x for c in plain for x in c.splitlines() if not x.startswith("%")]
    tree = ast.parse("\n".join(lines))
    names = {
        a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names
    }
    names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {n for n in names if n.startswith("fiscax")} == {"fiscax"}
    assert {n.split(".")[0] for n in names} - {"fiscax"} <= BESIDE


def test_notebook_ends_with_three_exercises_and_folded_answers(stored):
    (place,) = [
        i for i, c in enumerate(stored.cells) if c.source.startswith("## Exercises")
    ]
    text, answers = stored.cells[place].source, stored.cells[place + 1 :]
    assert [f"\n{n}. " in text for n in (1, 2, 3, 4)] == [True, True, True, False]
    assert [a.source.splitlines()[0] for a in answers] == ["# 1", "# 2", "# 3"]
    for answer in answers:
        assert answer.metadata["jupyter"]["source_hidden"]
        # An answer checks itself when it is executed.
        assert "assert" in answer.source or "AssertionError" in answer.source
