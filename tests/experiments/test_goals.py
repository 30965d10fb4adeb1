"""Goals: ranges of the record, verdicts over bounds, parts of a response."""

import numpy as np
import pytest

from fiscax.calibration.economies import news_parts
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.store import EconomyStore
from fiscax.experiments import goals
from fiscax.experiments.predictions import by_quantity
from fiscax.experiments.regimes.page import goal_note, goals_table
from fiscax.solvers.errors import SolutionError


@pytest.fixture(scope="module")
def economies():
    store = EconomyStore()
    return {n: store.core(n, grid="coarse") for n in ("safe", "risky")}


def test_a_goal_is_met_or_missed_over_all_of_the_bound():
    goal = (0.4, np.inf)
    assert goals.judged(0.5, 0.05, goal) == goals.DELIVERED
    assert goals.judged(0.42, 0.05, goal) == goals.IMPRECISE
    assert goals.judged(0.3, 0.05, goal) == goals.MISSED
    assert goals.judged(0.3, 0.05, None) == ""


def test_bands_of_the_regime_table_are_goals():
    found = {g.name: g for g in goals.GOALS}
    score = by_quantity()["score_yield_10y_ex_convenience"].risky.band
    assert found["score_yield_10y_ex_convenience"].goals == {"risky": score}
    assert set(found["treasury_portfolio_beta"].goals) == {"safe", "risky"}


def test_parts_of_a_response_add_up(economies):
    risky = economies["risky"]
    shares = news_parts.premium_shares(risky)
    push = risky.news("persistent")
    names = ("expected_inflation_40", "expected_real_rate_40")
    found = risky.respond(push, (*names, "yield_40", "convenience_40"))
    moved = {n: 40_000 * float(v[0]) for n, v in found.items()}
    response = moved["yield_40"] + moved["convenience_40"]
    expected = (1 - shares["risk_share"]) * response
    assert sum(moved[n] for n in names) == pytest.approx(expected, rel=1e-9)
    assert 0 < shares["premium_share"] < shares["risk_share"]


def test_a_yield_that_does_not_answer_has_no_parts(economies):
    with pytest.raises(SolutionError, match="does not answer"):
        news_parts.premium_shares(economies["safe"])


def test_share_of_all_shocks_is_that_of_the_linear_economy():
    economy = solve_sticky("sticky_risky", order=1)
    name = "expected_inflation_40"
    moves = {
        s: float(economy.respond(economy.shock(s), (name,))[name][0]) ** 2
        for s in economy.shocks
    }
    own = moves["e_z"] / sum(moves.values())
    assert news_parts.fiscal_share_of_all_shocks(economy) == pytest.approx(
        own, rel=1e-6
    )


def test_goals_are_measured_judged_and_said(economies):
    rows = [r for e in economies.values() for r in goals.goal_records(e, e)]
    found = {(r["goal"], r["economy"]): r for r in rows}
    assert found["share_bondholders", "risky"]["verdict"] == goals.MISSED
    assert found["share_bondholders", "risky"]["evidence"] == 0.57
    assert ("score_equity", "safe") not in found
    slope = found["slope_10y_3m", "safe"]
    assert slope["low"] == 0 and slope["evidence"] > 1
    note = goal_note(rows)
    asked = sum(bool(r["verdict"]) for r in rows)
    assert f"of {asked} goals" in note and "Not delivered: " in note
    frame = goals_table(rows).frame
    assert len(frame) == len(goals.GOALS)
