"""Convenience: wedges by tenor, channels, worth of services, record, a user's file."""

import numpy as np
import pytest

from fiscax.calibration.economies import convenience as own
from fiscax.calibration.economies.core import MATURITIES
from fiscax.calibration.economies.samples import Size
from fiscax.calibration.economies.store import EconomyStore, OverrideError
from fiscax.calibration.record import convenience as record
from fiscax.calibration.record import spreads as spread_file
from fiscax.calibration.record.moments import shipped_moments
from fiscax.calibration.record.observables import TENOR
from fiscax.calibration.record.series import SeriesDirectory
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.claims import WIDTH
from fiscax.experiments.convenience import study as experiment


@pytest.fixture(scope="module")
def economies():
    store = EconomyStore()
    return {name: store.core(name, grid="coarse") for name in ("safe", "risky")}


def test_the_declared_formula_is_what_the_solution_observes(economies):
    economy = economies["risky"]
    here = own.place(economy, 0)
    found = own.Spot(economy, 0)(
        *(np.array([x]) for x in (here.debt, here.rate, here.stress))
    )
    names = [f"convenience_yield_{a}" for a in own.ASSETS]
    observed = economy.solution.observe(names, economy.rest(0))[0]
    for asset, value in zip(own.ASSETS, observed, strict=True):
        assert found[asset][0] == pytest.approx(own.ANNUAL_BP * value, rel=1e-9)


def test_slopes_are_the_closed_form(economies):
    # cy = s p_S + l p_L with constant elasticities in debt and exp(rate) in p_L.
    economy = economies["safe"]
    slopes, here = own.spot_slopes(economy, 0), own.place(economy, 0)
    safety, liquidity = (
        own.ANNUAL_BP
        * economy.solution.observe(
            ["price_of_safety", "price_of_liquidity"], economy.rest(0)
        )[0]
    )
    value = {k: float(np.ravel(v)[0]) for k, v in economy.solution.parameters.items()}
    supply = value["safety_supply"] * safety + value["liquidity_supply"] * liquidity
    assert slopes["supply"]["bill"] == pytest.approx(-0.01 * supply / here.debt, 1e-6)
    cost = 0.0025 * value["liquidity_rate"] * liquidity
    assert slopes["opportunity cost"]["bill"] == pytest.approx(cost, 1e-6)
    assert slopes["opportunity cost"]["aaa"] == pytest.approx(0.0, abs=1e-9)
    for channel, names in own.CHANNELS.items():
        off = own.with_services(economy, dict.fromkeys(names, 0.0))
        assert own.spot_slopes(off, 0)[channel]["bill"] == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
def test_wedges_at_one_quarter_are_differences_of_spot_services(economies):
    economy = economies["risky"]
    # At the nodes curves are exact, between them interpolated.
    nodes = economy.operators.nodes
    found = own.wedges(economy, nodes)
    names = [f"convenience_yield_{a}" for a in ("bill", "aaa", "foreign")]
    bill, aaa, foreign = own.ANNUAL_BP * economy.solution.observe(names, nodes).T
    assert found["aaa_treasury"][:, 0] == pytest.approx(bill - aaa, rel=1e-6)
    assert found["foreign_treasury"][:, 0] == pytest.approx(bill - foreign, abs=1e-5)


def test_an_asset_with_the_services_of_long_bonds_has_no_wedge_but_the_last_quarter(
    economies,
):
    # With equal services AAA bonds differ from Treasurys in the last quarter alone.
    levels = {"safety_aaa": 1.0, "safety_long": 1.0, "safety_bill": 1.0}
    economy = own.with_services(economies["risky"], levels)
    flat = {"liquidity_aaa": 0.0, "liquidity_long": 0.0, "liquidity_bill": 0.0}
    economy = own.with_services(economy, flat)
    found = own.wedges(economy, economy.rest(0))
    assert found["aaa_treasury"] == pytest.approx(np.zeros((1, len(MATURITIES))), abs=1)
    assert np.abs(found["aaa_treasury"]).max() < 1e-6
    assert found["treasury"].min() > 5


def test_the_worth_of_services_is_the_ledgers_claim(economies):
    economy = economies["safe"]
    found = own.services(economy, 0)
    claim = economy.ledger(economy.rest(0))
    assert found.value == pytest.approx(25 * claim["convenience"][0], rel=1e-8)
    assert found.debt == pytest.approx(25 * claim["debt"][0], rel=1e-12)
    # Its own levels change nothing, no services are worth nothing.
    same = own.services(economy, 0, own.service_levels(economy, 0))
    assert same.value == pytest.approx(found.value, rel=1e-12)
    nothing = own.services(economy, 0, experiment.NO_SERVICES)
    assert nothing.flow == pytest.approx(0.0, abs=1e-12)
    assert nothing.value == pytest.approx(0.0, abs=1e-9)


@pytest.mark.slow
def test_the_loss_costs_as_much_when_the_economy_is_solved_again(economies):
    # Rates and debt hardly know of services: policies held is a good approximation.
    safe = economies["safe"]
    levels = {"safety_long": 0.6}
    again = EconomyStore().core("safe", levels, grid="coarse", intercepts=False)
    held, solved = own.services(safe, 0, levels), own.services(again, 0)
    assert solved.flow == pytest.approx(held.flow, rel=2e-3)
    assert solved.value == pytest.approx(held.value, rel=2e-3)
    # Taxes pay for what services no longer do; samples have no disasters, so that the
    # budget's long-run identity holds only nearly.
    rise = experiment.mean_tax(again) - experiment.mean_tax(safe)
    assert rise == pytest.approx(own.services(safe, 0).flow - held.flow, rel=0.2)


def test_one_mover_alone_makes_all_the_variance(economies):
    # A mover that is alone in moving makes all of the variance, the others none.
    economy = economies["safe"]
    here = own.place(economy, 0)
    debt = here.debt + 0.05 * np.random.default_rng(0).standard_normal(500)
    rest = [np.full(500, v) for v in (here.rate, here.stress)]
    shares = own.variance_by_channel(own.Spot(economy, 0), (debt, *rest))
    assert shares["supply"] == pytest.approx(1.0)
    assert shares["opportunity cost"] == pytest.approx(0.0, abs=1e-12)
    nothing = own.Spot(own.with_services(economy, experiment.NO_SERVICES), 0)
    with pytest.raises(FiscaxError, match="'bill' does not move"):
        own.variance_by_channel(nothing, (debt, *rest))


def test_least_squares_against_statsmodels():
    import statsmodels.api as sm

    draws = np.random.default_rng(1)
    x = draws.standard_normal((80, 2))
    y = x @ [1.0, -2.0] + np.convolve(draws.standard_normal(84), np.ones(5), "valid")
    found = record.least_squares(y, x, lags=4)
    oracle = sm.OLS(y, sm.add_constant(x)).fit(
        cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": False}
    )
    assert found.values == pytest.approx(oracle.params[1:], rel=1e-10)
    assert found.r_squared == pytest.approx(oracle.rsquared, rel=1e-10)
    # Small-sample factors of the two estimators differ.
    assert found.errors == pytest.approx(oracle.bse[1:], rel=0.05)


def test_era_means_weigh_up_to_the_shipped_moment():
    rows = {(r["wedge"], r["tenor"], r["era"]): r for r in record.shipped_eras()}
    table = shipped_moments()
    for name in ("aaa_treasury_spread_mean", "treasury_premium_3m_mean"):
        wedge, tenor = record.SPREADS[name]
        eras = [rows[wedge, tenor, e] for e in list(record.ERAS)[:3]]
        months = np.array([r["months"] for r in eras])
        mean = months @ [r["value"] for r in eras] / months.sum()
        own_rows = table[(table["name"] == name) & (table["era"] == "1998-2019")]
        assert mean == pytest.approx(float(own_rows["value"].iloc[0]), abs=1e-4)


@pytest.mark.data
def test_shipped_facts_recompute_from_the_data(data_dir):
    data = SeriesDirectory(data_dir)
    for rows, shipped in (
        (record.era_facts(data), record.shipped_eras()),
        (record.slope_facts(data), record.shipped_slopes()),
    ):
        assert len(rows) == len(shipped)
        for new, old in zip(rows, shipped, strict=True):
            assert new["value"] == pytest.approx(old["value"], rel=1e-6)
            assert new["standard_error"] == pytest.approx(old["standard_error"], 1e-6)


FILE = """# source: invented
DATE,aaa_cds_10y,foreign_5y
{rows}
"""


def write(path, rows):
    path.write_text(FILE.format(rows="\n".join(rows)), encoding="utf-8")
    return path


def test_a_users_file_is_read_and_averaged(tmp_path):
    months = [f"{y}-{m:02d}-28" for y in (2022, 2023, 2024, 2025) for m in range(1, 13)]
    rows = [f"{d},{k % 2},{-10 if k else ''}" for k, d in enumerate(months)]
    found = spread_file.spread_means(
        spread_file.read_spreads(write(tmp_path / "f.csv", rows))
    )
    means = {(r["wedge"], r["tenor"], r["era"]): r for r in found}
    assert means["aaa_cds", "10y", "2022-2026"]["value"] == pytest.approx(0.5)
    assert means["foreign", "5y", "2022-2026"]["months"] == 47
    assert means["foreign", "5y", spread_file.WHOLE]["value"] == -10
    assert ("foreign", "5y", "2010-2019") not in means


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["2022-01-31,1,2", "2022-02-30,1,2"], ("row 2", "'DATE'", "YYYY-MM-DD")),
        (["2022-01-31,1,2", "2022-01-30,1,2"], ("row 2", "'DATE'", "does not come")),
        (["2022-01-31,1,2", "2022-02-28,x,2"], ("row 2", "'aaa_cds_10y'", "'x'")),
        (["2022-01-31,1"], ("row 1", "'foreign_5y'")),
        ([], ("at least one row",)),
    ],
)
def test_errors_of_a_file_name_row_and_column(tmp_path, rows, words):
    with pytest.raises(spread_file.SpreadFileError) as caught:
        spread_file.read_spreads(write(tmp_path / "f.csv", rows))
    assert all(word in str(caught.value) for word in words)


def test_an_unknown_column_and_a_missing_file_are_named(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("DATE,foriegn_5y\n2022-01-31,1\n", encoding="utf-8")
    with pytest.raises(spread_file.SpreadFileError, match="did you mean 'foreign_5y'"):
        spread_file.read_spreads(path)
    with pytest.raises(spread_file.SpreadFileError, match="cannot be read"):
        spread_file.read_spreads(tmp_path / "none.csv")
    thin = write(tmp_path / "g.csv", ["2022-01-31,1,2", "2022-02-28,1,2"])
    with pytest.raises(spread_file.SpreadFileError, match="2 observations"):
        spread_file.spread_means(spread_file.read_spreads(thin))


AAA = 0.7


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The study without the switching economy, with a user's file and parameter."""
    folder = tmp_path_factory.mktemp("convenience")
    months = [f"{y}-{m:02d}-28" for y in (2022, 2023, 2024, 2025) for m in range(1, 13)]
    file = write(folder / "f.csv", [f"{d},1,-20" for d in months])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiment, "NAMES", ("safe", "risky"))
        patch.setattr(experiment, "SIZE", Size(periods=80, paths=20))
        context = registry.ExperimentContext(
            {"file": str(file), "safety_aaa": AAA}, folder
        )
        yield registry.find_experiment("convenience").run(context)


@pytest.mark.slow
def test_a_users_parameter_reaches_the_economies(economies, result):
    # No policy depends on what AAA bonds do: their price alone answers.
    found = {
        (r["regime"], r["wedge"], r["tenor"]): r["value"]
        for r in result.records["convenience_wedges"]
    }
    for name, economy in economies.items():
        other = own.with_services(economy, {"safety_aaa": AAA})
        expected = own.wedges(other, economy.rest(0))["aaa_treasury"][0]
        shipped = own.wedges(economy, economy.rest(0))["aaa_treasury"][0]
        value = [found[name, "aaa_treasury", TENOR[n]] for n in MATURITIES]
        assert value == pytest.approx(expected, abs=0.2)
        assert np.all(expected < shipped - 3)


def test_a_parameter_of_nobody_is_refused(tmp_path):
    context = registry.ExperimentContext({"safety_aa": 1.0}, tmp_path)
    with pytest.raises(OverrideError, match="'safety_aa'; did you mean safety_aaa"):
        registry.find_experiment("convenience").run(context)


@pytest.mark.slow
def test_claims_are_judged_by_numbers_and_their_bounds(result):
    claims = {r["key"]: r for r in result.records["convenience_slide_claims"]}
    assert claims["aaa_level"]["data"] == pytest.approx(1.0)
    # Every month of the file is the same: no error, and the claim holds.
    assert claims["foreign_after"]["data_bound"] == 0.0
    assert claims["foreign_after"]["verdict"].endswith("data agree")
    # The record's own error reaches beyond zero.
    until = claims["foreign_until_2020"]
    assert until["data"] < 0 < until["data"] + until["data_bound"]
    assert until["verdict"].endswith("data cannot tell")
    eras = {(r["wedge"], r["tenor"], r["era"]): r for r in record.shipped_eras()}
    errors = [
        eras["aaa", "10y", e]["standard_error"] for e in ("2010-2019", "2022-2026")
    ]
    change = claims["aaa_change"]
    assert change["data_bound"] == pytest.approx(WIDTH * np.hypot(*errors), rel=1e-12)
    # What is lost was chosen, so that no verdict on it counts.
    assert claims["cost_of_the_loss"]["risky"] > 0.05
    assert claims["cost_of_the_loss"]["risky_counted"] is False


@pytest.mark.slow
def test_the_section_shows_the_users_file(result):
    section = registry.find_experiment("convenience").section(result)
    text = "".join(b.html(f"b{i}") for i, b in enumerate(section.blocks))
    assert "your file" in text and "<svg" in text and "R²" in text
