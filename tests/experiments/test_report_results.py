"""Claims, slopes, certificates, parts of yields and parameters on invented records."""

import re
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from invented import (
    CLAIMS,
    COLUMNS,
    HEADINGS,
    RESIDUAL,
    certificate_records,
    claim_records,
    decomposition_records,
    slope_records,
)

from fiscax.calibration.economies import responses
from fiscax.calibration.economies.core import load
from fiscax.errors import FiscaxError
from fiscax.experiments.certificates.page import certificates_table
from fiscax.experiments.compare import study as compare
from fiscax.experiments.decomposition import page as decomposition
from fiscax.experiments.decomposition.figure import draw
from fiscax.experiments.open_problems import study as open_problems
from fiscax.experiments.open_problems.page import Mechanism, _symbols
from fiscax.experiments.regimes import study as regimes
from fiscax.experiments.regimes.page import claims_table, differences, slopes_table
from fiscax.experiments.report import labels
from fiscax.experiments.report.economy import economy_section
from fiscax.experiments.report.results import ExperimentResult, save_result
from fiscax.experiments.study import Findings
from fiscax.experiments.tables import table
from fiscax.models.core import core_economy
from fiscax.solvers.pricing.curves import PARTS

COUNTS = pytest.mark.parametrize("count", [2, 4])


def labelled(records):
    """Records of both tables of ``decomposition`` as its findings."""
    keys = zip(records, ("maturity", "shock"), strict=True)
    return Findings(
        {name: table(records[name], ("economy", "regime", k)) for name, k in keys}
    )


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def number(cell):
    return float(cell.text.replace("−", "-"))


@COUNTS
def test_parts_of_the_beta_of_debt_add_up_on_the_page(count):
    table = claims_table(claim_records(COLUMNS[:count]))
    assert table.collapsed
    assert table.frame.shape == (12, 3 * count)
    rows = [str(name) for name in table.frame.index]
    assert rows[:6] == [
        "Taxes",
        "Less spending",
        "Plus convenience services",
        "Residual of the identity",
        "Debt with its services",
        "Output",
    ]
    assert table.groups == (
        ["Samples without disasters"] * 6 + ["Samples with disasters"] * 6
    )
    parts = table.frame[HEADINGS[count - 1], "part of β(D)"].tolist()
    printed = [number(p) for p in parts[:5]]
    assert sum(printed[:4]) == pytest.approx(printed[4], abs=0.003)
    value, beta, _ = CLAIMS["spending"]
    assert printed[1] == pytest.approx(-value * beta, abs=6e-4)
    assert printed[3] == pytest.approx(RESIDUAL, abs=6e-4)
    assert parts[5] is None
    html = table.html("t")
    assert "38.3" in html
    assert "0.104 (0.006)" in text_of(html)
    assert html.count('colspan="3"') == count


@COUNTS
def test_slopes_stand_beside_their_errors(count):
    table = slopes_table(slope_records(COLUMNS[:count]))
    assert list(table.frame.columns) == HEADINGS[:count]
    text = text_of(table.html("t"))
    assert text.count("−0.71 (0.03)") == 4 * count
    assert "5y5y forward term premium, slope on debt" in text


@COUNTS
def test_certificates_say_value_bound_and_errors(count):
    table = certificates_table(certificate_records(COLUMNS[:count]))
    assert table.collapsed
    assert table.frame.shape == (4, 1 + 4 * count)
    row = [
        table.frame.loc[:, (HEADINGS[-1] if count == 4 else HEADINGS[1], c)].tolist()
        for c in ("value", "bound", "error, mean", "error, 99%")
    ]
    assert [c.text for c in row[0]] == ["41.2", "101", "0.00", "0.210"]
    assert [c.text for c in row[1]] == ["0.071", "0.35", "< 0.0001", "0.012"]
    assert row[2][3] is None
    text = text_of(table.html("t"))
    for label in ("Taxes", "10-year real yield", "3-month term premium"):
        assert label in text
    assert "Equity beta of debt with its services" in text


@COUNTS
def test_parts_of_yields_have_a_figure_two_tables_and_words(count):
    records = decomposition_records(COLUMNS[:count])
    levels, moves = records.values()
    figure = draw(levels, moves)
    assert len(figure.axes) == count + 3
    titles = [axes.get_title(loc="left") for axes in figure.axes[:count]]
    assert titles == [f"{name}, yields at rest" for name in HEADINGS[:count]]
    lead = decomposition.lead(labelled(records))
    assert lead.count("ten-year yield") == count
    assert ("Under risky debt inside the switching economy" in lead) == (count == 4)
    result = ExperimentResult(
        records=records, figures={"decomposition": figure}, notes=[lead, "how"]
    )
    shown = decomposition.section(result)
    assert shown.short == "Parts of yields"
    drawing, news, rest, _ = shown.blocks
    assert HEADINGS[count - 1] in drawing.alt
    assert news.frame.shape == (3 * count, 2 + len(PARTS))
    assert rest.collapsed
    assert set(rest.groups) == set(HEADINGS[:count])
    text = text_of(news.html("t") + rest.html("u"))
    assert "less convenience" in text
    assert "10 years" in text
    assert "_" not in text


def test_a_column_per_economy_shows_where_parameters_differ(tmp_path):
    calibrations = {n: load(n)[1] for n in ("safe", "risky", "switching")}
    frame = regimes.differing_parameters(calibrations)
    names = set(frame["name"])
    for pair in (("safe", "risky"), ("safe", "switching"), ("risky", "switching")):
        one, other = (calibrations[n] for n in pair)
        assert {r["name"] for r in one.differences(other)} <= names
    row = frame.set_index("name").loc["phi"]
    phi = {n: c.values["phi"] for n, c in calibrations.items()}
    assert row["safe"] == pytest.approx(float(np.squeeze(phi["safe"])))
    assert row["risky"] == pytest.approx(float(np.squeeze(phi["risky"])))
    assert str(row["switching"]) == "safe {}, risky {}".format(*phi["switching"])
    assert frame["name"].tolist() == [
        p.name for p in calibrations["switching"].by_name.values() if p.name in names
    ]
    table = differences(frame)
    assert list(table.frame) == [
        "Symbol",
        "Safe debt",
        "Risky debt",
        "Switching",
        "Unit",
    ]
    text = text_of(table.html("t"))
    assert re.search(r"safe 1\.50, risky 0\.\d{3}", text)
    assert "{" not in text
    save_result(ExperimentResult(tables={"parameters": frame}), tmp_path)
    assert f'"{row["switching"]}"' in (tmp_path / "parameters.csv").read_text("utf-8")
    # Only what differs: where switching repeats safe debt, nothing is added.
    twin = regimes.differing_parameters(
        {k: calibrations[v] for k, v in (("a", "safe"), ("b", "risky"), ("c", "safe"))}
    )
    assert twin["a"].tolist() == twin["c"].tolist()
    assert len(twin) == len(calibrations["safe"].differences(calibrations["risky"]))


def test_texts_of_mechanisms_hold_the_parameters_of_the_calibration():
    for entry in open_problems.MECHANISMS:
        calibration = load(entry.economy)[1]
        economy = SimpleNamespace(calibration=calibration)
        text = open_problems.described(entry, economy)
        values = calibration.as_arrays()
        for name in entry.without:
            assert f"{name} = {float(np.ravel(values[name])[0]):g}" in text
        html = Mechanism(text, _symbols()).html()
        # Every parameter is set as mathematics, none by its code name.
        assert not set(entry.without | entry.having) & set(
            re.findall(r"\w+", text_of(html))
        )
    backed = next(m for m in open_problems.MECHANISMS if "theta" in m.without)
    changed = load(backed.economy)[1].with_values(theta=0.8)
    text = open_problems.described(backed, SimpleNamespace(calibration=changed))
    assert "theta = 0.8" in text


def test_breach_and_the_value_of_promises_are_in_the_economy_section():
    solved = {n: load(n)[1].by_name for n in ("safe", "risky", "switching")}
    tables = {t.caption: t for t in economy_section(solved).blocks}
    codes = {k: {name.code for name in t.frame.index} for k, t in tables.items()}
    assert "promise" in codes["Equations"]
    assert "promise_value" in codes["Variables"]
    assert "breach" in codes["Parameters and their values"]


def test_regimes_inside_an_economy_keep_apart_in_comparisons():
    pairs = [compare.Pair("switching", r, "1998-2019") for r in ("safe", "risky")]
    assert [p.label for p in pairs] == ["switching: safe", "switching: risky"]
    assert compare.Pair("safe", "safe", "1998-2019").label == "safe"


class Transferred:
    """An economy whose services and debt answer a push that is the debt added."""

    def __init__(self, service):
        self.service = service

    def respond(self, push, names, horizon=1):
        assert names == ("convenience_yield_long", "end_of_period_debt")
        change = self.service(4.0 + push) - self.service(4.0)
        return dict(zip(names, (np.array([change]), np.array([push])), strict=True))


def test_convenience_is_per_point_of_debt_over_annual_output():
    # One point of debt over annual output is .04 quarters of output, a log change of
    # 1e-4 in a quarter is 4 basis points a year.
    economy = Transferred(lambda debt: 0.002 - 0.000_04 * debt)
    found = responses.convenience_per_debt(economy, 0.038)
    assert found == pytest.approx(-0.000_04 * 0.04 * 40_000)


def test_spot_convenience_is_the_elasticity_of_the_declared_services():
    # At an unchanged policy rate, from the declaration itself.
    model = core_economy()
    values = {k: float(np.ravel(v)[0]) for k, v in load("safe")[1].as_arrays().items()}
    declared = {d.name: d.expression for d in model.definitions}
    debt = next(
        s
        for s in declared["price_of_safety"].free_symbols
        if str(s).startswith("end_of_period_debt")
    )

    calm = np.log(values["p_bar"] / (1 - values["p_bar"]))

    def service(owed):
        found = declared["convenience_yield_long"]
        for name in ("price_of_safety", "price_of_liquidity"):
            place = next(s for s in found.free_symbols if str(s).startswith(name))
            found = found.subs(place, declared[name])
        known = values | {"stress": calm, "policy_rate": 0.0}
        rest = {s: known[str(s)] for s in found.free_symbols - {debt}}
        return float(found.subs({debt: owed, **rest}))

    found = responses.convenience_per_debt(Transferred(service), 0.0001)
    expected = -400 * sum(
        values[f"{kind}_long"] * values[f"{kind}_price"] * values[f"{kind}_supply"]
        for kind in ("safety", "liquidity")
    )
    assert found == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (3e-9, "< 0.0001"), (0.0712, "0.071"), (23.4, "23")]
)
def test_bounds_have_two_digits(value, text):
    assert labels.small(value, "ratio") == text


def test_cells_without_a_number_are_named_and_infinity_is_refused(tmp_path):
    frame = pd.DataFrame({"name": ["a", "b"], "x": [1.0, np.nan], "y": [1.0, 2.0]})
    frame.attrs["empty"] = {"x": "not measured"}
    save_result(ExperimentResult(tables={"t": frame}), tmp_path)
    words = (tmp_path / "notes.txt").read_text()
    assert "Empty cells of t" in words
    assert "x (1 of 2 rows, first 2 ('b'): not measured)" in words
    assert "nan" not in (tmp_path / "t.csv").read_text().lower()
    frame["y"] = [1.0, np.inf]
    with pytest.raises(FiscaxError, match=r"table t, row 2 \('b'\): 'y' is infinite"):
        save_result(ExperimentResult(tables={"t": frame}), tmp_path)


def test_a_workbook_is_the_same_file_whenever_it_is_written(tmp_path):
    """Excel counts time in steps of two seconds: three are more than one."""
    frame = pd.DataFrame({"year": [2030, 2031], "debt": [60.5, 61.25]})
    found = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        result = ExperimentResult(workbooks={"desk": {"debt": frame}})
        save_result(result, tmp_path / place)
        found.append((tmp_path / place / "desk.xlsx").read_bytes())
        time.sleep(3)
    assert found[0] == found[1]
    again = pd.read_excel(tmp_path / "one" / "desk.xlsx", sheet_name="debt")
    pd.testing.assert_frame_equal(again, frame)
