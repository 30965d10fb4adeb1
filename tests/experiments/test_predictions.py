"""Predictions: declared quantities, verdicts with bounds, what counts and why."""

import pytest

from fiscax.calibration.economies.explanations import MEASURES
from fiscax.calibration.economies.quantities import QUANTITIES
from fiscax.calibration.matching.plans import PLANS
from fiscax.calibration.parameters.calibration import calibration_regimes
from fiscax.experiments import predictions
from fiscax.experiments.claims import Expectation
from fiscax.experiments.goals import GOALS
from fiscax.experiments.predictions import ROWS, Prediction, record, tally
from fiscax.experiments.rivals.study import SWITCHED
from fiscax.experiments.sticky.study import ALL_ROWS, FOLLOWED


def test_used_names_are_declared_and_no_measure_is_declared_for_nothing():
    rows = {row.quantity for row in (*ROWS, *ALL_ROWS)}
    targets = {t for plan in PLANS.values() for t in plan.targets}
    declared = {g.name for g in GOALS if g.measure is None}
    used = {*rows, *MEASURES, *SWITCHED, *FOLLOWED, *targets & set(QUANTITIES)}
    used |= declared
    assert used <= set(QUANTITIES)
    serving = {QUANTITIES[name].measure for name in used}
    assert {q.measure for q in QUANTITIES.values()} == serving


def test_parameters_that_set_a_row_are_parameters_of_that_economy():
    from fiscax.calibration.economies.core import load
    from fiscax.models.sticky import sticky_price_economy

    named = [(place, p) for row in ROWS for place, p in row.set_by.items()]
    assert named
    sticky = {p.name: p for p in sticky_price_economy().parameters}
    for (economy, regime), parameters in named:
        assert regime in calibration_regimes(economy)
        own = sticky
        if not economy.startswith("sticky"):
            own = {p.name: p for p in load(economy)[0].parameters}
        for name in parameters:
            assert own[name].role != "intercept"


def test_both_sides_of_a_share_are_judged_at_one_threshold():
    rows = predictions.by_quantity()
    bears, pays = rows["share_bondholders"].risky, rows["share_taxpayers"]
    assert bears.claim == "high" and pays.risky.claim == "low"
    assert pays.safe.claim == "high"
    assert bears.threshold == pays.risky.threshold == pays.safe.threshold == 0.5
    # Less than half is not what is claimed, whoever set the number.
    found = record(rows["share_bondholders"], "risky", "risky", 0.17, 0.001)
    assert found["verdict"] == "contradicted"
    assert found["mark"] == "set by breach"


ROW = Prediction("row", "revaluation", risky=Expectation("positive", 1.0))


@pytest.mark.parametrize(
    ("value", "bound", "verdict"),
    [
        (3.0, 0.5, "delivered"),
        (3.0, 2.5, "too imprecise"),
        (0.3, 0.1, "zero"),
        (-3.0, None, "contradicted"),
    ],
)
def test_the_bound_decides_whether_a_number_tells(value, bound, verdict):
    found = record(ROW, "economy", "risky", value, bound)
    assert found["verdict"] == verdict
    assert found["counted"] and found["mark"] == ""


def test_only_what_counts_is_counted():
    place = ("economy", "risky")
    chosen = Prediction("r", "revaluation", risky=ROW.risky, set_by={place: ("theta",)})
    sure = Prediction("r", "revaluation", risky=ROW.risky, by_construction=(place,))
    rows = [record(r, *place, 3.0) for r in (ROW, chosen, sure)]
    silent = record(Prediction("r", "revaluation"), *place, 3.0)
    found = tally([*rows, silent])
    assert (found["counted"], found["delivered"], found["marked"]) == (1, 1, 2)
    text = predictions.tally_sentences([*rows, silent])
    assert "Of 1 predictions that count 1 are delivered" in text
