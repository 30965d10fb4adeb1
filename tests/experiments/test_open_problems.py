"""Mechanisms: the text says what was switched, the numbers are those of economies."""

import numpy as np
import pytest

from fiscax.calibration.economies.core import load
from fiscax.calibration.economies.store import EconomyStore
from fiscax.experiments import registry
from fiscax.experiments.open_problems import study as problems

# Whole studies on solved economies: `make rest` runs them, no fast test does.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """One mechanism and the resting point, with a change of the user's own."""
    changes = {"sigma_p": 0.2}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problems, "MECHANISMS", problems.MECHANISMS[-1:])
        folder = tmp_path_factory.mktemp("problems")
        context = registry.ExperimentContext(changes, folder)
        yield registry.find_experiment("open-problems").run(context)


def test_the_users_change_is_on_the_side_that_keeps_it(found):
    stress, *_ = found.records["open-problems"]
    assert "sigma_p = 0.11; without: 0.2" in stress["mechanism"]
    own = EconomyStore({"sigma_p": 0.2}).core("safe", grid="coarse")
    short, long = own.curves(["yield_1", "yield_40"], own.rest())[0]
    assert stress["without"] == pytest.approx(400 * (long - short), rel=1e-6)
    # Calmer stress: stocks and bonds insure each other less, the curve rises.
    assert stress["with"] > stress["without"]


def test_solved_intercepts_meet_their_targets_and_riskless_ones_do_not(found):
    *_, debt, inflation = found.records["open-problems"]
    safe = load("safe")[1].as_arrays()
    goals = (100 * safe["debt_target"], 400 * safe["pi_bar"])
    for row, goal, near in zip((debt, inflation), goals, (2.0, 0.3), strict=True):
        target = float(np.ravel(goal)[0])
        assert row["with"] == pytest.approx(target, abs=near)
        assert abs(row["without"] - target) > abs(row["with"] - target)
