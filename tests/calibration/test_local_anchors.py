"""Intercepts of the sticky-price economies: shipped values, overrides, failures."""

import numpy as np
import pytest

from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.sticky_anchors import (
    SLACK,
    anchor_gaps,
    with_intercepts,
)
from fiscax.calibration.parameters.calibration import load_calibration
from fiscax.models.sticky import sticky_price_economy
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.projection.anchors import meet_anchors

MODEL = sticky_price_economy()
SHIPPED = ("sticky_safe", "sticky_risky", "sticky_supply")
ZERO = {"rate_offset": 0.0, "tax_offset": 0.0}
PATHS = 100


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_long_paths_of_shipped_economies_meet_the_anchors(name):
    economy = solve_sticky(name, order=2)
    path = economy.solution.simulate(2000, PATHS, seed=11)
    targets = {
        "inflation": economy.parameters["pi_bar"],
        "end_of_period_debt": 4 * economy.parameters["debt_target"],
    }
    for anchor in MODEL.anchors:
        # Paths are independent of each other.
        means = path[anchor.variable].to_numpy().mean(axis=0)
        error = means.std(ddof=1) / np.sqrt(PATHS)
        gap = means.mean() - targets[anchor.variable]
        assert abs(gap) < 3 * error
        # Fine enough to see what intercepts of zero leave open.
        without = solve_sticky(name, ZERO, order=2).means((anchor.variable,))
        assert 8 * error < abs(without[anchor.variable] - targets[anchor.variable])
    calibration = load_calibration(name, MODEL)
    assert np.all(np.abs(anchor_gaps(MODEL, calibration)) < SLACK)
    assert with_intercepts(MODEL, calibration) is calibration


@pytest.mark.slow
def test_intercepts_follow_overrides_unless_an_override_names_one():
    names = ("inflation", "end_of_period_debt")
    moved = solve_sticky("sticky_safe", {"gamma": 10.0}, order=2)
    means = moved.means(names)
    assert means["inflation"] == pytest.approx(moved.parameters["pi_bar"], abs=5e-8)
    debt = 4 * moved.parameters["debt_target"]
    assert means["end_of_period_debt"] == pytest.approx(debt, abs=2e-5)
    kept = solve_sticky("sticky_safe", {"gamma": 10.0, "rate_offset": 0.0}, order=2)
    assert kept.parameters["rate_offset"] == 0.0
    as_given = solve_sticky("sticky_safe", {"gamma": 10.0}, order=2, intercepts=False)
    shipped = load_calibration("sticky_safe", MODEL).as_arrays()
    for name in ("rate_offset", "tax_offset"):
        assert as_given.parameters[name] == float(shipped[name][0])
        assert as_given.parameters[name] != moved.parameters[name]


def toy(parameters, slope=((0.0, 2.0), (3.0, 1.0))):
    """Means of debt and inflation, curved in the intercepts."""
    taxes, rate = (parameters[n][0] for n in ("tax_offset", "rate_offset"))
    level = np.array(slope) @ np.array([taxes, rate]) + np.array([4.0, 0.003])
    return (level + np.array([rate**2, taxes**2]))[None]


def flat(_):
    """Means that no intercept moves."""
    return np.array([[4.0, 0.003]])


def test_means_that_cannot_be_met_name_the_anchor():
    given = load_calibration("sticky_safe", MODEL).as_arrays()
    found = meet_anchors(MODEL, given, toy, slack=1e-6)
    wanted = [4 * float(given["debt_target"][0]), float(given["pi_bar"])]
    np.testing.assert_allclose(toy(found)[0], wanted, atol=1e-7)
    with pytest.raises(SolutionError, match=r"after 0 steps.*'(inflation|end_of)"):
        meet_anchors(MODEL, given, toy, slack=1e-6, steps=0)
    with pytest.raises(SolutionError, match=r"do not move the means.*intercept '"):
        meet_anchors(MODEL, given, flat)
