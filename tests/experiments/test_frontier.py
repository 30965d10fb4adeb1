"""The frontier: the share is held, what is missed is said, no share is passed off."""

import pytest

from fiscax.calibration.matching.plans import RISKY
from fiscax.experiments import registry
from fiscax.experiments.frontier import page, study
from fiscax.solvers.errors import SolutionError


def test_the_share_takes_the_place_of_what_measures_the_same():
    plan = study.held_plan()
    assert study.SAME in RISKY.targets and study.SAME not in plan.targets
    assert set(plan.targets) - set(RISKY.targets) == {study.SHARE}
    data = study.held_targets(plan, 0.4).set_index("name")
    assert list(data.index) == list(plan.targets)
    assert data.loc[study.SHARE, "value"] == 0.4
    assert data.loc[study.SHARE, "standard_error"] == study.NEAR
    assert data.loc["debt_to_gdp_mean", "value"] == pytest.approx(96.85, abs=0.01)


class Fragile:
    """An economy in which debt is worthless where too much large news is unpromised."""

    def at(self, values):
        if (1 - values["theta"]) * values["sigma_z"] > 0.008:
            raise SolutionError("worthless")
        return {study.SHARE: 1 - values["theta"]}


def test_a_search_for_a_larger_share_begins_where_there_is_a_solution():
    start = {"theta": 0.8, "breach": 0.1, "sigma_z": 0.03}
    near = study.towards(Fragile(), start, 0.2, 0.25)
    # Less is promised, as much less as the share asks for; news can stay as it is.
    assert near == pytest.approx({**start, "theta": 0.75})
    far = study.towards(Fragile(), start, 0.2, 0.6)
    assert far["theta"] == pytest.approx(0.4)
    assert far["sigma_z"] < start["sigma_z"]
    assert Fragile().at(far)[study.SHARE] == pytest.approx(0.6)
    with pytest.raises(SolutionError, match="worthless"):
        study.towards(Fragile(), {**start, "sigma_z": 3.0}, 0.2, 0.6)


def test_the_lead_names_what_is_missed_by_share():
    def row(share, quantity, t):
        return {"share": share, "quantity": quantity, "t": t, "matched": True}

    rows = [
        row(0.2, "inflation_annual_standard_deviation", 0.4),
        row(0.5, "inflation_annual_standard_deviation", 3.24),
        row(0.5, "debt_to_gdp_mean", -1.9),
    ]
    text = page.lead(rows)
    assert "20%: nothing" in text
    assert "50%: inflation over four quarters, s.d. (+3.2)." in text


@pytest.mark.slow
def test_a_share_is_reached_or_refused(tmp_path):
    options = {"share": 0.22, "max_steps": 4}
    context = registry.ExperimentContext(options, tmp_path)
    result = registry.find_experiment("frontier").run(context)
    found = {r["quantity"]: r for r in result.records["frontier"]}
    held = found["share_bondholders"]
    assert held["value"] == pytest.approx(0.22, abs=2 * study.NEAR)
    assert not held["matched"]
    assert found["fiscal_news_volatility"]["matched"]
    assert "22%:" in result.notes[0]
