"""The record as a study: identities between its moments, and a user's own data."""

import numpy as np
import pandas as pd
import pytest

from fiscax.errors import FiscaxError
from fiscax.experiments import registry
from fiscax.experiments.tables import pick, table


def run(folder, **options):
    context = registry.ExperimentContext(options, folder)
    return registry.find_experiment("moments").run(context)


def test_the_slope_is_the_difference_of_its_yields(tmp_path):
    result = run(tmp_path)
    found = table(result.records["moments"], ("name", "era"))
    for era in ("1998-2019", "2022-present"):
        short, long, slope = (
            pick(found, "value", name=name, era=era)
            for name in (
                "yield_mean_3m",
                "yield_mean_10y",
                "yield_slope_10y_3m_mean",
            )
        )
        assert slope == pytest.approx(long - short, abs=1e-8)
    written = result.tables["moments"]
    assert len(written) == len(result.records["moments"])
    assert registry.find_experiment("moments").section(result).blocks


def test_the_figure_marks_every_era_with_two_standard_errors(tmp_path):
    result = run(tmp_path)
    found = table(result.records["moments"], ("name", "era"))
    section = registry.find_experiment("moments").section(result)
    panels = section.blocks[0].figure.axes
    eras = [t.get_text().replace("–", "-") for t in panels[0].get_yticklabels()]
    assert len(panels) == 4 and eras[-1] == "1962-1997" and len(eras) == 4
    name = "bond_stock_beta_quarterly_10y"
    marks = {}
    for drawn in panels[0].lines:
        across, rows = drawn.get_data()
        if drawn.get_marker() == "o":
            marks[eras[int(rows[0])]] = across[0]
        elif len(set(rows)) == 1 and drawn.get_linewidth() > 1:
            era = eras[int(rows[0])]
            value, error = (
                pick(found, what, name=name, era=era)
                for what in ("value", "standard_error")
            )
            assert np.mean(across) == pytest.approx(value)
            assert np.ptp(across) == pytest.approx(4 * error)
    assert marks == {e: pick(found, "value", name=name, era=e) for e in eras}
    # Baele, Bekaert and Inghelbrecht (2010): the sign changed late in the 1990s.
    assert marks["1962-1997"] > 0 > marks["1998-2019"]
    assert "−0.267 in 1998–2019" in section.lead


def test_moments_are_those_of_the_users_data(tmp_path):
    # Ten-year yields that move between three and five percent, and nothing else.
    days = pd.bdate_range("1998-01-01", "2019-12-31")
    yields = 4 + np.sin(np.arange(len(days)) / 300)
    data = pd.DataFrame({"DATE": days.strftime("%Y-%m-%d"), "DGS10": yields})
    (tmp_path / "data").mkdir()
    data.to_csv(tmp_path / "data" / "DGS10.csv", index=False)
    result = run(tmp_path, data=str(tmp_path / "data"))
    found = table(result.records["moments"], ("name", "era"))
    value = pick(found, "value", name="yield_mean_10y", era="1998-2019")
    assert value == pytest.approx(yields.mean(), abs=1e-2)
    assert "yield_mean_3m" in set(result.tables["missing"]["name"])
    assert "yield_mean_10y" in set(result.tables["changes"]["name"])
    assert (
        f"{len(result.tables['changes'])} differ from those shipped"
        in (result.notes[0])
    )


def test_what_is_no_option_or_no_folder_is_refused(tmp_path):
    with pytest.raises(FiscaxError, match=r"no parameter 'dta'.*data"):
        run(tmp_path, dta="x")
    with pytest.raises(FiscaxError, match="absent does not exist"):
        run(tmp_path, data=str(tmp_path / "absent"))
