"""What ``import fiscax`` offers: visible, documented, and enough for every reader."""

import ast
import doctest
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fiscax

ROOT = Path(__file__).parents[1]
MODULES = ("economy", "comparison", "estimation", "filters", "studies", "figure")
DEEPER = re.compile(r"fiscax\.(models|solvers|calibration|experiments|errors)\b")


def documented():
    """Public functions and classes, and the classes' public methods."""
    for name in fiscax.__all__:
        found = getattr(fiscax, name)
        yield name, found
        if inspect.isclass(found):
            for own, member in vars(found).items():
                if callable(member) and not own.startswith("_"):
                    yield f"{name}.{own}", member


def test_tab_completion_shows_the_public_names_and_all_of_them_exist():
    assert set(dir(fiscax)) == {*fiscax.__all__, "__version__"}
    for name, found in documented():
        assert inspect.getdoc(found), name
    with pytest.raises(AttributeError, match="no attribute 'econmy'"):
        fiscax.__getattr__("econmy")


def test_type_checkers_are_told_of_every_public_name():
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    told = {}
    for block in ast.walk(tree):
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for line in block.body:
                assert isinstance(line, ast.ImportFrom)
                for alias in line.names:
                    told[alias.asname or alias.name] = (line.module, alias.name)
    assert set(told) == set(fiscax.__all__)
    for name, (module, attribute) in told.items():
        place = importlib.import_module(f"fiscax.{module}")
        assert getattr(fiscax, name) is getattr(place, attribute)


@pytest.mark.slow
def test_a_type_checker_knows_what_an_economy_answers(tmp_path):
    (tmp_path / "fiscax").symlink_to(ROOT, target_is_directory=True)
    script = tmp_path / "script.py"
    script.write_text(
        'import fiscax\nreveal_type(fiscax.economy("risky").plot_curve())\n'
        'fiscax.economy("risky").curv()\n'
    )
    python = ("--pythonpath", sys.executable)
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", *python, str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=500,
    )
    said = [d["message"] for d in json.loads(done.stdout)["generalDiagnostics"]]
    assert any(re.search('is "Axes"', text) for text in said), said
    assert any("curv" in text and "Economy" in text for text in said), said


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    import matplotlib.pyplot as plt

    module = importlib.import_module(f"fiscax.experiments.front.{name}")
    found = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    plt.close("all")
    assert found.attempted > 0 and found.failed == 0


def test_readers_need_nothing_deeper():
    texts = {"README.md": (ROOT / "README.md").read_text(encoding="utf-8")}
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts[path.name] = "\n".join("".join(c["source"]) for c in cells)
    for name, text in texts.items():
        assert "from fiscax" not in text, name
        assert not DEEPER.search(text), name
