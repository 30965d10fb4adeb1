"""Promises that a disaster breaks: their price in closed form, and their fair value."""

import numpy as np
import pytest

from fiscax.calibration.economies.core import load, solver_options
from fiscax.models.functions import program, run
from fiscax.solvers.projection.conditions import in_regime
from fiscax.solvers.projection.solve import BlockSolver


@pytest.fixture(scope="module")
def iid():
    """Kernel and output blocks of the risky economy when disasters are iid."""
    model, calibration = load("risky")
    calibration = calibration.with_values(sigma_p=0.0, sigma_x=0.0, repudiation=0.4)
    solver = BlockSolver(model, solver_options())
    values = {k: np.asarray(v) for k, v in calibration.as_arrays().items()}
    for block in ("kernel", "output"):
        solver.solve(block, values)
    return model, values, solver


def test_price_of_a_disaster_is_its_closed_form(iid):
    # With iid growth the kernel is exp(-gamma dc) up to a constant, whatever the IES.
    model, values, solver = iid
    weight = np.exp(float(values["gamma"]) * float(values["xi"]))
    chance = float(values["p_bar"])
    expected = weight / (1 - chance + chance * weight)
    grid = dict(solver.grids)["output"]
    solved = solver.solved["output"]
    names = [u.name for u in model.block("output").unknowns]
    at = solved.domain.to_cube(solved.domain.center[None, :])
    found = np.asarray(grid.evaluate(at, solved.coefficients[0]))[0]
    assert found[names.index("disaster_price_ratio")] == pytest.approx(
        expected, rel=1e-8
    )


def test_the_account_is_worth_what_was_put_in(iid):
    # E[M' exp(dy') A'] = F whatever part of the account a disaster writes off;
    # with iid growth the kernel's closed form prices both events.
    model, values, _ = iid
    gamma, xi, chance = (float(values[k]) for k in ("gamma", "xi", "p_bar"))
    kept = float(values["repudiation"][0])
    weight = np.exp(gamma * xi)
    price = weight / (1 - chance + chance * weight)
    steps = program(model, "nominal", ["backing_account_next"])
    env = dict(in_regime(model, values, 0)) | {
        "spending": 0.1,
        "spending_ratio": float(values["g_bar"]) * np.exp(0.1),
        "backing_account": 0.3,
        "disaster_price_ratio": price,
        "stress": np.log(chance / (1 - chance)),
        "real_rate": 0.004,
        "output_growth_next": 0.01,
    }
    name = "backing_account_next"
    needed = [s for s in steps.forward if getattr(s, "name", "") == name]
    after = [
        float(run(needed, env | {"disaster": d}, lambda *_: {})[name])
        for d in (0.0, 1.0)
    ]
    funded = (1 - float(values["repayment"])) * 0.3 + float(values["theta"][0]) * (
        env["spending_ratio"] - float(values["g_bar"])
    )
    # Prices of the two events, forward; growth undone, as the account is a ratio.
    priced = (1 - chance * price) * after[0] + chance * price * after[1]
    assert priced * np.exp(0.01 - 0.004) == pytest.approx(funded, rel=1e-12)
    assert after[1] == pytest.approx((1 - kept) * after[0], rel=1e-12)
