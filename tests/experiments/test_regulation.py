"""Losses on Treasurys and the capital for them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from fiscax.calibration.economies.store import OverrideError
from fiscax.calibration.parameters.checks import CalibrationError
from fiscax.calibration.parameters.policy import policy_parameters
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.two_minds import STUDY
from fiscax.experiments.two_minds import study as two_minds
from fiscax.experiments.two_minds.regulation import (
    YIELD_NAMES,
    bank_book,
    holding_returns,
    positions,
    risk_weight,
    shortfall,
    tail_loss,
)
from fiscax.models.core import core_economy
from fiscax.models.sticky import sticky_price_economy

GIVEN = policy_parameters()


def test_returns_of_a_flat_curve_and_of_a_rise_in_yields():
    flat = {n: np.full((3, 2), 0.01) for n in YIELD_NAMES}
    for values in holding_returns(flat).values():
        np.testing.assert_allclose(values, 0.01)
    higher = {n: v + 0.001 * np.arange(3)[:, None] for n, v in flat.items()}
    found = holding_returns(higher)["10y"]
    np.testing.assert_allclose(found[0], 0.01 - 39 * 0.001)


def test_positions_add_up_to_the_book():
    rng = np.random.default_rng(0)
    yields = {n: 0.01 + 0.001 * rng.standard_normal((5, 4)) for n in YIELD_NAMES}
    found = positions(yields, GIVEN)
    bills = 1 - np.exp(yields["yield_1"][:-1]).ravel()
    expected = 0.2 * bills + 0.3 * found["2y"] + 0.3 * found["5y"] + 0.2 * found["10y"]
    np.testing.assert_allclose(found["bank"], expected)
    rise = 4 * np.diff(yields["yield_1"], axis=0).ravel() * 60 / 365
    np.testing.assert_allclose(found["money_fund"], rise)


def test_tail_of_a_normal_distribution_within_its_error():
    losses = np.random.default_rng(1).standard_normal(400_000)
    found, error = tail_loss(losses, 0.999)
    assert abs(found - norm.ppf(0.999)) < 4 * error
    # Asymptotic error of a quantile.
    p = 0.999
    exact = np.sqrt(p * (1 - p) / 400_000) / norm.pdf(norm.ppf(p))
    assert error == pytest.approx(exact, rel=0.8)
    with pytest.raises(FiscaxError, match="needed"):
        tail_loss(losses[:5000], 0.999)


def test_weights_and_shortfalls():
    assert risk_weight(0.08, GIVEN) == pytest.approx(1.0)
    assert risk_weight(-0.01, GIVEN) == 0.0
    assert shortfall("bank", 0.1, GIVEN) == pytest.approx(1.5)
    assert shortfall("money_fund", 0.004, GIVEN) == 0.0
    assert shortfall("money_fund", 0.006, GIVEN) == pytest.approx(0.1)
    # Rules that cover a known loss leave what is beyond it.
    assert shortfall("bank", 0.1, GIVEN, 0.06) == pytest.approx(0.6)
    assert shortfall("bank", 0.05, GIVEN, 0.06) == 0.0
    assert shortfall("money_fund", 0.009, GIVEN, 0.007) == pytest.approx(0.2)
    wrong = replace(GIVEN, values={**GIVEN.values, "bank_2y": 0.5})
    with pytest.raises(FiscaxError, match="bank_2y"):
        bank_book(wrong)


def test_no_name_is_that_of_an_economys_parameter():
    known = set(policy_parameters().values)
    for model in (core_economy(), sticky_price_economy()):
        assert not known & {p.name for p in model.parameters}


def test_parameters_are_checked_by_name():
    assert policy_parameters({"share": 0.9})["share"] == 0.9
    own = {option.name for option in two_minds.OPTIONS}
    given = {"share": 0.9, "gamma": 4.0}
    assert registry.routed(STUDY, own, given) == ({"share": 0.9}, {"gamma": 4.0})
    with pytest.raises(OverrideError, match=r"no parameter 'paths'"):
        registry.routed(STUDY, own, {"paths": 4})
    for bad in ({"shar": 0.9}, {"share": -1.0}, {"share": "x"}):
        with pytest.raises(CalibrationError, match="shar"):
            policy_parameters(bad)
    with pytest.raises(CalibrationError, match="years"):
        policy_parameters({"years": 2.5}).count("years")
