"""Errors and certificates of a user's economy on the coarse grid."""

import numpy as np
import pytest

from fiscax.calibration.economies.core import COARSE
from fiscax.calibration.economies.store import EconomyStore
from fiscax.experiments import registry
from fiscax.experiments.accuracy import study as accuracy
from fiscax.experiments.certificates import study as certificates
from fiscax.experiments.certificates.study import CURVES
from fiscax.experiments.orders import study as orders

CHANGES = {"theta": 0.8}
MATURITIES = (1, 8, 40)

# Whole studies on solved economies: `make rest` runs them, no fast test does.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def risky():
    return EconomyStore(CHANGES).core("risky", grid="coarse")


def run(name, folder):
    context = registry.ExperimentContext(CHANGES, folder)
    entry = registry.find_experiment(name)
    result = entry.run(context)
    assert entry.section(result).blocks
    return result


def test_errors_are_those_of_the_users_economy(tmp_path, monkeypatch, risky):
    monkeypatch.setattr(accuracy, "ECONOMIES", ("risky",))
    monkeypatch.setattr(accuracy, "GRID", "coarse")
    monkeypatch.setattr(accuracy, "POINTS", 500)
    result = run("accuracy", tmp_path)
    rows = result.records["accuracy"]
    # What a unit of output is worth for ever is the sum of a geometric series.
    growth = 1 / (1 - rows[0]["spectral_radius"])
    output = risky.solution.observe(["output_value"], risky.rest())[0, 0]
    assert growth == pytest.approx(output, rel=0.02)
    worst = max(r["mean_log10"] for r in rows)
    # The closed-form aggregator is exact but for the coarse grid of its own block.
    assert min(r["mean_log10"] for r in rows) < -8 < worst < -3
    assert f"mean is {worst:.2f}" in result.notes[0]
    assert "on 500 fresh" in result.notes[0]
    for row in rows:
        assert row["mean_log10"] <= row["p99_log10"] <= row["p99_9_log10"]


def test_certificates_are_those_of_the_users_economy(tmp_path, monkeypatch, risky):
    monkeypatch.setattr(certificates, "ECONOMIES", ("risky",))
    monkeypatch.setattr(certificates, "GRID", "coarse")
    monkeypatch.setattr(certificates, "LEVELS", (COARSE,))
    monkeypatch.setattr(certificates, "STATES", 50)
    monkeypatch.setattr(certificates, "LEVEL_POINTS", 300)
    monkeypatch.setattr(certificates, "MATURITIES", MATURITIES)
    # Betas take long samples: `make slow` has them.
    monkeypatch.setattr(certificates, "beta_certificates", lambda *_: [])
    result = run("certificates", tmp_path)
    found = {r["object"]: r for r in result.records["certificates"]}
    assert len(found) == len(result.records["certificates"])
    assert len([r for r in found.values() if r["kind"] == "rate"]) == len(CURVES) * len(
        MATURITIES
    )
    # The value of output in years is a policy of the economy too.
    output = risky.solution.observe(["output_value"], risky.rest())[0, 0] / 4
    assert abs(found["output"]["value"] - output) <= found["output"]["bound"] + 1e-6
    ten = risky.curves(["yield_40"], risky.rest())[0, 0]
    assert found["yield_10y"]["value"] == pytest.approx(40_000 * ten, rel=1e-9)
    (level,) = result.tables["levels"].to_dict("records")
    assert level["levels"] == " ".join(map(str, COARSE))
    assert np.isfinite(level["worst mean (log10)"])


def test_orders_are_those_of_the_users_economy(tmp_path, monkeypatch, risky):
    monkeypatch.setattr(orders, "GRID", "coarse")
    monkeypatch.setattr(orders, "SWEEP", ())
    result = run("orders", tmp_path)
    rows = {r["quantity"]: r for r in result.records["orders"]}
    # Premia are of the second order, and so is what is globally there.
    premium = rows["rest_term_premium_10y"]
    assert premium["order_1"] == pytest.approx(0.0, abs=1e-8)
    assert 0 < premium["order_2"] < premium["global"]
    rest = risky.at_rest(("yield_40",))["yield_40"]
    assert rows["rest_yield_10y"]["global"] == pytest.approx(40_000 * rest)
