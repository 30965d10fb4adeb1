"""Spending that comes with stress: a made record, the shipped number, the parameter."""

import numpy as np
import pandas as pd
import pytest

from fiscax.calibration.parameters.calibration import load_calibration
from fiscax.calibration.record import spending_in_stress as record
from fiscax.models.sticky import sticky_price_economy


@pytest.fixture
def folder(tmp_path):
    """A VIX whose surprises bring laws two quarters later, and nothing else does."""
    rng = np.random.default_rng(0)
    quarters = pd.period_range("1990Q1", "2009Q4", freq="Q")
    level = np.zeros(len(quarters))
    surprise = 0.2 * rng.normal(size=len(quarters))
    for t in range(1, len(level)):
        level[t] = 0.8 * level[t - 1] + surprise[t]
    days = pd.bdate_range("1990-01-01", "2009-12-31")
    fear = np.exp(3 + pd.Series(level, quarters).reindex(days.to_period("Q")))
    pd.DataFrame({"DATE": days, "VIXCLS": fear.to_numpy()}).to_csv(
        tmp_path / "vix.csv", index=False
    )
    law = 0.5 * np.roll(surprise, 2) / surprise.std()
    rows = [
        (f"{q.start_time:%Y-%m-%d}", "deficit", "Legislative", year, -10 * size)
        for q, size in zip(quarters, law, strict=True)
        for year in range(q.year, q.year + 7)
    ]
    names = ["DATE", "component", "category", "projected_fiscal_year", "value"]
    pd.DataFrame(rows, columns=names).to_csv(
        tmp_path / "cbo_baseline_changes.csv", index=False
    )
    gdp = {"DATE": [f"{y}-09-30" for y in range(1984, 2016)]}
    pd.DataFrame({**gdp, "CBO_FISCAL_YEAR_GDP_BN": 1000.0}).to_csv(
        tmp_path / "cbo_gdp_fiscal_year.csv", index=False
    )
    return tmp_path


def test_laws_of_the_year_after_a_surprise_are_counted(folder):
    found = record.spending_in_stress(folder)
    # Half a percent of GDP per standard deviation; errors of the autoregression remain.
    assert abs(found.value - 0.5) < 2 * found.standard_error + 0.05
    assert found.value == pytest.approx(0.5, abs=0.1)


def test_the_shipped_number_is_that_of_the_record(data_dir):
    found = record.spending_in_stress(data_dir)
    shipped = record.recorded_spending()
    assert found.value == pytest.approx(shipped.value, rel=1e-8)
    assert found.standard_error == pytest.approx(shipped.standard_error, rel=1e-8)
    assert found.observations == 141


def test_the_parameter_is_the_number_of_the_record():
    given = load_calibration("sticky_risky", sticky_price_economy()).as_arrays()
    names = ("b_p", "rho_z", "g_bar", "sigma_p")
    b_p, decay, size, stress = (float(np.ravel(given[n])[0]) for n in names)
    spending = record.recorded_spending().value
    assert b_p == pytest.approx(record.response(spending, decay, size, stress))
    # Forward: a shock of one s.d., and the mean of what it adds over twenty quarters.
    path = 100 * size * b_p * stress * decay ** np.arange(20)
    assert path.mean() == pytest.approx(spending)
