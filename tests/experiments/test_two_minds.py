"""Policy makers in closed loop and the experiment ``two-minds``."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from fiscax.calibration.economies.dysfunction import shipped_wedge
from fiscax.calibration.economies.linear import (
    OBSERVED,
    TEN,
    LinearEconomy,
    core_linear,
    sticky_linear,
)
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.parameters.policy import policy_parameters
from fiscax.experiments.two_minds import rows
from fiscax.experiments.two_minds.closed_loop import policies
from fiscax.solvers.filters.attribution import update

GIVEN = policy_parameters({"sequences": 200, "years": 5})


@pytest.fixture(scope="module")
def local():
    return {n: solve_sticky(f"sticky_{n}", {"chi": 0.0}, 1) for n in ("safe", "risky")}


@pytest.fixture(scope="module")
def economies(local) -> dict[str, LinearEconomy]:
    return {n: sticky_linear(e, GIVEN) for n, e in local.items()}


@pytest.fixture(scope="module")
def lab(economies):
    return rows.Laboratory(economies, "fundamentals", GIVEN, 0)


@pytest.mark.parametrize("name", ["safe", "risky"])
def test_linear_economy_responds_as_the_solution_does(local, economies, name):
    economy, linear = local[name], economies[name].model
    names = ("yield_40", "inflation", "stress")
    places = [OBSERVED.index(n) for n in names]
    units = np.array([40_000.0, 40_000.0, 100.0])
    for k, shock in enumerate(economy.solution.shocks):
        found = economy.response({shock: 1.0}, names, horizon=4)
        state = linear.impact[:, k]
        seen = [linear.direct[:, k]]
        for _ in range(3):
            seen.append(linear.loading @ state)
            state = linear.transition @ state
        expected = units * np.array([found[n] for n in names]).T
        np.testing.assert_allclose(
            np.array(seen)[:, places], expected, rtol=1e-6, atol=1e-6
        )


def test_dysfunction_is_the_wedge_of_the_plumbing_model(economies):
    linear, wedge = economies["risky"].model, shipped_wedge()
    np.testing.assert_allclose(
        linear.direct[:5, -1], GIVEN["capacity_deviation"] * wedge.shape
    )
    # Break-even rates and inflation do not show it.
    np.testing.assert_allclose(linear.direct[5:, -1], 0.0)
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
    record = rows.loop_record(lab, "risky", rows.ALL, "safe", broken, path)
    assert record["runaway"] == pytest.approx(np.mean(~kept))


@pytest.mark.slow
def test_the_core_economy_is_linear_where_it_is_linearised():
    from fiscax.calibration.economies.core import COARSE, solve_economy

    economy = solve_economy("risky", levels=(COARSE,))
    linear = core_linear(economy, GIVEN).model
    solution, rest = economy.solution, economy.rest(0)
    start = solution.shocked(rest[None], {}, 0)
    k = [s.name for s in solution.model.shocks].index("e_z")
    state = np.asarray(linear.impact[:, k])
    paths = [start, solution.shocked(rest[None], {"e_z": 1.0}, 0)]
    for _ in range(8):
        paths = [solution.shocked(p, {}, 0) for p in paths]
        state = np.asarray(linear.transition) @ state
    before, after = (economy.curves(["yield_40"], p, 0)[0, 0] for p in paths)
    expected = 40_000 * (after - before)
    found = float(linear.loading[TEN] @ np.linalg.solve(linear.transition, state))
    assert found == pytest.approx(expected, rel=0.05)
    # The unfunded part makes up nearly all of what fiscal news does to yields.
    extra = core_linear(economy, GIVEN).fiscal[1][TEN]
    assert extra == pytest.approx(float(linear.direct[TEN, k]), rel=0.1)


def test_claims_and_page_are_made_from_records(economies, lab):
    from fiscax.experiments.two_minds.claims import one

    found = rows.attribution_records("core", economies, GIVEN)
    share = rows.impact_share(found, "prices", "safe", "core")
    wanted = {"seen": "prices", "mind": "safe", "shock": "fiscal news"}
    assert one(found, **wanted)["share_called"] == share
    quick = replace(GIVEN, values={**GIVEN.values, "sequences": 20})
    assert rows.Laboratory(economies, "prices", quick, 0).drawn[0].shape[0] == 20
