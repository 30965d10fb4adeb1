"""Policy makers in closed loop and the experiment ``two-minds``."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm
from shared_economies import KEPT

from fiscax.calibration.economies.dysfunction import shipped_wedge
from fiscax.calibration.economies.linear import OBSERVED, TEN, LinearEconomy, linear
from fiscax.calibration.economies.samples import Size
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.store import OverrideError
from fiscax.calibration.parameters.policy import policy_parameters
from fiscax.experiments import registry
from fiscax.experiments.tables import table
from fiscax.experiments.two_minds import figure
from fiscax.experiments.two_minds import laboratory as rows
from fiscax.experiments.two_minds import study as two_minds
from fiscax.experiments.two_minds.closed_loop import policies
from fiscax.solvers.filters.attribution import update

GIVEN = policy_parameters({"sequences": 200, "years": 5})


@pytest.fixture(scope="module")
def local():
    return {n: solve_sticky(f"sticky_{n}", {"chi": 0.0}, 1) for n in ("safe", "risky")}


@pytest.fixture(scope="module")
def economies(local) -> dict[str, LinearEconomy]:
    return {n: linear(e, GIVEN) for n, e in local.items()}


@pytest.fixture(scope="module")
def lab(economies):
    return rows.Laboratory(economies, "fundamentals", GIVEN, 0)


@pytest.mark.parametrize("name", ["safe", "risky"])
@pytest.mark.slow
def test_linear_economy_responds_as_the_solution_does(local, economies, name):
    economy, model = local[name], economies[name].model
    names = ("yield_40", "inflation", "stress")
    places = [OBSERVED.index(n) for n in names]
    units = np.array([40_000.0, 40_000.0, 100.0])
    for k, shock in enumerate(economy.solution.shocks):
        found = economy.respond({shock: 1.0}, names, horizon=4)
        state = model.impact[:, k]
        seen = [model.direct[:, k]]
        for _ in range(3):
            seen.append(model.loading @ state)
            state = model.transition @ state
        expected = units * np.array([found[n] for n in names]).T
        np.testing.assert_allclose(
            np.array(seen)[:, places], expected, rtol=1e-6, atol=1e-6
        )


def test_dysfunction_is_the_wedge_of_the_plumbing_model(economies):
    model, wedge = economies["risky"].model, shipped_wedge()
    np.testing.assert_allclose(
        model.direct[:5, -1], GIVEN["capacity_deviation"] * wedge.shape
    )
    # Break-even rates and inflation do not show it.
    np.testing.assert_allclose(model.direct[5:, -1], 0.0)
    assert wedge.shape[TEN] == 1.0


@pytest.mark.parametrize("policy", ["safe", "risky", "learning"])
def test_books_of_the_central_bank_add_up(lab, policy):
    path = lab.path("risky", rows.ALL, policies(GIVEN)[policy])
    stock, bought = np.asarray(path.stock), np.asarray(path.bought)
    wedge = shipped_wedge()
    ages = np.arange(stock.shape[1])
    kept = np.tril((1 - wedge.run_off) ** np.maximum(ages[:, None] - ages, 0))
    np.testing.assert_allclose(stock, bought @ kept.T, atol=1e-10)
    assert np.all(bought >= 0)
    np.testing.assert_allclose(
        path.wedge, path.capacity - wedge.price_impact * path.stock, atol=1e-9
    )
    np.testing.assert_allclose(path.overpaid, -path.bought * path.wedge / 1e3)
    # Interest saved: each quarter's issues keep their rate while they are outstanding.
    held = wedge.at_five_years * wedge.price_impact * path.stock
    held = held - wedge.shape[2] * path.capacity
    share = GIVEN["refinanced"]
    outstanding = np.tril((1 - share) ** np.maximum(ages[:, None] - ages, 0))
    expected = share * np.asarray(held) @ outstanding.T * GIVEN["debt"] / 4e4
    np.testing.assert_allclose(path.saved, expected, atol=1e-10)


def test_without_purchases_nothing_is_bought_or_lost(lab):
    path = lab.path("risky", rows.ALL, policies(GIVEN)["none"])
    assert not np.any(np.asarray(path.bought)) and not np.any(np.asarray(path.overpaid))
    np.testing.assert_allclose(path.wedge, path.capacity)


def test_the_right_mind_errs_by_the_variance_of_its_filter(lab, economies):
    path = lab.path("risky", rows.ALL, policies(GIVEN)["risky"])
    late = slice(10, None)
    error = np.asarray(path.perceived - path.capacity)[:, late]
    # Variance after the quarter: what it is before the next one.
    expected = float(lab.minds.risky.variance[-1, -1])
    assert np.mean(error**2) == pytest.approx(expected, rel=0.1)
    assert abs(np.mean(error)) < 4 * np.sqrt(expected / error.size * 20)


def test_learning_is_bayes_rule(lab):
    given = policies(GIVEN)["learning"]
    path = lab.path("risky", rows.SEQUENCE, given)
    safe_path = lab.path("risky", rows.SEQUENCE, policies(GIVEN)["safe"])
    assert np.all(np.asarray(safe_path.probability) == 0.0)
    # The sequence has no errors and no dysfunction: replay it with both filters.
    truth = lab.economies["risky"].observing("fundamentals", GIVEN["known"])
    shocks = np.asarray(lab.shocks(rows.SEQUENCE)[0])[0]
    state = jnp.zeros(len(truth.transition))
    means = [jnp.zeros(len(f.variance)) for f in lab.minds]
    odds = np.log(GIVEN["prior"] / (1 - GIVEN["prior"]))
    for t, shock in enumerate(shocks[:6]):
        seen = truth.loading @ state + truth.direct @ jnp.asarray(shock)
        state = truth.transition @ state + truth.impact @ jnp.asarray(shock)
        found = [update(f, m, seen) for f, m in zip(lab.minds, means, strict=True)]
        means = [f[0] for f in found]
        odds += float(found[1][1] - found[0][1])
        expected = 1 / (1 + np.exp(-odds))
        assert float(path.probability[0, t]) == pytest.approx(expected, rel=1e-8)


def test_impossible_dysfunction_is_never_bought_against(lab):
    policy = policies(GIVEN)["risky"]
    path = lab.path("safe", rows.ALL, policy, lab.never_plumbing())
    assert not np.any(np.asarray(path.bought))


def test_attribution_says_what_it_was(economies):
    found = rows.attribution_records("sticky", economies, GIVEN)
    own = [r for r in found if r["seen"] == "fundamentals"]
    plumbing = [r for r in own if r["shock"] == "dysfunction"]
    assert all(0.85 < r["share_called"] <= 1.0 for r in plumbing)
    stress = next(r for r in own if (r["mind"], r["shock"]) == ("risky", "stress"))
    assert stress["share_called"] == pytest.approx(0.0, abs=0.02)
    assert stress["other_cause"] == "e_p"
    assert stress["share_other_cause"] == pytest.approx(1.0, abs=0.02)


def test_backing_below_zero_is_left_out_and_counted(lab):
    path = lab.path("risky", rows.ALL, policies(GIVEN)["safe"])
    unfunded = np.asarray(path.unfunded).copy()
    unfunded[0, 3], unfunded[1, 2] = 1e3, np.nan
    broken = path._replace(unfunded=unfunded)
    kept = rows.backed(broken, 0.93)
    assert list(kept[:2]) == [False, False]
    record, _ = rows.loop_record(lab, "risky", rows.ALL, "safe", broken, path)
    assert record["runaway"] == pytest.approx(np.mean(~kept))


@pytest.mark.slow
def test_the_core_economy_is_linear_where_it_is_linearised():
    from fiscax.calibration.economies.core import COARSE, solve_economy

    changes = {k: v for k, v in KEPT.items() if not k.endswith("_reference")}
    economy = solve_economy("risky", changes, levels=(COARSE,))
    model = linear(economy, GIVEN).model
    solution, rest = economy.solution, economy.rest(0)
    start = solution.shocked(rest[None], {}, 0)
    k = [s.name for s in solution.model.shocks].index("e_z")
    state = np.asarray(model.impact[:, k])
    paths = [start, solution.shocked(rest[None], {"e_z": 1.0}, 0)]
    for _ in range(8):
        paths = [solution.shocked(p, {}, 0) for p in paths]
        state = np.asarray(model.transition) @ state
    before, after = (economy.curves(["yield_40"], p, 0)[0, 0] for p in paths)
    expected = 40_000 * (after - before)
    found = float(model.loading[TEN] @ np.linalg.solve(model.transition, state))
    assert found == pytest.approx(expected, rel=0.05)
    # The unfunded part is what news does to yields where spending itself stays put:
    # with more spending all later news of it is larger, and that is another matter.
    pushed = (solution.shocked(rest[None], {"e_z": x}, 0) for x in (0.0, 1.0))
    still, hit = map(np.array, pushed)
    z = solution.states.index("spending")
    hit[:, z] = still[:, z]
    before, after = (economy.curves(["yield_40"], p, 0)[0, 0] for p in (still, hit))
    extra = linear(economy, GIVEN).fiscal[1][TEN]
    # Differences of one s.d. either way against one push: curvature remains.
    assert extra == pytest.approx(40_000 * (after - before), rel=0.01)


# An option of the study, and a change of the core and of the sticky economies.
CHANGES = {"sequences": 50, "years": 5, "sigma_p": 0.18}


def run(out, **overrides):
    context = registry.ExperimentContext(overrides, out)
    return registry.find_experiment("two-minds").run(context)


@pytest.fixture(scope="module")
def result(cheap_store, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        # Ten quarters of a sample have to lie beyond the quantile.
        patch.setattr(two_minds, "SAMPLE", Size(periods=60, paths=200, seed=11))
        yield run(tmp_path_factory.mktemp("minds"), **CHANGES)


def by(result, name):
    labels = two_minds.LABELS[name]
    return {tuple(r[k] for k in labels): r for r in result.records[name]}


@pytest.mark.slow
def test_changes_reach_the_sticky_economies(result):
    changes = {"sigma_p": 0.18, "chi": 0.0}
    # A one s.d. shock as it is called by hand: the sum of its effects on the yield.
    economy = solve_sticky("sticky_risky", changes, 1)
    found = by(result, "two_minds_attribution")["sticky", "yields", "safe", "stress"]
    move = economy.respond({"e_p": 1.0}, ("yield_40",))["yield_40"][0]
    assert found["yield_10y"] == pytest.approx(40_000 * move)
    # Bonds lose, once in a thousand quarters, what a normal distribution says: the
    # return is 40 yields less 39 of the quarter after.
    other = solve_sticky("sticky_risky", {"sigma_p": 0.18}, 1).solution
    moments = other.moments_of(("yield_40",), 1)
    own, next_ = moments.covariance[0, 0], moments.autocovariance[0][0, 0]
    variance = (40**2 + 39**2) * own - 2 * 40 * 39 * next_
    mean = moments.mean[0]
    loss = -np.expm1(mean - norm.ppf(0.999) * np.sqrt(variance))
    rule = by(result, "two_minds_rules")["sticky_risky", False, "10y"]
    error = 4 * rule["standard_error"]
    assert rule["loss"] == pytest.approx(100 * loss, abs=error)
    assert rule["risk_weight"] == pytest.approx(rule["loss"] / 8)
    with pytest.raises(OverrideError, match="chi"):
        run(Path(), chi=0.5)
    with pytest.raises(OverrideError, match=r"'shar'.*share"):
        run(Path(), shar=0.5)


@pytest.mark.slow
def test_samples_with_disasters_come_first_and_safe_rules_fit_safe_debt(result):
    rows = result.records["two_minds_rules"]
    order = list(dict.fromkeys((r["disasters"], r["economy"]) for r in rows))
    assert order == [
        (True, "safe"),
        (True, "risky"),
        (False, "safe"),
        (False, "risky"),
        (False, "sticky_safe"),
        (False, "sticky_risky"),
    ]
    found = by(result, "two_minds_rules")
    for disasters, economy in order:
        short = found[economy, disasters, "bank"]
        if economy.endswith("safe"):
            assert short["shortfall_at_safe_rules"] == 0.0
        else:
            safe = found[economy.replace("risky", "safe"), disasters, "bank"]
            gap = max(short["loss"] - safe["loss"], 0.0)
            share = GIVEN["bank_share"]
            assert short["shortfall_at_safe_rules"] == pytest.approx(share * gap)


@pytest.mark.slow
def test_parts_of_a_move_add_up(result):
    for r in result.records["two_minds_attribution"]:
        assert r["called"] == pytest.approx(r["share_called"] * r["yield_10y"])
    found = by(result, "two_minds_attribution")
    for mind in ("safe", "risky"):
        own = found["sticky", "fundamentals", mind, "dysfunction"]
        # The size of every experiment, almost all of which both minds see through.
        assert own["yield_10y"] == pytest.approx(GIVEN["capacity_deviation"])
        assert own["share_called"] == pytest.approx(1.0, abs=0.15)


@pytest.mark.slow
def test_nobody_who_is_sure_of_no_plumbing_buys(result):
    found = by(result, "two_minds_purchases")
    for seen in ("prices", "fundamentals"):
        row = found["safe", seen, "all shocks", "risky, no plumbing"]
        assert row["stock_mean"] == row["gain_mean"] == 0.0
    shipped = by(result, "two_minds_sensitivity")["as shipped", "safe"]
    own = found["risky", "fundamentals", "all shocks", "safe"]
    assert shipped["stock_mean"] == pytest.approx(own["stock_mean"])


@pytest.mark.slow
def test_claims_know_the_error_of_their_means(result):
    claims = {r["key"]: r for r in result.records["two_minds_slide_claims"]}
    mean = claims["gain_of_purchases_fundamentals"]
    found = by(result, "two_minds_purchases")
    row = found["risky", "fundamentals", "all shocks", "safe"]
    assert mean["risky"] == row["gain_mean"]
    # Four fifths of the sequences span 2.56 s.d. of a normal distribution, roughly.
    spread = (row["gain_high"] - row["gain_low"]) / 2.56
    assert mean["risky_bound"] == pytest.approx(2 * spread / 50**0.5, rel=0.6)
    backed = claims["blunted_discipline"]
    assert backed["safe"] == pytest.approx(0.0, abs=1e-9)
    assert not backed["safe_counted"] and backed["risky"] < 0
    weight = claims["zero_risk_weights"]
    bank = by(result, "two_minds_rules")["risky", True, "bank"]
    assert weight["risky_bound"] == pytest.approx(2 * bank["standard_error"] / 8)


@pytest.mark.slow
def test_the_text_is_that_of_the_verdicts(result):
    claims = {r["key"]: r["verdict"] for r in result.records["two_minds_slide_claims"]}
    key = "fiscal_news_called_dysfunction"
    for seen, words in (
        ("fundamentals", " where fundamentals are known"),
        ("prices", " where only prices are"),
    ):
        good = claims[f"{key}_{seen}"].startswith("delivered")
        text = "supported" if good else "not supported"
        assert f"{text}{words}" in result.notes[0].lower()
    section = registry.find_experiment("two-minds").section(result)
    text = "".join(block.html(f"b{k}") for k, block in enumerate(section.blocks))
    assert "NaN" not in text and "nan%" not in text


def test_no_bar_of_what_is_called_dysfunction_is_cut_off():
    # A wrong model may call more than the whole rise dysfunction.
    called = {"safe": 2.5, "risky": -0.3}
    labels = ("economy", "seen", "mind", "shock")
    shares = table(
        [
            dict(zip(labels, ("core", seen, mind, two_minds.NEWS), strict=True))
            | {"share_called": share}
            for seen in figure._SEEN
            for mind, share in called.items()
        ],
        labels,
    )
    _, axes = figure.new_figure()
    figure._shares(axes, {"two_minds_attribution": shares})
    low, high = axes.get_ylim()
    assert low <= 100 * min(called.values())
    assert 100 * max(called.values()) <= high
