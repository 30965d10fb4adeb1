"""One size of losses of capacity: the record, the estimate, and who uses it."""

import numpy as np
import pandas as pd
import pytest

from fiscax.calibration.economies import capacity_losses
from fiscax.calibration.economies.capacity_losses import (
    estimated_size,
    loss_for,
    no_price,
    recorded_deviation,
    spreads,
    wedges_by_loss,
)
from fiscax.calibration.economies.dysfunction import shipped_wedge
from fiscax.calibration.economies.intermediaries import FragileError, load_plumbing
from fiscax.calibration.parameters.numbers import read_numbers
from fiscax.calibration.parameters.policy import policy_parameters

BP = 40_000.0


@pytest.fixture(scope="module")
def plumbing():
    return load_plumbing()


@pytest.mark.data
def test_the_record_gives_the_shipped_deviation(data_dir):
    frame = pd.read_csv(data_dir / "treasury_premium_monthly.csv", parse_dates=["DATE"])
    monthly = frame.set_index("DATE")["USTP_G10_5Y_BP"]["1998-07":].dropna()
    level = monthly.resample("QE").last().to_numpy()
    design = np.column_stack([np.ones(len(level) - 1), level[:-1]])
    fit, *_ = np.linalg.lstsq(design, level[1:], rcond=None)
    spread = np.std(level[1:] - design @ fit, ddof=2)
    assert recorded_deviation() == pytest.approx(spread, rel=1e-6)
    first, last = read_numbers(capacity_losses.FILE)["premium"]["sample"].split("-")
    assert (first, last) == ("1998Q3", "2020Q3")


def test_the_shipped_size_is_the_estimate(plumbing):
    found = estimated_size(plumbing, recorded_deviation())
    assert plumbing.values["sigma_capacity"] == pytest.approx(found, rel=1e-5)
    wedge = BP * spreads(plumbing, (20,))[0]
    assert wedge == pytest.approx(recorded_deviation(), rel=1e-4)


def test_spreads_are_those_of_draws(plumbing):
    # A second method: losses drawn, and the exact path after each of them.
    size = plumbing.values["sigma_capacity"]
    drawn = size * np.random.default_rng(0).standard_normal(4000)
    found, failed = [], 0
    for loss in drawn:
        try:
            path = plumbing.path({"capacity": float(loss)}, 1)
        except FragileError:
            failed += 1
            continue
        found.append(path.wedges((8, 40))[0])
    spread = np.std(found, axis=0)
    # Fat tails: the error of a spread of 4,000 draws is about a twentieth.
    np.testing.assert_allclose(spreads(plumbing, (8, 40)), spread, rtol=0.12)
    error = np.sqrt(no_price(plumbing) / len(drawn))
    assert failed / len(drawn) == pytest.approx(no_price(plumbing), abs=4 * error)


def test_small_losses_move_wedges_as_at_first_order():
    small = load_plumbing({"sigma_capacity": 1e-3})
    linear = small.response({"capacity": 1e-3}, 1, (8, 40, 120))[0]
    np.testing.assert_allclose(spreads(small, (8, 40, 120)), linear, rtol=2e-2)


def test_the_table_ends_where_no_price_clears_the_market(plumbing):
    table = wedges_by_loss(plumbing, (40,))
    last = float(table.loss[-1])
    plumbing.path({"capacity": last}, 1)
    with pytest.raises(FragileError):
        plumbing.path({"capacity": last + 1e-4}, 1)
    assert np.all(np.diff(table.loss) > 0) and np.all(np.diff(table.wedge[:, 0]) > 0)


def test_a_loss_moves_the_wedge_by_what_it_was_asked_for(plumbing):
    for wedge in (-5.0, 7.0, 64.0):
        loss = loss_for(plumbing, wedge, 40)
        assert loss is not None
        found = BP * plumbing.path({"capacity": loss}, 1).wedges((40,))[0, 0]
        assert found == pytest.approx(wedge, abs=1e-3)
    assert loss_for(plumbing, 500.0, 40) is None


def test_no_size_moves_wedges_without_bound(plumbing):
    with pytest.raises(capacity_losses.NoSizeError, match="by 500 bp"):
        estimated_size(plumbing, 500.0)


def test_policy_makers_believe_in_the_same_size():
    given = policy_parameters({})["capacity_deviation"]
    assert given == pytest.approx(shipped_wedge().deviation, abs=1e-3)
