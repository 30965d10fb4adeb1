"""Bills, learning about their funding, and what the record did around them."""

import jax
import numpy as np
import pytest

from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.store import EconomyStore, OverrideError
from fiscax.calibration.parameters.numbers import NumbersError
from fiscax.calibration.record import bills
from fiscax.calibration.record.dated_moves import (
    computed_moves,
    par_duration,
    shipped_moves,
)
from fiscax.calibration.record.moments import shipped_moments
from fiscax.calibration.record.series import SeriesDirectory
from fiscax.experiments import registry
from fiscax.experiments.fiscal_news import days as bill_days
from fiscax.experiments.fiscal_news import learning as funding_news
from fiscax.experiments.fiscal_news import study as fiscal_news
from fiscax.experiments.tables import records
from fiscax.models.markets.learning import score_effect, score_gain
from fiscax.solvers.filters.learning import (
    drifting_coefficient,
)


@pytest.mark.parametrize("name", ["house", "enacted"])
def test_the_path_adds_up_to_what_was_published(name):
    bill = bills.load_bill(name)
    assert bill.cost.sum() == pytest.approx(bill.published["primary_cost"])
    assert bill.interest == pytest.approx(bill.published["interest"], abs=1e-6)
    # Not used in solving for the decay: debt rises as CBO published, to rounding.
    assert bill.rise_of_debt == pytest.approx(bill.published["rise_of_debt"], abs=0.15)


def test_accumulation_is_the_yearly_recursion():
    cost, rate = np.array([10.0, -3.0, 7.0]), np.array([0.03, 0.05, 0.01])
    debt, interest = 0.0, []
    owed = []
    for c, r in zip(cost, rate, strict=True):
        interest.append(r * (debt + c / 2))
        debt += c + interest[-1]
        owed.append(debt)
    found = bills.accumulated(cost, rate)
    np.testing.assert_allclose(found[0], interest, rtol=1e-12)
    np.testing.assert_allclose(found[1], owed, rtol=1e-12)


def test_gdp_is_that_of_the_official_projection():
    # CBO, February 2026, billion dollars.
    found = bills.base_gdp(bills.read_projection("cbo_baseline"))
    assert found[2026] == pytest.approx(31902, abs=1)
    assert found[2034] == pytest.approx(43373, rel=1e-3)


def test_the_recursion_is_conditioning_of_the_joint_normal():
    rng = np.random.default_rng(3)
    size, drift, noise, mean, variance = 6, 0.3, 0.7, 0.43, 0.2
    exposure = rng.normal(size=size)
    exposure[2] = 0.0
    observed = rng.normal(size=size)
    when = np.arange(1, size + 1)
    policy = variance + drift**2 * np.minimum.outer(when, when)
    for t in range(1, size + 1):
        h = np.diag(exposure[:t])
        cross = policy[t - 1, :t] @ h
        joint = h @ policy[:t, :t] @ h + noise**2 * np.eye(t)
        weight = np.linalg.solve(joint, cross)
        expected = mean + weight @ (observed[:t] - mean * exposure[:t])
        left = policy[t - 1, t - 1] - weight @ cross
        found = drifting_coefficient(
            exposure[:t], observed[:t], mean, variance, drift, noise
        )
        assert float(found.mean[-1]) == pytest.approx(expected, rel=1e-11)
        assert float(found.variance[-1]) == pytest.approx(left, rel=1e-11)


@pytest.fixture(scope="module")
def sample():
    given, delay = bills.load_learning()
    return given, funding_news.simulate_news(given, delay, 24, 20_000, 11)


def test_prices_have_no_expected_return_under_investors_beliefs(sample):
    _, found = sample
    for stage in ("at_score", "at_vote", "at_funding"):
        returns = getattr(found, stage)
        error = returns.std(axis=1) / np.sqrt(returns.shape[1])
        quiet = error == 0
        assert np.all(np.abs(returns.mean(axis=1)[~quiet] / error[~quiet]) < 4)
        assert np.all(returns[quiet] == 0)
        # Nor does the return follow from what was known: the estimate before.
        known = found.belief[:-1]
        later = returns[1:]
        slope = np.sum((known - 0.43) * later) / np.sum((known - 0.43) ** 2)
        noise = later.std() / np.sqrt(np.sum((known - 0.43) ** 2))
        assert abs(slope) < 4 * noise


def test_investors_know_how_wrong_they_are(sample):
    _, found = sample
    squared = ((found.belief - found.policy) ** 2).mean(axis=1)
    np.testing.assert_allclose(squared, found.variance.mean(axis=1), rtol=0.05)


def test_simulated_slopes_are_the_declared_effects(sample):
    given, found = sample
    slopes = funding_news.score_slopes(given, found)
    for k, kind in enumerate(("ordinary", "emergency")):
        assert slopes[kind] == pytest.approx(float(score_effect(given, k)), rel=0.02)


def test_backing_of_all_bills_is_the_policys():
    given, _ = bills.load_learning()
    own = bills.bills_backing(given)
    share = given.emergency_share
    mean = share * own["emergency"] + (1 - share) * own["ordinary"]
    assert mean == pytest.approx(given.backing)


def test_without_flags_there_is_no_multiple_and_bad_numbers_are_named():
    given, _ = bills.load_learning()
    cases = {
        r["case"]: r["multiple"] for r in records(fiscal_news.multiple_table(given))
    }
    assert cases["neither"] == pytest.approx(1.0)
    parts = cases["same backing"] * cases["same chance of passage"]
    assert parts == pytest.approx(cases["as declared"])
    with pytest.raises(NumbersError, match=r"learning\.passage = 1\.5"):
        bills.load_learning({"passage": 1.5})
    with pytest.raises(NumbersError, match="pasage"):
        bills.load_learning({"pasage": 0.5})
    with pytest.raises(NumbersError, match="emergency_share"):
        bills.load_learning({"emergency_share": 0.8})


def test_a_size_once_known_stays_known():
    path = bill_days.news_path(bills.passage_days())
    assert path["expected"][-1] == pytest.approx(
        bills.load_bill("enacted").present_value
    )
    assert path["cost"][0] == 2400 and path["cost"][-1] == 3400


def test_shipped_moves_agree_with_the_moment_table():
    table = shipped_moments().set_index("name")["value"]
    us, uk = shipped_moves("US"), shipped_moves("UK")
    ten = us.between("2025-05-20", "2025-05-21")[2]
    assert ten == pytest.approx(table["event_auction_2025_05_21_10y"], abs=1e-6)
    gilts = uk.between("2022-09-22", "2022-09-27")
    for k, tenor in ((0, "2y"), (2, "10y"), (4, "30y")):
        expected = table[f"event_uk_mini_budget_{tenor}"]
        assert gilts[k] == pytest.approx(expected, abs=1e-6)


def test_duration_is_the_slope_of_the_price():
    def price(rate, coupon, years):
        n = np.arange(1, 2 * years + 1)
        discount = (1 + rate / 200) ** -n
        return coupon / 2 * discount.sum() + 100 * discount[-1]

    for years in (2, 10, 30):
        slope = (price(4.371, 4.37, years) - price(4.369, 4.37, years)) / 0.002
        found = par_duration(np.array([4.37]), np.array([years]))[0]
        assert found == pytest.approx(-slope, rel=1e-6)


@pytest.mark.data
def test_shipped_moves_follow_from_raw_data(data_dir):
    rows = computed_moves(SeriesDirectory(data_dir))
    for place in ("US", "UK"):
        moves = shipped_moves(place)
        own = [r for r in rows if r["place"] == place and r["series"] == "10y"]
        np.testing.assert_allclose(moves.yields[:, 2], [r["value"] for r in own])


def test_the_path_is_traceable():
    given, delay = bills.load_learning()
    key = jax.random.PRNGKey(0)
    one = funding_news._path(given, key, 8, delay, 20.0)
    assert one.belief.shape == (8,)
    assert np.all(np.isfinite(np.asarray(one.at_funding)))


# Changes of the core and of the sticky economies, and an option of the study.
CHANGES = {"leverage": 2.0, "passage": 0.5}


@pytest.fixture(scope="module")
def result(cheap_store, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fiscal_news, "DRAWS", 200)
        context = registry.ExperimentContext(CHANGES, tmp_path_factory.mktemp("bill"))
        return registry.find_experiment("fiscal-news").run(context)


def by(result, name, *labels):
    return {tuple(r[k] for k in labels): r for r in result.records[name]}


@pytest.mark.slow
def test_what_is_expected_moves_every_source_in_proportion(result):
    days = by(result, "fiscal_news", "source", "date")
    dates = [day.date for day in bills.passage_days()]
    # Chance times CBO's size, in present value, by hand.
    house, law = (bills.load_bill(n) for n in ("house", "enacted"))
    assert days["safe", dates[-1]]["expected_percent_of_gdp"] == pytest.approx(
        law.present_value
    )
    per_billion = house.present_value / 2400.0
    first = 0.6 * 2400 * per_billion
    assert days["safe", dates[0]]["expected_percent_of_gdp"] == pytest.approx(first)
    for source in ("safe", "risky", "unbacked", "backed", "sticky_risky"):
        own = [days[source, d] for d in dates]
        news = np.array([r["expected_percent_of_gdp"] for r in own]) - first
        moves = np.array([r["yield_10y_basis_points"] for r in own])
        np.testing.assert_allclose(moves * news[-1], moves[-1] * news, atol=1e-12)
    moves = shipped_moves("US").between(dates[0], dates[-1])
    assert days["data", dates[-1]]["yield_10y_basis_points"] == pytest.approx(moves[2])


@pytest.mark.slow
def test_bonds_say_who_pays(result):
    found = by(result, "fiscal_news_elasticities", "economy", "news")
    # Lump-sum taxes that are sure to come move no yield but by convenience.
    for news in ("persistent", "one_time"):
        assert found["safe", news]["certain_law"] == pytest.approx(0.0, abs=1e-8)
    assert abs(found["sticky_safe", "persistent"]["certain_law"]) < 1e-6
    own = [found[k, "persistent"]["certain_law"] for k in ("risky", "unbacked")]
    assert 0 < own[0] < own[1]
    # A score is worth chance and gain of what a law does; that of an emergency, of what
    # a law does that nobody repays: of news in a linear economy, 1 / (1 - theta) times.
    row = found["sticky_risky", "persistent"]
    theta = solve_sticky("sticky_risky", order=1).parameters["theta"]
    assert row["score_ordinary"] == pytest.approx(0.5 * 0.8 * row["certain_law"])
    assert row["score_emergency"] == pytest.approx(
        0.95 * 0.8 * row["certain_law"] / (1 - theta)
    )
    assert found["safe", "persistent"]["score_emergency"] is None


@pytest.mark.slow
def test_changes_reach_sticky_and_core_economies(result):
    economy = solve_sticky("sticky_risky", {"leverage": 2.0}, order=1)
    share = 1 - economy.parameters["theta"]
    names = ("log_price_dividend", "consumption")
    moved = [economy.respond(economy.persistent(s), names) for s in (share, 0.0)]
    ratio, demand = (moved[0][n][0] - moved[1][n][0] for n in names)
    per_flow = 100 * (ratio + 2.0 * demand / economy.rest["consumption"])
    days = by(result, "fiscal_news", "source", "date")
    first, last = (days["sticky_risky", d] for d in ("2025-05-09", "2025-07-03"))
    news = last["expected_percent_of_gdp"] - first["expected_percent_of_gdp"]
    found = (last["equity_percent"] - first["equity_percent"]) / news
    yields = [economy.respond(economy.persistent(s), ("yield_40",)) for s in (share, 0)]
    ten = 40_000 * (yields[0]["yield_40"][0] - yields[1]["yield_40"][0])
    worth = ten * news / last["yield_10y_basis_points"]
    assert found == pytest.approx(per_flow / worth, rel=1e-8)
    for key in ("safe", "risky", "unbacked", "backed", "sticky_safe", "sticky_risky"):
        assert result.parameters[key]["leverage"].value == 2.0
    with pytest.raises(OverrideError, match="contradicts a case"):
        EconomyStore({"theta": 0.8}).core("risky", {"theta": 0.43})


@pytest.mark.slow
def test_verdicts_are_in_the_section(result):
    claims = by(result, "fiscal_news_slide_claims", "key")
    bonds = claims["bill_bonds_fall",]
    # Bonds fall by duration times yields.
    assert bonds["risky"] < 0 and bonds["safe"] > bonds["risky"]
    assert bonds["data_verdict"] == "zero"
    lead = result.notes[0]
    assert lead.startswith("Supported (data cannot tell): that bonds fell")
    # News is stress: stocks fall with bonds where debt is risky.
    assert claims["bill_auction_day_equity",]["risky"] < 0
    assert "that stocks fell with bonds on the day" in lead
    section = registry.find_experiment("fiscal-news").section(result)
    text = "".join(block.html(f"b{k}") for k, block in enumerate(section.blocks))
    assert "NaN" not in text and "nan%" not in text


def test_the_whole_bill_stands_beside_two_months_of_the_record(result):
    found = by(result, "fiscal_news_cumulated", "source")
    days = result.records["fiscal_news"]
    last = days[-1]["date"]
    for r in days:
        if r["date"] == last and r["source"] != "data":
            own = found[(r["source"],)]
            assert own["yield_10y"] == pytest.approx(r["yield_10y_basis_points"])
            assert own["equity"] == pytest.approx(r["equity_percent"])
            # Prices learn the declared part of a score: the same of every number.
            gain = float(score_gain(bills.load_learning()[0]))
            for name in ("yield_10y", "equity"):
                assert own[f"{name}_as_score"] == pytest.approx(gain * own[name])
    record = found[("data",)]
    # The ten-year yield closed at 4.25 on 1 May and at 4.35 on 3 July 2025.
    assert record["yield_10y"] == pytest.approx(10.0)
    assert record["equity"] == pytest.approx(13.0, abs=0.1)
