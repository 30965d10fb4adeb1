"""How long a user waits before anything happens (`make bench`)."""

import os
import subprocess
import sys
import time

import pytest


def seconds(arguments, repeats=3):
    """Shortest wall time of a new Python process in seconds; the first fills caches."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return min(times)


@pytest.mark.parametrize(
    ("what", "arguments", "goal"),
    [
        ("fiscax --help", ["-m", "fiscax.experiments.command.cli", "--help"], 0.5),
        ("import fiscax.models", ["-c", "import fiscax.models"], 2.5),
        ("import fiscax.solvers", ["-c", "import fiscax.solvers"], 2.5),
    ],
)
def test_start(what, arguments, goal):
    spent = seconds(arguments)
    print(f"{what:<24s} {spent:6.2f} s (goal {goal} s, {os.cpu_count()} cores)")
