"""Forecast errors, balances fed to an economy, and the outlook built on them."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from fiscax.calibration.desk.accounts import PARTS, accounts_of, decomposition
from fiscax.calibration.desk.assumptions import load_assumptions
from fiscax.calibration.desk.pricing import Answers, priced
from fiscax.calibration.economies.budget_paths import feed, opening_states
from fiscax.calibration.economies.funding import FUNDING
from fiscax.calibration.economies.outlook import debt_of, economy_outlook
from fiscax.calibration.economies.store import EconomyStore
from fiscax.calibration.record import forecast_errors
from fiscax.calibration.record.forecast_errors import FiscalNews, fiscal_news
from fiscax.calibration.record.projections import Projection, read_projection
from fiscax.errors import FiscaxError
from fiscax.experiments import projection, registry
from fiscax.experiments.desk import cases
from fiscax.experiments.elasticities import page
from fiscax.experiments.elasticities import study as elasticities
from fiscax.experiments.elasticities.figure import PANELS, draw
from fiscax.experiments.outlook import desk as desk_sheet
from fiscax.experiments.outlook import study as experiment
from fiscax.experiments.report.results import save_result
from fiscax.experiments.study import Findings
from fiscax.experiments.tables import table
from fiscax.solvers.errors import SolutionError
from fiscax.solvers.projection.wider import lies_outside, on_domain, wider_domain

QUARTERS, PATHS = 32, 3
# The word, not a part of "financing".
NAN = re.compile(r"\bnan\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def baseline():
    """The first eight years of CBO's baseline."""
    whole = read_projection("cbo_baseline")
    flows = whole.flows._replace(**{k: v[:8] for k, v in whole.flows._asdict().items()})
    return Projection(
        whole.name, whole.source, whole.years[:8], whole.opening_debt, flows
    )


@pytest.fixture(scope="module")
def fed(risky, baseline):
    """Start, balances and quarters of three paths in the risky economy."""
    start = opening_states(risky, 0, risky.resting_point(0), 3.9)
    flows = baseline.flows
    given = np.repeat(flows.primary_balance - flows.other_means, 4)[:, None]
    balances = given + 0.01 * np.array([0.0, 1.0, -1.0])
    found = feed(risky, np.tile(start, (PATHS, 1)), np.zeros(PATHS, int), balances)
    return start, balances, found


def test_opening_debt_is_as_given(risky):
    states = opening_states(risky, 0, risky.resting_point(0), 4.2)
    debt = risky.observe(["end_of_period_debt"], states)[0, 0]
    assert debt == pytest.approx(4.2, rel=1e-10)


def test_the_balances_are_those_given(risky, fed):
    _, balances, found = fed
    own = found.named("surplus") - found.transfer
    assert own == pytest.approx(balances, abs=1e-12)
    # The budget, from what is observed alone: debt of this quarter from the last one's.
    debt, kept = found.named("end_of_period_debt"), found.kept
    assert debt == pytest.approx(kept - balances, rel=1e-12)
    omega = float(risky.parameters["omega"])
    price = np.exp(found.named("log_bond_price"))
    level = np.exp(-found.growth - found.named("inflation"))
    face = debt / price
    again = (1 + omega * price[1:]) * face[:-1] * level[1:]
    assert kept[1:] == pytest.approx(again, rel=1e-10)


def test_own_balances_need_no_transfers(risky, fed):
    start, balances, _ = fed
    still, which = np.tile(start, (PATHS, 1)), np.zeros(PATHS, int)
    idle = feed(risky, still, which, balances, active=False)
    assert np.all(idle.transfer == 0)
    again = feed(risky, still, which, idle.named("surplus"))
    assert again.transfer == pytest.approx(np.zeros_like(balances), abs=1e-12)
    assert again.states == pytest.approx(idle.states, abs=1e-10)
    # Second method: the solution's own step without shocks, date by date.
    names, states = ["end_of_period_debt", "inflation"], start[None, :]
    for quarter in range(QUARTERS):
        states = risky.shocked(states, {})
        own = [idle.named(n)[quarter, 0] for n in names]
        assert risky.observe(names, states)[0] == pytest.approx(own, rel=1e-8)


def test_larger_deficits_raise_debt_and_inflation_in_the_risky_economy(fed):
    _, _, found = fed
    debt, inflation = found.named("end_of_period_debt"), found.named("inflation")
    assert debt[-1, 2] > debt[-1, 0] > debt[-1, 1]
    assert inflation[-1, 2] > inflation[-1, 0] > inflation[-1, 1]
    # What is unbacked is lost to holders of old debt on impact, but for convenience,
    # which falls as debt rises.
    lost = found.kept[0] - found.kept[0, 1]
    handed = found.transfer[0] - found.transfer[0, 1]
    assert lost[2] == pytest.approx(-(1 - 0.91) * handed[2], rel=0.25)


def test_balances_without_a_transfer_are_refused(risky, fed):
    start, balances, _ = fed
    huge = np.full_like(balances, 6.0)
    with pytest.raises(SolutionError, match="quarter 1, 3 of 3 paths: no transfer"):
        feed(risky, np.tile(start, (PATHS, 1)), np.zeros(PATHS, int), huge)


def test_a_wider_domain_covers_the_path_and_keeps_the_solution(risky, fed):
    start, balances, found = fed
    states = found.states.reshape(-1, found.states.shape[-1])
    assert lies_outside(risky, states).any()
    wide = on_domain(risky, wider_domain(risky, states))
    assert not lies_outside(wide, states).any()
    names = ["inflation", "log_bond_price", "end_of_period_debt"]
    rest = risky.resting_point(0)
    near, far = risky.observe(names, rest)[0], wide.observe(names, rest)[0]
    # Quarterly inflation within the coarse grid's own error.
    assert near == pytest.approx(far, rel=2e-3, abs=6e-4)
    again = feed(
        wide, np.tile(start, (PATHS, 1)), np.zeros(PATHS, int), balances
    ).named("end_of_period_debt")
    assert again == pytest.approx(found.named("end_of_period_debt"), rel=0.01)


@pytest.mark.slow
def test_outlook_in_the_risky_economy(risky_economy, baseline):
    news = FiscalNews(0.5, 1.0, 2.0).draw(8, 4, 0)
    found = economy_outlook(
        risky_economy, baseline, news, EconomyStore(folder=None).wider
    )
    assert found.domain_ends is None
    assert found.euler_error[0] < -3.0
    assert all(np.all(np.isfinite(v)) for v in found.paths.values())
    debt, interest = found.paths["debt"], found.paths["interest"]
    assert debt.shape == (8, 5)
    # Opening debt is CBO's; a year of deficits later it is a few points higher.
    assert 99.4 < debt[0, 0] < 106
    # Interest is the rate on the stock times last year's debt over growth, roughly.
    rate, before = found.paths["rate"][1:, 0] / 100, debt[:-1, 0]
    growth = (found.paths["growth"] + found.paths["inflation"])[1:, 0] / 100
    assert interest[1:, 0] == pytest.approx(rate * before / (1 + growth), rel=0.05)
    # Promises broken in part: the rise of the yield has the sign of the transfers.
    assert found.paths["yield_10y"][-1, 0] > found.without["yield_10y"][-1]
    assert np.all(found.hazard == 0) and not found.left.any()
    # A constant share of output worth the debt: about the debt over the value of GDP.
    assert np.all((found.adjustment > 2) & (found.adjustment < 5))
    # Inflation that nobody expected takes debt below the baseline's own path.
    own = 100 * baseline.debt
    own_path = found.anchored[:, 0]
    assert np.all(own_path < own) and np.all(own_path > own - 10)


def test_exogenous_debt_is_the_projection_and_linear_in_news(baseline):
    news = 0.01 * np.array([[1.0, -1.0], *[[0.0, 0.0]] * 7])
    found = debt_of(baseline, news)
    assert found[:, 0] == pytest.approx(100 * baseline.debt, rel=1e-12)
    growing = (1 + baseline.flows.rate) / (1 + baseline.flows.growth)
    effect = -np.cumprod([1.0, *growing[1:]])
    assert found[:, 1] - found[:, 0] == pytest.approx(effect, rel=1e-9)
    assert found[:, 2] - found[:, 0] == pytest.approx(-effect, rel=1e-9)


def test_news_has_the_moments_of_the_record():
    news = fiscal_news()
    drawn = 100 * news.draw(10, 40_000, 3)
    moments = forecast_errors.shipped_errors()
    deviations = drawn.std(axis=1)
    assert deviations[0] == pytest.approx(moments["standard_deviation"][0], rel=0.02)
    assert deviations[-1] == pytest.approx(news.lasting, rel=0.02)
    assert np.all(np.abs(drawn.mean(axis=1)) < 1e-12)
    owed = np.cumsum(drawn, axis=0).std(axis=1)
    assert owed == pytest.approx(news.debt_deviation(10), rel=0.02)
    # Debt errors are not used: the five-year one comes out within a tenth of it.
    assert owed[4] == pytest.approx(moments["debt_standard_deviation"][4], rel=0.1)
    with pytest.raises(FiscaxError, match="pairs"):
        news.draw(10, 3, 0)


@pytest.mark.data
def test_shipped_errors_are_those_of_the_record(data_dir, tmp_path):
    again = forecast_errors.error_moments(data_dir)
    shipped = forecast_errors.shipped_errors()
    for name in forecast_errors.COLUMNS:
        assert shipped[name] == pytest.approx(again[name].to_numpy(), abs=1e-4)
    with pytest.raises(FiscaxError, match="cbo_baseline_vintages"):
        forecast_errors.error_moments(tmp_path)


@pytest.fixture
def small(monkeypatch, risky_economy, baseline):
    """Studies of eight years in the risky economy on the cheap grid.

    Yields what the store was asked for: overrides, name and case.
    """
    asked = []

    def core(store, name, case=None, defaults=None, **_):
        asked.append((dict(store.overrides), name, dict(case or {})))
        return risky_economy

    ways = {k: FUNDING[k] for k in ("risky", "unbacked")}
    monkeypatch.setattr(EconomyStore, "core", core)
    monkeypatch.setattr(experiment, "FUNDING", ways)
    monkeypatch.setattr(elasticities, "FUNDING", ways)
    monkeypatch.setattr(projection, "read_projection", lambda _: baseline)
    return asked


def html(name, result):
    shown = registry.find_experiment(name).section(result)
    return "".join(b.html(f"b{k}") for k, b in enumerate(shown.blocks))


@pytest.mark.slow
def test_the_studies_share_outlooks_and_show_them(
    tmp_path, small, risky_economy, baseline
):
    context = registry.ExperimentContext({"paths": 4, "gamma": 6.0}, tmp_path)
    result = registry.find_experiment("outlook").run(context)
    # The user's change reaches every economy, with the case of each.
    cases = [
        (n, FUNDING[k].case) for k, n in (("risky", "risky"), ("unbacked", "risky"))
    ]
    assert small == [({"gamma": 6.0}, *case) for case in cases]
    records = result.records["outlook"]
    assert len(records) == 24
    json.dumps(result.records, allow_nan=False)
    at_end = {r["funding"]: r for r in records if r["year"] == 2033}
    assert at_end["exogenous"]["debt"] == pytest.approx(100 * baseline.debt[-1])
    # News comes in pairs and debt is linear in it: the median is the projection.
    medians = [
        r["q50"]
        for r in result.records["outlook_fan"]
        if (r["funding"], r["quantity"]) == ("exogenous", "debt")
    ]
    assert medians == pytest.approx(100 * baseline.debt, rel=1e-12)
    assert result.quantities["risky_debt_2033"] == (
        at_end["risky"]["debt"],
        "percent of annual GDP",
    )
    text = html("outlook", result)
    assert "<svg" in text and "Net interest" in text and not NAN.search(text)

    desk_is_coherent(result, at_end, baseline)
    written = {p.name for p in save_result(result, tmp_path)}
    assert {"desk.xlsx", "summary.html", "desk.png", "desk_stress.csv"} <= written
    sheet = pd.read_excel(tmp_path / "desk.xlsx", sheet_name="stress")
    saved = pd.read_csv(tmp_path / "desk_stress.csv")
    again = read_projection(tmp_path / "desk.xlsx")
    assert again.debt == pytest.approx(baseline.debt, rel=1e-12)
    assert sheet["debt"].to_numpy() == pytest.approx(saved["debt"], rel=1e-12)

    # The other study takes the same outlooks, and its own responses.
    known = set(map(str, context.shared["economies"]))
    found = registry.find_experiment("elasticities").run(context)
    added = set(map(str, context.shared["economies"])) - known
    assert not any("outlook" in key for key in added)
    cells = {
        (r["quantity"], r["economy"]): r["value"] for r in found.records["elasticities"]
    }
    # A flow of 1% of output each quarter, from the solution's own step.
    solution, rest = risky_economy.solution, risky_economy.solution.resting_point(0)
    ratio = solution.observe(["spending_ratio"], rest)[0, 0]
    size = np.log(1 + 0.01 / ratio) / float(solution.parameters["sigma_z"])
    pair = [solution.shocked(rest, news) for news in ({}, {"e_z": float(size)})]
    curves = [risky_economy.curves(["yield_40", "convenience_40"], p, 0) for p in pair]
    moved = 40_000 * float(np.sum(curves[1] - curves[0]))
    persistent = cells["persistent_yield_10y_ex_convenience", "risky"]
    assert persistent == pytest.approx(moved, rel=1e-10)
    rise = {
        n: at_end["risky"][f"rise_of_{n}"] for n in ("yield_10y", "convenience_10y")
    }
    added_debt = at_end["risky"]["debt"] - at_end["risky"]["debt_without_transfers"]
    along = cells["outlook_yield_10y_ex_convenience", "risky"]
    assert along == pytest.approx(100 * sum(rise.values()) / added_debt, rel=1e-10)
    assert "Evidence" in html("elasticities", found)


@pytest.mark.browser
@pytest.mark.slow
def test_the_summary_prints_on_two_sheets(tmp_path, small, printed_pages):
    context = registry.ExperimentContext({"paths": 2}, tmp_path)
    result = registry.find_experiment("outlook").run(context)
    assert printed_pages(result.texts["summary.html"]) == 2


def desk_is_coherent(result, at_end, baseline):
    """Accounts close, and pricing is what the outlook says of the same economy."""
    parts = result.records["desk_decomposition"]
    assert {r["funding"] for r in parts} == {"exogenous", "risky"}
    for r in parts:
        total = sum(r[part] for part in PARTS)
        assert r["change"] == pytest.approx(total, abs=1e-10)
    last = {r["funding"]: r for r in parts if r["year"] == 2033}
    assert last["exogenous"]["debt"] == pytest.approx(100 * baseline.debt[-1])
    # Its debt stands in the outlook, where another path and scan makes it.
    anchored = at_end["risky"]["anchored_debt"]
    assert last["risky"]["debt"] == pytest.approx(anchored, rel=1e-10)
    assert last["risky"]["inflation"] < last["exogenous"]["inflation"] < 0
    tests = [r for r in result.records["desk_stress"] if r["year"] == 2033]
    rise = {(r["funding"], r["test"]): r["rise_of_yield_10y"] for r in tests}
    # Without answers yields stay; with them they rise with what a test adds to debt.
    assert all(v == 0 for (k, _), v in rise.items() if k == "exogenous")
    assert rise["risky", "baseline"] == pytest.approx(
        at_end["risky"]["rise_of_yield_10y"], abs=1e-10
    )
    assert rise["risky", "combined"] > rise["risky", "growth"]
    assert rise["risky", "growth"] > rise["risky", "baseline"] > 0
    debt = {r["test"]: r["debt"] for r in tests if r["funding"] == "risky"}
    # No foreign currency: nothing but the error of the wider domain.
    assert debt["exchange_rate"] == pytest.approx(debt["baseline"], rel=1e-3)
    # At thirty years and 6.5% a month's instalment, by the sum of its discounted value.
    house = result.records["desk_household"][-1]
    rate = 0.065 + house["rise_of_yield_10y"] / 100
    worth = [sum((1 + x / 12) ** -k for k in range(1, 361)) for x in (0.065, rate)]
    dearer = 12 * 100_000 * (1 / worth[1] - 1 / worth[0])
    assert house["funding"] == "risky" and house["rise_of_cost"] > 0
    assert house["rise_of_cost"] == pytest.approx(dearer, rel=1e-6)
    desk_tables_agree(result.records)
    page = result.texts["summary.html"]
    assert set(desk_sheet._PARTS) == {*PARTS, "change"}
    assert "Stress tests" in page and not NAN.search(page)
    lead = result.notes[0]
    assert f"risky debt {anchored:.0f}%" in lead


def desk_tables_agree(records):
    """What one table says follows from another one, recomputed here."""
    stress, heat = records["desk_stress"], records["desk_heat_map"]
    assert {r["threshold"] for r in heat} == {85.0, 20.0}
    for row in heat:
        name = {"debt": "debt", "financing": "needs"}[row["indicator"]]
        own = [r for r in stress if r["funding"] == row["funding"] and r["year"] < 2031]
        calm = max(r[name] for r in own if r["test"] == "baseline")
        hard = max(r[name] for r in own if r["test"] != "baseline")
        assert (row["baseline"], row["worst_test"]) == (calm, hard)
        over = calm > row["threshold"], hard > row["threshold"]
        word = "above" if over[0] else "above under stress" if over[1] else "below"
        assert row["signal"] == word
    rolled = {
        (r["funding"], r["tenor"], r["year"]): r for r in records["desk_rollover"]
    }
    debts = {
        (r["funding"], r["year"]): r["debt"] for r in records["desk_decomposition"]
    }
    for row in records["desk_financing"]:
        key = row["funding"], row["year"]
        parts = ("deficit", "interest", "bills", "notes", "bonds")
        assert row["needs"] == pytest.approx(sum(row[p] for p in parts), abs=1e-10)
        own = [rolled[key[0], tenor, key[1]] for tenor in parts[2:]]
        assert [r["due"] for r in own] == [row[p] for p in parts[2:]]
        assert sum(r["owed"] for r in own) == pytest.approx(debts[key], abs=1e-10)
    # Every column that is not a label has a source and every size, too.
    every = {(r["table"], r["column"]) for r in records["desk_sources"]}
    labels = {"funding", "year", "test", "gap", "indicator", "tenor"}
    shown = [n for n in records if n.startswith("desk_")]
    for name in set(shown) - {"desk_sources", "desk_assumptions"}:
        columns = set(records[name][0]) - labels
        assert {(name, c) for c in columns} <= every, name
    assert all(r["source"] for r in records["desk_sources"])
    assert all(r["source"] and r["unit"] for r in records["desk_assumptions"])


@pytest.mark.slow
def test_an_economy_without_a_solution_is_named_and_the_rest_is_shown(
    tmp_path, small, monkeypatch
):
    def shared(setting, key):
        if key == "unbacked":
            raise SolutionError("equation 'portfolio' is off")
        return own(setting, key)

    own = cases.shared_outlook
    monkeypatch.setattr(cases, "shared_outlook", shared)
    context = registry.ExperimentContext({"paths": 2}, tmp_path)
    result = registry.find_experiment("outlook").run(context)
    assert {r["funding"] for r in result.records["outlook"]} == {"exogenous", "risky"}
    text = " ".join(result.notes)
    assert "No numbers with risky debt, 57% unbacked: equation 'portfolio' is" in text


def test_a_size_out_of_range_is_refused(tmp_path, small):
    context = registry.ExperimentContext({"stress_rate_rise": 40}, tmp_path)
    with pytest.raises(FiscaxError, match="rate_rise = 40"):
        registry.find_experiment("outlook").run(context)


def test_fans_have_the_errors_of_the_file():
    given = read_projection("example_foreign_currency")
    news = forecast_errors.news_of(given)
    assert (news.persistence, news.first, news.lasting) == (0.45, 1.2, 2.4)
    assert forecast_errors.news_of(read_projection("cbo_baseline")) == fiscal_news()


def test_accounts_answer_as_the_economy_does():
    given = read_projection("example_foreign_currency")
    accounts = accounts_of(given, load_assumptions())
    years = len(given.years)
    generator = np.random.default_rng(2)
    returns, inflation, rise = 0.01 * generator.standard_normal((3, years))
    moved = priced(accounts, Answers(returns, inflation, rise))
    debt = debt_of(given, np.zeros((years, 0)), returns[:, None])[:, 0]
    assert 100 * moved.debt == pytest.approx(debt, rel=1e-12)
    total = sum(decomposition(moved).values())
    assert total == pytest.approx(moved.debt - moved.before, abs=1e-12)


@pytest.mark.parametrize("name", ["outlook", "elasticities"])
def test_wrong_options_are_refused(tmp_path, monkeypatch, name):
    def refused(match, **given):
        with pytest.raises(FiscaxError, match=match) as error:
            registry.find_experiment(name).run(
                registry.ExperimentContext(given, tmp_path)
            )
        assert "\n" not in str(error.value)

    monkeypatch.setattr(experiment, "FUNDING", {"unbacked": FUNDING["unbacked"]})
    monkeypatch.setattr(elasticities, "FUNDING", {"unbacked": FUNDING["unbacked"]})
    refused("no parameter 'thetta'; did you mean theta", thetta=0.5)
    # What the name of a way of funding says stays true.
    refused(r"theta=0\.5 contradicts a case of this study", theta=0.5)
    monkeypatch.setattr(EconomyStore, "core", lambda *_, **__: None)
    if name == "outlook":
        refused("even number", paths=3)
        refused("absent.csv: cannot be read", file=str(tmp_path / "absent.csv"))


def test_shares_of_next_to_nothing_are_no_numbers():
    def invented(size):
        values = dict.fromkeys(elasticities.ROWS, size)
        premia = {r.premium: size / 2 for r in elasticities.ROWS.values() if r.premium}
        return elasticities.records_of({"risky": {**values, **premia}})

    shares = {r["quantity"]: r["term_premium_share"] for r in invented(2.0)}
    assert shares["persistent_yield_10y_ex_convenience"] == 0.5
    assert shares["one_time_spot_convenience"] is None
    assert all(r["term_premium_share"] is None for r in invented(0.01))


@pytest.mark.parametrize(
    ("slope", "words"),
    [(-4.4, "below the +2 to +4"), (3.0, "within the"), (9.0, "above the +2 to +4")],
)
def test_the_sentence_follows_the_slope(slope, words):
    values = dict.fromkeys(elasticities.ROWS, 2.0)
    values |= {r.premium: 1.2 for r in elasticities.ROWS.values() if r.premium}
    values["debt_slope_forward_5y5y_ex_convenience"] = slope
    found = {"risky": values, "unbacked": values}
    rows = table(elasticities.records_of(found), ("quantity", "economy"))
    extra = {"evidence": elasticities.load_evidence()}
    lead = page._lead(Findings({"elasticities": rows}, extra=extra))
    assert words in lead and "60% (within the 50 to 75%" in lead
    assert ("high when rates are low" in lead) == (slope < 2)


def test_the_figure_of_elasticities_holds_every_number_and_the_evidence():
    values = {n: 1.5 * k - 3 for k, n in enumerate(elasticities.ROWS)}
    values |= {r.premium: 0.1 for r in elasticities.ROWS.values() if r.premium}
    rows = elasticities.records_of({"safe": values, "switching: risky": values})
    ranges = elasticities.load_evidence().ranges
    assert set(ranges) == set(elasticities.ROWS) == set(PANELS)
    figure = draw(rows, ranges)
    names = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert names == ["Safe debt", "Switching: risky"]
    for axes, name in zip(figure.axes, PANELS, strict=True):
        marks = [x.get_xdata()[0] for x in axes.lines if x.get_marker() == "o"]
        assert marks == [values[name]] * 2
        low, high = axes.get_xlim()
        assert low < min(values[name], *ranges[name])
        assert max(values[name], *ranges[name]) < high
        band = axes.patches[0].get_bbox()
        assert band.x0 <= ranges[name][0] <= ranges[name][1] <= band.x1
    # The words of the table say the same numbers.
    for name, (low, high) in ranges.items():
        said = elasticities.ROWS[name].evidence
        assert f"{abs(low):g}" in said or f"{abs(high):g}" in said, name
