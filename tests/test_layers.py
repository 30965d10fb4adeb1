"""The rooms import one way only, and the light ones stay light."""

import os
import re
import subprocess
import sys
import tomllib

import grimp
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from fiscax.experiments import contents

ROOMS = ("models", "solvers", "calibration", "experiments")
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
    assert "8 kept, 0 broken" in done.stdout


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
        ("calibration/record/leak.py", "from ..economies import anything"),
        ("experiments/rivals/leak.py", "from ..sticky import anything"),
        ("experiments/rivals/study.py", "from . import page"),
    ],
)
def test_a_violation_is_reported(root, tmp_path, file, statement):
    package = tmp_path / "fiscax"
    # Contracts about what stands inside a room need its files, empty.
    inside = (path for room in ROOMS for path in (root / room).rglob("*.py"))
    for source in (root / "__init__.py", *inside):
        there = package / source.relative_to(root)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text("")
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


def test_no_imports_go_in_circles():
    graph = grimp.build_graph("fiscax", exclude_type_checking_imports=False)
    assert len(graph.modules) > 150
    edges = {m: graph.find_modules_directly_imported_by(m) for m in graph.modules}
    assert circles(edges) == []


@pytest.mark.parametrize("contract", ["topics do not import", "Inside a topic"])
def test_every_topic_stands_in_the_contracts(root, contract):
    given = tomllib.loads((root / "pyproject.toml").read_text())
    (found,) = (
        c for c in given["tool"]["importlinter"]["contracts"] if contract in c["name"]
    )
    topics = {*contents.REPORT, *contents.OTHERS}
    listed = found["layers"] if "topics" in contract else found["containers"]
    assert topics <= set(re.findall(r"\w+", " ".join(listed)))


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
