"""Projection files, their accounting, and fiscal capacity against closed forms."""

import numpy as np
import pytest

from fiscax.calibration.economies.store import OverrideError
from fiscax.calibration.record import projections as projection_file
from fiscax.calibration.record.projections import Flows, Projection, read_projection
from fiscax.calibration.valuation import capacity as fiscal_capacity
from fiscax.calibration.valuation.capacity import (
    Shift,
    adjustments,
    capacities,
    capacity,
)
from fiscax.experiments import registry
from fiscax.experiments.capacity import study as experiment
from fiscax.experiments.command import cli

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


def test_gaps_at_given_rates_stand_beside_capacity(baseline):
    found = {r["gap"]: r["value"] for r in experiment.gap_records(baseline)}
    # S2 is the adjustment for good at a premium of zero, another sum.
    again = 100 * float(adjustments(baseline, 0.0).for_good[0])
    assert found["s2"] == pytest.approx(again, rel=1e-9)
    published = 100 * float(baseline.flows.primary_balance[0])
    assert found["balance_first_year"] == pytest.approx(published, rel=1e-12)


def test_the_command_writes_tables_figure_and_section(tmp_path, capsys):
    assert cli.main(["capacity", "example_projection", "--out", str(tmp_path)]) == 0
    names = {p.name for p in tmp_path.iterdir()}
    assert {"capacity.csv", "sensitivity.csv", "tornado.png", "manifest.json"} <= names
    entry = registry.find_experiment("capacity")
    result = entry.run(registry.ExperimentContext({}, tmp_path))
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


def test_the_file_is_an_option_and_nothing_else_is(tmp_path):
    entry = registry.find_experiment("capacity")
    given = {"file": "example_projection"}
    result = entry.run(registry.ExperimentContext(given, tmp_path))
    # Published capacities are those of CBO's baseline alone.
    assert "published" not in result.records["capacity"][0]
    assert result.data_vintage == read_projection("example_projection").source
    with pytest.raises(OverrideError, match="no parameter 'theta'"):
        entry.run(registry.ExperimentContext({"theta": 0.5}, tmp_path))
