"""Forward prices of long bonds stay in their range, or the curve is refused."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiscax.calibration.economies.store import EconomyStore
from fiscax.models.core import core_economy
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.pricing.curves import CURVES
from fiscax.solvers.projection.pricing import (
    Tables,
    forward_ranges,
    log_zero_coupon_prices,
    require_settled,
)

STATES, HORIZON = 4, 30
# Solved on the coarse grid to the solver's tolerance; its nominal curve explodes there.
EXPLODES = {"theta": 0.9735575, "breach": 0.0145, "phi": 0.67, "debt_target": 1.15}


def chain(seed):
    """A Markov chain's tables and the matrix that prices in it, K = weight * chance."""
    draw = np.random.default_rng(seed)
    chances = draw.dirichlet(np.ones(STATES), STATES)
    matrix = chances * np.exp(draw.normal(0.0, 0.3, (STATES, STATES)))
    reach = np.broadcast_to(np.eye(STATES), (1, STATES, STATES, STATES))
    return Tables(jnp.asarray(reach), jnp.asarray(matrix[None, None, None])), matrix


def priced(tables, matrix):
    first = jnp.log(jnp.asarray(matrix.sum(axis=1)))[None]
    given = tables, jnp.array([0]), first, jnp.zeros_like(first)
    return log_zero_coupon_prices(*given, HORIZON)


@given(st.integers(0, 10_000))
def test_forward_prices_of_a_chain_are_ratios_of_powers_and_settle(seed):
    tables, matrix = chain(seed)
    ranges = np.asarray(forward_ranges(tables, priced(tables, matrix)))
    powers = [np.ones(STATES)]
    for _ in range(HORIZON):
        powers.append(matrix @ powers[-1])
    forwards = np.log(np.array(powers[2:]) / np.array(powers[1:-1]))
    np.testing.assert_allclose(ranges[0, 0], forwards.min(axis=1), atol=1e-12)
    np.testing.assert_allclose(ranges[0, 1], forwards.max(axis=1), atol=1e-12)
    require_settled(ranges, ["bond"])
    # The long forward price is the same everywhere: the operator's largest root.
    root = np.log(np.abs(np.linalg.eigvals(matrix)).max())
    assert ranges[0, :, -1] == pytest.approx(root, abs=1e-3)


def test_interpolation_that_amplifies_is_refused():
    tables, matrix = chain(1)
    # Rows sum to one, as those of every interpolation, but overshoot.
    over = np.eye(STATES) + 0.8 * (np.eye(STATES) - np.roll(np.eye(STATES), 1, 1))
    wild = Tables(tables.reach @ jnp.asarray(over), tables.weights)
    ranges = np.asarray(forward_ranges(wild, priced(wild, matrix)))
    with pytest.raises(SolutionError, match=r"curve 'bond'.*finer grid\.$"):
        require_settled(ranges, ["bond"])
    with pytest.raises(SolutionError, match=r"finer grid\. Lower phi\.$"):
        require_settled(ranges, ["bond"], core_economy().advice)
    # One horizon has no forward price, and no number is no price.
    require_settled(ranges[:, :, :0], ["bond"])
    with pytest.raises(SolutionError, match="curve 'bond'"):
        require_settled(ranges * np.nan, ["bond"])


@pytest.mark.slow
def test_an_economy_whose_long_bonds_explode_is_refused_and_the_advice_helps():
    store = EconomyStore()
    coarse = store.core("risky", EXPLODES, grid="coarse")
    # The policies are solved: it is the curve that does not exist on this grid.
    assert coarse.solution.evidence["nominal"].residual < 1e-8
    with pytest.raises(SolutionError, match=f"curve '{CURVES[0]}'.*Lower phi"):
        coarse.at_rest(["yield_120"])
    lower = store.core("risky", {**EXPLODES, "phi": 0.6}, grid="coarse")
    fine = store.core("risky", EXPLODES)
    for economy in (lower, fine):
        long, short = economy.at_rest(["yield_120", "yield_1"]).values()
        assert 0.0 < 400 * short < 400 * long < 8.0
