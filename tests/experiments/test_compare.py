"""Moments beside the record: the economy shown is the user's, sticky too."""

import pytest

from fiscax.calibration.record.moments import shipped_moments
from fiscax.experiments import registry
from fiscax.experiments.compare import study as compare

MU = 0.004

# Whole studies on solved economies: `make rest` runs them, no fast test does.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """One flexible and one sticky economy with faster growth, in small samples."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compare, "PAIRS", compare.PAIRS[:1])
        patch.setattr(compare, "STICKY_PAIRS", compare.STICKY_PAIRS[1:])
        for name, value in (
            ("GRID", "coarse"),
            ("ORDER", 1),
            ("PERIODS", 120),
            ("PATHS", 40),
        ):
            patch.setattr(compare, name, value)
        folder = tmp_path_factory.mktemp("compare")
        context = registry.ExperimentContext({"mu": MU}, folder)
        yield registry.find_experiment("compare").run(context)


def rows(result, regime):
    return {r["moment"]: r for r in result.records["compare"] if r["regime"] == regime}


@pytest.mark.parametrize("regime", ["safe", "sticky: risky"])
def test_growth_is_what_the_user_set(result, regime):
    table = result.tables["compare"].query("regime == @regime").set_index("moment")
    growth = table.loc["growth_mean"]
    # A quarter's log growth of mu is 400 (exp(mu) - 1) percent a year or 400 mu.
    error = 4 * growth["monte_carlo_error"] + 0.05
    assert growth["model"] == pytest.approx(400 * MU, abs=error)


def test_the_record_is_the_shipped_one_and_t_its_distance(result):
    data = shipped_moments().query("era == '1998-2019'").set_index("name")
    found = rows(result, "safe")
    assert len(found) > 40
    for name, row in found.items():
        assert row["data"] == data.loc[name, "value"]
        assert row["unit"] == data.loc[name, "unit"]
        if row["t"] is not None:
            gap = row["model"] - row["data"]
            assert row["t"] == pytest.approx(gap / row["standard_error"])


def test_what_is_written_has_the_keys_of_old(result):
    assert {tuple(r) for r in result.records["compare"]} == {compare.KEYS}
    assert list(result.tables["compare"])[-2:] == [
        "model_with_disasters",
        "monte_carlo_error",
    ]
    assert set(result.figures) == {
        "compare",
        "compare_yields",
        "compare_sticky",
        "compare_yields_sticky",
    }
    assert "18 quarters or fewer" in result.notes[1]
    assert registry.find_experiment("compare").section(result).short == "Moments"
