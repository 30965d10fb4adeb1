"""Numerical settings hold whichever of jax and fiscax is imported first."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import jax
import pytest

from fiscax.solvers import compiled

CODE = """
import {first}, {second}
import jax, jax.numpy as jnp
assert jnp.ones(2).dtype == "float64"
print(jax.config.jax_compilation_cache_dir)
"""


def run_python(code, *arguments, **environment):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("order", [("fiscax", "jax"), ("jax", "fiscax")])
def test_double_precision_and_cache_in_any_order(order, tmp_path):
    code = CODE.format(first=order[0], second=order[1])
    done = run_python(code, FISCAX_CACHE_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "xla")


def test_importing_fiscax_does_not_load_jax():
    done = run_python("import sys, fiscax; print('jax' in sys.modules)")
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        ("list", "jax scipy pandas xarray matplotlib sympy"),
        ("moments", "jax scipy matplotlib sympy"),
    ],
)
def test_commands_that_solve_nothing_load_no_solver(command, unneeded, tmp_path):
    names = set(unneeded.split())
    if find_spec("dask"):
        # Where it is installed xarray reads it, and it reads scipy.
        names -= {"scipy"}
    code = (
        "import sys; from fiscax.experiments.command import cli\n"
        "code = cli.main(sys.argv[1:])\n"
        f"loaded = set({sorted(names)}) & set(sys.modules)\n"
        "print('ended with', code, sorted(loaded))"
    )
    more = [] if command == "list" else ["--out", str(tmp_path)]
    done = run_python(code, command, *more, FISCAX_DATA_DIR="")
    assert done.stdout.splitlines()[-1] == "ended with 0 []", done.stderr


@pytest.mark.parametrize(("large", "kept"), [(0.0, False), (float("inf"), True)])
def test_programs_are_forgotten_where_the_process_is_large(large, kept, monkeypatch):
    called = []
    monkeypatch.setattr(jax, "clear_caches", lambda: called.append(True))
    monkeypatch.setattr(compiled, "_LARGE", large)
    monkeypatch.setattr(compiled, "_MAPS", float("inf"))
    # A system that does not tell its memory always forgets.
    told = Path("/proc/self/statm").exists()
    compiled.release_programs()
    assert bool(called) == (not kept or not told)
