"""The closed form of a loss: jump of prices or higher yields."""

import numpy as np
import pytest

from fiscax.calibration.economies.store import EconomyStore
from fiscax.calibration.economies.trade_off import beside, trade_off


def by_hand(loss, phi, rho_i, kappa, quarters=4000):
    """Rates quarter by quarter, and the value of a bond whose coupons decay."""
    # Bonds lose the sum of kappa^(j+1) i_j, the jump of prices takes the rest.
    rates = [(1 - rho_i) * phi]
    for _ in range(quarters):
        # Expected real rates stay: next quarter's inflation is today's rate.
        rates.append(rho_i * rates[-1] + (1 - rho_i) * phi * rates[-1])
    rates = np.array(rates)
    fall = np.sum(kappa ** np.arange(1, quarters + 2) * rates)
    jump = loss / (1 + fall)
    return jump, 400 * jump * rates[:40].mean(), 400 * jump * rates[0]


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("rho_i", [0.0, 0.8])
def test_it_is_the_sum_over_quarters(phi, rho_i):
    found = trade_off(2.0, phi, rho_i, 0.94)
    assert found == pytest.approx(by_hand(2.0, phi, rho_i, 0.94), rel=1e-9, abs=1e-12)


def test_without_an_answer_of_the_rate_prices_take_all_of_it():
    assert trade_off(1.5, 0.0, 0.8, 0.94) == pytest.approx((1.5, 0.0, 0.0))


@pytest.mark.slow
def test_it_is_near_an_economy_without_convenience():
    plain = {"breach": 0.0, "stress_news": 0.0, "b_x": 0.0, "theta": 0.5}
    plain |= {"safety_price": 1e-12, "liquidity_price": 1e-12}
    calm = {"sigma_z": 0.005, "zeta": 0.05}
    found = beside(EconomyStore().core("risky", {**plain, **calm}, grid="coarse"))
    for name in ("price_jump", "yield_10y", "yield_3m"):
        assert found[f"closed_{name}"] == pytest.approx(found[name], rel=0.05)
