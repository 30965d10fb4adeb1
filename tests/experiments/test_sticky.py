"""The experiment ``sticky``: rows, verdicts, responses and its section."""

import numpy as np
import pytest

from fiscax.calibration.economies.responses import stress_responses, yield_responses
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.experiments import registry
from fiscax.experiments.sticky import study as sticky
from fiscax.experiments.sticky.page import order_table
from fiscax.solvers.pricing.curves import PARTS


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sticky, "ORDER", 1)
        found = registry.find_experiment("sticky")
        folder = tmp_path_factory.mktemp("sticky")
        yield found.run(registry.ExperimentContext({}, folder))


def values(result, economy):
    own = [r for r in result.records["sticky"] if r["economy"] == economy]
    return {r["quantity"]: r["value"] for r in own}


def test_every_row_of_the_regime_table_is_filled(result):
    from fiscax.experiments.predictions import ROWS

    expected = {row.quantity for row in ROWS}
    for economy, regime in sticky.ECONOMIES.items():
        assert expected < set(values(result, economy))
        own = [r for r in result.records["sticky"] if r["economy"] == economy]
        assert {r["regime"] for r in own} == {regime}
        assert all(np.isfinite(r["value"]) for r in own)


def test_zeros_that_could_not_be_otherwise_do_not_count(result):
    rows = [r for r in result.records["sticky"] if r["economy"] == "sticky_safe"]
    exact = [r for r in rows if r["claim"] == "zero" and abs(r["value"]) < 1e-6]
    assert len(exact) >= 5
    for r in exact:
        assert (r["verdict"], r["counted"]) == ("delivered", False)
        assert r["mark"] == "true by construction"
    # What remains and is counted does move.
    assert all(abs(r["value"]) > 1e-3 for r in rows if r["counted"])


@pytest.mark.slow
def test_a_users_change_reaches_every_economy(tmp_path):
    found = registry.find_experiment("sticky")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sticky, "ORDER", 1)
        changed = {"sigma_d": 0.123}
        result = found.run(registry.ExperimentContext(changed, tmp_path))
    for values_of in result.parameters.values():
        assert values_of["sigma_d"].value in (0.123, (0.123, 0.123))


def test_net_of_demand_the_safe_economy_does_not_react_to_news(result):
    safe = values(result, "sticky_safe")
    for part in ("yield_10y_ex_convenience", "expected_inflation_5y5y"):
        assert safe[f"persistent_{part}"] == pytest.approx(0.0, abs=1e-7)
        funded = safe[f"persistent_funded_{part}"]
        assert funded == pytest.approx(safe[f"persistent_unfunded_{part}"])
        assert abs(funded) > 1
    assert safe["one_time_yield_10y_ex_convenience"] == pytest.approx(0.0, abs=1e-7)
    risky = values(result, "sticky_risky")
    part = "yield_10y_ex_convenience"
    assert 4 < risky[f"persistent_{part}"] < 9
    # At first order the net response is that of the unfunded part.
    share = 1 - solve_sticky("sticky_risky", order=1).parameters["theta"]
    gap = risky[f"persistent_unfunded_{part}"] - risky[f"persistent_funded_{part}"]
    assert risky[f"persistent_{part}"] == pytest.approx(share * gap, rel=1e-9)


def test_every_economy_is_asked_about_the_same_news(result):
    rows = result.records["sticky_news"]
    places = {(r["economy"], r["regime"]) for r in rows}
    assert places == {
        ("sticky_safe", "safe"),
        ("sticky_risky", "risky"),
        ("sticky_switching", "safe"),
        ("sticky_switching", "risky"),
    }
    theta = solve_sticky("sticky_risky", order=1).parameters["theta"]
    for r in rows:
        assert r["share_asked"] == pytest.approx(1 - theta)
        own = 0.0 if r["regime"] == "safe" else 1 - theta
        assert r["share_as_financed"] == pytest.approx(own)
        # First order: shares weigh what is funded and what is not.
        assert r["net"] == pytest.approx(r["share_asked"] * r["unfunded_net"], abs=1e-9)
        mixed = r["funded"] + own * r["unfunded_net"]
        assert r["as_financed"] == pytest.approx(mixed, abs=1e-9)


def test_the_rule_decides_the_sign_of_news_as_financed(result):
    found = {(r["economy"], r["rule"]): r for r in result.records["sticky_rule"]}
    for economy in sticky.ECONOMIES:
        assert found[economy, "trend"]["as_financed"] < 0
        assert found[economy, "gap"]["as_financed"] > 0
    risky = found["sticky_risky", "gap"]
    again = sticky.news_record(solve_sticky("sticky_risky", {"gap_share": 1.0}, 1))
    assert risky["net"] == pytest.approx(again["net"])


@pytest.mark.parametrize("name", sticky.ECONOMIES)
def test_spending_in_stress_is_that_of_another_calibration(name):
    economy = solve_sticky(name, order=1)
    other = solve_sticky(name, {"b_p": 0.1}, order=1)
    promised, moved = sticky.with_stress_spending(economy, 0.1)
    want = stress_responses(other)["stress_1sd_yield_10y"]
    assert promised == pytest.approx(want, abs=1e-9)
    # What nobody promises costs what unfunded spending of its size costs.
    size = other.parameters["sigma_p"] * 0.1 * other.parameters["theta"]
    push = {"unfunded_spending": size, "funded_spending": -size}
    more = yield_responses(other, push)["yield_10y"]
    assert moved - promised == pytest.approx(more, abs=1e-9)


def test_the_chance_of_the_other_regime_brings_premia_together(result):
    found = {
        (r["regime"], r["economy"]): r["term_premium_40"]
        for r in result.records["sticky_premia"]
    }
    safe, risky = (
        [found[regime, kind] for kind in ("permanent", "switching")]
        for regime in ("safe", "risky")
    )
    assert safe[0] < safe[1] < risky[1] < risky[0]
    for r in result.records["sticky_premia"]:
        parts = r["real_term_premium_40"] + r["inflation_risk_premium_40"]
        assert parts == pytest.approx(r["term_premium_40"])


@pytest.mark.slow
def test_a_rule_of_ones_own_stands_alone(tmp_path):
    found = registry.find_experiment("sticky")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sticky, "ORDER", 1)
        result = found.run(registry.ExperimentContext({"gap_share": 0.5}, tmp_path))
    assert {r["rule"] for r in result.records["sticky_rule"]} == {"as set"}


def test_responses_of_the_parts_add_up(result):
    for record in result.records["sticky_evidence"]:
        assert record["value"] is not None
    frame = result.tables["sticky_responses"]
    total = frame[list(PARTS)].sum(axis=1)
    np.testing.assert_allclose(total, frame["yield"], atol=1e-8)


def test_news_that_does_the_same_shares_a_panel(result):
    titles = [axes.get_title(loc="left") for axes in result.figures["sticky"].axes]
    # Where debt is safe it makes no difference who pays.
    assert titles == [
        "Safe debt, funded or unfunded news",
        "Risky debt, funded news",
        "Risky debt, unfunded news",
    ]


def test_the_section_shows_table_figure_and_evidence(result):
    from fiscax.experiments.sticky.page import section

    shown = section(result)
    pages = [block.html(f"b{i}") for i, block in enumerate(shown.blocks)]
    text = "".join(pages)
    assert "<svg" in text and "Safe debt" in text and "Risky debt" in text
    assert "sticky_safe" not in text
    assert "bp where debt is safe" in shown.lead


def test_orders_stand_side_by_side():
    economy = solve_sticky("sticky_safe", order=2)
    lines = order_table(sticky.by_order(economy))
    premium = next(x for x in lines if x["quantity"] == "mean_term_premium_10y")
    assert premium["order 1"] == pytest.approx(0.0, abs=1e-9)
    assert abs(premium["order 2"]) > 0.05
