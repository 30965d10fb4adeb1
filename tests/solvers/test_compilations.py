"""How many programs a solve compiles: each costs a newcomer up to ten seconds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Of the safe economy on the coarse grid and its curve: today's numbers.
PROGRAMS, OPERATIONS = 13, 0

CODE = """
import json
from program_clock import ProgramClock, total
clock = ProgramClock().start()
from fiscax.calibration.economies.store import EconomyStore
store = EconomyStore(folder=None, shipped=None)
store.core("safe", grid="coarse").curves
count = lambda costs: {n: c.compilations for n, c in costs.items() if c.compilations}
print(json.dumps([count(clock.programs), count(clock.operations)]))
"""


@pytest.mark.slow
def test_a_solve_compiles_no_more_programs_than_it_did(tmp_path):
    oracles = Path(__file__).parents[1] / "oracles"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    paths = [str(oracles), kept.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=kept
        | {
            "FISCAX_CACHE_DIR": str(tmp_path),
            "PYTHONPATH": os.pathsep.join(p for p in paths if p),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    programs, operations = json.loads(done.stdout.splitlines()[-1])
    assert sum(programs.values()) <= PROGRAMS, programs
    assert sum(operations.values()) <= OPERATIONS, operations
