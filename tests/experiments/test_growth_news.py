"""News of faster growth: closed forms of values, the ledger, and what is said."""

import numpy as np
import pytest

from fiscax.calibration.economies.growth_news import (
    HORIZON,
    carried,
    growth_news,
    yield_changes,
)
from fiscax.calibration.economies.store import EconomyStore, OverrideError
from fiscax.calibration.economies.strips import output_strips
from fiscax.experiments import registry
from fiscax.experiments.growth_news import study
from fiscax.experiments.growth_news.study import PUBLISHED, faster

POINTS = 0.1


@pytest.fixture(scope="module")
def pairs():
    """Each economy at its own growth and a tenth of a point faster."""
    store = EconomyStore()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "GRID", "coarse")
        return {
            name: (
                store.core(name, grid="coarse", intercepts=False),
                faster(store, name, POINTS),
            )
            for name in study.ECONOMIES
        }


@pytest.mark.slow
def test_no_news_changes_nothing(pairs):
    old, _ = pairs["risky"]
    before, after = carried(old, old)
    np.testing.assert_allclose(after, before, atol=1e-9)
    np.testing.assert_allclose(yield_changes(old, old), 0.0, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", study.ECONOMIES)
def test_output_by_horizon_is_scaled_by_one_less_the_inverse_elasticity(pairs, name):
    """Mean growth enters the kernel as a discount factor (Epstein and Zin 1989)."""
    old, new = pairs[name]
    assert new.parameters["mu"] - old.parameters["mu"] == pytest.approx(POINTS / 400)
    psi = old.parameters["psi"]
    found = growth_news(old, new)
    assert found["pass_through"] == pytest.approx(1 / psi, rel=0.01)
    quarters = [4, 40, HORIZON]
    before, after = carried(old, new)
    ratio = output_strips(new, after, quarters) / output_strips(old, before, quarters)
    exact = (1 - 1 / psi) * POINTS / 400 * np.array(quarters)
    np.testing.assert_allclose(np.log(ratio[0]), exact, rtol=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("name", study.ECONOMIES)
def test_debt_gains_what_the_ledger_gains(pairs, name):
    """Resolvents against the budget: on the coarse grid to a quarter of a percent."""
    assert growth_news(*pairs[name])["ledger_gap"] == pytest.approx(0, abs=0.25)


@pytest.mark.nightly
@pytest.mark.parametrize("name", study.ECONOMIES)
def test_on_the_fine_grid_debt_gains_what_the_ledger_gains(name):
    store = EconomyStore()
    old = store.core(name, grid=study.GRID, intercepts=False)
    found = growth_news(old, faster(store, name, POINTS))
    assert found["ledger_gap"] == pytest.approx(0, abs=0.05)


@pytest.mark.slow
def test_growth_lowers_yields_where_the_price_level_pays(pairs):
    safe, risky = (growth_news(*pairs[n]) for n in ("safe", "risky"))
    assert safe["yield_10y"] > 0 > risky["yield_10y"]
    assert risky["debt_value"] > 0
    assert risky["price_level"] + risky["market"] == pytest.approx(risky["debt_value"])
    # Spending that stays behind gains less than all growth of thirty years would.
    assert 0 < risky["spending_behind"] < 100 * 0.2 * HORIZON**2 / 2 * POINTS / 400


@pytest.mark.slow
def test_the_page_says_the_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "GRID", "coarse")
    found = registry.find_experiment("growth-news").run(
        registry.ExperimentContext({}, tmp_path)
    )
    lead = found.notes[0]
    for row in found.records["growth_news"]:
        value, yields = PUBLISHED[row["points"]]
        assert f"{row['debt_value']:+.1f}%" in lead
        assert f"{row['yield_10y']:+.0f} bp" in lead
        assert f"{value:+.1f}% and {yields:+.0f} bp" in lead
        own = (row["taxes"], row["promises"], row["spending"], row["rest"])
        change = 100 * np.expm1(row["debt_value"] / 100)
        assert sum(own) == pytest.approx(change, rel=1e-6)


@pytest.mark.slow
def test_mean_growth_is_the_studys_to_change(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "GRID", "coarse")
    context = registry.ExperimentContext({"mu": 0.004}, tmp_path)
    with pytest.raises(OverrideError, match="mu"):
        registry.find_experiment("growth-news").run(context)
