"""How long a user waits before anything happens (`make bench`)."""

import os
import subprocess
import sys
import time

import pytest

CLI = ["-m", "fiscax.experiments.command.cli"]


def seconds(arguments, folder, repeats=3):
    """Shortest wall time of a new Python process in seconds; the first fills caches."""
    times = []
    # The shipped record, not a folder of data, which takes seconds to read.
    clean = {k: v for k, v in os.environ.items() if k != "FISCAX_DATA_DIR"}
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments],
            check=True,
            capture_output=True,
            cwd=folder,
            env=clean,
        )
        times.append(time.perf_counter() - started)
    return min(times)


@pytest.mark.parametrize(
    ("what", "arguments", "goal"),
    [
        ("fiscax --help", [*CLI, "--help"], 0.5),
        ("fiscax list", [*CLI, "list"], 0.5),
        # Of which pandas and xarray take three quarters.
        ("fiscax moments", [*CLI, "moments"], 0.8),
        ("import fiscax.models", ["-c", "import fiscax.models"], 2.5),
        ("import fiscax.solvers", ["-c", "import fiscax.solvers"], 2.5),
    ],
)
def test_start(what, arguments, goal, tmp_path):
    spent = seconds(arguments, tmp_path)
    print(f"{what:<24s} {spent:6.2f} s (goal {goal} s, {os.cpu_count()} cores)")
