"""Time and memory of order 1, and of a path, against the number of variables.

Sectors on a ring, each with a stock, a price and an output, all nonlinear. Every size
is solved in a process of its own whose programs are compiled anew, so that memory is
the peak of that size. Figure and table are in ``out/bench``. Memory is held to what is
promised, time is printed: machines differ.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest

from fiscax.experiments.report.figures import house_style, line, new_figure, save_figure

mpl.use("Agg")

OUT = Path(__file__).parents[2] / "out" / "bench"
SIZES = (51, 99, 201, 399, 801)
PERIODS, SHOCKS = 100, 5
pytestmark = pytest.mark.timeout(1800)

ONE = """
import json, resource, sys, time
import fiscax

def seconds(run):
    started = time.perf_counter()
    return run(), time.perf_counter() - started

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20

what, path = sys.argv[1:]
model, reading = seconds(lambda: fiscax.load_mod(path))
run = fiscax.solve if what == "order 1" else fiscax.solve_path
solution, first = seconds(lambda: run(model))
_, again = seconds(lambda: run(model))
if what == "order 1":
    residual = solution.evidence["first_order_residual"]
else:
    residual = solution.evidence[0]["largest_residual"]
print(json.dumps({"reading": reading, "first": first, "again": again,
                  "gigabytes": peak(), "residual": residual}))
"""


def ring(size):
    """A model of ``size`` variables, a multiple of three."""
    count = size // 3
    names = " ".join(f"k{i} q{i} y{i}" for i in range(count))
    lines = []
    for i in range(count):
        left, right = (i - 1) % count, (i + 1) % count
        lines += [
            f"k{i} = 0.8*k{i}(-1) + 0.1*k{left}(-1) + e{i % SHOCKS};",
            f"q{i} = 0.9*q{i}(+1) + 0.05*q{right}(+1) + exp(k{i}) - 1;",
            f"y{i} = q{i}*(1 + k{i}) + 0.3*y{left};",
        ]
    shocks = " ".join(f"e{i}" for i in range(SHOCKS))
    sizes = " ".join(f"var e{i}; stderr 0.01;" for i in range(SHOCKS))
    return (
        f"var {names};\nvarexo {shocks};\nmodel;\n" + "\n".join(lines) + "\nend;\n"
        f"shocks; {sizes} end;\nshocks; var e0; periods 1:3; values 0.1; end;\n"
        f"simul(periods={PERIODS});\n"
    )


def measured(size, what):
    """Cost of one size in a fresh process with an empty cache of programs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ring.mod"
        path.write_text(ring(size))
        done = subprocess.run(
            [sys.executable, "-c", ONE, what, str(path)],
            env=os.environ | {"JAX_COMPILATION_CACHE_DIR": folder},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    return {"what": what, "variables": size, **json.loads(done.stdout)}


@house_style()
def draw(table):
    figure, axes = new_figure(1, 2, width=7.2, height=3.4)
    for what, kind in (("order 1", "safe"), ("path", "risky")):
        own = table[table["what"] == what]
        for place, column in zip(axes, ("first", "gigabytes"), strict=True):
            place.plot(own["variables"], own[column], **line(kind, label=what))
    for place, label in zip(axes, ("seconds, compilation included", "GB"), strict=True):
        place.set_xlabel("variables")
        place.set_title(label, fontsize="medium")
        place.set_ylim(bottom=0)
    axes[0].legend()
    figure.suptitle(f"Order 1, and a path of {PERIODS} periods")
    return figure


def test_size():
    print(f"\nload {os.getloadavg()[0]:.1f}")
    rows = []
    for size in SIZES:
        for what in ("order 1", "path"):
            rows.append(measured(size, what))
            print({k: round(v, 3) if k != "what" else v for k, v in rows[-1].items()})
    table = pd.DataFrame(rows)
    OUT.mkdir(parents=True, exist_ok=True)
    table.to_csv(OUT / "size.csv", index=False)
    save_figure(draw(table), OUT / "size")
    assert table["residual"].max() < 1e-10
    assert table.loc[table["variables"] <= 400, "gigabytes"].max() < 4
