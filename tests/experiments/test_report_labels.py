"""What the report prints for names, numbers and formulas."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiscax.calibration.economies.quantities import QUANTITIES
from fiscax.calibration.record.moments import shipped_moments
from fiscax.experiments.report import labels, moment_labels
from fiscax.experiments.report import math as report_math
from fiscax.experiments.report.cells import Named
from fiscax.models.core import core_economy
from fiscax.models.documents.equations import equation_table, parameter_table
from fiscax.models.documents.tables import claim_table, numeraire_table


def test_every_declared_quantity_has_a_label_and_a_unit_of_its_own():
    said = [labels.quantity(name) for name in QUANTITIES]
    assert len(set(said)) == len(said)
    for name, quantity in QUANTITIES.items():
        assert "_" not in labels.quantity(name)
        assert labels.unit(quantity.unit).short != quantity.unit or " " not in (
            quantity.unit
        )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("persistent_yield_2y", "2-year yield, persistent spending"),
        ("some_new_thing_10y", "10-year some new thing"),
        ("stress_3sd_convenience_10y_bill", "Convenience 10-year bill, stress of"),
    ],
)
def test_a_name_without_a_label_is_printed_as_words(name, text):
    assert labels.quantity(name).startswith(text)
    assert moment_labels.moment("some_new_mean_10y") == "10-year some new mean"
    assert moment_labels.family("some_new_mean_10y") == moment_labels.OTHER
    assert labels.equation("new_condition") == "New condition"
    assert labels.with_unit("1", "furlongs") == "1 furlongs"


def test_every_shipped_moment_has_a_label_and_a_family():
    names = [n for n in dict.fromkeys(shipped_moments()["name"]) if "event_" not in n]
    printed = [moment_labels.moment(name) for name in names]
    assert len(set(printed)) == len(names)
    assert not [
        text for text in printed if "_" in text or re.search(r"\b\d+[my]\b", text)
    ]
    assert moment_labels.OTHER not in {moment_labels.family(name) for name in names}


def test_a_label_keeps_its_code_name_as_a_tooltip():
    html = Named("Ten-year <yield>", 'persistent_"x"').html()
    assert "Ten-year &lt;yield&gt;" in html
    assert 'title="persistent_&quot;x&quot;"' in html


@given(st.floats(-1e4, 1e4))
def test_numbers_have_three_digits_and_no_more_decimals_than_their_unit(value):
    text = labels.number(value, "basis points").replace("−", "-")
    assert len(text.partition(".")[2]) <= 2
    assert float(text) == pytest.approx(value, rel=5.1e-3, abs=5.1e-3)


def test_shares_are_printed_in_percent():
    assert (
        labels.with_unit(
            labels.number(0.94942, "share of variance"), "share of variance"
        )
        == "94.9%"
    )


MODEL = core_economy(("safe", "risky"), redistribution=True)


def test_all_mathematics_is_drawn():
    rows = [r["latex"] for r in equation_table(MODEL)]
    rows += [r["symbol"] for r in parameter_table(MODEL)]
    tables = [*numeraire_table(MODEL), *claim_table(MODEL)]
    for latex in rows + [r["definition"] for r in tables]:
        for display in (False, True):
            html = report_math.formula(latex, display)
            assert html.startswith('<svg class="math" role="img" aria-label=')
            assert re.search(r'viewBox="-?\d+ -?\d+ [1-9]\d* [1-9]\d*"', html), latex


def test_a_formula_is_as_tall_as_its_letters():
    heights = [
        float(re.search(r";height:([\d.]+)em", report_math.formula(latex)).group(1))
        for latex in (r"x", r"\bar\tau", r"\frac{x}{y}")
    ]
    assert 0.3 < heights[0] < 0.6 < heights[1] < 1.0 < heights[2] < 2.0


def test_what_cannot_be_set_stays_as_code():
    assert report_math.formula(r"\nonsense{x}") == r"<code>\nonsense{x}</code>"
