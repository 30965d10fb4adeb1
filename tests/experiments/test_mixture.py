"""Spikes of both regimes: shares of causes against normal theory, values by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from fiscax.calibration.economies.intermediaries import FragileError, load_plumbing
from fiscax.calibration.economies.protocol import Surprises
from fiscax.experiments.purchases import mixture, model, study
from fiscax.experiments.purchases.mixture import (
    Losses,
    break_even,
    draw_spikes,
    spikes,
)

BP = 40_000.0


def economy(yields, equity):
    """Shocks of one s.d. that move ten- and five-year yields (bp) and equity (%)."""
    names = tuple(f"e_{k}" for k in range(len(yields)))
    bond = -39 * np.asarray(yields) / BP
    returns = {"bond_40": bond, "equity": np.asarray(equity) / 100}
    # The five-year yield moves by half as much.
    returns["bond_20"] = -19 * 0.5 * np.asarray(yields) / BP
    return SimpleNamespace(surprises=Surprises(names, returns), shocks=names)


def losses(slope=10.0, gain=1.0):
    """A wedge that is linear in the loss, and values that are too."""
    grid = np.linspace(-40.0, 40.0, 5)
    value = {"backstop": gain * grid - 0.5}
    return Losses(grid, slope * grid, slope * grid, value)


ANSWERED = SimpleNamespace(rise=20.0, fall=0.0)


def test_shares_of_the_rise_are_those_of_the_variance():
    # Linear and normal: given the sum, each part is its share of the variance. Equity
    # has a shock of its own, so that half of all quarters qualify.
    found = spikes(
        economy([30.0, 10.0, 0.0], [0.0, 0.0, 5.0]), losses(), 2.0, ANSWERED, 0
    )
    variance = np.array([900.0, 100.0, 0.0, 400.0])
    share = variance / variance.sum()
    # 400,000 draws, a tenth of them spikes: errors of a few thousandths.
    got = np.array(list(found["by_shock"].values()))
    np.testing.assert_allclose(got, share, atol=0.01)
    from scipy.stats import norm

    deviation = np.sqrt(variance.sum())
    chance = norm.sf(20.0 / deviation) / 2
    assert found["frequency"] == pytest.approx(chance, rel=0.02)
    # E[loss | spike] = share x E[rise | spike] / slope.
    rise = deviation * norm.pdf(20 / deviation) / norm.sf(20 / deviation)
    value, error = found["values"]["backstop"]
    assert value == pytest.approx(share[-1] * rise / 10 - 0.5, abs=4 * error + 1e-3)
    assert list(found["by_shock"]) == ["e_0", "e_1", "e_2", "capacity"]


def test_drawn_spikes_are_answered_and_tell_what_moved():
    own = economy([30.0, 10.0], [-5.0, 0.0])
    answered = SimpleNamespace(rise=20.0, fall=2.0)
    found = draw_spikes(own, losses(), 2.0, answered, 0)
    assert found.shocks == ("e_0", "e_1", "capacity")
    assert found.ten.sum(axis=1).min() > 20 and found.equity.max() < -2
    # Only the first shock moves equity, and yields and equity by -6 bp a percent.
    np.testing.assert_allclose(found.ten[:, 0], -6 * found.equity)
    np.testing.assert_allclose(found.five[:, :2], 0.5 * found.ten[:, :2])
    np.testing.assert_allclose(found.ten[:, 2], 10 * found.loss)


def test_quarters_without_a_price_are_counted_and_left_out():
    from scipy.stats import norm

    table = Losses(
        np.array([-50.0, 1.0]),
        np.array([-50.0, 1.0]),
        np.array([-50.0, 1.0]),
        {"backstop": np.array([0.0, 0.0])},
    )
    found = spikes(economy([30.0], [-5.0]), table, 1.0, ANSWERED, 1)
    assert found["no_price"] == pytest.approx(norm.sf(1.0), abs=0.003)


def test_what_breaks_even_earns_nothing():
    share = break_even(losses(), "backstop", 2.0)
    assert share is not None
    assert share * (2.0 - 0.5) + (1 - share) * -0.5 == pytest.approx(0, abs=1e-12)
    assert break_even(losses(gain=-1.0), "backstop", 2.0) is None


def test_the_table_is_that_of_the_policy_table():
    scenario = model.load_scenario()
    plumbing = study.by_policy({}, scenario)
    table = mixture.tabulate(plumbing, scenario, 0.998)
    # At a loss of the grid: the same booking, one cell at a time.
    loss = float(table.loss[100])
    own = plumbing["backstop"]
    path = own.path({"capacity": loss, "purchases": scenario.amount}, model.HORIZON)
    booked = model.book(own, path, path.purchases, 0.998)
    found = float(table("backstop", np.array([loss]))[0])
    assert found == pytest.approx(100 * booked.value / booked.spent, rel=1e-12)
    alone = load_plumbing().path({"capacity": loss}, model.HORIZON)
    assert float(table("ten", np.array([loss]))[0]) == pytest.approx(
        BP * alone.gaps[0, 39] / 40, rel=1e-9
    )
    # The table ends where losses force sales without end.
    assert np.isnan(table("ten", np.array([table.loss[-1] + 0.01])))[0]
    with pytest.raises(FragileError):
        load_plumbing().path({"capacity": float(table.loss[-1]) + 1e-3}, 1)
