"""The command that regenerates shipped facts, on the data and on what it refuses."""

import shutil

import pytest

from fiscax.calibration.matching.regime_facts import shipped_index
from fiscax.calibration.shipped import FACTS
from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.command import cli
from fiscax.experiments.facts import study as facts


def run(tmp_path, **options):
    context = registry.ExperimentContext(options, tmp_path)
    return registry.find_experiment("facts").run(context)


@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    [
        "moments",
        "convenience_eras",
        "convenience_slopes",
        "stock_bond_facts",
        "stock_bond_rolling",
        "dated_moves",
        "cbo_baseline",
        "cbo_forecast_errors",
        "legislation_response",
        "pandemic",
    ],
)
def test_the_record_gives_the_shipped_table_to_its_last_digit(name, data_dir, tmp_path):
    result = run(tmp_path, data=str(data_dir), only=name)
    shipped = (FACTS / f"{name}.csv").read_text(encoding="utf-8")
    assert result.texts[f"{name}.csv"] == shipped
    (row,) = result.records["facts"]
    assert row["same"]


@pytest.mark.data
def test_other_data_are_said_to_give_another_table(data_dir, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    source = (data_dir / "cbo_fiscal_annual.csv").read_text()
    changed = source.replace("2026-09-30,projected,100.605", "2026-09-30,projected,110")
    assert changed != source
    (folder / "cbo_fiscal_annual.csv").write_text(changed)
    out = tmp_path / "out"
    command = ["facts", "--data", str(folder), "--only", "cbo_baseline"]
    assert cli.main([*command, "--out", str(out)]) == 0
    text = (out / "cbo_baseline.csv").read_text()
    assert "2026,-2.551,5.074,3.444,9.617,3.257,110.000" in text
    result = run(tmp_path, data=str(folder), only="cbo_baseline")
    (row,) = result.records["facts"]
    # Debt and other means of 2026; rate and other means of 2027.
    assert row["cells_changed"] == 4
    assert (row["added"], row["removed"], row["same"]) == (0, 0, False)
    shutil.rmtree(folder)
    with pytest.raises(FiscaxError, match="cbo_fiscal_annual"):
        run(tmp_path, data=str(folder), only="cbo_baseline")


def test_a_table_of_another_name_is_refused(tmp_path):
    with pytest.raises(FiscaxError, match="'moment'"):
        run(tmp_path, data=str(tmp_path), only="moment")
    with pytest.raises(FiscaxError, match="--data DIR"):
        run(tmp_path)


def test_tables_of_the_index_are_written_as_they_are_shipped():
    """What is read from the package and written again has the same bytes."""
    months, own, _ = shipped_index()
    for name, data in (("regime_months", months), ("regime_facts", own)):
        text = facts.written(name, facts._rows(data))
        assert text == (FACTS / f"{name}.csv").read_text(encoding="utf-8")


@pytest.mark.data
@pytest.mark.parametrize("name", ["legislation_half_years", "legislation_facts"])
def test_the_record_gives_the_shipped_index_of_legislation(name, data_dir, tmp_path):
    """Optima on another machine differ by less than what the file's digits show."""
    result = run(tmp_path, data=str(data_dir), only=name)
    (row,) = result.records["facts"]
    assert (row["added"], row["removed"]) == (0, 0)
    shipped = facts.read_rows((FACTS / f"{name}.csv").read_text())
    found = facts.read_rows(result.texts[f"{name}.csv"])
    for then, now in zip(shipped, found, strict=True):
        for column in then.keys() - {"half_year", "baseline", "sample_start", "unit"}:
            try:
                expected = float(then[column])
            except ValueError:
                assert now[column] == then[column]
            else:
                assert float(now[column]) == pytest.approx(expected, abs=2e-3)


@pytest.mark.data
@pytest.mark.slow
def test_the_record_gives_the_shipped_index(data_dir, tmp_path):
    """Optima on another machine differ by less than what the file's digits show."""
    result = run(tmp_path, data=str(data_dir), only="regime_months")
    (row,) = result.records["facts"]
    assert (row["added"], row["removed"]) == (0, 0)
    shipped = facts.read_rows((FACTS / "regime_months.csv").read_text())
    found = facts.read_rows(result.texts["regime_months.csv"])
    for then, now in zip(shipped, found, strict=True):
        for column in ("filtered", "smoothed", "low", "high"):
            assert float(now[column]) == pytest.approx(float(then[column]), abs=2e-3)
