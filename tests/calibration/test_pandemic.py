"""Who paid for the emergency laws: a hand-made record with known answers."""

import numpy as np
import pandas as pd
import pytest

from fiscax.calibration.record.pandemic import (
    par_bond_price,
    real_returns,
    shipped_payment,
    who_paid,
)


def test_a_bond_at_its_own_rate_is_worth_its_face():
    assert par_bond_price(0.04, 0.04, 5.0) == pytest.approx(1.0, abs=1e-14)
    # A month on, its accrued price has grown by the month's yield, and nothing else.
    grown = float(par_bond_price(0.04, 0.04, 5 - 1 / 12))
    assert grown == pytest.approx(1.02 ** (2 / 12), rel=1e-13)
    # Ten half-yearly coupons discounted one by one.
    rate, coupon = 0.05, 0.03
    flows = np.full(10, coupon / 2) + np.eye(10)[-1]
    value = flows @ (1 + rate / 2) ** -np.arange(1.0, 11.0)
    assert par_bond_price(coupon, rate, 5.0) == pytest.approx(value, rel=1e-13)


@pytest.fixture
def folder(tmp_path):
    """Yields of 4% until 2021 and 1 point more after, inflation of 2%."""
    days = pd.bdate_range("1964-12-01", "2024-01-31")
    rate = np.where(days < "2022-06-15", 4.0, 5.0)
    frame = pd.DataFrame({"DATE": days.strftime("%Y-%m-%d"), "DGS5": rate})
    frame.to_csv(tmp_path / "treasury_cmt_daily.csv", index=False)
    frame = pd.DataFrame({"DATE": days.strftime("%Y-%m-%d"), "DFII5": 2.0})
    frame.to_csv(tmp_path / "tips_breakeven_daily.csv", index=False)
    months = pd.date_range("1964-11-01", "2024-01-01", freq="MS")
    level = 100 * 1.02 ** (np.arange(len(months)) / 12)
    frame = pd.DataFrame({"DATE": months.strftime("%Y-%m-%d"), "CPIAUCSL": level})
    frame.to_csv(tmp_path / "prices_monthly.csv", index=False)
    rows = [
        ("2020-09-01", "deficit", "Legislative", 2020, -900.0),
        ("2020-09-01", "deficit", "Legislative", 2021, -100.0),
        # Interest is no part of it, nor laws before, nor what the economy did.
        ("2020-09-01", "net_interest", "Legislative", 2021, 40.0),
        ("2020-03-01", "deficit", "Legislative", 2021, -500.0),
        ("2021-07-01", "deficit", "Economic", 2021, -500.0),
    ]
    columns = ("DATE", "component", "category", "projected_fiscal_year", "value")
    changes = pd.DataFrame(rows, columns=list(columns))
    changes.to_csv(tmp_path / "cbo_baseline_changes.csv", index=False)
    gdp = pd.DataFrame({"DATE": ["2020-09-30"], "CBO_FISCAL_YEAR_GDP_BN": [4800.0]})
    gdp.to_csv(tmp_path / "cbo_gdp_fiscal_year.csv", index=False)
    debt = pd.DataFrame({"DATE": ["2020-12-31"], "mv_debt_gdp": [0.8]})
    debt.to_csv(tmp_path / "jlnx_annual_1929_2022.csv", index=False)
    return tmp_path


def test_real_returns_are_yields_less_inflation_until_yields_move(folder):
    found = real_returns(folder)
    month = (2 * np.log(1.02) - np.log(1.02)) / 12
    quiet = found[:"2022-05-31"]
    np.testing.assert_allclose(quiet, month, rtol=1e-9)
    # A note of 4%, sold a month on at 5%: its coupons one by one.
    value = sum(0.02 / 1.025 ** (k - 1 / 6) for k in range(1, 11))
    value += 1 / 1.025 ** (10 - 1 / 6)
    moved = np.log(value) - np.log(1.02) / 12
    np.testing.assert_allclose(found["2022-06-30"], moved, rtol=1e-9)


def test_the_loss_is_what_yields_had_not_promised_over_what_laws_cost(folder):
    found = {r["quantity"]: r["value"] for r in who_paid(folder)}
    assert found["emergency_laws"] == pytest.approx(100 * (1000 - 40) / 4800)
    returns = real_returns(folder)["2021":"2023"]
    assert len(returns) == 36
    unexpected = 3 * np.log(1.02) - returns.sum()
    loss = 80 * (1 - np.exp(-unexpected))
    assert found["unexpected_loss"] == pytest.approx(loss, rel=1e-9)
    assert found["share_bondholders"] == pytest.approx(loss / 20, rel=1e-9)


def test_the_shipped_share_is_that_of_its_parts():
    found = shipped_payment()
    loss, error = found["unexpected_loss"]
    laws = found["emergency_laws"][0]
    share, its_error = found["share_bondholders"]
    assert share == pytest.approx(loss / laws, rel=1e-7)
    assert its_error == pytest.approx(error / laws, rel=1e-7)
    assert 0 < share < 1
