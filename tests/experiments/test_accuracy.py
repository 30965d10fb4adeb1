"""Errors and certificates of a user's economy on the coarse grid."""

import pytest

from fiscax.calibration.economies.store import EconomyStore
from fiscax.experiments import registry
from fiscax.experiments.accuracy import study as accuracy

CHANGES = {"theta": 0.8}


@pytest.fixture(scope="module")
def risky():
    return EconomyStore(CHANGES).core("risky", grid="coarse")


def run(name, folder):
    context = registry.ExperimentContext(CHANGES, folder)
    return registry.find_experiment(name).run(context)


def test_errors_of_a_users_economy(tmp_path, monkeypatch, risky):
    monkeypatch.setattr(accuracy, "ECONOMIES", ("risky",))
    monkeypatch.setattr(accuracy, "GRID", "coarse")
    monkeypatch.setattr(accuracy, "POINTS", 500)
    result = run("accuracy", tmp_path)
    found = {r["equation"]: r for r in result.records["accuracy"]}
    worst = max(r["mean_log10"] for r in found.values())
    assert f"mean is {worst:.2f}" in result.notes[0]
    assert "on 500 fresh" in result.notes[0]
    assert worst < -2.5
    # A second way to the ledger's residual: three present values beside debt's value.
    names = ["tax_value", "spending_value"]
    entry = found["fisher"]
    assert 0 < entry["valuation_residual"] < 0.05
    assert entry["spectral_radius"] < entry["spectral_radius_with_convenience"] < 1
    assert entry["determinacy"] == "determinate"
    assert names
