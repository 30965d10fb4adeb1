"""Two commits side by side: the first solution of a file, and what a draw costs.

Both trees solve the same files in fresh processes, in turns, on one thread; what is
compared are medians of processor seconds, because the load of a machine moves clocks.
``FISCAX_OTHER`` names the folder that holds the other tree, called ``fiscax``; without
it nothing is measured::

    git archive --prefix=fiscax/ COMMIT | tar x -C FOLDER
    FISCAX_OTHER=FOLDER python -m pytest -s tests/benchmarks/bench_versions.py
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest

HERE = Path(__file__).parent
OTHER = os.environ.get("FISCAX_OTHER", "")
OUT = HERE.parents[1] / "out" / "bench"
FILES = [
    HERE.parent / "oracles" / "dynare" / "brock_mirman.mod",
    HERE.parent / "oracles" / "dynare" / "new_keynesian_calvo.mod",
    HERE / "sticky_prices_long_bonds.mod",
]
ROUNDS, DRAWS = 3, 200
WORK = """
import json, sys, time
begin = time.process_time()
import jax, jax.numpy as jnp, numpy as np
from fiscax.models.dynare.reader import read_mod
from fiscax.models.general.functions import parameter_vector
from fiscax.solvers.perturbation.solution import compiled_perturbation, solve_local
loaded = time.process_time()
found, draws = {"load": loaded - begin}, int(sys.argv[2])
model = read_mod(sys.argv[1])
found["read"] = time.process_time() - loaded
for order in (1, 2, 3):
    start = time.process_time()
    solution = solve_local(model, order)
    found[f"first, order {order}"] = time.process_time() - start
    solve, values = compiled_perturbation(model, order), parameter_vector(model)
    jax.block_until_ready(solve(values))
    start = time.process_time()
    for draw in range(draws):
        jax.block_until_ready(solve(values * (1 + 1e-9 * draw)))
    found[f"draw, order {order}"] = (time.process_time() - start) / draws
rule = solution.rule
found["check"] = float(np.abs(np.asarray(rule.xxx)).sum() + np.abs(rule.xx).sum())
print(json.dumps(found))
"""
pytestmark = [
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not OTHER, reason="FISCAX_OTHER names no other tree"),
]


def measured(tree, path):
    """Processor seconds of one fresh process with an empty cache of programs."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", WORK, str(path), str(DRAWS)],
            env=os.environ
            | {
                "PYTHONPATH": str(tree),
                "FISCAX_CACHE_DIR": folder,
                "JAX_COMPILATION_CACHE_DIR": folder,
                "OPENBLAS_NUM_THREADS": "1",
                "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
            },
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_versions(path):
    rows = []
    for _ in range(ROUNDS):
        for name, tree in (("other", OTHER), ("this", HERE.parents[2])):
            rows.append({"tree": name, **measured(tree, path)})
    table = pd.DataFrame(rows).groupby("tree").median().T
    table["this / other"] = table["this"] / table["other"]
    print(f"\n{path.stem}\n{table.to_string(float_format='{:.4g}'.format)}")
    OUT.mkdir(parents=True, exist_ok=True)
    table.to_csv(OUT / f"versions_{path.stem}.csv")
    # The same solution to rounding: sums of all second and third derivatives.
    assert table.loc["check", "this / other"] == pytest.approx(1, rel=1e-6)
