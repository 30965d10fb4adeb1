"""The debt desk's accounts against a spreadsheet in plain Python and closed forms."""

import csv
import math

import numpy as np
import pytest

from fiscax.calibration.desk import accounts as desk
from fiscax.calibration.desk import gaps, signals, stress
from fiscax.calibration.desk.assumptions import load_assumptions, option_names
from fiscax.calibration.parameters.numbers import NumbersError
from fiscax.calibration.record.projections import (
    ProjectionError,
    find_projection,
    read_projection,
    shipped_projections,
)

SIZES = load_assumptions().stress


def read(name):
    return desk.accounts_of(read_projection(name), load_assumptions())


def cells(name):
    """Cells of a shipped file, read without fiscax."""
    text = find_projection(name).read_text().splitlines()
    return list(csv.DictReader(x for x in text if not x.startswith("#")))


def steady(
    balance=0.01, growth=0.02, inflation=0.02, interest=0.05, years=30, debt=0.8
):
    full = [np.full(years, x) for x in (balance, 0.0, growth, inflation, interest)]
    zero = np.zeros(years)
    short, rolling = np.full(years, 0.2), np.full(years, 0.1)
    return desk.Accounts(
        np.arange(1, years + 1), debt, *full, zero, zero, short, rolling
    )


def spreadsheet(name, inflation=2.0):
    """Debt and the parts of its change, cell by cell, in percent of GDP."""
    opening, *rows = cells(name)
    debt, lines = float(opening["debt"]), []
    for row in rows:
        number = {k: float(v) if v else 0.0 for k, v in row.items()}
        p = (number["inflation"] if "inflation" in row else inflation) / 100
        i, n = number["rate"] / 100, number["growth"] / 100
        g = (1 + n) / (1 + p) - 1
        a, e = (number.get(k, 0.0) / 100 for k in ("foreign_share", "depreciation"))
        home = (1 - a) * debt * (1 + i) / (1 + n)
        abroad = a * debt * (1 + i) * (1 + e) / (1 + n)
        new = home + abroad - number["primary_balance"] + number.get("other_means", 0)
        lines.append(
            {
                "debt": new,
                "primary_balance": -number["primary_balance"],
                "interest": debt * i / (1 + n),
                "real_growth": -debt * g / (1 + n),
                "inflation": -debt * p * (1 + g) / (1 + n),
                "exchange_rate": debt * a * e * (1 + i) / (1 + n),
                "stock_flow": number.get("other_means", 0.0),
            }
        )
        debt = new
    return lines


@pytest.mark.parametrize("name", shipped_projections())
def test_parts_add_up_and_are_those_of_a_spreadsheet(name):
    accounts = read(name)
    parts = desk.decomposition(accounts)
    change = accounts.debt - accounts.before
    assert set(parts) == set(desk.PARTS)
    assert np.abs(sum(parts.values()) - change).max() < 1e-10
    lines = spreadsheet(name)
    for part, values in {**parts, "debt": accounts.debt}.items():
        own = [line[part] for line in lines]
        assert 100 * values == pytest.approx(own, abs=1e-10), part
    assert accounts.debt == pytest.approx(read_projection(name).debt, abs=1e-12)


def test_parts_of_the_baseline_are_cbos_published_numbers():
    accounts, (opening, *rows) = read("cbo_baseline"), cells("cbo_baseline")
    parts = desk.decomposition(accounts)
    interest = [float(r["net_interest"]) for r in rows]
    assert 100 * parts["interest"] == pytest.approx(interest, abs=0.01)
    debt = [float(r["debt"]) for r in (opening, *rows)]
    total = 100 * sum(p.sum() for p in parts.values())
    assert total == pytest.approx(debt[-1] - debt[0], abs=0.01)


def test_needs_pay_for_what_falls_due_and_leave_the_debt():
    accounts = read("example_foreign_currency")
    needs = desk.financing_needs(accounts)
    kept = (1 - accounts.short - accounts.rolling) * accounts.before
    kept = kept * (1 + accounts.revaluation) / (1 + accounts.growth)
    # What is borrowed and what did not fall due are the debt at the end.
    assert sum(needs.values()) + kept == pytest.approx(accounts.debt, abs=1e-12)


def test_a_rise_of_rates_reaches_the_debt_as_it_is_rolled_over():
    accounts = steady(balance=0.04, growth=0.0, inflation=0.0)
    assert accounts.debt == pytest.approx(np.full(30, 0.8), abs=1e-12)
    found = desk.rolled_over(accounts, np.full(30, 0.02))
    closed = 0.02 * (1 - 0.7 ** np.arange(30))
    assert found == pytest.approx(closed, abs=1e-14)


@pytest.mark.parametrize("years", [1, 5, 30])
def test_gaps_of_a_steady_projection(years):
    accounts = steady()
    nominal = 1.02**2
    closed = 0.8 * (1.05 - nominal) / nominal
    assert gaps.stabilising_balance(accounts)[0] == pytest.approx(closed, rel=1e-12)
    assert gaps.tax_gap(accounts, years) == pytest.approx(closed - 0.01, rel=1e-10)
    assert gaps.s2(accounts) == pytest.approx(closed - 0.01, rel=1e-10)
    # An annuity: what is lacking at the horizon over the worth of a point each year.
    growing = 1.05 / nominal
    end = 0.8 * growing**30 - 0.01 * (growing**30 - 1) / (growing - 1)
    annuity = (growing**30 - 1) / (growing - 1)
    assert gaps.s1(accounts, 0.6) == pytest.approx((end - 0.6) / annuity, rel=1e-10)


@pytest.mark.parametrize("name", shipped_projections())
def test_adjusted_balances_reach_what_they_are_for(name):
    accounts = read(name)
    reached = accounts.changed(balance=accounts.balance + gaps.s1(accounts, 0.6))
    assert reached.debt[-1] == pytest.approx(0.6, abs=1e-10)
    still = accounts.changed(balance=gaps.stabilising_balance(accounts))
    assert still.debt[0] == pytest.approx(accounts.opening, abs=1e-12)


def test_s2_is_the_value_of_surpluses_summed_for_ever():
    accounts = read("cbo_baseline")
    size = float(gaps.s2(accounts))
    assert math.isfinite(size)
    rate, growth = accounts.rate, accounts.growth
    factor, value = 1.0, 0.0
    for t in range(20_000):
        k = min(t, len(rate) - 1)
        factor *= (1 + growth[k]) / (1 + rate[k])
        value += factor * (accounts.balance[k] - accounts.other[k] + size)
    assert value == pytest.approx(accounts.opening, rel=1e-8)
    assert gaps.s2(steady(interest=0.03)) == np.inf


def test_stress_tests_do_what_their_sizes_say():
    accounts = steady()
    found = stress.stressed(accounts, SIZES)
    assert set(found) == set(stress.TESTS)
    hit = np.zeros(30)
    hit[1:3] = 0.02
    growth = found["growth"]
    assert accounts.real_growth - growth.real_growth == pytest.approx(hit, abs=1e-15)
    # The GDP that is lost, and the spending that is not cut, level by level.
    level = np.cumprod(1 + growth.real_growth) / np.cumprod(1 + accounts.real_growth)
    extra = 0.35 / level - 0.35
    assert accounts.balance - growth.balance == pytest.approx(extra, abs=1e-14)
    assert found["contingent"].other[1] == pytest.approx(0.1)
    # The second year's rate is paid on what was issued in it, from the third on.
    rates = found["rates"].interest - accounts.interest
    assert rates[1] == 0 and 0 < rates[2] < 0.02 and rates[-1] < 0.02
    assert np.all(np.diff(rates) >= 0)
    # Without foreign currency a depreciation moves nothing.
    assert found["exchange_rate"].debt == pytest.approx(accounts.debt, abs=1e-14)
    abroad = read("example_foreign_currency")
    under = stress.stressed(abroad, SIZES)["exchange_rate"]
    before, after = abroad.debt[0], under.debt[1]
    carried = before * (1 + abroad.interest[1]) * (1 + 0.44 * (1.025 * 1.3 - 1))
    nominal = (1 + abroad.real_growth[1]) * (1.043 + 0.25 * 0.3)
    assert after == pytest.approx(carried / nominal + 0.015 + 0.002, abs=1e-12)
    assert all(
        x.debt[-1] > abroad.debt[-1] for x in stress.stressed(abroad, SIZES).values()
    )


def test_balances_in_place_of_a_test_move_debt_as_it_does():
    accounts = read("example_foreign_currency")
    for test, under in stress.stressed(accounts, SIZES).items():
        instead = stress.as_balances(accounts, under)
        again = accounts.changed(balance=accounts.balance + instead)
        assert again.debt == pytest.approx(under.debt, abs=1e-12), test


def test_the_heat_map_and_a_household():
    low, high = np.array([0.5, 0.6]), np.array([0.5, 0.8])
    assert signals.signal(low, [low], 0.7) == "below"
    assert signals.signal(low, [low, high], 0.7) == "above under stress"
    assert signals.signal(high, [low], 0.7) == "above"
    # Tables of mortgages: 30 years at 6% cost 599.55 a month per 100,000.
    assert signals.instalment(1e5, 0.06, 30) == pytest.approx(599.55, abs=0.005)
    household = {"loan": 1e5, "years": 30, "rate": 6.0, "pass_through": 1.0}
    assert signals.dearer_mortgage(0.0, household) == 0
    # 665.30 a month at 7%.
    more = signals.dearer_mortgage(0.01, household)
    assert more == pytest.approx(12 * (665.30 - 599.55), abs=0.1)


def test_assumptions_are_changed_by_name():
    changed = load_assumptions({"stress_rate_rise": 3.0})
    assert changed.stress["rate_rise"] == 3.0
    assert {"stress_rate_rise", "gaps_target"} <= set(option_names())
    given = [r for r in changed.records if r["source"] == "given with --set"]
    assert [r["name"] for r in given] == ["rate_rise"]
    with pytest.raises(NumbersError, match="rate_rise = 30"):
        load_assumptions({"stress_rate_rise": 30})


def workbook(path, name, change=None):
    """A shipped file as an Excel workbook with numbers in its cells."""
    from openpyxl import Workbook

    book = Workbook()
    for line in find_projection(name).read_text().splitlines():
        note = line.startswith("#")
        row = [line] if note else [_number(c) for c in line.split(",")]
        book.active.append(row)
    for cell, value in (change or {}).items():
        book.active[cell] = value
    book.save(path)
    return path


def _number(text):
    try:
        return float(text) if text else None
    except ValueError:
        return text


@pytest.mark.parametrize("name", shipped_projections())
def test_a_workbook_is_read_as_its_csv_file(tmp_path, name):
    own, again = (
        read_projection(name),
        read_projection(workbook(tmp_path / "a.xlsx", name)),
    )
    assert (own.name, own.source, own.opening_debt) == (
        again.name,
        again.source,
        again.opening_debt,
    )
    for one, other in zip(own.flows, again.flows, strict=True):
        assert np.array_equal(one, other)
    assert own.profile.errors == again.profile.errors


def test_a_wrong_workbook_is_refused_with_row_and_column(tmp_path):
    name = "example_foreign_currency"
    path = workbook(tmp_path / "wrong.xlsx", name, {"D15": "six"})
    with pytest.raises(ProjectionError, match=r"row 4 \(year 2033\), column 'rate'"):
        read_projection(path)
    path = workbook(tmp_path / "wrong.xlsx", name, {"F14": 140})
    with pytest.raises(
        ProjectionError, match=r"row 3 .*'foreign_share': has to be from"
    ):
        read_projection(path)
    path.write_text("no workbook")
    with pytest.raises(ProjectionError, match="not an Excel workbook"):
        read_projection(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("average_maturity: 5", "average_maturity: five", "note 'average_maturity'"),
        ("# error_first: 1.2\n", "", "note 'error_first' is missing"),
        ("group: emerging", "group: poor", "note 'group': 'poor'"),
        (",depreciation", ",maturing", "column 'depreciation' is missing"),
    ],
)
def test_wrong_notes_are_refused(tmp_path, old, new, message):
    text = find_projection("example_foreign_currency").read_text()
    assert old in text
    path = tmp_path / "wrong.csv"
    path.write_text(text.replace(old, new))
    with pytest.raises(ProjectionError, match=message):
        read_projection(path)
