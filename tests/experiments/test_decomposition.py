"""Yields are the sum of their parts, and the parts are what their names say."""

import matplotlib as mpl
import numpy as np
import pytest

from fiscax.calibration.economies.core import MATURITIES
from fiscax.calibration.economies.protocol import ANNUAL_BP
from fiscax.experiments import registry
from fiscax.experiments.decomposition import study as decomposition
from fiscax.experiments.decomposition.figure import NAMES, TITLES, draw
from fiscax.experiments.report import figures
from fiscax.solvers.pricing.curves import PARTS


@pytest.fixture(scope="module")
def at_rest(risky_economy):
    return decomposition.levels(risky_economy)


@pytest.fixture(scope="module")
def moves(risky_economy):
    return decomposition.changes(risky_economy)


def test_parts_add_up_to_yields(at_rest, moves):
    assert len(at_rest) == len(MATURITIES)
    assert {r["shock"] for r in moves} == set(decomposition.SHOCKS)
    for record in at_rest + moves:
        total = sum(record[part] for part in PARTS)
        # An identity at every state: rounding of yields in basis points remains.
        assert total == pytest.approx(record["yield"], abs=1e-9)
        assert abs(record["residual"]) < 1e-9


def test_one_quarter_is_the_policy_rate_less_the_service_of_bills(
    risky_economy, at_rest
):
    names = ["policy_rate", "convenience_yield_bill", "real_rate"]
    rest = risky_economy.rest()
    policy, service, real = risky_economy.solution.observe(names, rest)[0]
    bill = at_rest[0]
    # Policies and curves live on the same grid but are not the same functions of it.
    grid = pytest.approx(0.0, abs=0.05)
    assert bill["yield"] - ANNUAL_BP / 100 * (policy - service) == grid
    assert bill["convenience"] + ANNUAL_BP / 100 * service == grid
    assert bill["real"] - ANNUAL_BP / 100 * real == grid
    assert bill["real_term_premium"] == pytest.approx(0.0, abs=1e-9)
    assert bill["inflation_risk_premium"] == pytest.approx(0.0, abs=1e-9)


def test_expected_inflation_is_that_of_simulated_paths(risky_economy, at_rest):
    # A second method: means along paths from the resting point, disasters included.
    rest, solution = risky_economy.rest(), risky_economy.solution
    _, _, values = solution.walk(("inflation",), 41, 4000, seed=2, start=rest)
    paths = np.asarray(values)[1:, :, 0].mean(axis=0)
    ten_years = next(r for r in at_rest if r["maturity"] == "10y")
    error = ANNUAL_BP / 100 * paths.std() / np.sqrt(len(paths))
    gap = ten_years["expected_inflation"] - ANNUAL_BP / 100 * paths.mean()
    assert abs(gap) < 4 * error + 0.02


def test_spending_moves_no_real_rate(moves):
    # Spending is transfers: consumption is output, and news of it is not in the kernel.
    for record in moves:
        if record["shock"] != "stress":
            real = ("real", "expected_real_rate", "real_term_premium")
            assert max(abs(record[k]) for k in real) < 1e-6
            assert record["yield"] > 0


@pytest.mark.slow
def test_the_study_shows_the_users_economy(tmp_path, monkeypatch):
    # One economy on the coarse grid with changes of the user's: no convenience.
    monkeypatch.setattr(decomposition, "REPORTED", ("safe",))
    monkeypatch.setattr(decomposition, "GRID", "coarse")
    changes = {"safety_price": 0.0, "liquidity_price": 0.0}
    result = registry.find_experiment("decomposition").run(
        registry.ExperimentContext(changes, tmp_path)
    )
    for record in result.records["decomposition"]:
        assert record["convenience"] == pytest.approx(0.0, abs=1e-9)
        assert record["yield"] == pytest.approx(
            sum(record[part] for part in PARTS), abs=1e-9
        )
    moves = {r["shock"]: r for r in result.records["decomposition_responses"]}
    # Backed debt without convenience: neither news of spending nor a transfer is news
    # to any price (Ricardian equivalence).
    for shock in ("persistent_spending", "transfer"):
        assert moves[shock]["yield"] == pytest.approx(0.0, abs=1e-6)
    assert abs(moves["stress"]["yield"]) > 1
    assert "Under safe debt the ten-year yield" in result.notes[0]
    found = result.quantities["safe_safe_stress_yield"]
    assert found == (moves["stress"]["yield"], "basis points")


def test_figure_shows_every_part_of_every_bar(at_rest, moves):
    figure = draw(at_rest, moves)
    assert set(figures.PARTS) == set(NAMES) == set(PARTS)
    assert set(TITLES) == set(decomposition.SHOCKS)
    upper, *lower = figure.axes
    assert len(lower) == len(decomposition.SHOCKS)
    bars = [p for p in upper.patches if isinstance(p, mpl.patches.Rectangle)]
    assert len(bars) == len(PARTS) * len(at_rest)
    heights = np.array([b.get_height() for b in bars]).reshape(len(at_rest), -1)
    yields = upper.lines[1].get_ydata()
    np.testing.assert_allclose(heights.sum(axis=1), yields, atol=1e-9)
