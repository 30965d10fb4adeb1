"""The regime table of economies solved on a cheap grid, against identities."""

import pytest

from fiscax.calibration.economies.store import EconomyStore
from fiscax.experiments import registry
from fiscax.experiments.regimes import study

# Spending calm enough for a grid as cheap, and news that frightens nobody: bondholders
# bear what promises do not.
CHANGE = {"leverage": 3.0, "sigma_z": 0.015, "stress_news": 0.0}


@pytest.fixture(scope="module")
def result(cheap_store, tmp_path_factory):
    # On one grid no number has a distance to another: the rules of bounds are tested
    # with the predictions.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "REPORTED", ("safe", "risky"))
        patch.setattr(EconomyStore, "coarse_twin", lambda _, economy: economy)
        context = registry.ExperimentContext(CHANGE, tmp_path_factory.mktemp("regimes"))
        yield registry.find_experiment("regimes").run(context)


@pytest.fixture(scope="module")
def found(result):
    return {
        economy: {
            r["quantity"]: r["value"]
            for r in result.records["regimes"]
            if r["economy"] == economy
        }
        for economy in ("safe", "risky")
    }


@pytest.mark.parametrize("economy", ["safe", "risky"])
def test_shares_add_up_and_the_ledger_closes(found, economy):
    own = found[economy]
    payers = ("share_taxpayers", "share_bondholders", "share_convenience")
    assert sum(own[p] for p in payers) == pytest.approx(1, abs=2e-3)
    assert own["fiscal_share"] + own["monetary_share"] == pytest.approx(1, rel=1e-12)
    # What bondholders bear of news worth 1% of GDP, over debt: about all of one output.
    assert own["revaluation"] == pytest.approx(-own["share_bondholders"], abs=0.02)
    assert abs(own["ledger_beta_residual"]) < 0.02


def test_taxes_back_safe_debt_in_full_and_kept_promises_of_risky_debt(
    cheap_store, found
):
    # Promises by their price, taxes by the ledger, which knows of no promise.
    kept = EconomyStore(CHANGE).core("risky").backed_share
    assert found["safe"]["share_bondholders"] == pytest.approx(0, abs=0.01)
    assert found["risky"]["share_taxpayers"] == pytest.approx(kept, abs=0.01)
    assert abs(found["safe"]["persistent_yield_10y_ex_convenience"]) < 0.3
    assert found["risky"]["persistent_yield_10y_ex_convenience"] > 1.0


def test_the_users_change_reaches_every_economy(result):
    for economy in ("safe", "risky"):
        assert result.parameters[economy]["leverage"].value == CHANGE["leverage"]


def test_what_breach_sets_is_judged_and_not_counted(result):
    marked = {
        (r["economy"], r["quantity"]): r
        for r in result.records["regimes"]
        if r["verdict"] is not None
    }
    share = marked["risky", "share_bondholders"]
    assert (share["claim"], share["verdict"]) == ("high", "contradicted")
    assert share["counted"] is False
    assert "breach" in share["mark"]
    assert marked["risky", "fiscal_share"]["counted"] is True
