"""Economies of every kind answer the same questions, and the answers agree inside."""

import numpy as np
import pytest

from fiscax.calibration.economies import responses
from fiscax.calibration.economies.protocol import KINDS, TENORS, Economy
from fiscax.calibration.economies.quantities import QUANTITIES, measured
from fiscax.calibration.economies.sticky import solve_sticky
from fiscax.calibration.economies.sticky_switching import solve_switching


@pytest.fixture(scope="module")
def economies(risky_economy):
    return {
        "core": risky_economy,
        "sticky": solve_sticky("sticky_risky", order=1),
        "switching": solve_switching()["risky"],
    }


NAMES = ("core", "sticky", "switching")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
def test_it_is_an_economy_in_the_risky_regime(economies, name):
    economy = economies[name]
    assert isinstance(economy, Economy)
    assert economy.regime == "risky"
    assert economy.parameters["theta"] < 1


@pytest.mark.parametrize("name", NAMES)
def test_who_bears_news_adds_up_and_funded_news_costs_bondholders_nothing(
    economies, name
):
    economy = economies[name]
    found = responses.who_bears(economy)
    total = sum(v for k, v in found.items() if k.startswith("share_"))
    # The identity of the ledger leaves a residual where the solution is approximate.
    assert total == pytest.approx(1.0, abs=5e-3 if name == "core" else 1e-8)
    assert found["share_bondholders"] > 0.02
    assert found["revaluation"] < 0
    paid = responses.borne(economy, economy.news("persistent", "funded"))
    if name == "core":
        # Nothing is left but the error of a coarse grid.
        assert abs(paid["share_bondholders"]) < 0.1 * found["share_bondholders"]


@pytest.mark.parametrize("kind", KINDS)
def test_less_promised_news_moves_yields_more_with_flexible_prices(economies, kind):
    # Spending is transfers there: what is fully promised moves no yield.
    economy = economies["core"]
    moved = {
        funding: responses.yield_responses(economy, economy.news(kind, funding))
        for funding in ("funded", "as_financed", "unfunded")
    }
    funded, mixed, unfunded = (m["yield_10y_ex_convenience"] for m in moved.values())
    assert abs(funded) < 0.05 * unfunded
    # Linear in the share that nobody has promised, but for curvature.
    share = 1 - economy.parameters["theta"]
    assert mixed == pytest.approx(share * unfunded, rel=0.15, abs=0.05 * unfunded)


@pytest.mark.parametrize("name", NAMES)
def test_impact_is_the_first_quarter_of_a_path(economies, name):
    economy = economies[name]
    names = ("yield_40", "inflation", "expected_inflation_20")
    push = economy.news("persistent")
    short, long = (economy.respond(push, names, h) for h in (1, 12))
    for n in names:
        assert long[n].shape == (12,)
        assert short[n][0] == pytest.approx(long[n][0], rel=1e-6, abs=1e-10)
        # Spending fades, and its effects with it.
        assert abs(long[n][-1]) < abs(long[n][0])


@pytest.mark.parametrize("name", NAMES)
def test_surprises_are_half_the_difference_of_signed_shocks(economies, name):
    economy = economies[name]
    found = economy.surprises
    k = found.shocks.index("e_m")
    up, down = (
        economy.respond(economy.shock("e_m", s), ("yield_39",))["yield_39"][0]
        for s in (1.0, -1.0)
    )
    assert found["10y"][k] == pytest.approx(-39 * (up - down) / 2, rel=1e-6)
    spread = np.sqrt(np.diag(found.covariance("10y")))
    slope = found.correlation("10y") * spread[0] / spread[1]
    assert found.beta("10y") == pytest.approx(slope, rel=1e-12)
    assert set(found.bonds) == set(TENORS)


def test_every_declared_quantity_is_measured_and_nothing_else(economies):
    economy = economies["sticky"]
    own = {n: q for n, q in QUANTITIES.items() if not q.rare_events}
    found = measured(economy, own)
    assert list(found) == list(own)
    assert all(np.isfinite(v) for v in found.values())
    measures = {q.measure for q in own.values()}
    given = {name for measure in measures for name in measure(economy)}
    # One-time news is in no ledger of spending; parts that no table shows stay out.
    assert set(own) <= given
    units = {q.unit for q in QUANTITIES.values()}
    assert "basis points" in units and "" not in units


def test_quantities_of_the_record_are_its_moments():
    from fiscax.calibration.record.moments import shipped_moments

    moments = set(shipped_moments()["name"])
    own = {q.series for q in QUANTITIES.values()} - {None}
    assert own and own <= moments
