"""The experiment ``sticky``: rows, verdicts, responses and its section."""

import numpy as np
import pytest

from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.experiments import registry
from fiscax.experiments.regime_rows import ROWS
from fiscax.experiments.regimes.study import verdict
from fiscax.experiments.sticky import study as sticky
from fiscax.experiments.sticky.rows import ALL_ROWS
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
    expected = {row.quantity for row in ROWS}
    for economy, regime in sticky.ECONOMIES.items():
        assert expected < set(values(result, economy))
        own = [r for r in result.records["sticky"] if r["economy"] == economy]
        assert {r["regime"] for r in own} == {regime}
        assert all(np.isfinite(r["value"]) for r in own)
    cells = {row.quantity: row for row in ALL_ROWS}
    for r in result.records["sticky"]:
        cell = getattr(cells[r["quantity"]], r["regime"])
        assert r["verdict"] == verdict(cell, r["value"])
        if cell.band is not None:
            assert r["in_band"] == (cell.band[0] <= r["value"] <= cell.band[1])


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


def test_responses_of_the_parts_add_up(result):
    for record in result.records["sticky_evidence"]:
        assert record["value"] is not None
    frame = result.tables["sticky_responses"]
    total = frame[list(PARTS)].sum(axis=1)
    np.testing.assert_allclose(total, frame["yield"], atol=1e-8)


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
    lines = sticky.order_table(sticky.evidence(economy))
    premium = next(x for x in lines if x["quantity"] == "mean_term_premium_10y")
    assert premium["order 1"] == pytest.approx(0.0, abs=1e-9)
    assert abs(premium["order 2"]) > 0.05
