"""Forecast errors, balances fed to an economy, and the outlook built on them."""

import json

import numpy as np
import pytest

from fiscax.calibration.economies.budget_paths import feed, opening_states
from fiscax.calibration.economies.outlook import economy_outlook, exogenous_debt
from fiscax.calibration.record import forecast_errors
from fiscax.calibration.record.forecast_errors import FiscalNews, fiscal_news
from fiscax.calibration.record.projections import Projection, read_projection
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.outlook import study as experiment
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.projection.wider import lies_outside, on_wider_domain

QUARTERS, PATHS = 32, 3


@pytest.fixture(scope="module")
def baseline():
    """The first eight years of CBO's baseline."""
    whole = read_projection("cbo_baseline")
    flows = whole.flows._replace(**{k: v[:8] for k, v in whole.flows._asdict().items()})
    return Projection(
        whole.name, whole.source, whole.years[:8], whole.opening_debt, flows
    )


@pytest.fixture(scope="module")
def fed(risky, baseline):
    """Start, balances and quarters of three paths in the risky economy."""
    start = opening_states(risky, 0, risky.resting_point(0), 3.9)
    flows = baseline.flows
    given = np.repeat(flows.primary_balance - flows.other_means, 4)[:, None]
    balances = given + 0.01 * np.array([0.0, 1.0, -1.0])
    found = feed(risky, np.tile(start, (PATHS, 1)), np.zeros(PATHS, int), balances)
    return start, balances, found


def test_opening_debt_is_as_given(risky):
    states = opening_states(risky, 0, risky.resting_point(0), 4.2)
    debt = risky.observe(["end_of_period_debt"], states)[0, 0]
    assert debt == pytest.approx(4.2, rel=1e-10)


def test_the_balances_are_those_given(risky, fed):
    _, balances, found = fed
    own = found.named("surplus") - found.transfer
    assert own == pytest.approx(balances, abs=1e-12)
    # The budget, from what is observed alone: debt of this quarter from the last one's.
    debt, kept = found.named("end_of_period_debt"), found.kept
    assert debt == pytest.approx(kept - balances, rel=1e-12)
    omega = float(risky.parameters["omega"])
    price = np.exp(found.named("log_bond_price"))
    level = np.exp(-found.growth - found.named("inflation"))
    face = debt / price
    again = (1 + omega * price[1:]) * face[:-1] * level[1:]
    assert kept[1:] == pytest.approx(again, rel=1e-10)


def test_own_balances_need_no_transfers(risky, fed):
    start, balances, _ = fed
    still, which = np.tile(start, (PATHS, 1)), np.zeros(PATHS, int)
    idle = feed(risky, still, which, balances, active=False)
    assert np.all(idle.transfer == 0)
    again = feed(risky, still, which, idle.named("surplus"))
    assert again.transfer == pytest.approx(np.zeros_like(balances), abs=1e-12)
    assert again.states == pytest.approx(idle.states, abs=1e-10)
    # Second method: the solution's own step without shocks, date by date.
    names, states = ["end_of_period_debt", "inflation"], start[None, :]
    for quarter in range(QUARTERS):
        states = risky.shocked(states, {})
        own = [idle.named(n)[quarter, 0] for n in names]
        assert risky.observe(names, states)[0] == pytest.approx(own, rel=1e-8)


def test_larger_deficits_raise_debt_and_inflation_in_the_risky_economy(fed):
    _, _, found = fed
    debt, inflation = found.named("end_of_period_debt"), found.named("inflation")
    assert debt[-1, 2] > debt[-1, 0] > debt[-1, 1]
    assert inflation[-1, 2] > inflation[-1, 0] > inflation[-1, 1]
    # What is unbacked is lost to holders of old debt on impact, but for convenience,
    # which falls as debt rises.
    lost = found.kept[0] - found.kept[0, 1]
    handed = found.transfer[0] - found.transfer[0, 1]
    assert lost[2] == pytest.approx(-(1 - 0.91) * handed[2], rel=0.25)


def test_balances_without_a_transfer_are_refused(risky, fed):
    start, balances, _ = fed
    huge = np.full_like(balances, 6.0)
    with pytest.raises(SolutionError, match="quarter 1, 3 of 3 paths: no transfer"):
        feed(risky, np.tile(start, (PATHS, 1)), np.zeros(PATHS, int), huge)


def test_a_wider_domain_covers_the_path_and_keeps_the_solution(risky, fed):
    start, balances, found = fed
    states = found.states.reshape(-1, found.states.shape[-1])
    assert lies_outside(risky, states).any()
    wide = on_wider_domain(risky, states)
    assert not lies_outside(wide, states).any()
    names = ["inflation", "log_bond_price", "end_of_period_debt"]
    rest = risky.resting_point(0)
    near, far = risky.observe(names, rest)[0], wide.observe(names, rest)[0]
    # Quarterly inflation within the coarse grid's own error.
    assert near == pytest.approx(far, rel=2e-3, abs=6e-4)
    again = feed(
        wide, np.tile(start, (PATHS, 1)), np.zeros(PATHS, int), balances
    ).named("end_of_period_debt")
    assert again == pytest.approx(found.named("end_of_period_debt"), rel=0.01)


@pytest.mark.slow
def test_outlook_in_the_risky_economy(risky_economy, baseline):
    news = FiscalNews(0.5, 1.0, 2.0).draw(8, 4, 0)
    found = economy_outlook(risky_economy, baseline, news)
    assert found.domain_ends is None
    assert found.euler_error[0] < -3.0
    assert all(np.all(np.isfinite(v)) for v in found.paths.values())
    debt, interest = found.paths["debt"], found.paths["interest"]
    assert debt.shape == (8, 5)
    # Opening debt is CBO's; a year of deficits later it is a few points higher.
    assert 99.4 < debt[0, 0] < 106
    # Interest is the rate on the stock times last year's debt over growth, roughly.
    rate, before = found.paths["rate"][1:, 0] / 100, debt[:-1, 0]
    growth = (found.paths["growth"] + found.paths["inflation"])[1:, 0] / 100
    assert interest[1:, 0] == pytest.approx(rate * before / (1 + growth), rel=0.05)
    # Promises broken in part: the rise of the yield has the sign of the transfers.
    assert found.paths["yield_10y"][-1, 0] > found.without["yield_10y"][-1]
    assert np.all(found.hazard == 0) and not found.left.any()
    # A constant share of output worth the debt: about the debt over the value of GDP.
    assert np.all((found.adjustment > 2) & (found.adjustment < 5))
    # Inflation that nobody expected takes debt below the baseline's own path.
    own = 100 * baseline.debt
    assert np.all(found.anchored < own) and np.all(found.anchored > own - 10)


def test_exogenous_debt_is_the_projection_and_linear_in_news(baseline):
    news = 0.01 * np.array([[1.0, -1.0], *[[0.0, 0.0]] * 7])
    found = exogenous_debt(baseline, news)
    assert found[:, 0] == pytest.approx(100 * baseline.debt, rel=1e-12)
    growing = (1 + baseline.flows.rate) / (1 + baseline.flows.growth)
    effect = -np.cumprod([1.0, *growing[1:]])
    assert found[:, 1] - found[:, 0] == pytest.approx(effect, rel=1e-9)
    assert found[:, 2] - found[:, 0] == pytest.approx(-effect, rel=1e-9)


def test_news_has_the_moments_of_the_record():
    news = fiscal_news()
    drawn = 100 * news.draw(10, 40_000, 3)
    moments = forecast_errors.shipped_errors()
    deviations = drawn.std(axis=1)
    assert deviations[0] == pytest.approx(moments["standard_deviation"][0], rel=0.02)
    assert deviations[-1] == pytest.approx(news.lasting, rel=0.02)
    assert np.all(np.abs(drawn.mean(axis=1)) < 1e-12)
    owed = np.cumsum(drawn, axis=0).std(axis=1)
    assert owed == pytest.approx(news.debt_deviation(10), rel=0.02)
    # Debt errors are not used: the five-year one comes out within a tenth of it.
    assert owed[4] == pytest.approx(moments["debt_standard_deviation"][4], rel=0.1)
    with pytest.raises(FiscaxError, match="pairs"):
        news.draw(10, 3, 0)


@pytest.mark.data
def test_shipped_errors_are_those_of_the_record(data_dir, tmp_path):
    again = forecast_errors.error_moments(data_dir)
    shipped = forecast_errors.shipped_errors()
    for name in forecast_errors.COLUMNS:
        assert shipped[name] == pytest.approx(again[name].to_numpy(), abs=1e-4)
    with pytest.raises(FiscaxError, match="cbo_baseline_vintages"):
        forecast_errors.error_moments(tmp_path)


def test_the_experiment_and_its_section(tmp_path, monkeypatch, risky_economy, baseline):
    from fiscax.experiments.outlook.page import section

    monkeypatch.setattr(experiment, "FUNDING", {"risky": experiment.FUNDING["risky"]})
    monkeypatch.setattr(experiment, "outlook_economy", lambda *_: risky_economy)
    monkeypatch.setattr(experiment, "read_projection", lambda _: baseline)
    context = registry.ExperimentContext({"paths": 4}, tmp_path)
    result = registry.find_experiment("outlook").run(context)
    records = result.records["outlook"]
    assert {r["funding"] for r in records} == {"exogenous", "risky"}
    assert len(records) == 16
    json.dumps(result.records, allow_nan=False)
    assert result.quantities["risky_debt_2033"][0] > 100
    text = "".join(b.html(f"b{k}") for k, b in enumerate(section(result).blocks))
    assert "<svg" in text and "Net interest" in text
    with pytest.raises(FiscaxError, match="even number"):
        experiment.given_projection(registry.ExperimentContext({"paths": 3}, tmp_path))
