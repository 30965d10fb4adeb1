"""What a solve uses again: paths and blocks that move by themselves, factors, rest."""

from functools import lru_cache

import numpy as np
import pytest

from fiscax.calibration.economies.store import EconomyStore
from fiscax.solvers.projection.accuracy import euler_errors
from fiscax.solvers.projection.blocks import jitted_newton, parameters_of
from fiscax.solvers.projection.ergodic import ErgodicOptions
from fiscax.solvers.projection.linear import reference
from fiscax.solvers.projection.newton import Newton
from fiscax.solvers.projection.solve import BlockSolver, SolverOptions

COVER = ("growth",)


@lru_cache(maxsize=2)
def coarse(name):
    return EconomyStore().core(name, grid="coarse").solution


@pytest.mark.slow
@pytest.mark.parametrize("name", ["risky", "switching"])
def test_paths_are_the_same_when_what_moves_by_itself_is_known(name, monkeypatch):
    solution = coarse(name)
    short = ErgodicOptions(paths=100, periods=60, burn=10)
    arguments = (solution.grids, solution.parameters, solution.solved, solution.origin)

    def sampled():
        options = SolverOptions(ergodic=short, cover=COVER)
        solver = BlockSolver(solution.model, options)
        return solver._sample(*arguments), solver.sample

    points, walked = sampled()
    # Without anything known, all blocks are evaluated along the paths, as ever.
    monkeypatch.setattr(BlockSolver, "_told", lambda *_: ())
    want, plain = sampled()
    # Two programs of the same equations: rounding, carried on for sixty quarters.
    np.testing.assert_allclose(points, want, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(walked.regimes, plain.regimes)
    np.testing.assert_allclose(walked.outputs, plain.outputs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("block", ["kernel", "output", "spending"])
def test_other_parameters_leave_a_block_as_it_is(block):
    solution = coarse("risky")
    names = parameters_of(solution.model, block, COVER)
    problem = solution.problem(block)
    nodes = solution.solved[block].domain.from_cube(problem.grid.nodes, np)

    def measured(parameters):
        start = reference(problem, parameters, solution.solved, 0)
        errors = euler_errors(problem, parameters, solution.solved, 0, nodes)
        return np.concatenate([errors.ravel(), start.point, start.scale, start.guesses])

    held = measured(solution.parameters)
    every = [p.name for p in solution.model.parameters]
    for name in set(every) - set(names):
        moved = solution.parameters | {name: 0.9 * solution.parameters[name] + 0.01}
        np.testing.assert_array_equal(measured(moved), held, err_msg=name)
    # And one that it depends on is seen.
    moved = solution.parameters | {"sigma_x": 1.1 * solution.parameters["sigma_x"]}
    assert "sigma_x" in names and np.any(measured(moved) != held)


def test_old_factors_lead_to_the_same_policies():
    solution = coarse("risky")
    problem, own = solution.problem("kernel"), solution.solved["kernel"]
    guess = own.coefficients * (1 + 0.01 * np.cos(np.arange(problem.grid.size)))
    arguments = (solution.parameters, {}, own.domain, guess)
    often, rarely = (
        jitted_newton(problem, Newton(reuse=share))(*arguments) for share in (0.0, 0.03)
    )
    assert int(rarely.iterations) < int(often.iterations)
    # Newton's goal is 1e-11 of each equation; the kernel's condition is below 1e3.
    np.testing.assert_allclose(rarely.coefficients, often.coefficients, atol=1e-8)


@pytest.mark.parametrize("name", ["risky", "switching"])
def test_a_stored_solution_rests_where_its_sample_does(name):
    solution = coarse(name)
    points, which = solution.ergodic_sample
    for regime in range(solution.regimes):
        want = points[which == regime].mean(axis=0)
        # The same draws and policies; means of 1e5 numbers in another order.
        np.testing.assert_allclose(solution.rest[regime], want, atol=1e-10)
