"""News of the budget in CBO's baselines: a hand-made record, and the shipped number."""

import numpy as np
import pytest

from fiscax.calibration.matching.equivalence import published
from fiscax.calibration.record.legislation import (
    legislated_news,
    moments_of_legislation,
)
from fiscax.errors import FiscaxError


def write(folder, changes, gdp=1000.0):
    """Two files with constant GDP; ``changes`` by date, component and fiscal year."""
    lines = ["DATE,component,category,projected_fiscal_year,value"]
    lines += [
        f"{date},{part},{cause},{year},{value}"
        for date, part, cause, year, value in changes
    ]
    (folder / "cbo_baseline_changes.csv").write_text("\n".join(lines) + "\n")
    rows = [f"{year}-09-30,{gdp}" for year in range(1984, 2011)]
    text = "\n".join(["DATE,CBO_FISCAL_YEAR_GDP_BN", *rows]) + "\n"
    (folder / "cbo_gdp_fiscal_year.csv").write_text(text)


def test_news_is_the_mean_change_of_the_primary_deficit_over_five_years(tmp_path):
    law = [
        ("2000-03-01", "deficit", "Legislative", y, -30.0) for y in range(2000, 2006)
    ]
    # Interest is no part of it, nor what the economy did; a sixth year is left out.
    law += [("2000-03-01", "net_interest", "Legislative", 2001, 10.0)]
    law += [("2000-03-01", "deficit", "Economic", 2001, -500.0)]
    # In October the fiscal year under way is the next one.
    law += [
        ("2000-10-01", "deficit", "Legislative", y, 20.0) for y in range(2000, 2006)
    ]
    # A baseline that says nothing of some years is no measure of five.
    law += [("2001-03-01", "deficit", "Legislative", 2001, -90.0)]
    write(tmp_path, law)
    news = legislated_news(tmp_path)
    assert [d.month for d in news.index] == [3, 10]
    # Percent of a GDP of 1,000; interest of 10 in one of five years.
    np.testing.assert_allclose(news, [3.0 - 0.2, -2.0], rtol=1e-12)


def test_news_of_a_quarter_has_the_variance_of_its_baselines(tmp_path):
    sizes = np.random.default_rng(0).normal(size=40)
    law = [
        (f"{1985 + k // 2}-0{3 if k % 2 else 8}-01", "deficit", "Legislative", year, -x)
        for k, x in enumerate(sizes)
        for year in range(1985 + k // 2, 1991 + k // 2)
    ]
    write(tmp_path, law)
    found = moments_of_legislation(tmp_path)
    assert found.baselines == 40
    # Two baselines a year: half of one in a quarter; sizes are tenths of a percent.
    assert found.per_year == pytest.approx(2.0, rel=0.05)
    expected = 0.1 * np.std(sizes, ddof=1) * np.sqrt(found.per_year / 4)
    assert found.standard_deviation == pytest.approx(expected, rel=1e-12)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FiscaxError, match=r"cbo_baseline_changes\.csv"):
        legislated_news(tmp_path)


def test_the_shipped_number_is_that_of_the_record(data_dir):
    row = published("fiscal_news_volatility")
    found = moments_of_legislation(data_dir)
    assert found.standard_deviation == pytest.approx(row.value, rel=1e-9)
    assert found.standard_error == pytest.approx(row.standard_error, rel=1e-9)
