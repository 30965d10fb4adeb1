"""The experiment ``rivals``: rows that tell explanations apart, and switches."""

import pytest

from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.experiments import registry
from fiscax.experiments.rivals import study as rivals


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rivals, "ORDER", 1)
        found = registry.find_experiment("rivals")
        folder = tmp_path_factory.mktemp("rivals")
        yield found.run(registry.ExperimentContext({}, folder))


@pytest.fixture(scope="module")
def found(result):
    records = result.records["rivals"]
    return {(r["explanation"], r["quantity"]): r for r in records}


@pytest.mark.parametrize(
    ("risky", "rival", "expected"),
    [
        (8.0, 8.5, "no"),
        (8.0, 3.9, "size"),
        (8.0, 16.1, "size"),
        (8.0, 0.9, "sign"),
        (8.0, -8.0, "sign"),
        (-8.0, -8.5, "no"),
        (0.5, -0.9, "no"),
    ],
)
def test_rows_tell_apart_by_sign_or_by_size(risky, rival, expected):
    measure = rivals.Measure("basis points", 1.0)
    assert rivals.difference(measure, risky, rival) == expected


def test_supply_shocks_turn_the_beta_and_not_the_response_to_fiscal_news(found):
    beta, news = (
        "bond_stock_beta_quarterly_10y",
        "score_yield_10y_ex_convenience",
    )
    rival = "supply_and_rule"
    assert found["risky", beta]["value"] > 0.02
    assert found[rival, beta]["value"] > 0.02
    for alone in ("supply", "rule", "safe"):
        assert found[alone, beta]["value"] < 0
    assert found[rival, news]["value"] == pytest.approx(0.0, abs=1e-7)
    assert found[rival, news]["tells_apart"] == "sign"
    assert found[rival, "stock_bond_return_correlation"]["tells_apart"] == "no"
    assert found["risky", news]["tells_apart"] is None


def test_the_combination_of_both_parts_is_the_shipped_rival():
    # The shipped rival differs from the safe economy in these parameters and in the
    # demand for safety only, and in the intercepts that meet its anchors.
    rival = solve_sticky("sticky_supply", order=1)
    supply, rule = (rivals.EXPLANATIONS[n].changes for n in ("supply", "rule"))
    changes = {**supply, **rule, "safety_demand": 0.001}
    changes |= {n: rival.parameters[n] for n in ("rate_offset", "tax_offset")}
    built = solve_sticky("sticky_safe", changes, order=1)
    assert built.parameters == rival.parameters


def test_switching_everything_on_gives_the_shipped_economy(result):
    records = result.records["switches"]
    shipped = [r for r in records if r["start"] == "shipped" and r["switch"] == "none"]
    for record in shipped:
        economy = solve_sticky(record["economy"], order=1)
        beta = record["bond_stock_beta_quarterly_10y"]
        assert beta == pytest.approx(economy.surprises.beta("bond_40"))
        own = economy.parameters
        cases = rivals.switch_cases(own)["plain"]
        on = {k: v for case in cases.values() for k, v in case.items() if v == own[k]}
        assert set(rivals.PLAIN) <= set(on)
    by_switch = {(r["economy"], r["start"], r["switch"]): r for r in records}
    assert by_switch["sticky_risky", "plain", "shadow exposure"]["turned"]
    without = by_switch["sticky_risky", "shipped", "shadow exposure"]
    assert without["turned"]
    # Transfers have no demand effect.
    transfers = by_switch["sticky_safe", "plain", "transfers, not purchases"]
    assert transfers["persistent_funded_yield_10y_ex_convenience"] == pytest.approx(
        0.0, abs=1e-7
    )


def test_the_section_shows_both_tables_and_the_figure(result):
    from fiscax.experiments.rivals.page import section

    shown = section(result)
    text = "".join(b.html(f"b{i}") for i, b in enumerate(shown.blocks))
    assert "<svg" in text and "tells apart" in text and "Supply shocks" in text
    assert "by sign" in shown.lead


@pytest.mark.slow
def test_a_users_change_reaches_the_economies_and_may_not_contradict_a_case(tmp_path):
    from fiscax.calibration.economies.store import OverrideError

    found = registry.find_experiment("rivals")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rivals, "ORDER", 1)
        patch.setattr(rivals, "switch_records", lambda store, order: [])
        patch.setattr(rivals, "EXPLANATIONS", {"risky": rivals.EXPLANATIONS["risky"]})
        patch.setattr(rivals, "RIVALS", ())
        context = registry.ExperimentContext({"sigma_d": 0.05}, tmp_path)
        store = context.store
        changed = rivals.solved(store, "risky", 1).parameters["sigma_d"]
        assert changed == 0.05
    context = registry.ExperimentContext({"sigma_u": 0.01}, tmp_path)
    with pytest.raises(OverrideError, match="sigma_u"):
        found.run(context)
