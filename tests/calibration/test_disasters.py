"""What a disaster does: against the budget and the valuation of a claim to output."""

import numpy as np
import pytest

from fiscax.calibration.economies.disasters import disaster_record
from fiscax.calibration.economies.store import EconomyStore
from fiscax.calibration.matching.equivalence import load_evidence


@pytest.fixture(scope="module")
def economies():
    store = EconomyStore()
    return {n: store.core(n, grid="coarse") for n in ("safe", "risky")}


@pytest.mark.parametrize("name", ["safe", "risky"])
def test_bondholders_lose_by_prices_and_by_the_price_of_their_bonds(economies, name):
    economy = economies[name]
    found = disaster_record(economy)
    # The face value is given: real payoff per unit is (1 + omega q) exp(-pi).
    solution, rest = economy.solution, economy.rest()
    ends = [solution.shocked(rest, {}, 0, e) for e in (None, "disaster")]
    price, inflation = (
        np.array([solution.observe([n], e, 0)[0, 0] for e in ends])
        for n in ("log_bond_price", "inflation")
    )
    payoff = np.log1p(economy.parameters["omega"] * np.exp(price)) - inflation
    lost = -100 * np.expm1(payoff[1] - payoff[0])
    assert found["portfolio_loss"] == pytest.approx(lost, abs=1e-6)


def test_a_disaster_takes_from_holders_of_risky_debt(economies):
    safe, risky = (disaster_record(economies[n]) for n in ("safe", "risky"))
    assert abs(safe["portfolio_loss"]) < 0.1 * risky["portfolio_loss"]
    assert safe["price_level"] < risky["price_level"]
    # Equity is the same claim under the same kernel; news of spending is stress in one.
    assert safe["equity"] < 0 and risky["equity"] < 0


def test_the_record_has_three_eras_with_the_safe_one_between():
    rows = load_evidence()
    losses = [r.value for r in rows if r.quantity == "disaster_portfolio_loss"]
    assert len(losses) == 3 and losses[1] < 0 < min(losses[0], losses[2])
