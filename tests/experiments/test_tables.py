"""Labelled tables: rows come back as they went in, numbers are found by labels."""

import numpy as np
import pytest

from fiscax.errors import FiscaxError
from fiscax.experiments import tables

FULL = [
    {"regime": r, "year": y, "value": 1.5 * y + (r == "risky"), "count": y}
    for r in ("safe", "risky")
    for y in (1, 2, 3)
]
HOLES = [
    {"regime": "safe", "value": None, "note": "nothing", "year": 1},
    {"regime": "risky", "value": 2.0, "note": None, "year": 3},
]


@pytest.mark.parametrize("rows", [FULL, HOLES, FULL[:-1]])
def test_rows_come_back_with_their_columns_in_order(rows):
    data = tables.table(rows, ("regime", "year"), {"value": "basis points"})
    assert tables.records(data) == rows
    assert [list(r) for r in tables.records(data)] == [list(r) for r in rows]
    assert data["value"].attrs["units"] == "basis points"


def test_a_full_product_of_labels_has_a_dimension_each():
    data = tables.table(FULL, ("regime", "year"))
    assert dict(data.sizes) == {"regime": 2, "year": 3}
    assert float(data["value"].sel(regime="risky", year=2)) == 4.0
    assert data["count"].dtype == np.dtype(int)
    assert dict(tables.table(FULL[:-1], ("regime", "year")).sizes) == {"row": 5}


@pytest.mark.parametrize("rows", [FULL, FULL[:-1]])
def test_one_value_is_picked_by_its_labels(rows):
    data = tables.table(rows, ("regime", "year"))
    assert tables.pick(data, "value", regime="safe", year=3) == 4.5
    with pytest.raises(FiscaxError, match="regime = safe"):
        tables.pick(data, "value", regime="safe")
    with pytest.raises(FiscaxError, match="0 rows have year = 7"):
        tables.pick(data, "value", year=7)


def test_rows_of_the_same_labels_are_refused():
    with pytest.raises(ValueError, match="the same regime"):
        tables.table(FULL, ("regime",))


def test_what_has_no_value_is_empty_in_a_frame_and_none_in_a_row():
    data = tables.table(HOLES, ("regime",))
    assert tables.frame(data)["value"].tolist() == ["", 2.0]
    assert tables.pick(data, "value", regime="safe") is None
