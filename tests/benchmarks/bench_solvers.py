"""Solving again on a fixed domain and grid, programs compiled (`make bench`)."""

import time

import pytest

from fiscax.calibration.economies.core import COARSE, load, solver_options
from fiscax.solvers.projection.solve import BlockSolver


@pytest.mark.parametrize("name", ["safe", "risky", "switching"])
@pytest.mark.parametrize("levels", [(COARSE,), None], ids=["coarse", "fine"])
def test_warm_solve(name, levels):
    model, calibration = load(name)
    started = time.perf_counter()
    solver = BlockSolver(model, solver_options(levels, switching=name == "switching"))
    values = solver.solve_all(calibration.as_arrays())
    first = time.perf_counter() - started
    moved = {**values, "sigma_z": values["sigma_z"] * 1.01}
    solver.resolve(moved)
    times = []
    for given in (values, moved) * 3:
        started = time.perf_counter()
        solver.resolve(given)
        times.append(time.perf_counter() - started)
    nodes = solver.evidence[model.blocks[-1].name].nodes
    print(
        f"{name:<10s} {nodes} nodes: first {first:6.1f} s (programs from the cache if "
        f"there), again with a parameter moved by 1%: {min(times):5.2f} s"
    )
