"""Purchases: every account closes, and the table follows from the model."""

import numpy as np
import pytest
from scipy.optimize import brentq

from fiscax.calibration.economies.intermediaries import load_plumbing
from fiscax.calibration.economies.store import OverrideError
from fiscax.calibration.parameters.checks import CalibrationError
from fiscax.experiments import registry
from fiscax.experiments.purchases import STUDY, cases
from fiscax.experiments.purchases import model as accounts
from fiscax.experiments.purchases import study as lsap

BP = 40_000.0
TEN = accounts.TEN
NEWS = {"capacity": 3.0, "purchases": 0.03}


@pytest.fixture(scope="module")
def plumbing():
    return load_plumbing({"rho_purchases": 0.7})


@pytest.fixture(scope="module")
def path(plumbing):
    return plumbing.path(NEWS, accounts.HORIZON)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lsap, "ORDER", 1)
        patch.setattr(lsap, "PATHS", 200)
        found = registry.find_experiment("lsap")
        yield found.run(registry.ExperimentContext({}, tmp_path_factory.mktemp("lsap")))


@pytest.fixture(scope="module")
def found(result):
    return {(r["regime"], r["shock"], r["policy"]): r for r in result.records["lsap"]}


def money_account(path, rate, quarters):
    """Present value of a borrower at a constant short rate who rolls ten-year zeros.

    Fundamental prices are exp(-n rate); the amount bought at t is worth what the path
    of purchases says, times exp(rate t).
    """
    account = 0.0
    units = path.purchases * np.exp(rate * (np.arange(len(path.purchases)) + TEN))
    for t in range(quarters):
        account -= units[t] * np.exp(-TEN * rate - path.gaps[t, TEN - 1])
        account *= np.exp(rate)
        account += units[t] * np.exp(-(TEN - 1) * rate - path.gaps[t + 1, TEN - 2])
    return account * np.exp(-rate * quarters)


def test_value_is_what_an_account_holds_in_the_end(plumbing, path):
    booked = accounts.book(plumbing, path, path.purchases, 1.0)
    quarters = len(path.purchases) - 1
    for rate in (0.0, 0.01):
        assert money_account(path, rate, quarters) == pytest.approx(
            booked.value, rel=1e-9
        )


def test_trades_and_what_holdings_earn_are_one_number(plumbing, path):
    booked = accounts.book(plumbing, path, path.purchases, 0.997)
    assert booked.value == pytest.approx(booked.carry, rel=1e-10)


def test_what_the_central_bank_gains_others_lose(plumbing, path):
    debt = np.full(accounts.HORIZON, 0.4)
    # Purchases move prices, so that others' loss is against the same prices.
    bank = accounts.book(plumbing, path, path.purchases, 0.997)
    others = accounts.book(plumbing, path, debt - path.purchases, 0.997)
    everyone = accounts.book(plumbing, path, debt, 0.997)
    assert bank.value + others.value - everyone.value == pytest.approx(0, abs=1e-14)


def test_bonds_held_until_they_pay_earn_the_gap_at_purchase(plumbing, path):
    booked = accounts.book(plumbing, path, path.purchases, 1.0)
    # One zero bought today: its price rises to par, a quarter's premium at a time.
    price = np.exp(-path.gaps[np.arange(TEN), TEN - 1 - np.arange(TEN)])
    gains = np.diff(np.append(price, 1.0))
    assert path.purchases[0] * gains.sum() == pytest.approx(booked.at_purchase)
    # Each gain is what the premium pays on the exposure that is left.
    rho = float(plumbing.numbers.persistence[0])
    exposure = (1 - rho ** np.arange(TEN - 1, -1, -1)) / (1 - rho)
    np.testing.assert_allclose(
        gains, price * np.expm1(exposure * path.premium[:TEN]), atol=1e-14
    )


def test_realised_profits_scatter_around_the_expected_one(plumbing, path):
    risk = accounts.Risk(premium=0.003, deviation=0.02)
    expected = accounts.expected_profit(plumbing, path, 0.997, risk)
    drawn = accounts.realised_profits(plumbing, path, 0.997, risk, paths=40_000, seed=3)
    error = drawn.std() / np.sqrt(len(drawn))
    assert abs(drawn.mean() - expected) < 4 * error
    again = accounts.realised_profits(plumbing, path, 0.997, risk, paths=40_000, seed=3)
    np.testing.assert_array_equal(drawn, again)


def test_the_loss_of_capacity_is_matched_to_the_spike():
    scenario = accounts.load_scenario()
    bare = load_plumbing()

    def missing(loss):
        return bare.path({"capacity": loss}, 1).gaps[0, TEN - 1] / TEN - scenario.spike

    # Far beyond it forced sales have no end.
    found = brentq(missing, 1.0, 1.02 * scenario.capacity_loss)
    assert found == pytest.approx(scenario.capacity_loss, abs=1e-3)


def test_both_shocks_are_one_spike_in_the_risky_economy(found):
    assert found["risky", "spending", "none"]["fundamental_yield_10y_bp"] == (
        pytest.approx(64.0)
    )
    for regime in cases.REGIMES:
        cell = found[regime, "capacity", "none"]
        assert cell["yield_10y_bp"] == pytest.approx(64.0, abs=0.1)
    # Spending that nobody has to fund moves no safe yield, net of demand.
    safe = found["safe", "spending", "none"]
    assert safe["fundamental_yield_10y_bp"] == pytest.approx(0.0, abs=1e-6)
    assert found["safe", "spending", "backstop"]["rule_amount_pct_gdp"] < 1e-6


def test_every_cell_closes_and_value_has_the_sign_of_the_gap_at_purchase(found):
    for (_, _, policy), cell in found.items():
        if policy == "none":
            assert cell["value_per_100"] is None
            continue
        assert abs(cell["residual_of_accounts_per_100"]) < 1e-10
        if policy == "backstop":
            # Small wedges after a year: trades at the start decide.
            gap = cell["value_at_purchase_per_100"]
            assert np.sign(gap) == np.sign(cell["distance_10y_bp"])
            assert np.sign(cell["value_per_100"]) == np.sign(gap)


def test_without_a_price_of_risk_purchases_do_nothing(result):
    for cell in result.records["lsap_switch"]:
        assert cell["distance_10y_bp"] == 0.0
        assert cell["value_bp_gdp"] in (None, 0.0)


def test_fragility_over_a_grid_is_that_of_each_economy(result):
    records = {
        (r["hedge_fund_share"], r["bill_share"]): r
        for r in result.records["lsap_fragility"]
    }
    loss = accounts.load_scenario().capacity_loss
    for share, bills in ((0.045, 0.212), (0.085, 0.4)):
        own = load_plumbing({"hedge_fund_share": share, "bill_share": bills})
        alone = own.path({"capacity": loss}, 1)
        record = records[share, bills]
        assert BP * alone.gaps[0, TEN - 1] / TEN == pytest.approx(
            record["yield_10y_bp"], rel=1e-9
        )
        assert record["multiplier"] == pytest.approx(1 / (1 - alone.slope), rel=1e-9)
    assert records[0.16, 0.212]["yield_10y_bp"] is None


def test_the_backstop_of_2022_is_the_record():
    assert (
        pytest.approx(100 * (22.8 / 19.3 - 1), abs=0.05)
        == accounts.load_record().per_100
    )


def test_overrides_go_where_they_belong():
    given = {"amount": 0.1, "bill_share": 0.3, "theta": 0.5, "leverage": 3}
    own = {option.name for option in lsap.OPTIONS}
    options, changes = registry.routed(STUDY, own, given)
    assert changes == {"theta": 0.5, "leverage": 3}
    assert lsap.split(options) == ({"amount": 0.1}, {"bill_share": 0.3})
    with pytest.raises(OverrideError, match=r"no parameter 'amonut'.*amount"):
        registry.routed(STUDY, own, {"amonut": 0.1})


def test_an_unwinding_rate_that_would_be_ignored_is_refused():
    with pytest.raises(lsap.PurchasesError, match="kept_backstop"):
        lsap.split({"rho_purchases": 0.5})
    with pytest.raises(CalibrationError, match="kept_lasting"):
        accounts.load_scenario({"kept_lasting": 0.99})


def test_claims_are_judged_by_their_numbers(result):
    claims = {r["key"]: r for r in result.records["lsap_slide_claims"]}
    for claim in claims.values():
        for side in ("safe", "risky"):
            value, said = claim[side], claim[f"{side}_claim"]
            if value is None or said not in ("positive", "negative"):
                continue
            agrees = (value > 0) == (said == "positive")
            judged = claim[f"{side}_verdict"]
            small = abs(value) <= claim[f"{side}_tolerance"]
            assert judged == (
                "zero" if small else "delivered" if agrees else "contradicted"
            )
    assert claims["bills"]["safe"] < 0 < claims["bills"]["risky"]


def test_the_section_shows_every_cell(result):
    section = registry.find_experiment("lsap").section(result)
    text = "".join(block.html(f"b{k}") for k, block in enumerate(section.blocks))
    assert "NaN" not in text and "nan%" not in text
    for group in ("Safe debt, loss of capacity", "Risky debt, unfunded spending"):
        assert group in text
