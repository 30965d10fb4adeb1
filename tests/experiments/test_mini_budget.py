"""Default on a chain, gilts by day and the Bank's purchases."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.store import EconomyStore, OverrideError
from fiscax.calibration.parameters.numbers import NumbersError
from fiscax.calibration.record.dated_moves import TENORS, Moves, shipped_moves
from fiscax.experiments import registry
from fiscax.experiments.mini_budget import days as gilt_days
from fiscax.experiments.mini_budget import model as mini_budget
from fiscax.experiments.mini_budget import study
from fiscax.models.markets.capacity_wedge import wedge_profile
from fiscax.models.markets.default import DefaultModel, hazard, priced_hazard
from fiscax.solvers.pricing.chains import (
    autoregression_chain,
    default_compensation,
    defaultable_claims,
    swap_premium,
)


@pytest.mark.parametrize("chance", [0.001, 0.02])
@pytest.mark.parametrize("recovery", [0.0, 0.4])
def test_a_constant_hazard_has_the_closed_form(chance, recovery):
    chain = autoregression_chain(0.9, 0.3, 31)
    rates = jnp.full(31, chance)
    claims = defaultable_claims(chain.chances, 0.99, rates, recovery, 40)
    # Premium per period: loss given default times hazard, at every tenor.
    premium = np.asarray(swap_premium(claims))
    np.testing.assert_allclose(premium, (1 - recovery) * chance, rtol=1e-12)
    n = np.arange(1, 41)
    worth = recovery + (1 - recovery) * (1 - chance) ** n
    expected = np.broadcast_to((-np.log(worth) / n)[:, None], (40, 31))
    found = default_compensation(claims)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    alive = np.asarray(claims.survival)
    np.testing.assert_allclose(alive[-1], (1 - chance) ** 40, rtol=1e-12)


def test_claims_are_sums_over_every_path():
    rng = np.random.default_rng(1)
    chances = rng.random((3, 3))
    chances /= chances.sum(axis=1, keepdims=True)
    rates, discount = np.array([0.02, 0.1, 0.3]), np.array([0.98, 0.97, 0.95])
    recovery, periods = 0.35, 5
    claims = defaultable_claims(
        jnp.array(chances), jnp.array(discount), jnp.array(rates), recovery, periods
    )
    for start in range(3):
        protection = premium = risky = riskless = 0.0
        for path in itertools.product(range(3), repeat=periods):
            nodes = (start, *path)
            steps = list(itertools.pairwise(nodes))
            weight = np.prod([chances[a, b] for a, b in steps])
            present = np.cumprod([discount[a] for a, _ in steps])
            alive = np.cumprod([1.0] + [1 - rates[b] for b in path])
            struck = alive[:-1] * rates[list(path)]
            protection += weight * (1 - recovery) * np.sum(present * struck)
            premium += weight * np.sum(present * alive[:-1])
            riskless += weight * present[-1]
            worth = alive[-1] + recovery * struck.sum()
            risky += weight * present[-1] * worth
        assert float(claims.protection[-1, start]) == pytest.approx(protection)
        assert float(claims.premium[-1, start]) == pytest.approx(premium)
        assert float(claims.riskless[-1, start]) == pytest.approx(riskless)
        assert float(claims.risky[-1, start]) == pytest.approx(risky)


def test_the_premium_is_that_of_simulated_histories():
    # Monte Carlo of the declared process itself, no chain: required taxes are normal.
    given = mini_budget.load_gilts()
    solved = mini_budget.solve_default(given, spread=3.0)
    model = solved.model
    rng = np.random.default_rng(2)
    draws, periods, start = 200_000, 20, given.flow
    q = np.full(draws, start)
    alive, paid, struck, present = np.ones(draws), 0.0, 0.0, 1.0
    for _ in range(periods):
        shock = rng.standard_normal(draws // 2)
        shock = np.concatenate([shock, -shock])
        q = model.persistence * q + model.volatility * shock
        rate = np.asarray(priced_hazard(model, jnp.array(q)))
        present *= np.exp(-model.riskless)
        paid = paid + present * alive
        struck = struck + present * alive * rate * (1 - model.recovery)
        alive = alive * (1 - rate)
    expected = 40_000 * struck.mean() / paid.mean()
    error = 40_000 * struck.std() / paid.mean() / np.sqrt(draws)
    found = solved.premia(start, (5,))[0]
    assert abs(found - expected) < 4 * error + 0.002 * expected


def test_the_chain_has_the_moments_of_the_autoregression():
    chain = autoregression_chain(0.97, 0.4)
    nodes, chances = (np.asarray(v) for v in chain)
    np.testing.assert_allclose(chances.sum(axis=1), 1.0, atol=1e-12)
    inner = np.abs(nodes) < 3 * 0.4 / np.sqrt(1 - 0.97**2)
    mean = chances @ nodes
    spread = np.sqrt(chances @ nodes**2 - mean**2)
    np.testing.assert_allclose(mean[inner], 0.97 * nodes[inner], atol=1e-3)
    # Cells of width w around nodes add w^2 / 12 to the variance.
    width = nodes[1] - nodes[0]
    expected = np.sqrt(0.4**2 + width**2 / 12)
    np.testing.assert_allclose(spread[inner], expected, rtol=1e-3)


def test_default_in_prices_weighs_more():
    model = DefaultModel(0.97, 0.4, 6.0, 2.0, 0.4, 2.0, 0.0075)
    q = jnp.linspace(-3, 5, 9)
    true, priced = hazard(model, q), priced_hazard(model, q)
    odds = (priced / (1 - priced)) / (true / (1 - true))
    np.testing.assert_allclose(odds, 2.0, rtol=1e-10)
    np.testing.assert_allclose(
        priced_hazard(model._replace(default_price=1.0), q), true, rtol=1e-12
    )


def test_premia_are_matched_and_finer_chains_agree():
    given = mini_budget.load_gilts()
    solved = mini_budget.solve_default(given)
    assert solved.premia(0.0, (5,))[0] == pytest.approx(27.0, abs=1e-4)
    assert solved.premia(given.flow, (5,))[0] == pytest.approx(55.0, abs=1e-4)
    model = solved.model
    fine = autoregression_chain(model.persistence, model.volatility, 801)
    rates = priced_hazard(model, fine.nodes)
    claims = defaultable_claims(
        fine.chances, np.exp(-model.riskless), rates, model.recovery, 40
    )
    middle = 40_000 * np.asarray(swap_premium(claims))[[3, 7, 19, 39], 400]
    np.testing.assert_allclose(solved.premia(0.0), middle, rtol=0.01)


def test_the_wedge_formula_is_its_integral():
    years, reversion = np.array([2.0, 10.0, 20.0, 30.0]), 0.15

    def mean_loading(tenor):
        u = np.linspace(0.0, tenor, 200_001)
        return np.trapezoid((1 - np.exp(-reversion * u)) / reversion, u) / tenor

    rises = np.array([mean_loading(t) for t in years])
    found = np.asarray(wedge_profile(years, reversion))
    np.testing.assert_allclose(found, rises / rises[-1], rtol=1e-8)
    # Vayanos and Vila's loadings at .15, rises at 2, 10 and 30 years of an example.
    np.testing.assert_allclose(found[[0, 1]], [4.06 / 23.28, 14.38 / 23.28], atol=5e-4)


def made_up(news, wedge, per_point, reversion):
    moves = shipped_moves("UK")
    shapes = np.stack([per_point, wedge_profile(jnp.array(TENORS), reversion)], axis=1)
    curve = np.stack([news, wedge], axis=1) @ shapes.T
    steps = np.diff(np.concatenate([np.zeros((1, len(TENORS))), curve]), axis=0)
    return Moves(moves.dates, steps, np.ones_like(steps))


def test_a_curve_made_of_both_shapes_is_taken_apart_exactly():
    given = mini_budget.load_gilts()
    days = len(shipped_moves("UK").dates) - 1
    rng = np.random.default_rng(4)
    news, wedge = rng.normal(size=days), 50 * rng.normal(size=days)
    per_point = np.array([40.0, 36.0, 28.0, 18.0, 13.0])
    moves = made_up(news, wedge, per_point, given.wedge["reversion"])
    found = gilt_days.decompose(moves, per_point, given)
    np.testing.assert_allclose(found.news, news, atol=1e-10)
    np.testing.assert_allclose(found.wedge, wedge, atol=1e-8)
    share = gilt_days.explained(moves, found.loadings, "2022-10-17")
    assert share == pytest.approx(1.0)


def test_the_gain_on_a_wedge_that_goes_is_price_times_amount():
    given = mini_budget.load_gilts()
    dates = shipped_moves("UK").dates[1:]
    wedge = np.array([0.0 if d in gilt_days.SOLD else 80.0 for d in dates])
    per_point = np.array([40.0, 36.0, 28.0, 18.0, 13.0])
    reversion = given.wedge["reversion"]
    moves = made_up(np.zeros(len(dates)), wedge, per_point, reversion)
    parts = gilt_days.decompose(moves, per_point, given)
    found = gilt_days.backstop(moves, parts, given)
    long = float(np.mean(wedge_profile(np.array([20.0, 30.0]), reversion)))
    own = given.backstop
    expected = own["bought"] * np.expm1(own["duration"] * 80 * long / 10_000)
    assert found.total == pytest.approx(expected)
    assert found.wedge == pytest.approx(expected)
    assert found.plumbing == pytest.approx(expected)
    assert found.news == pytest.approx(0.0, abs=1e-9)
    # At yields of the eve purchases earn nothing, if those are news that stays.
    assert found.support == pytest.approx(0.0, abs=1e-9)


def test_parts_of_the_gain_add_up():
    given = mini_budget.load_gilts()
    moves = shipped_moves("UK")
    per_point = np.array([40.0, 36.0, 28.0, 18.0, 13.0])
    parts = gilt_days.decompose(moves, per_point, given)
    found = gilt_days.backstop(moves, parts, given)
    split = found.wedge + found.news + found.left
    assert split == pytest.approx(found.total, rel=1e-12)


def test_without_unfunded_spending_gilts_do_not_react():
    given = mini_budget.load_gilts()
    economy = mini_budget.british_economy(EconomyStore(), given)
    none = mini_budget.fiscal_curve(economy, 0.0)
    np.testing.assert_allclose(none, 0.0, atol=1e-10)
    one, two = (mini_budget.fiscal_curve(economy, s) for s in (0.1, 0.2))
    np.testing.assert_allclose(two, 2 * one, rtol=1e-8)


def run(out, **overrides):
    context = registry.ExperimentContext(overrides, out)
    return registry.find_experiment("mini-budget").run(context)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run(tmp_path_factory.mktemp("mini_budget"))


def ladder(result):
    return {r["step"]: r["value"] for r in result.records["mini_budget_ladder"]}


def test_steps_of_the_ladder_are_those_of_each_economy(result):
    steps = ladder(result)
    us = solve_sticky("sticky_risky", order=1)
    # At first order a response is proportional to what is unfunded of the news.
    times = (1 - 0.79) / (1 - us.parameters["theta"])
    assert steps[study.BACKING] == pytest.approx(times * steps[study.AMERICAN])
    name = ("yield_40", "convenience_40")
    moved = [us.respond(us.persistent(s), name) for s in (0.07, 0.0)]
    ten = 40_000 * sum(moved[0][n][0] - moved[1][n][0] for n in name)
    assert steps[study.AMERICAN] == pytest.approx(ten)
    given = mini_budget.load_gilts()
    changes = {"omega": 1 - 1 / (4 * 14.0), "debt_target": 1.0}
    british = solve_sticky("sticky_risky", changes, order=1)
    fiscal = mini_budget.fiscal_curve(british, 1 - 0.79)[study.TEN]
    solved = mini_budget.solve_default(given)
    rise = solved.compensation(1.8) - solved.compensation(0.0)
    assert steps[study.BRITISH] == pytest.approx(fiscal + rise[study.TEN] / 1.8)


def test_parts_of_a_close_add_up_to_its_move(result):
    for r in result.records["mini_budget_days"]:
        parts = ("news", "wedge", "left")
        whole = sum(r[f"{part}_basis_points"] for part in parts)
        assert whole == pytest.approx(r["move_basis_points"], abs=1e-9)
    moves = shipped_moves("UK").between("2022-09-22", study.EVE)
    eve = [r for r in result.records["mini_budget_days"] if r["date"] == study.EVE]
    assert [r["move_basis_points"] for r in eve] == pytest.approx(list(moves))
    gains = {r["row"]: r["value"] for r in result.records["mini_budget_backstop"]}
    parts = [gains[study.GAINS[part]] for part in ("wedge", "news", "left")]
    assert sum(parts) == pytest.approx(gains[study.GAINS["total"]])
    # Bank of England (2023): bought for 19.3, sold for 22.8 billion pounds.
    assert gains[study.GAINS["record"]] == pytest.approx(3.5)
    # Per 100 bought, as purchases are booked elsewhere.
    for r in result.records["mini_budget_backstop"]:
        assert r["per_100"] == pytest.approx(100 * r["value"] / 19.3)


def test_premia_of_the_study_are_those_matched(result):
    found = {
        (r["case"], r["tenor_years"]): r for r in result.records["mini_budget_premia"]
    }
    matched = found[study.MATCHED, 5]
    assert matched["before"] == pytest.approx(27.0, abs=1e-4)
    assert matched["after"] == pytest.approx(55.0, abs=1e-4)
    claims = {r["key"]: r for r in result.records["mini_budget_slide_claims"]}
    assert claims["premium_rises"]["risky"] == pytest.approx(28.0, abs=1e-3)
    assert not claims["premium_rises"]["risky_counted"]
    assert claims["gilts_react_more"]["safe"] == pytest.approx(0.0, abs=1e-6)
    assert claims["gilts_react_more"]["data_bound"] > 0


def test_changes_reach_the_economies_and_options_the_budget(tmp_path):
    changed = run(tmp_path, price_stickiness=0.7, theta=0.9)
    us = solve_sticky("sticky_risky", {"price_stickiness": 0.7}, order=1)
    own = mini_budget.fiscal_curve(us, 1 - us.parameters["theta"])[study.TEN]
    steps = ladder(changed)
    assert steps[study.AMERICAN] == pytest.approx(own)
    # The option is British backing: the US economy keeps its own.
    times = (1 - 0.9) / (1 - us.parameters["theta"])
    assert steps[study.BACKING] == pytest.approx(times * own)
    with pytest.raises(OverrideError, match="rho_z"):
        run(tmp_path, rho_z=0.9)
    with pytest.raises(OverrideError, match=r"'flwo'.*flow"):
        run(tmp_path, flwo=1)


def test_the_section_shows_every_table(result):
    section = registry.find_experiment("mini-budget").section(result)
    text = "".join(block.html(f"b{k}") for k, block in enumerate(section.blocks))
    assert "NaN" not in text and "nan%" not in text
    for caption in ("from the US to Britain", "Premia of default swaps by tenor"):
        assert caption in text


def test_mistakes_are_named():
    with pytest.raises(NumbersError, match="flwo"):
        mini_budget.load_gilts({"flwo": 1})
    with pytest.raises(NumbersError, match=r"economy\.theta = 1\.2"):
        mini_budget.load_gilts({"theta": 1.2})
    with pytest.raises(NumbersError, match="premium"):
        mini_budget.solve_default(mini_budget.load_gilts({"premium_before": 900}))
    solved = mini_budget.solve_default(mini_budget.load_gilts(), spread=3.0)
    with pytest.raises(NumbersError, match="nodes"):
        solved.premia(50.0)
