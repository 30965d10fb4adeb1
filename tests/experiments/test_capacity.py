"""Projection files, their accounting, and fiscal capacity against closed forms."""

import math

import numpy as np
import pytest

from fiscax.calibration.desk.accounts import accounts_of
from fiscax.calibration.desk.assumptions import load_assumptions
from fiscax.calibration.desk.pricing import Answers, no_answers
from fiscax.calibration.economies.store import EconomyStore
from fiscax.calibration.record import projections as projection_file
from fiscax.calibration.record.projections import Flows, Projection, read_projection
from fiscax.calibration.valuation import capacity as fiscal_capacity
from fiscax.calibration.valuation.capacity import (
    Shift,
    adjustments,
    capacities,
    capacity,
)
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.capacity import page as capacity_page
from fiscax.experiments.capacity import study as experiment
from fiscax.experiments.command import cli
from fiscax.experiments.desk.cases import Case
from fiscax.experiments.outlook import desk as outlook_desk
from fiscax.experiments.report.results import save_result
from fiscax.experiments.tables import rows

# Published baseline: fiscal year -> debt held by the public in billions (literature).
DEBT_BN = {2026: 32095, 2027: 34005, 2030: 40280, 2036: 56152}
GDP_BN = {2026: 31902, 2027: 33315, 2030: 37391, 2036: 46712}
EXTENDED = {2037: 122.449, 2046: 144.497, 2055: 171.785}


@pytest.fixture(scope="module")
def baseline():
    return read_projection("cbo_baseline")


def steady(years=40, balance=0.01, growth=0.04, rate=0.05, opening=0.8, convenience=0):
    parts = [np.full(years, x) for x in (balance, growth, rate, 0.0, convenience)]
    return Projection("flat", "", np.arange(1, years + 1), opening, Flows(*parts))


def test_the_shipped_baseline_closes_every_year(baseline):
    published = published_debt(baseline)
    flows = baseline.flows
    before = np.append(baseline.opening_debt, published[:-1])
    carried = before * (1 + flows.rate) / (1 + flows.growth)
    gaps = 100 * (published - carried + flows.primary_balance - flows.other_means)
    assert np.abs(gaps).max() < 0.01
    assert np.abs(baseline.debt - published).max() < 1e-4


def published_debt(baseline):
    path = projection_file.find_projection("cbo_baseline")
    rows = [r for r in path.read_text().splitlines() if r[:2] == "20"]
    assert len(rows) == len(baseline.years) + 1
    return np.array([float(r.split(",")[-1]) for r in rows[1:]]) / 100


def test_the_shipped_baseline_has_the_published_debt(baseline):
    debt = dict(zip(baseline.years.tolist(), 100 * baseline.debt, strict=True))
    for year, billions in DEBT_BN.items():
        assert debt[year] == pytest.approx(100 * billions / GDP_BN[year], abs=0.006)
    for year, percent in EXTENDED.items():
        assert debt[year] == pytest.approx(percent, abs=0.01)
    assert debt[2056] == pytest.approx(175.1, abs=0.05)
    growth = baseline.flows.growth[1:11]
    assert 100 * float(np.mean(growth)) == pytest.approx(3.89, abs=0.01)


@pytest.mark.data
def test_the_shipped_baseline_is_the_record(baseline, data_dir):
    import pandas as pd

    frame = pd.read_csv(data_dir / "cbo_fiscal_annual.csv")
    frame.index = pd.Index(frame["DATE"].str[:4].astype(int))
    own = frame.loc[2026:2056]
    assert np.allclose(
        own["primary_balance_pct_gdp"] / 100, baseline.flows.primary_balance, atol=1e-9
    )
    assert np.allclose(own["debt_public_pct_gdp"] / 100, published_debt(baseline))
    # Without moved payments the official ten-year deficits leave little to explain.
    vintages = pd.read_csv(data_dir / "cbo_baseline_vintages.csv")
    last = vintages[vintages["DATE"] == "2026-02-01"]
    deficit = last[last["component"] == "deficit"].set_index("projected_fiscal_year")
    gdp = 1000 * frame["gdp_trillions"].loc[2025:2036]
    debt = frame["debt_public_pct_gdp"].loc[2025:2036] / 100 * gdp
    other = 100 * ((debt.diff() + deficit["value"]) / gdp).loc[2026:]
    assert other.abs().max() < 0.21
    assert other.loc[2027:].abs().max() < 0.14


def test_capacity_without_a_premium_is_the_debt(baseline):
    for projection in (baseline, read_projection("example_projection")):
        found = capacities(projection, (0.0,))
        assert found.total[0] == pytest.approx(projection.opening_debt, rel=1e-12)


def test_capacity_of_the_baseline_is_the_published_one(baseline):
    recipe = experiment.load_recipe()
    as_published = experiment.as_published(baseline, recipe)
    again = 100 * capacities(as_published, experiment.PREMIA).total
    assert again == pytest.approx(recipe.published, abs=0.5)
    parts = capacities(as_published, (0.0, 0.026, 0.03))
    assert 100 * parts.surpluses == pytest.approx([-68, -47, -45], abs=0.5)
    assert 100 * parts.terminal == pytest.approx([167, 80, 71], abs=0.65)
    # Published balances, 2056 and the published rates: a point of GDP or two less.
    own = 100 * capacities(baseline, experiment.PREMIA).total
    assert own == pytest.approx(recipe.published, abs=1.0)


def test_capacity_of_a_steady_projection_is_an_annuity():
    projection = steady()
    premium, years = 0.02, 40
    v = 1.04 / 1.07
    value = 0.01 * v * (1 - v**years) / (1 - v)
    growing = 1.05 / 1.04
    terminal = 0.8 * growing**years - 0.01 * (growing**years - 1) / (growing - 1)
    found = capacities(projection, (premium,))
    assert found.surpluses[0] == pytest.approx(value, rel=1e-12)
    assert found.terminal[0] == pytest.approx(v**years * terminal, rel=1e-12)


def test_convenience_is_worth_its_flow():
    plain, served = steady(), steady(convenience=0.006)
    shift = Shift(premium=0.01)
    with_services = capacity(served.flows, served.opening_debt, shift)
    # Discounting by a rate that is higher by the convenience, plus the flow itself.
    higher = capacity(plain.flows, plain.opening_debt, Shift(premium=0.016))
    before = np.concatenate([[0.8], plain.debt[:-1]])
    factors = fiscal_capacity.discount_factors(served.flows, 0.01)
    flow = float(factors @ (0.006 * before / 1.04))
    assert float(with_services.total) == pytest.approx(
        float(higher.total) + flow, rel=1e-12
    )


def test_a_rise_of_the_balance_is_worth_an_annuity(baseline):
    base = capacity(baseline.flows, baseline.opening_debt, Shift(premium=0.026))
    up = capacity(
        baseline.flows, baseline.opening_debt, Shift(premium=0.026, balance=0.005)
    )
    each = float(fiscal_capacity.annuity(baseline.flows, 0.026)[0])
    assert float(up.total - base.total) == pytest.approx(0.005 * each, rel=1e-10)


@pytest.mark.parametrize("first", [0, 10, 25])
def test_the_adjustment_restores_the_valuation(baseline, first):
    premium = 0.02
    step = adjustments(baseline, premium)
    factors = np.asarray(fiscal_capacity.discount_factors(baseline.flows, premium))
    flows = baseline.flows
    cash = np.asarray(flows.primary_balance - flows.other_means)
    late = np.arange(len(cash)) >= first
    # Second method: surpluses summed for three thousand years.
    growth, rate = float(flows.growth[-1]), float(flows.rate[-1]) + premium
    beyond = factors[-1] * ((1 + growth) / (1 + rate)) ** np.arange(1, 3001)
    size = step.for_good[first]
    value = factors @ (cash + size * late) + beyond.sum() * (cash[-1] + size)
    assert value == pytest.approx(baseline.opening_debt, rel=1e-9)
    size = step.to_horizon[first]
    value = factors @ (cash + size * late) + factors[-1] * baseline.debt[-1]
    assert value == pytest.approx(baseline.opening_debt, rel=1e-9)


def test_surpluses_for_ever_need_a_rate_above_growth():
    projection = steady(growth=0.05, rate=0.03)
    with pytest.raises(fiscal_capacity.CapacityError, match="does not exceed growth"):
        adjustments(projection, 0.01)
    assert np.all(np.isfinite(adjustments(projection, 0.03).for_good))


GOOD = "year,primary_balance,growth,rate,debt\n2030,,,,60\n2031,-1,4,3,\n2032,0,4,3,\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("growth", "grwth", "unknown column 'grwth'; did you mean 'growth'?"),
        (",rate", "", "column 'rate' is missing"),
        ("2032,0,4,3,", "2033,0,4,3,", "row 3 (year 2033), column 'year': has to be"),
        ("2032,0,4,3,", "2032,x,4,3,", "row 3 (year 2032), column 'primary_balance'"),
        ("2032,0,4,3,", "2032,0,,3,", "column 'growth': is empty"),
        ("2031,-1,4,3,", "2031,-1,4,3,70", "column 'debt': 70 is not the 60.423"),
        ("2031,-1,4,3,", "2031,-1,4,3", "row 2: 4 cells under 5 columns"),
        ("2030,,,,60", "2030,,,,", "row 1 (year 2030), column 'debt': is empty"),
        ("2030,,,,60", "2030,1,,,60", "the opening row holds year and debt only"),
        ("2032,0,4,3,", "2032,0,-100,3,", "has to be above -100"),
        ("2032,0,4,3,", "2032,0,nan,3,", "column 'growth': 'nan' is not a number"),
    ],
)
def test_a_wrong_file_is_refused_with_row_and_column(
    tmp_path, capsys, old, new, message
):
    path = tmp_path / "wrong.csv"
    text = GOOD.replace(old, new)
    if old == ",rate":
        text = text.replace(",3,", ",").replace("2030,,,,60", "2030,,,60")
    path.write_text(text)
    assert cli.main(["capacity", str(path), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def moved_cases(name):
    """A shipped projection at given rates, and with answers that are invented."""
    assumptions = load_assumptions()
    projection = read_projection(name)
    base = accounts_of(projection, assumptions)
    years = len(base.years)
    returns, inflation, rise = 0.004 * np.sin(np.arange(3 * years)).reshape(3, years)
    answers = [no_answers(years), Answers(returns + 0.003, inflation, rise)]
    keys = ("exogenous", "risky")
    pairs = zip(keys, answers, strict=True)
    cases = [Case(key, "baseline", base, moved) for key, moved in pairs]
    return projection, cases, assumptions


def spreadsheet(projection, case):
    """Yearly balance, growth, rate, convenience and debt in plain numbers."""
    flows = projection.flows
    debt, lines = projection.opening_debt, []
    for k in range(len(projection.years)):
        balance, growth, rate, other, convenience = (float(f[k]) for f in flows)
        up, more = float(case.moved.inflation[k]), float(case.moved.returns[k])
        growth = (1 + growth) * math.exp(up) - 1
        rate = (1 + rate) * math.exp(up + more) - 1
        before, debt = debt, debt * (1 + rate) / (1 + growth) - balance + other
        lines.append((balance - other, growth, rate, convenience, before, debt))
    return lines


@pytest.mark.parametrize("name", projection_file.shipped_projections())
def test_capacity_by_pricing_is_that_of_a_spreadsheet(name):
    projection, cases, assumptions = moved_cases(name)
    found = experiment.pricing_tables(projection, cases, assumptions)
    for case in cases:
        sheet = spreadsheet(projection, case)
        for premium in experiment.PREMIA:
            factor, surpluses, services, each = 1.0, 0.0, 0.0, 0.0
            for cash, growth, rate, convenience, before, _ in sheet:
                factor *= (1 + growth) / (1 + rate + convenience + premium)
                surpluses += 100 * factor * cash
                services += 100 * factor * convenience * before / (1 + growth)
                each += factor
            left = 100 * factor * sheet[-1][-1]
            own = {"funding": case.funding, "premium": 100 * premium}
            (row,) = rows(found["pricing_capacity"], **own)
            assert row["surpluses"] == pytest.approx(surpluses, abs=1e-10)
            assert row["services"] == pytest.approx(services, abs=1e-10)
            assert row["terminal_debt"] == pytest.approx(left, abs=1e-10)
            total = surpluses + services + left
            assert row["capacity"] == pytest.approx(total, abs=1e-10)
            steps = rows(found["pricing_adjustment"], **own)
            # For good: the last year goes on for ever, where that has a value.
            cash, growth, rate, convenience, *_ = sheet[-1]
            gap = rate + convenience + premium - growth
            assert bool(steps) == (gap > 0)
            if steps:
                debt = 100 * projection.opening_debt
                horizon = (debt - total) / each
                assert steps[0]["to_horizon"] == pytest.approx(horizon, abs=1e-9)
                end = factor * (1 + growth) / gap
                lacking = debt - surpluses - services - 100 * end * cash
                assert steps[0]["for_good"] == pytest.approx(
                    lacking / (each + end), rel=1e-9
                )
        moved = {r["input"]: r for r in rows(found["pricing_sensitivity"])}
        assert set(moved) == set(experiment.INPUTS)


@pytest.mark.parametrize("name", projection_file.shipped_projections())
def test_gaps_by_pricing_stand_beside_capacity(name):
    projection, cases, assumptions = moved_cases(name)
    found = experiment.pricing_tables(projection, cases, assumptions)["pricing_gaps"]
    for case in cases:
        sheet = spreadsheet(projection, case)
        gap = {r["gap"]: r["value"] for r in rows(found, funding=case.funding)}
        assert gap["balance_first_year"] == pytest.approx(
            100 * float(projection.flows.primary_balance[0]), rel=1e-12
        )
        # Adjusted balances lead to the target, step by step.
        for name, target in (("s1", 0.6), ("tax_gap_to_the_end", sheet[0][4])):
            debt = sheet[0][4]
            for cash, growth, rate, *_ in sheet:
                debt = debt * (1 + rate) / (1 + growth) - cash - gap[name] / 100
            assert debt == pytest.approx(target, abs=1e-10)
        _, growth, rate, *_ = sheet[-1]
        assert (gap["s2"] is None) == (rate <= growth)
        if gap["s2"] is not None and not np.any(projection.flows.convenience):
            # S2 is the adjustment for good at a premium of zero, another sum.
            moved = experiment.priced_projection(projection, case)
            again = 100 * float(adjustments(moved, 0.0).for_good[0])
            assert gap["s2"] == pytest.approx(again, rel=1e-9)


@pytest.mark.slow
def test_capacity_is_priced_in_an_economy(tmp_path, monkeypatch, risky_economy):
    asked = []

    def core(store, name, case=None, **_):
        asked.append((name, dict(store.overrides)))
        return risky_economy

    monkeypatch.setattr(EconomyStore, "core", core)
    monkeypatch.setattr(experiment, "PRICED", ("risky",))
    given = {"file": "example_projection", "gamma": 6.0, "gaps_target": 50}
    entry = registry.find_experiment("capacity")
    result = entry.run(registry.ExperimentContext(given, tmp_path))
    assert asked == [("risky", {"gamma": 6.0})]
    found = result.records["pricing_capacity"]
    assert {r["funding"] for r in found} == {"exogenous", "risky"}
    # At no premium capacity is the debt, whoever prices it.
    assert [r["capacity"] for r in found if r["premium"] == 0] == pytest.approx(
        [60, 60], rel=1e-12
    )
    at = {r["funding"]: r for r in found if r["premium"] == 2.6}
    assert at["exogenous"]["surpluses"] != at["risky"]["surpluses"]
    assert result.quantities["risky_capacity_2.6"][0] == at["risky"]["capacity"]
    target = [
        r for r in result.records["capacity_assumptions"] if r["name"] == "target"
    ]
    assert [r["value"] for r in target] == [50.0]
    written = {p.name for p in save_result(result, tmp_path)}
    assert {"capacity.xlsx", "capacity_summary.html", "capacity_sources.csv"} <= written
    page = result.texts["capacity_summary.html"]
    assert "Capacity by who prices the debt" in page and "risky debt" in page
    # The workbook's first sheet is a projection file.
    own = read_projection("example_projection")
    again = read_projection(tmp_path / "capacity.xlsx")
    assert again.debt == pytest.approx(own.debt, rel=1e-12)
    assert (again.name, again.source) == (own.name, own.source)
    every = {(r["table"], r["column"]) for r in result.records["capacity_sources"]}
    for name in ("capacity", "pricing_capacity", "pricing_adjustment", "pricing_gaps"):
        labels = {"funding", "premium", "year", "gap"}
        assert {(name, c) for c in result.records[name][0] if c not in labels} <= every


def test_the_command_writes_tables_figure_and_section(tmp_path, capsys):
    command = ["capacity", "example_projection", "--set", "pricing=false"]
    assert cli.main([*command, "--out", str(tmp_path)]) == 0
    names = {p.name for p in tmp_path.iterdir()}
    assert {"capacity.csv", "sensitivity.csv", "tornado.png", "manifest.json"} <= names
    entry = registry.find_experiment("capacity")
    alone = registry.ExperimentContext({"pricing": False}, tmp_path)
    result = entry.run(alone)
    # Without a premium capacity is the debt: rolling over has no value of its own.
    first = result.records["capacity"][0]
    assert first["share_of_debt"] == pytest.approx(1.0, rel=1e-12)
    text = "".join(b.html(f"b{k}") for k, b in enumerate(entry.section(result).blocks))
    assert "<svg" in text and "Published" in text and "By first year" not in text
    capsys.readouterr()
    assert cli.main(["capacity", "nothing", "--out", str(tmp_path)]) == 2
    absent = tmp_path / "absent.csv"
    assert cli.main(["capacity", str(absent), "--out", str(tmp_path)]) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert str(absent) in line and "cannot be read" in line


@pytest.mark.browser
@pytest.mark.parametrize("name", projection_file.shipped_projections())
def test_the_summary_prints_on_two_sheets(tmp_path, printed_pages, name):
    entry = registry.find_experiment("capacity")
    given = {"file": name, "pricing": False}
    result = entry.run(registry.ExperimentContext(given, tmp_path))
    assert printed_pages(result.texts["capacity_summary.html"]) == 2


def test_options_are_checked(tmp_path):
    entry = registry.find_experiment("capacity")
    given = {"file": "example_projection", "pricing": False}
    result = entry.run(registry.ExperimentContext(given, tmp_path))
    # Published capacities are those of CBO's baseline alone.
    assert "published" not in result.records["capacity"][0]
    assert result.data_vintage == read_projection("example_projection").source
    for more, message in (
        ({"theta": 0.5}, "pricing=false solves no economy; leave out theta"),
        ({"pricing": "no"}, "pricing is 'no', give true or false"),
        ({"gaps_target": -1}, r"gaps.target = -1 is not in"),
        ({"stress_rate_rise": 3}, "no parameter 'stress_rate_rise'"),
    ):
        with pytest.raises(FiscaxError, match=message):
            entry.run(registry.ExperimentContext(given | more, tmp_path))


def test_both_desks_of_a_report_write_files_of_their_own():
    """The report keeps all files in one folder."""
    assert not set(capacity_page.SHEETS) & set(outlook_desk.TABLES)
