"""The rooms import one way only, and the light ones stay light."""

import os
import subprocess
import sys

import grimp
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

ROOMS = ("models", "solvers", "calibration", "experiments")
# Rooms in which no module imports itself in the end.
CIRCLE_FREE = ("models", "solvers")
LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"


def run_python(code, folder, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_every_contract_is_kept(root):
    done = run_python(LINT, root)
    assert done.returncode == 0, done.stdout
    assert "5 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        ("models/parts/leak.py", "from ...solvers import anything"),
        (
            "solvers/filters/leak.py",
            "def f():\n    from ...experiments import anything",
        ),
        ("solvers/filters/leak.py", "import pandas"),
        ("models/markets/leak.py", "import xarray"),
        ("models/parts/leak.py", "from ..core import anything"),
        ("solvers/pricing/leak.py", "from ..filters import anything"),
    ],
)
def test_a_violation_is_reported(root, tmp_path, file, statement):
    package = tmp_path / "fiscax"
    for room in ROOMS:
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").write_text("")
    # Contracts about what stands inside a room need its files, empty.
    for layered in ("models", "solvers"):
        for source in (root / layered).iterdir():
            there = package / layered / source.name
            if source.suffix == ".py":
                there.write_text("")
            elif (source / "__init__.py").exists():
                there.mkdir()
                (there / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / file).write_text(statement + "\n")
    (tmp_path / "pyproject.toml").write_text((root / "pyproject.toml").read_text())
    done = run_python(LINT, tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "fiscax." + file.removesuffix(".py").replace("/", ".") in done.stdout


def circles(edges):
    """Strongly connected parts of a graph that are larger than one node."""
    names = sorted(edges)
    place = {name: k for k, name in enumerate(names)}
    matrix = np.zeros((len(names), len(names)), bool)
    for name, others in edges.items():
        matrix[place[name], [place[other] for other in others]] = True
    _, labels = connected_components(csr_matrix(matrix), connection="strong")
    parts = [[n for n in names if labels[place[n]] == k] for k in np.unique(labels)]
    return [part for part in parts if len(part) > 1]


@pytest.mark.parametrize("room", CIRCLE_FREE)
def test_no_imports_go_in_circles(room):
    graph = grimp.build_graph("fiscax", exclude_type_checking_imports=False)
    inside = {m for m in graph.modules if f"{m}.".startswith(f"fiscax.{room}.")}
    assert len(inside) > 10
    edges = {m: graph.find_modules_directly_imported_by(m) & inside for m in inside}
    assert circles(edges) == []


def test_circles_are_seen():
    edges = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert circles(edges) == [["b", "c"]]


@pytest.mark.parametrize("room", ["models", "solvers"])
def test_lower_rooms_load_no_table_or_plotting_library(room, tmp_path):
    code = (
        f"import sys, fiscax.{room}; "
        "print([m for m in ('matplotlib', 'pandas', 'xarray') if m in sys.modules])"
    )
    done = run_python(code, tmp_path)
    assert done.stdout.strip() == "[]", done.stderr
