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
    file_rows,
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
    shares, due = np.array([0.2, 0.5, 0.3]), np.outer(np.ones(years), [1, 0.2, 0.05])
    return desk.Accounts(np.arange(1, years + 1), debt, *full, zero, zero, shares, due)


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


def notes_of(name):
    """Notes of a shipped file that are numbers, read without fiscax."""
    lines = find_projection(name).read_text().splitlines()
    pairs = [x[1:].split(":", 1) for x in lines if x.startswith("#") and ":" in x]
    return {k.strip(): v.strip() for k, v in pairs}


# What is assumed where a file says nothing: bills, notes, bonds and their years.
ASSUMED = {"bills": 20, "notes": 60, "bonds": 20, "notes_years": 6, "bonds_years": 25}


@pytest.mark.parametrize("name", shipped_projections())
def test_needs_are_those_of_a_spreadsheet_kind_by_kind(name):
    notes = {k: float(notes_of(name).get(k, v)) for k, v in ASSUMED.items()}
    assert ("bills" in notes_of(name)) == (name != "example_projection")
    accounts = read(name)
    needs, left = desk.financing_needs(accounts), desk.still_owed(accounts)
    opening, *rows = cells(name)
    debt, stock = float(opening["debt"]), dict.fromkeys(desk.TENORS, 1.0)
    for k, (row, line) in enumerate(zip(rows, spreadsheet(name), strict=True)):
        number = {c: float(v) if v else 0.0 for c, v in row.items()}
        moved = number.get("foreign_share", 0) * number.get("depreciation", 0) / 1e4
        owed = debt * (1 + moved) / (1 + number["growth"] / 100)
        own = {
            "deficit": number.get("other_means", 0.0) - number["primary_balance"],
            "interest": owed * number["rate"] / 100,
            "bills": owed * notes["bills"] / 100,
            "notes": owed * notes["notes"] / 100 / notes["notes_years"],
            "bonds": owed * notes["bonds"] / 100 / notes["bonds_years"],
        }
        for part, value in own.items():
            assert 100 * needs[part][k] == pytest.approx(value, abs=1e-10), part
        for j, tenor in enumerate(desk.TENORS):
            stock[tenor] *= 1 - 1 / (1 if not j else notes[f"{tenor}_years"])
            assert left[k, j] == pytest.approx(stock[tenor], abs=1e-12)
        debt = line["debt"]


def test_needs_pay_for_what_falls_due_and_leave_the_debt():
    accounts = read("example_foreign_currency")
    needs = desk.financing_needs(accounts)
    kept = (1 - accounts.due @ accounts.shares) * accounts.before
    kept = kept * (1 + accounts.revaluation) / (1 + accounts.growth)
    # What is borrowed and what did not fall due are the debt at the end.
    assert sum(needs.values()) + kept == pytest.approx(accounts.debt, abs=1e-12)


def test_what_the_file_says_falls_due_is_split_by_kind():
    shares, lives = np.array([0.2, 0.6, 0.2]), np.array([1.0, 6.0, 25.0])
    given = np.array([0.1, 0.2, 0.308, 0.9, 1.0])
    due = desk.due_by_tenor(shares, lives, np.zeros(5), given)
    assert due @ shares == pytest.approx(given, abs=1e-15)
    assert np.all((due >= 0) & (due <= 1 + 1e-15))
    # Bills first; then what falls due as it does without the column.
    assert due[0] == pytest.approx([0.5, 0, 0], abs=1e-15)
    assert due[2] == pytest.approx(1 / lives, rel=1e-12)
    # All notes, and bonds for the rest.
    assert due[3] == pytest.approx([1, 1, 0.5], rel=1e-12)
    none = desk.due_by_tenor(np.array([0.0, 1.0, 0.0]), lives, np.zeros(5), given)
    assert none[:, 1] == pytest.approx(given, abs=1e-15)


def test_a_rise_of_rates_reaches_the_debt_as_it_is_rolled_over():
    accounts = steady(balance=0.04, growth=0.0, inflation=0.0)
    assert accounts.debt == pytest.approx(np.full(30, 0.8), abs=1e-12)
    found = desk.rolled_over(accounts, np.full(30, 0.02))
    years = np.arange(30)
    left = 0.2 * (years == 0) + 0.5 * 0.8**years + 0.3 * 0.95**years
    assert found == pytest.approx(0.02 * (1 - left), abs=1e-14)


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


def stress_sheet(name, test):
    """Debt and needs under a test, cell by cell, as decimals: no arrays, no fiscax."""
    notes = {k: float(notes_of(name).get(k, v)) for k, v in ASSUMED.items()}
    kinds = [
        (notes[k] / 100, 1.0 if k == "bills" else 1 / notes[f"{k}_years"])
        for k in ("bills", "notes", "bonds")
    ]
    opening, *rows = cells(name)
    debt = calm = float(opening["debt"]) / 100
    lost, new = 1.0, [0.0, 0.0, 0.0]
    found = []
    for t, row in enumerate(rows, start=1):
        x = {c: float(v) / 100 if v else 0.0 for c, v in row.items()}
        p = x.get("inflation", 0.02)
        g = (1 + x["growth"]) / (1 + p) - 1
        i, b, o = x["rate"], x["primary_balance"], x.get("other_means", 0.0)
        a, e = x.get("foreign_share", 0.0), x.get("depreciation", 0.0)
        hit, rise = t in (2, 3), 0.0
        if test in ("growth", "contingent", "combined"):
            lost *= (1 + g - 0.02 * hit) / (1 + g)
            g, p = g - 0.02 * hit, p - 0.25 * 0.02 * hit
            b -= 0.35 * (1 / lost - 1)
        if test in ("balance", "combined"):
            b, rise = b - 0.01 * hit, rise + 0.25 * 0.01 * hit
        if test == "contingent":
            o += 0.1 * (t == 2)
        if test in ("rates", "combined"):
            rise += 0.02 * (t >= 2)
        if test in ("exchange_rate", "combined") and t == 2:
            e, p = (1 + e) * 1.3 - 1, p + 0.25 * 0.3 * (a > 0)
        nominal = (1 + g) * (1 + p)
        # New rates are paid from the year after issue, on bills, notes and bonds.
        paid = i + sum(s * n for (s, _), n in zip(kinds, new, strict=True))
        owed = debt * (1 + a * e) / nominal
        after = owed * (1 + paid) - b + o
        needs = o - b + owed * paid + sum(s * d for s, d in kinds) * owed
        found.append((after, needs))
        # What is carried on keeps its rate; risen rates do not raise what is issued.
        before, calm = calm, calm * (1 + a * e) * (1 + i) / nominal - b + o
        kept = [(1 - d) * before / nominal / calm for _, d in kinds]
        new = [k * n + (1 - k) * rise for k, n in zip(kept, new, strict=True)]
        debt = after
    return found


@pytest.mark.parametrize("test", stress.TESTS)
@pytest.mark.parametrize("name", shipped_projections())
def test_stress_tests_are_those_of_a_spreadsheet(name, test):
    under = stress.stressed(read(name), SIZES)[test]
    needs = sum(desk.financing_needs(under).values())
    sheet = np.array(stress_sheet(name, test))
    assert under.debt == pytest.approx(sheet[:, 0], abs=1e-12)
    assert needs == pytest.approx(sheet[:, 1], abs=1e-12)


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
    with pytest.raises(NumbersError, match="110 percent of the debt together"):
        load_assumptions({"assumed_bills": 50})


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


@pytest.mark.parametrize("name", shipped_projections())
def test_a_projection_is_written_as_it_is_read(tmp_path, name):
    own = read_projection(name)
    path = tmp_path / "again.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(file_rows(own))
    again = read_projection(path)
    assert (again.name, again.source, again.opening_debt) == (
        own.name,
        own.source,
        pytest.approx(own.opening_debt, rel=1e-15),
    )
    for one, other in zip(again.flows, own.flows, strict=True):
        assert one == pytest.approx(np.asarray(other), rel=1e-14, abs=1e-17)
    kept = vars(own.profile)
    for part, value in vars(again.profile).items():
        plain = value is None or isinstance(value, str)
        assert value == (kept[part] if plain else pytest.approx(kept[part], rel=1e-14))


# Cell -> what stands there, what the message says; the header is in row 15.
WRONG_CELLS = {
    "A19": (2035, r"row 4 \(year 2035, cell A19\), column 'year': has to be 2033"),
    "B18": (None, r"row 3 \(year 2032, cell B18\), column 'primary_balance': is em"),
    "C17": (-120, r"row 2 .*cell C17\), column 'growth': has to be above -100"),
    "D19": ("six", r"row 4 \(year 2033, cell D19\), column 'rate': 'six' is not a n"),
    "E16": (2.0, r"row 1 .*cell E16\), column 'inflation': the opening row holds"),
    "F18": (140, r"row 3 .*cell F18\), column 'foreign_share': has to be from 0"),
    "I17": (70, r"row 2 .*cell I17\), column 'debt': 70 is not the 60.589"),
    "C15": ("grwth", r"unknown column 'grwth'; did you mean 'growth'"),
}


@pytest.mark.parametrize("cell", WRONG_CELLS)
def test_a_wrong_workbook_is_refused_with_row_column_and_cell(tmp_path, cell):
    value, message = WRONG_CELLS[cell]
    name = "example_foreign_currency"
    path = workbook(tmp_path / "wrong.xlsx", name, {cell: value})
    with pytest.raises(ProjectionError, match=message):
        read_projection(path)


def test_empty_rows_of_a_workbook_do_not_move_its_cells(tmp_path):
    from openpyxl import load_workbook

    path = workbook(tmp_path / "a.xlsx", "example_foreign_currency")
    book = load_workbook(path)
    book.active.insert_rows(15, amount=2)
    book.active["D21"] = "six"
    book.save(path)
    with pytest.raises(ProjectionError, match=r"year 2033, cell D21\), column 'rate'"):
        read_projection(path)
    path = tmp_path / "none.xlsx"
    path.write_text("no workbook")
    with pytest.raises(ProjectionError, match="not an Excel workbook"):
        read_projection(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("notes_years: 4", "notes_years: four", "note 'notes_years': 'four'"),
        ("# notes_years: 4\n", "", "note 'notes_years' is missing"),
        ("# bills: 12\n", "", "note 'bills' is missing"),
        ("# bills: 12\n", "# bills: 22\n", "notes bills, notes, bonds: add up to 110"),
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
