"""The transformations and the shipped table of empirical moments."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fiscax.calibration.record import statistics, transforms
from fiscax.calibration.record.fred import SERIES_USED
from fiscax.calibration.record.moments import (
    COLUMNS,
    ERAS,
    MomentsError,
    difference_from_shipped,
    empirical_moments,
    missing_moments,
    moment_definitions,
    shipped_moments,
)
from fiscax.calibration.record.returns import annual_portfolio_and_equity
from fiscax.calibration.record.series import SeriesDirectory

TENORS = ("3m", "1y", "2y", "5y", "10y", "20y", "30y")


def _write(directory, name, lines):
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# --- transformations ------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.floats(0.0, 20.0), st.sampled_from([2.0, 5.0, 10.0, 30.0]))
def test_par_bond_earns_its_yield_when_yields_do_not_move(y, maturity):
    for holding in (1 / 12, 0.25, 0.5):
        earned = 100.0 * ((1.0 + y / 200.0) ** (2.0 * holding) - 1.0)
        got = transforms.par_bond_return(y, y, maturity, holding)
        assert got == pytest.approx(earned, abs=1e-10)


def test_par_bond_return_equals_annuity_formula():
    y0, y1, m, h = 4.0, 5.0, 10.0, 0.25
    v = 1.0 / (1.0 + y1 / 200.0)
    clean = (y0 / y1) * (1.0 - v ** (2 * m)) + v ** (2 * m)
    expected = 100.0 * (clean * v ** (-2.0 * h) - 1.0)
    assert transforms.par_bond_return(y0, y1, m, h) == pytest.approx(expected)


def test_duration_is_the_price_slope_and_has_a_limit_at_zero():
    step = 1e-4
    slope = (
        transforms.par_bond_return(4.0, 4.0 + step, 10.0, 0.0)
        - transforms.par_bond_return(4.0, 4.0 - step, 10.0, 0.0)
    ) / (2.0 * step)
    assert transforms.par_bond_duration(4.0, 10.0) == pytest.approx(-slope, rel=1e-6)
    assert transforms.par_bond_duration(0.0, 10.0) == 10.0


def test_holding_over_a_coupon_is_refused():
    with pytest.raises(ValueError, match="0\\.75"):
        transforms.par_bond_return(4.0, 4.0, 10.0, 0.75)


def _days(start, end):
    return pd.bdate_range(start, end)


def test_periods_covered_in_part_are_missing_not_filled():
    days = _days("2000-02-10", "2000-09-15")
    series = pd.Series(1.0, days)
    average = transforms.average_by_period(series, "Q", 40)
    assert average.isna().tolist() == [True, False, False]
    ends = transforms.last_of_period(series, "Q")
    assert ends.isna().tolist() == [False, False, True]
    returns = transforms.compounded_return(series, "Q")
    assert returns.isna().tolist() == [True, False, True]
    second = _days("2000-04-01", "2000-06-30")
    assert returns.iloc[1] == pytest.approx(100.0 * (1.01 ** len(second) - 1.0))


def test_single_missing_month_is_the_geometric_mean_and_longer_gaps_stay():
    days = pd.to_datetime(["2000-01-01", "2000-03-01", "2000-06-01"])
    filled = transforms.fill_single_gaps(pd.Series([100.0, 121.0, 130.0], days))
    assert filled.iloc[1] == pytest.approx(110.0)
    assert filled.isna().tolist() == [False, False, False, True, True, False]


def test_bill_rate_before_the_splice_is_bond_equivalent(tmp_path):
    _write(
        tmp_path, "a.csv", ["DATE,DTB3,DGS3MO", "1981-08-31,15,", "1981-09-01,15,16"]
    )
    spliced = transforms.treasury_yield(SeriesDirectory(tmp_path), "3m")
    assert spliced.tolist() == pytest.approx([100 * 365 * 0.15 / (360 - 91 * 0.15), 16])


def test_splice_days_of_the_thirty_year_series_are_left_out(tmp_path):
    days = _days("2002-02-14", "2002-02-22")
    lines = [f"{d.date()},{5 + 0.1 * i},1,5" for i, d in enumerate(days)]
    _write(tmp_path, "a.csv", ["DATE,DGS30,MKT_SPLICED,DGS10", *lines])
    changes = transforms.daily_yield_changes(SeriesDirectory(tmp_path), ["30y", "10y"])
    assert np.isnan(changes.loc["2002-02-19", "30y"])
    assert changes["30y"].dropna().to_numpy() == pytest.approx(10.0)
    assert changes["10y"].iloc[1:].notna().all()


# --- the table ------------------------------------------------------------------------


@pytest.fixture
def invented(tmp_path):
    """A directory that only holds an invented 10-year yield, 1998 to 2003."""
    days = _days("1998-01-01", "2003-12-31")
    rng = np.random.default_rng(0)
    values = 5.0 + 0.05 * rng.standard_normal(len(days)).cumsum()
    lines = [f"{d.date()},{v:.4f}" for d, v in zip(days, values, strict=True)]
    _write(tmp_path, "DGS10.csv", ["observation_date,DGS10", *lines])
    return tmp_path, pd.Series(values, days)


def test_table_from_a_partial_directory_holds_what_can_be_measured(invented):
    directory, values = invented
    with pytest.raises(MomentsError, match=r"yield_mean_3m.*DGS3MO"):
        empirical_moments(directory)
    table = empirical_moments(directory, require_all=False)
    assert list(table.columns) == list(COLUMNS)
    row = table.set_index(["name", "era"]).loc[("yield_mean_10y", "1998-2019")]
    by_quarter = values.groupby(values.index.to_period("Q")).mean()
    assert row["value"] == pytest.approx(by_quarter.mean(), abs=1e-4)
    assert (row["sample_start"], row["sample_end"]) == ("1998-01-01", "2003-12-31")
    missing = missing_moments(directory).set_index(["name", "era"])["reason"]
    assert "0 quarterly observations" in missing["yield_mean_10y", "2020-present"]
    assert "DGS3MO" in missing["yield_mean_3m", "1998-2019"]


def test_every_moment_is_either_measured_or_listed_as_missing(invented):
    directory, _ = invented
    keys = set()
    for table in (
        empirical_moments(directory, require_all=False),
        missing_moments(directory),
    ):
        found = set(zip(table["name"], table["era"], strict=True))
        assert not keys & found
        keys |= found
    for definition in moment_definitions():
        assert {(definition.name, era) for era in ERAS} <= keys


def test_names_of_moments_are_unique():
    names = [d.name for d in moment_definitions()]
    assert len(set(names)) == len(names)


def test_difference_says_what_changed():
    old = shipped_moments()
    assert difference_from_shipped(old, old).empty
    new = old.drop(index=0).reset_index(drop=True)
    new.loc[0, "value"] += new.loc[0, "standard_error"]
    new.loc[1, "sample_end"] = "2099-12-31"
    extra = old.iloc[[0]].assign(name="invented_moment")
    change = difference_from_shipped(pd.concat([new, extra]), old)
    said = dict(
        zip(change["name"] + "@" + change["era"], change["change"], strict=True)
    )
    first, second = (f"{old['name'][i]}@{old['era'][i]}" for i in (1, 2))
    assert said == {
        f"{old['name'][0]}@{old['era'][0]}": "removed",
        first: "value",
        second: "sample",
        f"invented_moment@{old['era'][0]}": "added",
    }
    assert change["in_standard_errors"].iloc[0] == pytest.approx(1.0)


def test_small_numerical_differences_are_not_changes():
    old = shipped_moments()
    assert difference_from_shipped(
        old.assign(value=old["value"] * (1 + 1e-9)), old
    ).empty


def test_malformed_table_is_refused():
    table = shipped_moments()
    with pytest.raises(MomentsError, match="columns"):
        difference_from_shipped(table.drop(columns="unit"), table)
    with pytest.raises(MomentsError, match="twice"):
        difference_from_shipped(pd.concat([table, table.iloc[[0]]]), table)
    with pytest.raises(MomentsError, match="no finite value"):
        difference_from_shipped(table.assign(value=np.nan), table)


def test_shipped_table_is_well_formed():
    table = shipped_moments()
    assert list(table.columns) == list(COLUMNS)
    assert set(table["era"]) == {*ERAS, "1947-2020", "event"}
    assert (table["standard_error"] > 0).all()
    assert (table["sample_start"] <= table["sample_end"]).all()
    assert table["definition"].str.contains("Standard error: ").all()
    assert set(table["unit"]) == {
        "percent per year",
        "basis points",
        "percent of annual GDP",
        "ratio",
        "correlation",
        "years",
        "percent",
    }
    assert (table.loc[table["unit"] == "correlation", "value"].abs() <= 1).all()


def test_shipped_table_has_levels_of_all_tenors_in_all_eras():
    have = set(shipped_moments()[["name", "era"]].itertuples(index=False, name=None))
    for kind in ("mean", "standard_deviation", "autocorrelation"):
        for tenor in TENORS:
            assert {(f"yield_{kind}_{tenor}", era) for era in ERAS} <= have


@pytest.mark.parametrize(
    ("era", "published"), [("1998-2019", -0.13), ("2022-present", 0.26)]
)
def test_monthly_beta_is_near_the_reference(era, published):
    """Within 0.04, one standard error of the earlier era's."""
    table = shipped_moments().set_index(["name", "era"])["value"]
    assert table["bond_stock_beta_monthly_10y", era] == pytest.approx(
        published, abs=0.04
    )


def test_event_windows_match_contemporary_reports():
    """Reports give intraday or rounded levels: within 10 bp."""
    table = shipped_moments().set_index("name")["value"]
    assert table["event_april_2025_tariffs_10y"] == pytest.approx(50, abs=10)
    assert table["event_iran_2026_03_02_10y"] == pytest.approx(8.6, abs=1)
    assert table["event_uk_mini_budget_30y"] == pytest.approx(113, abs=1)
    assert table["event_covid_2020_03_10y"] == pytest.approx(64, abs=1)
    assert table["event_obbb_house_vote_2025_05_22_10y"] <= 0


@pytest.fixture(scope="module")
def record(data_dir):
    return SeriesDirectory(data_dir)


class TestAgainstTheRecord:
    """Recomputation from raw data, and published numbers; needs the data directory."""

    pytestmark = pytest.mark.data

    def test_shipped_table_recomputes_from_the_data(self, data_dir):
        table = empirical_moments(data_dir)
        change = difference_from_shipped(table, shipped_moments())
        assert change.empty, change.to_string()

    def test_fred_ids_used_are_columns_of_the_data(self, record):
        assert set(SERIES_USED) <= record.columns

    @pytest.mark.parametrize(
        ("start", "end", "published"),
        [("1979", "2001", 0.25), ("2001", "2019", -0.31), ("2021", "2023", 0.43)],
    )
    def test_ten_year_quarterly_beta_is_near_the_reference(
        self, record, start, end, published
    ):
        """Within 0.15: the reference does not say its bond return or excess return.

        The first sample moves by 0.05 with the quarter it starts in, and the
        standard errors are 0.12, 0.03 and 0.09.
        """
        frame = transforms.bond_and_equity_returns(record, "10y", "Q").loc[start:end]
        slope = statistics.beta(frame["bond"], frame["equity"]).value
        assert np.sign(slope) == np.sign(published)
        assert slope == pytest.approx(published, abs=0.15)

    @pytest.mark.parametrize(
        ("start", "end", "published"),
        [
            ("1947", "2020", -0.01),
            ("1947", "1979", 0.01),
            ("1980", "2000", 0.07),
            ("2001", "2020", -0.09),
        ],
    )
    def test_treasury_portfolio_beta_is_near_the_reference(
        self, record, start, end, published
    ):
        """Within 0.04: with other riskless rates the last moves from -.06 to -.10."""
        frame = annual_portfolio_and_equity(record).loc[start:end]
        slope = statistics.beta(frame["treasury"], frame["equity"]).value
        assert slope == pytest.approx(published, abs=0.04)

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [("2000", "2007-06", 19.0), ("2010", "2019", -5.0)],
    )
    def test_five_year_treasury_premium_is_near_du_im_schreger(
        self, record, start, end, expected
    ):
        """Within 5 bp: the published abstract (+21, -8) uses other currencies."""
        premium = record.series("USTP_G10_5Y_BP").loc[start:end]
        assert premium.mean() == pytest.approx(expected, abs=5.0)
