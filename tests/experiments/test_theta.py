"""The backing share: shares add up, its ends are what theory says."""

import pytest

from fiscax.calibration.economies.store import OverrideError
from fiscax.experiments import registry
from fiscax.experiments.theta import study as theta


def run(tmp_path, **overrides):
    context = registry.ExperimentContext(overrides, tmp_path)
    return registry.find_experiment("theta").run(context)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(theta, "SHARES", (0.75, 1.0))
        yield run(tmp_path_factory.mktemp("theta"))


@pytest.mark.slow
def test_taxpayers_bear_what_taxes_back(result):
    for row in result.records["theta"]:
        # The backed part of the news is repaid, the rest is nobody's: no other source.
        assert row["taxpayers"] == pytest.approx(row["theta"], abs=0.01)
        assert row["bondholders"] == pytest.approx(1 - row["theta"], abs=0.01)


@pytest.mark.slow
def test_revaluation_is_what_bondholders_bear_over_debt(result):
    for row in result.records["theta"]:
        # News worth one percent of annual GDP, debt worth one year's: a loss of one
        # percent where bondholders bear all of it.
        assert row["revaluation"] == pytest.approx(-row["bondholders"], abs=0.02)


@pytest.mark.slow
def test_full_backing_is_safe_debt_and_the_text_says_so(result):
    half, full = result.records["theta"]
    assert abs(full["yield_3m"]) < 1 < half["yield_3m"]
    assert "rows are those of safe debt" in result.notes[0]
    section = registry.find_experiment("theta").section(result)
    assert section.title.startswith("Are safe and risky debt")


@pytest.mark.slow
def test_a_user_changes_presets_and_the_share_and_no_case(tmp_path):
    result = run(tmp_path, theta=0.75, zeta=0.04)
    (row,) = result.records["theta"]
    assert row["taxpayers"] == pytest.approx(0.75, abs=0.01)
    assert "zeta = 0.04" in result.notes[0]
    assert "for a backing share of 0.75" in result.notes[0]
    assert "safe debt although" not in result.notes[0]
    with pytest.raises(OverrideError, match="breach"):
        run(tmp_path, breach=0.3)
