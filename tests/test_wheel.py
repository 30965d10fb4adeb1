"""The wheel holds what the tree holds: a forgotten folder works only when editable."""

import shutil
import subprocess
import sys
import zipfile

import pytest

ROOMS = ("models", "solvers", "calibration", "experiments")
DATA = (".toml", ".csv", ".css", ".js", ".html", ".json", ".mplstyle")


def package_files(root):
    """Files of the package in the tree, as the wheel names them."""
    files = {path.name for path in root.glob("*.py")} | {"py.typed"}
    for room in ROOMS:
        inside = [p for p in (root / room).rglob("*") if "__pycache__" not in p.parts]
        files |= {
            path.relative_to(root).as_posix()
            for path in inside
            if path.suffix == ".py" or path.suffix in DATA
        }
    return {f"fiscax/{name}" for name in files}


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory, root):
    # A copy: setuptools leaves a build folder behind, and may take old files from one.
    tree = tmp_path_factory.mktemp("tree")
    for path in [*root.glob("*.py"), *root.glob("*.toml"), root / "py.typed"]:
        shutil.copy(path, tree)
    if (root / "README.md").exists():
        shutil.copy(root / "README.md", tree)
    for room in ROOMS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(root / room, tree / room, ignore=ignored)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    done = subprocess.run(
        [*command, "--outdir", str(tree / "out"), str(tree)],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (tree / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {n for n in archive.namelist() if ".dist-info/" not in n}


def test_wheel_holds_exactly_the_package(wheel_names, root):
    assert wheel_names == package_files(root)
