"""The rooms import one way only, and the light ones stay light."""

import os
import subprocess
import sys

import pytest

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
    assert "3 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        ("models/leak.py", "from ..solvers import anything"),
        ("solvers/leak.py", "def f():\n    from ..experiments import anything"),
        ("solvers/leak.py", "import pandas"),
        ("models/leak.py", "import xarray"),
    ],
)
def test_a_violation_is_reported(root, tmp_path, file, statement):
    package = tmp_path / "fiscax"
    for room in ROOMS:
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / file).write_text(statement + "\n")
    (tmp_path / "pyproject.toml").write_text((root / "pyproject.toml").read_text())
    done = run_python(LINT, tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "fiscax." + file.removesuffix(".py").replace("/", ".") in done.stdout


@pytest.mark.parametrize("room", ["models", "solvers"])
def test_lower_rooms_load_no_table_or_plotting_library(room, tmp_path):
    code = (
        f"import sys, fiscax.{room}; "
        "print([m for m in ('matplotlib', 'pandas', 'xarray') if m in sys.modules])"
    )
    done = run_python(code, tmp_path)
    assert done.stdout.strip() == "[]", done.stderr
