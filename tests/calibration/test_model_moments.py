"""Simulated moments, the comparison and the estimator: no economy is solved here."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from fiscax.calibration.economies import moments
from fiscax.calibration.economies import series as simulated_series
from fiscax.calibration.economies import statistics as simulated_statistics
from fiscax.calibration.economies.core import MATURITIES, load
from fiscax.calibration.economies.quantities import QUANTITIES
from fiscax.calibration.matching import estimate as estimation
from fiscax.calibration.matching.identification import Told
from fiscax.calibration.matching.plans import PLANS, Plan
from fiscax.calibration.parameters.calibration import load_calibration
from fiscax.calibration.record.moments import shipped_moments
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.calibrate import study as calibrate
from fiscax.experiments.compare import figure as compare_figures
from fiscax.experiments.compare import page as compare_page
from fiscax.experiments.compare import study as compare
from fiscax.experiments.report.results import ExperimentResult
from fiscax.solvers.errors import SolutionError

PERIODS, PATHS = 400, 100
EVERYWHERE = np.ones((PERIODS, PATHS))


def autoregression(rho, seed=0):
    rng = np.random.default_rng(seed)
    shocks = rng.normal(size=(PERIODS, PATHS)) * np.sqrt(1 - rho**2)
    values = [rng.normal(size=PATHS)]
    for shock in shocks[1:]:
        values.append(rho * values[-1] + shock)
    return np.array(values)


def test_statistics_match_closed_forms_within_their_own_error():
    x, e = autoregression(0.8), autoregression(0.0, seed=1)
    y = 3.0 - 0.5 * x + e
    found = {
        0.0: simulated_statistics.mean(EVERYWHERE, x),
        1.0: simulated_statistics.standard_deviation(EVERYWHERE, x),
        0.8: simulated_statistics.autocorrelation(EVERYWHERE, x),
        -0.5: simulated_statistics.beta(EVERYWHERE, y, x),
        -0.5 / np.sqrt(1.25): simulated_statistics.correlation(EVERYWHERE, y, x),
    }
    for truth, moment in found.items():
        assert 0 < moment.error < 0.05
        assert abs(moment.value - truth) < 4 * moment.error


def test_statistics_match_numpy_exactly():
    x, y = autoregression(0.5), autoregression(0.5, seed=3)
    y = y + x
    mean = simulated_statistics.mean(EVERYWHERE, x + 100)
    assert mean.value == pytest.approx(np.mean(x) + 100, rel=1e-12)
    sd = simulated_statistics.standard_deviation(EVERYWHERE, x + 100)
    assert sd.value == pytest.approx(np.std(x), rel=1e-12)
    slope = simulated_statistics.beta(EVERYWHERE, y, x).value
    assert slope == pytest.approx(np.polyfit(x.ravel(), y.ravel(), 1)[0], rel=1e-10)
    corr = simulated_statistics.correlation(EVERYWHERE, x, y).value
    assert corr == pytest.approx(np.corrcoef(x.ravel(), y.ravel())[0, 1], rel=1e-12)


def test_monte_carlo_error_is_that_of_independent_paths():
    means = [
        simulated_statistics.mean(EVERYWHERE, autoregression(0.8, seed)).value
        for seed in range(40)
    ]
    claimed = simulated_statistics.mean(EVERYWHERE, autoregression(0.8, 99)).error
    assert 0.5 < claimed / np.std(means) < 2.0


def test_moments_are_conditional_on_the_regime():
    regimes = (np.arange(PERIODS)[:, None] + np.zeros((1, PATHS), int)) % 2
    panel = simulated_series.Panel({"x": 5.0 * regimes}, regimes)
    for regime, value in ((0, 0.0), (1, 5.0), (None, 2.5)):
        found = simulated_statistics.mean(panel.mask(regime), panel.series["x"])
        assert found.value == pytest.approx(value)
    never = simulated_statistics.mean(panel.mask(7), panel.series["x"])
    assert np.isnan(never.value)


def test_rolling_sum_and_mean():
    x = np.arange(12.0).reshape(6, 2)
    expected = np.array([x[k : k + 4].sum(axis=0) for k in range(3)])
    assert simulated_statistics.rolling_sum(x, 4) == pytest.approx(expected)
    assert simulated_statistics.rolling_mean(x, 4) == pytest.approx(expected / 4)


def test_par_yields_of_a_flat_curve_are_bond_equivalent():
    zero = np.full((3, len(MATURITIES)), 0.01)
    par = simulated_series.par_yields(zero)
    assert par[:, 1:] == pytest.approx(200 * np.expm1(0.02))
    assert par[:, 0] == pytest.approx(400 * np.expm1(0.01))


def test_par_yields_reprice_par_bonds_on_a_sloped_curve():
    def rate(n):
        return 0.005 + 0.002 * np.log(n)

    par = simulated_series.par_yields(rate(np.array(MATURITIES, float)))
    for place, n in list(enumerate(MATURITIES))[1:]:
        dates = np.arange(2.0, n + 1, 2)
        prices = np.exp(-rate(dates) * dates)
        value = par[place] / 2 * prices.sum() + 100 * prices[-1]
        assert value == pytest.approx(100.0, rel=1e-9)


def synthetic(**changes):
    """A calm economy, (T, paths): flat curve at 1 percent a quarter, no inflation."""
    shape = (12, 4)
    zero = {n: np.zeros(shape) for n in simulated_series.OUTPUTS}
    curves = {n: np.zeros(shape) for n in simulated_series.CURVES}
    flat = {f"yield_{n}": np.full(shape, 0.01) for n in MATURITIES}
    omega = 0.95
    price = {"log_bond_price": np.full(shape, -np.log(np.exp(0.01) - omega))}
    return zero | curves | flat | price | changes, omega


def test_series_of_a_calm_economy():
    named, omega = synthetic()
    series = simulated_series.record_series(named, omega)
    bill = 100 * np.expm1(0.01)
    assert series["equity_excess"] == pytest.approx(-bill)
    # Between coupon dates the par bond earns its own yield.
    for tenor in simulated_series.BETA_TENORS:
        assert series[f"bond_excess_{tenor}"] == pytest.approx(0.0, abs=1e-9)
    year = 100 * np.expm1(0.04) - 4 * bill
    assert series["portfolio_annual_excess"] == pytest.approx(year)
    assert series["portfolio_annual_excess"].shape == (8, 4)
    duration = np.exp(0.01) / (np.exp(0.01) - omega) / 4
    assert series["treasury_duration"] == pytest.approx(duration)
    assert series["breakeven_5y5y"] == pytest.approx(4.0)


def test_growth_and_inflation_of_a_quarter_meet():
    inflation = np.arange(48.0).reshape(12, 4) / 1000
    named, omega = synthetic(
        inflation=inflation, output_growth_next=np.roll(inflation, -1, axis=0)
    )
    series = simulated_series.record_series(named, omega)
    assert series["inflation"] == pytest.approx(series["growth"])
    assert series["real_short_rate"] == pytest.approx(
        400 * np.expm1(0.01) - series["inflation"]
    )


def test_every_moment_has_its_series_and_the_units_of_the_record():
    rng = np.random.default_rng(0)
    named, omega = synthetic()
    named = {k: v + 1e-3 * rng.normal(size=v.shape) for k, v in named.items()}
    series = simulated_series.record_series(named, omega)
    panel = simulated_series.Panel(series, np.zeros((12, 4), int))
    table = moments.moment_table(panel, 0)
    assert list(table.columns) == list(moments.COLUMNS)
    assert not table["name"].duplicated().any()
    assert np.all(np.isfinite(table["value"]))
    with pytest.raises(SolutionError, match=r"define .*inflation_mean.*visited"):
        moments.moment_table(panel, 7)
    shipped = shipped_moments().drop_duplicates("name").set_index("name")["unit"]
    for name, unit in zip(table["name"], table["unit"], strict=True):
        assert shipped[name] == unit


def simulated(**values):
    shipped = shipped_moments().drop_duplicates("name").set_index("name")["unit"]
    rows = [(n, v, shipped[n], 0.1, "words") for n, v in values.items()]
    return pd.DataFrame(rows, columns=list(moments.COLUMNS))


def test_comparison_has_the_keys_and_the_arithmetic():
    data = shipped_moments()
    pair = compare.PAIRS[0]
    table = compare.comparison(
        simulated(inflation_mean=3.0, growth_mean=2.0), data, pair, ("growth_mean",)
    )
    assert tuple(table)[: len(compare.KEYS)] == compare.KEYS
    records = table.to_dict("records")
    first = next(r for r in records if r["moment"] == "inflation_mean")
    gap = first["model"] - first["data"]
    assert first["t"] == pytest.approx(gap / first["standard_error"])
    assert (first["era"], first["regime"]) == ("1998-2019", "safe")
    assert {r["moment"]: r["targeted"] for r in records} == {
        "inflation_mean": False,
        "growth_mean": True,
    }
    assert compare.counts(table) == {"safe": (0, 1, 1, 1)}
    assert "0 of 1 untargeted" in compare_page.count_note(table)


def test_a_moment_without_standard_error_has_no_t():
    data = shipped_moments()
    data.loc[data["name"] == "inflation_mean", "standard_error"] = np.nan
    table = compare.comparison(simulated(inflation_mean=3.0), data, compare.PAIRS[1])
    assert table["t"].isna().all()
    assert compare.counts(table) == {}


def test_units_have_to_agree():
    wrong = simulated(inflation_mean=3.0).assign(unit="basis points")
    with pytest.raises(ValueError, match="inflation_mean"):
        compare.comparison(wrong, shipped_moments(), compare.PAIRS[0])


def test_figures_and_section_are_drawn(tmp_path):
    data = shipped_moments()
    tenors = {f"yield_mean_{t}": 3.0 for t in compare_figures.TENOR_YEARS}
    tables = [
        compare.comparison(simulated(**tenors, inflation_mean=40.0), data, pair)
        for pair in compare.PAIRS[:2]
    ]
    table = pd.concat(tables, ignore_index=True)
    result = ExperimentResult(
        tables={"compare": table},
        figures={
            "compare": compare_figures.dot_figure(table),
            "compare_yields": compare_figures.yield_figure(table),
        },
        notes=[compare_page.count_note(table)],
    )
    section = compare_page.section(result)
    assert all(block.html(f"k{i}") for i, block in enumerate(section.blocks))


def test_sticky_prices_have_rows_and_figures_of_their_own():
    data = shipped_moments()
    tenors = {f"yield_mean_{t}": 3.0 for t in compare_figures.TENOR_YEARS}
    tables = [
        compare.comparison(simulated(**tenors, inflation_mean=2.1), data, pair)
        for pair in (*compare.PAIRS, *compare.STICKY_PAIRS)
    ]
    table = pd.concat(tables, ignore_index=True)
    regimes = ["safe", "risky", "switching: risky", "sticky: safe", "sticky: risky"]
    assert list(compare.counts(table)) == regimes
    rows = table.query("regime == 'sticky: risky'")
    assert set(rows["era"]) == {"2022-present"}
    assert rows[compare.WITH_DISASTERS].isna().all()
    drawn = compare_figures.figures(table)
    assert set(drawn) == {
        "compare",
        "compare_yields",
        "compare_sticky",
        "compare_yields_sticky",
    }
    note, samples = compare_page.count_note(table), compare_page.sample_note(table)
    assert "Risky debt, sticky prices against 2022–present" in note
    assert "column with them is empty" in samples
    result = ExperimentResult(
        tables={"compare": table}, figures=drawn, notes=[note, samples]
    )
    text = "".join(
        b.html(f"k{i}") for i, b in enumerate(compare_page.section(result).blocks)
    )
    assert "Safe debt, sticky prices, 1998–2019" in text


TRUTH = {"a": 0.3, "b": -1.0}
TOY = Plan("toy", "none", {"a": (0, 1), "b": (-3, 3)}, ("x", "y", "z"))


def toy(values):
    a, b = values["a"], values["b"]
    return {"x": a + 0.3 * b**2, "y": np.exp(a) - b, "z": a * b}


def toy_data():
    values = toy(TRUTH)
    return pd.DataFrame(
        {
            "name": list(values),
            "value": list(values.values()),
            "standard_error": [0.1, 0.2, 0.1],
        }
    )


def test_matching_recovers_known_parameters():
    lines = []
    found = estimation.match(
        TOY, toy, {"a": 0.8, "b": 0.5}, toy_data(), 40, lines.append
    )
    assert found.parameters == pytest.approx(TRUTH, abs=1e-3)
    assert found.objective < 1e-3
    assert found.trials.failures == 0
    assert found.trials.evaluations == len(lines)
    assert found.at_bound == ()
    table = {k: v.to_numpy() for k, v in found.gaps.items() if k != "moment"}
    assert table["t"] == pytest.approx(table["gap"] / table["standard_error"])
    assert table["model"] - table["data"] == pytest.approx(table["gap"], abs=1e-12)


def test_trials_without_solution_are_survived_and_counted():
    def fragile(values):
        if values["b"] > 0.55:
            raise SolutionError("no stable solution")
        return toy(values)

    found = estimation.match(TOY, fragile, {"a": 0.8, "b": 0.5}, toy_data(), 60)
    assert found.trials.failures >= 1
    assert found.trials.last_failure == "no stable solution"
    assert found.objective < 1.0


def test_a_start_without_solution_is_an_error():
    def never(_):
        raise SolutionError("no stable solution")

    with pytest.raises(SolutionError, match="starting values: no stable"):
        estimation.match(TOY, never, {"a": 0.8, "b": 0.5}, toy_data())


def test_bounds_hold_and_are_reported():
    plan = Plan("toy", "none", {"a": (0.5, 1), "b": (-3, 3)}, TOY.targets)
    found = estimation.match(plan, toy, {"a": 0.8, "b": 0.5}, toy_data(), 40)
    assert found.at_bound == ("a",)
    assert 0.5 <= found.parameters["a"] < 0.501


@pytest.mark.parametrize("plan", PLANS.values(), ids=lambda p: p.economy)
def test_plans_name_moments_and_parameters_that_exist(plan):
    _, calibration = load(plan.economy)
    start = estimation.starting_values(calibration, plan.free)
    assert len(plan.targets) >= len(start)
    known = {d.name for d in moments.definitions()} | set(QUANTITIES)
    assert set(plan.targets) <= known
    assert list(estimation.target_table(plan.era, plan.targets)["name"]) == list(
        plan.targets
    )
    for name, (low, high) in plan.free.items():
        declared = calibration.by_name[name].parameter
        assert declared.low <= low < high <= declared.high


def test_no_parameter_is_estimated_twice():
    free = [name for plan in PLANS.values() for name in plan.free]
    assert len(set(free)) == len(free)


def test_unknown_targets_and_parameters_are_named():
    with pytest.raises(FiscaxError, match="no moment nonsense"):
        estimation.target_table("1998-2019", ["nonsense"])
    _, calibration = load("safe")
    with pytest.raises(FiscaxError, match="called nonsense"):
        estimation.starting_values(calibration, {"nonsense": (0, 1)})
    free = {"phi": (1.0, 2.0), "rho_i": (0.5, 0.95)}
    with pytest.raises(FiscaxError, match="1 moments cannot fix 2"):
        estimation.estimate("safe", "1998-2019", free, ["inflation_mean"])


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"era": "1850-1900"}, "1998-2019"),
        ({"era": "1998-2019", "max_steps": 0.5}, "max_steps = 0.5 has to be"),
        ({"beta": 0.9}, "'calibrate' has no parameter 'beta'"),
    ],
)
def test_calibrate_refuses_what_it_has_no_plan_for(tmp_path, overrides, words):
    with pytest.raises(FiscaxError, match=words):
        registry.find_experiment("calibrate").run(
            registry.ExperimentContext(overrides, tmp_path)
        )


def test_calibrate_writes_what_the_search_found(tmp_path, monkeypatch):
    given = {}

    def searched(name, era, free, targets, **options):
        # The search itself is tested above: here a linear model of two moments.
        given.update(options, name=name, era=era)
        plan = Plan(name, era, {"mu": (0.003, 0.008)}, ("x",), ("y",))
        goal = pd.DataFrame({"name": ["x"], "value": [6.0], "standard_error": [1.0]})
        found = estimation.match(
            plan, lambda v: {"x": 1000 * v["mu"]}, {"mu": 0.004}, goal
        )
        calibration = load(name)[1].with_values(**found.parameters)
        return dataclasses.replace(found, calibration=calibration)

    def said(found, plan, *_):
        value = found.parameters["mu"]
        return [Told("mu", value, 0.003, 0.008, True, 1e-3, None, None, "told")]

    monkeypatch.setattr(calibrate, "estimate", searched)
    monkeypatch.setattr(calibrate, "told", said)
    overrides = {"era": "1998-2019", "max_steps": 3}
    context = registry.ExperimentContext(overrides, tmp_path / "new", seed=4)
    result = registry.find_experiment("calibrate").run(context)
    assert (given["name"], given["max_steps"], given["seed"]) == ("safe", 3, 4)
    (row,) = result.records["calibrated"]
    assert row["value"] == pytest.approx(0.006, abs=1e-5)
    assert result.records["targets"][0]["model"] == pytest.approx(6.0, abs=1e-2)
    assert result.records["targets"][0]["weight"] == 1.0
    assert any(note.startswith("mu = 0.006 (0.001), told") for note in result.notes)
    model, _ = load("safe")
    back = load_calibration(tmp_path / "new" / "safe.toml", model)
    assert back.values["mu"] == pytest.approx(row["value"], rel=1e-9)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FiscaxError, match="cannot write to the folder"):
        calibrate.write_files(
            dataclasses.replace(_toy_estimates(), calibration=load("safe")[1]),
            tmp_path / "file" / "below",
        )


def _toy_estimates():
    return estimation.match(TOY, toy, {"a": 0.8, "b": 0.5}, toy_data(), 1)


def test_estimates_are_written_as_a_file_that_loads(tmp_path):
    model, calibration = load("safe")
    plan = Plan("safe", "1998-2019", {"mu": (0.003, 0.008)}, ("x",), ("y",))
    data = pd.DataFrame({"name": ["x"], "value": [0.006], "standard_error": [1e-3]})
    found = estimation.match(plan, lambda v: {"x": v["mu"]}, {"mu": 0.004}, data)
    with pytest.raises(FiscaxError, match="no calibration"):
        found.write(tmp_path / "none.toml")
    complete = estimation._calibrated(calibration, found, {"rate_mean": (0.007,)})
    estimates = dataclasses.replace(found, calibration=complete)
    path = estimates.write(tmp_path / "safe.toml")
    back = load_calibration(path, model)
    assert back.values["mu"] == pytest.approx(0.006, abs=1e-5)
    assert back.values["rate_mean"] == (0.007,)
    assert (back.targets, back.left_out) == (("x",), ("y",))
    assert "fiscax calibrate 1998-2019" in back.sources["mu"]


@pytest.mark.parametrize("events", [False, True])
def test_panels_are_the_solutions_paths_however_they_are_asked_for(
    risky_economy, events
):
    asked = ("inflation", "inflation_next", "debt_value")
    want = risky_economy.solution.walk(asked, 30, 60, 4, events=events)
    for names in (asked[:1], asked, asked[::-1], ()):
        found = risky_economy.simulate(names, 30, 60, 4, events=events)
        # Two programs of the same equations: rounding, carried on for thirty quarters.
        near = {"rtol": 0, "atol": 1e-9}
        np.testing.assert_allclose(found.states, want.states, **near)
        columns = [asked.index(n) for n in names]
        np.testing.assert_allclose(found.outputs, want.outputs[..., columns], **near)
